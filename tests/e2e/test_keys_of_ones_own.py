"""Keys somebody has chosen themselves, undo by key wherever one is, and words for many without the mouse."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.desk import focused, now, say
from tests.e2e.test_a_day_by_the_keys import current, on_the_row
from tests.factories import HOUR, fresh, make_requester, make_ticket
from tickets.actions import bulk, facts, holding
from tickets.models import BulkChange, Message, Priority, Status, Ticket, User, View

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def tickets(desk):
    """Four, in the order of the list."""
    made = []
    for number in range(1, 5):
        ticket = make_ticket(desk.shops, subject=f"Sprawa {number}", requester=make_requester(name=f"Ola {number}"))
        due = {"due_at": now() + number * HOUR, "sla_since": now(), "sla_target_s": 3600 * number}
        facts.store_promise(ticket.pk, sla_state="running", sla_metric="first_response", **due)
        made.append(ticket)
    return made


def test_a_view_is_moved_on_by_the_same_key(desk, open_page):
    for name in ("Pierwszy", "Drugi", "Trzeci"):
        View.objects.create(owner=desk.agent, name=name, query="is:unsolved")
    page = open_page(fresh(desk.agent))
    page.goto("/views/")
    rows = page.locator("tbody tr td:first-child b")
    expect(rows).to_have_text(["Pierwszy", "Drugi", "Trzeci"])
    page.get_by_role("button", name="Move Trzeci up").focus()

    page.keyboard.press("Enter")
    expect(rows).to_have_text(["Pierwszy", "Trzeci", "Drugi"])
    expect(page.get_by_role("button", name="Move Trzeci up")).to_be_focused()
    page.keyboard.press("Enter")

    expect(rows).to_have_text(["Trzeci", "Pierwszy", "Drugi"])
    expect(page.get_by_role("button", name="Move Trzeci up")).to_be_focused()


def open_list(page):
    page.goto("/queue/")
    on_the_row(page, "Sprawa 1") if focused(page).count() else expect(current(page)).to_contain_text("Sprawa 1")
    expect(page.locator("#preview .preview-title")).to_have_text("Sprawa 1")


def test_keys_are_changed_and_work_in_the_list_and_on_a_ticket(desk, tickets, open_page):
    page = open_page(fresh(desk.agent))
    page.goto("/settings/keys/")

    # Two actions on one key are refused, and what was typed stays
    page.locator("[name=next]").fill("I")
    page.locator("form:has([name=next]) [data-kind=primary]").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("[name=next]")).to_have_value("I")
    assert User.objects.get(pk=desk.agent.pk).own_keys == {}

    page.locator("[name=next]").fill("v")
    page.locator("[name=reply]").fill("Y")
    page.locator("form:has([name=next]) [data-kind=primary]").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.locator("[name=next]")).to_have_value("V")
    assert User.objects.get(pk=desk.agent.pk).own_keys == {"next": "V", "reply": "Y"}

    # In the list
    open_list(page)
    page.keyboard.press("j")
    page.keyboard.press("v")
    on_the_row(page, "Sprawa 2")
    page.keyboard.press("r")
    page.keyboard.press("y")
    expect(page.locator("#preview #reply-text")).to_be_focused()
    page.keyboard.type("vyrj")
    expect(page.locator("#preview #reply-text")).to_have_value("vyrj")
    page.keyboard.press("Escape")

    # On a ticket
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/tickets/{tickets[1].pk}/$"))
    page.keyboard.press("y")
    expect(page.locator("#reply-text")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("v")
    expect(page).to_have_url(re.compile(f"/tickets/{tickets[2].pk}/$"))


def test_switched_off_no_single_key_does_anything_and_sending_still_does(desk, tickets, open_page):
    page = open_page(fresh(desk.agent))
    page.goto("/settings/keys/")
    page.locator("[name=uses_keys]").uncheck()
    page.locator("form:has([name=next]) [data-kind=primary]").click()
    expect(page.locator("[name=uses_keys]")).not_to_be_checked()
    open_list(page)

    for key in ("j", "x", "i", "c", "?"):
        page.keyboard.press(key)
    expect(current(page)).to_contain_text("Sprawa 1")
    expect(page.locator(".pick:checked")).to_have_count(0)
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.locator("#preview #reply-text").fill("Już działa.")
    page.locator("#preview #reply-text").press("Control+Enter")
    expect(page.locator("#preview .msg[data-kind=public] .body")).to_have_text("Już działa.")
    assert Ticket.objects.filter(assignee=None).count() == 3  # answering takes it, no key did


def test_the_last_action_is_undone_by_a_key_in_a_list_on_a_ticket_and_on_the_page_after(desk, tickets, open_page):
    page = open_page(fresh(desk.agent))
    keys = page.keyboard
    ticket = tickets[0]
    open_list(page)

    # In the list, while the toast stands there
    keys.press("i")
    expect(page.locator(".toast .undo")).to_be_visible()
    assert Ticket.objects.get(pk=ticket.pk).assignee == desk.agent
    keys.press("u")
    expect(page.locator(".toast")).to_contain_text("undone")
    assert Ticket.objects.get(pk=ticket.pk).assignee is None

    # On the ticket, when its toast is gone
    page.goto(f"/tickets/{ticket.pk}/")
    page.locator("#priority").select_option(str(Priority.URGENT.value))
    expect(page.locator(".toast .undo")).to_be_visible()
    page.locator(".toast button[type=button]").click()
    expect(page.locator(".toast")).to_have_count(0)
    keys.press("Control+z")
    expect(page.locator(".toast")).to_contain_text("undone")
    assert Ticket.objects.get(pk=ticket.pk).priority == Priority.NORMAL

    # On the page after; in a field the letter is a letter
    page.locator("#priority").select_option(str(Priority.HIGH.value))
    expect(page.locator(".toast .undo")).to_be_visible()
    page.goto(f"/tickets/{tickets[1].pk}/")
    expect(page.locator(".toast")).to_have_count(0)
    keys.press("r")
    expect(page.locator("#reply-text")).to_be_focused()
    keys.type("u")
    expect(page.locator("#reply-text")).to_have_value("u")
    assert Ticket.objects.get(pk=ticket.pk).priority == Priority.HIGH
    keys.press("Escape")
    keys.press("u")
    expect(page.locator(".toast")).to_contain_text(f"#{ticket.pk} undone")
    assert Ticket.objects.get(pk=ticket.pk).priority == Priority.NORMAL

    # Once: what is undone stays undone
    keys.press("u")
    expect(page).to_have_url(re.compile(f"/tickets/{tickets[1].pk}/"))
    assert Ticket.objects.get(pk=ticket.pk).priority == Priority.NORMAL


def test_words_for_many_are_written_sent_and_taken_back_without_the_mouse(desk, tickets, open_page):
    page = open_page(fresh(desk.agent))
    keys = page.keyboard
    open_list(page)

    def write_to_three() -> BulkChange:
        page.goto("/queue/")
        expect(current(page)).to_contain_text("Sprawa 1")
        keys.press("x")
        keys.press("Shift+J")
        keys.press("Shift+J")
        expect(page.locator(".pick:checked")).to_have_count(3)
        keys.press("r")
        expect(page.locator("[name=text]")).to_be_focused()
        keys.type("Dzień dobry {first name}, już działa.")
        keys.press("Tab")
        page.locator("button[value=ask]").focus()
        keys.press("Enter")
        expect(page.locator(".bulk-preview").first).to_have_text("Dzień dobry Ola, już działa.")
        expect(focused(page)).to_contain_text(say("Send to all"))
        keys.press("Enter")
        expect(page).to_have_url(re.compile("/bulk/[0-9]+/"))
        made = BulkChange.objects.latest("pk")
        bulk.run_batch(at=now())
        expect(page.locator("[data-leaves]")).to_be_visible()
        return made

    taken_back = write_to_three()
    assert Message.objects.filter(author=desk.agent, state="leaving").count() == 3
    keys.press("u")
    expect(page).not_to_have_url(re.compile(f"/bulk/{taken_back.pk}/"))
    bulk.run_batch(at=now())
    assert not Message.objects.filter(author=desk.agent).exists()

    write_to_three()
    for message in Message.objects.filter(author=desk.agent):
        holding.release(message=message, at=now() + HOUR)
    assert Message.objects.filter(author=desk.agent, state="sent").count() == 3
    assert Ticket.objects.filter(status=Status.OPEN, assignee=desk.agent).count() == 3
