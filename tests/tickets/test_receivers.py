"""The list of side effects: who is told, and that mail is nudged on commit."""

import pytest

from tests.factories import (
    AT,
    MINUTE,
    fresh,
    make_agent,
    make_colleague,
    make_draft,
    make_grant,
    make_note,
    make_queue,
    make_reply,
    make_requester_message,
    make_ticket,
)
from tickets import events, tasks
from tickets.actions.assigning import assign, assign_me
from tickets.actions.replying import approve, return_to_author
from tickets.events import OutsideTransaction, record, ticket_event
from tickets.models import Event, Kind, Message, Notification

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue():
    return make_queue()


@pytest.fixture
def agent(queue):
    return make_agent(queue.team)


def told() -> list[tuple]:
    return list(Notification.objects.order_by("id").values_list("person", "kind"))


def test_somebody_given_a_ticket_is_told(queue, agent):
    ticket = make_ticket(queue)

    assign(ticket=ticket, to=agent, by=make_agent(queue.team), at=AT)

    assert told() == [(agent.pk, "assigned")]


def test_taking_a_ticket_tells_nobody(queue, agent):
    assign_me(ticket=make_ticket(queue), by=agent, at=AT)

    assert told() == []


def test_the_assignee_is_told_when_the_requester_writes(queue, agent):
    ticket = make_ticket(queue, assignee=agent)

    make_requester_message(ticket)
    make_note(ticket, make_agent(queue.team))

    assert told() == [(agent.pk, "requester_wrote")]


def test_mentors_are_told_when_a_reply_waits_for_them(queue):
    mentor, deputy, volunteer = make_agent(), make_agent(), make_colleague()
    make_grant(volunteer, queue, mentors=[mentor, deputy], is_reviewed=True)
    make_grant(make_colleague(), queue, mentors=[make_agent()])

    make_reply(make_ticket(queue), volunteer)

    assert sorted(told()) == sorted([(mentor.pk, "review_asked"), (deputy.pk, "review_asked")])


def test_the_author_is_told_what_became_of_a_reply_under_review(queue):
    mentor, volunteer = make_agent(), make_colleague()
    make_grant(volunteer, queue, mentors=[mentor], is_reviewed=True)
    returned = make_reply(make_ticket(queue), volunteer)
    approved = make_reply(make_ticket(queue), fresh(volunteer))
    Notification.objects.all().delete()

    return_to_author(message=returned, by=fresh(mentor), at=AT, comment="Proszę podać numer paczki.")
    approve(message=approved, by=fresh(mentor), at=AT)

    assert told() == [(volunteer.pk, "reply_returned"), (volunteer.pk, "reply_approved")]


def test_mentors_are_told_of_what_is_submitted_in_grace(queue):
    mentor, volunteer = make_agent(), make_colleague()
    make_grant(volunteer, queue, mentors=[mentor], is_reviewed=True, end=AT)
    ticket = make_ticket(queue, assignee=volunteer, at=AT - MINUTE)
    make_draft(ticket, fresh(volunteer), at=AT - MINUTE)

    make_reply(ticket, fresh(volunteer), at=AT + MINUTE)

    assert told() == [(mentor.pk, "review_asked")]


def test_a_receiver_that_fails_takes_the_reply_back_with_it(queue, agent):
    ticket = make_ticket(queue)
    messages = Message.objects.count()

    def failing(sender, event, **kwargs):
        raise RuntimeError("the clock could not be stopped")

    ticket_event.connect(failing)
    try:
        with pytest.raises(RuntimeError):
            make_reply(ticket, agent)
    finally:
        ticket_event.disconnect(failing)

    assert Message.objects.count() == messages
    assert not Event.objects.filter(kind=Kind.REPLIED).exists()


@pytest.mark.django_db(transaction=True)
def test_events_are_recorded_inside_transactions_only():
    ticket = make_ticket()

    with pytest.raises(OutsideTransaction):
        record(ticket, by=None, kind=Kind.NOTED, at=AT)

    assert Event.objects.count() == 1
    assert events.record is record


def test_replies_nudge_the_outbox_on_commit_and_notes_do_not(
    queue, agent, monkeypatch, django_capture_on_commit_callbacks
):
    ticket = make_ticket(queue)
    nudges = []
    monkeypatch.setattr(tasks.drain_outbox, "apply_async", lambda **kwargs: nudges.append(kwargs))

    with django_capture_on_commit_callbacks(execute=True):
        make_note(ticket, agent)
    assert nudges == []
    with django_capture_on_commit_callbacks(execute=True):
        make_reply(ticket, agent)

    assert len(nudges) == 1
