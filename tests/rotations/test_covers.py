"""Days of duty that change hands, with the consent of both."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from rotations.actions import covering, feeding, leaving, placing
from rotations.actions.being_away import add_absence
from rotations.models import CoverRequest, Duty, DutyDay, Qualification, Round
from rotations.queries import covering as queries
from rotations.queries.fitting import Why
from rotations.queries.planning import planning
from rotations.queries.rounds import open_seats
from tests.factories import AT, HOUR, make_agent, make_lead
from tests.rotations.duties import MONDAY, make_programme, make_round, shift_of, volunteer
from tests.rotations.ical_reading import events
from tickets.actions.errors import NotAllowed, Refused
from tickets.models import Grant, Outbox, Team, User

DAY = timedelta(days=1)
STARTS = AT + 7 * DAY
State = Duty.State


@pytest.fixture
def lead(team: Team) -> User:
    return make_lead(team, language="en", name="Barbara Majewska")


@pytest.fixture
def of(team: Team, lead: User) -> Round:
    return make_round(make_programme(team, seats=1), lead, state=Round.State.PUBLISHED)


@pytest.fixture
def giver(db: None) -> User:
    return volunteer(name="Gaja Dawca", email="gaja@bursztyn.example")


@pytest.fixture
def taker(db: None) -> User:
    return volunteer(name="Tola Biorca", email="tola@bursztyn.example")


@pytest.fixture
def duty(of: Round, giver: User) -> Duty:
    return seat(of, giver)


def seat(of: Round, person: User, week: int = 0, **more: Any) -> Duty:
    told = {"channels": ["email", "chat"], "by": person, "at": AT} | more
    return placing.take_seat(shift=shift_of(of, MONDAY + week * 7 * DAY), **told)


def asked(duty: Duty, *, days: slice = slice(None), kind: str = "give", **more: Any) -> CoverRequest:
    numbers = [each.pk for each in duty.days.order_by("starts_at")][days]
    told = {"by": duty.person, "at": AT} | more
    return covering.ask_cover(duty=duty, days=numbers, kind=kind, **told)


def held(person: User) -> list[tuple[str, int]]:
    """Weekdays that the person has, with the number of the duty."""
    days = DutyDay.objects.filter(holder=person, is_live=True).order_by("starts_at")
    return [(f"{each.day:%a %d}", each.duty_id) for each in days]


def days_of(person: User) -> list[str]:
    return [day for day, _duty in held(person)]


def granted(person: User) -> Collection[Any]:
    windows = Grant.objects.filter(user=person, revoked_at=None).order_by("windows__starts_at")
    return [start for start in windows.values_list("windows__starts_at", flat=True) if start]


def told(duty: Duty) -> Duty:
    return Duty.objects.get(pk=duty.pk)


WEEK = ["Mon 16", "Tue 17", "Wed 18"]


def test_a_whole_duty_changes_hands_by_the_first_yes(duty: Duty, giver: User, taker: User) -> None:
    request = asked(duty)
    before = (days_of(giver), days_of(taker))

    done = covering.take_cover(request=request, by=taker, at=AT + HOUR)

    assert before == (WEEK, [])
    assert (days_of(giver), days_of(taker)) == ([], WEEK)
    assert done.became is not None
    new = done.became
    assert (told(duty).state, new.state, new.confirmed_by, new.seat) == (
        State.COVERED,
        State.CONFIRMED,
        taker,
        duty.seat,
    )
    assert (len(granted(giver)), len(granted(taker))) == (0, 3)
    assert [each.kind for each in duty.events.order_by("id")] == ["placed", "confirmed", "covered"]
    assert [each.kind for each in new.events.order_by("id")] == ["placed", "confirmed"]


def test_a_part_changes_hands_and_the_rest_stays(of: Round, duty: Duty, giver: User, taker: User, lead: User) -> None:
    request = asked(duty, days=slice(1, 2))

    covering.take_cover(request=request, by=taker, at=AT)

    assert (days_of(giver), days_of(taker)) == (["Mon 16", "Wed 18"], ["Tue 17"])
    assert (len(granted(giver)), len(granted(taker))) == (2, 1)
    assert told(duty).state == State.CONFIRMED
    # The seat is one seat: nobody else fits, and the plan counts one person.
    assert [each.shift_id for each in planning(of, AT).duties] == [duty.shift_id]
    assert duty.shift_id not in [each.pk for each in open_seats(AT)]
    with pytest.raises(placing.CannotBePlaced) as refused:
        placing.take_seat(shift=duty.shift, channels=["email"], by=volunteer(), at=AT)
    assert refused.value.why == [Why.FULL]


def test_days_go_from_hand_to_hand_and_back(duty: Duty, giver: User, taker: User) -> None:
    third = volunteer()
    first = covering.take_cover(request=asked(duty, days=slice(1, 3)), by=taker, at=AT)
    assert first.became is not None
    second = covering.take_cover(request=asked(told(first.became), days=slice(0, 1)), by=third, at=AT)
    assert second.became is not None

    covering.take_cover(request=asked(told(second.became)), by=giver, at=AT)

    assert (days_of(giver), days_of(taker), days_of(third)) == (["Mon 16", "Tue 17"], ["Wed 18"], [])
    assert [number for _day, number in held(giver)] == [duty.pk, duty.pk]
    assert told(second.became).state == State.COVERED
    assert (len(granted(giver)), len(granted(third))) == (2, 0)


def test_a_swap_waits_for_the_givers_last_word(of: Round, duty: Duty, giver: User, taker: User) -> None:
    other = seat(of, taker, 1)
    request = asked(duty, kind="swap")

    offered = covering.take_cover(request=request, offered=other, by=taker, at=AT)
    before = (offered.state, days_of(giver), days_of(taker))
    done = covering.agree(request=offered, offered=other, by=giver, at=AT)

    assert before == ("pending", WEEK, ["Mon 23", "Tue 24", "Wed 25"])
    assert (done.state, days_of(giver), days_of(taker)) == ("applied", ["Mon 23", "Tue 24", "Wed 25"], WEEK)
    assert (told(duty).state, told(other).state) == (State.COVERED, State.COVERED)
    assert done.returned is not None
    assert (done.returned.confirmed_by, done.returned.state) == (giver, State.CONFIRMED)


def test_a_swap_that_is_turned_down_is_open_to_others(of: Round, duty: Duty, giver: User, taker: User) -> None:
    other = seat(of, taker, 1)
    request = covering.take_cover(request=asked(duty, kind="swap"), offered=other, by=taker, at=AT)

    covering.turn_down(request=request, by=giver, at=AT)

    request.refresh_from_db()
    assert (request.state, request.taker, request.offered) == ("open", None, None)
    with pytest.raises(covering.AlreadyAnswered):
        covering.agree(request=request, offered=other, by=giver, at=AT)


def test_undo_needs_both_and_is_possible_until_it_begins(of: Round, duty: Duty, giver: User, taker: User) -> None:
    other = seat(of, taker, 1)
    request = covering.take_cover(request=asked(duty, kind="swap"), offered=other, by=taker, at=AT)
    request = covering.agree(request=request, offered=other, by=giver, at=AT)

    once = covering.undo(request=request, by=giver, at=AT)
    again = covering.undo(request=once, by=giver, at=AT)
    still = days_of(giver)
    done = covering.undo(request=again, by=taker, at=AT)

    assert still == ["Mon 23", "Tue 24", "Wed 25"]
    assert (once.state, again.state, done.state) == ("applied", "applied", "undone")
    assert (days_of(giver), days_of(taker)) == (WEEK, ["Mon 23", "Tue 24", "Wed 25"])
    live = Duty.objects.filter(state__in=Duty.LIVE)
    assert {(each.person, each.confirmed_by) for each in live} == {(giver, giver), (taker, taker)}


def test_what_has_begun_is_not_undone(duty: Duty, giver: User, taker: User) -> None:
    request = covering.take_cover(request=asked(duty), by=taker, at=AT)
    covering.undo(request=request, by=taker, at=AT)

    with pytest.raises(Refused, match="too late"):
        covering.undo(request=CoverRequest.objects.get(), by=giver, at=STARTS)

    assert days_of(taker) == WEEK


def test_a_mentor_and_a_planner_look_on_behalf_and_nobody_else(duty: Duty, team: Team, lead: User, taker: User) -> None:
    mentor, stranger = make_agent(team), make_agent(team)
    Duty.objects.filter(pk=duty.pk).update(mentor=mentor)
    duty = told(duty)

    for by in (mentor, lead):
        request = asked(duty, by=by)
        assert days_of(duty.person) == WEEK  # looking changes nothing
        covering.take_back(request=request, by=by, at=AT)
    for by in (stranger, taker):
        with pytest.raises(NotAllowed):
            asked(duty, by=by)

    assert set(CoverRequest.objects.values_list("state", flat=True)) == {"taken_back"}


def test_who_alone_is_asked_alone_may_answer(duty: Duty, taker: User) -> None:
    request = asked(duty, to=taker)
    other = volunteer()

    with pytest.raises(NotAllowed):
        covering.take_cover(request=request, by=other, at=AT)

    assert Outbox.objects.get(recipient=taker).payload["subject"].startswith("Gaja Dawca asks whether")
    assert [each.pk for each in queries.wanted_of(taker, AT)] == [request.pk]
    assert queries.wanted_of(other, AT) == []


def test_what_stands_in_a_takers_way(of: Round, duty: Duty, taker: User, team: Team, lead: User) -> None:
    request = asked(duty)
    busy, away, agent = volunteer(), volunteer(), make_agent(team)
    placing.take_seat(shift=shift_of(of, MONDAY + 2 * DAY), channels=["email"], by=busy, at=AT)
    span = {"starts_at": STARTS, "ends_at": STARTS + HOUR, "kind": "holiday", "zone": "Europe/Warsaw"}
    add_absence(person=away, by=away, at=AT, **span)

    refused = {}
    for name, person in (("busy", busy), ("away", away), ("agent", agent)):
        with pytest.raises(covering.CannotBeTaken) as error:
            covering.take_cover(request=request, by=person, at=AT)
        refused[name] = error.value.why
    with pytest.raises(NotAllowed):
        covering.take_cover(request=request, by=duty.person, at=AT)

    assert refused == {"busy": [Why.REST], "away": [Why.AWAY], "agent": [Why.NOT_A_COLLEAGUE]}
    assert days_of(duty.person) == WEEK


def test_phone_is_left_out_for_a_taker_without_a_sign_off(of: Round, giver: User, taker: User, lead: User) -> None:
    Qualification.objects.create(person=giver, channel="phone", signed_off_by=lead, signed_off_at=AT)
    both, phone = seat(of, giver, channels=["email", "phone"]), None
    done = covering.take_cover(request=asked(both), by=taker, at=AT)
    phone = seat(of, giver, 1, channels=["phone"])

    with pytest.raises(covering.CannotBeTaken) as refused:
        covering.take_cover(request=asked(phone), by=taker, at=AT)

    assert done.became is not None
    assert done.became.channels == ["email"]
    assert refused.value.why == [Why.NOT_SIGNED_OFF]


@pytest.mark.parametrize("what", ["withdrawn", "begun", "taken", "taken back"])
def test_a_request_that_does_not_stand_any_more_is_refused_in_a_sentence(
    duty: Duty, giver: User, taker: User, what: str
) -> None:
    request, at = asked(duty), AT
    if what == "withdrawn":
        leaving.withdraw(duty=duty, by=giver, at=AT)
    elif what == "begun":
        at = STARTS
    elif what == "taken":
        covering.take_cover(request=request, by=volunteer(), at=AT)
    else:
        covering.take_back(request=request, by=giver, at=AT)

    with pytest.raises(covering.AlreadyAnswered):
        covering.take_cover(request=request, by=taker, at=at)

    assert days_of(taker) == []
    assert queries.wanted_of(taker, at) == []


def test_one_looks_once_for_a_day(duty: Duty, giver: User) -> None:
    asked(duty, days=slice(0, 2))

    with pytest.raises(Refused, match="already"):
        asked(duty, days=slice(1, 3))

    assert asked(duty, days=slice(2, 3)).state == "open"


def test_the_calendar_of_both_says_what_changed_hands(duty: Duty, giver: User, taker: User) -> None:
    tokens = [feeding.make_feed(kind="own", by=each, at=AT)[1] for each in (giver, taker)]

    covering.take_cover(request=asked(duty, days=slice(0, 1)), by=taker, at=AT)

    said = [
        [each.values["STATUS"] for each in events(Client().get(f"/calendar/{token}.ics").content)] for token in tokens
    ]
    assert said == [["CANCELLED", "CONFIRMED", "CONFIRMED"], ["CONFIRMED"]]


# Pages


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_the_pages_from_asking_to_undoing(duty: Duty, giver: User, taker: User) -> None:
    mine, theirs = client_of(giver), client_of(taker)
    days = [each.pk for each in duty.days.order_by("starts_at")]

    form = mine.get(f"/duties/{duty.pk}/cover/")
    asked_for = mine.post(f"/duties/{duty.pk}/cover/", {"kind": "give", "days": days[:2]}, follow=True)
    request = CoverRequest.objects.get()
    seen = theirs.get("/duties/covers/")
    taken = theirs.post(f"/duties/covers/{request.pk}/take/", follow=True)
    once_more = client_of(volunteer()).post(f"/duties/covers/{request.pk}/take/", follow=True)
    mine.post(f"/duties/covers/{request.pk}/undo/")
    undone = theirs.post(f"/duties/covers/{request.pk}/undo/", follow=True)

    assert "Monday 16 March, 8:00–16:00" in text_of(form)
    assert "We are looking for somebody" in text_of(asked_for)
    assert "I will come instead" in text_of(seen)
    assert "The days are yours" in text_of(taken)
    assert "Tola Biorca instead of Gaja Dawca" in text_of(taken)
    assert "Somebody has answered already" in text_of(once_more)
    assert "Everything is as it was before." in text_of(undone)
    assert days_of(giver) == WEEK


def test_the_pages_of_a_swap(of: Round, duty: Duty, giver: User, taker: User) -> None:
    other = seat(of, taker, 1)
    mine, theirs = client_of(giver), client_of(taker)
    mine.post(f"/duties/{duty.pk}/cover/", {"kind": "swap", "days": [each.pk for each in duty.days.all()]})
    request = CoverRequest.objects.get()

    nothing = theirs.post(f"/duties/covers/{request.pk}/take/", {"offered": ""}, follow=True)
    theirs.post(f"/duties/covers/{request.pk}/take/", {"offered": other.pk})
    waiting = mine.get("/duties/covers/")
    mine.post(f"/duties/covers/{request.pk}/agree/", {"offered": other.pk})

    assert "Choose the duty that you give in return." in text_of(nothing)
    assert "Tola Biorca offers a swap" in text_of(waiting)
    assert days_of(taker) == WEEK


def test_the_page_costs_the_same_for_one_request_and_for_many(of: Round, taker: User) -> None:
    client = client_of(taker)
    counted = []
    for shift in of.shifts.order_by("starts_at"):
        person = volunteer()
        asked(placing.take_seat(shift=shift, channels=["email"], by=person, at=AT))
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/duties/covers/").status_code == 200
        counted.append(len(captured))

    assert len(counted) == 4
    assert len(set(counted[1:])) == 1
