"""Addresses on pause: what waits, what is let go, and who ends it."""

import pytest

from tests.factories import (
    AT,
    HOUR,
    MINUTE,
    make_admin,
    make_agent,
    make_colleague,
    make_grant,
    make_lead,
    make_queue,
    make_reply,
    make_ticket,
)
from tickets.actions import outgoing, pausing
from tickets.actions.errors import NotAllowed
from tickets.channels.email import outbox
from tickets.models import AuditEntry, Event, Kind, Outbox, PausedAddress
from tickets.models.sender import is_paused
from tickets.queries.mail import stuck_mail

pytestmark = pytest.mark.django_db


def pause(address, at=AT):
    return PausedAddress.objects.create(address=address, reason="user_unknown", paused_at=at)


def test_a_reply_to_a_paused_address_is_accepted_and_held():
    ticket = make_ticket()
    pause(ticket.requester.email)

    message = make_reply(ticket, make_agent(ticket.queue.team), at=AT + HOUR)

    assert message.state == "sent"
    assert Outbox.objects.get(message=message).state == Outbox.State.HELD
    assert outbox.drain(at=AT + HOUR) == 0


def test_no_automatic_mail_is_made_for_a_paused_address():
    ticket = make_ticket(make_queue(acknowledges=True))
    pause(ticket.requester.email)

    assert outgoing.acknowledge(ticket=ticket, message=ticket.messages.get(), at=AT) is None
    assert not Outbox.objects.exists()


def test_account_mail_to_a_paused_address_is_not_made():
    pause("anna@klient.example")

    mail = outgoing.send_account_mail(address="Anna@klient.example", subject="x", text="secret", html="", at=AT)

    assert mail is None
    assert not Outbox.objects.exists()


def test_mail_written_before_the_pause_does_not_leave_after_it(settings, tmp_path):
    settings.MAIL_FILE_DIR, settings.SMTP_URL = tmp_path, ""
    ticket = make_ticket(make_queue(address="help@desk.example", acknowledges=True))
    acknowledgement = outgoing.acknowledge(ticket=ticket, message=ticket.messages.get(), at=AT)
    make_reply(ticket, make_agent(ticket.queue.team), at=AT)
    account = outgoing.send_account_mail(
        address=ticket.requester.email, subject="x", text="secret", html="", at=AT, recipient=ticket.requester
    )
    pause(ticket.requester.email)

    sent = outbox.drain(at=AT + MINUTE)

    assert sent == 0
    assert list(tmp_path.iterdir()) == []
    assert Outbox.objects.get(kind="reply").state == Outbox.State.HELD
    acknowledgement.refresh_from_db()
    account.refresh_from_db()
    assert acknowledgement.state == account.state == Outbox.State.DISMISSED
    assert account.payload == {}


@pytest.mark.parametrize("who", ["agent", "lead", "admin"])
def test_the_end_of_a_pause_lets_the_held_mail_go(who):
    ticket = make_ticket()
    team = ticket.queue.team
    person = {"agent": make_agent, "lead": make_lead, "admin": lambda _team: make_admin()}[who](team)
    row = pause(ticket.requester.email)
    make_reply(ticket, make_agent(team), at=AT)

    released = pausing.clear_pause(address=ticket.requester.email, by=person, at=AT + HOUR, ticket=ticket)

    assert released == 1
    mail = Outbox.objects.get()
    assert (mail.state, mail.next_at) == (Outbox.State.PENDING, AT + HOUR)
    row.refresh_from_db()
    assert (row.cleared_at, row.cleared_by, row.released) == (AT + HOUR, person, 1)
    event = ticket.events.get(kind=Kind.PAUSE_ENDED)
    assert (event.actor, event.at) == (person, AT + HOUR)
    assert event.data == {"address": row.address, "released": 1}
    assert stuck_mail(AT + HOUR + MINUTE) == []
    assert not is_paused(ticket.requester.email, AT + HOUR)


def test_the_ticket_of_the_bounce_and_those_with_held_replies_hear_of_the_end():
    bounced, held, other = make_ticket(), make_ticket(), make_ticket()
    address = held.requester.email
    row = pause(address)
    row.message = bounced.messages.get()
    row.save()
    for _ in range(2):
        make_reply(held, make_agent(held.queue.team), at=AT)

    pausing.clear_pause(address=address, by=make_admin(), at=AT + HOUR)

    told = {event.ticket: event.data["released"] for event in Event.objects.filter(kind=Kind.PAUSE_ENDED)}
    assert told == {bounced: 0, held: 2}
    assert other not in told


def test_ending_a_pause_twice_changes_nothing():
    ticket, admin = make_ticket(), make_admin()
    pause(ticket.requester.email)
    pausing.clear_pause(address=ticket.requester.email, by=admin, at=AT)

    assert pausing.clear_pause(address=ticket.requester.email, by=admin, at=AT + HOUR) == 0
    assert PausedAddress.objects.get().cleared_at == AT
    line = AuditEntry.objects.get()
    assert (line.kind, line.name, line.actor, line.at) == ("address", ticket.requester.email, admin, AT)


def test_others_may_not_end_a_pause():
    ticket, elsewhere = make_ticket(), make_ticket()
    row = pause(ticket.requester.email)
    volunteer = make_colleague()
    make_grant(volunteer, ticket.queue)
    stranger = make_agent(elsewhere.queue.team)

    for person, on in (
        (volunteer, ticket),
        (stranger, ticket),
        (stranger, elsewhere),  # a ticket of somebody else gives no right over this address
        (ticket.requester, ticket),
        (make_agent(ticket.queue.team), None),
    ):
        with pytest.raises(NotAllowed):
            pausing.clear_pause(address=row.address, by=person, at=AT, ticket=on)
    assert is_paused(row.address, AT)


def test_only_the_paused_address_waits():
    ticket, other = make_ticket(), make_ticket()
    pause(ticket.requester.email)

    make_reply(other, make_agent(other.queue.team))

    assert Outbox.objects.get().state == Outbox.State.PENDING
