"""What a bounce does: it finds the mail it is about, stays on that ticket for the desk alone, and pauses an address."""

import re

import pytest

from helpdesk.lib import clock
from tests.factories import fresh
from tests.tickets.channels.email.conftest import raw_mail
from tickets.actions import assigning, pausing, replying
from tickets.channels.email import outbox, receiving
from tickets.models import Event, InboundMessage, Kind, Message, Notification, Outbox, PausedAddress, Status, Ticket
from tickets.models.sender import is_paused

pytestmark = pytest.mark.django_db


@pytest.fixture
def answered(desk, receive, settings):
    """A ticket by mail whose answer was sent: (ticket, the outbox row of the answer)."""
    desk.shops.acknowledges = False
    desk.shops.save()
    ticket = receive(raw_mail()).ticket
    assigning.assign_me(ticket=ticket, by=fresh(desk.agent), at=clock.now())
    replying.reply(
        ticket=ticket, by=fresh(desk.agent), text="We look at it.", at=clock.now(), next_status=Status.SOLVED
    )
    outbox.drain(at=clock.now())
    row = Outbox.objects.get(ticket=ticket)
    assert row.state == Outbox.State.SENT
    return Ticket.objects.get(pk=ticket.pk), row


def envelope_of(settings) -> str:
    """The token address that the newest mail left by; bounces go there."""
    newest = max(settings.MAIL_FILE_DIR.iterdir(), key=lambda path: path.name)
    found = re.search(r"shops\+[a-z2-7]{32}@bursztyn\.example", newest.read_text())
    assert found
    return found.group()


def bounce(*, address="jan@sklep.example", to="shops@bursztyn.example", original="", status="5.1.1", action="failed"):
    return f"""\
From: Mail Delivery System <MAILER-DAEMON@mx.sklep.example>
To: {to}
Subject: Undelivered Mail Returned to Sender
Message-ID: <bounce-{status}@mx.sklep.example>
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

This is the mail system at host mx.sklep.example.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.sklep.example

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} <{address}> went wrong

--b
Content-Type: text/rfc822-headers

Subject: Re: The shop is down
{original}

--b--
""".encode()


def test_a_bounce_with_our_message_id_pauses_the_address(desk, receive, answered):
    ticket, row = answered

    inbound = receive(bounce(original=f"Message-ID: <{row.mail_id}>"))

    assert (inbound.state, inbound.ticket) == (InboundMessage.State.ACCEPTED, ticket)
    note = inbound.message
    assert (note.kind, note.author, note.is_from_requester, note.automatic) == ("note", None, False, "bounce")
    assert note.bounce["reason"] == "user_unknown"
    assert note.bounce["message"] == row.message_id
    row.refresh_from_db()
    assert (row.bounce_reason, row.bounce_is_hard) == ("user_unknown", True)
    assert row.bounced_at is not None
    paused = PausedAddress.objects.get()
    assert (paused.address, paused.reason, paused.is_hard, paused.message) == (
        "jan@sklep.example",
        "user_unknown",
        True,
        note,
    )
    event = Event.objects.get(kind=Kind.BOUNCED)
    assert event.data["is_paused"]
    assert Notification.objects.filter(person=desk.agent, kind="delivery_failed", event=event).exists()


def test_a_bounce_reopens_nothing_and_is_never_answered(desk, receive, answered):
    ticket, row = answered
    desk.shops.acknowledges = True
    desk.shops.save()

    receive(bounce(original=f"Message-ID: <{row.mail_id}>"))

    assert Ticket.objects.get(pk=ticket.pk).status == Status.SOLVED
    assert Outbox.objects.count() == 1
    assert not Message.objects.public().filter(automatic="bounce").exists()


def test_a_bounce_to_the_token_of_the_envelope_is_proof_too(receive, answered, settings):
    ticket, _row = answered

    inbound = receive(bounce(), envelope_to=envelope_of(settings))

    assert inbound.ticket == ticket
    assert is_paused("jan@sklep.example", clock.now())


def test_delivered_to_names_the_envelope_too(receive, answered, settings):
    ticket, _row = answered

    inbound = receive(f"Delivered-To: {envelope_of(settings)}\n".encode() + bounce())

    assert inbound.ticket == ticket
    assert is_paused("jan@sklep.example", clock.now())


def test_our_token_in_to_alone_is_a_claim(receive, answered, settings):
    """Who was in Cc, or was forwarded our mail, has seen that address."""
    ticket, row = answered

    for raw in (
        bounce(to=envelope_of(settings)),
        raw_mail(
            sender="Mail Delivery System <mailer-daemon@evil.example>",
            to=envelope_of(settings),
            subject="Undelivered Mail Returned to Sender",
            message_id="<b@evil.example>",
            text="This is the mail system. Your message could not be delivered.\n\n<jan@sklep.example>: 550 5.1.1 no",
        ),
    ):
        inbound = receive(raw)

        assert (inbound.ticket, inbound.message.kind) == (ticket, "note")
        assert "proves nothing" in inbound.why
    assert not PausedAddress.objects.exists()
    row.refresh_from_db()
    assert row.bounced_at is None


@pytest.mark.parametrize(
    "text",
    [
        "Hello,\n\nit still says: Your message could not be delivered. What can I do?\n\nJan",
        "Yes.\n\nOn Mon, 9 Mar 2026 Agnieszka wrote:\n> Do you see: Your message could not be delivered?\n",
        "550 5.1.1 user unknown for jan@sklep.example, it was undeliverable",
    ],
)
@pytest.mark.parametrize("name", ["Jan Kowalski", "System Administrator"])
def test_a_reply_that_speaks_of_a_bounce_is_a_reply(receive, answered, text, name):
    ticket, row = answered
    ids = f"In-Reply-To: <{row.mail_id}>\nReferences: <{row.mail_id}>\n"

    inbound = receive(
        raw_mail(
            sender=f"{name} <jan@sklep.example>",
            subject="Re: Mail delivery failed",
            message_id="<q2@x>",
            text=text,
            headers=ids,
        )
    )

    assert (inbound.ticket, inbound.message.kind, inbound.message.automatic) == (ticket, "public", "")
    assert Ticket.objects.get(pk=ticket.pk).status == Status.OPEN
    assert not PausedAddress.objects.exists()


