import pytest

from tests.factories import (
    AT,
    HOUR,
    make_agent,
    make_colleague,
    make_draft,
    make_grant,
    make_note,
    make_queue,
    make_requester,
    make_team,
    make_ticket,
)
from tickets.actions.attaching import File
from tickets.actions.errors import NotAllowed
from tickets.actions.noting import note
from tickets.actions.replying import EmptyMessage
from tickets.models import Draft, Event, Kind, Message, Outbox, Status, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue():
    return make_queue()


@pytest.fixture
def agent(queue):
    return make_agent(queue.team)


def test_a_note_is_stored_and_recorded(queue, agent):
    ticket = make_ticket(queue)

    message = note(ticket=ticket, by=agent, text="Dzwonił też szef.", at=AT + HOUR)

    stored = Message.objects.get(pk=message.pk)
    assert (stored.kind, stored.author, stored.text, stored.at) == ("note", agent, "Dzwonił też szef.", AT + HOUR)
    event = Event.objects.latest("id")
    assert (event.ticket, event.kind, event.actor, event.at) == (ticket, Kind.NOTED, agent, AT + HOUR)
    assert event.data == {"message": message.pk}


def test_a_note_is_never_mailed_and_answers_nothing(queue, agent):
    ticket = make_ticket(queue)

    make_note(ticket, agent, at=AT + HOUR)

    stored = Ticket.objects.get()
    assert not Outbox.objects.exists()
    assert (stored.status, stored.first_reply_at, stored.assignee) == (Status.NEW, None, None)
    assert stored.updated_at == AT + HOUR


def test_a_note_is_possible_on_a_closed_ticket(queue, agent):
    ticket = make_ticket(queue, status=Status.CLOSED)

    assert make_note(ticket, agent)


def test_a_note_ends_its_own_draft_only(queue, agent):
    ticket = make_ticket(queue)
    make_draft(ticket, agent, kind="note")
    kept = make_draft(ticket, agent, kind="public")

    make_note(ticket, agent)

    assert list(Draft.objects.all()) == [kept]


def test_a_file_alone_is_a_note(queue, agent):
    message = note(
        ticket=make_ticket(queue), by=agent, text="", at=AT, attachments=[File(name="log.txt", content=b"err")]
    )

    assert message.attachments.get().size == 3


def test_volunteers_and_mentors_note_along(queue):
    volunteer, mentor = make_colleague(), make_agent(make_team())
    make_grant(volunteer, queue, mentors=[mentor])
    ticket = make_ticket(queue, assignee=volunteer)

    assert make_note(ticket, volunteer)
    assert make_note(ticket, mentor)


def test_strangers_and_the_requester_leave_no_notes(queue, agent):
    ticket = make_ticket(queue)
    assert make_note(ticket, agent)

    for stranger in (ticket.requester, make_requester(), make_colleague(), make_agent(make_team())):
        with pytest.raises(NotAllowed):
            make_note(ticket, stranger)

    assert Message.objects.filter(kind="note").count() == Event.objects.filter(kind=Kind.NOTED).count() == 1


def test_an_empty_note_is_refused(queue, agent):
    ticket = make_ticket(queue)

    with pytest.raises(EmptyMessage):
        make_note(ticket, agent, text=" \n")

    assert not Event.objects.filter(kind=Kind.NOTED).exists()
