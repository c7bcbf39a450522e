"""One offer of the waitlist, accepted many times at once, and many who look for whom to offer a seat."""

from __future__ import annotations

import pytest

from rotations.actions import leaving, placing, waiting
from rotations.models import Duty, Round, WaitlistEntry
from tests.factories import AT, make_lead, make_queue, make_team
from tests.rotations.duties import make_programme, make_round, shift_of, volunteer
from tests.rotations.racing import answers_of
from tickets.models import Outbox

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]


@pytest.fixture
def duty(clock: object) -> Duty:
    team = make_team()
    make_queue(team)
    of = make_round(make_programme(team, seats=1), make_lead(team), state=Round.State.PUBLISHED)
    return placing.take_seat(shift=shift_of(of), channels=["email"], by=volunteer(), at=AT)


def test_fifty_times_yes_to_one_offer(duty: Duty) -> None:
    person = volunteer()
    entry = waiting.wait(shift=duty.shift, channels=["email"], by=person, at=AT)
    leaving.withdraw(duty=duty, by=duty.person, at=AT)

    answers = answers_of([lambda: waiting.accept(entry=entry, by=person, at=AT)] * 50)

    assert answers == {"done": 1, "OfferIsOver": 49}
    assert Duty.objects.get(state__in=Duty.LIVE).person == person


def test_many_workers_a_withdrawal_and_passers_by_make_one_offer(duty: Duty) -> None:
    people = [volunteer() for _number in range(3)]
    for person in people:
        waiting.wait(shift=duty.shift, channels=["email"], by=person, at=AT)
    passers = [volunteer() for _number in range(4)]
    shift = duty.shift

    answers = answers_of(
        [
            lambda: leaving.withdraw(duty=duty, by=duty.person, at=AT),
            *([lambda: waiting.offer_all(at=AT)] * 6),
            *(
                lambda person=person: placing.take_seat(shift=shift, channels=["email"], by=person, at=AT)
                for person in passers
            ),
        ]
    )

    assert answers == {"done": 7, "full": 4}
    assert sorted(WaitlistEntry.objects.values_list("state", flat=True)) == ["offered", "waiting", "waiting"]
    assert Outbox.objects.filter(recipient__in=people).count() == 1
