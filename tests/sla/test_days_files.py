"""Files of days: what other programs write is read, and rubbish of every kind is refused with a sentence, at once."""

from __future__ import annotations

from datetime import date

import pytest

from sla import days_files
from sla.days_files import WrongFile

EVE = date(2026, 12, 24)
UNREADABLE = "This is no calendar that can be read."


def ics(*events: str) -> bytes:
    inner = "".join(f"BEGIN:VEVENT\r\nUID:1\r\n{event}\r\nEND:VEVENT\r\n" for event in events)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{inner}END:VCALENDAR\r\n".encode()


def day(*more: str) -> bytes:
    return ics("\r\n".join(["DTSTART;VALUE=DATE:20261224", *more]))


@pytest.mark.parametrize(
    ("content", "names"),
    [
        (day("SUMMARY:Wigilia"), {EVE: "Wigilia"}),
        (day("DTEND;VALUE=DATE:20261224", "SUMMARY:Wigilia"), {EVE: "Wigilia"}),
        (day("DURATION:P2D", "SUMMARY:Święta"), {EVE: "Święta", date(2026, 12, 25): "Święta"}),
        (ics("DTSTART:20261224T000000Z\r\nDTEND:20261225T000000Z"), {EVE: ""}),
        (ics('DTSTART;TZID="Europe/Warsaw":20261224T000000\r\nDTEND;TZID=Europe/Warsaw:20261225T000000'), {EVE: ""}),
        (day("SUMMARY:Wigi", " lia\\, pół dnia\\nzamknięte"), {EVE: "Wigilia, pół dnia zamknięte"}),
        (day("SUMMARY;LANGUAGE=pl:Wigilia", "SUMMARY;LANGUAGE=en:Christmas Eve"), {EVE: "Wigilia"}),
        (day("SUMMARY:Wi\x00gilia\x1b"), {EVE: "Wi gilia"}),
        (b"\xef\xbb\xbf" + day("SUMMARY:Wigilia").replace(b"\r\n", b"\n"), {EVE: "Wigilia"}),
        (
            day("BEGIN:VALARM", "DTSTART:20200101T080000", "SUMMARY:Dzwonek", "END:VALARM", "SUMMARY:Wigilia"),
            {EVE: "Wigilia"},
        ),
        (ics("DTSTART;VALUE=DATE:20261224", "DTSTART;VALUE=DATE:20261225\r\nSTATUS:CANCELLED"), {EVE: ""}),
    ],
)
def test_calendars_as_other_programs_write_them(content: bytes, names: dict[date, str]) -> None:
    assert days_files.read(content, "dni.ICS") == (names, {})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (ics("SUMMARY:Kiedyś"), UNREADABLE),
        (ics("DTSTART;VALUE=DATE:20261399"), UNREADABLE),
        (ics("DTSTART;VALUE=DATE:20261224,20261225"), UNREADABLE),
        (day("DTSTART;VALUE=DATE:20261225"), UNREADABLE),
        (ics("DTSTART;VALUE=DATE:99991231\r\nDURATION:P2D"), UNREADABLE),
        (b"", UNREADABLE),
        (b"\x00" * 1000, UNREADABLE),
        (b"BEGIN:VCALENDAR\r\n", UNREADABLE),
        (b"END:VCALENDAR\r\n", UNREADABLE),
        (ics().replace(b"END:VCALENDAR", b"END:VEVENT"), UNREADABLE),
        (day("SUMMARY:Wigilia", "RRULE:FREQ=YEARLY"), "“Wigilia” repeats by a rule."),
        (ics("DTSTART:20261224T000000Z\r\nRRULE:FREQ=SECONDLY;COUNT=999999999"), "repeats by a rule."),
        (day("RDATE;VALUE=DATE:20271224"), "repeats by a rule."),
        (ics("DTSTART:20261224T100000Z\r\nSUMMARY:Zebranie"), "“Zebranie” begins or ends at an hour of the day"),
        (day("DURATION:PT2H"), "begins or ends at an hour of the day"),
        (day("DTEND;VALUE=DATE:20261201"), "ends before it begins."),
        (day("DTEND;VALUE=DATE:20361201"), "The file holds more than 1,000 days."),
        (day("DURATION:P999999W"), "The file holds more than 1,000 days."),
        (ics(*(f"DTSTART;VALUE=DATE:{year}0101\r\nDURATION:P300D" for year in range(2020, 2026))), "1,000 days."),
        (ics(), "The file holds no day."),
        (day("STATUS:CANCELLED"), "The file holds no day."),
        (day("SUMMARY:Święto").decode().encode("cp1250"), "The file is no text in UTF-8."),
        (day("SUMMARY:Święto").decode().encode("utf-16"), "The file is no text in UTF-8."),
        (b"x" * 300_000, "The file is larger than 256 KB"),
    ],
)
def test_what_cannot_be_meant_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(WrongFile, match=said):
        days_files.read(content, "dni.ics")


@pytest.mark.parametrize(
    "content",
    [
        b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 15_000 + b"END:VEVENT\r\n" * 3_000,
        b"BEGIN:VCALENDAR\r\nX:" + b"\r\n a" * 60_000 + b"\r\nEND:VCALENDAR\r\n",
        b"BEGIN:VCALENDAR\r\nX" + b";A=b" * 60_000 + b"\r\nEND:VCALENDAR\r\n",
        b'BEGIN:VCALENDAR\r\nX;A="' + b'"a' * 100_000 + b"\r\nEND:VCALENDAR\r\n",
        b"BEGIN:VCALENDAR\r\n"
        + b"BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261224\r\nDTEND;VALUE=DATE:99991231\r\nEND:VEVENT\r\n" * 2_800
        + b"END:VCALENDAR\r\n",
    ],
    ids=["nested", "folded", "parameters", "quotes", "ages"],
)
def test_files_made_to_be_slow_are_refused(content: bytes) -> None:
    """The parser that understands all of a calendar took minutes for some of them."""
    with pytest.raises(WrongFile):
        days_files.read(content, "dni.ics")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("24.12.2026;Wigilia\n", "Line 1: “24.12.2026” is no date such as 2026-12-24."),
        ("2026-12-24,Wigilia,x" + " " * 100_000 + "y", "Line 1: so many hours fit no day."),
        ("2026-12-24,Wigilia,8-12,8-9\n0000-01-01", "Line 2: “0000-01-01” is no date"),
        ('2026-12-24,"Wigilia', "The file is no table that can be read."),
        ("2026-12-24,Wigilia\r2026-12-25,Święto\r", "The file is no table that can be read."),
        ("\n" * 10_000, "The file holds no day."),
    ],
)
def test_tables_that_cannot_be_meant_are_refused(content: str, said: str) -> None:
    with pytest.raises(WrongFile, match=said):
        days_files.read(content.encode(), "dni.csv")


def test_a_name_in_a_table_loses_its_control_characters() -> None:
    assert days_files.read(b"2026-12-24,Wi\x00gilia,8-12\n", "dni.csv") == ({EVE: "Wi gilia"}, {EVE: "8-12"})
