"""How the promises of one ticket came to stand where they do, stretch by stretch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from sla import course, durations, levels, queries, story
from sla.story import Line, Story
from tickets.models import Ticket
from tickets.models.ticket import Metric


@dataclass(frozen=True)
class Step:
    at: datetime
    words: str
    counted: str = ""
    is_now: bool = False


@dataclass(frozen=True)
class Told:
    metric: str
    cycle: int
    state: str
    words: str
    due_at: datetime | None
    sum: str
    steps: list[Step]


@login_required
def story_page(request: HttpRequest, number: int) -> HttpResponse:
    """For whoever works the ticket; its requester and everybody else find nothing."""
    try:
        found = Ticket.objects.worked_by(request.user, request.at).get(pk=number)
    except Ticket.DoesNotExist as error:
        raise Http404 from error
    read = story.stories(queries.happened_on(found.pk), request.at, queries.hours)
    lines = [line for each in read for line in each.lines]
    names = queries.names_of((line.policy for line in lines), (line.calendar for line in lines))
    context = {"ticket": found, "told": [_told(each, names, request.at) for each in reversed(read)], "at": request.at}
    return render(request, "sla/_story.html" if request.htmx else "sla/story.html", context)


Names = tuple[dict[int, str], dict[int, str]]


def _told(each: Story, names: Names, at: datetime) -> Told:
    clock = each.clock
    state, words = _state(clock, each.used_s, at)
    return Told(
        metric=str(Metric(clock.metric).label),
        cycle=clock.cycle,
        state=state,
        words=words,
        due_at=clock.due_at,
        sum=_sum(clock, each.used_s),
        steps=[
            Step(
                line.at,
                _words(line, clock, names),
                "" if line.counted_s is None else f"+{_length(line.counted_s)}",
                is_now=line.what == story.NOW,
            )
            for line in each.lines
        ],
    )


def _state(clock: course.Clock, used_s: int, at: datetime) -> tuple[str, str]:
    """The colour and the words of the pill; which are those of working time."""
    left_s = (clock.target_s or 0) - used_s
    if clock.state == course.MET:
        return "met", _("kept")
    if clock.state == course.MISSED:
        return "breached", _("ended late")
    if clock.state == course.CANCELLED:
        return "paused", _("dropped")
    if clock.target_s is None:
        return "paused", _("not promised any more")
    if clock.breached_at is not None or left_s < 0:
        return "breached", _("%(length)s over") % {"length": _length(max(0, -left_s))}
    if clock.state == course.PAUSED:
        return "paused", _("paused, %(length)s left") % {"length": _length(left_s)}
    return "track", _("%(length)s left") % {"length": _length(left_s)}


def _sum(clock: course.Clock, used_s: int) -> str:
    if clock.target_s is None:
        return ""
    parts = {"used": _length(used_s), "target": _length(clock.target_s)}
    if used_s > clock.target_s:
        return _("%(used)s of %(target)s were used, that is %(over)s too much.") % {
            **parts,
            "over": _length(used_s - clock.target_s),
        }
    return _("%(used)s of %(target)s are used, %(left)s are left.") % {
        **parts,
        "left": _length(clock.target_s - used_s),
    }


def _words(line: Line, clock: course.Clock, names: Names) -> str:
    if line.what in (story.STARTED, story.AGREED, story.EARLIER):
        promised = _("nothing is promised")
        if line.target_s is not None:
            promised = _("%(target)s of working time") % {"target": _length(line.target_s)}
        words = {
            story.STARTED: _("It starts: %(promised)s. Policy %(policy)s, hours %(calendar)s."),
            story.AGREED: _("From now on %(promised)s. Policy %(policy)s, hours %(calendar)s."),
            story.EARLIER: _("It starts earlier: another ticket went into this one. Policy %(policy)s."),
        }[line.what]
        policies, calendars = names
        return words % {
            "promised": promised,
            "policy": policies.get(line.policy, "–"),
            "calendar": calendars.get(line.calendar, "–"),
        }
    if line.what == story.LEVEL:
        return _level(line.level)
    if line.what == story.ENDED:
        return _("Solved.") if clock.metric == Metric.RESOLUTION else _("Answered.")
    return {
        story.WAITS: _("Paused: it waits for the requester."),
        story.ON_HOLD: _("Paused: it is on hold."),
        story.GOES_ON: _("It goes on."),
        story.DROPPED: _("Dropped: nobody waits for it any more."),
        story.NOW: _("Now."),
    }[line.what]


def _level(key: str) -> str:
    level = levels.named(key)
    if level.used_percent is not None:
        return _("%(percent)s %% used.") % {"percent": level.used_percent}
    if level.minutes < 0:
        return _("%(minutes)s min before the end.") % {"minutes": -level.minutes}
    if level.minutes:
        return _("%(minutes)s min after the end.") % {"minutes": level.minutes}
    return _("Broken: all of the time was used up.")


def _length(seconds: int) -> str:
    """To the second where it is not whole minutes, so that the sum is right."""
    minutes, rest = divmod(seconds, 60)
    if not rest:
        return durations.in_words(seconds)
    return f"{durations.in_words(minutes * 60)} {rest} s" if minutes else f"{rest} s"
