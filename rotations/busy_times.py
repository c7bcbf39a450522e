"""When somebody is away, read from a calendar file (RFC 5545): moments and nothing else.

The file is a stranger's. Only lines that say when reach the library that reads them: titles, people and places are
dropped before, and so are zones of the file's own, which may be rules that fire each second for ten thousand years;
zones with a usual name are known without them. Of what repeats, days and weeks are followed, the rest is counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

MAX_BYTES = 1024 * 1024
MAX_EVENTS = 2_000
"""Near the time asked for; others are passed over by a glance at their first line."""
MAX_DAYS = 200_000
"""Walked through for all that repeats: fifty habits of ten years. What is left then is counted as unread."""
LEAST = timedelta(hours=4)
"""What is shorter is a meeting and no absence."""
LONGEST = timedelta(days=400)

Span = tuple[datetime, datetime]

_FOLD = re.compile(r"\r?\n[ \t]")
_WHEN = ("DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "TRANSP", "STATUS", "UID")
_BUSY = "X-MICROSOFT-CDO-BUSYSTATUS"
_BEGINS = re.compile(r"^DTSTART[^:\n]*:(\d{4})(\d{2})(\d{2})", re.MULTILINE | re.IGNORECASE)
_SIMPLE = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "WKST"}
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class NoCalendar(ValueError):
    """It is no calendar file, or too big to be one."""


@dataclass(frozen=True)
class Read:
    spans: list[Span]
    """In UTC, in order, apart from each other."""
    short: int
    """Events that are too short to be an absence."""
    unread: int
    """Events that repeat in other ways than by days or weeks, or that no reader understands."""


@dataclass(frozen=True)
class _Event:
    uid: str
    starts_at: datetime
    lasts: timedelta
    is_free: bool
    rule: dict[str, list[Any]]
    without: frozenset[date]
    instead_of: date | None


def read(data: bytes, *, first: datetime, last: datetime, zone: ZoneInfo) -> Read:
    """Absences that touch [first, last), aware. Times without a zone, and whole days, are meant in ``zone``.

    Raises `NoCalendar`."""
    text = data.decode("utf-8", errors="replace")
    if len(data) > MAX_BYTES or "BEGIN:VCALENDAR" not in text[:1000].upper():
        raise NoCalendar
    found: list[_Event] = []
    unread = 0
    for lines in _events(_FOLD.sub("", text), first, last):
        try:
            found.append(_event(lines, zone))
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError):
            unread += 1
    moved = {(each.uid, each.instead_of) for each in found if each.instead_of is not None}
    spans: list[Span] = []
    short = walked = 0
    for event in found:
        if event.is_free:
            continue
        if event.rule:
            days = max(0, (last - event.starts_at).days)
            if walked + days > MAX_DAYS or not _is_simple(event.rule):
                unread += 1
                continue
            walked += days
        at = [each for each in _starts(event, last) if (event.uid, each.date()) not in moved or event.instead_of]
        near = [(each.astimezone(UTC), _end(each, event.lasts)) for each in at]
        near = [(start, end) for start, end in near if start < last and end > first]
        if near and event.lasts < LEAST:
            short += 1
        elif event.lasts <= LONGEST:
            spans += near
    return Read(joined(spans), short, unread)


def _events(text: str, first: datetime, last: datetime) -> Iterator[str]:
    """The lines that say when, of each event that is near or repeats."""
    near = ((first - LONGEST).strftime("%Y%m%d"), (last + timedelta(days=1)).strftime("%Y%m%d"))
    count = 0
    for block in re.split(r"^BEGIN:VEVENT[ \t]*\r?$", text, flags=re.MULTILINE | re.IGNORECASE)[1:]:
        body = re.split(r"^END:VEVENT|^BEGIN:", block, maxsplit=1, flags=re.MULTILINE | re.IGNORECASE)[0]
        begins = _BEGINS.search(body)
        if begins is None:
            continue
        day = "".join(begins.groups())
        repeats = re.search(r"^RRULE", body, re.MULTILINE | re.IGNORECASE)
        if day > near[1] or (day < near[0] and not repeats):
            continue
        count += 1
        if count > MAX_EVENTS:
            return
        lines = (line.strip() for line in body.splitlines())
        wanted = (*_WHEN, _BUSY)
        yield "\r\n".join(line for line in lines if re.split("[;:]", line, maxsplit=1)[0].upper() in wanted)


def _event(lines: str, zone: ZoneInfo) -> _Event:
    from icalendar import Event  # half a second to import, for the few files that need it
    from icalendar.timezone import tzp

    tzp.use_zoneinfo()
    row: Any = Event.from_ical(f"BEGIN:VEVENT\r\n{lines}\r\nEND:VEVENT\r\n")
    starts = row["DTSTART"].dt
    is_day = not isinstance(starts, datetime)
    starts_at = _moment(starts, zone)
    if "DTEND" in row:
        ends = row["DTEND"].dt
        # By the clock on the wall: a day is a day when the clocks are put forward.
        lasts = _wall(ends, zone) - _wall(starts, zone) if is_day else _moment(ends, zone) - starts_at
    elif "DURATION" in row:
        lasts = row["DURATION"].dt
    else:
        lasts = timedelta(days=1) if is_day else timedelta(0)
    status, busy = str(row.get("STATUS", "")).upper(), str(row.get(_BUSY, "")).upper()
    exdates = row.get("EXDATE", [])
    without = {each.dt for found in (exdates if isinstance(exdates, list) else [exdates]) for each in found.dts}
    rule = {str(key).upper(): value for key, value in row["RRULE"].items()} if "RRULE" in row else {}
    if "RDATE" in row:
        rule["RDATE"] = []
    instead_of = row["RECURRENCE-ID"].dt if "RECURRENCE-ID" in row else None
    return _Event(
        uid=str(row.get("UID", "")),
        starts_at=starts_at,
        lasts=lasts,
        is_free=status == "CANCELLED" or str(row.get("TRANSP", "")).upper() == "TRANSPARENT" or busy == "FREE",
        rule=rule,
        without=frozenset(_wall(each, zone, starts_at).date() for each in without),
        instead_of=_wall(instead_of, zone, starts_at).date() if instead_of is not None else None,
    )


def _wall(said: date, zone: ZoneInfo, like: datetime | None = None) -> datetime:
    """By the clock on the wall of the event's own zone, without a zone."""
    if not isinstance(said, datetime):
        return datetime.combine(said, time())
    if said.tzinfo is None:
        return said
    return said.astimezone(like.tzinfo if like is not None else zone).replace(tzinfo=None)


