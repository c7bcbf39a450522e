"""Whoever was asked or let in by a name is let go before the day is over, and comes back by undo."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import AT, HOUR, MINUTE, fresh, make_agent, make_colleague, make_lead, make_queue, make_ticket
from tickets.actions import asking, changing, letting_go, noting
from tickets.actions.errors import NotAllowed
from tickets.models import Consultation, Event, Kind, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue():
    return make_queue()


@pytest.fixture
def agent(queue):
    return make_agent(queue.team)


@pytest.fixture
def ticket(queue):
    return make_ticket(queue)


@pytest.fixture
def person():
    return make_colleague(name="Kacper Lis")


def sees(person, ticket, at=AT):
    return Ticket.objects.visible_to(fresh(person), at).filter(pk=ticket.pk).exists()


def test_whoever_was_asked_is_let_go_at_once_and_the_question_waits_for_nobody(ticket, agent, person):
    question = asking.ask(ticket=ticket, by=agent, text="Wiesz coś?", to=person, at=AT)
    assert sees(person, ticket)

    letting_go.let_go(ticket=ticket, person=person, by=agent, at=AT)

    assert not sees(person, ticket)
    assert not Consultation.objects.waiting().filter(pk=question.pk).exists()
    assert Event.objects.get(kind=Kind.LET_GO).data["person"] == person.pk
    with pytest.raises(NotAllowed):
        asking.answer(question=question, by=fresh(person), text="Tak", at=AT)


def test_undo_gives_back_the_ticket_and_the_question(ticket, agent, person):
    question = asking.ask(ticket=ticket, by=agent, text="Wiesz coś?", to=person, at=AT)
    letting_go.let_go(ticket=ticket, person=person, by=agent, at=AT)

    letting_go.let_back(ticket=ticket, person=person, by=agent, at=AT + MINUTE)

    assert sees(person, ticket, AT + MINUTE)
    assert asking.answer(question=question, by=fresh(person), text="Tak", at=AT + MINUTE)
    with pytest.raises(letting_go.LooksInAgain):
        letting_go.let_back(ticket=ticket, person=person, by=agent, at=AT + MINUTE)


def test_whoever_was_let_go_stays_out_when_the_ticket_is_solved(ticket, agent, person):
    noting.note(ticket=ticket, by=agent, text="@Kacper Lis zobacz", let_in=[person.pk], at=AT)
    letting_go.let_go(ticket=ticket, person=person, by=agent, at=AT + MINUTE)

    changing.change_status(ticket=ticket, to="solved", by=agent, at=AT + HOUR)

    assert not sees(person, ticket, AT + HOUR)


def test_of_a_closed_question_the_rest_of_the_day_is_taken_and_given_back(ticket, agent, person):
    question = asking.ask(ticket=ticket, by=agent, text="Wiesz coś?", to=person, at=AT)
    asking.close(question=question, by=agent, at=AT)
    letting_go.let_go(ticket=ticket, person=person, by=agent, at=AT + HOUR)
    assert not sees(person, ticket, AT + HOUR)

    letting_go.let_back(ticket=ticket, person=person, by=agent, at=AT + 2 * HOUR)

    assert sees(person, ticket, AT + timedelta(hours=23))
    assert not sees(person, ticket, AT + timedelta(hours=24))


def test_only_whoever_let_them_in_and_leads_may(queue, ticket, agent, person):
    asking.ask(ticket=ticket, by=agent, text="Wiesz coś?", to=person, at=AT)

    with pytest.raises(NotAllowed):
        letting_go.let_go(ticket=ticket, person=person, by=make_agent(queue.team), at=AT)
    with pytest.raises(NotAllowed):
        letting_go.let_go(ticket=ticket, person=person, by=make_lead(), at=AT)
    letting_go.let_go(ticket=ticket, person=person, by=make_lead(queue.team), at=AT)

    assert not sees(person, ticket)


def test_of_two_who_asked_neither_lets_go_alone(queue, ticket, agent, person):
    other = make_agent(queue.team)
    for each in (agent, other):
        asking.ask(ticket=ticket, by=each, text="Wiesz coś?", to=person, at=AT)

    with pytest.raises(NotAllowed):
        letting_go.let_go(ticket=ticket, person=person, by=agent, at=AT)

    assert sees(person, ticket)


def test_nobody_is_let_go_who_does_not_look_in(ticket, agent, person):
    with pytest.raises(letting_go.NotLookingIn):
        letting_go.let_go(ticket=ticket, person=person, by=agent, at=AT)
