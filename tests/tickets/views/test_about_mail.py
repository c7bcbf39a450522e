"""What a ticket tells of the mails behind its messages, and to whom."""

import pytest

from tests.factories import (
    AT,
    make_admin,
    make_colleague,
    make_grant,
    make_requester,
    make_requester_message,
    make_ticket,
)
from tests.tickets.views.conftest import HTMX, shown
from tickets.channels.email import identity, whys
from tickets.models import InboundMessage, Mailbox


@pytest.fixture
def mailbox(queue):
    return Mailbox.objects.create(name="Help", queue=queue, host="imap.example", username="help", uidvalidity=1)


@pytest.fixture
def written(queue, mailbox):
    """A message that came by mail, and once more by another way."""
    requester = make_requester(email="roza@sklep.example", name="Róża")
    ticket = make_ticket(queue, requester=requester)
    message = make_requester_message(ticket, at=AT)
    token = identity.make(ticket.pk, requester.pk, at=AT)
    raw = (
        f"From: =?utf-8?q?R=C3=B3=C5=BCa?= <roza@sklep.example>\r\nTo: shops+{token}@bursztyn.example\r\n"
        "Subject: Sklep\r\nMessage-ID: <1@sklep.example>\r\nDate: Mon, 9 Mar 2026 07:58:00 +0100\r\n\r\nNie działa\r\n"
    ).encode()
    facts = {"mailbox": mailbox, "ticket": ticket, "message": message, "received_at": AT, "size": len(raw)}
    why = "token in the recipient address; it is closed"
    first = InboundMessage.objects.create(
        raw=raw, sha256="1" * 64, state="accepted", why=why, reason="no header names ola@x.example", **facts
    )
    InboundMessage.objects.create(raw=raw, sha256="2" * 64, state="duplicate", why="the same mail came before", **facts)
    message.token, message.first = token, first
    return message


def test_the_team_reads_why_a_mail_is_here(desk, written):
    page = shown(desk.get(written.ticket.get_absolute_url()))

    assert "It was sent to the reply address that this ticket gave out." in page
    assert "That ticket is closed, so this one was opened for it." in page
    assert "The same mail had come before. This copy added nothing." in page
    assert f"/messages/{written.pk}/headers/" in page
    assert "/raw/" not in page


def test_administrators_get_the_raw_mail(sign_in, written):
    page = shown(sign_in(make_admin(language="en")).get(written.ticket.get_absolute_url()))

    assert f"/mail/in/{written.first.pk}/raw/" in page


@pytest.mark.parametrize(
    ("is_imported", "way_in"), [(True, "an archive"), (False, "handed over by the mail server on this machine")]
)
def test_mail_without_a_mailbox_came_by_an_archive_or_by_the_mail_server(desk, written, is_imported, way_in):
    InboundMessage.objects.update(mailbox=None, is_imported=is_imported)

    assert f"<dt>Way in</dt><dd>{way_in}" in shown(desk.get(written.ticket.get_absolute_url()))


def test_people_on_a_grant_read_why_without_addresses_or_headers(sign_in, queue, written):
    InboundMessage.objects.filter(pk=written.first.pk).update(why="written to roza@sklep.example")
    volunteer = make_colleague(language="en")
    make_grant(volunteer, queue)
    client = sign_in(volunteer)

    page = shown(client.get(written.ticket.get_absolute_url()))

    assert "The queue was chosen by the address it was written to: r…@s…" in page
    assert "roza@sklep.example" not in page
    assert "ola@x.example" not in page
    assert "/headers/" not in page
    assert client.get(f"/messages/{written.pk}/headers/").status_code == 404


def test_the_headers_that_matter_without_anybodys_token(desk, written):
    address = f"/messages/{written.pk}/headers/"

    page, part = shown(desk.get(address)), shown(desk.get(address, **HTMX))

    for text in (page, part):
        assert "Róża &lt;roza@sklep.example&gt;" in text
        assert "shops@bursztyn.example" in text
        assert written.token not in text
        assert "not known: the mailbox names no server that is to be believed" in text
    assert "<html" in page
    assert "<html" not in part


def test_a_message_that_was_no_mail_has_no_headers(desk, queue):
    message = make_requester_message(make_ticket(queue), at=AT)

    assert desk.get(f"/messages/{message.pk}/headers/").status_code == 404
    assert "About this mail" not in shown(desk.get(message.ticket.get_absolute_url()))


def test_strangers_and_requesters_find_nothing(sign_in, stranger, written):
    for person in (stranger, written.ticket.requester):
        assert sign_in(person).get(f"/messages/{written.pk}/headers/").status_code == 404


@pytest.mark.parametrize(
    ("why", "sentence"),
    [
        ("answers a mail sent to this address, authenticated", "so it counts as the agent's own reply."),
        ("read from mailbox Help, authenticated; it is closed", "by the mailbox: Help."),
        ("no queue has the recipient's address; the first queue took it", "so the first queue took it."),
        ("imported into Shops", "into the queue Shops."),
        ("something an older version wrote", "something an older version wrote"),
        ("", ""),
    ],
)
def test_every_reason_is_a_sentence(why, sentence):
    assert sentence in whys.in_words(why)
