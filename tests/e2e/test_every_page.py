"""Every page, by day and by night, on a desk and on a phone: readable for everybody, quiet, never too wide.

Checked by axe with all its rules and WCAG 2.2's target size; colours again in the other theme. The console's and the
content security policy's complaints fail each story at its end (conftest).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import resolve
from playwright.sync_api import expect

from tests.e2e.desk import DESKTOP, PHONE, Desk, now, say
from tests.e2e.post import Mail, letter
from tests.e2e.test_what_a_mail_holds import full_mail
from tests.factories import (
    HOUR,
    MINUTE,
    fresh,
    make_draft,
    make_note,
    make_organisation,
    make_reply,
    make_requester_message,
    make_ticket,
)
from tickets import account_urls, signed_links, urls
from tickets.actions import assigning, changing, facts, outgoing
from tickets.actions.attaching import File
from tickets.models import Attachment, Mailbox, MailSender, Outbox, PausedAddress, Priority, Status, Ticket, User

REFUSED = "127.0.0.1 refused the user name or the password."
ALL_RULES = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
COLOURS = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
}


def full_ticket(desk: Desk) -> Ticket:
    """A ticket with everything a conversation can hold."""
    requester = desk.requester(phone="+48 601 234 567", organisation=make_organisation("Łódź sp. z o.o."))
    make_ticket(desk.shops, requester=requester, subject="Poprzednia sprawa", status=Status.SOLVED)
    file = File(
        name="obraz żółty z bardzo długą nazwą pliku.png", content=b"\x89PNG\r\n\x1a\n", content_type="image/png"
    )
    ticket = make_ticket(
        desk.shops,
        requester=requester,
        subject="Sklep nie działa od rana, a klienci dzwonią i pytają, kiedy wróci",
        text="Dzień dobry,\n\nhttps://rowery.example/zamowienia/2026/03/bardzo-dlugi-adres-strony-ktory-sie-nie-lamie\n\n"
        "> Kiedyś było lepiej\n> naprawdę",
        html="<p>Dzień <b>dobry</b></p>",
        priority=Priority.URGENT,
        attachments=[file],
    )
    promise = {"due_at": now() + 20 * MINUTE, "sla_since": now() - HOUR, "sla_target_s": 4800}
    facts.store_promise(ticket.pk, sla_state="running", sla_metric="first_response", **promise)
    at = now()
    make_note(ticket, desk.agent, at=at, text="Klient premium.")
    make_reply(ticket, desk.agent, at=at, text="Sprawdzam.")
    outgoing.give_up(mail=Outbox.objects.get(ticket=ticket), reason="550", at=at)
    make_requester_message(ticket, at=at, text="Dziękuję.")
    assigning.assign(ticket=ticket, to=desk.volunteer, by=desk.lead, at=at)
    make_reply(ticket, fresh(desk.volunteer), at=at, text="Proszę spróbować.")
    changing.change_priority(ticket=ticket, to=Priority.HIGH, by=desk.lead, at=at)
    make_draft(ticket, desk.admin, at=at)
    facts.store_presence(desk.agent, [(at - HOUR, at + HOUR)], after=at - HOUR)
    return ticket


def in_every_state(desk: Desk) -> None:
    """A list with promises of each kind, all channels, and rows of other lengths."""
    states = [("running", -90), ("running", 10), ("running", 200), ("running", 900), ("paused", 60), ("", 0)]
    channels = ["email", "web", "phone", "chat", "messenger", "walk_up"]
    for place, ((state, minutes), channel) in enumerate(zip(states, channels, strict=True)):
        ticket = make_ticket(
            desk.shops,
            channel=channel,
            subject="Krótki temat" if place % 2 else "Temat tak długi, że w żadnej kolumnie nie zmieści się w całości",
            priority=[Priority.NORMAL, Priority.HIGH, Priority.URGENT][place % 3],
            assignee=desk.agent if place % 2 else None,
        )
        if state:
            promise = {"sla_state": state, "sla_metric": "first_response", "sla_since": now() - 2 * HOUR}
            facts.store_promise(ticket.pk, due_at=now() + minutes * MINUTE, sla_target_s=7200 + 60 * minutes, **promise)


# Scenes


@dataclass(frozen=True)
class Scene:
    """A page and what is on it. ``path`` may hold {number} of what ``prepare`` returns, and {token} of a ticket."""

    path: str
    by: str = ""
    """Who looks: a name of the desk's, "requester", or nobody in particular."""
    prepare: Callable[[Desk, Mail], Any] = lambda desk, mail: None
    act: Callable[[Any], object] = lambda page: None