def _moment(said: date, zone: ZoneInfo) -> datetime:
    """Aware, in the zone it is meant in."""
    if not isinstance(said, datetime):
        return datetime.combine(said, time(), tzinfo=zone)
    return said if said.tzinfo is not None else said.replace(tzinfo=zone)


def _end(start: datetime, lasts: timedelta) -> datetime:
    return (start + lasts).astimezone(UTC)


def _is_simple(rule: dict[str, list[Any]]) -> bool:
    """Every so many days; or every so many weeks, on weekdays. Its weeks begin with Monday."""
    frequency = str(rule.get("FREQ", [""])[0]).upper()
    days = [str(each).upper() for each in rule.get("BYDAY", [])]
    weeks = frequency == "WEEKLY" and all(each in _DAYS for each in days)
    begins = str(rule.get("WKST", ["MO"])[0]).upper() == "MO" or int(rule.get("INTERVAL", [1])[0]) == 1
    return rule.keys() <= _SIMPLE and begins and (weeks or (frequency == "DAILY" and not days))


def _starts(event: _Event, last: datetime) -> Iterator[datetime]:
    """Of each time it takes place, until ``last``."""
    if not event.rule:
        yield event.starts_at
        return
    begins, rule = event.starts_at, event.rule
    interval = max(1, int(rule.get("INTERVAL", [1])[0]))
    left = int(rule["COUNT"][0]) if "COUNT" in rule else None
    until = _moment(rule["UNTIL"][0], ZoneInfo("UTC")) if "UNTIL" in rule else None
    if until is not None and not isinstance(rule["UNTIL"][0], datetime):
        until += timedelta(days=1)
    is_weekly = str(rule["FREQ"][0]).upper() == "WEEKLY"
    weekdays = {_DAYS.index(str(each).upper()) for each in rule.get("BYDAY", [])} or {begins.weekday()}
    monday = begins.date() - timedelta(days=begins.weekday())
    for number in range((last.date() - begins.date()).days + 2):
        at = begins + timedelta(days=number)  # by the clock on the wall of its zone
        fits = (
            at.weekday() in weekdays and (at.date() - monday).days // 7 % interval == 0
            if is_weekly
            else number % interval == 0
        )
        if not fits:
            continue
        if (until is not None and at > until) or left == 0:
            return
        left = left - 1 if left is not None else None
        if at.date() not in event.without:
            yield at


def joined(spans: list[Span]) -> list[Span]:
    """In order, and apart from each other."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found
