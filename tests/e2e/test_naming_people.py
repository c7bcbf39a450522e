"""An @ in a note offers people; keys choose; whoever does not see the ticket is let in by a tick."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.desk import Desk
from tests.factories import make_agent, make_colleague, make_ticket
from tickets.models import Consulted, Message

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_note_names_two_people_by_keys_alone_and_lets_one_in(desk: Desk, open_page):
    mate = make_agent(desk.shops.team, name="Łucja Namolna")
    developer = make_colleague(name="Dawid Namolny")
    ticket = make_ticket(desk.shops, requester=desk.requester())
    page = open_page(desk.agent)
    page.goto(f"/tickets/{ticket.pk}/")
    options = page.locator(".name-list [role=option]")
    field = page.locator("#note-text")

    page.keyboard.press("n")
    expect(field).to_be_focused()
    page.keyboard.type("Mail na a@b nikogo nie woła. @namol")
    expect(options).to_have_count(2)
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    assert field.get_attribute("aria-activedescendant") == options.nth(1).get_attribute("id")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator(".name-list")).to_be_hidden()
    expect(field).to_have_value("Mail na a@b nikogo nie woła. @Łucja Namolna ")
    expect(page.locator("[data-for=note] .let-in input")).to_have_count(0)

    page.keyboard.type("i @dawid")
    expect(options).to_have_count(1)
    expect(options).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".name-list")).to_be_hidden()
    expect(field).to_be_focused()
    page.keyboard.type(" ")
    page.keyboard.press("Backspace")
    expect(options).to_be_visible()
    page.keyboard.press("Tab")
    expect(field).to_be_focused()
    tick = page.locator("[data-for=note] .let-in input")
    expect(tick).to_have_value(str(developer.pk))
    page.keyboard.press("Tab")
    expect(tick).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Control+Enter")

    expect(page.locator(".msg .named")).to_have_text(["@Łucja Namolna", "@Dawid Namolny"])
    note = Message.objects.get(kind="note")
    assert [each["person"] for each in note.named] == [mate.pk, developer.pk]
    assert Consulted.objects.get().person == developer


def test_a_name_taken_out_again_takes_its_tick_along(desk: Desk, open_page):
    make_colleague(name="Dawid Namolny")
    ticket = make_ticket(desk.shops, requester=desk.requester())
    page = open_page(desk.agent)
    page.goto(f"/tickets/{ticket.pk}/")

    page.keyboard.press("n")
    page.keyboard.type("@namol")
    page.locator(".name-list [role=option]").click()
    expect(page.locator("[data-for=note] .let-in input")).to_have_count(1)
    page.locator("#note-text").fill("bez nazwisk")

    expect(page.locator("[data-for=note] .let-in input")).to_have_count(0)


def test_a_part_of_the_page_that_is_renewed_meanwhile_leaves_the_list_open(desk: Desk, open_page):
    make_colleague(name="Dawid Namolny")
    ticket = make_ticket(desk.shops, requester=desk.requester())
    page = open_page(desk.agent)
    page.goto(f"/tickets/{ticket.pk}/")
    page.keyboard.press("n")
    page.keyboard.type("@namol")
    option = page.locator(".name-list [role=option]")
    expect(option).to_be_visible()

    page.evaluate("""new Promise((done) => {
        document.addEventListener("htmx:afterSettle", done, { once: true });
        htmx.trigger(document.body, "live-changed");
    })""")
    expect(option).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#note-text")).to_have_value("@Dawid Namolny ")


def test_a_reply_offers_nobody(desk: Desk, open_page):
    ticket = make_ticket(desk.shops, requester=desk.requester())
    page = open_page(desk.agent)
    page.goto(f"/tickets/{ticket.pk}/")

    page.keyboard.press("r")
    page.keyboard.type("@a")

    assert page.locator("#reply-text").get_attribute("data-names") is None
    expect(page.locator(".name-list")).to_be_hidden()
