"""What other products promise: cases from their test suites and bug reports, told in our terms.

Znuny and OTRS (working time and daylight saving), Zendesk's biz (which Zammad uses), GLPI, the gems business_time and
working_hours, ERPNext and Frappe's helpdesk, Perl's Date::Manip and Business::Hours (which Request Tracker uses),
Zammad's own promises, and issues of Zammad, osTicket, Chatwoot, sla-timer and moment-business-time. Date::Manip and
Business::Hours say the next opening where we say closing: those of their cases that end exactly at closing are not
here.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sla.business_time import BusinessCalendar

HOUR = 3600
DAY = 24 * HOUR
WEEKDAYS = range(5)
ALL_DAYS = range(7)

NINE_TO_FIVE = {day: [("09:00", "17:00")] for day in WEEKDAYS}
EIGHT_TO_NINE = {day: [("08:00", "21:00")] for day in WEEKDAYS}
EIGHT_TO_SIX = {day: [("08:00", "18:00")] for day in WEEKDAYS}
EIGHT_TO_EIGHT = {day: [("08:00", "20:00")] for day in WEEKDAYS}
WITH_LUNCH = {day: [("08:00", "13:00"), ("14:00", "18:00")] for day in WEEKDAYS}
WITH_LUNCH_ALL_WEEK = {day: [("08:00", "13:00"), ("14:00", "18:00")] for day in ALL_DAYS}
WEEKDAYS_ROUND = {day: [("00:00", "24:00")] for day in WEEKDAYS}
ALWAYS = {day: [("00:00", "24:00")] for day in ALL_DAYS}
BIZ = {
    0: [("09:00", "17:00")],
    1: [("10:00", "16:00")],
    2: [("09:00", "17:00")],
    3: [("10:00", "16:00")],
    4: [("09:00", "17:00")],
    5: [("11:00", "14:30")],
}
SHORT_WEEK = {0: [("9:00", "17:00")], 4: [("9:00", "17:00")], 5: [("10:00", "15:00")]}
SOME_DAYS_ROUND = {0: [("0:00", "0:00")], 4: [("0:00", "0:00")], 5: [("11:00", "15:00")]}
FOUR_DAYS_ROUND = {day: [("00:00", "00:00")] for day in (0, 4, 5, 6)}
LATE_SHIFT = {day: [("14:00", "23:00")] for day in WEEKDAYS}
EIGHT_TO_FIVE = {day: [("08:00", "17:00")] for day in WEEKDAYS}
EIGHT_TO_FIVE_ALL_WEEK = {day: [("08:00", "17:00")] for day in ALL_DAYS}
NINE_TO_HALF_PAST_FIVE = {day: [("09:00", "17:30")] for day in WEEKDAYS}
NINE_TO_SIX = {day: [("09:00", "18:00")] for day in WEEKDAYS}
MONDAY_WITH_LUNCH = {0: [("07:00", "12:00"), ("13:00", "18:00")]}

TEN_TO_SIX = {day: [("10:00", "18:00")] for day in WEEKDAYS}
TEN_TO_SIX_ALL_WEEK = {day: [("10:00", "18:00")] for day in ALL_DAYS}
NINE_TO_SIX_WITH_LUNCH = {day: [("09:00", "13:00"), ("14:00", "18:00")] for day in WEEKDAYS}

YEARLY = ((1, 1), (5, 1), (12, 24), (12, 25), (12, 26), (12, 31))  # the default holidays of OTRS
OTRS_HOLIDAYS = [date(year, *day) for year in range(2003, 2018) for day in YEARLY]
BUSINESS_HOURS_HOLIDAYS = [date(year, *day) for year in (2008, 2009) for day in ((1, 1), (5, 1), (5, 9))]
NEW_YORK = "America/New_York"
BERLIN, TEHRAN, SAO_PAULO, SYDNEY = "Europe/Berlin", "Asia/Tehran", "America/Sao_Paulo", "Australia/Sydney"


def calendar_of(zone, weekly, holidays=()):
    return BusinessCalendar(zone, weekly, {day: [] for day in holidays})


def at(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


DUE = [
    # Znuny and OTRS: eight to nine in the evening, Berlin
    (BERLIN, EIGHT_TO_NINE, OTRS_HOLIDAYS, "2006-11-12 10:15", 4 * HOUR, "2006-11-13 12:00"),
    (BERLIN, EIGHT_TO_NINE, OTRS_HOLIDAYS, "2006-11-13 10:15", 4 * HOUR, "2006-11-13 14:15"),
    (BERLIN, EIGHT_TO_NINE, OTRS_HOLIDAYS, "2006-11-13 10:15", 11 * HOUR, "2006-11-14 08:15"),
    (BERLIN, EIGHT_TO_NINE, OTRS_HOLIDAYS, "2006-12-31 10:15", 11 * HOUR, "2007-01-02 19:00"),
    (BERLIN, EIGHT_TO_NINE, OTRS_HOLIDAYS, "2006-12-29 10:15", 11 * HOUR, "2007-01-02 08:15"),
    (BERLIN, EIGHT_TO_NINE, OTRS_HOLIDAYS, "2006-12-30 10:45", 11 * HOUR, "2007-01-02 19:00"),
    (BERLIN, EIGHT_TO_NINE, OTRS_HOLIDAYS, "2006-12-06 07:50", 50_040, "2006-12-07 08:54"),
    (BERLIN, EIGHT_TO_NINE, OTRS_HOLIDAYS, "2007-01-16 20:15", 4_500, "2007-01-17 08:30"),
    (BERLIN, EIGHT_TO_NINE, OTRS_HOLIDAYS, "2007-03-14 21:21:02", HOUR, "2007-03-15 09:00"),
    (BERLIN, EIGHT_TO_NINE, OTRS_HOLIDAYS, "2007-03-15 17:21:27", 3 * HOUR, "2007-03-15 20:21:27"),
    (BERLIN, EIGHT_TO_NINE, OTRS_HOLIDAYS, "2007-10-26 18:12:23", 19_800, "2007-10-29 10:42:23"),
    (BERLIN, EIGHT_TO_NINE, OTRS_HOLIDAYS, "2007-10-26 18:12:23", 66_600, "2007-10-30 10:42:23"),
    (BERLIN, EIGHT_TO_NINE, OTRS_HOLIDAYS, "2007-03-23 18:12:23", 19_800, "2007-03-26 10:42:23"),
    (BERLIN, EIGHT_TO_NINE, OTRS_HOLIDAYS, "2007-03-23 18:12:23", 66_600, "2007-03-27 10:42:23"),
    (BERLIN, EIGHT_TO_NINE, [], "2013-03-16 10:00", 13 * HOUR, "2013-03-18 21:00"),  # due at closing
    (BERLIN, EIGHT_TO_NINE, [], "2013-03-16 10:00", 14 * HOUR + 60, "2013-03-19 09:01"),
    ("UTC", ALWAYS, OTRS_HOLIDAYS, "2015-02-17 12:00", 730 * DAY, "2017-02-28 12:00"),
    ("UTC", ALWAYS, OTRS_HOLIDAYS, "2015-02-17 12:00", 90 * DAY, "2015-05-19 12:00"),
    (BERLIN, ALWAYS, OTRS_HOLIDAYS, "2015-02-17 12:00", 90 * DAY + HOUR, "2015-05-19 14:00"),
    (SAO_PAULO, ALWAYS, OTRS_HOLIDAYS, "2015-02-21 22:00", 5 * HOUR, "2015-02-22 02:00"),
    (SAO_PAULO, ALWAYS, OTRS_HOLIDAYS, "2015-10-17 22:00", 7 * HOUR, "2015-10-18 06:00"),
    (SAO_PAULO, ALWAYS, [], "2015-02-21 22:10:05", 4 * DAY + 19_215, "2015-02-26 02:30:20"),
    (TEHRAN, ALWAYS, OTRS_HOLIDAYS, "2015-09-21 12:00", 15 * HOUR, "2015-09-22 02:00"),
    (TEHRAN, ALWAYS, OTRS_HOLIDAYS, "2015-09-20 12:00", 48 * HOUR, "2015-09-22 11:00"),
    (TEHRAN, ALWAYS, OTRS_HOLIDAYS, "2015-09-19 12:00", 96 * HOUR, "2015-09-23 11:00"),
    (TEHRAN, ALWAYS, OTRS_HOLIDAYS, "2015-03-21 12:00", 17 * HOUR, "2015-03-22 06:00"),
    (TEHRAN, ALWAYS, OTRS_HOLIDAYS, "2015-01-21 12:00", 90 * DAY + 17 * HOUR, "2015-04-22 06:00"),
    (TEHRAN, EIGHT_TO_SIX, OTRS_HOLIDAYS, "2016-03-20 00:00", 5 * HOUR, "2016-03-21 13:00"),
    (TEHRAN, EIGHT_TO_SIX, OTRS_HOLIDAYS, "2016-03-20 00:00", 13 * HOUR, "2016-03-22 11:00"),
    (TEHRAN, ALWAYS, OTRS_HOLIDAYS, "2016-03-20 00:00", 29 * HOUR, "2016-03-21 06:00"),
    (TEHRAN, WEEKDAYS_ROUND, OTRS_HOLIDAYS, "2016-03-20 00:00", 29 * HOUR, "2016-03-22 06:00"),
    (TEHRAN, EIGHT_TO_SIX, OTRS_HOLIDAYS, "2016-09-20 22:00", 5 * HOUR, "2016-09-21 13:00"),
    (TEHRAN, WEEKDAYS_ROUND, OTRS_HOLIDAYS, "2016-09-20 22:00", 5 * HOUR, "2016-09-21 02:00"),
    (SYDNEY, ALWAYS, OTRS_HOLIDAYS, "2016-04-02 12:00", 41 * HOUR, "2016-04-04 04:00"),
    (BERLIN, EIGHT_TO_SIX, OTRS_HOLIDAYS, "2016-01-31 12:25:30", 5 * HOUR, "2016-02-01 13:00"),
    (BERLIN, EIGHT_TO_SIX, OTRS_HOLIDAYS, "2016-02-01 16:59:30", 12_600, "2016-02-02 10:29:30"),
    (BERLIN, WITH_LUNCH, OTRS_HOLIDAYS, "2016-02-01 12:25:30", 5 * HOUR, "2016-02-02 08:25:30"),
    (BERLIN, WITH_LUNCH, OTRS_HOLIDAYS, "2016-01-31 12:25:30", 163_530, "2016-02-08 08:25:30"),
    (BERLIN, WITH_LUNCH, OTRS_HOLIDAYS, "2015-12-22 16:24:49", 20 * HOUR, "2015-12-29 08:24:49"),
    # Zendesk's biz
    ("UTC", BIZ, [], "2006-01-02 11:00", 19 * HOUR, "2006-01-04 16:00"),
    ("UTC", BIZ, [date(2006, 1, 16), date(2006, 1, 18)], "2006-01-14 14:30", 0, "2006-01-17 10:00"),
    ("UTC", BIZ, [date(2006, 1, 16), date(2006, 1, 18)], "2006-01-14 11:00", 10 * HOUR, "2006-01-19 10:30"),
    # business_time
    ("UTC", NINE_TO_FIVE, [], "2010-08-04 09:35", 8 * HOUR, "2010-08-05 09:35"),
    ("UTC", NINE_TO_FIVE, [], "2010-04-09 16:50", HOUR, "2010-04-12 09:50"),
    ("UTC", NINE_TO_FIVE, [date(2010, 7, 5)], "2010-07-02 16:50", HOUR, "2010-07-06 09:50"),
    ("America/New_York", NINE_TO_FIVE, [], "2010-04-26 04:30", 0, "2010-04-26 09:00"),
    ("America/New_York", NINE_TO_FIVE, [], "2010-04-26 18:00", 0, "2010-04-27 09:00"),
    ("UTC", SHORT_WEEK, [], "2010-12-24 15:00", 9 * HOUR, "2010-12-27 11:00"),
    ("UTC", SHORT_WEEK, [], "2010-12-24 08:00", 15 * HOUR, "2010-12-27 11:00"),
    ("UTC", SOME_DAYS_ROUND, [], "2010-12-24 15:00", 24 * HOUR, "2010-12-27 11:00"),
    ("UTC", SOME_DAYS_ROUND, [], "2010-12-25 08:00", 15 * HOUR, "2010-12-27 11:00"),
    ("UTC", {4: [("9:00", "17:00")]}, [], "2010-12-24 08:00", 8 * HOUR, "2010-12-24 17:00"),
    ("UTC", LATE_SHIFT, [], "2024-09-30 21:00", 4 * HOUR, "2024-10-01 16:00"),  # its pull request 230
    # working_hours
    ("UTC", NINE_TO_FIVE, [], "1991-11-15 16:59:42", 120, "1991-11-18 09:01:42"),
    ("Asia/Tokyo", NINE_TO_FIVE, [], "1991-11-15 16:00", 3 * HOUR, "1991-11-18 11:00"),
    ("UTC", MONDAY_WITH_LUNCH, [], "1991-11-11 05:00", 6 * HOUR, "1991-11-11 14:00"),
    ("UTC", {0: [("00:00", "24:00")]}, [], "2014-04-07 23:59:30", 60, "2014-04-14 00:00:30"),
    ("UTC", NINE_TO_FIVE, [date(2014, 5, 1)], "2014-05-01 12:00", 0, "2014-05-02 09:00"),
    ("UTC", MONDAY_WITH_LUNCH, [], "2014-04-07 12:00", 0, "2014-04-07 13:00"),
    # GLPI: seven working days of 12 and of 24 hours; a promise that goes over closing time
    (BERLIN, EIGHT_TO_EIGHT, [], "2018-11-19 10:00", 7 * 12 * HOUR, "2018-11-28 10:00"),
    (BERLIN, WEEKDAYS_ROUND, [], "2018-11-19 10:00", 7 * DAY, "2018-11-28 10:00"),
    (BERLIN, EIGHT_TO_SIX, [], "2026-01-12 17:00", 4 * HOUR, "2026-01-13 11:00"),
    # issues: Zammad 390 (due at closing, after two holidays), osTicket 4807, Chatwoot 13392, moment-business-time 58
    (
        BERLIN,
        {day: [("09:00", "21:00")] for day in ALL_DAYS},
        [date(2016, 11, 11), date(2016, 11, 13)],
        "2016-11-09 23:00",
        36 * HOUR,
        "2016-11-14 21:00",
    ),
    (BERLIN, EIGHT_TO_SIX, [], "2019-03-15 17:00", 4 * HOUR, "2019-03-18 11:00"),
    ("UTC", NINE_TO_FIVE, [], "2026-01-30 16:30", HOUR, "2026-02-02 09:30"),
    ("UTC", ALWAYS, [], "2020-09-04 23:30", HOUR, "2020-09-05 00:30"),  # Zammad 3180: no closed minute at midnight
    # ERPNext: a holiday on the Tuesday; two are due at closing
    ("UTC", TEN_TO_SIX_ALL_WEEK, [date(2019, 3, 5)], "2019-03-04 12:00", 4 * HOUR, "2019-03-04 16:00"),
    ("UTC", TEN_TO_SIX_ALL_WEEK, [date(2019, 3, 5)], "2019-03-04 12:00", 6 * HOUR, "2019-03-04 18:00"),
    ("UTC", TEN_TO_SIX_ALL_WEEK, [date(2019, 3, 5)], "2019-03-04 07:00", 4 * HOUR, "2019-03-04 14:00"),
    ("UTC", TEN_TO_SIX_ALL_WEEK, [date(2019, 3, 5)], "2019-03-04 07:00", 6 * HOUR, "2019-03-04 16:00"),
    ("UTC", TEN_TO_SIX_ALL_WEEK, [date(2019, 3, 5)], "2019-03-04 20:00", 4 * HOUR, "2019-03-06 14:00"),
    ("UTC", TEN_TO_SIX_ALL_WEEK, [date(2019, 3, 5)], "2019-03-04 20:00", 6 * HOUR, "2019-03-06 16:00"),
    ("UTC", TEN_TO_SIX_ALL_WEEK, [date(2019, 3, 5)], "2019-03-04 14:00", 4 * HOUR, "2019-03-04 18:00"),
    ("UTC", TEN_TO_SIX_ALL_WEEK, [date(2019, 3, 5)], "2019-03-04 14:00", 6 * HOUR, "2019-03-06 12:00"),
    ("UTC", TEN_TO_SIX_ALL_WEEK, [], "2020-03-04 04:00", 6 * HOUR + 2_700, "2020-03-04 16:45"),
    # Frappe's helpdesk
    ("Asia/Kolkata", TEN_TO_SIX, [], "2025-08-04 08:00", HOUR, "2025-08-04 11:00"),
    ("Asia/Kolkata", TEN_TO_SIX, [], "2025-08-04 08:00", 4 * HOUR, "2025-08-04 14:00"),
    ("Asia/Kolkata", TEN_TO_SIX, [], "2025-08-04 20:00", 1_800, "2025-08-05 10:30"),
    ("Asia/Kolkata", TEN_TO_SIX, [], "2025-08-04 20:00", 2 * HOUR, "2025-08-05 12:00"),
    ("Asia/Kolkata", TEN_TO_SIX, [], "2025-08-09 15:00", 24 * HOUR, "2025-08-13 18:00"),
    ("Asia/Kolkata", TEN_TO_SIX, [], "2025-08-09 15:00", 72 * HOUR, "2025-08-21 18:00"),
    ("Asia/Kolkata", TEN_TO_SIX, [], "2025-08-08 17:00", 1_800, "2025-08-08 17:30"),
    ("Asia/Kolkata", TEN_TO_SIX, [], "2025-08-08 17:00", 2 * HOUR, "2025-08-11 11:00"),
    ("Asia/Kolkata", TEN_TO_SIX, [], "2025-08-08 19:00", HOUR, "2025-08-11 11:00"),
    ("Asia/Kolkata", TEN_TO_SIX, [], "2025-08-08 19:00", 4 * HOUR, "2025-08-11 14:00"),
    ("Asia/Kolkata", TEN_TO_SIX, [date(2025, 8, 7), date(2025, 8, 8)], "2025-08-07 15:00", 1_800, "2025-08-11 10:30"),
    (
        "Asia/Kolkata",
        TEN_TO_SIX,
        [date(2025, 8, 7), date(2025, 8, 8)],
        "2025-08-07 15:00",
        2 * HOUR,
        "2025-08-11 12:00",
    ),
    ("Asia/Kolkata", TEN_TO_SIX, [], "2025-08-07 15:00", 3 * HOUR, "2025-08-07 18:00"),
    ("Asia/Kolkata", TEN_TO_SIX, [], "2025-08-07 15:00", 3 * HOUR + 1, "2025-08-08 10:00:01"),
    # osTicket 6847 (a break at noon) and 6739 (one day of the week)
    ("Europe/Rome", NINE_TO_SIX_WITH_LUNCH, [], "2025-06-24 12:30", 2 * HOUR, "2025-06-24 15:30"),
    ("Europe/Rome", NINE_TO_SIX_WITH_LUNCH, [], "2025-06-24 13:30", 8 * HOUR, "2025-06-25 13:00"),
    ("Australia/Adelaide", {1: [("08:00", "17:00")]}, [], "2024-08-07 12:00", 10 * HOUR, "2024-08-20 09:00"),
    # Date::Manip: a day of business is nine hours
    (NEW_YORK, EIGHT_TO_FIVE, [], "1996-11-20 12:00", 2 * HOUR, "1996-11-20 14:00"),
    (NEW_YORK, EIGHT_TO_FIVE, [], "1996-11-20 12:00", 29 * HOUR, "1996-11-25 14:00"),
    (NEW_YORK, EIGHT_TO_FIVE, [], "1996-11-20 12:00", 34 * HOUR, "1996-11-26 10:00"),
    (NEW_YORK, EIGHT_TO_FIVE, [], "1996-11-20 12:00", 56 * HOUR, "1996-11-28 14:00"),
    (NEW_YORK, EIGHT_TO_FIVE, [], "1996-11-20 12:00", 45 * HOUR, "1996-11-27 12:00"),
    (NEW_YORK, EIGHT_TO_FIVE, [], "1996-12-31 12:00", 11 * HOUR, "1997-01-01 14:00"),
    (NEW_YORK, EIGHT_TO_FIVE, [], "1996-12-30 12:00", 11 * HOUR, "1996-12-31 14:00"),
    (NEW_YORK, EIGHT_TO_FIVE, [], "2002-12-05 12:00", 4 * HOUR, "2002-12-05 16:00"),
    (NEW_YORK, EIGHT_TO_FIVE, [], "2002-12-05 14:00", 4 * HOUR, "2002-12-06 09:00"),
    (NEW_YORK, EIGHT_TO_FIVE, [], "2002-12-05 22:00", 4 * HOUR, "2002-12-06 12:00"),
    (NEW_YORK, EIGHT_TO_FIVE, [], "2002-12-05 23:59:59", 4 * HOUR, "2002-12-06 12:00"),
    (NEW_YORK, EIGHT_TO_FIVE, [], "2002-12-06 02:00", 4 * HOUR, "2002-12-06 12:00"),
    (NEW_YORK, EIGHT_TO_FIVE, [], "2002-12-06 09:00", 4 * HOUR, "2002-12-06 13:00"),
    (NEW_YORK, NINE_TO_HALF_PAST_FIVE, [], "1996-11-20 12:00", 5 * HOUR, "1996-11-20 17:00"),
    (NEW_YORK, NINE_TO_HALF_PAST_FIVE, [], "1996-11-20 12:00", 32 * HOUR + 1800, "1996-11-26 10:30"),
    (NEW_YORK, NINE_TO_HALF_PAST_FIVE, [], "1997-03-31 16:59:59", 1, "1997-03-31 17:00"),
    (NEW_YORK, NINE_TO_HALF_PAST_FIVE, [], "2010-04-15 17:12", 17 * HOUR, "2010-04-19 17:12"),
    (NEW_YORK, NINE_TO_HALF_PAST_FIVE, [], "2012-04-06 17:25", 8 * HOUR + 900, "2012-04-09 17:10"),
    # Business::Hours
    ("UTC", NINE_TO_SIX, BUSINESS_HOURS_HOLIDAYS, "2008-12-31 23:59:59", 0, "2009-01-02 09:00"),
    ("UTC", NINE_TO_SIX, BUSINESS_HOURS_HOLIDAYS, "2008-12-31 15:00", 8 * HOUR, "2009-01-02 14:00"),
    # Zammad's promises: winter, summer, before the opening, over a holiday
    (BERLIN, NINE_TO_FIVE, [], "2013-03-21 10:30", HOUR, "2013-03-21 11:30"),
    (BERLIN, NINE_TO_FIVE, [], "2013-03-21 10:30", 4 * HOUR, "2013-03-21 14:30"),
    (BERLIN, EIGHT_TO_FIVE_ALL_WEEK, [], "2013-03-21 10:30", 2 * HOUR, "2013-03-21 12:30"),
    (BERLIN, EIGHT_TO_FIVE_ALL_WEEK, [], "2013-10-21 11:30", 3 * HOUR, "2013-10-21 14:30"),
    (BERLIN, EIGHT_TO_FIVE_ALL_WEEK, [], "2013-10-21 07:30", 2 * HOUR, "2013-10-21 10:00"),
    (BERLIN, EIGHT_TO_FIVE_ALL_WEEK, [], "2013-10-21 07:30", 4 * HOUR, "2013-10-21 12:00"),
    (BERLIN, EIGHT_TO_FIVE_ALL_WEEK, [date(2015, 9, 22)], "2015-09-21 16:30", 2 * HOUR, "2015-09-23 09:30"),
    (BERLIN, EIGHT_TO_FIVE_ALL_WEEK, [date(2015, 9, 22)], "2015-09-21 16:30", 3 * HOUR, "2015-09-23 10:30"),
    (BERLIN, EIGHT_TO_FIVE_ALL_WEEK, [date(2015, 9, 22)], "2015-09-21 16:30", 4 * HOUR, "2015-09-23 11:30"),
    (BERLIN, EIGHT_TO_EIGHT, [date(2016, 11, 1)], "2016-11-01 14:56:21", 2 * HOUR, "2016-11-02 10:00"),
    (BERLIN, EIGHT_TO_EIGHT, [date(2016, 11, 1)], "2016-11-01 14:56:21", 20 * HOUR, "2016-11-03 16:00"),
    (BERLIN, EIGHT_TO_EIGHT, [date(2016, 11, 1)], "2016-11-07 14:26:36", 2 * HOUR, "2016-11-07 16:26:36"),
    (BERLIN, EIGHT_TO_EIGHT, [date(2016, 11, 1)], "2016-11-07 15:26:36", 20 * HOUR, "2016-11-09 11:26:36"),
]


@pytest.mark.parametrize(("zone", "weekly", "holidays", "start", "seconds", "due"), DUE)
def test_due(zone, weekly, holidays, start, seconds, due):
    assert calendar_of(zone, weekly, holidays).due(at(start, zone), seconds) == at(due, zone)


ELAPSED = [
    # Znuny and OTRS
    (BERLIN, EIGHT_TO_NINE, OTRS_HOLIDAYS, "2005-10-20 10:00", "2005-10-21 10:00", 13 * HOUR),
    (BERLIN, EIGHT_TO_NINE, OTRS_HOLIDAYS, "2005-10-20 10:00", "2005-11-03 10:00", 130 * HOUR),
    (BERLIN, EIGHT_TO_NINE, OTRS_HOLIDAYS, "2005-12-21 10:00", "2005-12-31 10:00", 89 * HOUR),
    (BERLIN, EIGHT_TO_NINE, OTRS_HOLIDAYS, "2003-12-21 10:00", "2003-12-31 10:00", 52 * HOUR),
    (BERLIN, EIGHT_TO_NINE, OTRS_HOLIDAYS, "2005-10-23 10:00", "2005-10-30 13:00", 65 * HOUR),
    (BERLIN, EIGHT_TO_NINE, OTRS_HOLIDAYS, "2005-10-24 11:44:12", "2005-10-24 16:13:31", 16_159),
    (BERLIN, EIGHT_TO_NINE, OTRS_HOLIDAYS, "2006-12-05 22:57:34", "2006-12-06 10:25:34", 8_734),
    (BERLIN, EIGHT_TO_NINE, OTRS_HOLIDAYS, "2010-01-28 22:00:02", "2010-01-28 22:01:02", 0),
    (BERLIN, ALWAYS, OTRS_HOLIDAYS, "2015-12-28 17:10:14", "2015-12-23 08:10:15", 0),  # the wrong way round
    (BERLIN, ALWAYS, OTRS_HOLIDAYS, "2015-12-23 08:10:15", "2015-12-28 17:10:14", 205_199),
    (BERLIN, ALWAYS, OTRS_HOLIDAYS, "2016-03-26 22:24:39", "2016-03-28 23:24:39", 48 * HOUR),
    (BERLIN, ALWAYS, [], "2015-02-17 12:00", "2015-05-18 12:00", 90 * DAY - HOUR),
    (BERLIN, WITH_LUNCH_ALL_WEEK, OTRS_HOLIDAYS, "2016-02-01 12:15:41", "2016-02-06 12:15:41", 45 * HOUR),
    (BERLIN, WITH_LUNCH, OTRS_HOLIDAYS, "2016-03-25 12:15:41", "2016-03-29 10:15:41", 16 * HOUR),
    (BERLIN, WITH_LUNCH, OTRS_HOLIDAYS, "2016-03-24 12:15:41", "2016-03-30 10:15:41", 34 * HOUR),
    (BERLIN, WITH_LUNCH, OTRS_HOLIDAYS, "2016-03-25 08:00", "2016-03-25 15:00", 6 * HOUR),
    (SAO_PAULO, ALWAYS, [], "2015-02-20 22:10:05", "2015-02-25 04:30:20", 4 * DAY + 7 * HOUR + 1_215),
    (SAO_PAULO, ALWAYS, [], "2015-10-17 22:00", "2015-10-18 04:00", 5 * HOUR),
    (TEHRAN, ALWAYS, [], "2015-09-21 12:00", "2015-09-22 04:00", 17 * HOUR),
    (TEHRAN, ALWAYS, [], "2015-03-21 12:00", "2015-03-22 04:00", 15 * HOUR),
    (SYDNEY, ALWAYS, [], "2015-01-21 12:00", "2015-04-22 04:00", 90 * DAY + 17 * HOUR),
    # Zendesk's biz
    ("UTC", BIZ, [], "2006-01-01 00:00", "2006-01-08 00:00", 142_200),
    ("UTC", BIZ, [], "2006-01-08 00:00", "2006-01-01 00:00", 0),
    ("UTC", BIZ, [], "2006-01-01 00:00", "2006-01-01 00:00", 0),
    # GLPI
    (BERLIN, EIGHT_TO_EIGHT, [], "2019-01-01 07:00", "2019-01-01 09:00", HOUR),
    (BERLIN, EIGHT_TO_EIGHT, [], "2019-01-01 06:00", "2019-01-01 07:00", 0),
    (BERLIN, EIGHT_TO_EIGHT, [], "2019-01-01 00:00", "2019-01-08 00:00", 60 * HOUR),
    (BERLIN, EIGHT_TO_EIGHT, [], "2019-01-08 00:00", "2019-01-01 00:00", 0),
    # business_time
    ("UTC", SHORT_WEEK, [], "2010-12-24 15:00", "2010-12-27 11:00", 9 * HOUR),
    ("UTC", SOME_DAYS_ROUND, [], "2010-12-24 15:00", "2010-12-27 11:00", 24 * HOUR),
    ("UTC", FOUR_DAYS_ROUND, [], "2010-12-24 15:00", "2010-12-27 11:00", 68 * HOUR),
    ("UTC", {0: [("08:00", "20:00")], 1: [("08:00", "20:00")]}, [], "2014-05-12 20:50", "2014-05-13 08:10", 600),
    ("UTC", NINE_TO_FIVE, [], "2012-02-01 10:00", "2012-02-09 11:00", 49 * HOUR),
    ("UTC", NINE_TO_FIVE, [], "2012-02-01 07:25", "2012-02-01 15:30", 390 * 60),
    (
        "Europe/Kyiv",
        {day: [("09:00", "18:00")] for day in WEEKDAYS},
        [date(2017, 10, 18)],
        "2017-10-16 00:00",
        "2017-10-20 00:00",
        27 * HOUR,
    ),
    # working_hours
    ("UTC", NINE_TO_FIVE, [], "2014-04-11 20:00", "2014-04-14 05:00", 0),
    ("UTC", NINE_TO_FIVE, [], "2014-04-13 09:10:24.010", "2014-04-14 09:10:24.020", 624),
    ("UTC", {0: [("00:00", "24:00")]}, [], "2014-04-06 12:00", "2016-04-06 12:00", 105 * DAY),
    ("UTC", MONDAY_WITH_LUNCH, [], "2014-04-07 11:59", "2014-04-07 13:01", 120),
    ("UTC", MONDAY_WITH_LUNCH, [], "2014-04-07 11:00", "2014-04-14 13:00", 11 * HOUR),
    # sla-timer 6: the last day counts although its time of day is earlier
    ("UTC", NINE_TO_FIVE, [], "2023-12-01 16:58", "2023-12-04 09:01:01", 181),
    # Business::Hours: the first week of 1970, of a whole week and of its days
    ("UTC", NINE_TO_SIX, [], "1970-01-01 00:00", "1970-01-08 00:00", 45 * HOUR),
    ("UTC", NINE_TO_SIX, [], "1970-01-01 00:00", "1970-01-07 23:59:59", 45 * HOUR),
    ("UTC", NINE_TO_SIX, [], "1970-01-01 20:00", "1970-01-02 09:00", 0),
    # Zammad: a reply three seconds after the opening, replies and closings of one morning
    (BERLIN, EIGHT_TO_SIX, [], "2013-03-29 00:49", "2013-03-29 08:00:03", 3),
    (BERLIN, EIGHT_TO_SIX, [], "2013-03-21 10:30", "2013-03-21 15:00", 270 * 60),
    (BERLIN, EIGHT_TO_SIX, [], "2013-03-21 10:30", "2013-03-21 14:00", 210 * 60),
]


# ERPNext: to the first reply, ten to six. Where nothing was worked it says one second, and we none. The 26th is a
# Saturday, and the 31st stands for 1 July.
TO_THE_FIRST_REPLY = [
    ("28 11:00", "28 12:00", 3_600), ("28 12:00", "28 20:00", 21_600), ("28 06:00", "28 12:00", 7_200),
    ("28 19:00", "28 20:00", 0), ("27 10:00", "27 11:00", 0), ("28 06:00", "29 06:00", 28_800),
    ("28 06:00", "29 11:00", 32_400), ("28 06:00", "29 20:00", 57_600), ("25 06:00", "26 11:00", 28_800),
    ("28 12:00", "29 06:00", 21_600), ("28 12:00", "29 11:00", 25_200), ("28 12:00", "29 20:00", 50_400),
    ("25 12:00", "26 11:00", 21_600), ("28 20:00", "29 06:00", 0), ("28 20:00", "29 11:00", 3_600),
    ("28 20:00", "29 20:00", 28_800), ("25 20:00", "26 11:00", 0), ("28 06:00", "31 06:00", 86_400),
    ("28 06:00", "31 11:00", 90_000), ("28 06:00", "31 20:00", 115_200), ("25 06:00", "27 11:00", 28_800),
    ("28 12:00", "31 06:00", 79_200), ("28 12:00", "31 11:00", 82_800), ("28 12:00", "31 20:00", 108_000),
    ("25 12:00", "27 11:00", 21_600), ("28 20:00", "31 06:00", 57_600), ("28 20:00", "31 11:00", 61_200),
    ("28 20:00", "31 20:00", 86_400), ("25 20:00", "27 11:00", 0),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "answered", "seconds"), TO_THE_FIRST_REPLY)
def test_to_the_first_reply_as_in_erpnext(asked, answered, seconds):
    a, b = (at("2021-06-" + each.replace("31", "30"), "UTC") for each in (asked, answered))

    assert calendar_of("UTC", TEN_TO_SIX).elapsed(a, b + timedelta(days=answered.startswith("31"))) == seconds


def test_hours_of_days_and_of_dates_as_in_the_ruby_challenge_of_2010():
    """Nine to three but on Fridays, shorter on Christmas Eve, and nothing on Sundays, Wednesdays and at Christmas."""
    weekly = {day: [("09:00", "15:00")] for day in (0, 1, 3, 5)} | {4: [("10:00", "17:00")]}
    calendar = BusinessCalendar("UTC", weekly, {date(2010, 12, 24): [("08:00", "13:00")], date(2010, 12, 25): []})

    for start, seconds, due in (
        ("2010-06-07 09:10", 2 * HOUR, "2010-06-07 11:10"),
        ("2010-06-08 14:48", 900, "2010-06-10 09:03"),
        ("2010-12-24 06:45", 7 * HOUR, "2010-12-27 11:00"),
    ):
        assert calendar.due(at(start, "UTC"), seconds) == at(due, "UTC")
        assert calendar.back(at(due, "UTC"), seconds) == calendar.due(at(start, "UTC"), 0)


@pytest.mark.parametrize(("zone", "weekly", "holidays", "a", "b", "seconds"), ELAPSED)
def test_elapsed(zone, weekly, holidays, a, b, seconds):
    assert calendar_of(zone, weekly, holidays).elapsed(at(a, zone), at(b, zone)) == seconds


@pytest.mark.parametrize(
    ("weekly", "end", "seconds", "began"),
    [
        (BIZ, "2006-01-04 16:00", 19 * HOUR, "2006-01-02 11:00"),
        (NINE_TO_FIVE, "2010-08-04 09:35", 8 * HOUR, "2010-08-03 09:35"),
        (NINE_TO_FIVE, "2010-04-12 09:50", HOUR, "2010-04-09 16:50"),
        (NINE_TO_FIVE, "2010-04-25 12:06:56", HOUR, "2010-04-23 16:00"),  # a weekend is as Monday morning
        (NINE_TO_FIVE, "2010-04-26 09:00", HOUR, "2010-04-23 16:00"),
        (NINE_TO_FIVE, "1991-11-18 14:00:42", 7 * HOUR, "1991-11-15 15:00:42"),
        (NINE_TO_FIVE, "2014-04-07 17:01", 0, "2014-04-07 17:00"),
        (NINE_TO_FIVE, "2014-06-01 12:00", 0, "2014-05-30 17:00"),
        (MONDAY_WITH_LUNCH, "2014-04-07 12:01", 0, "2014-04-07 12:00"),
        ({0: [("00:00", "24:00")], 1: [("08:00", "18:00")]}, "2014-04-08 00:00:30", 60, "2014-04-07 23:59"),
        (LATE_SHIFT, "2024-10-01 16:00", 4 * HOUR, "2024-09-30 21:00"),
        (EIGHT_TO_EIGHT, "2018-11-19 10:00", 7 * 12 * HOUR, "2018-11-08 10:00"),
        (WEEKDAYS_ROUND, "2018-11-19 10:00", 7 * DAY, "2018-11-08 10:00"),
        (EIGHT_TO_FIVE, "1996-11-20 12:00", 29 * HOUR, "1996-11-15 10:00"),  # from here on Date::Manip
        (EIGHT_TO_FIVE, "2002-12-06 00:00", 4 * HOUR, "2002-12-05 13:00"),
        (EIGHT_TO_FIVE, "2002-12-06 00:00:01", 4 * HOUR, "2002-12-05 13:00"),
        (EIGHT_TO_FIVE, "2002-12-05 23:59:59", 4 * HOUR, "2002-12-05 13:00"),
        (EIGHT_TO_FIVE, "2002-12-06 02:00", 4 * HOUR, "2002-12-05 13:00"),
        (EIGHT_TO_FIVE, "2002-12-06 09:00", 4 * HOUR, "2002-12-05 14:00"),
        (EIGHT_TO_FIVE, "2002-12-06 09:00:10", 4 * HOUR, "2002-12-05 14:00:10"),
        (EIGHT_TO_FIVE, "2002-12-06 11:00", 4 * HOUR, "2002-12-05 16:00"),
        (EIGHT_TO_FIVE, "2002-12-06 12:00", 4 * HOUR, "2002-12-06 08:00"),
    ],
)
def test_back(weekly, end, seconds, began):
    assert calendar_of("UTC", weekly).back(at(end, "UTC"), seconds) == at(began, "UTC")


@pytest.mark.parametrize(
    ("weekly", "moment", "is_open"),
    [
        (EIGHT_TO_EIGHT, "2019-01-01 00:00", False),
        (EIGHT_TO_EIGHT, "2019-01-02 08:30", True),
        (EIGHT_TO_EIGHT, "2019-01-03 18:10", True),
        (EIGHT_TO_EIGHT, "2019-01-04 21:00", False),
        (EIGHT_TO_EIGHT, "2019-01-05 08:30", False),
        (NINE_TO_FIVE, "2014-04-07 09:00", True),
        (NINE_TO_FIVE, "2014-04-07 16:59", True),
        (NINE_TO_FIVE, "2014-04-07 17:00", False),
        (MONDAY_WITH_LUNCH, "2014-04-07 12:00", False),
        (MONDAY_WITH_LUNCH, "2014-04-07 13:00", True),
        ({3: [("14:00", "00:01")]}, "2024-03-07 14:56", True),  # business_time 227: hours across midnight
        ({3: [("23:50", "15:00")]}, "2024-03-08 14:56", True),
    ],
)
def test_open(weekly, moment, is_open):
    assert calendar_of("UTC", weekly).is_open(at(moment, "UTC")) is is_open


def test_a_desk_in_another_zone_than_its_customer():
    """OTRS: a Saturday in Berlin for a desk in Cape Verde, and a desk in Berlin asked in UTC over a clock change."""
    cape_verde = calendar_of("Atlantic/Cape_Verde", EIGHT_TO_NINE)
    berlin = calendar_of(BERLIN, WITH_LUNCH, OTRS_HOLIDAYS)

    assert cape_verde.due(at("2013-03-16 10:00", BERLIN), 60) == at("2013-03-18 10:01", BERLIN)
    assert berlin.due(at("2015-03-27 11:00", "UTC"), 15 * HOUR) == at("2015-03-31 07:00", "UTC")
    assert berlin.elapsed(at("2015-03-26 16:00", "UTC"), at("2015-03-27 08:00", "UTC")) == 2 * HOUR
    assert berlin.elapsed(at("2015-03-27 11:00", "UTC"), at("2015-03-31 07:00", "UTC")) == 15 * HOUR


def test_windows_as_in_the_readme_of_biz():
    calendar = BusinessCalendar(
        "America/Los_Angeles",
        {
            0: [("09:00", "17:00")],
            1: [("00:00", "24:00")],
            2: [("09:00", "17:00")],
            3: [("09:00", "12:00"), ("13:00", "17:00")],
            5: [("10:00", "14:00")],
        },
    )

    assert calendar.windows(at("2015-01-10 10:00", "UTC"), at("2015-01-17 10:00", "UTC")) == [
        (at("2015-01-10 18:00", "UTC"), at("2015-01-10 22:00", "UTC")),
        (at("2015-01-12 17:00", "UTC"), at("2015-01-13 01:00", "UTC")),
        (at("2015-01-13 08:00", "UTC"), at("2015-01-14 08:00", "UTC")),
        (at("2015-01-14 17:00", "UTC"), at("2015-01-15 01:00", "UTC")),
        (at("2015-01-15 17:00", "UTC"), at("2015-01-15 20:00", "UTC")),
        (at("2015-01-15 21:00", "UTC"), at("2015-01-16 01:00", "UTC")),
    ]


def test_spans_at_clock_changes_as_in_biz():
    """A span that a change turns inside out is none; 24:00 before a missing midnight is one o'clock."""
    los_angeles = BusinessCalendar("America/Los_Angeles", {6: [("02:30", "03:15")], 0: [("09:00", "17:00")]})
    sao_paulo = BusinessCalendar(SAO_PAULO, {5: [("20:00", "24:00")]})

    assert los_angeles.due(at("2006-04-02 00:00", "America/Los_Angeles"), 0) == at(
        "2006-04-03 09:00", "America/Los_Angeles"
    )
    assert sao_paulo.due(at("2015-10-17 20:00", SAO_PAULO), 4 * HOUR) == at("2015-10-18 01:00", SAO_PAULO)


def test_special_hours_of_a_date_as_in_working_hours():
    calendar = BusinessCalendar("UTC", {4: [("08:00", "18:00")]}, {date(2019, 12, 27): [("10:00", "18:00")]})

    assert calendar.due(at("2019-12-27 09:00", "UTC"), 0) == at("2019-12-27 10:00", "UTC")


def test_the_hour_that_happens_twice_as_in_moment_business_time_58():
    calendar = BusinessCalendar("Europe/Amsterdam", {day: [("00:00", "10:00")] for day in ALL_DAYS})
    first = at("2022-10-30 02:00", "Europe/Amsterdam")

    assert calendar.due(first, HOUR) == first + timedelta(hours=1)
