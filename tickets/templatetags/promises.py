"""How much working time is left, said in one way everywhere: the pill of a row, the clock of a ticket. No queries.

The kernel only reads the due time and the number of the hours, which an upper app keeps in memory
(tickets.queries.working_time). A pill carries what was left when the first of its stretches opened and how long it is
open and closed from then on, so that static/js/countdown.js knows when to tick and when to stand still; nothing of
that changes before the stretch is over, so neither does a row that is kept rendered. A list shows many pills, so the
phrases are looked up once per language and process.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from typing import Protocol

from django import template
from django.templatetags.static import static
from django.utils import formats, timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, override

from tickets.models import DueState, Metric, Ticket
from tickets.queries import working_time
from tickets.queries.working_time import Hours

register = template.Library()

AMBER_BELOW_S = 30 * 60
AMBER_BELOW_SHARE = 4
"""Amber when 30 minutes or a quarter of the promise is left, whichever comes first."""

BEHIND, AHEAD = timedelta(days=9), timedelta(days=16)
STRETCHES = 8
"""So far a page that is left open knows the hours: beyond them its numbers stand still."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What the pill of a ticket says at a moment."""

    state: str
    words: str
    metric: str = ""
    used_percent: int = 0
    due_at: datetime | None = None
    target_s: int = 0
    due: str = ""
    """The due moment in words."""
    work: str = ""
    """For the script: working seconds left at a moment, that moment, and how long it is open and closed in turn."""


