"""Many people press at the same moment: one seat has one holder, and everybody else gets a clean answer."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection

from rotations.actions import placing, rounds
from rotations.models import Duty, Round
from tests.factories import AT, make_lead, make_queue, make_team
from tests.rotations.duties import make_programme, make_round, propose, shift_of, sign_up, volunteer
from tickets.models import Grant

pytestmark = pytest.mark.django_db(transaction=True)


def all_at_once(acts: list[Any]) -> list[str]:
    """What each thread got, on a connection of its own."""
    ready, answers = threading.Barrier(len(acts)), [""] * len(acts)

    def run(number: int) -> None:
        try:
            ready.wait(60)
            acts[number]()
            answers[number] = "done"
        except placing.CannotBePlaced as refused:
            answers[number] = refused.why[0]
        except Exception as error:
            answers[number] = repr(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[number]) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return sorted(answers)


@pytest.fixture
def published(clock: object) -> Round:
    team = make_team()
    make_queue(team)
    return make_round(make_programme(team, seats=1), make_lead(team), state=Round.State.PUBLISHED)


def test_the_last_seat_has_one_winner(published: Round) -> None:
    shift, people = shift_of(published), [volunteer() for _ in range(12)]

    answers = all_at_once(
        [
            lambda person=person: placing.take_seat(shift=shift, channels=["email"], by=person, at=AT)
            for person in people
        ]
    )

    assert answers == ["done", *["full"] * 11]
    assert Duty.objects.filter(shift=shift, state__in=Duty.LIVE).count() == 1
    assert Grant.objects.filter(revoked_at=None).count() == 1


def test_nobody_takes_two_shifts_that_overlap(published: Round) -> None:
    """One person on many devices: the person's own row is what is waited for."""
    ola = volunteer()
    shifts = list(published.shifts.order_by("starts_at")[:2]) * 4

    answers = all_at_once(
        [lambda shift=shift: placing.take_seat(shift=shift, channels=["email"], by=ola, at=AT) for shift in shifts]
    )

    assert answers.count("done") == 1
    assert set(answers) <= {"done", "full", "already", "rest"}
    assert Duty.objects.filter(person=ola, state__in=Duty.LIVE).count() == 1


def test_a_quota_is_never_passed(clock: object) -> None:
    team = make_team()
    make_queue(team)
    lead, ola = make_lead(team), volunteer()
    planned = make_round(make_programme(team), lead, state=Round.State.SIGNUP)
    sign_up(planned, ola, quota=1)
    rounds.move_on(of=planned, to=Round.State.PLANNING, by=lead, at=AT)
    far = [each for each in planned.shifts.order_by("starts_at") if each.name == "Mon-Wed"]

    answers = all_at_once([lambda shift=shift: propose(shift, ola, lead) for shift in far * 3])

    assert answers.count("done") == 1
    assert set(answers) <= {"done", "already", "quota"}
