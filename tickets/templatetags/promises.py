"""How much time is left, said in one way everywhere: the pill of a row, the clock of a ticket. No queries.

The kernel only reads the due time; it measures what is left in elapsed time. static/js/countdown.js ticks by the same
rule. A list shows many pills, so the phrases are looked up once per language and process.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django import template
from django.templatetags.static import static
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, override

from tickets.models import DueState, Metric, Ticket

register = template.Library()

AMBER_BELOW_S = 30 * 60
AMBER_BELOW_SHARE = 4
"""Amber when 30 minutes or a quarter of the promise is left, whichever comes first."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What the pill of a ticket says at a moment."""

    state: str
    words: str
    metric: str = ""
    used_percent: int = 0
    due_at: datetime | None = None
    target_s: int = 0


@dataclass(frozen=True, slots=True)
class Phrases:
    """The words of promises in one language, with % where the numbers go."""

    seconds: str
    minutes: str
    hours: str
    days: str
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
            late=gettext("%(span)s late"),
            left=gettext("%(span)s left"),
            paused=gettext("paused"),
            met=gettext("met"),
            metrics={"": "", **{metric.value: str(metric.label) for metric in Metric}},
        )


def promise(ticket: Ticket, at: datetime, *, is_long: bool = False) -> Promise | None:
    """The promise that is due next on ``ticket``, or None when it has none."""
    words = phrases()
    metric = words.metrics[ticket.sla_metric]
    if ticket.sla_state == DueState.PAUSED:
        return Promise("paused", words.paused, metric)
    if ticket.sla_state == DueState.MET:
        return Promise("met", words.met, metric)
    if ticket.sla_state != DueState.RUNNING or ticket.due_at is None:
        return None
    left_s = int((ticket.due_at - at).total_seconds())
    target_s = ticket.sla_target_s or 0
    if left_s < 0:
        return Promise("breached", words.late % {"span": words.span(-left_s)}, metric, 100, ticket.due_at, target_s)
    state = "warning" if left_s <= AMBER_BELOW_S or left_s * AMBER_BELOW_SHARE <= target_s else "track"
    said = words.left % {"span": words.span(left_s)} if is_long else words.span(left_s)
    return Promise(state, said, metric, _used_percent(left_s, target_s), ticket.due_at, target_s)


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


@register.simple_tag
def pill(promised: Promise | None) -> SafeString:
    """Glyph, words and fuse; the metric is only spoken. Every part is ours: numbers, and phrases escaped here."""
    if promised is None:
        return SafeString('<span class="sub"></span>')
    due = ""
    if promised.due_at is not None:
        due = f' data-due="{int(promised.due_at.timestamp())}" data-target="{promised.target_s}"'
    metric = f'<span class="sr"> ({escape(promised.metric)})</span>' if promised.metric else ""
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
            "days": words.days.replace("%(days)d", "%d").replace("%(hours)d", "%h"),
            "late": words.late.replace("%(span)s", "%s"),
            "left": words.left.replace("%(span)s", "%s"),
        }
    )
