"""Asking, answering and closing: who may, what it lets whom see, and for how long."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from tests.factories import (
    AT,
    HOUR,
    MINUTE,
    fresh,
    make_agent,
    make_colleague,
    make_grant,
    make_lead,
    make_note,
    make_queue,
    make_reply,
    make_requester,
    make_ticket,
)
from tickets import access
from tickets.actions import asking, changing, noting, preferences, removing, replying
from tickets.actions.errors import NotAllowed
from tickets.models import Consultation, Event, Kind, Message, Notification, Outbox, Ticket
from tickets.queries import consultations, live, sidebar

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture
def queue():
    return make_queue()


@pytest.fixture
def agent(queue):
    return fresh(make_agent(queue.team, name="Alicja Pytająca"))


@pytest.fixture
def ticket(queue):
    return make_ticket(queue, subject="Sprawa-marker")


@pytest.fixture
def developer():
    return fresh(make_colleague(name="Dawid Programista", email="dawid@bursztyn.example", language="en"))


def asked(ticket, by, to=None, *, at=AT, text="Co z tym robimy?"):
    return asking.ask(ticket=ticket, by=by, to=to, text=text, at=at)


def sees(person, ticket, at):
    person = fresh(person)
    seen = Ticket.objects.visible_to(person, at).filter(pk=ticket.pk).exists()
    worked = Ticket.objects.worked_by(person, at).filter(pk=ticket.pk).exists()
    assert seen == worked == access.can_work(person, ticket, at) == access.can_read_notes(person, ticket, at)
    return seen


def test_whoever_is_asked_sees_the_ticket_and_its_notes_and_cannot_reply(ticket, agent, developer):
    note = make_note(ticket, agent, text="Notatka-marker")
    assert not sees(developer, ticket, AT)

    asked(ticket, agent, developer)

    assert sees(developer, ticket, AT)
    assert note in Message.objects.visible_to(fresh(developer), AT)
    assert access.can_note(fresh(developer), ticket, AT)
    assert not access.can_reply(fresh(developer), ticket, AT)
    with pytest.raises(NotAllowed):
        replying.reply(ticket=ticket, by=fresh(developer), text="Dzień dobry", at=AT)
    with pytest.raises(NotAllowed):
        changing.change_status(ticket=ticket, to="solved", by=fresh(developer), at=AT)
    assert not access.can_take(fresh(developer), ticket, AT)
    assert not access.can_see_contact(fresh(developer), ticket, AT)


def test_nobody_else_sees_more_and_the_asked_see_no_other_ticket(ticket, agent, developer, queue):
    other, stranger = make_ticket(queue), make_colleague()
    make_note(other, agent)

    asked(ticket, agent, developer)

    assert not sees(stranger, ticket, AT)
    assert not sees(developer, other, AT)


def test_a_day_after_the_question_is_closed_they_see_nothing_to_the_second(ticket, agent, developer):
    question = asked(ticket, agent, developer)
    closed = AT + HOUR

    asking.close(question=question, by=agent, at=closed)

    last = closed + timedelta(hours=24) - SECOND
    assert sees(developer, ticket, last)
    assert f"ticket-{ticket.pk}" in live.groups_of(fresh(developer), last)
    assert not sees(developer, ticket, closed + timedelta(hours=24))
    assert live.groups_of(fresh(developer), closed + timedelta(hours=24)) == frozenset()
    assert not access.can_use_desk(fresh(developer), closed + timedelta(hours=24))


def test_an_open_question_lets_in_for_as_long_as_it_is_open(ticket, agent, developer):
    asked(ticket, agent, developer)

    assert sees(developer, ticket, AT + timedelta(days=300))


def test_a_person_who_is_no_longer_active_sees_nothing(ticket, agent, developer):
    asked(ticket, agent, developer)

    developer.is_active = False
    developer.save(update_fields=["is_active"])

    assert not sees(developer, ticket, AT)


def test_the_answer_is_a_note_and_its_time_is_kept(ticket, agent, developer):
    question = asked(ticket, agent, developer)

    message = asking.answer(question=question, by=fresh(developer), text="To dysk.", at=AT + 7 * MINUTE)

    question.refresh_from_db()
    assert (message.kind, message.text) == (Message.Kind.NOTE, "To dysk.")
    assert (question.answer, question.answered_by, question.seconds_to_answer) == (message, developer, 420)
    assert question.closed_at is None


def test_the_requester_never_sees_question_or_answer(ticket, agent, developer):
    question = asked(ticket, agent, developer, text="Pytanie-marker")
    asking.answer(question=question, by=fresh(developer), text="Odpowiedź-marker", at=AT)
    make_reply(ticket, agent, text="Publiczne-marker")

    seen = set(Message.objects.visible_to(fresh(ticket.requester), AT).values_list("text", flat=True))

    assert "Publiczne-marker" in seen
    assert not seen & {"Pytanie-marker", "Odpowiedź-marker"}


def test_only_those_who_were_asked_answer(ticket, agent, developer, queue):
    question = asked(ticket, agent, developer)
    neighbour = make_agent(queue.team)

    for person in (agent, neighbour, make_colleague()):
        with pytest.raises(NotAllowed):
            asking.answer(question=question, by=fresh(person), text="Wiem.", at=AT)
    assert not Message.objects.filter(text="Wiem.").exists()


def test_mentors_are_all_asked_and_the_first_to_answer_counts(queue):
    one, two = make_agent(make_queue().team), make_agent(make_queue().team)
    holder = make_colleague()
    make_grant(holder, queue, mentors=[one, two])
    ticket = make_ticket(queue)
    assert not sees(one, ticket, AT)

    question = asked(ticket, fresh(holder))
    asking.answer(question=question, by=fresh(two), text="Zrób tak.", at=AT)

    assert question.is_for_mentors
    assert sees(one, ticket, AT)
    assert sees(two, ticket, AT)
    with pytest.raises(asking.AnsweredAlready), transaction.atomic():
        asking.answer(question=question, by=fresh(one), text="Albo tak.", at=AT)
    noting.note(ticket=ticket, by=fresh(one), text="Albo tak.", at=AT)


def test_without_mentors_somebody_must_be_named(ticket, agent):
    with pytest.raises(asking.NobodyToAsk):
        asked(ticket, agent)
    assert not Consultation.objects.exists()


@pytest.mark.parametrize("whom", ["requester", "gone", "oneself", "the ticket's own requester"])
def test_who_cannot_be_asked(queue, agent, whom):
    colleague = make_colleague()
    ticket = make_ticket(queue, requester=colleague)
    people = {
        "requester": make_requester(),
        "gone": make_colleague(is_active=False),
        "oneself": agent,
        "the ticket's own requester": colleague,
    }

    with pytest.raises(asking.NotToBeAsked):
        asked(ticket, agent, people[whom])


def test_a_person_who_was_asked_cannot_ask_on(ticket, agent, developer):
    asked(ticket, agent, developer)

    with pytest.raises(NotAllowed):
        asked(ticket, fresh(developer), make_colleague())


def test_a_mentor_who_only_reads_along_cannot_let_others_in(queue):
    mentor, holder = make_agent(make_queue().team), make_colleague()
    make_grant(holder, queue, mentors=[mentor])
    ticket = make_ticket(queue, assignee=holder)
    assert sees(mentor, ticket, AT)

    with pytest.raises(NotAllowed):
        asked(ticket, fresh(mentor), make_colleague())


def test_solving_the_ticket_closes_its_questions(ticket, agent, developer):
    question = asked(ticket, agent, developer)

    changing.change_status(ticket=ticket, to="solved", by=agent, at=AT + HOUR)

    question.refresh_from_db()
    assert question.closed_at == AT + HOUR
    assert sees(developer, ticket, AT + 25 * HOUR - SECOND)
    assert not sees(developer, ticket, AT + 25 * HOUR)
    with pytest.raises(asking.QuestionIsOver):
        asking.answer(question=question, by=fresh(developer), text="Za późno", at=AT + 2 * HOUR)


def test_a_reply_that_solves_closes_them_too(ticket, agent, developer):
    question = asked(ticket, agent, developer)

    make_reply(ticket, agent, next_status="solved")

    question.refresh_from_db()
    assert question.closed_at == AT


def test_a_reply_that_goes_on_closes_nothing(ticket, agent, developer):
    question = asked(ticket, agent, developer)

    make_reply(ticket, agent, next_status="waiting")

    question.refresh_from_db()
    assert question.closed_at is None


def test_removing_the_ticket_closes_them(ticket, agent, developer):
    question = asked(ticket, agent, developer)

    removing.remove(ticket=ticket, removed_as="spam", by=agent, at=AT)

    question.refresh_from_db()
    assert question.closed_at == AT


def test_nothing_is_asked_on_a_solved_ticket(ticket, agent, developer):
    ticket = changing.change_status(ticket=ticket, to="solved", by=agent, at=AT)

    with pytest.raises(asking.TicketIsOver):
        asked(ticket, agent, developer)


def test_closing_twice_moves_nothing(ticket, agent, developer):
    question = asked(ticket, agent, developer)
    asking.close(question=question, by=agent, at=AT)

    asking.close(question=question, by=agent, at=AT + 20 * HOUR)

    assert not sees(developer, ticket, AT + 24 * HOUR)
    assert Event.objects.filter(kind=Kind.QUESTION_CLOSED).count() == 1


def test_a_person_who_was_asked_does_not_close(ticket, agent, developer):
    question = asked(ticket, agent, developer)

    with pytest.raises(NotAllowed):
        asking.close(question=question, by=fresh(developer), at=AT)


def test_the_asked_are_told_on_the_page_and_by_mail_without_contact_data(ticket, agent, developer):
    asked(ticket, agent, developer, text="Pytanie-marker")

    told = Notification.objects.visible_to(fresh(developer), AT).get()
    mail = Outbox.objects.get(recipient=developer)
    words = mail.payload["subject"] + mail.payload["text"]
    assert told.kind == "question"
    assert "Pytanie-marker" in words
    assert f"/tickets/{ticket.pk}/" in words
    assert ticket.requester.email not in words
    assert mail.address == developer.email


def test_who_wants_no_mail_gets_none_and_who_wants_nothing_gets_nothing(ticket, agent, developer):
    quiet = fresh(make_colleague())
    preferences.set_notice_ways(by=developer, chosen={"question": "page"})
    preferences.set_notice_ways(by=quiet, chosen={"question": "off"})

    asked(ticket, agent, developer)
    asked(ticket, agent, quiet)

    assert not Outbox.objects.exclude(recipient=ticket.requester).exists()
    assert [each.person for each in Notification.objects.all()] == [developer]


def test_whoever_asked_is_told_of_the_answer(ticket, agent, developer):
    question = asked(ticket, agent, developer)

    asking.answer(question=question, by=fresh(developer), text="To dysk.", at=AT)

    assert [each.kind for each in Notification.objects.visible_to(fresh(agent), AT)] == ["answer"]


def test_the_lists_of_questions_hold_what_waits_for_whom(ticket, agent, developer, queue):
    lead = make_lead(queue.team)
    question = asked(ticket, agent, developer)

    assert [each.pk for each in consultations.questions_to(fresh(developer), at=AT)] == [question.pk]
    assert [each.pk for each in consultations.questions_of(fresh(agent), at=AT)] == [question.pk]
    assert [each.pk for each in consultations.waiting_questions(fresh(lead), at=AT)] == [question.pk]
    assert consultations.waiting_questions(fresh(make_agent()), at=AT) == []
    assert sidebar.counts(fresh(developer), AT).questions == 1

    asking.answer(question=question, by=fresh(developer), text="To dysk.", at=AT)

    assert consultations.questions_to(fresh(developer), at=AT) == []
    assert consultations.waiting_questions(fresh(lead), at=AT) == []
    assert [each.pk for each in consultations.questions_of(fresh(agent), at=AT)] == [question.pk]
    assert sidebar.counts(fresh(developer), AT).questions == 0


def test_counts_of_the_asked_are_their_own(ticket, agent, developer, queue):
    """The counts of a team are kept for all of it: whoever is asked besides must neither get nor leave them there."""
    other = make_agent(make_queue().team)
    twin = make_agent(*other.teams.all())
    asked(ticket, agent, other)

    assert sidebar.counts(fresh(other), AT).by_queue[queue.pk] == 1
    assert sidebar.counts(fresh(twin), AT).by_queue[queue.pk] == 0


@pytest.mark.django_db(transaction=True)
def test_a_change_is_heard_by_the_asked_alone(ticket, agent, developer, queue):
    other, stranger = make_ticket(queue), make_colleague()
    asked(ticket, agent, developer)
    cursor = live.newest_cursor()
    make_note(ticket, agent)
    make_note(other, agent)

    changes = []
    while {number for number, _may in changes} < {
        ticket.pk,
        other.pk,
    }:  # what others write at the same time holds it back
        cursor, more = live.changes_after(cursor)
        changes += more

    assert {number for number, may in changes if may & live.groups_of(fresh(developer), AT)} == {ticket.pk}
    assert not {number for number, may in changes if may & live.groups_of(fresh(stranger), AT)}
