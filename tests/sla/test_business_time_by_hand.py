"""Sixty more questions to working time, in the words of other products' manuals; every answer is worked out by hand on
a wall calendar, none by another program. Times are those on the wall of the calendar's zone unless they carry their
own offset."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from sla.business_time import BusinessCalendar

MINUTE, HOUR, DAY = 60, 3600, 86_400
WEEKDAYS, ALL_DAYS = range(5), range(7)
WARSAW, NEW_YORK, SYDNEY, LONDON = "Europe/Warsaw", "America/New_York", "Australia/Sydney", "Europe/London"

OFFICE = {day: [("08:00", "16:00")] for day in WEEKDAYS}
NINE_TO_FIVE = {day: [("09:00", "17:00")] for day in WEEKDAYS}
WITH_SATURDAY = {**NINE_TO_FIVE, 5: [("10:00", "14:00")]}
WITH_LUNCH = {day: [("08:00", "12:00"), ("13:00", "17:00")] for day in WEEKDAYS}
NIGHT = {day: [("22:00", "06:00")] for day in ALL_DAYS}
ALWAYS = {day: [("00:00", "24:00")] for day in ALL_DAYS}
SUNDAY_ALONE = {6: [("00:00", "24:00")]}
TWO_HALVES = {day: [("06:00", "10:00"), ("18:00", "24:00")] for day in ALL_DAYS}
QUARTER = {0: [("09:00", "09:15")]}
CLOSED: list[tuple[str, str]] = []
CHRISTMAS = {
    date(2026, 12, 24): [("08:00", "12:00")],
    date(2026, 12, 25): CLOSED,
    date(2026, 12, 31): [("08:00", "12:00")],
    date(2027, 1, 1): CLOSED,
    date(2027, 1, 6): CLOSED,
}


def moment(text: str, zone: str) -> datetime:
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


# Zone, week, dates that differ, start, working seconds, due.
DUE = [
    # Zendesk: schedules and their holidays
    (NEW_YORK, NINE_TO_FIVE, {}, "2026-03-06 16:30", HOUR, "2026-03-09 09:30"),  # the clocks change on the Sunday
    (NEW_YORK, WITH_SATURDAY, {}, "2026-03-06 16:00", 6 * HOUR, "2026-03-09 10:00"),  # 1 + 4 + 1
    (NEW_YORK, ALWAYS, {}, "2026-03-07 12:00", DAY, "2026-03-08 13:00"),
    (NEW_YORK, ALWAYS, {}, "2026-10-31 12:00", DAY, "2026-11-01 11:00"),
    (NEW_YORK, NINE_TO_FIVE, {date(2026, 11, 26): CLOSED}, "2026-11-25 16:00", 2 * HOUR, "2026-11-27 10:00"),
    (NEW_YORK, NINE_TO_FIVE, {}, "2026-06-06 12:00", 8 * HOUR, "2026-06-08 17:00"),  # used up at closing
    (NEW_YORK, NINE_TO_FIVE, {}, "2026-06-05 16:59:59", 1, "2026-06-05 17:00"),
    (NEW_YORK, NINE_TO_FIVE, {}, "2026-06-05 16:59:59", 2, "2026-06-08 09:00:01"),
    (NEW_YORK, NINE_TO_FIVE, {}, "2026-06-05 17:00", 1, "2026-06-08 09:00:01"),
    (NEW_YORK, NINE_TO_FIVE, {}, "2026-06-05 16:59:59", 0, "2026-06-05 16:59:59"),
    (NEW_YORK, NINE_TO_FIVE, {}, "2026-06-05 17:00", 0, "2026-06-08 09:00"),
    # Freshdesk: a break at noon
    (WARSAW, WITH_LUNCH, {}, "2026-06-05 11:30", HOUR, "2026-06-05 13:30"),
    (WARSAW, WITH_LUNCH, {}, "2026-06-05 12:15", 4 * HOUR, "2026-06-05 17:00"),
    (WARSAW, WITH_LUNCH, {}, "2026-06-05 12:15", 4 * HOUR + MINUTE, "2026-06-08 08:01"),
    (WARSAW, WITH_LUNCH, {}, "2026-06-05 11:59:30", 30, "2026-06-05 12:00"),
    (WARSAW, WITH_LUNCH, {}, "2026-06-05 11:59:30", 31, "2026-06-05 13:00:01"),
    (WARSAW, WITH_LUNCH, {}, "2026-06-01 08:00", 40 * HOUR, "2026-06-05 17:00"),  # a whole week
    (WARSAW, WITH_LUNCH, {}, "2026-06-01 08:00", 44 * HOUR, "2026-06-08 12:00"),
    # Jira Service Management: offices elsewhere
    (SYDNEY, ALWAYS, {}, "2026-10-03 20:00", 12 * HOUR, "2026-10-04 09:00"),
    (SYDNEY, ALWAYS, {}, "2026-04-04 20:00", 12 * HOUR, "2026-04-05 07:00"),
    (LONDON, NINE_TO_FIVE, {date(2026, 4, 3): CLOSED, date(2026, 4, 6): CLOSED}, "2026-04-02 16:00", 3 * HOUR,
     "2026-04-07 11:00"),
    (LONDON, NINE_TO_FIVE, {}, "2026-03-27 16:00+00:00", 2 * HOUR, "2026-03-30 10:00+01:00"),
    (LONDON, NINE_TO_FIVE, {}, "2026-10-23 16:00+01:00", 2 * HOUR, "2026-10-26 10:00+00:00"),
    ("Asia/Kathmandu", NINE_TO_FIVE, {}, "2026-06-05 05:00+00:00", HOUR, "2026-06-05 06:00+00:00"),  # 10:45 there
    ("Asia/Kathmandu", NINE_TO_FIVE, {}, "2026-06-05 11:00+00:00", HOUR, "2026-06-08 04:00+00:00"),  # 16:45 there
    ("Australia/Lord_Howe", ALWAYS, {}, "2026-10-04 01:00", 2 * HOUR, "2026-10-04 03:30"),  # half an hour is left out
    ("Australia/Lord_Howe", ALWAYS, {}, "2026-04-05 01:00", 2 * HOUR, "2026-04-05 02:30"),  # and comes twice
    # Zammad: hours over midnight, and calendars with public holidays
    (WARSAW, NIGHT, {}, "2026-03-28 22:00", 8 * HOUR, "2026-03-29 23:00"),  # seven hours that night
    (WARSAW, NIGHT, {}, "2026-10-24 22:00", 8 * HOUR, "2026-10-25 05:00+01:00"),  # nine
    (WARSAW, NIGHT, {date(2026, 5, 1): CLOSED}, "2026-04-30 23:00", 9 * HOUR, "2026-05-03 00:00"),  # 7, no Friday, 2
    (WARSAW, NIGHT, {date(2026, 5, 1): CLOSED}, "2026-05-01 03:00", 3 * HOUR, "2026-05-01 06:00"),  # Thursday's night
    (WARSAW, NIGHT, {}, "2026-06-05 12:00", 0, "2026-06-05 22:00"),
    (WARSAW, TWO_HALVES, {}, "2026-06-05 09:00", 8 * HOUR, "2026-06-06 07:00"),  # 1 + 6 + 1
    (WARSAW, TWO_HALVES, {}, "2026-06-05 23:00", HOUR, "2026-06-06 00:00"),
    (WARSAW, OFFICE, CHRISTMAS, "2026-12-23 12:00", 16 * HOUR, "2026-12-28 16:00"),  # 4 + 4 + 8
    (WARSAW, OFFICE, CHRISTMAS, "2026-12-30 15:00", 10 * HOUR, "2027-01-04 13:00"),  # 1 + 4 + 5
    (WARSAW, OFFICE, CHRISTMAS, "2027-01-05 15:00", 2 * HOUR, "2027-01-07 09:00"),
    # OTRS and Znuny: weeks, months, leap days
    (WARSAW, OFFICE, {}, "2028-02-28 15:00", 10 * HOUR, "2028-03-01 09:00"),  # Monday, the 29th, Wednesday
    (WARSAW, OFFICE, {}, "2027-02-26 15:00", 10 * HOUR, "2027-03-02 09:00"),  # Friday, Monday, Tuesday
    (WARSAW, SUNDAY_ALONE, {}, "2026-03-22 12:00", 24 * HOUR, "2026-03-29 13:00"),  # 12, and 12 of a day of 23
    (WARSAW, SUNDAY_ALONE, {}, "2026-03-29 00:00", 24 * HOUR, "2026-04-05 01:00"),
    (WARSAW, SUNDAY_ALONE, {}, "2026-10-25 00:00", 24 * HOUR, "2026-10-25 23:00"),
    (WARSAW, QUARTER, {}, "2026-06-01 09:00", HOUR, "2026-06-22 09:15"),  # four Mondays
    (WARSAW, QUARTER, {date(2026, 6, 8): CLOSED}, "2026-06-01 09:10", 10 * MINUTE, "2026-06-15 09:05"),
    # GLPI and Frappe: special hours of a date
    (WARSAW, OFFICE, {date(2026, 6, 6): [("10:00", "12:00")]}, "2026-06-05 15:00", 4 * HOUR, "2026-06-08 09:00"),
    (WARSAW, OFFICE, {date(2026, 6, 5): [("20:00", "02:00")]}, "2026-06-05 12:00", 7 * HOUR, "2026-06-08 09:00"),
]  # fmt: skip

# Zone, week, dates that differ, from, to, working seconds.
ELAPSED = [
    (WARSAW, OFFICE, {}, "2026-06-05 15:00", "2026-06-08 09:00", 2 * HOUR),
    (WARSAW, OFFICE, {}, "2026-06-06 00:00", "2026-06-07 23:59:59", 0),
    (WARSAW, OFFICE, CHRISTMAS, "2026-12-21 00:00", "2027-01-11 00:00", (3 * 8 + 4 + 3 * 8 + 4 + 4 * 8) * HOUR),
    (WARSAW, ALWAYS, {}, "2026-03-29 00:00", "2026-03-30 00:00", 23 * HOUR),
    (WARSAW, ALWAYS, {}, "2026-10-25 00:00", "2026-10-26 00:00", 25 * HOUR),
    (WARSAW, ALWAYS, {}, "2026-10-25 02:30+02:00", "2026-10-25 02:30+01:00", HOUR),
    (NEW_YORK, WITH_SATURDAY, {}, "2026-06-05 16:59:30", "2026-06-06 10:00:30", 60),
    (WARSAW, WITH_LUNCH, {}, "2026-06-05 11:59:59", "2026-06-05 13:00:01", 2),
    (SYDNEY, NINE_TO_FIVE, {}, "2026-01-01 00:00", "2026-02-01 00:00", 22 * 8 * HOUR),  # Thursday to Saturday: 22 days
]

# Week, end, working seconds, since when.
BACK = [
    (OFFICE, "2026-06-08 09:00", 2 * HOUR, "2026-06-05 15:00"),
    (OFFICE, "2026-06-08 08:00", 8 * HOUR, "2026-06-05 08:00"),
    (NIGHT, "2026-03-29 23:00", 8 * HOUR, "2026-03-28 22:00"),
    (NIGHT, "2026-10-25 05:00+01:00", 8 * HOUR, "2026-10-24 22:00"),
    (WITH_LUNCH, "2026-06-05 13:30", HOUR, "2026-06-05 11:30"),
]


@pytest.mark.parametrize(("zone", "weekly", "dates", "start", "seconds", "due"), DUE)
def test_due(zone, weekly, dates, start, seconds, due):
    calendar = BusinessCalendar(zone, weekly, dates)

    found = calendar.due(moment(start, zone), seconds)

    assert found == moment(due, zone)
    assert calendar.elapsed(moment(start, zone), found) == seconds


@pytest.mark.parametrize(("zone", "weekly", "dates", "begin", "end", "seconds"), ELAPSED)
def test_elapsed(zone, weekly, dates, begin, end, seconds):
    assert BusinessCalendar(zone, weekly, dates).elapsed(moment(begin, zone), moment(end, zone)) == seconds


@pytest.mark.parametrize(("weekly", "end", "seconds", "since"), BACK)
def test_back(weekly, end, seconds, since):
    assert BusinessCalendar(WARSAW, weekly).back(moment(end, WARSAW), seconds) == moment(since, WARSAW)
