"""One day left on a shared seat and many who say yes at the same moment, each from a process of its own."""

from __future__ import annotations

import pytest

from rotations.actions import covering, leaving, placing
from rotations.models import CoverRequest, Duty, DutyDay, Round
from rotations.queries import covering as queries
from tests.factories import AT, HOUR, make_lead, make_queue, make_team
from tests.rotations.duties import make_programme, make_round, shift_of, volunteer
from tests.rotations.racing import answers_of
from tickets.models import Grant

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]

PEOPLE = 50


@pytest.fixture
def left(clock: object) -> CoverRequest:
    """Tuesday of a seat whose Monday is left too and whose Wednesday somebody else has."""
    team = make_team()
    make_queue(team)
    of = make_round(make_programme(team, seats=1), make_lead(team), state=Round.State.PUBLISHED)
    duty = placing.take_seat(shift=shift_of(of), channels=["email"], by=volunteer(), at=AT)
    wednesday = list(duty.days.order_by("day").values_list("pk", flat=True))[2:]
    request = covering.ask_cover(duty=duty, days=wednesday, kind="give", by=duty.person, at=AT)
    covering.take_cover(request=request, by=volunteer(), at=AT)
    leaving.withdraw(duty=Duty.objects.get(pk=duty.pk), by=duty.person, at=AT + HOUR)
    return next(each for each in queries.wanted_of(volunteer(), AT + HOUR) if each.days.get().day.weekday() == 1)


def test_fifty_processes_and_one_day_that_was_left(left: CoverRequest) -> None:
    day, people = left.days.get().day, [volunteer() for _ in range(PEOPLE)]

    answers = answers_of(
        [lambda person=person: covering.take_cover(request=left, by=person, at=AT + HOUR) for person in people]
    )

    assert answers == {"done": 1, "AlreadyAnswered": PEOPLE - 1}
    winner = CoverRequest.objects.get(pk=left.pk).taker
    assert winner in people
    assert DutyDay.objects.get(day=day, is_live=True).holder == winner
    assert Grant.objects.filter(revoked_at=None, user__in=people).count() == 1
