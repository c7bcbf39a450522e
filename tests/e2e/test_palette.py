"""The palette by the keyboard alone: every action of the page, every page, tickets and people, and back to where one
was."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.desk import PHONE, now, say
from tests.factories import fresh, make_requester, make_ticket
from tickets.actions import snoozing
from tickets.models import Priority, Status, Ticket

WAIT_MS = 20_000


def field(page):
    return page.get_by_role("combobox", name=say("Find or do anything"))


def chosen(page):
    return page.locator("#palette-list [aria-selected=true]")


def find(page, words):
    """Open it, and type as somebody who does not wait for anything."""
    page.keyboard.press("Control+k")
    expect(field(page)).to_be_focused()
    page.keyboard.type(words)


def test_what_has_a_key_is_done_from_the_palette_in_the_list(desk, open_page):
    ticket = make_ticket(desk.shops, subject="Sprawa 1")
    make_ticket(desk.shops, subject="Sprawa 2")
    page = open_page(desk.agent)
    page.goto("/queue/")
    expect(page.locator("#preview .preview-title")).to_have_text("Sprawa 1")

    find(page, "take it")
    expect(chosen(page)).to_contain_text(say("Take it myself"), timeout=WAIT_MS)
    expect(chosen(page).locator("kbd")).to_have_text("I")
    page.keyboard.press("Enter")

    expect(page.locator("#preview .person").first).to_contain_text("Agnieszka", timeout=WAIT_MS)
    expect(page.locator("#palette")).to_be_hidden()
    assert Ticket.objects.get(pk=ticket.pk).assignee == desk.agent
    find(page, "reply")
    expect(chosen(page)).to_contain_text(say("Reply"), timeout=WAIT_MS)
    page.keyboard.press("Enter")
    expect(page.locator("#preview #reply-text")).to_be_focused()

    # Also out of a field, and Escape leads back into it
    page.keyboard.type("Zaczynam")
    page.keyboard.press("Control+k")
    expect(field(page)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#preview #reply-text")).to_be_focused()
    expect(page.locator("#preview #reply-text")).to_have_value("Zaczynam")


def test_buttons_and_choices_without_a_key_are_done_from_it_on_a_ticket(desk, open_page):
    ticket = make_ticket(desk.shops, subject="Sprawa 1")
    page = open_page(desk.agent)
    page.goto(ticket.get_absolute_url())

    find(page, "priority urgent")
    expect(chosen(page)).to_have_text(f"{say('Priority')}: {say('Urgent')}", timeout=WAIT_MS)
    page.keyboard.press("Enter")
    expect(page.locator("#facts")).to_contain_text(say("Urgent"), timeout=WAIT_MS)
    assert Ticket.objects.get(pk=ticket.pk).priority == Priority.URGENT

    # Folded away on the page: opened, and the focus is on it
    find(page, "somebody else")
    expect(chosen(page)).to_contain_text(say("Somebody else asks"), timeout=WAIT_MS)
    page.keyboard.press("Enter")
    expect(page.locator("#new-requester")).to_be_focused()

    find(page, "is spam")
    expect(chosen(page)).to_contain_text(say("It is spam"), timeout=WAIT_MS)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=say("It is spam"))).to_be_focused()
    assert not Ticket.objects.get(pk=ticket.pk).removed_as

    find(page, "waiting")
    expect(chosen(page)).to_have_text(f"{say('Status')}: {Status.WAITING.label}", timeout=WAIT_MS)
    page.keyboard.press("Enter")
    expect(page.locator("#properties input[name=seen][value=waiting]")).to_have_count(1, timeout=WAIT_MS)


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("odloz", "Odłóż"),
        ("odłóż", "Odłóż"),
        ("snooze", "Odłóż"),
        ("etykeity", "Zmień etykiety"),
        ("dalej rozw", "Rozwiąż i przejdź do następnego"),
    ],
)
@pytest.mark.parametrize("desk", ["pl"], indirect=True)
def test_an_action_is_found_as_people_type_it(desk, open_page, typed, line):
    ticket = make_ticket(desk.shops)
    page = open_page(desk.agent, locale="pl-PL")
    page.goto(ticket.get_absolute_url())

    page.keyboard.press("Control+k")
    page.keyboard.type(typed)

    expect(page.locator("#palette-list").get_by_role("option", name=line).first).to_be_visible(timeout=WAIT_MS)


def test_pages_are_reached_by_the_arrows_and_come_first_the_next_time(desk, open_page):
    page = open_page(desk.agent)
    page.goto("/queue/")
    find(page, "my")
    expect(chosen(page)).to_be_visible(timeout=WAIT_MS)
    lines = page.locator("#palette-list [role=option]")
    first = lines.first.get_attribute("href")
    page.keyboard.press("ArrowDown")
    expect(lines.nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(lines.last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    expect(chosen(page)).to_have_attribute("href", first)
    expect(field(page)).to_be_focused()

    page.keyboard.press("Control+a")
    page.keyboard.type("my keys")
    expect(chosen(page)).to_contain_text(say("My keys"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/settings/keys/$"))

    page.keyboard.press("Control+k")
    places = page.get_by_role("group", name=say("Go to")).get_by_role("option")
    expect(places.first).to_contain_text(say("My keys"), timeout=WAIT_MS)


def test_a_number_and_a_name_typed_faster_than_the_answer(desk, open_page):
    halina = make_requester(name="Halina Dębska", email="halina@lniana.example")
    ticket = make_ticket(desk.shops, subject="Faktura pusta", requester=halina)
    page = open_page(desk.agent)
    page.goto("/queue/")

    find(page, str(ticket.pk))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/tickets/{ticket.pk}/$"), timeout=WAIT_MS)

    find(page, "debsk")
    people = page.get_by_role("group", name=say("People")).get_by_role("option")
    expect(people).to_contain_text("Halina Dębska", timeout=WAIT_MS)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(chosen(page)).to_contain_text("Halina Dębska")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/search/"))
    expect(page.locator(".row")).to_contain_text("Faktura pusta")


def test_tickets_opened_lately_are_offered_before_anything_is_typed_and_gone_ones_are_not(desk, open_page):
    one, two = (make_ticket(desk.shops, subject=f"Sprawa {number}") for number in (1, 2))
    page = open_page(desk.agent)
    for ticket in (one, two):
        page.goto(ticket.get_absolute_url())
    Ticket.objects.filter(pk=one.pk).update(queue=desk.billing)
    page.goto("/notifications/")

    page.keyboard.press("Control+k")
    lately = page.get_by_role("group", name=say("Opened lately")).get_by_role("option")
    expect(lately).to_have_count(2, timeout=WAIT_MS)
    expect(lately.first).to_contain_text("Sprawa 2")


def test_slash_searches_in_the_list_and_opens_the_palette_where_there_is_no_search(desk, open_page):
    ticket = make_ticket(desk.shops)
    page = open_page(desk.agent)
    page.goto("/queue/")
    expect(page.locator("#preview .preview-title")).to_be_visible()
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()

    page.goto(ticket.get_absolute_url())
    page.keyboard.press("/")
    expect(field(page)).to_be_focused()


def test_the_ticked_ones_are_meant_while_some_are_ticked(desk, open_page):
    for number in (1, 2):
        make_ticket(desk.shops, subject=f"Sprawa {number}")
    page = open_page(desk.agent)
    page.goto("/queue/")
    expect(page.locator("#preview .preview-title")).to_have_text("Sprawa 1")
    page.keyboard.press("x")

    find(page, "snooz")
    expect(page.get_by_role("group", name=say("On the ticked ones"))).to_be_visible(timeout=WAIT_MS)
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("/bulk/new/"), timeout=WAIT_MS)
    assert not Ticket.objects.filter(snoozed_until__isnull=False).exists()


def test_the_palette_of_a_volunteer_on_a_phone(desk, open_page):
    ticket = make_ticket(desk.shops, subject="Sprawa dla niej")
    make_ticket(desk.billing, subject="Sprawa nie dla niej")
    page = open_page(fresh(desk.volunteer), viewport=PHONE, has_touch=True)
    page.goto("/queue/")

    page.get_by_role("button", name=say("More")).tap()
    page.get_by_role("link", name=say("Find or do anything")).tap()
    field(page).fill("sprawa")
    lines = page.get_by_role("group", name=say("Tickets")).get_by_role("option")
    expect(lines).to_have_count(1, timeout=WAIT_MS)
    lines.first.tap()

    expect(page).to_have_url(re.compile(f"/tickets/{ticket.pk}/$"))


def test_a_desk_that_does_not_answer_leaves_the_actions(desk, open_page):
    ticket = make_ticket(desk.shops)
    snoozing.snooze(ticket=ticket, until=now().replace(hour=23), reason="x", by=desk.agent, at=now())
    page = open_page(desk.agent)
    page.goto(ticket.get_absolute_url())
    page.keyboard.press("Control+k")
    expect(chosen(page)).to_be_visible(timeout=WAIT_MS)
    page.route("**/palette/**", lambda route: route.abort("internetdisconnected"))

    page.keyboard.type("wake")
    expect(chosen(page)).to_contain_text(say("Wake it now"))
    page.unroute("**/palette/**")
    page.keyboard.press("Enter")

    expect(page.locator("#properties .callout")).to_have_count(0, timeout=WAIT_MS)
    assert Ticket.objects.get(pk=ticket.pk).snoozed_until is None
