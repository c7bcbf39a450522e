"""When things happen in the demo: the desk's hours and the times people write at. Pure.

Times are naive wall times in Warsaw, where the demo's twelve weeks lie in one winter, and a larger desk's half year begins
in the summer before; `utc` makes them aware at the end.
"""

from __future__ import annotations

import random
from bisect import bisect
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate

NOW = datetime(2026, 3, 9, 8, 0)
WEEKS = 12
BEGINNING = NOW.replace(hour=0) - timedelta(weeks=WEEKS)
OPENS, CLOSES = time(8), time(18)
HOLIDAYS = frozenset(
    {date(2025, 11, 11), date(2025, 12, 24), date(2025, 12, 25), date(2025, 12, 26), date(2026, 1, 1), date(2026, 1, 6)}
)


_WINTER, _SUMMER = timedelta(hours=1), timedelta(hours=2)
_WINTER_BEGINS = datetime(2025, 10, 26, 3)


def utc(at: datetime) -> datetime:
    return (at - (_SUMMER if at < _WINTER_BEGINS else _WINTER)).replace(tzinfo=UTC)


def is_working_day(day: date) -> bool:
    return day.weekday() < 5 and day not in HOLIDAYS


def is_open(at: datetime) -> bool:
    return is_working_day(at.date()) and OPENS <= at.time() < CLOSES


def add(at: datetime, seconds: float) -> datetime:
    """The moment `seconds` of desk time after `at`; from outside the hours they count from the next opening."""
    at, seconds = at.replace(microsecond=0), int(seconds)
    while True:
        day = at.date()
        if is_working_day(day):
            start = max(at, datetime.combine(day, OPENS))
            left = (datetime.combine(day, CLOSES) - start).total_seconds()
            if 0 <= seconds < left:
                return start + timedelta(seconds=seconds)
            seconds -= max(0, int(left))
        at = datetime.combine(day + timedelta(days=1), time())


def back(at: datetime, seconds: float) -> datetime:
    """The moment `seconds` of desk time before `at`."""
    at, seconds = at.replace(microsecond=0), int(seconds)
    while True:
        day = at.date()
        if is_working_day(day):
            end = min(at, datetime.combine(day, CLOSES))
            there = (end - datetime.combine(day, OPENS)).total_seconds()
            if 0 <= seconds < there:
                return end - timedelta(seconds=seconds)
            seconds -= max(0, int(there))
        at = datetime.combine(day - timedelta(days=1), time(23, 59, 59))


def elapsed(start: datetime, end: datetime) -> float:
    """Seconds of desk time between two moments."""
    total, day = 0.0, start.date()
    while day <= end.date():
        if is_working_day(day):
            first = max(start, datetime.combine(day, OPENS))
            last = min(end, datetime.combine(day, CLOSES))
            total += max(0.0, (last - first).total_seconds())
        day += timedelta(days=1)
    return total


_BY_HOUR = (
    0.05, 0.03, 0.02, 0.02, 0.03, 0.1, 0.4, 1.2, 3.0, 4.0, 4.0, 3.5,
    3.0, 3.0, 2.8, 2.4, 1.8, 1.4, 1.1, 1.1, 1.0, 0.8, 0.4, 0.2,
)  # fmt: skip
STORM, STORM_HOURS = 2.6, range(8, 11)
"""On Monday between 8 and 11 people write so many times as much as at the same hours of other days."""


def _weight(hour: datetime) -> float:
    weight = _BY_HOUR[hour.hour]
    if not is_working_day(hour.date()):
        return weight * 0.22
    if hour.weekday() == 0 and hour.hour in STORM_HOURS:
        return weight * STORM
    return weight


class Arrivals:
    """Draws moments between two times as people write: by the hour of the day, the day of the week, the storm."""

    def __init__(self, start: datetime, end: datetime) -> None:
        first = start.replace(minute=0, second=0, microsecond=0)
        hours = int((end - first).total_seconds() // 3600) + 1
        self._hours = [first + timedelta(hours=n) for n in range(hours)]
        self._start, self._end = start, end
        self._sums = list(accumulate(_weight(hour) for hour in self._hours))

    def draw(self, rng: random.Random) -> datetime:
        while True:
            place = bisect(self._sums, rng.random() * self._sums[-1])
            at = self._hours[min(place, len(self._hours) - 1)] + timedelta(seconds=rng.randrange(3600))
            if self._start <= at < self._end:
                return at


def daylight(at: datetime, rng: random.Random) -> datetime:
    """`at`, or the next morning when it falls into the night: people answer mails when they are awake."""
    if 7 <= at.hour < 22:
        return at
    morning = at if at.hour < 7 else at + timedelta(days=1)
    return morning.replace(hour=7, minute=rng.randrange(60), second=rng.randrange(60))
