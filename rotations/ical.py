"""Days of duty as iCalendar (RFC 5545). Pure: the same days give the same bytes, whenever they are asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from icalendar import Alarm, Calendar, Event


class Status(StrEnum):
    TENTATIVE = "TENTATIVE"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Entry:
    """``sequence`` grows with every change of what stands under ``uid``; ``changed_at`` is when it last did."""

    uid: str
    sequence: int
    status: Status
    starts_at: datetime
    ends_at: datetime
    changed_at: datetime
    summary: str
    description: str = ""


def written(name: str, entries: Iterable[Entry], *, alarm_minutes: int, is_busy: bool) -> bytes:
    """Times are in UTC: every calendar shows them by its owner's clock, on both sides of a change of clocks. What is
    cancelled rings nothing and keeps nobody busy."""
    document = Calendar()
    document.add("prodid", "-//Dyzur//Dyzur//EN")
    document.add("version", "2.0")
    document.add("calscale", "GREGORIAN")
    document.add("method", "PUBLISH")
    document.add("name", name)
    document.add("x-wr-calname", name)
    document.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    document.add("x-published-ttl", "PT1H")
    for entry in entries:
        document.add_component(_event(entry, alarm_minutes, is_busy))
    return bytes(document.to_ical())


def _event(entry: Entry, alarm_minutes: int, is_busy: bool) -> Event:
    is_on = entry.status != Status.CANCELLED
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.changed_at.astimezone(UTC))
    event.add("last-modified", entry.changed_at.astimezone(UTC))
    event.add("dtstart", entry.starts_at.astimezone(UTC))
    event.add("dtend", entry.ends_at.astimezone(UTC))
    event.add("summary", entry.summary)
    if entry.description:
        event.add("description", entry.description)
    event.add("status", entry.status)
    event.add("transp", "OPAQUE" if is_busy and is_on else "TRANSPARENT")
    event.add("class", "PRIVATE")
    if alarm_minutes and is_on:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", entry.summary)
        alarm.add("trigger", -timedelta(minutes=alarm_minutes))
        event.add_component(alarm)
    return event
