"""Sums of weeks: what is kept is what an independent count gives, however often it was counted."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from sla.actions import keeping, tallying
from sla.figures import behind, reading, tallies
from sla.models import Clock, TalliedWeek, Tally
from tests.factories import AT, HOUR, MINUTE, make_admin, make_agent, make_queue, make_reply, make_ticket
from tests.sla.actions.test_folding import OFFICE
from tickets.actions import changing
from tickets.models import Queue, Ticket, User

THIS_WEEK, LAST_WEEK = date(2026, 3, 9), date(2026, 3, 2)
WEEK = timedelta(weeks=1)


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def queue(db: None) -> Queue:
    office = keeping.make_calendar(name="Biuro", zone="Europe/Warsaw", weekly=OFFICE, at=AT - 9 * WEEK)
    keeping.make_policy(
        name="Podstawowe", calendar=office, targets=keeping.USUAL_TARGETS, is_default=True, at=AT - 9 * WEEK
    )
    return make_queue(name="Shops")


@pytest.fixture
def agent(queue: Queue) -> User:
    return make_agent(queue.team)


@pytest.fixture
def past(queue: Queue, agent: User) -> list[Ticket]:
    """Last week's Monday: three answered in time, one late, one never; two of them solved."""
    found = [make_ticket(queue, at=AT - WEEK) for _each in range(5)]
    for ticket, after in zip(found, (HOUR, 2 * HOUR, 3 * HOUR, 5 * HOUR), strict=False):
        make_reply(ticket, agent, at=AT - WEEK + after)
    for ticket in found[:2]:
        changing.change_status(ticket=Ticket.objects.get(pk=ticket.pk), to="solved", by=agent, at=AT - WEEK + 4 * HOUR)
    return found


def kept(figure: str, key: str = "", week: date = LAST_WEEK) -> tuple[int, int]:
    row = Tally.objects.get(week=week, figure=figure, key=key)
    return row.good, row.count


def test_sums_are_those_of_an_independent_count(past: list[Ticket]) -> None:
    tallying.count_all(at=AT)

    due = [clock for clock in Clock.objects.all() if clock.due_at and AT - WEEK <= clock.due_at < AT]
    judged = [clock for clock in due if clock.state in ("met", "missed", "running")]
    assert kept("kept") == (sum(clock.state == "met" for clock in judged), len(judged))
    first = Counter(clock.state == "met" for clock in judged if clock.metric == "first_response")
    assert kept("metric", "first_response") == (first[True], first.total()) == (3, 5)
    # four hours after 8:00
    assert kept("hour", "1-12") == (3, 5)
    assert (kept("opened"), kept("solved")) == ((0, 5), (2, 2))
    assert kept("first_contact") == (2, 2)
    assert {int(row.key): row.count for row in Tally.objects.filter(figure="reply_wall")} == {
        60: 1, 120: 1, 180: 1, 300: 1,
    }  # fmt: skip


def test_the_kept_sums_are_proven_and_a_planted_error_is_found(past: list[Ticket], clock: Any, capsys: Any) -> None:
    call_command("sla_rollups")
    call_command("sla_rollups", check=True)
    assert "are those of the raw count" in capsys.readouterr().out

    Tally.objects.filter(figure="kept").update(good=99)

    with pytest.raises(CommandError):
        call_command("sla_rollups", check=True)
    assert "kept 99 of" in capsys.readouterr().out


def test_counting_again_is_the_same_and_an_older_count_never_replaces_a_newer_one(past: list[Ticket]) -> None:
    tallying.count_all(at=AT)
    before = set(Tally.objects.values_list("week", "queue", "figure", "key", "count", "good"))

    tallying.count_all(at=AT)
    assert set(Tally.objects.values_list("week", "queue", "figure", "key", "count", "good")) == before
    assert not tallying.count(LAST_WEEK, at=AT - HOUR)
    tallying.count_all(at=AT + 10 * WEEK)
    assert not Tally.objects.filter(week=LAST_WEEK).exists()


def test_the_reader_gets_the_same_from_kept_sums_and_without_any(past: list[Ticket]) -> None:
    admin = make_admin()
    scope = reading.scope_of(admin)
    counted_now = reading.past(scope, AT)

    tallying.count_all(at=AT)
    from_sums = reading.past(scope, AT)

    assert TalliedWeek.objects.count() == tallies.WEEKS + 1
    assert (from_sums.by_week, from_sums.by, from_sums.lengths) == (
        counted_now.by_week,
        counted_now.by,
        counted_now.lengths,
    )
    assert from_sums.kept.count == sum(share.count for week, share in from_sums.by_week.items() if week != THIS_WEEK)


def test_what_is_counted_as_broken_is_what_the_list_shows(past: list[Ticket]) -> None:
    admin = make_admin()
    scope = reading.scope_of(admin)
    tallying.count_all(at=AT)
    shares = reading.past(scope, AT)

    for by, counted in shares.by.items():
        for key, share in counted.items():
            rows = behind.promises(admin, scope, by=by, key=key, which="broken", weeks=shares.weeks[:-1], at=AT)
            assert rows.count() == share.missed, (by, key)
    rows = behind.promises(admin, scope, by="kept", key="", which="broken", weeks=[LAST_WEEK], at=AT)
    assert rows.count() == shares.kept.missed > 0


@given(st.lists(st.integers(0, 500), min_size=1, max_size=60))
def test_the_median_of_sums_is_the_median_of_the_values(values: list[int]) -> None:
    length = reading.length_of(Counter(values))

    assert length.median == statistics.median_low(values)
    assert length.p90 is not None
    assert sum(value <= length.p90 for value in values) >= 0.9 * len(values)


def test_minutes_keep_two_digits(queue: Queue, agent: User) -> None:
    for minutes in (7, 59, 125, 238):
        make_reply(make_ticket(queue, at=AT - WEEK), agent, at=AT - WEEK + minutes * MINUTE)
    tallying.count_all(at=AT)

    assert set(Tally.objects.filter(figure="reply_work").values_list("key", flat=True)) == {"7", "59", "120", "230"}