def test_thread_ids_under_a_servers_mere_name_prove_nothing(receive, answered):
    _ticket, row = answered

    inbound = receive(
        raw_mail(
            sender="Mail Administrator <admin@sklep.example>",
            subject="Mail delivery failed",
            message_id="<q2@x>",
            text="<jan@sklep.example>: user unknown",
            headers=f"References: <{row.mail_id}>\n",
        )
    )

    assert not inbound.message.bounce
    assert not PausedAddress.objects.exists()


def test_without_a_failed_address_only_a_report_pauses(receive, answered):
    _ticket, row = answered

    inbound = receive(
        raw_mail(
            sender="MAILER-DAEMON@mx.sklep.example",
            subject="Undelivered mail",
            message_id="<q2@x>",
            text="It could not be delivered.",
            headers=f"References: <{row.mail_id}>\n",
        )
    )

    assert inbound.message.bounce
    assert not PausedAddress.objects.exists()


def test_a_stranger_who_tells_of_a_customers_mailbox_opens_a_ticket(receive, answered):
    ticket, _row = answered

    inbound = receive(
        raw_mail(
            sender="Anna <anna@nowa.example>",
            subject="Mail delivery problem",
            message_id="<q9@nowa.example>",
            text="Our staff gets nothing: 550 mailbox unavailable for jan@sklep.example, delivery failed.",
        )
    )

    assert inbound.ticket != ticket
    assert (inbound.message.kind, inbound.message.automatic) == ("public", "")


@pytest.mark.parametrize("original", ["", "Message-ID: <dz.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.1@bursztyn.example>"])
def test_a_forged_bounce_silences_nobody(receive, answered, original):
    ticket, row = answered

    inbound = receive(bounce(original=original))

    assert inbound.ticket == ticket  # shown where it claims to belong, as a claim
    assert not PausedAddress.objects.exists()
    row.refresh_from_db()
    assert row.bounced_at is None
    assert not Event.objects.filter(kind=Kind.BOUNCED).exists()


def test_a_bounce_of_another_address_pauses_neither(receive, answered):
    """The recipient's own forwarding failed; what we wrote to them reached their server."""
    ticket, row = answered

    inbound = receive(bounce(original=f"Message-ID: <{row.mail_id}>", address="other@elsewhere.example"))

    assert inbound.ticket == ticket
    assert not PausedAddress.objects.exists()


def test_a_bounce_tells_a_domain_with_letters_of_ours_as_mail_has_it(receive, answered):
    _ticket, row = answered
    Outbox.objects.filter(pk=row.pk).update(address="jan@żółw.pl")

    receive(bounce(original=f"Message-ID: <{row.mail_id}>", address="jan@xn--w-uga1v8h.pl"))

    assert PausedAddress.objects.get().address == "jan@żółw.pl"


def test_a_bounce_about_nothing_of_ours_opens_a_ticket_and_pauses_nobody(desk, receive):
    inbound = receive(bounce(original="Message-ID: <x@y.example>"))

    assert inbound.state == InboundMessage.State.ACCEPTED
    assert inbound.message.automatic == "bounce"
    assert not PausedAddress.objects.exists()
    assert not Outbox.objects.exists()


def test_a_delay_pauses_nothing(receive, answered):
    _ticket, row = answered

    inbound = receive(bounce(original=f"Message-ID: <{row.mail_id}>", action="delayed", status="4.4.1"))

    assert inbound.message.bounce["is_delay"]
    assert not PausedAddress.objects.exists()
    row.refresh_from_db()
    assert row.bounced_at is None


def test_imported_bounces_pause_nobody(desk, answered):
    _ticket, row = answered
    stored, _ = receiving.store(bounce(original=f"Message-ID: <{row.mail_id}>"), mailbox=desk.mailbox, at=clock.now())
    InboundMessage.objects.filter(pk=stored.pk).update(is_imported=True)

    receiving.process(stored.pk, at=clock.now())

    assert not PausedAddress.objects.exists()


def test_a_bounce_that_names_no_sender_finds_its_ticket(receive, answered):
    ticket, row = answered
    raw = bounce(original=f"Message-ID: <{row.mail_id}>").replace(b" <MAILER-DAEMON@mx.sklep.example>", b"")

    assert receive(raw).ticket == ticket


def test_a_late_bounce_of_older_mail_does_not_pause_again(desk, receive, answered):
    ticket, row = answered
    receive(bounce(original=f"Message-ID: <{row.mail_id}>"))
    pausing.clear_pause(address="jan@sklep.example", by=fresh(desk.agent), at=clock.now(), ticket=ticket)

    receive(bounce(original=f"Message-ID: <{row.mail_id}>", status="5.2.2"))

    assert not is_paused("jan@sklep.example", clock.now())


def test_an_absence_note_joins_its_ticket_and_leaves_it_as_it_is(receive, answered, settings):
    ticket, _row = answered
    raw = raw_mail(to=envelope_of(settings), subject="Automatic reply: The shop", message_id="<oof@sklep.example>")

    inbound = receive(raw)

    assert (inbound.ticket, inbound.message.automatic) == (ticket, "auto_reply")
    assert Ticket.objects.get(pk=ticket.pk).status == Status.SOLVED
