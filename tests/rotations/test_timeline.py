"""Shifts on the line of time, across changes of clocks, overnight, and with rest between."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from rotations import timeline
from rotations.timeline import Day
from rotations.weekly_hours import DAY

WARSAW = ZoneInfo("Europe/Warsaw")
HOUR = timedelta(hours=1)


def at(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)  # type: ignore[arg-type]


def test_three_days_by_the_clock_on_the_wall() -> None:
    found = timeline.days(date(2026, 3, 9), 3, 8 * 60, 16 * 60, WARSAW)

    assert found == [
        Day(at(2026, 3, number, 7), at(2026, 3, number, 15), date(2026, 3, number)) for number in (9, 10, 11)
    ]


def test_the_hours_stay_when_clocks_change_between_the_days() -> None:
    saturday, sunday = timeline.days(date(2026, 3, 28), 2, 8 * 60, 16 * 60, WARSAW)

    assert (saturday.starts_at, sunday.starts_at) == (at(2026, 3, 28, 7), at(2026, 3, 29, 6))


def test_a_night_in_which_clocks_change_is_shorter_or_longer_by_an_hour() -> None:
    spring, autumn = (
        timeline.days(day, 1, 22 * 60, 30 * 60, WARSAW)[0] for day in (date(2026, 3, 28), date(2026, 10, 24))
    )

    assert spring.ends_at - spring.starts_at == 7 * HOUR
    assert autumn.ends_at - autumn.starts_at == 9 * HOUR


def test_a_day_that_is_swallowed_whole_is_left_out() -> None:
    assert timeline.days(date(2026, 3, 29), 1, 2 * 60, 3 * 60, WARSAW) == []


def test_dates_of_a_weekday() -> None:
    first, last = date(2026, 3, 9), date(2026, 3, 20)

    assert timeline.dates_of_weekday(first, last, 0) == [date(2026, 3, 9), date(2026, 3, 16)]
    assert timeline.dates_of_weekday(first, last, 6) == [date(2026, 3, 15)]
    assert timeline.dates_of_weekday(last, first, 0) == []


@given(st.dates(date(2000, 1, 1), date(2060, 1, 1)), st.integers(0, 60), st.integers(0, 6))
def test_dates_of_a_weekday_are_all_and_only_those(first: date, length: int, weekday: int) -> None:
    every = [first + timedelta(days=n) for n in range(length + 1)]

    found = timeline.dates_of_weekday(first, every[-1], weekday)

    assert found == [day for day in every if day.weekday() == weekday]


@given(st.integers(0, DAY - 1), st.integers(1, DAY), st.dates(date(2026, 1, 1), date(2027, 1, 1)), st.integers(1, 14))
def test_days_come_in_order_and_apart(starts: int, length: int, first: date, count: int) -> None:
    found = timeline.days(first, count, starts, starts + length, WARSAW)

    assert len(found) >= count - 1
    for one, other in pairwise(found):
        assert one.starts_at < one.ends_at <= other.starts_at


REST = 11 * HOUR


def test_rest_is_counted_from_the_end_to_the_next_beginning() -> None:
    late = Day(at(2026, 3, 9, 12), at(2026, 3, 9, 20), date(2026, 3, 9))
    early = Day(at(2026, 3, 10, 7), at(2026, 3, 10, 15), date(2026, 3, 10))
    rested = Day(at(2026, 3, 10, 6), at(2026, 3, 10, 6, 30), date(2026, 3, 10))

    assert timeline.too_close([late], [early], REST) is None
    assert timeline.too_close([late], [rested], REST) == (late, rested)
    assert timeline.too_close([early], [late], REST) is None
    assert timeline.too_close([early], [early], timedelta(0)) == (early, early)
