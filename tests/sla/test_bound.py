"""What no order of work can keep, against every order there is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from sla.bound import Due, unavoidable
from sla.intervals import wilson

MONDAY = datetime(2026, 3, 9, 7, tzinfo=UTC)


def minute(number: int) -> datetime:
    return MONDAY + timedelta(minutes=number)


def fewest_breaches(jobs: tuple[tuple[int, int], ...], people: tuple[tuple[int, int], ...]) -> int:
    """By trying every order, minute by minute: a job takes one person at a time and may be left and taken up again."""
    end = max((due for due, _length in jobs), default=0)

    @cache
    def kept_from(now: int, left: tuple[int, ...]) -> int:
        if now >= end:
            return sum(not rest for rest in left)
        there = sum(start <= now < stop for start, stop in people)
        open_jobs = [number for number, rest in enumerate(left) if rest and jobs[number][0] > now]
        best = 0
        for chosen in combinations(open_jobs, min(there, len(open_jobs))):
            best = max(best, kept_from(now + 1, tuple(rest - (n in chosen) for n, rest in enumerate(left))))
        return best

    return len(jobs) - kept_from(0, tuple(length for _due, length in jobs))


jobs = st.lists(st.tuples(st.integers(1, 6), st.integers(1, 3)), max_size=5).map(tuple)
people = st.lists(st.tuples(st.integers(0, 4), st.integers(1, 6)).filter(lambda span: span[0] < span[1]), max_size=3)


@given(jobs, people.map(tuple))
def test_never_more_than_the_best_order_breaks(
    jobs: tuple[tuple[int, int], ...], people: tuple[tuple[int, int], ...]
) -> None:
    promises = [Due(minute(due), length * 60) for due, length in jobs]

    bound = unavoidable(promises, [(minute(start), minute(end)) for start, end in people], at=MONDAY)

    assert (bound.breaks if bound else 0) <= fewest_breaches(jobs, people)


def test_it_is_found_where_it_is_worst_and_tells_its_arithmetic() -> None:
    promises = [Due(minute(60), 300, count=20), Due(minute(120), 300, count=40), Due(minute(600), 600)]
    windows = [(minute(-60), minute(120)), (minute(30), minute(60)), (minute(300), minute(600))]

    bound = unavoidable(promises, windows, at=MONDAY)

    assert bound is not None
    assert (bound.until, bound.due, bound.capacity_s) == (minute(120), 60, 150 * 60)
    assert (bound.doable, bound.breaks) == (30, 30)
    assert bound.lengths == ((300, 60),)


def test_what_fits_breaks_nothing_to_the_very_second() -> None:
    assert unavoidable([Due(minute(10), 300, count=2)], [(MONDAY, minute(10))], at=MONDAY) is None


def test_nobody_there_breaks_everything_that_is_due() -> None:
    bound = unavoidable([Due(minute(10), 300), Due(minute(-1), 300)], [], at=MONDAY)

    assert bound is not None
    assert bound.breaks == 1


@given(st.integers(1, 500).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))))
def test_an_interval_holds_the_share_and_narrows_with_more_cases(counted: tuple[int, int]) -> None:
    good, whole = counted
    low, high = wilson(good, whole)
    low_of_more, high_of_more = wilson(good * 4, whole * 4)

    assert 0 <= low <= good / whole <= high <= 1
    assert high_of_more - low_of_more < high - low


def test_an_interval_from_a_table() -> None:
    # Newcombe 1998, example (a) and (c): 81 of 263, 0 of 20
    assert [round(end, 4) for end in wilson(81, 263)] == [0.2553, 0.3662]
    assert [round(end, 4) for end in wilson(0, 20)] == [0.0, 0.1611]
