"""Shifts on the line of time: wall times of a zone turned into moments, and rest between them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from rotations.weekly_hours import moment


@dataclass(frozen=True, order=True, slots=True)
class Day:
    """One day of a shift: [starts_at, ends_at) in UTC of the local ``day`` it begins on."""

    starts_at: datetime
    ends_at: datetime
    day: date


def days(first: date, count: int, starts: int, ends: int, zone: ZoneInfo) -> list[Day]:
    """One for each of ``count`` dates, ``starts`` and ``ends`` in minutes after midnight by the clock on the wall.

    As everywhere a wall time that the clock leaves out reads later and of one that comes twice the first is meant; a
    day that a change of clocks swallows whole is left out.
    """
    found = []
    for number in range(count):
        day = first + timedelta(days=number)
        start, end = moment(day, starts, zone), moment(day, ends, zone)
        if start < end:
            found.append(Day(start, end, day))
    return found


def dates_of_weekday(first: date, last: date, weekday: int) -> list[date]:
    """All dates from ``first`` to ``last``, both included, that are this weekday (Monday is 0)."""
    start = first + timedelta(days=(weekday - first.weekday()) % 7)
    return [start + timedelta(weeks=n) for n in range((last - start).days // 7 + 1)] if start <= last else []


def too_close(mine: Iterable[Day], others: Iterable[Day], rest: timedelta) -> tuple[Day, Day] | None:
    """The first two, one of each, that overlap or lie less than ``rest`` apart. Days of one duty among themselves are
    not looked at: a shift says itself how it rests."""
    taken = sorted(others)
    for one in sorted(mine):
        for other in taken:
            if one.starts_at < other.ends_at + rest and other.starts_at < one.ends_at + rest:
                return one, other
    return None
