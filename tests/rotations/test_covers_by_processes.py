"""One cover request and many who say yes at the same moment, each from a process of its own."""

from __future__ import annotations

import pytest

from rotations.actions import covering, leaving, placing
from rotations.models import CoverRequest, Duty, DutyDay, Round
from tests.factories import AT, make_lead, make_queue, make_team
from tests.rotations.duties import make_programme, make_round, shift_of, volunteer
from tests.rotations.racing import answers_of
from tickets.models import Grant

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]

PEOPLE = 50


@pytest.fixture
def published(clock: object) -> Round:
    team = make_team()
    make_queue(team)
    return make_round(make_programme(team, seats=1), make_lead(team), state=Round.State.PUBLISHED)


def asked(of: Round) -> CoverRequest:
    duty = placing.take_seat(shift=shift_of(of), channels=["email"], by=volunteer(), at=AT)
    days = list(duty.days.values_list("pk", flat=True))
    return covering.ask_cover(duty=duty, days=days, kind="give", by=duty.person, at=AT)


def test_fifty_processes_and_one_cover_request(published: Round) -> None:
    request, people = asked(published), [volunteer() for _ in range(PEOPLE)]

    answers = answers_of(
        [lambda person=person: covering.take_cover(request=request, by=person, at=AT) for person in people]
    )

    assert answers == {"done": 1, "AlreadyAnswered": PEOPLE - 1}
    winner = CoverRequest.objects.get().taker
    assert winner in people
    assert Duty.objects.get(state__in=Duty.LIVE).person == winner
    assert list(DutyDay.objects.filter(is_live=True).values_list("holder", flat=True)) == [winner.pk] * 3
    assert list(Grant.objects.filter(revoked_at=None).values_list("user", flat=True)) == [winner.pk]


def test_one_says_yes_while_the_other_withdraws_and_a_third_takes_it_back(published: Round) -> None:
    """Whatever comes first, the days have one holder or none, and nobody waits for another for ever."""
    request, people = asked(published), [volunteer() for _ in range(6)]
    duty = request.duty

    answers = answers_of(
        [
            *(lambda person=person: covering.take_cover(request=request, by=person, at=AT) for person in people),
            lambda: leaving.withdraw(duty=duty, by=duty.person, at=AT),
            lambda: covering.take_back(request=request, by=duty.person, at=AT),
        ]
    )

    assert set(answers) <= {"done", "AlreadyAnswered", "Refused"}
    holders = set(DutyDay.objects.filter(is_live=True).values_list("holder", flat=True))
    assert len(holders) <= 1
    assert Grant.objects.filter(revoked_at=None).count() == len(holders)
