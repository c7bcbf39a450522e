"""What the ticket page reads: for people who work it everything, for its requester the public words."""

import pytest

from tests.factories import (
    AT,
    HOUR,
    fresh,
    make_agent,
    make_draft,
    make_lead,
    make_note,
    make_queue,
    make_reply,
    make_requester,
    make_requester_message,
    make_team,
    make_ticket,
)
from tickets.actions.attaching import File
from tickets.models import Outbox, Ticket
from tickets.queries.ticket import (
    choices_for,
    events_of,
    history_in,
    last_public_id,
    messages_of,
    ticket_for_page,
    why_no_mail,
)

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


def test_the_page_brings_ones_own_drafts(ticket, agent):
    make_draft(ticket, agent, text="Moja odpowiedź")
    make_draft(ticket, make_agent(ticket.queue.team), text="Cudza")
    make_draft(ticket, agent, text="Moja notatka", kind="note")

    found = ticket_for_page(fresh(agent), ticket.pk, at=AT)

    assert (found.draft_reply, found.draft_note) == ("Moja odpowiedź", "Moja notatka")


def test_the_page_is_for_those_who_see_the_ticket(ticket, agent):
    assert ticket_for_page(fresh(agent), ticket.pk, at=AT) == ticket

    with pytest.raises(Ticket.DoesNotExist):
        ticket_for_page(make_agent(make_team()), ticket.pk, at=AT)
    with pytest.raises(Ticket.DoesNotExist):
        ticket_for_page(fresh(agent), ticket.pk + 1, at=AT)


def test_messages_come_oldest_first_with_files_and_delivery(ticket, agent):
    files = [File(name="b.txt", content=b"b"), File(name="a.txt", content=b"aa")]
    answer = make_reply(ticket, agent, at=AT + HOUR, attachments=files)
    Outbox.objects.update(state="dead", last_error="550")
    note = make_note(ticket, agent, at=AT + 2 * HOUR)

    first, second, third = messages_of(ticket, fresh(agent), at=AT)

    assert (first.is_from_requester, second.pk, third.pk) == (True, answer.pk, note.pk)
    assert [(file["name"], file["size"]) for file in second.files] == [("b.txt", 1), ("a.txt", 2)]
    assert second.delivery == {
        "state": "dead",
        "error": "550",
        "address": ticket.requester.email,
        "bounced_at": None,
        "bounce_reason": "",
        "bounce_is_hard": None,
    }
    assert (third.delivery, third.files) == (None, [])


def test_requesters_read_no_notes(ticket, agent):
    note = make_note(ticket, agent)
    assert note in messages_of(ticket, fresh(agent), at=AT)

    assert note not in messages_of(ticket, ticket.requester, at=AT)


@pytest.mark.parametrize("count", [1, 3])
def test_messages_and_events_are_one_statement_each(ticket, agent, count, django_assert_num_queries):
    for _ in range(count):
        make_reply(ticket, agent, attachments=[File(name="a.txt", content=b"a")])
    person = fresh(agent)
    assert person.queue_ids

    with django_assert_num_queries(2):
        for message in messages_of(ticket, person, at=AT):
            assert message.author.name
            assert message.files is not None
        for event in events_of(ticket):
            assert event.actor.name


def test_history_tells_of_other_requests_that_the_reader_may_see(ticket, agent):
    others = [make_ticket(ticket.queue, requester=ticket.requester, at=AT + number * HOUR) for number in range(5)]
    make_ticket(make_queue(), requester=ticket.requester)
    make_ticket(ticket.queue)

    history = history_in(ticket_for_page(fresh(agent), ticket.pk, at=AT))

    assert history.count == 5
    assert [past.pk for past in history.newest] == [other.pk for other in reversed(others[1:])]


def test_choices_are_the_team_and_every_queue(ticket, agent):
    lead, elsewhere = make_lead(ticket.queue.team, name="Ała"), make_queue(position=9)
    make_agent(make_team())
    make_agent(ticket.queue.team, is_active=False)

    choices = choices_for(ticket, agent, at=AT)

    assert choices.assignees == [lead, agent]
    assert choices.queues == [ticket.queue, elsewhere]


def test_the_newest_public_message_is_what_a_reply_has_seen(ticket, agent):
    public = make_requester_message(ticket)
    make_note(ticket, agent)

    assert last_public_id(list(messages_of(ticket, fresh(agent), at=AT))) == public.pk
    assert last_public_id([]) == 0


def test_why_no_mail_can_leave(ticket, queue):
    assert why_no_mail(ticket) == ""
    assert why_no_mail(make_ticket(queue, requester=make_requester(email=None))) == "no_address"
