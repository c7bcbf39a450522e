"""A ticket in all its states, and new ones."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.desk import Desk, now, say
from tests.e2e.pages.looking import Scene, check_focus, check_page, for_desk, look
from tests.e2e.pages.prepared import ended, full, own_properties, questioned, removed_tickets
from tests.factories import make_reply, make_requester_message, make_ticket
from tickets.actions import changing, drafting
from tickets.actions.attaching import File
from tickets.models import Priority, Status, Ticket, User


def with_a_reply_that_leaves(desk: Desk) -> Ticket:
    """And files beside the draft of the next one."""
    ticket = make_ticket(desk.shops, requester=desk.requester())
    make_reply(ticket, desk.agent, at=now(), text="Proszę spróbować teraz.", hold_s=600)
    names = [
        "zrzut ekranu 2026-03-09 08.00.00.png",
        "bardzo długa nazwa pliku, która nie mieści się w żadnym wierszu.pdf",
    ]
    files = [File(name=name, content=b"x" * 2000, content_type="image/png") for name in names]
    drafting.keep_files(ticket=ticket, by=desk.agent, kind="public", files=files, at=now())
    return ticket


def without_address(desk: Desk) -> Ticket:
    return make_ticket(desk.shops, requester=desk.requester(email=None, phone="+48 601"), channel="phone")


def open_nothing(page: Any) -> None:
    page.get_by_label(say("Subject")).fill("?")
    page.get_by_label(say("What is it about?")).fill("?")
    page.get_by_role("button", name=say("Open the ticket")).click()
    expect(page.locator(".error")).to_be_visible()


def cross_words(page: Any) -> None:
    page.locator("#reply-text").fill("Który sklep?")
    make_requester_message(Ticket.objects.order_by("-pk").first(), at=now(), text="Ten z rowerami.")
    page.locator("form[data-kind=public] [data-send]").click()
    expect(page.locator(".compare")).to_be_visible()


def solve_too_early(page: Any) -> None:
    page.locator("#status").select_option(Status.SOLVED)
    expect(page.locator("#properties [role=alert]")).to_be_visible()
    page.locator(".more-properties summary[data-act=snooze]").click()


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


SCENES = {
    "ticket": Scene("/tickets/{number}/", "admin", full),
    "story of the clocks": Scene("/tickets/{number}/promises/", "admin", full),
    "ticket, a reply leaves": Scene("/tickets/{number}/", "agent", for_desk(with_a_reply_that_leaves)),
    "ticket, a note": Scene("/tickets/{number}/", "agent", full, write_a_note),
    "ticket, words cross": Scene("/tickets/{number}/", "agent", full, cross_words),
    "ticket, values cross": Scene("/tickets/{number}/", "agent", full, cross_values),
    "ticket, closed": Scene("/tickets/{number}/", "agent", for_desk(lambda desk: ended(desk, Status.CLOSED))),
    "ticket of a volunteer": Scene("/tickets/{number}/", "volunteer", full),
    "ticket to review": Scene("/tickets/{number}/", "mentor", full),
    "ticket without an address": Scene("/tickets/{number}/", "agent", for_desk(without_address)),
    "ticket, properties of the desk": Scene("/tickets/{number}/", "agent", for_desk(own_properties), solve_too_early),
    "ticket, spam": Scene("/tickets/{number}/", "agent", for_desk(removed_tickets)),
    "new ticket": Scene("/tickets/new/", "agent"),
    "new ticket, refused": Scene("/tickets/new/", "agent", act=open_nothing),
    "a question to answer": Scene("/tickets/{number}/", "lead", for_desk(questioned)),
    "a question asked": Scene(
        "/tickets/{number}/", "agent", for_desk(questioned), lambda page: page.keyboard.press("Shift+A")
    ),
}


@pytest.mark.parametrize("name", SCENES)
def test_page(desk, mail, open_page, name):
    check_page(SCENES[name], desk, mail, open_page)


@pytest.mark.parametrize("name", ["ticket", "ticket to review", "new ticket"])
def test_the_focus_is_seen_wherever_the_tab_key_leads(desk, mail, open_page, name):
    check_focus(SCENES[name], desk, mail, open_page)


ACTS = """() => [...document.querySelectorAll(
  ".btn, .more-link, .more-properties, .edit-subject, .from-here, .composer, #add-tags"
)].filter((each) => each.checkVisibility()).map((each) => each.outerHTML.slice(0, 80))"""


def test_a_printed_ticket_holds_nothing_to_press(desk, mail, open_page):
    page = look(SCENES["ticket"], desk, mail, open_page)
    assert page.evaluate(ACTS) != []

    page.emulate_media(media="print")

    assert page.evaluate(ACTS) == []
    expect(page.locator(".property select").first).to_be_visible()
