"""Replies with copies, Send and on to the next, and where R leads when no reply can leave."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.desk import Desk, focused, now, say
from tests.factories import fresh, make_requester, make_ticket
from tickets.models import DeskSettings, Message, Outbox

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def tickets(desk: Desk):
    DeskSettings.objects.create(undo_s=60)
    requester = desk.requester()
    return [make_ticket(desk.shops, subject=f"Sprawa {number}", requester=requester, at=now()) for number in (1, 2, 3)]


def test_a_copy_is_asked_for_by_the_keys_and_taken_back_with_the_reply(desk, tickets, open_page):
    page = open_page(desk.agent)
    keys = page.keyboard
    page.goto(f"/tickets/{tickets[0].pk}/")
    field = page.locator("#reply-cc")
    expect(field).to_be_hidden()

    keys.press("r")
    expect(page.locator("#reply-text")).to_be_focused()
    keys.type("Już działa.")
    page.locator("[data-copies]").focus()
    keys.press("Space")
    expect(field).to_be_focused()
    keys.type("biuro@lniana.example")
    keys.press("Control+Enter")

    message = page.locator(".msg", has_text="Już działa.")
    expect(message).to_contain_text("biuro@lniana.example")
    assert Message.objects.get(text="Już działa.").copied_to == ["biuro@lniana.example"]
    keys.press("u")
    expect(page.locator("#reply-text")).to_have_value("Już działa.")
    expect(field).to_have_value("biuro@lniana.example")
    expect(field).to_be_visible()
    assert not Outbox.objects.exists()


def test_send_and_next_goes_down_the_list_and_u_takes_it_back_from_there(desk, tickets, open_page):
    page = open_page(desk.agent)
    keys = page.keyboard
    page.goto("/queue/")
    first = page.locator("#rows .row[aria-current] a.subject")
    expect(first).to_be_visible()
    keys.press("j")
    keys.press("k")
    expect(first).to_be_focused()
    keys.press("o")
    expect(page).to_have_url(re.compile(r"/tickets/\d+/$"))
    left = page.url
    expect(page.locator("[data-neighbours]")).to_be_visible()

    keys.press("r")
    expect(page.locator("#reply-text")).to_be_focused()
    keys.type("Gotowe.")
    keys.press("Control+Shift+Enter")

    expect(page).not_to_have_url(re.compile(re.escape(left)))
    expect(page).to_have_url(re.compile(r"/tickets/\d+/$"))
    expect(page.locator("#toasts")).to_contain_text("60")
    keys.press("u")
    expect(page).to_have_url(re.compile(re.escape(left)))
    expect(page.locator("#reply-text")).to_have_value("Gotowe.")


def test_beside_the_list_send_and_next_shows_the_next_one(desk, tickets, open_page):
    page = open_page(desk.agent)
    keys = page.keyboard
    page.goto("/queue/")
    rows, title = page.locator("#rows .row a.subject"), page.locator("#preview .preview-title")
    expect(title).to_have_text(rows.first.inner_text())

    keys.press("r")
    expect(page.locator("#reply-text")).to_be_focused()
    keys.type("Gotowe.")
    keys.press("Control+Shift+Enter")

    expect(title).to_have_text(rows.nth(1).inner_text())
    expect(rows.nth(1)).to_be_focused()
    assert Message.objects.filter(text="Gotowe.").count() == 1


def test_where_no_reply_can_leave_its_key_leads_to_the_note_and_says_why(desk, open_page):
    ticket = make_ticket(desk.shops, requester=make_requester(email=None, phone="601200300"), channel="phone")
    page = open_page(desk.agent)
    page.goto(f"/tickets/{ticket.pk}/")
    expect(page.locator("[data-why]")).to_be_visible()

    page.keyboard.press("r")

    expect(page.locator("#note-text")).to_be_focused()
    expect(page.locator("#spoken")).to_have_text(
        say("There is no email address to answer to. Leave a note of what was said.")
    )


@pytest.mark.parametrize("desk", ["pl", "en"], indirect=True)
def test_what_can_be_done_with_ticked_rows_takes_two_lines_at_most(desk, tickets, open_page):
    page = open_page(desk.agent)
    page.goto("/queue/")
    expect(page.locator("#rows .row[aria-current]")).to_be_visible()

    page.keyboard.press("x")

    expect(page.locator(".ticked")).to_be_visible()
    places = page.locator(".ticked > :is(button, a)").evaluate_all(
        "(all) => all.map((each) => [Math.round(each.getBoundingClientRect().top), each.textContent.trim()])"
    )
    assert len({top for top, _words in places}) <= 2, places


def test_in_a_list_without_a_pane_x_ticks_and_chooses_the_first_row(desk, tickets, open_page):
    desk.agent.list_layout = "alone"
    desk.agent.save()
    page = open_page(fresh(desk.agent))
    page.goto("/queue/")
    expect(page.locator("#rows .row")).to_have_count(3)

    page.keyboard.press("x")
    page.keyboard.press("Shift+J")
    expect(page.locator(".pick:checked")).to_have_count(2)
    page.keyboard.press("Shift+J")
    expect(page.locator(".pick:checked")).to_have_count(3)

    page.keyboard.press("r")
    expect(page.locator("[name=text]")).to_be_focused()
    page.keyboard.type("Już działa.")
    page.keyboard.press("Control+Enter")
    expect(focused(page)).to_contain_text(say("Send to all"))
