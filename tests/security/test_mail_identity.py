"""Attackers who write mails: what the addresses and words of a mail may not bring about."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.factories import fresh, share
from tests.tickets.channels.email.conftest import desk, raw_mail, receive  # noqa: F401  fixtures
from tickets import signed_links
from tickets.actions import replying
from tickets.channels.email import composing, identity
from tickets.models import Outbox, Ticket, User

CONFIRMATION = "Confirm your address: https://chat.example/confirm/4711"


@pytest.fixture
def ticket(desk: Any, receive: Any, clock: Any) -> Ticket:  # noqa: F811
    return receive(raw_mail()).ticket


def reply_address(ticket: Ticket, person: User, clock: Any) -> str:
    return identity.plus_address("shops@bursztyn.example", identity.make(ticket.pk, person.pk, at=clock.now))


def test_a_requester_cannot_sign_up_elsewhere_in_our_name(desk, ticket, receive, clock):  # noqa: F811
    """They give the address that we gave them for their ticket, and wait for the link that confirms it."""
    to = reply_address(ticket, desk.requester, clock)
    row = receive(raw_mail(sender="Chat <no-reply@chat.example>", to=to, subject="Welcome", text=CONFIRMATION))
    replying.reply(ticket=ticket, by=fresh(desk.agent), text="We are looking.", at=clock.now)

    assert row.ticket == ticket
    assert row.message.text == CONFIRMATION
    signed_in = Client()
    signed_in.force_login(desk.requester)
    for client, path in (
        (Client(), f"/r/{signed_links.token_for(ticket, desk.requester)}/"),
        (signed_in, f"/requests/{ticket.pk}/"),
        (signed_in, f"/api/tickets/{ticket.pk}/"),
    ):
        response = client.get(path)
        assert response.status_code == 200
        assert "We are looking." in response.content.decode()
        assert "4711" not in response.content.decode()
    mail = Outbox.objects.get(kind="reply")
    mail.mail_id = composing.mail_id_for(mail)
    assert "4711" not in composing.compose(mail).mail.as_string()


def test_the_desk_reads_what_came_from_another_address_and_who_sees_it(desk, ticket, receive, clock):  # noqa: F811
    receive(
        raw_mail(sender="no-reply@chat.example", to=reply_address(ticket, desk.requester, clock), text=CONFIRMATION)
    )
    User.objects.update(language="en")
    agent = Client()
    agent.force_login(desk.agent)

    page = agent.get(f"/tickets/{ticket.pk}/").content.decode()

    assert "4711" in page
    assert "From another address, not shown to the requester" in page


def test_somebody_with_whom_it_is_shared_is_heard_by_the_requester(desk, ticket, receive, clock):  # noqa: F811
    boss = User.objects.create_user("boss@sklep.example", name="Boss")
    share(ticket, boss, at=clock.now)

    row = receive(raw_mail(sender="boss@sklep.example", to=reply_address(ticket, boss, clock), message_id="<b@x>"))

    assert row.ticket == ticket
    assert not row.message.is_note


@pytest.mark.parametrize("letter", ["\u212a", "\u017f"])
def test_a_token_of_letters_that_only_look_like_some_is_none(desk, receive, letter):  # noqa: F811
    """K (Kelvin) and ſ are k and s to whoever ignores case, and nothing to base32."""
    row = receive(raw_mail(to=f"shops+{letter * 32}@bursztyn.example", headers=f"References: <dz.{letter * 32}.1@x>\n"))

    assert row.state == "accepted"
