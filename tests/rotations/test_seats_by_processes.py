"""Fifty processes, each with a connection of its own, ask for the last seat at the same moment."""

from __future__ import annotations

import pytest

from rotations.actions import placing
from rotations.models import Duty, DutyDay, Round
from tests.factories import AT, make_lead, make_queue, make_team
from tests.rotations.duties import make_programme, make_round, shift_of, volunteer
from tests.rotations.racing import answers_of
from tickets.models import Grant

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 50


@pytest.fixture
def published(clock: object) -> Round:
    team = make_team()
    make_queue(team)
    return make_round(make_programme(team, seats=1), make_lead(team), state=Round.State.PUBLISHED)


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_fifty_processes_and_one_seat(published: Round) -> None:
    shift, people = shift_of(published), [volunteer() for _ in range(PEOPLE)]

    answers = answers_of(
        [
            lambda person=person: placing.take_seat(shift=shift, channels=["email"], by=person, at=AT)
            for person in people
        ]
    )

    assert answers == {"done": 1, "full": PEOPLE - 1}
    winner = Duty.objects.get(shift=shift)
    assert winner.state == Duty.State.CONFIRMED
    assert set(DutyDay.objects.filter(is_live=True).values_list("holder", flat=True)) == {winner.person_id}
    assert list(Grant.objects.filter(revoked_at=None).values_list("user", flat=True)) == [winner.person_id]
