"""Times in words, on several pages."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import date_format

from rotations.models import Absence
from rotations.weekly_hours import DAY, clock_time


def span_in_words(absence: Absence) -> str:
    """In the zone it was meant in: whole days as days, anything else with its times."""
    zone = ZoneInfo(absence.zone)
    start, end = absence.starts_at.astimezone(zone), absence.ends_at.astimezone(zone)
    if (start.hour, start.minute, end.hour, end.minute) == (0, 0, 0, 0):
        first, last = start.date(), end.date() - timedelta(days=1)
        return _day(last) if first == last else f"{_day(first)} – {_day(last)}"
    if start.date() == (end - timedelta(minutes=1)).date():
        return f"{_day(start.date())}, {start:%-H:%M}–{_time_of_end(start, end)}"
    return f"{_day(start.date())}, {start:%-H:%M} – {_day(end.date())}, {end:%-H:%M}"


def _time_of_end(start: datetime, end: datetime) -> str:
    return f"{end:%-H:%M}" if end.date() == start.date() else clock_time(DAY)


def _day(day: date) -> str:
    return date_format(day, "D j E Y")
