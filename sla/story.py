"""The story of a ticket's clocks, read from what happened on it: when each ran, paused and ended, and how much working
time each stretch counted. Pure; by the step that moves the clocks themselves (`sla.course`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sla.course import (
    CANCELLED,
    NO_HOURS,
    PAUSED,
    RUNNING,
    Clock,
    Course,
    Happening,
    Hours,
    at_rest,
    step,
)

STARTED, EARLIER, AGREED, WAITS, ON_HOLD, GOES_ON, ENDED, DROPPED, LEVEL, NOW = (
    "started",
    "earlier",
    "agreed",
    "waits",
    "on_hold",
    "goes_on",
    "ended",
    "cancelled",
    "level",
    "now",
)


@dataclass(frozen=True)
class Line:
    """``counted_s`` is the working time of the stretch that ended then; None where none did."""

    at: datetime
    what: str
    counted_s: int | None = None
    level: str = ""
    target_s: int | None = None
    policy: int = 0
    calendar: int = 0


@dataclass
class Story:
    """``clock`` is how it stands at the end; the lines' counted seconds are its used time, to the second."""

    clock: Clock
    lines: list[Line] = field(default_factory=list)

    @property
    def used_s(self) -> int:
        return sum(line.counted_s or 0 for line in self.lines)


def stories(happened: Iterable[Happening], at: datetime, hours: Hours) -> list[Story]:
    """Of each clock that was promised something, as they began; ``happened`` is in the order of its times."""
    lines: dict[tuple[str, int], list[Line]] = {}
    read = Course()
    for each in happened:
        after = step(read, each, hours)
        before = {(clock.metric, clock.cycle): clock for clock in read.clocks}
        for clock in after.clocks:
            key = (clock.metric, clock.cycle)
            lines.setdefault(key, []).extend(_between(before.get(key), clock, after, each.at, hours))
        read = after
    found = []
    for clock in at_rest(read, at, hours).clocks:
        told = lines[clock.metric, clock.cycle]
        told += [Line(one.at, LEVEL, level=one.level) for one in clock.reached]
        told.sort(key=lambda line: line.at)
        if clock.state == RUNNING and clock.running_since is not None and clock.running_since < at:
            told.append(Line(at, NOW, hours(clock.calendar).elapsed(clock.running_since, at)))
        if any(line.target_s for line in told):
            found.append(Story(clock, told))
    return found


def _between(before: Clock | None, clock: Clock, course: Course, at: datetime, hours: Hours) -> list[Line]:
    lines = []
    if before is None:
        lines.append(_promised(clock, STARTED, clock.started_at))
        before_state, known = RUNNING, 0
    else:
        before_state, known = before.state, len(before.runs)
        if clock.started_at < before.started_at:
            # Its first stretch is new, those that were known are still there.
            first = clock.runs[0]
            counted = hours(first.calendar).elapsed(first.started_at, first.stopped_at)
            lines.append(_promised(clock, EARLIER, clock.started_at, counted))
            known += 1
    counted_s = None
    if len(clock.runs) > known:
        counted_s = sum(hours(run.calendar).elapsed(run.started_at, run.stopped_at) for run in clock.runs[known:])
    if before is not None and _agreed(before) != _agreed(clock):
        lines.append(_promised(clock, AGREED, at, counted_s if clock.state == before_state else None))
        counted_s = None if clock.state == before_state else counted_s
    if clock.state != before_state:
        lines.append(Line(at, _what(clock, course), counted_s))
    elif counted_s is not None:
        lines.append(Line(at, GOES_ON, counted_s))
    return lines


def _promised(clock: Clock, what: str, at: datetime, counted_s: int | None = None) -> Line:
    return Line(at, what, counted_s, target_s=clock.target_s, policy=clock.policy, calendar=clock.calendar)


def _agreed(clock: Clock) -> tuple[int | None, int, int]:
    return clock.target_s, clock.policy, clock.calendar


def _what(clock: Clock, course: Course) -> str:
    if clock.state == PAUSED:
        return ON_HOLD if course.status == "on_hold" else WAITS
    if clock.state == CANCELLED:
        return DROPPED
    return GOES_ON if clock.state in (RUNNING, NO_HOURS) else ENDED