def for_desk(prepare: Callable[[Desk], Any]) -> Callable[[Desk, Mail], Any]:
    return lambda desk, mail: prepare(desk)


full = for_desk(full_ticket)
various = for_desk(in_every_state)


def ended(desk: Desk, *statuses: str) -> Ticket:
    ticket = full_ticket(desk)
    changing.change_status(ticket=ticket, to=Status.SOLVED, by=desk.admin, at=now())
    ticket.refresh_from_db()
    return changing.close(ticket=ticket, at=now()) if Status.CLOSED in statuses else ticket


def without_address(desk: Desk) -> Ticket:
    return make_ticket(desk.shops, requester=desk.requester(email=None, phone="+48 601"), channel="phone")


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


def notified(desk: Desk, mail: Mail) -> None:
    for subject in ("Pierwsza", "Druga, z tematem tak długim, że się nie mieści w żadnym wierszu na telefonie"):
        assigning.assign(ticket=make_ticket(desk.shops, subject=subject), to=desk.agent, by=desk.lead, at=now())


def set_password(page: Any) -> None:
    """Follow the link of the mail, to the page where the new password is written."""
    page.get_by_role("textbox").fill("agnieszka@bursztyn.example")
    page.get_by_role("button", name=say("Send the link")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(say("Look into your mail"))
    page.goto(re.search(r"/accounts/password/reset/key/\S+", Outbox.objects.get().payload["text"]).group())


def sign_in_wrongly(page: Any) -> None:
    page.get_by_label(say("Work email")).fill("nobody@bursztyn.example")
    page.get_by_label(say("Password")).fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()


def refuse_mailbox(page: Any) -> None:
    page.get_by_label(say("IMAP server")).fill("imap.example")
    page.locator("[name=name]").fill("Help")
    page.locator("[name=queue]").select_option(index=1)
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


def open_nothing(page: Any) -> None:
    page.get_by_label(say("Subject")).fill("?")
    page.get_by_label(say("What is it about?")).fill("?")
    page.get_by_role("button", name=say("Open the ticket")).click()
    expect(page.locator(".error")).to_be_visible()


def cross_words(page: Any) -> None:
    page.locator("#reply-text").fill("Który sklep?")
    make_requester_message(Ticket.objects.order_by("-pk").first(), at=now(), text="Ten z rowerami.")
    page.get_by_role("button", name=say("Send")).click()
    expect(page.locator(".compare")).to_be_visible()


def cross_values(page: Any) -> None:
    ticket = Ticket.objects.order_by("-pk").first()
    changing.change_priority(ticket=ticket, to=Priority.LOW, by=User.objects.get(name="Lena Łoś"), at=now())
    page.get_by_role("combobox", name=say("Priority")).select_option(str(Priority.URGENT))
    expect(page.get_by_role("alert")).to_be_visible()


def write_a_note(page: Any) -> None:
    page.keyboard.press("n")
    expect(page.locator("#note-text")).to_be_focused()
    page.keyboard.type("Tylko dla nas")
    expect(page.locator("form[data-kind=note] .draft")).to_have_text(say("Draft saved"))


def ask_for_keys(page: Any) -> None:
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()


def see_the_preview(page: Any) -> None:
    expect(page.locator("#preview .preview-title")).to_be_visible()


SCENES = {
    "sign in": Scene("/accounts/login/"),
    "sign in, refused": Scene("/accounts/login/", act=sign_in_wrongly),
    "password forgotten": Scene("/accounts/password/reset/"),
    "password mailed": Scene("/accounts/password/reset/done/"),
    "password set anew": Scene("/accounts/password/reset/", act=set_password),
    "password link over": Scene("/accounts/password/reset/key/1-abc/"),
    "password saved": Scene("/accounts/password/reset/key/done/"),
    "password change": Scene("/accounts/password/change/", "agent"),
    "confirm": Scene("/accounts/reauthenticate/", "agent"),
    "account closed": Scene("/accounts/inactive/"),
    "sign out": Scene("/accounts/logout/", "agent"),
    "settings": Scene("/settings/", "agent"),
    "queue": Scene("/queue/", "agent", various, see_the_preview),
    "ticket, all a mail can hold": Scene("/tickets/{number}/", "agent", with_a_full_mail),
    "a mail in a mail": Scene("/attachments/{number}/mail/", "agent", mail_in_it),
    "queue of a volunteer": Scene("/queue/", "volunteer", various, see_the_preview),
    "queue, empty": Scene("/queue/", "agent"),
    "queue, nothing fits": Scene("/queue/?status=on_hold&priority=4&view=mine", "agent"),
    "queue, solved": Scene("/queue/?view=solved", "agent", full, see_the_preview),
    "queue, keys": Scene("/queue/", "agent", various, ask_for_keys),
    "ticket": Scene("/tickets/{number}/", "admin", full),
    "ticket, a note": Scene("/tickets/{number}/", "agent", full, write_a_note),
    "ticket, words cross": Scene("/tickets/{number}/", "agent", full, cross_words),
    "ticket, values cross": Scene("/tickets/{number}/", "agent", full, cross_values),
    "ticket, closed": Scene("/tickets/{number}/", "agent", for_desk(lambda desk: ended(desk, Status.CLOSED))),
    "ticket of a volunteer": Scene("/tickets/{number}/", "volunteer", full),
    "ticket to review": Scene("/tickets/{number}/", "mentor", full),
    "ticket without an address": Scene("/tickets/{number}/", "agent", for_desk(without_address)),
    "new ticket": Scene("/tickets/new/", "agent"),
    "new ticket, refused": Scene("/tickets/new/", "agent", act=open_nothing),
    "notifications": Scene("/notifications/", "agent", notified),
    "notifications, none": Scene("/notifications/", "agent"),
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
    "case": Scene("/r/{token}/", prepare=full),
    "case, solved": Scene("/r/{token}/", prepare=for_desk(ended)),
    "case, closed": Scene("/r/{token}/", prepare=for_desk(lambda desk: ended(desk, Status.CLOSED))),
    "case, is it solved?": Scene("/r/{token}/solved/", prepare=full),
    "case, link over": Scene("/r/x/"),
    "own cases": Scene("/requests/", "requester", full),
    "own cases, none": Scene("/requests/", "requester", for_desk(lambda desk: desk.requester())),
    "own case": Scene("/requests/{number}/", "requester", full),
    "own case, is it solved?": Scene("/requests/{number}/solved/", "requester", full),
    "own settings": Scene("/settings/", "requester", full),
    "nothing there": Scene("/tickets/999999/", "agent"),
}

SEEN_ELSEWHERE = {
    "home", "healthz", "readyz", "set_language", "nav", "news", "rows", "preview", "ticket_news", "message_html",
    "attachment", "raw_mail", "own_file", "signed_file", "take_next", "reply", "note", "draft", "take", "assign",
    "change_status", "change_priority", "change_queue", "approve", "return_reply", "open_notification", "read_all",
    "read_again", "dismiss_inbound", "send_again", "dismiss_outgoing", "own_answer", "signed_answer",
    "account_set_password", "test_mailbox", "choose_folder", "start_mailbox", "pause_mailbox", "resume_mailbox",
    "push_token", "remove_mailbox", "test_sender", "move_sender", "remove_sender", "end_pause",
    "own_mail", "signed_mail", "own_html", "signed_html", "picture", "clear_pause",
}  # fmt: skip
"""Fragments, files and what forms lead to; a page for people who never had a password, and a page by its other ways."""


def test_every_page_has_its_scene():
    """A new page is looked at here; what is none is named above."""
    shown = {resolve(scene.path.split("?")[0].format(number=1, token="x")).url_name for scene in SCENES.values()}
    names = {pattern.name for pattern in [*urls.urlpatterns, *account_urls.urlpatterns]}

    assert names - SEEN_ELSEWHERE == shown


# What is looked for


def violations(page: Any, options: dict[str, Any]) -> list[str]:
    found = page.evaluate("options => axe.run(document, options)", options)["violations"]
    return [
        f"{each['id']}: {node['html'][:160]} {node['failureSummary'].splitlines()[-1].strip()}"
        for each in found
        for node in each["nodes"]
    ]


def too_wide(page: Any) -> int:
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def path_of(scene: Scene, made: Any) -> str:
    if isinstance(made, Ticket):
        return scene.path.format(number=made.pk, token=signed_links.token_for(made, made.requester))
    return scene.path.format(number=made.pk) if made else scene.path


@pytest.mark.parametrize("name", SCENES)
def test_page(desk, mail, open_page, name):
    scene = SCENES[name]
    made = scene.prepare(desk, mail)
    path = path_of(scene, made)
    person = User.objects.get(email="roza@sklep.example") if scene.by == "requester" else getattr(desk, scene.by, None)
    page = open_page(fresh(person) if person else None)
    page.goto(path)
    scene.act(page)

    assert examined(page) == {}


def examined(page: Any) -> dict[str, Any]:
    """What is wrong with the page, by device and theme; empty when nothing is."""
    page.evaluate(Axe().axe_script)
    found: dict[str, Any] = {}
    for device, size in (("desk", DESKTOP), ("phone", PHONE)):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        found[device] = violations(page, ALL_RULES)
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        found[f"{device}, night"] = violations(page, COLOURS)
        found[f"{device}, too wide"] = too_wide(page)
    return {what: each for what, each in found.items() if each}


FOCUS_IS_HIDDEN = """() => {
  const each = document.activeElement;
  if (!each || each === document.body) return null;
  const ring = (element, part) => {
    const style = getComputedStyle(element, part);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  };
  const around = [each, each.parentElement, each.parentElement?.parentElement, each.closest(".composer")];
  const shows = around.some((element) => element && (ring(element) || ring(element, "::after")));
  const box = each.getBoundingClientRect();
  const inside = box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  return shows && inside ? "" : `${each.outerHTML.slice(0, 120)} ring: ${shows}, on the screen: ${inside}`;
}"""


@pytest.mark.parametrize(
    "name",
    ["sign in", "queue", "ticket", "ticket to review", "new ticket", "settings", "case", "mailbox, tested", "senders"],
)
def test_the_focus_is_seen_wherever_the_tab_key_leads(desk, mail, open_page, name):
    scene = SCENES[name]
    made = scene.prepare(desk, mail)
    path = path_of(scene, made)
    page = open_page(fresh(getattr(desk, scene.by)) if scene.by else None)
    page.goto(path)
    page.emulate_media(reduced_motion="reduce")
    scene.act(page)

    hidden, stops = [], 0
    while stops < 120:
        page.keyboard.press("Tab")
        said = page.evaluate(FOCUS_IS_HIDDEN)
        if said is None:
            break
        stops += 1
        if said:
            hidden.append(said)

    assert stops > 3
    assert hidden == []
