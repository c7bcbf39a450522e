"""Weekly hours: reading, overlaps, nights, clock changes, and properties against a walk minute by minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rotations import weekly_hours
from rotations.weekly_hours import DAY, Block, Version, WrongHours, checked, read_day, windows, without, write_day

WARSAW = ZoneInfo("Europe/Warsaw")
MINUTE = timedelta(minutes=1)


def version(*days: str, zone: ZoneInfo = WARSAW, since: date = date(2020, 1, 1)) -> Version:
    return Version(since, zone, checked(block for day, text in enumerate(days) for block in read_day(text, day)))


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=WARSAW).astimezone(UTC)


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("", []),
        (" , ", []),
        ("8-16", [(480, 960)]),
        ("8:00–16:30", [(480, 990)]),
        ("8.15 - 12, 13-17:45", [(495, 720), (780, 1065)]),
        ("22-6", [(1320, 1800)]),
        ("0-24", [(0, DAY)]),
        ("00:00-00:00", [(0, DAY)]),
        ("12-24; 0-3", [(720, DAY), (0, 180)]),
    ],
)
def test_a_day_is_read_as_people_write_it(text: str, spans: list[tuple[int, int]]) -> None:
    assert [(block.starts, block.ends) for block in read_day(text, 2)] == spans


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("8", "“8” is no time from and to. Write it like 8:00-16:00."),
        ("morning", "“morning” is no time from and to. Write it like 8:00-16:00."),
        ("8-25:00", "“25:00” is no time of day. Times go from 0:00 to 24:00."),
        ("8-24:01", "“24:01” is no time of day. Times go from 0:00 to 24:00."),
        ("8:60-16", "“8:60” is no time of day. Times go from 0:00 to 24:00."),
        ("8--16", "“-16” is no time of day. Times go from 0:00 to 24:00."),
        ("24-6", "“24-6”: 24:00 can end work, not begin it."),
        ("8-8", "“8-8” lasts no time. A whole day is 0:00-24:00."),
    ],
)
def test_what_is_no_time_is_refused_with_a_sentence(text: str, said: str) -> None:
    with pytest.raises(WrongHours) as refused:
        read_day(text, 0)

    assert str(refused.value) == said


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (("8-12, 11-16",), "8:00–12:00 and 11:00–16:00 overlap."),
        (("22-6", "5-9"), "22:00–6:00 and 5:00–9:00 overlap."),
        (("0-4", "", "", "", "", "", "20-2"), "20:00–2:00 and 0:00–4:00 overlap."),
    ],
)
def test_blocks_that_overlap_are_refused_also_over_midnight_and_the_end_of_the_week(
    days: tuple[str, ...], said: str
) -> None:
    with pytest.raises(WrongHours) as refused:
        version(*days)

    assert str(refused.value) == said


def test_blocks_may_touch() -> None:
    assert len(version("22-6", "6-10, 10-12").blocks) == 3


def test_a_day_with_the_clock_put_forward_and_one_with_it_put_back() -> None:
    night = version("", "", "", "", "", "22-6")

    spring = windows([night], local(2026, 3, 28, 12), local(2026, 3, 29, 12))
    autumn = windows([night], local(2026, 10, 24, 12), local(2026, 10, 25, 12))

    assert spring == [(local(2026, 3, 28, 22), local(2026, 3, 29, 6))]
    assert autumn == [(local(2026, 10, 24, 22), local(2026, 10, 25, 6))]
    assert [end - start for start, end in (*spring, *autumn)] == [timedelta(hours=7), timedelta(hours=9)]


def test_a_time_that_the_clock_leaves_out_reads_later() -> None:
    sunday = version("", "", "", "", "", "", "2:30-4")

    spring = windows([sunday], local(2026, 3, 29), local(2026, 3, 30))
    autumn = windows([sunday], local(2026, 10, 25), local(2026, 10, 26))

    assert spring == [(local(2026, 3, 29, 3, 30), local(2026, 3, 29, 4))]
    assert autumn == [(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), local(2026, 10, 25, 4))]


def test_a_later_version_takes_over_on_its_date_and_the_night_before_it_ends() -> None:
    nights = version(*["22-6"] * 7)
    mornings = version(*["8-12"] * 7, since=date(2026, 3, 11))

    assert windows([mornings, nights], local(2026, 3, 10, 12), local(2026, 3, 12)) == [
        (local(2026, 3, 10, 22), local(2026, 3, 11, 6)),
        (local(2026, 3, 11, 8), local(2026, 3, 11, 12)),
    ]


def test_before_the_first_version_nobody_works() -> None:
    assert windows([version("8-16", since=date(2026, 3, 10))], local(2026, 3, 9), local(2026, 3, 10)) == []


def test_a_date_that_a_zone_left_out_has_no_hours() -> None:
    apia = version(*["8-16"] * 7, zone=ZoneInfo("Pacific/Apia"), since=date(2011, 1, 1))

    found = windows([apia], datetime(2011, 12, 29, 11, tzinfo=UTC), datetime(2012, 1, 1, 11, tzinfo=UTC))

    assert [start.astimezone(ZoneInfo("Pacific/Apia")).day for start, _ in found] == [29, 31, 1]


# Properties

_minutes = st.integers(0, DAY - 1)
_block = st.builds(lambda day, at, long: Block(day, at, at + long), st.integers(0, 6), _minutes, st.integers(1, DAY))
_blocks = st.lists(_block, max_size=6)
_zones = st.sampled_from(["Europe/Warsaw", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"])
_zones = _zones.map(ZoneInfo)
_moments = st.integers(0, 400 * DAY).map(lambda minute: datetime(2026, 1, 1, tzinfo=UTC) + minute * MINUTE)


def week_of(blocks: list[Block]) -> tuple[Block, ...]:
    """The blocks that can stand together, taken in order."""
    kept: tuple[Block, ...] = ()
    for block in blocks:
        try:
            kept = checked([*kept, block])
        except WrongHours:
            continue
    return kept


@given(_blocks, _zones, _moments, st.integers(1, 10 * DAY))
def test_stretches_are_apart_in_order_inside_and_the_same_in_parts(
    blocks: list[Block], zone: ZoneInfo, a: datetime, long: int
) -> None:
    hours = [Version(date(2025, 1, 1), zone, week_of(blocks))]
    b, middle = a + long * MINUTE, a + long // 2 * MINUTE

    found = windows(hours, a, b)

    edges = [edge for stretch in found for edge in stretch]
    assert edges == sorted(set(edges))
    assert all(a <= edge <= b for edge in edges)
    assert found == weekly_hours.joined([*windows(hours, a, middle), *windows(hours, middle, b)])


@given(_blocks, _moments)
def test_on_a_clock_that_never_changes_a_minute_is_in_iff_the_wall_says_so(blocks: list[Block], at: datetime) -> None:
    week = week_of(blocks)
    minute = at.weekday() * DAY + at.hour * 60 + at.minute

    found = windows([Version(date(2025, 1, 1), ZoneInfo("UTC"), week)], at, at + MINUTE)

    spans = [(block.weekday * DAY + block.starts, block.weekday * DAY + block.ends) for block in week]
    inside = any(start <= minute + turn < end for start, end in spans for turn in (0, weekly_hours.WEEK))
    assert bool(found) == inside


@given(_blocks)
def test_what_is_written_is_read_again(blocks: list[Block]) -> None:
    for day in range(7):
        of_day = [block for block in week_of(blocks) if block.weekday == day and block.ends - block.starts < DAY]
        assert read_day(write_day(of_day), day) == of_day


_stretches = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), max_size=8).map(
    lambda pairs: weekly_hours.joined(
        (datetime(2026, 3, 9, tzinfo=UTC) + start * MINUTE, datetime(2026, 3, 9, tzinfo=UTC) + (start + long) * MINUTE)
        for start, long in pairs
    )
)


@given(_stretches, _stretches)
def test_what_is_left_is_what_no_gap_holds(there: list[weekly_hours.Window], gaps: list[weekly_hours.Window]) -> None:
    left = without(there, gaps)

    def holds(stretches: list[weekly_hours.Window], at: datetime) -> bool:
        return any(start <= at < end for start, end in stretches)

    for number in range(100):
        at = datetime(2026, 3, 9, tzinfo=UTC) + number * MINUTE
        assert holds(left, at) == (holds(there, at) and not holds(gaps, at))
