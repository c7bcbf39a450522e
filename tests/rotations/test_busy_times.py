"""Absences read from a calendar file."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rotations.busy_times import MAX_BYTES, NoCalendar, Read, read

WARSAW = ZoneInfo("Europe/Warsaw")
FIRST, LAST = datetime(2026, 3, 16, tzinfo=WARSAW), datetime(2026, 4, 13, tzinfo=WARSAW)


def of(*events: str) -> Read:
    blocks = "".join(f"BEGIN:VEVENT\r\n{event.strip()}\r\nEND:VEVENT\r\n" for event in events)
    text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{blocks}END:VCALENDAR\r\n"
    return read(text.replace("\r\n", "\n").replace("\n", "\r\n").encode(), first=FIRST, last=LAST, zone=WARSAW)


def local(found: Read) -> list[str]:
    return [f"{start.astimezone(WARSAW):%m-%d %H} {end.astimezone(WARSAW):%m-%d %H}" for start, end in found.spans]


@pytest.mark.parametrize(
    ("lines", "spans"),
    [
        ("DTSTART;VALUE=DATE:20260317\nDTEND;VALUE=DATE:20260320", ["03-17 00 03-20 00"]),
        ("DTSTART;VALUE=DATE:20260317", ["03-17 00 03-18 00"]),
        ("DTSTART:20260317T070000Z\nDTEND:20260317T150000Z", ["03-17 08 03-17 16"]),
        ("DTSTART:20260317T080000\nDURATION:PT8H", ["03-17 08 03-17 16"]),
        ("DTSTART;TZID=America/New_York:20260317T080000\nDTEND;TZID=America/New_York:20260317T160000",
         ["03-17 13 03-17 21"]),
        ("DTSTART;TZID=Central European Standard Time:20260317T080000\n"
         "DTEND;TZID=Central European Standard Time:20260317T160000", ["03-17 08 03-17 16"]),
        ("DTSTART;TZID=Kto wie:20260317T080000\nDTEND;TZID=Kto wie:20260317T160000", ["03-17 08 03-17 16"]),
        # Over the night in which the clocks are put forward: whole days stay whole.
        ("DTSTART;VALUE=DATE:20260328\nDTEND;VALUE=DATE:20260330", ["03-28 00 03-30 00"]),
        ("DTSTART;VALUE=DATE:20260101\nDTEND;VALUE=DATE:20260102", []),
        ("DTSTART;VALUE=DATE:20260320\nDTEND;VALUE=DATE:20260321\nTRANSP:TRANSPARENT", []),
        ("DTSTART;VALUE=DATE:20260320\nDTEND;VALUE=DATE:20260321\nSTATUS:CANCELLED", []),
        ("DTSTART;VALUE=DATE:20260320\nDTEND;VALUE=DATE:20260321\nX-MICROSOFT-CDO-BUSYSTATUS:FREE", []),
        ("DTSTART;VALUE=DATE:20260305\nRRULE:FREQ=WEEKLY;COUNT=3", ["03-19 00 03-20 00"]),
        ("DTSTART;VALUE=DATE:20260302\nRRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU;UNTIL=20260401\nEXDATE;VALUE=DATE:20260317",
         ["03-16 00 03-17 00", "03-30 00 04-01 00"]),
        ("DTSTART;TZID=Europe/Warsaw:20260326T080000\nDURATION:PT8H\nRRULE:FREQ=DAILY;INTERVAL=4;COUNT=2",
         ["03-26 08 03-26 16", "03-30 08 03-30 16"]),
    ],
)  # fmt: skip
def test_when_somebody_is_away(lines: str, spans: list[str]) -> None:
    assert local(of(lines)) == spans


def test_neighbours_are_joined_and_a_moved_day_of_a_series_is_where_it_was_moved_to() -> None:
    joined = of("DTSTART;VALUE=DATE:20260318", "DTSTART;VALUE=DATE:20260317", "DTSTART;VALUE=DATE:20260325")
    moved = of(
        "UID:a\nDTSTART;VALUE=DATE:20260316\nRRULE:FREQ=WEEKLY;COUNT=2",
        "UID:a\nRECURRENCE-ID;VALUE=DATE:20260323\nDTSTART;VALUE=DATE:20260325",
    )

    assert local(joined) == ["03-17 00 03-19 00", "03-25 00 03-26 00"]
    assert local(moved) == ["03-16 00 03-17 00", "03-25 00 03-26 00"]


def test_meetings_and_what_cannot_be_followed_are_counted_and_left_out() -> None:
    found = of(
        "DTSTART:20260317T080000Z\nDTEND:20260317T090000Z",
        "DTSTART;VALUE=DATE:20200101\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
        "DTSTART;VALUE=DATE:20260317\nRRULE:FREQ=SECONDLY",
        "DTSTART:20260399T999999Z",
    )

    assert (found.spans, found.short, found.unread) == ([], 1, 3)


def test_habits_of_two_thousand_years_are_not_walked_through() -> None:
    old = "DTSTART;VALUE=DATE:00010101\nRRULE:FREQ=DAILY"
    habit = "DTSTART;VALUE=DATE:20160105\nRRULE:FREQ=WEEKLY;BYDAY=TU;INTERVAL=2"

    found = of(*[old] * 100, habit, *[habit] * 1_000)

    assert (len(found.spans), found.unread) == (2, 100 + 1_000 - 52)


@pytest.mark.parametrize(
    "data", [b"", b"\x89PNG\r\n\x1a\n", b"<html>", b"BEGIN:VCALENDAR\r\n" + b"x" * MAX_BYTES, b"\x00" * 5000]
)
def test_rubbish_is_no_calendar(data: bytes) -> None:
    with pytest.raises(NoCalendar):
        read(data, first=FIRST, last=LAST, zone=WARSAW)


@given(st.lists(st.sampled_from([
    "BEGIN:VEVENT", "END:VEVENT", "DTSTART;VALUE=DATE:20260317", "DTEND:20260317T0Z", "DTSTART:20260317T080000Z",
    "RRULE:FREQ=DAILY;COUNT=0", "RRULE:FREQ=WEEKLY;BYDAY=XX", "DURATION:P", "EXDATE:nie",
    "RRULE:FREQ=DAILY;INTERVAL=-1",
    "BEGIN:VTIMEZONE", "TZID:Europe/Warsaw", "RRULE", ":", "RDATE:20260318", "RECURRENCE-ID:x", "DURATION:-P3D", " x",
    "DTSTART;TZID=/../../etc/passwd:20260317T080000", "RRULE:FREQ=DAILY;UNTIL=20260320T000000",
])))  # fmt: skip
def test_no_file_breaks_it(lines: list[str]) -> None:
    """Whatever it says: spans are forward, apart and in order, or it is no calendar."""
    text = "\r\n".join(["BEGIN:VCALENDAR", *lines, "END:VCALENDAR"])

    spans = read(text.encode(), first=FIRST, last=LAST, zone=WARSAW).spans

    assert all(start < end for start, end in spans)
    assert all(before[1] < after[0] for before, after in pairwise(spans))


@given(
    interval=st.integers(1, 4),
    days=st.sets(st.sampled_from(["MO", "TU", "WE", "TH", "FR"])),
    count=st.one_of(st.none(), st.integers(1, 30)),
    begins=st.dates(date(2026, 1, 1), date(2026, 4, 1)),
)
def test_weeks_are_followed_as_another_reader_does(
    interval: int, days: set[str], count: int | None, begins: date
) -> None:
    from dateutil.rrule import rrulestr

    by = ",".join(sorted(days) or [("MO", "TU", "WE", "TH", "FR", "SA", "SU")[begins.weekday()]])
    rule = f"FREQ=WEEKLY;INTERVAL={interval};BYDAY={by}" + (f";COUNT={count}" if count else "")
    start = datetime(begins.year, begins.month, begins.day, 8)

    found = of(f"DTSTART;TZID=Europe/Warsaw:{start:%Y%m%dT%H%M%S}\nDURATION:PT8H\nRRULE:{rule}")

    other = rrulestr(rule, dtstart=start).between(FIRST.replace(tzinfo=None), LAST.replace(tzinfo=None), inc=True)
    expected = [each.replace(tzinfo=WARSAW).astimezone(UTC) for each in other]
    assert found.spans == [(each, each + timedelta(hours=8)) for each in expected]
