"""Mailboxes, senders, failures, and what a mail holds."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.desk import Desk, now, say
from tests.e2e.pages.looking import Scene, check_focus, check_page, for_desk
from tests.e2e.pages.prepared import full_ticket
from tests.e2e.post import Mail, letter
from tests.e2e.test_what_a_mail_holds import full_mail
from tests.factories import HOUR
from tickets.models import Attachment, Mailbox, MailSender, PausedAddress, Ticket

REFUSED = "127.0.0.1 refused the user name or the password."


def with_a_full_mail(desk: Desk, mail: Mail) -> Ticket:
    """A picture in its text, a mail attached, an invitation."""
    return mail.receive(full_mail()).ticket


def mail_in_it(desk: Desk, mail: Mail) -> Attachment:
    return Attachment.objects.get(message__ticket=with_a_full_mail(desk, mail), content_type="message/rfc822")


def failing_mail(desk: Desk, mail: Mail) -> None:
    full_ticket(desk)  # one of its mails is a dead letter
    unsigned = letter("?", Subject="Temat tak długi, że się nie mieści w żadnej kolumnie tabeli na telefonie")
    del unsigned["From"]
    mail.receive(unsigned)


def mailboxes(desk: Desk) -> Mailbox:
    """One in every state; the last of them fails."""
    server = {"host": "127.0.0.1", "port": 1, "security": "plain", "username": "shops@bursztyn.example"}
    read = {"uidvalidity": 1, "last_fetch_at": now(), "lag_s": 42}
    for name, fields in (
        ("Nowa", {"is_active": False}),
        ("Wstrzymana", {"is_active": False, **read}),
        ("Czytana", read),
        ("Cicha", {**read, "last_fetch_at": now() - HOUR}),
        (
            "Skrzynka o nazwie dłuższej niż kolumna w tabeli na telefonie",
            {"last_error": REFUSED, "failing_since": now()},
        ),
    ):
        found = Mailbox(name=name, queue=desk.shops, **server, **fields)
        found.password = "secret"
        found.save()
    return found


def endpoint(desk: Desk) -> Mailbox:
    return Mailbox.objects.create(name="Postfix", kind=Mailbox.Kind.PUSH, queue=desk.shops)


def sender(desk: Desk) -> MailSender:
    server = {"queue": desk.shops, "host": "127.0.0.1", "port": 1, "security": "plain"}
    MailSender.objects.create(name="Pierwszy", last_sent_at=now(), per_minute=30, **server)
    MailSender.objects.create(name="Drugi", position=1, is_active=False, **server)
    broken = {"failing_since": now(), "away_until": now() + HOUR, "last_error": REFUSED}
    return MailSender.objects.create(name="Trzeci", position=2, **broken, **server)


def paused(desk: Desk) -> None:
    message = full_ticket(desk).messages.last()
    facts = {"reason": "user_unknown", "detail": "550 5.1.1 No such user here", "paused_at": now(), "message": message}
    PausedAddress.objects.create(address="roza@sklep.example", **facts)
    long = "bardzo.dlugi.adres.ktorego.nikt.nie.zlamie@poczta.bardzo-dluga-domena.example"
    PausedAddress.objects.create(address=long, **facts)
    PausedAddress.objects.create(address="jan@firma.example", cleared_at=now(), cleared_by=desk.admin, **facts)


def by_mail(desk: Desk, mail: Mail) -> Ticket:
    row = mail.receive(letter("Nie działa", Subject="Sklep stoi"))
    assert row.ticket is not None
    return row.ticket


def headers_of(desk: Desk, mail: Mail) -> Any:
    return by_mail(desk, mail).messages.get()


def refuse_mailbox(page: Any) -> None:
    page.get_by_label(say("IMAP server")).fill("imap.example")
    page.locator("[name=name]").fill("Help")
    page.locator("#id_queue").select_option(index=1)
    page.locator("[name=username]").fill("help")
    page.get_by_role("button", name=say("Save and go on to the test")).click()
    expect(page.locator(".error")).to_be_visible()


def choose_oauth(page: Any) -> None:
    page.get_by_role("radio", name="OAuth 2.0").check()
    expect(page.locator("[name=token_url]")).to_be_visible()
    expect(page.locator("[name=password]")).to_be_hidden()


def try_in_vain(page: Any) -> None:
    page.get_by_role("button", name=say("Test the connection")).click()
    expect(page.locator("#probe .callout")).to_contain_text("127.0.0.1")


def make_token(page: Any) -> None:
    page.get_by_role("button", name=say("Make a token")).click()
    expect(page.locator("[data-token]")).to_contain_text("dzm_")


def open_about_mail(page: Any) -> None:
    page.get_by_text(say("About this mail")).click()
    page.get_by_role("link", name=say("Headers of the mail")).click()
    expect(page.locator(".mail-headers")).to_be_visible()


SCENES = {
    "ticket, all a mail can hold": Scene("/tickets/{number}/", "agent", with_a_full_mail),
    "a mail in a mail": Scene("/attachments/{number}/mail/", "agent", mail_in_it),
    "mail failures": Scene("/mail/", "admin", failing_mail),
    "mail failures, none": Scene("/mail/", "admin"),
    "mailboxes": Scene("/mail/mailboxes/", "admin", for_desk(mailboxes)),
    "mailboxes, none": Scene("/mail/mailboxes/", "admin"),
    "new mailbox": Scene("/mail/mailboxes/new/imap/", "admin"),
    "new mailbox, refused": Scene("/mail/mailboxes/new/imap/", "admin", act=refuse_mailbox),
    "new mailbox with OAuth": Scene("/mail/mailboxes/new/imap/", "admin", act=choose_oauth),
    "mailbox, tested": Scene("/mail/mailboxes/{number}/", "admin", for_desk(mailboxes), try_in_vain),
    "mailbox with a token": Scene("/mail/mailboxes/{number}/", "admin", for_desk(endpoint), make_token),
    "senders": Scene("/mail/senders/", "admin", for_desk(sender)),
    "new sender": Scene("/mail/senders/new/", "admin"),
    "sender, tested": Scene("/mail/senders/{number}/", "admin", for_desk(sender), try_in_vain),
    "mail of a queue": Scene("/mail/queues/{number}/", "admin", for_desk(lambda desk: desk.shops)),
    "addresses on pause": Scene("/mail/addresses/", "admin", for_desk(paused)),
    "addresses on pause, none": Scene("/mail/addresses/", "admin"),
    "pauses that are over": Scene("/mail/addresses/?ended", "admin", for_desk(paused)),
    "about a mail": Scene("/tickets/{number}/", "admin", by_mail, open_about_mail),
    "headers of a mail": Scene("/messages/{number}/headers/", "agent", headers_of),
}


@pytest.mark.parametrize("name", SCENES)
def test_page(desk, mail, open_page, name):
    check_page(SCENES[name], desk, mail, open_page)


@pytest.mark.parametrize("name", ["mailbox, tested", "senders"])
def test_the_focus_is_seen_wherever_the_tab_key_leads(desk, mail, open_page, name):
    check_focus(SCENES[name], desk, mail, open_page)