@dataclass(frozen=True, slots=True)
class Phrases:
    """The words of promises in one language, with % where the numbers go."""

    seconds: str
    minutes: str
    hours: str
    days: str
    many_hours: str
    due: str
    up: str
    late: str
    left: str
    paused: str
    met: str
    metrics: dict[str, str]

    def span(self, seconds: int) -> str:
        """40 s, 34 min, 3 h 05, 2 d 3 h: rounded down, since a minute too much is the worse promise."""
        if seconds < 60:
            return self.seconds % {"seconds": seconds}
        minutes = seconds // 60
        if minutes < 60:
            return self.minutes % {"minutes": minutes}
        if minutes < 48 * 60:
            return self.hours % {"hours": minutes // 60, "minutes": minutes % 60}
        return self.days % {"days": minutes // 1440, "hours": minutes % 1440 // 60}

    def work(self, seconds: int) -> str:
        """Of working time, 40 s, 34 min, 3 h 05, 51 h: in hours, since a day of work is no day of the calendar."""
        return self.span(seconds) if seconds < 48 * 3600 else self.many_hours % {"hours": seconds // 3600}


def phrases() -> Phrases:
    return _phrases(get_language() or "en")


@cache
def _phrases(language: str) -> Phrases:
    with override(language):
        return Phrases(
            seconds=gettext("%(seconds)d s"),
            minutes=gettext("%(minutes)d min"),
            hours=gettext("%(hours)d h %(minutes)02d"),
            days=gettext("%(days)d d %(hours)d h"),
            many_hours=gettext("%(hours)d h"),
            due=gettext("due %(when)s"),
            up=gettext("time is up"),
            late=gettext("%(span)s late"),
            left=gettext("%(span)s left"),
            paused=gettext("paused"),
            met=gettext("met"),
            metrics={"": "", **{metric.value: str(metric.label) for metric in Metric}},
        )


class Promising(Protocol):
    """A ticket, with the promise that is due next on it, or one of its clocks."""

    @property
    def due_at(self) -> datetime | None: ...
    @property
    def sla_state(self) -> str: ...
    @property
    def sla_metric(self) -> str: ...
    @property
    def sla_target_s(self) -> int | None: ...
    @property
    def sla_calendar_id(self) -> int | None: ...


@register.simple_tag(name="promise_of")
def long_promise(ticket: Promising, at: datetime) -> Promise | None:
    return promise(ticket, at, is_long=True)


def promise(ticket: Promising, at: datetime, *, is_long: bool = False) -> Promise | None:
    """The promise that is due next on ``ticket``, or None when it has none."""
    words = phrases()
    metric = words.metrics[ticket.sla_metric]
    if ticket.sla_state == DueState.PAUSED:
        return Promise("paused", words.paused, metric)
    if ticket.sla_state == DueState.MET:
        return Promise("met", words.met, metric)
    if ticket.sla_state != DueState.RUNNING or ticket.due_at is None:
        return None
    left, work = _left(working_time.hours_of(ticket.sla_calendar_id), ticket.due_at, at)
    due = words.due % {"when": _said(ticket.due_at, at)}
    target_s = ticket.sla_target_s or 0
    if ticket.due_at < at:
        late_s = int(max(0, -left))
        said = words.late % {"span": words.work(late_s)} if late_s else words.up
        return Promise("breached", said, metric, 100, ticket.due_at, target_s, due, work)
    left_s = int(max(0, left))
    state = "warning" if left_s <= AMBER_BELOW_S or left_s * AMBER_BELOW_SHARE <= target_s else "track"
    said = words.left % {"span": words.work(left_s)} if is_long else words.work(left_s)
    return Promise(state, said, metric, _used_percent(left_s, target_s), ticket.due_at, target_s, due, work)


def _left(hours: Hours | None, due_at: datetime, at: datetime) -> tuple[float, str]:
    """Seconds of working time left, below zero after the promise broke, and what the script goes on with."""
    if hours is None:
        return (due_at - at).total_seconds(), ""
    opens, courses = _around(hours, at.astimezone(UTC).date())
    opened_at, start, open_s, course = courses[max(0, bisect_right(opens, at) - 1)]
    left = hours.elapsed(opened_at, due_at) if due_at > opened_at else -hours.elapsed(due_at, opened_at)
    return left - min(max(at.timestamp() - start, 0), open_s), f"{left} {course}"


@lru_cache(maxsize=256)
def _around(hours: Hours, day: date) -> tuple[list[datetime], list[tuple[datetime, int, int, str]]]:
    """The openings around a day, and of each: when, in seconds too, how long it stays open, and the stretches from it
    on as the script reads them. Where it is always closed that begins with a stretch of no length."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    windows = hours.windows(midnight - BEHIND, midnight + AHEAD) or [(midnight, midnight)]
    courses = []
    for place, (opening, closing) in enumerate(windows):
        start, lengths, end = int(opening.timestamp()), [], opening
        for next_opening, next_closing in windows[place : place + STRETCHES]:
            lengths += [next_opening - end, next_closing - next_opening]
            end = next_closing
        told = " ".join(str(int(length.total_seconds())) for length in lengths[1:])
        courses.append((opening, start, int((closing - opening).total_seconds()), f"{start} {told}"))
    return [opening for opening, _closing in windows], courses


def _said(value: datetime, at: datetime) -> str:
    zone = timezone.get_current_timezone()
    return _moment(value.astimezone(zone).replace(tzinfo=None), at.astimezone(zone).date(), get_language() or "en")


@lru_cache(maxsize=4096)
def _moment(local: datetime, today: date, language: str) -> str:
    """Mon 11:40, and the date where that is far away; of a wall time. True also after midnight."""
    if abs(local.date() - today) < timedelta(days=7):
        said = formats.date_format(local, "D G:i")
    else:
        said = formats.date_format(local, "j M G:i" if local.year == today.year else "j M Y, G:i")
    return said.lower() if language == "pl" else said


def _used_percent(left_s: int, target_s: int) -> int:
    """The used share in steps of 5 %, rounded down: the fuse is a class, since the page allows no style attributes."""
    return min(100, max(0, int((1 - left_s / target_s) * 20) * 5)) if target_s else 0


@register.filter
def promised(ticket: Ticket, at: datetime) -> str:
    """What is left of the ticket's running promise, in words; nothing where none runs."""
    found = promise(ticket, at, is_long=True)
    return found.words if found is not None and found.due_at is not None else ""


@register.filter
def span(seconds: int) -> str:
    """40 s, 34 min, 3 h 05, 2 d 3 h."""
    return phrases().span(seconds)


@register.filter
def work_span(seconds: int) -> str:
    """The same of working time, which makes no days: 51 h."""
    return phrases().work(seconds)


@register.simple_tag
def pill(promised: Promise | None) -> SafeString:
    """Glyph, words and fuse; the metric and the due moment are spoken, and the title. Every part is ours: numbers, and
    phrases escaped here."""
    if promised is None:
        return SafeString('<span class="sub"></span>')
    due = ""
    about = escape(", ".join(filter(None, (promised.metric, promised.due))))
    if promised.due_at is not None:
        due = f' data-due="{int(promised.due_at.timestamp())}" data-target="{promised.target_s}" title="{about}"'
        due += f' data-work="{promised.work}"' if promised.work else ""
    metric = f'<span class="sr"> ({about})</span>' if about else ""
    return SafeString(
        f'<span class="sla fuse-{promised.used_percent}" data-state="{promised.state}"{due}>'
        f"{_glyph(promised.state)}<span data-left>{escape(promised.words)}</span>{metric}</span>"
    )


@cache
def _glyph(state: str) -> SafeString:
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#sla-{}"/></svg>', static("img/icons.svg"), state
    )


@register.simple_tag
def countdown_words() -> str:
    """The phrases of the ticking script, in the language of the page."""
    return _countdown_words(get_language() or "en")


@cache
def _countdown_words(language: str) -> str:
    words = _phrases(language)
    return json.dumps(
        {
            "seconds": words.seconds.replace("%(seconds)d", "%s"),
            "minutes": words.minutes.replace("%(minutes)d", "%m"),
            "hours": words.hours.replace("%(hours)d", "%h").replace("%(minutes)02d", "%m"),
            "manyHours": words.many_hours.replace("%(hours)d", "%h"),
            "up": words.up,
            "late": words.late.replace("%(span)s", "%s"),
            "left": words.left.replace("%(span)s", "%s"),
        }
    )
