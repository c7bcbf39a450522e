"""What came of a round: its figures against what happened, its verdict, its mail, and the round after it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from rotations.actions import leaving, placing, rounds, running, verdicts
from rotations.models import Demand, Finding, Reflection, Round, Verdict
from rotations.queries.looking_back import looking_back
from tests.factories import (
    AT,
    HOUR,
    MINUTE,
    make_agent,
    make_lead,
    make_organisation,
    make_queue,
    make_reply,
    make_requester_message,
    make_ticket,
)
from tests.rotations.duties import MONDAY, make_programme, make_round, propose, shift_of, sign_up, volunteer
from tests.rotations.test_duty_pages import client_of, text_of
from tickets.actions.changing import change_status
from tickets.actions.errors import NotAllowed, Refused
from tickets.models import Outbox, Queue, Status, Team, User

DAY = timedelta(days=1)
STARTS = AT + 7 * DAY
OVER = STARTS + 14 * DAY
WEDNESDAY = MONDAY + 2 * DAY


@pytest.fixture
def lead(team: Team) -> User:
    return make_lead(team, language="en", name="Barbara Majewska")


@pytest.fixture
def queue(team: Team) -> Queue:
    return team.queues.get()


@pytest.fixture
def guests(db: None) -> list[User]:
    marketing, board = make_organisation("Marketing"), make_organisation("Zarząd")
    return [
        volunteer(name="Ola Nowicka", email="ola@bursztyn.example", organisation=marketing),
        volunteer(name="Jan Prezes", email="jan@bursztyn.example", organisation=board),
        volunteer(name="Ewa Odeszła", email="ewa@bursztyn.example", organisation=marketing),
    ]


@pytest.fixture
def of(team: Team, lead: User, guests: list[User]) -> Round:
    """Two people on the shift of Monday, one of them for the first two of its three days; one left before it began."""
    made = make_round(make_programme(team, seats=3, is_reviewed=False), lead, state=Round.State.SIGNUP)
    for guest in guests:
        sign_up(made, guest)
    rounds.move_on(of=made, to=Round.State.PLANNING, by=lead, at=AT)
    Demand.objects.create(
        round=made, weekday=0, starts=480, ends=660, channel="tickets", people=3, weight=2, source="manual"
    )
    Demand.objects.create(round=made, weekday=2, starts=480, ends=660, channel="tickets", people=2, source="manual")
    for guest in guests:
        propose(shift_of(made), guest, lead)
    made = rounds.move_on(of=made, to=Round.State.PUBLISHED, by=lead, at=AT)
    duties = [placing.confirm(duty=guest.duties.get(), by=guest, at=AT) for guest in guests]
    leaving.withdraw(duty=duties[2], by=guests[2], at=AT + HOUR)
    made = rounds.move_on(of=made, to=Round.State.RUNNING, by=lead, at=STARTS)
    running.move_all(at=STARTS)
    leaving.withdraw(duty=duties[1], by=guests[1], at=STARTS + DAY + 9 * HOUR)
    return made


def answered(queue: Queue, by: User, opened: object, after: object, **more: object):
    ticket = make_ticket(queue, at=opened)
    make_reply(ticket, by, at=opened + after, **more)  # type: ignore[operator]
    ticket.refresh_from_db()
    return ticket


def test_duties_that_took_place_are_counted_and_no_others(of: Round) -> None:
    back = looking_back(of, OVER)

    assert (back.people, back.days, back.hours) == (2, 5, 40)
    assert back.by_department == [("Marketing", 1, 24.0), ("Zarząd", 1, 16.0)]
    # Wanted 6 on each Monday and 2 on each Wednesday; there were two of three on the first Monday, then one of two.
    assert (back.coverage.wanted, back.coverage.planned, back.coverage.held) == (16, 8, 5)
    assert looking_back(of, AT).days == 0
    assert looking_back(of, STARTS).coverage.wanted == 0


def test_answers_are_the_guests_within_their_duties_and_everybody_elses_otherwise(
    of: Round, queue: Queue, agent: User, guests: list[User]
) -> None:
    ola = guests[0]
    first = answered(queue, ola, STARTS, 20 * MINUTE, next_status=Status.SOLVED)
    second = answered(queue, ola, STARTS, 40 * MINUTE)
    make_reply(second, ola, at=STARTS + 2 * HOUR)
    by_team = answered(queue, agent, STARTS, 90 * MINUTE)
    elsewhere = make_queue()
    answered(elsewhere, make_agent(elsewhere.team), STARTS, MINUTE)
    answered(queue, agent, AT, MINUTE)
    make_requester_message(first, at=STARTS + 30 * HOUR)
    change_status(ticket=by_team, to=Status.SOLVED, by=agent, at=STARTS + 3 * HOUR)

    back = looking_back(of, OVER)

    assert (back.replies, back.answered) == (3, 2)
    assert (back.guests.tickets, back.guests.first_reply_minutes) == (2, 30)
    assert (back.guests.solved, back.guests.reopened, back.guests.reopened_percent) == (1, 1, 100)
    assert (back.team.tickets, back.team.first_reply_minutes, back.team.reopened) == (1, 90, 0)


def test_findings_are_counted_by_kind_and_by_how_many_are_settled(of: Round, guests: list[User], lead: User) -> None:
    duty = guests[0].duties.get()
    for kind, settled in (("bug", True), ("bug", False), ("idea", False)):
        Finding.objects.create(
            duty=duty, kind=kind, text="Guzik znika.", at=STARTS, settled_at=OVER if settled else None
        )

    assert looking_back(of, OVER).findings == [("a bug", 2, 1), ("an idea", 1, 0)]


def test_the_figures_cost_the_same_however_much_there_is(of: Round, queue: Queue, guests: list[User]) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as caught:
            looking_back(of, OVER)
        return len(caught)

    few = cost()
    for minutes in range(1, 5):
        answered(queue, guests[0], STARTS, minutes * MINUTE)
    assert cost() == few <= 15


def test_a_verdict_is_said_when_the_round_is_over_and_stays_when_it_is_closed(of: Round, lead: User) -> None:
    said = {"of": of, "text": "Mniej telefonu.", "by": lead}
    with pytest.raises(Refused):
        verdicts.say_verdict(word="change", at=OVER, **said)
    rounds.move_on(of=of, to=Round.State.REFLECTING, by=lead, at=OVER)
    with pytest.raises(Refused):
        verdicts.say_verdict(word="perhaps", at=OVER, **said)
    with pytest.raises(NotAllowed):
        verdicts.say_verdict(word="stop", at=OVER, **(said | {"by": volunteer()}))

    verdicts.say_verdict(word="repeat", at=OVER, **said)
    verdicts.say_verdict(word="stop", at=OVER, **said)
    rounds.move_on(of=of, to=Round.State.CLOSED, by=lead, at=OVER)
    with pytest.raises(Refused):
        verdicts.say_verdict(word="repeat", at=OVER, **said)

    assert Verdict.objects.get().word == "stop"


def test_the_summary_is_mailed_once_to_those_who_took_part_in_their_language(
    of: Round, lead: User, guests: list[User]
) -> None:
    rounds.move_on(of=of, to=Round.State.REFLECTING, by=lead, at=OVER)
    with pytest.raises(Refused):
        verdicts.mail_summary(of=of, by=lead, at=OVER)
    verdicts.say_verdict(of=of, word="change", text="Mniej telefonu.", by=lead, at=OVER)
    User.objects.filter(pk=guests[1].pk).update(language="pl")
    Outbox.objects.all().delete()

    assert verdicts.mail_summary(of=of, by=lead, at=OVER) == 2
    with pytest.raises(Refused):
        verdicts.mail_summary(of=of, by=lead, at=OVER)

    mails = {each.address: each.payload for each in Outbox.objects.all()}
    assert set(mails) == {"ola@bursztyn.example", "jan@bursztyn.example"}
    assert "Verdict: Change" in mails["ola@bursztyn.example"]["text"]
    assert "2 osoby" in mails["jan@bursztyn.example"]["text"]


def test_the_page_is_the_teams_until_the_round_is_closed_and_then_every_colleagues(
    of: Round, lead: User, agent: User, guests: list[User]
) -> None:
    address = f"/duties/rounds/{of.pk}/summary/"

    def seen_by(person: User) -> int:
        return client_of(person).get(address).status_code

    assert [seen_by(each) for each in (lead, agent, guests[0], make_agent())] == [200, 200, 404, 404]
    assert Client().get(address).status_code == 302

    client = client_of(lead)
    client.post(f"/duties/rounds/{of.pk}/step/", {"to": "reflecting"})
    client.post(f"/duties/rounds/{of.pk}/verdict/", {"word": "repeat", "text": "Świetnie było."})
    assert "Świetnie było." in text_of(client.get(address))
    client.post(f"/duties/rounds/{of.pk}/step/", {"to": "closed"})

    assert seen_by(guests[0]) == 200
    assert "Świetnie było." in text_of(client_of(guests[0]).get(address))


def test_the_next_round_is_drafted_after_the_last_one(of: Round, lead: User) -> None:
    client, address = client_of(lead), f"/duties/programmes/{of.programme_id}/rounds/new/?like={of.pk}"
    form = client.get(address).context["form"]

    client.post(address, {name: form[name].value() for name in form.fields})

    made = Round.objects.latest("pk")
    assert (made.number, made.state, made.starts_on, made.ends_on) == (2, "draft", date(2026, 3, 30), date(2026, 4, 10))
    assert made.rules.get().text == "Pytaj opiekuna."
    wanted = ("weekday", "starts", "channel", "people", "weight")
    assert set(made.demands.values_list(*wanted)) == set(of.demands.values_list(*wanted))
    assert made.demands.count() == 2


def test_what_was_said_is_everybodys_and_what_was_found_the_teams(
    of: Round, queue: Queue, lead: User, guests: list[User]
) -> None:
    duty = guests[0].duties.get()
    said = {"for_me": "Tylko dla mnie.", "for_mentors": "Dzięki, Zofio.", "for_company": "Klienci mówią inaczej."}
    Reflection.objects.create(duty=duty, at=OVER, **said)
    theirs = make_ticket(queue, subject="Etykieta za duża", at=STARTS)
    hidden = make_ticket(make_queue(), subject="Cudza sprawa", at=STARTS)
    for ticket in (theirs, hidden):
        Finding.objects.create(duty=duty, kind="bug", text="Guzik znika.", ticket=ticket, at=STARTS)
    Round.objects.filter(pk=of.pk).update(state=Round.State.CLOSED)
    address = f"/duties/rounds/{of.pk}/summary/"

    seen_by_team, seen_by_guest = text_of(client_of(lead).get(address)), text_of(client_of(guests[1]).get(address))

    assert "Klienci mówią inaczej." in seen_by_team and "Klienci mówią inaczej." in seen_by_guest
    assert "Guzik znika." in seen_by_team and "Etykieta za duża" in seen_by_team
    assert "Guzik znika." not in seen_by_guest and "Etykieta za duża" not in seen_by_guest
    for nobodys in ("Tylko dla mnie.", "Dzięki, Zofio.", "Cudza sprawa"):
        assert nobodys not in seen_by_team and nobodys not in seen_by_guest


# Balance


def test_turns_are_counted_for_everybody_who_could_take_one(of: Round, guests: list[User], lead: User) -> None:
    volunteer(name="Nigdy Nie Był")
    volunteer(is_active=False)

    balance = looking_back(of, OVER).balance

    assert (balance.people, balance.served) == (4, 2)
    assert balance.by_turns == [(0, 2), (1, 2)]  # one said yes and left before it began


def test_turns_of_a_year_count_and_none_that_come_later(of: Round) -> None:
    assert looking_back(of, STARTS - MINUTE).balance.served == 0

    of.ends_on = MONDAY + 400 * DAY
    assert looking_back(of, OVER + 300 * DAY).balance.served == 2
    assert looking_back(of, OVER + 380 * DAY).balance.served == 0


def test_the_balance_stands_on_the_page_and_names_nobody(of: Round, lead: User) -> None:
    volunteer(name="Nigdy Nie Był")

    page = text_of(client_of(lead).get(f"/duties/rounds/{of.pk}/summary/"))

    assert "of 4 people who could take a turn" in page
    assert "Nigdy Nie Był" not in page
