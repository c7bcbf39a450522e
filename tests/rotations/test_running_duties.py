"""Duties begin and end by themselves, whenever somebody looks and however often."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from rotations import tasks
from rotations.actions import leaving, placing, rounds, running
from rotations.models import Duty, DutyEvent, Round, Shift
from tests.factories import AT, HOUR, SECOND, make_lead
from tests.rotations.duties import make_programme, make_round, propose, shift_of, sign_up, volunteer
from tickets.models import Team, User

State = Duty.State


@pytest.fixture
def lead(team: Team) -> User:
    return make_lead(team, language="en")


@pytest.fixture
def published(team: Team, lead: User) -> Round:
    return make_round(make_programme(team), lead, state=Round.State.PUBLISHED)


@pytest.fixture
def duty(published: Round) -> Duty:
    """Three days from Monday, 8:00 to 16:00, confirmed."""
    return placing.take_seat(shift=shift_of(published), channels=["email"], by=volunteer(), at=AT)


def state_at(duty: Duty, at: datetime) -> str:
    running.move_all(at=at)
    duty.refresh_from_db()
    kinds = [DutyEvent.Kind(kind) for kind in duty.events.order_by("id").values_list("kind", flat=True)]
    assert DutyEvent.LEADS_TO[kinds[-1]] == duty.state
    return duty.state


def told(duty: Duty) -> list[tuple[str, datetime]]:
    return list(duty.events.order_by("id").values_list("kind", "at"))[2:]


def test_it_runs_from_the_first_second_to_the_last_and_on_between_the_days(duty: Duty) -> None:
    starts, ends = duty.shift.starts_at, duty.shift.ends_at
    moments = [starts - SECOND, starts, starts + 12 * HOUR, ends - SECOND, ends, ends + 24 * HOUR]

    assert [state_at(duty, at) for at in moments] == [
        State.CONFIRMED, State.ACTIVE, State.ACTIVE, State.ACTIVE, State.HANDING_OVER, State.HANDING_OVER,
    ]  # fmt: skip
    assert told(duty) == [("began", starts), ("ended", ends)]


def test_after_an_outage_both_steps_are_told_at_their_moments(duty: Duty) -> None:
    late = duty.shift.ends_at + 50 * HOUR

    assert running.move_all(at=late) == 1
    assert running.move_all(at=late) == 0
    assert not running.move(duty_id=duty.pk, at=late)
    assert state_at(duty, late) == State.HANDING_OVER
    assert told(duty) == [("began", duty.shift.starts_at), ("ended", duty.shift.ends_at)]


@pytest.mark.parametrize(("day", "lasts"), [(date(2026, 3, 28), 7), (date(2026, 10, 24), 9)])
def test_a_night_in_which_the_clocks_change(published: Round, day: date, lasts: int) -> None:
    """22:00 to 6:00 by the clock on the wall."""
    shift = shift_of(published)
    shift.first_day, shift.days, shift.starts, shift.ends = day, 1, 22 * 60, 30 * 60
    shift.starts_at, shift.ends_at = shift.windows[0].starts_at, shift.windows[0].ends_at
    shift.save()
    duty = placing.take_seat(shift=shift, channels=["email"], by=volunteer(), at=AT)
    starts, ends = shift.starts_at, shift.starts_at + lasts * HOUR

    assert [state_at(duty, at) for at in (starts - SECOND, starts, ends - SECOND, ends)] == [
        State.CONFIRMED, State.ACTIVE, State.ACTIVE, State.HANDING_OVER,
    ]  # fmt: skip


def test_what_nobody_confirmed_never_begins(team: Team, lead: User) -> None:
    of = make_round(make_programme(team), lead, state=Round.State.SIGNUP)
    ola = volunteer()
    sign_up(of, ola)
    rounds.move_on(of=of, to=Round.State.PLANNING, by=lead, at=AT)
    proposed = propose(shift_of(of), ola, lead)

    assert state_at(proposed, proposed.shift.ends_at) == State.PROPOSED


def test_one_leaves_in_the_middle_and_nothing_moves_any_more(duty: Duty) -> None:
    during = duty.shift.starts_at + HOUR
    assert state_at(duty, during) == State.ACTIVE

    leaving.withdraw(duty=duty, by=duty.person, at=during)

    assert state_at(duty, duty.shift.ends_at) == State.WITHDRAWN
    assert [kind for kind, _at in told(duty)] == ["began", "withdrawn"]


def test_a_round_is_cancelled_while_duties_run_and_others_are_over(duty: Duty, published: Round, lead: User) -> None:
    later = Shift.objects.get(round=published, first_day=duty.shift.first_day + timedelta(days=2))
    second = placing.take_seat(shift=later, channels=["email"], by=volunteer(), at=AT)
    during = duty.shift.ends_at + HOUR
    assert (state_at(duty, during), state_at(second, during)) == (State.HANDING_OVER, State.ACTIVE)

    rounds.move_on(of=published, to=Round.State.CANCELLED, by=lead, at=during)

    assert (state_at(duty, during), state_at(second, during)) == (State.HANDING_OVER, State.CANCELLED)
    assert second.grant is None


def test_the_beat_moves_them(duty: Duty, clock: Any) -> None:
    clock.move_to(duty.shift.starts_at)
    tasks.move_duties()

    duty.refresh_from_db()
    assert duty.state == State.ACTIVE


def test_many_cost_one_statement_when_nothing_is_due(duty: Duty, django_assert_num_queries: Any) -> None:
    running.move_all(at=duty.shift.starts_at)
    with django_assert_num_queries(1):
        assert running.move_all(at=duty.shift.starts_at + HOUR) == 0
