"""Working time against a walk over minutes that shares nothing with it, and rule by rule."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import opening_hours
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sla.business_time import BusinessCalendar

HOUR = 3600
DAY = 24 * HOUR
WARSAW = "Europe/Warsaw"
OFFICE = {day: [("08:00", "16:00")] for day in range(5)}
ALWAYS = {day: [("00:00", "24:00")] for day in range(7)}
NIGHTS = {day: [("22:00", "06:00")] for day in range(7)}


def wall(text: str, zone: str = WARSAW, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# A slow desk that counts its minutes. It finds the moment of a wall time by trying offsets, keeps open minutes in a set
# and knows neither years nor sums nor searches.


def moment_of(zone: ZoneInfo, written: datetime) -> datetime:
    """The first moment at which a clock of the zone shows this; if none does, as if the clocks had not changed yet."""
    near = [(written.replace(tzinfo=UTC) + timedelta(hours=hours)).astimezone(zone).utcoffset() for hours in (-26, 26)]
    candidates = [(written - offset).replace(tzinfo=UTC) for offset in near]
    shown = [moment for moment in candidates if moment.astimezone(zone).replace(tzinfo=None) == written]
    return min(shown, default=candidates[0])


def ever_showed(zone: ZoneInfo, day: date) -> bool:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return any((noon + timedelta(hours=hours)).astimezone(zone).date() == day for hours in range(-30, 31))


def minutes_of(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def open_minutes(zone_name, weekly, exceptions, first: date, days: int) -> set[datetime]:
    zone = ZoneInfo(zone_name)
    found = set()
    for day in (first + timedelta(days=n) for n in range(days)):
        if not ever_showed(zone, day):
            continue
        midnight = datetime(day.year, day.month, day.day)
        for opening, closing in exceptions.get(day, weekly.get(day.weekday(), [])):
            start, end = minutes_of(opening), minutes_of(closing)
            if end <= start:
                end += 24 * 60
            moment = moment_of(zone, midnight + timedelta(minutes=start))
            closed = moment_of(zone, midnight + timedelta(minutes=end))
            while moment < closed:
                found.add(moment)
                moment += timedelta(minutes=1)
    return found


EDGES = [
    (WARSAW, date(2026, 3, 29)),
    (WARSAW, date(2026, 10, 25)),
    (WARSAW, date(2026, 12, 31)),
    (WARSAW, date(2028, 2, 29)),
    ("America/Sao_Paulo", date(2015, 10, 18)),  # clocks change at midnight: there is no 00:30
    ("America/Sao_Paulo", date(2015, 2, 22)),  # and two of Saturday's 23:30
    ("Asia/Beirut", date(2023, 3, 30)),
    ("Asia/Beirut", date(2022, 10, 30)),
    ("Africa/Cairo", date(2026, 4, 24)),
    ("Africa/Cairo", date(2026, 10, 30)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),  # half an hour
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("America/St_Johns", date(2006, 10, 29)),  # at 00:01
    ("America/St_Johns", date(2026, 3, 8)),
    ("Pacific/Apia", date(2011, 12, 30)),  # a Friday that never was
    ("Asia/Kathmandu", date(2026, 7, 1)),  # +05:45
    ("Asia/Tehran", date(2016, 3, 21)),
    ("America/Caracas", date(2007, 12, 9)),  # half an hour back for good
    ("Africa/Casablanca", date(2026, 2, 15)),  # goes back for Ramadan: "summer time" below zero
    ("UTC", date(2027, 1, 1)),
]


@st.composite
def spans_of_a_day(draw):
    """Up to three spans in order; the last may reach into the next day."""
    marks = sorted(draw(st.lists(st.integers(0, 47), max_size=6, unique=True)))
    marks = marks[: len(marks) // 2 * 2]
    spans = [(half_hours(start), half_hours(end)) for start, end in zip(marks[::2], marks[1::2], strict=True)]
    if spans and draw(st.integers(0, 3)) == 0:
        spans[-1] = (spans[-1][0], half_hours(draw(st.integers(0, marks[-2]))))
    elif spans and draw(st.booleans()):
        spans[-1] = (spans[-1][0], "24:00")
    return draw(st.permutations(spans))


def half_hours(count: int) -> str:
    return f"{count // 2:02}:{count % 2 * 30:02}"


@st.composite
def desks(draw):
    """A zone near one of its odd days, hours of the week, and dates that differ around that day."""
    zone, day = draw(st.sampled_from(EDGES))
    weekly = draw(st.dictionaries(st.integers(0, 6), spans_of_a_day(), min_size=1))
    assume(any(weekly.values()))
    near = st.integers(-4, 5).map(lambda days: day + timedelta(days=days))
    exceptions = draw(st.dictionaries(near, spans_of_a_day(), max_size=3))
    return zone, day, weekly, exceptions


def moments_near(day: date) -> st.SearchStrategy[datetime]:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return st.integers(-3 * 1440, 3 * 1440).map(lambda minutes: noon + timedelta(minutes=minutes))


@settings(max_examples=80)
@given(data=st.data())
def test_it_counts_like_a_walk_over_the_minutes(data):
    zone, day, weekly, exceptions = data.draw(desks())
    calendar = BusinessCalendar(zone, weekly, exceptions)
    walk = open_minutes(zone, weekly, exceptions, day - timedelta(days=10), 21)
    a, b = sorted(data.draw(st.tuples(moments_near(day), moments_near(day))))
    minutes = data.draw(st.integers(0, 1500))

    assert calendar.is_open(a) == (a in walk)
    assert calendar.elapsed(a, b) == 60 * len([minute for minute in walk if a <= minute < b])
    ahead = sorted(minute for minute in walk if minute >= a)
    if minutes == 0 and ahead:
        assert calendar.due(a, 0) == ahead[0]
    elif minutes <= len(ahead):
        assert calendar.due(a, minutes * 60) == ahead[minutes - 1] + timedelta(minutes=1)
    behind = sorted((minute for minute in walk if minute < a), reverse=True)
    if minutes == 0 and behind:
        assert calendar.back(a, 0) == (a if a in walk else behind[0] + timedelta(minutes=1))
    elif minutes <= len(behind):
        assert calendar.back(a, minutes * 60) == behind[minutes - 1]
    shown = [start + timedelta(minutes=n) for start, end in calendar.windows(a, b) for n in range(_minutes(start, end))]
    assert shown == sorted(minute for minute in walk if a <= minute < b)


def _minutes(start: datetime, end: datetime) -> int:
    assert (end - start) % timedelta(minutes=1) == timedelta(0)
    return (end - start) // timedelta(minutes=1)


exact_moments = st.datetimes(datetime(1999, 12, 20), datetime(2002, 1, 10), timezones=st.just(UTC))
zones = st.sampled_from([WARSAW, "America/St_Johns", "Australia/Lord_Howe", "Asia/Beirut", "Pacific/Apia", "UTC"])


@st.composite
def calendars(draw):
    weekly = draw(st.dictionaries(st.integers(0, 6), spans_of_a_day(), min_size=1))
    assume(any(weekly.values()))
    days = st.dates(date(1999, 12, 20), date(2002, 1, 10))
    return BusinessCalendar(draw(zones), weekly, draw(st.dictionaries(days, spans_of_a_day(), max_size=4)))


@settings(max_examples=60)
@given(calendars(), exact_moments, exact_moments, exact_moments, st.integers(0, 300 * HOUR), st.integers(0, 300 * HOUR))
def test_laws(calendar, a, b, c, one, two):
    a, b, c = sorted([a, b, c])
    less, more = sorted([one, two])

    due = calendar.due(a, more)
    assert due.tzinfo is UTC
    assert calendar.elapsed(a, due) == more
    assert calendar.due(a, less) <= due <= calendar.due(b, more) or less == 0
    assert a <= due
    if less:
        assert calendar.due(calendar.due(a, less), more) == calendar.due(a, less + more)
    assert calendar.elapsed(a, b) + calendar.elapsed(b, c) == calendar.elapsed(a, c)
    assert calendar.elapsed(a, b) <= calendar.elapsed(a, c)
    assert calendar.elapsed(b, a) == 0

    began = calendar.back(c, more)
    assert calendar.elapsed(began, c) == more
    assert began <= calendar.back(c, less) <= c or less == 0
    if calendar.is_open(a):
        assert calendar.due(a, 0) == a == calendar.back(a, 0) == calendar.back(due, more)
    else:
        opening = calendar.due(a, 0)
        assert opening > a and calendar.is_open(opening) and calendar.elapsed(a, opening) == 0
        closing = calendar.back(a, 0)
        assert closing <= a and not calendar.is_open(closing) and calendar.elapsed(closing, a) == 0
        assert calendar.back(due, more) == opening

    windows = calendar.windows(a, c)
    assert sum((closing - opening for opening, closing in windows), timedelta()) - timedelta(
        seconds=calendar.elapsed(a, c)
    ) < timedelta(seconds=1)
    assert all(a <= opening < closing <= c for opening, closing in windows)
    assert all(closing < opening for (_, closing), (opening, _) in pairwise(windows))


@settings(max_examples=40)
@given(st.dictionaries(st.integers(0, 6), spans_of_a_day(), min_size=1), st.data())
def test_it_is_open_when_the_opening_hours_of_openstreetmap_say_so(weekly, data):
    nights = {day: spans for day, spans in weekly.items() if spans}
    assume(nights)
    names = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"]
    rules = ", ".join(f"{names[day]} {','.join('-'.join(span) for span in spans)}" for day, spans in nights.items())
    theirs = opening_hours.OpeningHours(rules, timezone=ZoneInfo("Asia/Kathmandu"))
    calendar = BusinessCalendar("Asia/Kathmandu", weekly)

    for minutes in data.draw(st.lists(st.integers(0, 14 * 1440), min_size=20, max_size=20)):
        moment = datetime(2026, 5, 1, tzinfo=ZoneInfo("Asia/Kathmandu")) + timedelta(minutes=minutes)
        assert calendar.is_open(moment) == theirs.is_open(moment), (rules, moment)


# Closing, opening, nothing at all


@pytest.mark.parametrize(
    ("start", "seconds", "due"),
    [
        ("2026-05-04 08:00", 8 * HOUR, "2026-05-04 16:00"),  # used up at closing: due at closing
        ("2026-05-04 08:00", 8 * HOUR + 1, "2026-05-05 08:00:01"),
        ("2026-05-04 08:00", 16 * HOUR, "2026-05-05 16:00"),
        ("2026-05-08 16:00", 1, "2026-05-11 08:00:01"),  # a start at closing has the weekend before it
        ("2026-05-08 15:59:59", 1, "2026-05-08 16:00"),
        ("2026-05-08 15:59:59", 2, "2026-05-11 08:00:01"),
        ("2026-05-09 11:00", 8 * HOUR, "2026-05-11 16:00"),
        ("2026-05-04 08:00", 0, "2026-05-04 08:00"),
        ("2026-05-04 15:59:59", 0, "2026-05-04 15:59:59"),
        ("2026-05-04 16:00", 0, "2026-05-05 08:00"),
        ("2026-05-08 16:00", 0, "2026-05-11 08:00"),
        ("2026-12-31 15:00", 2 * HOUR, "2027-01-01 09:00"),
        ("2026-12-31 15:00", 52 * 40 * HOUR, "2027-12-30 15:00"),
    ],
)
def test_due(start, seconds, due):
    assert BusinessCalendar(WARSAW, OFFICE).due(wall(start), seconds) == wall(due)


@pytest.mark.parametrize(
    ("end", "seconds", "began"),
    [
        ("2026-05-04 16:00", 8 * HOUR, "2026-05-04 08:00"),  # used up at the opening: since the opening
        ("2026-05-05 08:00", 1, "2026-05-04 15:59:59"),
        ("2026-05-05 08:00", 8 * HOUR, "2026-05-04 08:00"),
        ("2026-05-11 09:00", 2 * HOUR, "2026-05-08 15:00"),
        ("2026-05-10 12:00", HOUR, "2026-05-08 15:00"),
        ("2026-05-04 12:00", 0, "2026-05-04 12:00"),
        ("2026-05-04 08:00", 0, "2026-05-04 08:00"),
        ("2026-05-04 16:00", 0, "2026-05-04 16:00"),
        ("2026-05-04 07:59", 0, "2026-05-01 16:00"),
        ("2027-01-01 09:00", 2 * HOUR, "2026-12-31 15:00"),
        ("2027-01-01 07:00", 0, "2026-12-31 16:00"),
    ],
)
def test_back(end, seconds, began):
    assert BusinessCalendar(WARSAW, OFFICE).back(wall(end), seconds) == wall(began)


def test_open_counts_the_opening_and_not_the_closing():
    calendar = BusinessCalendar(WARSAW, OFFICE)

    times = ["07:59:59.999999", "08:00", "15:59:59.999999", "16:00"]
    assert [calendar.is_open(wall(f"2026-05-04 {time}")) for time in times] == [False, True, True, False]


def test_time_never_runs_backwards():
    calendar = BusinessCalendar(WARSAW, OFFICE)
    morning, noon = wall("2026-05-04 09:00"), wall("2026-05-04 12:00")

    assert calendar.elapsed(morning, noon) == 3 * HOUR
    assert calendar.elapsed(noon, morning) == 0
    assert calendar.elapsed(noon, noon) == 0
    assert calendar.windows(noon, morning) == calendar.windows(noon, noon) == []
    assert calendar.windows(wall("2027-05-04 12:00"), morning) == []


def test_windows_are_cut_at_both_ends_and_told_in_utc():
    calendar = BusinessCalendar(WARSAW, OFFICE | {1: [("13:00", "16:00"), ("08:00", "12:00")]})

    assert calendar.windows(wall("2026-05-04 15:00"), wall("2026-05-06 08:00:00.5")) == [
        (utc("2026-05-04 13:00"), utc("2026-05-04 14:00")),
        (utc("2026-05-05 06:00"), utc("2026-05-05 10:00")),
        (utc("2026-05-05 11:00"), utc("2026-05-05 14:00")),
        (utc("2026-05-06 06:00"), utc("2026-05-06 06:00:00.5")),
    ]
    assert calendar.windows(wall("2026-05-04 16:00"), wall("2026-05-05 08:00")) == []


def test_fractions_of_a_second_are_kept_by_due_and_cut_by_elapsed():
    calendar = BusinessCalendar(WARSAW, OFFICE)

    assert calendar.due(wall("2026-05-04 09:00:00.25"), 60) == wall("2026-05-04 09:01:00.25")
    assert calendar.due(wall("2026-05-04 15:59:59.25"), 1) == wall("2026-05-05 08:00:00.25")
    assert calendar.due(wall("2026-05-04 07:00:00.25"), 1) == wall("2026-05-04 08:00:01")
    assert calendar.back(wall("2026-05-05 08:00:00.25"), 1) == wall("2026-05-04 15:59:59.25")
    assert calendar.elapsed(wall("2026-05-04 09:00:00.9"), wall("2026-05-04 09:00:02.1")) == 2
    assert calendar.elapsed(wall("2026-05-04 09:00:00.1"), wall("2026-05-04 09:00:00.9")) == 0
    assert calendar.elapsed(wall("2026-05-04 15:59:59.9"), wall("2026-05-05 08:00:00.9")) == 1


def test_moments_may_come_from_any_zone():
    calendar = BusinessCalendar(WARSAW, OFFICE)
    start = datetime(2026, 5, 4, 3, 30, tzinfo=timezone(timedelta(hours=-5)))  # 10:30 in Warsaw

    due = calendar.due(start, HOUR)

    assert due == wall("2026-05-04 11:30")
    assert due.tzinfo is UTC
    assert calendar.due(start, 0).tzinfo is calendar.back(start, 0).tzinfo is UTC
    assert calendar.elapsed(start, wall("2026-05-04 05:30", "America/New_York")) == HOUR


# Nights, whole days, exceptions


def test_a_night_belongs_to_the_evening_it_opens_on():
    calendar = BusinessCalendar(WARSAW, {4: [("22:00", "06:00")]})

    assert calendar.due(wall("2026-05-08 12:00"), 8 * HOUR) == wall("2026-05-09 06:00")
    assert calendar.is_open(wall("2026-05-09 05:59"))
    assert not calendar.is_open(wall("2026-05-08 05:59"))
    assert calendar.elapsed(wall("2026-05-08 23:00"), wall("2026-05-09 01:00")) == 2 * HOUR


def test_a_holiday_closes_its_date_and_not_the_night_before():
    calendar = BusinessCalendar(WARSAW, NIGHTS, {date(2026, 5, 1): []})

    assert calendar.windows(wall("2026-04-30 12:00"), wall("2026-05-03 00:00")) == [
        (utc("2026-04-30 20:00"), utc("2026-05-01 04:00")),
        (utc("2026-05-02 20:00"), utc("2026-05-02 22:00")),
    ]


def test_special_hours_replace_those_of_the_weekday():
    calendar = BusinessCalendar(
        WARSAW, OFFICE, {date(2026, 12, 24): [("08:00", "12:00")], date(2026, 12, 27): [("20:00", "02:00")]}
    )

    assert calendar.due(wall("2026-12-24 11:00"), 2 * HOUR) == wall("2026-12-25 09:00")
    assert calendar.due(wall("2026-12-26 11:00"), 6 * HOUR) == wall("2026-12-28 02:00")


@pytest.mark.parametrize("whole", [("00:00", "24:00"), ("00:00", "00:00")])
def test_a_whole_day_two_ways(whole):
    calendar = BusinessCalendar(WARSAW, {day: [whole] for day in range(7)}, {date(2026, 11, 11): []})

    assert calendar.elapsed(wall("2026-11-10 00:00"), wall("2026-11-13 00:00")) == 2 * DAY
    assert calendar.windows(wall("2026-11-10 12:00"), wall("2026-11-12 12:00")) == [
        (utc("2026-11-10 11:00"), utc("2026-11-10 23:00")),
        (utc("2026-11-11 23:00"), utc("2026-11-12 11:00")),
    ]


def test_a_day_round_the_clock_from_the_morning_on():
    calendar = BusinessCalendar("UTC", {0: [("08:00", "08:00")]})

    assert calendar.windows(utc("2026-05-04 00:00"), utc("2026-05-11 00:00")) == [
        (utc("2026-05-04 08:00"), utc("2026-05-05 08:00"))
    ]


def test_round_the_clock_is_one_stretch_also_over_new_year():
    calendar = BusinessCalendar(WARSAW, ALWAYS)
    a, b = wall("2026-12-31 10:00"), wall("2028-03-01 10:00")

    assert calendar.windows(a, b) == [(a, b)]
    assert calendar.elapsed(a, b) == (366 + 60) * DAY
    assert calendar.due(a, (366 + 60) * DAY) == b
    assert calendar.back(b, (366 + 60) * DAY) == a


def test_spans_that_touch_are_one_stretch_and_need_no_order():
    calendar = BusinessCalendar(
        WARSAW, {0: [("12:00", "16:00"), ("08:00", "12:00"), ("16:00", "24:00")], 1: [("00:00", "02:00")]}
    )

    assert calendar.windows(wall("2026-05-04 00:00"), wall("2026-05-06 00:00")) == [
        (utc("2026-05-04 06:00"), utc("2026-05-05 00:00"))
    ]


def test_a_night_into_the_hours_of_the_next_day_counts_once():
    calendar = BusinessCalendar(WARSAW, {0: [("20:00", "10:00")], 1: [("08:00", "16:00")]})

    assert calendar.elapsed(wall("2026-05-04 00:00"), wall("2026-05-06 00:00")) == 20 * HOUR
    assert calendar.due(wall("2026-05-05 09:00"), 2 * HOUR) == wall("2026-05-05 11:00")


def test_seconds_and_short_hours_can_be_written():
    calendar = BusinessCalendar("UTC", {0: [["8:00", "08:00:30"]]})

    assert calendar.elapsed(utc("2026-05-04 00:00"), utc("2026-05-05 00:00")) == 30


# Clocks that change


@pytest.mark.parametrize(
    ("day", "spans", "hours"),
    [
        ("2026-03-28", [("22:00", "06:00")], 7),
        ("2026-10-24", [("22:00", "06:00")], 9),
        ("2026-03-29", [("00:00", "24:00")], 23),
        ("2026-10-25", [("00:00", "00:00")], 25),
        ("2026-03-29", [("01:00", "02:30")], 1.5),  # 02:30 reads 03:30, so an hour and a half of three
        ("2026-03-29", [("02:00", "03:00")], 0),  # 03:00 to 03:00
        ("2026-03-29", [("02:30", "04:00")], 0.5),
        ("2026-03-29", [("02:30", "03:15")], 0),  # would close before it opens
        ("2026-03-29", [("01:00", "02:30"), ("03:00", "04:00")], 2),  # overlap in this night, counted once
        ("2026-10-25", [("02:00", "03:00")], 2),  # from the first 02:00 to the only 03:00
        ("2026-10-25", [("01:00", "02:30")], 1.5),  # to the first 02:30
        ("2026-10-25", [("02:15", "02:45")], 0.5),
        ("2026-10-25", [("02:30", "04:00")], 2.5),
    ],
)
def test_the_nights_in_which_warsaw_changes_its_clocks(day, spans, hours):
    calendar = BusinessCalendar(WARSAW, {2: [("09:00", "10:00")]}, {date.fromisoformat(day): spans})
    noon = wall(f"{day} 12:00")

    assert calendar.elapsed(noon - timedelta(days=1), noon + timedelta(days=1)) == hours * HOUR


def test_hours_are_elapsed_seconds():
    calendar = BusinessCalendar(WARSAW, ALWAYS)

    assert calendar.due(wall("2026-03-28 12:00"), DAY) == wall("2026-03-29 13:00")
    assert calendar.due(wall("2026-10-24 12:00"), DAY) == wall("2026-10-25 11:00")
    assert calendar.back(wall("2026-03-29 13:00"), DAY) == wall("2026-03-28 12:00")
    first, second = wall("2026-10-25 02:30"), wall("2026-10-25 02:30", fold=1)
    assert calendar.due(first, HOUR) == second.astimezone(UTC)
    assert calendar.elapsed(first, second) == HOUR


def test_midnight_can_be_missing_or_come_late():
    calendar = BusinessCalendar("America/Sao_Paulo", {5: [("20:00", "24:00")], 6: [("00:00", "04:00")]})

    spring = calendar.windows(utc("2015-10-17 12:00"), utc("2015-10-18 12:00"))
    autumn = calendar.windows(utc("2015-02-21 12:00"), utc("2015-02-22 12:00"))

    assert [(end - start) / timedelta(hours=1) for start, end in spring] == [7]
    assert [(end - start) / timedelta(hours=1) for start, end in autumn] == [9]


def test_a_date_that_a_zone_left_out_has_no_hours():
    """Samoa went from Thursday to Saturday. Hours of that Friday must not turn up on Saturday."""
    calendar = BusinessCalendar("Pacific/Apia", OFFICE)
    thursday, monday = wall("2011-12-29 15:00", "Pacific/Apia"), wall("2012-01-02 09:00", "Pacific/Apia")

    assert calendar.due(thursday, 2 * HOUR) == monday
    assert calendar.elapsed(thursday, monday) == 2 * HOUR
    always = BusinessCalendar("Pacific/Apia", ALWAYS)
    assert always.due(thursday, DAY) == wall("2011-12-31 15:00", "Pacific/Apia")
    night = BusinessCalendar("Pacific/Apia", {3: [("22:00", "06:00")]})
    assert night.due(thursday, 8 * HOUR) == wall("2011-12-31 06:00", "Pacific/Apia")


# Any year


@pytest.mark.parametrize("year", [1, 400, 1800, 1916, 1970, 2038, 2100, 5000, 9998])
def test_any_year(year):
    calendar = BusinessCalendar("UTC", OFFICE)
    days = (datetime(year, 3, 1, 12, tzinfo=UTC) + timedelta(days=n) for n in range(7))
    monday = next(day for day in days if day.weekday() == 0)

    assert calendar.due(monday, 40 * HOUR) == monday + timedelta(days=7)
    assert calendar.back(monday, 40 * HOUR) == monday - timedelta(days=7)
    assert calendar.elapsed(monday, monday + timedelta(days=14)) == 80 * HOUR


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Apia", "Pacific/Niue", WARSAW])
def test_the_ends_of_the_calendar(zone):
    calendar = BusinessCalendar(zone, ALWAYS)
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(microsecond=0, tzinfo=UTC)

    assert calendar.due(last - timedelta(days=2), DAY) == last - timedelta(days=1)
    assert calendar.back(first + timedelta(days=3), DAY) == first + timedelta(days=2)
    for outside in (
        lambda: calendar.due(last, DAY),
        lambda: calendar.back(first, DAY),
        lambda: calendar.due(first, 10**30),
    ):
        with pytest.raises(ValueError, match="outside the years 1 to 9999"):
            outside()
    with pytest.raises(ValueError, match="outside the years 1 to 9999"):
        calendar.is_open(datetime.min.replace(tzinfo=timezone(timedelta(hours=2))))


def test_years_that_were_forgotten_are_worked_out_again():
    calendar = BusinessCalendar(WARSAW, {0: [("08:00", "09:00")]}, {date(2027, 1, 4): []})

    before = calendar.elapsed(wall("2026-12-01 00:00"), wall("2027-02-01 00:00"))
    calendar.elapsed(wall("1900-01-01 00:00"), wall("1980-01-01 00:00"))

    assert calendar.elapsed(wall("2026-12-01 00:00"), wall("2027-02-01 00:00")) == before == 7 * HOUR


def test_a_leap_day_is_a_day():
    calendar = BusinessCalendar(WARSAW, OFFICE, {date(2028, 2, 29): [("10:00", "11:00")]})

    assert calendar.elapsed(wall("2028-02-28 00:00"), wall("2028-03-02 00:00")) == 17 * HOUR


# What is refused, each with a sentence


@pytest.mark.parametrize(
    ("weekly", "sentence"),
    [
        ({}, "needs weekly hours"),
        ({0: [], 6: []}, "needs weekly hours"),
        ([("08:00", "16:00")], "must be given by day"),
        ({7: [("08:00", "16:00")]}, "7 is no weekday"),
        ({-1: [("08:00", "16:00")]}, "-1 is no weekday"),
        ({"0": [("08:00", "16:00")]}, "'0' is no weekday"),
        ({True: [("08:00", "16:00")]}, "True is no weekday"),
        ({0: None}, "Monday: give a list of spans"),
        ({0: "08:00-16:00"}, "Monday: give a list of spans"),
        ({0: ("08:00", "16:00")}, "Monday: '08:00' is no span"),
        ({0: [("08:00",)]}, "is no span"),
        ({0: [("08:00", "12:00", "16:00")]}, "is no span"),
        ({0: [{"08:00", "16:00"}]}, "is no span"),
        ({1: [("08:00", "25:00")]}, "Tuesday: '25:00' is no time of day"),
        ({1: [("08:00", "24:01")]}, "'24:01' is no time of day"),
        ({1: [("08:60", "16:00")]}, "'08:60' is no time of day"),
        ({1: [("8", "16:00")]}, "'8' is no time of day"),
        ({1: [("08:00\n", "16:00")]}, "is no time of day"),
        ({1: [("٠٨:00", "16:00")]}, "is no time of day"),
        ({1: [("-1:00", "16:00")]}, "'-1:00' is no time of day"),
        ({1: [("", "16:00")]}, "'' is no time of day"),
        ({1: [(8, 16)]}, "8 is no time of day"),
        ({1: [("24:00", "08:00")]}, "24:00 can close a day, not open it"),
        ({2: [("08:00", "12:00"), ("11:59", "16:00")]}, "Wednesday: its spans overlap"),
        ({2: [("08:00", "12:00"), ("08:00", "12:00")]}, "overlap"),
        ({2: [("22:00", "06:00"), ("23:00", "23:30")]}, "overlap"),
        ({2: [("00:00", "00:00"), ("08:00", "12:00")]}, "overlap"),
    ],
)
def test_weekly_hours_that_are_refused(weekly, sentence):
    with pytest.raises(ValueError, match=sentence):
        BusinessCalendar(WARSAW, weekly)


@pytest.mark.parametrize(
    ("exceptions", "sentence"),
    [
        ({datetime(2026, 5, 1): []}, "is no date"),
        ({"2026-05-01": []}, "'2026-05-01' is no date"),
        ([date(2026, 5, 1)], "must be given by day"),
        ({date(2026, 5, 1): None}, "2026-05-01: give a list of spans"),
        ({date(2026, 5, 1): [("08:00", "25:00")]}, "2026-05-01: '25:00' is no time of day"),
        ({date(2026, 5, 1): [("08:00", "12:00"), ("10:00", "11:00")]}, "2026-05-01: its spans overlap"),
    ],
)
def test_exceptions_that_are_refused(exceptions, sentence):
    with pytest.raises(ValueError, match=sentence):
        BusinessCalendar(WARSAW, OFFICE, exceptions)


@pytest.mark.parametrize(
    "zone",
    [
        "",
        "Europe/Warszawa",
        "Europe",
        "../etc/passwd",
        "/etc/passwd",
        "UTC+2",
        "localtime",
        "Factory",
        None,
        1,
        b"UTC",
        "\0",
    ],
)
def test_zones_that_are_refused(zone):
    with pytest.raises(ValueError, match="is no time zone"):
        BusinessCalendar(zone, OFFICE)


@pytest.mark.parametrize("moment", [datetime(2026, 5, 4, 9), date(2026, 5, 4), "2026-05-04T09:00Z", None, 0])
def test_moments_that_are_refused(moment):
    calendar = BusinessCalendar(WARSAW, OFFICE)
    good = wall("2026-05-04 09:00")

    for ask in (
        lambda: calendar.due(moment, 0),
        lambda: calendar.back(moment, 60),
        lambda: calendar.elapsed(moment, good),
        lambda: calendar.elapsed(good, moment),
        lambda: calendar.is_open(moment),
        lambda: calendar.windows(good, moment),
    ):
        with pytest.raises(ValueError, match=r"is no moment|has no time zone"):
            ask()


@pytest.mark.parametrize("seconds", [-1, -1.0, 0.5, float("nan"), float("inf"), "60", None, True, timedelta(hours=1)])
def test_targets_that_are_refused(seconds):
    calendar = BusinessCalendar(WARSAW, OFFICE)

    for method in (calendar.due, calendar.back):
        with pytest.raises(ValueError, match=r"cannot be negative|give whole seconds"):
            method(wall("2026-05-04 09:00"), seconds)


def test_what_was_given_can_change_afterwards():
    weekly = {0: [("08:00", "16:00")]}
    exceptions = {date(2026, 5, 4): [("08:00", "09:00")]}
    calendar = BusinessCalendar(WARSAW, weekly, exceptions)

    weekly[0].clear()
    exceptions[date(2026, 5, 4)].append(("10:00", "11:00"))

    assert calendar.elapsed(wall("2026-05-04 00:00"), wall("2026-05-12 00:00")) == 9 * HOUR


def test_what_no_year_can_hold_is_refused_at_once() -> None:
    """Not by walking through eight thousand years: none of them is compiled but the first."""
    calendar = BusinessCalendar("Europe/Warsaw", {0: [("08:00", "09:00")]}, {date(2026, 5, 1): [("00:00", "24:00")]})
    moment = datetime(2026, 3, 9, 7, 0, tzinfo=UTC)

    for ask in (calendar.due, calendar.back):
        with pytest.raises(ValueError, match="outside the years"):
            ask(moment, 10**11)
    assert len(calendar._years) == 1


def test_what_fits_into_all_years_is_found_however_far() -> None:
    calendar = BusinessCalendar("Europe/Warsaw", {0: [("08:00", "09:00")]})
    moment = datetime(2026, 3, 9, 7, 0, tzinfo=UTC)

    assert calendar.due(moment, 52 * 200 * 3600).year in (2225, 2226)
