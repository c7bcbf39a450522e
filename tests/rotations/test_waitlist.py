"""The waitlist: a free seat is kept for one person at a time, and theirs by their own yes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from rotations.actions import covering, leaving, placing, proposing, rounds, waiting
from rotations.models import Duty, Round, Shift, SignUp, WaitlistEntry
from rotations.queries.fitting import Why
from rotations.queries.rounds import open_seats
from tests.factories import AT, HOUR, MINUTE, make_agent, make_lead
from tests.rotations.duties import MONDAY, make_programme, make_round, shift_of, volunteer
from tests.rotations.invariants import broken
from tickets.actions.errors import Refused
from tickets.models import Outbox, Team, User

DAY = timedelta(days=1)


@pytest.fixture
def lead(team: Team) -> User:
    return make_lead(team, language="en", name="Barbara Majewska")


@pytest.fixture
def of(team: Team, lead: User) -> Round:
    return make_round(make_programme(team, seats=1), lead, state=Round.State.PUBLISHED)


@pytest.fixture
def duty(of: Round) -> Duty:
    return seat(shift_of(of), volunteer())


def seat(shift: Shift, person: User) -> Duty:
    return placing.take_seat(shift=shift, channels=["email"], by=person, at=AT)


def wait(duty: Duty, person: User, at: Any = AT) -> WaitlistEntry:
    return waiting.wait(shift=duty.shift, channels=["email"], by=person, at=at)


def states() -> list[str]:
    return list(WaitlistEntry.objects.order_by("id").values_list("state", flat=True))


def test_a_seat_that_becomes_free_is_kept_for_the_next_and_theirs_by_their_yes(duty: Duty) -> None:
    first, second, passer = volunteer(), volunteer(), volunteer()
    entry = wait(duty, first)
    wait(duty, second, AT + MINUTE)

    leaving.withdraw(duty=duty, by=duty.person, at=AT + HOUR)
    offered = states()
    with pytest.raises(placing.CannotBePlaced) as refused:
        placing.take_seat(shift=duty.shift, channels=["email"], by=passer, at=AT + HOUR)
    seen = [each.pk for each in open_seats(AT + HOUR)]
    new = waiting.accept(entry=entry, by=first, at=AT + 2 * HOUR)

    assert offered == ["offered", "waiting"]
    assert refused.value.why == [Why.FULL]
    assert duty.shift_id not in seen
    assert (new.person, new.state, new.confirmed_by) == (first, Duty.State.CONFIRMED, first)
    assert states() == ["taken", "waiting"]
    mail = Outbox.objects.get(recipient=first)
    assert mail.payload["subject"] == "A seat is free for you, until 10 March, 09:00"


def test_who_has_had_fewer_duties_comes_first(duty: Duty, of: Round) -> None:
    busy, fresh_one = volunteer(), volunteer()
    seat(shift_of(of, MONDAY + 7 * DAY), busy)
    wait(duty, busy)
    wait(duty, fresh_one, AT + HOUR)

    leaving.withdraw(duty=duty, by=duty.person, at=AT + 2 * HOUR)

    assert WaitlistEntry.objects.get(state="offered").person == fresh_one


def test_an_offer_ends_and_goes_to_the_next_and_is_not_taken_after_that(duty: Duty) -> None:
    first, second = volunteer(), volunteer()
    entry = wait(duty, first)
    wait(duty, second, AT + MINUTE)
    leaving.withdraw(duty=duty, by=duty.person, at=AT)

    before = waiting.offer_all(at=AT + 24 * HOUR - MINUTE)
    with pytest.raises(waiting.OfferIsOver):  # also when no worker has looked yet
        waiting.accept(entry=entry, by=first, at=AT + 24 * HOUR)
    after = [waiting.offer_all(at=AT + 24 * HOUR), waiting.offer_all(at=AT + 24 * HOUR)]

    assert (before, after) == (0, [1, 0])
    assert states() == ["expired", "offered"]
    assert wait(duty, first, AT + 25 * HOUR).state == "waiting"


def test_who_says_no_lets_the_next_be_asked(duty: Duty) -> None:
    first, second = volunteer(), volunteer()
    entry = wait(duty, first)
    wait(duty, second, AT + MINUTE)
    leaving.withdraw(duty=duty, by=duty.person, at=AT)

    waiting.leave(entry=entry, by=first, at=AT + HOUR)
    waiting.leave(entry=entry, by=first, at=AT + HOUR)

    assert states() == ["left", "offered"]


def test_who_is_busy_by_now_keeps_their_place_and_is_passed_over(duty: Duty, of: Round) -> None:
    busy, second = volunteer(), volunteer()
    wait(duty, busy)
    wait(duty, second, AT + MINUTE)
    seat(shift_of(of, MONDAY + 2 * DAY), busy)

    leaving.withdraw(duty=duty, by=duty.person, at=AT)

    assert states() == ["waiting", "offered"]


def test_an_offer_never_reaches_into_the_shift(duty: Duty) -> None:
    entry = wait(duty, volunteer())
    starts = duty.shift.starts_at

    leaving.withdraw(duty=duty, by=duty.person, at=starts - 3 * HOUR)
    entry.refresh_from_db()
    near = entry.offer_until
    waiting.offer_all(at=starts - HOUR)

    assert near == starts - HOUR
    assert states() == ["expired"]


def test_nobody_waits_where_a_seat_is_free_or_where_they_could_not_come(duty: Duty, of: Round, team: Team) -> None:
    with pytest.raises(Refused, match="A seat is free"):
        waiting.wait(shift=shift_of(of, MONDAY + 7 * DAY), channels=["email"], by=volunteer(), at=AT)
    for person, why in ((duty.person, Why.ALREADY), (make_agent(team), Why.NOT_A_COLLEAGUE)):
        with pytest.raises(placing.CannotBePlaced) as refused:
            wait(duty, person)
        assert why in refused.value.why
    person = volunteer()
    assert wait(duty, person).pk == wait(duty, person).pk


def test_a_round_that_is_called_off_offers_nothing(duty: Duty, of: Round, lead: User) -> None:
    wait(duty, volunteer())

    rounds.move_on(of=of, to=Round.State.CANCELLED, by=lead, at=AT)

    assert states() == ["waiting"]
    assert waiting.offer_all(at=AT) == 0


def test_the_planner_leaves_an_offered_seat_alone(duty: Duty, of: Round, lead: User) -> None:
    wait(duty, volunteer())
    leaving.withdraw(duty=duty, by=duty.person, at=AT)

    proposing.propose_plan(of=Round.objects.get(pk=of.pk), by=lead, at=AT)

    assert not Duty.objects.filter(shift=duty.shift, state__in=Duty.LIVE).exists()


def test_looking_costs_one_statement_when_nobody_waits(duty: Duty, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        assert waiting.offer_all(at=AT) == 0


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_the_page_from_waiting_to_the_seat(duty: Duty) -> None:
    person = volunteer()
    client = client_of(person)

    full = client.get("/duties/waiting/")
    told = client.post(f"/duties/shifts/{duty.shift_id}/wait/", {"channels": ["email"]}, follow=True)
    leaving.withdraw(duty=duty, by=duty.person, at=AT)
    offered = client.get("/duties/waiting/")
    entry = WaitlistEntry.objects.get()
    taken = client.post(f"/duties/waiting/{entry.pk}/accept/", follow=True)
    again = client.post(f"/duties/waiting/{entry.pk}/accept/", follow=True)

    assert "Wait for a seat" in text_of(full)
    assert "When a seat is free we write to you." in text_of(told)
    assert "A seat is kept for you until" in text_of(offered)
    assert "The seat is yours." in text_of(taken)
    assert "This offer has ended." in text_of(again)
    assert Duty.objects.get(person=person).state == Duty.State.CONFIRMED


def test_the_page_costs_the_same_for_one_and_for_many(of: Round) -> None:
    client = client_of(volunteer())
    counted = []
    for shift in of.shifts.order_by("starts_at"):
        seat(shift, volunteer())
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/duties/waiting/").status_code == 200
        counted.append(len(captured))

    assert len(counted) == 4
    assert len(set(counted[1:])) == 1


@pytest.mark.parametrize("how", ["takes a seat", "is proposed", "takes days over"])
def test_who_has_come_another_way_is_not_offered_a_seat_beside(of: Round, duty: Duty, lead: User, how: str) -> None:
    Shift.objects.filter(pk=duty.shift_id).update(capacity=2)
    other = seat(Shift.objects.get(pk=duty.shift_id), volunteer())
    guest, after = volunteer(), volunteer()
    SignUp.objects.create(round=of, person=guest, channels=["email"], submitted_at=AT, changed_at=AT)
    wait(duty, guest)
    wait(duty, after, AT + MINUTE)
    leaving.withdraw(duty=duty, by=duty.person, at=AT + HOUR)
    shift = Shift.objects.get(pk=duty.shift_id)
    before = states()

    if how == "takes a seat":
        seat(shift, guest)
    elif how == "is proposed":
        placing.propose(shift=shift, person=guest, channels=["email"], by=lead, at=AT + HOUR)
    else:
        request = covering.ask_cover(
            duty=other, days=[each.pk for each in other.days.all()][:1], kind="give", by=other.person, at=AT + HOUR
        )
        covering.take_cover(request=request, by=guest, at=AT + HOUR)
    waiting.offer_all(at=AT + HOUR)

    assert before == ["offered", "waiting"]
    assert broken(AT + HOUR) == {}
    ends = {"takes a seat": ["taken", "waiting"], "is proposed": ["waiting", "waiting"]}
    assert states() == ends.get(how, ["waiting", "offered"])
