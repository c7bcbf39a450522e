"""The page on which a colleague takes an open seat: what it says of days, channels and mentors is computed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from rotations.models import Absence, Demand, Duty, Round, Shift, WaitlistEntry
from rotations.queries import open_seats
from tests.factories import AT, HOUR, make_agent, make_lead
from tests.rotations.duties import MONDAY, make_programme, make_round, propose, sign_up, volunteer
from tests.rotations.test_duty_pages import client_of, text_of
from tickets.models import Team, User

PAGE = "/duties/seats/"


@pytest.fixture
def lead(team: Team) -> User:
    return make_lead(team, language="en", name="Barbara Majewska")


@pytest.fixture
def of(team: Team, lead: User) -> Round:
    return make_round(make_programme(team, seats=1), lead, state=Round.State.PUBLISHED)


def want(of: Round, *, weekday: int, people: int, channel: str = "tickets") -> None:
    Demand.objects.create(
        round=of, weekday=weekday, starts=8 * 60, ends=12 * 60, channel=channel, people=people, weight=1
    )


def look(of: Round, person: User, shift: Shift | None = None) -> open_seats.Seats:
    return open_seats.seats_of(of, person, AT, shift=shift.pk if shift else None, monday=None)


def runs(seats: open_seats.Seats) -> dict[int, open_seats.Run]:
    return {run.shift.pk: run for week in seats.weeks for lane in week.lanes for run in lane.runs}


def test_it_says_what_each_shift_is_to_the_person(of: Round) -> None:
    ola, (first, near, later, last) = volunteer(), of.shifts.order_by("starts_at")
    client = client_of(ola)
    client_of(volunteer()).post(f"/duties/shifts/{last.pk}/take/", {"channels": ["chat"]})
    away = {"starts_at": later.starts_at, "ends_at": later.starts_at + HOUR, "zone": "Europe/Warsaw"}
    Absence.objects.create(person=ola, kind="other", added_at=AT, **away)
    client.post(f"/duties/shifts/{first.pk}/take/", {"channels": ["chat"]})

    found = runs(look(of, ola))

    assert {number: run.state for number, run in found.items()} == {
        first.pk: "own", near.pk: "busy", later.pk: "away", last.pk: "full",
    }  # fmt: skip
    assert {number: run.state for number, run in runs(look(of, volunteer())).items()} == {
        first.pk: "full", near.pk: "free", later.pk: "free", last.pk: "full",
    }  # fmt: skip


def test_what_a_day_lacks_is_counted_at_its_worst_hour_and_never_more_than_the_seats(of: Round) -> None:
    want(of, weekday=0, people=1)
    want(of, weekday=1, people=3)
    Shift.objects.filter(round=of).update(capacity=2)

    run = runs(look(of, volunteer()))[of.shifts.order_by("starts_at")[0].pk]

    assert [(each.missing, each.is_wanted) for each in run.days] == [(1, True), (2, True), (0, False)]


def test_the_first_days_that_lack_somebody_are_chosen(of: Round) -> None:
    want(of, weekday=4, people=1)
    Demand.objects.update(starts=12 * 60, ends=16 * 60)

    seats = look(of, volunteer())

    assert seats.chosen is not None
    assert seats.chosen.shift == of.shifts.order_by("starts_at")[1]
    assert seats.chosen.lacks == ("tickets",)


def test_mentors_are_those_who_are_there_and_have_room(of: Round, lead: User, agent: User) -> None:
    other = make_agent(of.programme.team, name="Tomasz Kulesza")
    shift = of.shifts.order_by("starts_at")[0]
    ill = {"starts_at": shift.starts_at, "ends_at": shift.starts_at + 24 * HOUR, "zone": "Europe/Warsaw"}
    Absence.objects.create(person=other, kind="sick", added_at=AT, **ill)
    Absence.objects.create(
        person=lead, kind="other", added_at=AT, starts_at=AT, ends_at=AT + timedelta(days=40), zone="Europe/Warsaw"
    )

    chosen = look(of, volunteer(), shift).chosen

    assert chosen is not None
    assert chosen.mentors == [
        (agent, [MONDAY + timedelta(days=each) for each in range(3)]),
        (other, [MONDAY + timedelta(days=each) for each in (1, 2)]),
    ]


def test_who_looks_after_as_many_as_one_may_is_not_named(of: Round, lead: User, agent: User) -> None:
    of.programme.mentees_per_mentor = 1
    of.programme.save()
    Shift.objects.filter(round=of).update(capacity=2)
    shift, guest = of.shifts.order_by("starts_at")[0], volunteer()
    Round.objects.filter(pk=of.pk).update(state="signup")
    sign_up(of, guest)
    Round.objects.filter(pk=of.pk).update(state="published")
    propose(shift, guest, lead, mentor=agent)

    chosen = look(of, volunteer(), shift).chosen

    assert chosen is not None
    assert [person for person, _days in chosen.mentors] == [lead]


def test_a_seat_is_taken_from_the_page_with_email_and_web_as_one(of: Round) -> None:
    client, shift = client_of(volunteer()), of.shifts.order_by("starts_at")[0]

    page = client.get(PAGE)
    taken = client.post(f"/duties/shifts/{shift.pk}/take/", {"channels": ["tickets"]})

    assert f'action="/duties/shifts/{shift.pk}/take/"' in text_of(page)
    assert "You may leave at any time, without a reason." in text_of(page)
    assert taken.url == "/duties/"
    assert Duty.objects.get().channels == ["email", "web"]


def test_who_is_refused_is_back_where_they_were(of: Round) -> None:
    client, shift = client_of(volunteer()), of.shifts.order_by("starts_at")[1]

    refused = client.post(f"/duties/shifts/{shift.pk}/take/", {}, follow=True)

    assert refused.redirect_chain[-1][0] == f"{PAGE}?shift={shift.pk}"
    assert "Choose channels" in text_of(refused)


def test_a_full_shift_is_waited_for(of: Round) -> None:
    shift = of.shifts.order_by("starts_at")[0]
    client_of(volunteer()).post(f"/duties/shifts/{shift.pk}/take/", {"channels": ["chat"]})
    client = client_of(volunteer())

    page = client.get(PAGE, {"shift": shift.pk})
    client.post(f"/duties/shifts/{shift.pk}/wait/", {"channels": ["tickets", "chat"]})

    assert f'action="/duties/shifts/{shift.pk}/wait/"' in text_of(page)
    assert WaitlistEntry.objects.get().channels == ["chat", "email", "web"]


def test_what_stands_in_the_way_is_said_and_no_button_offered(of: Round) -> None:
    ola, shift = volunteer(), of.shifts.order_by("starts_at")[0]
    away = {"starts_at": shift.starts_at, "ends_at": shift.starts_at + HOUR, "zone": "Europe/Warsaw"}
    Absence.objects.create(person=ola, kind="other", added_at=AT, **away)

    page = text_of(client_of(ola).get(PAGE, {"shift": shift.pk}))

    assert "You are away on one of these days." in page
    assert "Take this duty" not in page


def test_a_channel_that_needs_a_sign_off_is_off_and_says_so(of: Round) -> None:
    of.programme.signed_off_channels = ["phone"]
    of.programme.save()

    page = client_of(volunteer()).get(PAGE, {"channels": ["phone", "chat"]})

    assert [(row[0], row[4], row[5]) for row in page.context["scope"]] == [
        ("tickets", False, False), ("chat", True, False), ("phone", False, True),
    ]  # fmt: skip
    assert "It needs a sign-off" in text_of(page)


@pytest.mark.parametrize(
    "told", ["shift=0", "shift=x", "from=nothing", "from=9999-12-31", "round=99999999999999", "shift=²"]
)
def test_an_address_that_names_nothing_shows_the_first(of: Round, told: str) -> None:
    assert client_of(volunteer()).get(f"{PAGE}?{told}").context["round"] == of


def test_a_plan_that_is_not_published_is_not_shown(team: Team, lead: User) -> None:
    of = make_round(make_programme(team), lead, state=Round.State.PLANNING)
    shift = of.shifts.order_by("starts_at")[0]

    page = client_of(volunteer()).get(PAGE, {"shift": shift.pk, "round": of.pk})

    assert page.context["round"] is None
    assert "No round has a seat to take" in text_of(page)


def test_the_page_costs_the_same_for_many(of: Round, lead: User) -> None:
    client = client_of(volunteer())
    counted = [statements(client)]

    for shift in list(of.shifts.order_by("starts_at"))[:3]:
        client_of(volunteer()).post(f"/duties/shifts/{shift.pk}/take/", {"channels": ["chat"]})
        make_agent(of.programme.team)
        counted.append(statements(client))

    assert len(set(counted[1:])) == 1


def statements(client: Client) -> int:
    client.get(PAGE)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(PAGE).status_code == 200
    return len(captured)
