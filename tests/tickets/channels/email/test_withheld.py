"""What quotes a mail of ours speaks for nobody: its signed link and its reply address are for the one we wrote to."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import AT, make_colleague, make_grant
from tests.tickets.channels.email.conftest import raw_mail
from tickets import signed_links
from tickets.actions import replying
from tickets.channels.email import composing, identity, outbox
from tickets.models import Message, Outbox, Ticket, User

CASE = Ticket(pk=12), User(pk=34)
TOKEN = identity.make(12, 34, at=AT)


@pytest.fixture
def sent(desk, receive, clock):
    row = receive(raw_mail(sender="Jan <jan@sklep.example>", message_id="<q1@sklep.example>"))
    message = replying.reply(ticket=row.ticket, by=desk.agent, text="We fixed it.", at=clock.now)
    outbox.drain(at=clock.now)
    return Outbox.objects.get(message=message)


@pytest.fixture
def letter(sent):
    return composing.compose(sent)


@pytest.fixture
def volunteer(desk):
    person = make_colleague(email="wolontariusz@bursztyn.example", language="en")
    make_grant(person, desk.shops)
    return person


def link_in(letter):
    return re.search(r"https?://\S+/r/([^\s/]+)/", letter.mail.get_body(("plain",)).get_content())


def reads(client, person, address):
    client.force_login(person)
    response = client.get(address)
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_a_quoted_link_is_the_plain_address(desk, receive, client, sent, letter, volunteer):
    link = link_in(letter)
    token = identity.make(sent.ticket_id, sent.ticket.requester_id, at=sent.created_at)
    quoted = "\n".join("> " + line for line in letter.mail.get_body(("plain",)).get_content().splitlines())
    words = f"Not yet.\n\nOn Mon shops+{token}@bursztyn.example wrote:\n{quoted}\n"
    html = letter.mail.get_body(("html",)).get_content()
    raw = (
        b"From: Jan <jan@sklep.example>\r\nTo: shops@bursztyn.example\r\nSubject: Re: x\r\n"
        b"Message-ID: <q3@s.example>\r\n"
        b"In-Reply-To: <" + sent.mail_id.encode() + b">\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/alternative; boundary=RR\r\n\r\n--RR\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + words.encode() + b"\r\n--RR\r\n"
        b"Content-Type: text/html; charset=utf-8\r\n\r\n" + html.encode() + b"\r\n--RR--\r\n"
    )

    message = receive(raw).message

    assert message.ticket_id == sent.ticket_id
    for stored in (message.text, message.html):
        assert f"/requests/{sent.ticket_id}/" in stored
        assert link[1] not in stored
    assert token not in message.text
    for person in (desk.agent, volunteer):
        for address in (
            f"/tickets/{sent.ticket_id}/",
            f"/messages/{message.pk}/html/",
            f"/api/tickets/{sent.ticket_id}/",
        ):
            page = reads(client, person, address)
            assert b"Not yet" in page or b"fixed" in page
            assert link[1].encode() not in page
            assert token.encode() not in page


def test_messages_stored_before_show_it_no_more(desk, client, sent, letter, receive):
    message = receive(raw_mail(headers=f"In-Reply-To: <{sent.mail_id}>\n", message_id="<q4@sklep.example>")).message
    link = link_in(letter)
    Message.objects.filter(pk=message.pk).update(text=f"See {link[0]}", html=f'<p><a href="{link[0]}">See</a></p>')

    for address in (
        f"/tickets/{sent.ticket_id}/",
        f"/tickets/{sent.ticket_id}/split/",
        f"/messages/{message.pk}/html/",
        f"/api/tickets/{sent.ticket_id}/",
        "/search/?q=see",
    ):
        page = reads(client, desk.agent, address)
        assert b"See" in page.replace(b"<mark>", b"").replace(b"</mark>", b"")
        assert b"/requests/" in page
        assert link[1].encode() not in page
        assert link[1].partition("~")[2].encode() not in page


def test_a_returned_mail_is_for_those_who_see_addresses(desk, receive, client, sent, letter, volunteer):
    raw = (
        b"From: Mail Delivery System <mailer-daemon@sklep.example>\r\nTo: " + letter.sender.encode() + b"\r\n"
        b"Subject: Undelivered Mail Returned to Sender\r\nMessage-ID: <bb@sklep.example>\r\nReturn-Path: <>\r\n"
        b"MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=RR\r\n\r\n--RR\r\n"
        b"Content-Type: text/plain\r\n\r\nThis is the mail system. <jan@sklep.example>: mailbox full\r\n--RR\r\n"
        b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n"
        b"Final-Recipient: rfc822; jan@sklep.example\r\nAction: failed\r\nStatus: 5.2.2\r\n\r\n--RR\r\n"
        b"Content-Type: message/rfc822\r\n\r\n" + letter.mail.as_bytes() + b"\r\n--RR--\r\n"
    )
    bounce = receive(raw).message
    assert bounce.bounce
    link = link_in(letter)[1].encode()
    files = list(bounce.attachments.values_list("pk", "name"))
    assert files

    for address in (f"/tickets/{sent.ticket_id}/", f"/api/tickets/{sent.ticket_id}/"):
        page = reads(client, volunteer, address)
        assert b"jan@sklep.example" not in page
        assert not any(f"/attachments/{pk}/".encode() in page for pk, _name in files)
        assert any(f"/attachments/{pk}/".encode() in reads(client, desk.agent, address) for pk, _name in files)
    assert b"could not be delivered" in reads(client, volunteer, f"/tickets/{sent.ticket_id}/")
    for pk, name in files:
        for address in (f"/attachments/{pk}/", f"/attachments/{pk}/mail/", f"/attachments/{pk}/mail/0/"):
            client.force_login(volunteer)
            assert client.get(address).status_code == 404
        client.force_login(desk.agent)
        assert client.get(f"/attachments/{pk}/").status_code == 200
        if name.endswith(".eml"):
            page = client.get(f"/attachments/{pk}/mail/").content
            assert b"We fixed it." in page
            assert link not in page
            assert (
                b"+" + identity.make(sent.ticket_id, sent.ticket.requester_id, at=sent.created_at).encode() not in page
            )


def test_headers_name_no_token_wherever_it_stands(desk, receive, client, sent, clock):
    token = identity.make(sent.ticket_id, sent.ticket.requester_id, at=clock.now)
    address = f"shops+{token}@bursztyn.example"
    raw = raw_mail(to=f'"{address}" <{address}>', subject=f"Re: {address}", message_id="<q5@sklep.example>")

    page = reads(client, desk.agent, f"/messages/{receive(raw).message_id}/headers/").decode()

    assert "shops@bursztyn.example" in page
    assert token not in page


@pytest.mark.parametrize("tilde", ["~", "%7E", "%7e"])
def test_a_link_is_known_however_it_is_quoted(tilde):
    token = signed_links.token_for(*CASE).replace("~", tilde)

    assert signed_links.without_tokens(f"<a href='https://x/r/{token}/'>") == "<a href='https://x/requests/12/'>"
    assert signed_links.without_tokens(f"u=https%3A%2F%2Fx%2Fr%2F{token}%2F&").endswith("requests%2f12%2F&")


@given(st.integers(1, 80), st.sampled_from(["\n> ", "\r\n", "=\r\n", "\n>> "]))
def test_a_link_broken_over_lines_is_no_link_either(place, end):
    token = signed_links.token_for(*CASE)
    place = min(place, len(token) - 1)

    left = signed_links.without_tokens(f"https://x/r/{token[:place]}{end}{token[place:]}/ words")

    assert token[-20:] not in left
    assert left.endswith(" words")


@pytest.mark.parametrize(
    "text", [f"a+{TOKEN}@b.example", f"a%2B{TOKEN.upper()}@b.example", f"<dz.{TOKEN}.7@b.example>"]
)
def test_a_reply_address_is_plain(text):
    assert TOKEN not in identity.without_tokens(text).lower()
    assert "b.example" in identity.without_tokens(text)


@given(st.text(alphabet="09azAZ~-/r+=.\r\n> ", max_size=80))
def test_other_words_stay(text):
    could_be_one = len(text) > 28 and (text.count("~") > 1 or "+" in text)
    assert could_be_one or identity.without_tokens(text) == text
