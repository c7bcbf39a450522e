"""Times in a query: days, months and years, moments, how long ago or how long left. Pure; the time zone comes in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_SPAN = re.compile(r"(?:\d{1,4}(?:min|m|h|g|d|w|t))+")
_SPAN_PART = re.compile(r"(\d{1,4})(min|m|h|g|d|w|t)")
LONGEST = timedelta(days=366 * 100)
"""A longer span is none: counted from today it would leave the calendar."""
_UNITS = {"min": "minutes", "m": "minutes", "h": "hours", "g": "hours", "d": "days", "w": "weeks", "t": "weeks"}
_DAYS = {
    "today": 0, "dzis": 0, "dzisiaj": 0, "yesterday": -1, "wczoraj": -1, "tomorrow": 1, "jutro": 1,
}  # fmt: skip
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?:[T ](\d{1,2}):(\d{2}))?)?)?")
_POLISH_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")


@dataclass(frozen=True)
class Span:
    """A duration, as in ``4h`` or ``1d12h``: an age for what is past, the time left for what is to come."""

    duration: timedelta


@dataclass(frozen=True)
class Day:
    """Counted from today."""

    offset: int


@dataclass(frozen=True)
class Calendar:
    """A year, a month, a day or a minute of a calendar; the finer parts may be missing."""

    year: int
    month: int | None = None
    day: int | None = None
    at: time | None = None


Moment = Day | Calendar


@dataclass(frozen=True)
class Between:
    """From the beginning of the one to the end of the other; a missing side is open."""

    first: Moment | None
    last: Moment | None


Time = Span | Moment | Between


def read(text: str) -> Time | None:
    """What a value says about time, None when it says nothing."""
    if ".." in text:
        first, _dots, last = text.partition("..")
        one, other = _moment(first), _moment(last)
        is_whole = (one is not None or first in ("", "*")) and (other is not None or last in ("", "*"))
        return Between(one, other) if is_whole and (one or other) else None
    if _SPAN.fullmatch(text):
        parts: dict[str, int] = {}
        for amount, unit in _SPAN_PART.findall(text):
            parts[_UNITS[unit]] = parts.get(_UNITS[unit], 0) + int(amount)
        span = timedelta(**parts)
        return Span(span) if span <= LONGEST else None
    return _moment(text)


def _moment(text: str) -> Moment | None:
    if text in _DAYS:
        return Day(_DAYS[text])
    if found := _POLISH_DATE.fullmatch(text):
        moment = Calendar(int(found[3]), int(found[2]), int(found[1]))
    elif found := _DATE.fullmatch(text.upper()):
        year, month, day, hour, minute = (int(part) if part else None for part in found.groups())
        if (hour or 0) > 23 or (minute or 0) > 59:
            return None
        moment = Calendar(year or 0, month, day, time(hour, minute or 0) if hour is not None else None)
    else:
        return None
    try:
        bounds(moment, today=date(2000, 1, 1), zone=ZoneInfo("UTC"))
    except (ValueError, OverflowError):
        return None
    return moment


def bounds(moment: Moment, *, today: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first moment inside and the first one after. ``today`` is the day in ``zone``."""
    if isinstance(moment, Day):
        first = today + timedelta(days=moment.offset)
        return _midnight(first, zone), _midnight(first + timedelta(days=1), zone)
    first = date(moment.year, moment.month or 1, moment.day or 1)
    if moment.at is not None:
        begin = datetime.combine(first, moment.at, zone)
        return begin, begin + timedelta(minutes=1)
    if moment.day:
        after = first + timedelta(days=1)
    elif moment.month:
        after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    else:
        after = date(first.year + 1, 1, 1)
    return _midnight(first, zone), _midnight(after, zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(0), zone)
