"""Working time: when is a target due, and how much of it is used. Pure: no query, no clock, no request.

    calendar = BusinessCalendar("Europe/Warsaw", {0: [("08:00", "16:00")]}, {date(2026, 11, 9): []})
    calendar.due(received_at, 4 * 3600)

The rules, and where peers differ:

* A span opens on its local date and belongs to it. A close that is not later than the open means the next day:
  ("22:00", "06:00") is a night, ("00:00", "00:00") and ("00:00", "24:00") are a whole day. An exception replaces all
  spans of its date, so a holiday closes its own date and leaves the small hours of the evening before open.
* Spans of one day must not overlap; where they touch they are one stretch. A night that reaches into the hours of the
  next day is counted once, as in the opening_hours of OpenStreetMap. Zendesk's biz and the gem working_hours refuse
  nights altogether; refusing here would let special hours of one date break a night that is right all year.
* Hours are elapsed seconds, so a night of eight hours has seven or nine when the clocks change. A wall time that the
  change leaves out reads later by the change (02:30 is 03:30), of one that happens twice the first counts, as in biz.
  A date that a zone left out altogether (Samoa, 30 December 2011) has no hours.
* A moment is open from the opening, inclusive, to the closing, exclusive. A target used up exactly at closing is due
  at closing; `due(t, 0)` is t while open and else the next opening. `back` is the mirror: used up exactly at the
  opening it gives the opening; `back(t, 0)` is t while open and else the last closing.
* `elapsed(a, b)` is 0 when b is not after a, as in biz, GLPI, OTRS and Znuny: events come out of order, and a clock
  never gives time back. (The gems business_time and working_hours, made for sums, count below zero.)
* Targets are whole seconds. `due` and `back` keep the fraction of the moment they start from; `elapsed` cuts the
  fraction off the working time at both ends, so stretches add up: elapsed(a, b) + elapsed(b, c) == elapsed(a, c).

Moments go in aware, in any zone, and come out in UTC. What cannot be answered raises ValueError with a sentence: a
calendar without weekly hours, an unknown zone, a naive moment, "25:00", negative seconds, a result outside the years
1 to 9999.

A year of UTC is compiled with zoneinfo when it is first asked about, into its open windows and the working time before
each of them; then an answer is two binary searches. `python -m bench.business_time` measures it: 600,000 due times a
second on one busy core.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Spans = Sequence[Sequence[str]]  # each an opening and a closing
Moment = TypeVar("Moment", int, datetime)

DAY = 86_400
YEARS_KEPT = 64

_NOTHING = timedelta(0)
_SECOND = timedelta(seconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LOCAL_EPOCH = datetime(1970, 1, 1)
_EPOCH_ORDINAL = _EPOCH.toordinal()
_FIRST_DAY = date.min.toordinal() - _EPOCH_ORDINAL
_LAST_DAY = date.max.toordinal() - _EPOCH_ORDINAL
_LAST_SECOND = (_LAST_DAY + 1) * DAY - 1

_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?")
_OUTSIDE = f"The result lies outside the years {MINYEAR} to {MAXYEAR}."
_NO_PLACES = ("localtime", "posixrules", "Factory")
"""In the list of zones too, but the first means another thing on every machine, and the others nothing."""
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class BusinessCalendar:
    """Opening hours of a desk: a zone, the spans of each weekday (Monday is 0) and of dates that differ.

    ``weekly`` must hold at least one span; a weekday without an entry is closed. ``exceptions`` replaces all spans of a
    local date; an empty list closes it. Raises ValueError with a sentence for what cannot be read.
    """

    def __init__(
        self, tz: str | ZoneInfo, weekly: Mapping[int, Spans], exceptions: Mapping[date, Spans] | None = None
    ) -> None:
        self._zone = _zone(tz)
        self._weekly = _week(weekly)
        self._exceptions = _dates({} if exceptions is None else exceptions)
        self._years: dict[int, _Year] = {}
        self._most_in_a_year = 54 * _seconds_of(self._weekly) + _seconds_of(self._exceptions.values()) + DAY

    def due(self, start: datetime, seconds: int) -> datetime:
        """When ``seconds`` of working time from ``start`` are used up; with 0, ``start`` or the next opening."""
        start, target = _in_utc(start), _target(seconds)
        number = start.year
        year = self._year(number)
        wanted = year.used(start) + target
        if not target:
            return start if year.is_open(start) else self._next_opening(number, wanted)
        if target > self._most_in_a_year * (MAXYEAR + 1 - number) * _SECOND:
            raise ValueError(_OUTSIDE)  # at once: walking there year by year takes seconds
        while wanted > year.total:
            wanted -= year.total
            number += 1
            year = self._year(number)
        return year.end_of(wanted)

    def back(self, end: datetime, seconds: int) -> datetime:
        """Since when ``seconds`` of working time were used up at ``end``; with 0, ``end`` or the last closing."""
        end, target = _in_utc(end), _target(seconds)
        number = end.year
        year = self._year(number)
        wanted = year.used(end) - target
        if not target:
            return end if year.is_open(end) else self._last_closing(number, wanted)
        if target > self._most_in_a_year * (number + 1 - MINYEAR) * _SECOND:
            raise ValueError(_OUTSIDE)
        while wanted < _NOTHING:
            number -= 1
            year = self._year(number)
            wanted += year.total
        return year.start_after(wanted)

    def elapsed(self, a: datetime, b: datetime) -> int:
        """Whole seconds of working time from ``a`` to ``b``; 0 when ``b`` is not after ``a``."""
        a, b = _in_utc(a), _in_utc(b)
        if b <= a:
            return 0
        passed = _seconds(self._year(b.year).used(b)) - _seconds(self._year(a.year).used(a))
        for number in range(a.year, b.year):
            passed += _seconds(self._year(number).total)
        return passed

    def is_open(self, t: datetime) -> bool:
        """Whether work is done at ``t``: at the opening yes, at the closing no longer."""
        t = _in_utc(t)
        return self._year(t.year).is_open(t)

    def windows(self, a: datetime, b: datetime) -> list[tuple[datetime, datetime]]:
        """The open stretches from ``a`` to ``b``, cut at both, in order; none when ``b`` is not after ``a``."""
        a, b = _in_utc(a), _in_utc(b)
        found: list[tuple[datetime, datetime]] = []
        for number in range(a.year, b.year + 1):
            year = self._year(number)
            found += zip(year.opens, year.closes, strict=True)
        cut = ((max(opening, a), min(closing, b)) for opening, closing in _joined(found))
        return [(opening, closing) for opening, closing in cut if opening < closing]

    def _next_opening(self, number: int, used: timedelta) -> datetime:
        """The opening after so much of a year is used, in that year or a later one."""
        year = self._year(number)
        while used == year.total:
            used = _NOTHING
            number += 1
            year = self._year(number)
        return year.start_after(used)

    def _last_closing(self, number: int, used: timedelta) -> datetime:
        """The closing with which so much of a year is used, in that year or an earlier one."""
        year = self._year(number)
        while not used:
            number -= 1
            year = self._year(number)
            used = year.total
        return year.end_of(used)

    def _year(self, number: int) -> "_Year":
        """A year of UTC, compiled when it is first asked about."""
        try:
            return self._years[number]
        except KeyError:
            pass
        if not MINYEAR <= number <= MAXYEAR:
            raise ValueError(_OUTSIDE)
        year = self._compiled(number)
        if len(self._years) >= YEARS_KEPT:  # somebody walks through centuries
            self._years.clear()
        self._years[number] = year
        return year

    def _compiled(self, number: int) -> "_Year":
        """The windows of a year, from the local dates that can reach into it: a zone is at most a day off."""
        first = date(number, 1, 1).toordinal() - _EPOCH_ORDINAL
        last = date(number, 12, 31).toordinal() - _EPOCH_ORDINAL
        start, end = first * DAY, min((last + 1) * DAY, _LAST_SECOND)
        windows = self._windows_of_days(max(first - 2, _FIRST_DAY), min(last + 2, _LAST_DAY))
        cut = ((max(opening, start), min(closing, end)) for opening, closing in _joined(sorted(windows)))
        return _Year([(opening, closing) for opening, closing in cut if opening < closing])

    def _windows_of_days(self, first: int, last: int) -> list[tuple[int, int]]:
        """What opens on these local dates, counted from 1970. The windows may overlap and need not be in order."""
        windows = []
        midnight = self._utc(first * DAY)
        for day in range(first, last + 1):
            today, midnight = midnight, self._utc((day + 1) * DAY)
            if today == midnight:  # a date that the zone left out
                continue
            local_date = date.fromordinal(day + _EPOCH_ORDINAL)
            spans = self._exceptions.get(local_date)
            if spans is None:
                spans = self._weekly[local_date.weekday()]
            for opening, closing in spans:
                window = self._utc(day * DAY + opening), self._utc(day * DAY + closing)
                if window[0] < window[1]:  # a clock change can swallow a short span
                    windows.append(window)
        return windows

    def _utc(self, local: int) -> int:
        """Seconds since 1970 of a wall time that counts the same way: in a gap later, of two the first (fold 0)."""
        wall = _LOCAL_EPOCH + timedelta(seconds=min(local, _LAST_SECOND))
        offset = wall.replace(tzinfo=self._zone).utcoffset()
        assert offset is not None
        return local - offset // _SECOND


class _Year:
    """The open windows of a year of UTC, cut at its ends, and the working time of the year before each of them.

    Datetimes, not numbers: they compare as fast, and turning one into the other costs more than both searches.
    """

    __slots__ = ("before", "closes", "opens", "total")

    def __init__(self, windows: list[tuple[int, int]]) -> None:
        self.opens = [_EPOCH + timedelta(seconds=opening) for opening, _ in windows]
        self.closes = [_EPOCH + timedelta(seconds=closing) for _, closing in windows]
        self.total = _NOTHING
        self.before = [_NOTHING]
        for opening, closing in windows:
            self.total += timedelta(seconds=closing - opening)
            self.before.append(self.total)

    def is_open(self, moment: datetime) -> bool:
        at = bisect_right(self.opens, moment)
        return at > 0 and moment < self.closes[at - 1]

    def used(self, moment: datetime) -> timedelta:
        """Working time from the beginning of the year to a moment of it."""
        at = bisect_right(self.opens, moment)
        if at and moment < self.closes[at - 1]:
            return self.before[at - 1] + (moment - self.opens[at - 1])
        return self.before[at]

    def end_of(self, wanted: timedelta) -> datetime:
        """The earliest moment at which so much is used: where a window ends, its closing."""
        at = bisect_left(self.before, wanted) - 1
        return self.opens[at] + (wanted - self.before[at])

    def start_after(self, wanted: timedelta) -> datetime:
        """The latest moment at which no more is used: where a window ends, the next opening."""
        at = bisect_right(self.before, wanted) - 1
        return self.opens[at] + (wanted - self.before[at])


def _joined(windows: list[tuple[Moment, Moment]]) -> list[tuple[Moment, Moment]]:
    """Ordered windows with those that touch or overlap made one."""
    joined = windows[:1]
    for opening, closing in windows[1:]:
        if opening <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(closing, joined[-1][1])
        else:
            joined.append((opening, closing))
    return joined


def _seconds(used: timedelta) -> int:
    """Whole seconds of a working time, which is never negative."""
    return used.days * DAY + used.seconds


def _in_utc(moment: datetime) -> datetime:
    try:
        if moment.tzinfo is UTC:
            return moment
        if moment.utcoffset() is not None:
            return moment.astimezone(UTC)
    except AttributeError:
        raise ValueError(f"{moment!r} is no moment: give a datetime with its time zone.") from None
    except OverflowError:
        raise ValueError(f"{moment} lies outside the years {MINYEAR} to {MAXYEAR} in UTC.") from None
    raise ValueError(f"{moment} has no time zone: give an aware datetime.")


def _target(seconds: int) -> timedelta:
    if type(seconds) is not int:
        seconds = _whole(seconds)
    if seconds < 0:
        raise ValueError(f"{seconds} seconds of working time: they cannot be negative.")
    try:
        return _SECOND * seconds
    except OverflowError:
        raise ValueError(_OUTSIDE) from None


def _whole(seconds: Any) -> int:
    """A target that is no plain int: 5400.0 will do, half a second, a text or a truth value will not."""
    if isinstance(seconds, float) and seconds.is_integer():
        return int(seconds)
    raise ValueError(f"{seconds!r} is no working time: give whole seconds.")


def _seconds_of(days: Iterable[Sequence[tuple[int, int]]]) -> int:
    return sum(closing - opening for spans in days for opening, closing in spans)


def _zone(tz: str | ZoneInfo) -> ZoneInfo:
    if isinstance(tz, ZoneInfo):
        return tz
    try:
        if tz in _NO_PLACES:
            raise ValueError
        return ZoneInfo(tz)
    except (ZoneInfoNotFoundError, ValueError, TypeError, AttributeError, OSError):
        raise ValueError(f"{tz!r} is no time zone: give a name such as Europe/Warsaw.") from None


def _week(weekly: Mapping[int, Spans]) -> list[list[tuple[int, int]]]:
    _expect_mapping(weekly, "The weekly hours")
    week: list[list[tuple[int, int]]] = [[] for _ in _WEEKDAYS]
    for day, spans in weekly.items():
        if type(day) is not int or not 0 <= day <= 6:
            raise ValueError(f"{day!r} is no weekday: give 0 for Monday to 6 for Sunday.")
        week[day] = _day(spans, _WEEKDAYS[day])
    if not any(week):
        raise ValueError("A calendar needs weekly hours: without any, nothing would ever be due.")
    return week


def _dates(exceptions: Mapping[date, Spans]) -> dict[date, list[tuple[int, int]]]:
    _expect_mapping(exceptions, "The exceptions")
    for day in exceptions:
        if not isinstance(day, date) or isinstance(day, datetime):
            raise ValueError(f"{day!r} is no date: exceptions have a datetime.date, without a time, as their key.")
    return {day: _day(spans, day.isoformat()) for day, spans in exceptions.items()}


def _day(spans: Spans, name: str) -> list[tuple[int, int]]:
    """The spans of one day in order, in seconds since its midnight; a close of the next day is beyond 24 hours."""
    if not isinstance(spans, list | tuple):
        raise ValueError(f'{name}: give a list of spans such as ("08:00", "16:00").')
    day = sorted(_span(span, name) for span in spans)
    for (_, close), (next_open, _) in pairwise(day):
        if next_open < close:
            raise ValueError(f"{name}: its spans overlap.")
    return day


def _span(span: Sequence[str], name: str) -> tuple[int, int]:
    if not isinstance(span, list | tuple) or len(span) != 2:
        raise ValueError(f'{name}: {span!r} is no span; give two times such as ("08:00", "16:00").')
    opening, closing = (_time(text, name) for text in span)
    if opening == DAY:
        raise ValueError(f"{name}: 24:00 can close a day, not open it.")
    return opening, closing if opening < closing else closing + DAY


def _time(text: str, name: str) -> int:
    """Seconds since midnight of "8:00", "08:00" or "08:00:30", up to "24:00"."""
    match = _TIME.fullmatch(text) if isinstance(text, str) else None
    if match:
        hour, minute, second = (int(part or 0) for part in match.groups())
        seconds = hour * 3600 + minute * 60 + second
        if minute < 60 and second < 60 and seconds <= DAY:
            return seconds
    raise ValueError(f"{name}: {text!r} is no time of day; give 00:00 to 24:00.")


def _expect_mapping(value: object, name: str) -> None:
    if not isinstance(value, Mapping):
        raise ValueError(f"{name} must be given by day.")
