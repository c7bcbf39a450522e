"""A working day without the mouse: tickets looked through, taken, answered, snoozed, merged and solved, many at once.

The focus is asserted at each step: it is where the next key is expected.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.desk import focused, now, say
from tests.factories import HOUR, fresh, make_ticket
from tickets.actions import facts
from tickets.models import Message, Status, Ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def tickets(desk):
    """Twelve, in the order of the list; every second of the same person."""
    requester = desk.requester()
    made = []
    for number in range(1, 13):
        ticket = make_ticket(desk.shops, subject=f"Sprawa {number}", requester=requester)
        due = {"due_at": now() + number * HOUR, "sla_since": now(), "sla_target_s": 3600 * number}
        facts.store_promise(ticket.pk, sla_state="running", sla_metric="first_response", **due)
        made.append(ticket)
    return made


def current(page):
    return page.locator("#rows .row[aria-current]")


def on_the_row(page, subject):
    """The row is the current one, has the focus, and its ticket stands beside it."""
    expect(current(page).locator("a.subject")).to_have_text(subject)
    expect(current(page).locator("a.subject")).to_be_focused()
    expect(page.locator("#preview .preview-title")).to_have_text(subject)
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)


def test_a_working_day(desk, tickets, open_page):
    page = open_page(fresh(desk.agent))
    keys = page.keyboard
    page.goto("/queue/")
    expect(current(page)).to_contain_text("Sprawa 1")

    # Through the list and back
    keys.press("j")
    on_the_row(page, "Sprawa 2")
    keys.press("k")
    on_the_row(page, "Sprawa 1")

    # Taken beside the list
    keys.press("i")
    expect(page.locator("#preview .person").first).to_contain_text("Agnieszka")
    expect(current(page).locator("a.subject")).to_be_focused()
    assert Ticket.objects.get(pk=tickets[0].pk).assignee == desk.agent

    # Answered beside the list; the keys work again at once
    keys.press("r")
    expect(page.locator("#preview #reply-text")).to_be_focused()
    keys.type("jkxe, to tylko litery.")
    keys.press("Control+Enter")
    expect(page.locator("#preview .msg[data-kind=public] .body")).to_have_text("jkxe, to tylko litery.")
    expect(current(page).locator("a.subject")).to_be_focused()
    expect(page.locator(".pick:checked")).to_have_count(0)

    # A note begun and left by Escape is still there
    keys.press("n")
    expect(page.locator("#preview #note-text")).to_be_focused()
    keys.type("Tylko dla nas")
    keys.press("Escape")
    expect(current(page).locator("a.subject")).to_be_focused()
    expect(page.locator("#preview #note-text")).to_have_value("Tylko dla nas")

    # Solved, on to the next
    keys.press("j")
    on_the_row(page, "Sprawa 2")
    keys.press("Shift+E")
    on_the_row(page, "Sprawa 3")
    assert Ticket.objects.get(pk=tickets[1].pk).status == Status.SOLVED

    # Snoozed on its own page, back where she was
    keys.press("z")
    expect(page).to_have_url(re.compile(f"/tickets/{tickets[2].pk}/#snooze-when$"))
    expect(page.locator("#snooze-when")).to_be_focused()
    keys.press("Tab")
    if page.locator("#snooze-until").is_visible():
        keys.press("Tab")
    expect(page.locator("#snooze-reason")).to_be_focused()
    keys.type("Czeka na kuriera")
    keys.press("Enter")
    expect(page.locator("#properties .callout")).to_contain_text("Czeka na kuriera")
    keys.press("Escape")
    expect(page).to_have_url(re.compile("/queue/$"))
    on_the_row(page, "Sprawa 4")

    # The status: the arrows only look, Enter takes
    keys.press("s")
    expect(page.locator("#status")).to_be_focused()
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    chosen = page.locator("#status").input_value()
    assert Ticket.objects.get(pk=tickets[3].pk).status == Status.NEW
    keys.press("Enter")
    expect(page.locator(f"#properties input[name=seen][value={chosen}]")).to_have_count(1)
    expect(page.locator("#status")).to_be_focused()
    assert Ticket.objects.get(pk=tickets[3].pk).status == chosen
    keys.press("Escape")
    expect(page.locator("main .pane-body[tabindex]")).to_be_focused()
    keys.press("Escape")
    on_the_row(page, "Sprawa 4")

    # Merged
    keys.press("j")
    on_the_row(page, "Sprawa 5")
    keys.press("Shift+M")
    expect(page.locator("#into")).to_be_focused()
    keys.type(str(tickets[5].pk))
    keys.press("Enter")
    expect(focused(page)).to_contain_text(say("Merge"))
    keys.press("Enter")
    expect(page).to_have_url(re.compile(f"/tickets/{tickets[5].pk}/"))
    assert Ticket.objects.get(pk=tickets[4].pk).merged_into_id == tickets[5].pk

    # Many at once
    page.goto("/queue/")
    expect(current(page)).to_be_visible()
    keys.press("j")
    before = current(page).locator("a.subject").inner_text()
    keys.press("x")
    keys.press("Shift+J")
    keys.press("Shift+J")
    expect(page.locator(".pick:checked")).to_have_count(3)
    expect(page.locator("[data-how-many]")).to_have_text("3")
    ticked = [int(box.get_attribute("value")) for box in page.locator(".pick:checked").all()]
    assert before != current(page).locator("a.subject").inner_text()
    keys.press("e")
    expect(focused(page)).to_contain_text(say("Go on"))
    keys.press("Enter")
    expect(focused(page)).to_contain_text(say("Change them"))
    keys.press("Enter")
    expect(page).to_have_url(re.compile("/bulk/[0-9]+/"))
    keys.press("Escape")
    expect(page).to_have_url(re.compile("/queue/$"))
    assert len(ticked) == 3


def test_no_key_does_anything_in_a_field_with_a_modifier_or_in_a_dialog(desk, tickets, open_page):
    page = open_page(fresh(desk.agent))
    page.goto("/queue/")
    expect(current(page)).to_contain_text("Sprawa 1")

    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("jxe?")
    expect(page.locator("#q")).to_have_value("jxe?")
    expect(current(page)).to_contain_text("Sprawa 1")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator("#q")).not_to_be_focused()
    page.keyboard.press("Alt+j")
    page.keyboard.press("Control+x")
    expect(page.locator(".pick:checked")).to_have_count(0)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("x")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".pick:checked")).to_have_count(0)
    expect(current(page)).to_contain_text("Sprawa 1")
    page.keyboard.press("x")
    expect(page.locator(".pick:checked")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator(".pick:checked")).to_have_count(0)
    expect(page.locator("[data-how-many]")).to_have_text("0")


def test_keys_below_the_list_are_whole_or_not_there(desk, tickets, open_page):
    """On a small desk screen in Polish, whose words are longer; the door to all keys always stands."""
    desk.agent.language = "pl"
    desk.agent.save()
    page = open_page(fresh(desk.agent), viewport={"width": 1024, "height": 768})
    page.goto("/queue/")
    expect(page.locator("[data-live-state]")).not_to_be_empty(timeout=20_000)

    cut = page.evaluate(
        """() => {
          const bar = document.querySelector(".status-bar").getBoundingClientRect();
          const said = document.querySelector("[data-live-state]").getBoundingClientRect();
          return [...document.querySelectorAll(".status-bar .keys button")].filter((each) => {
            const box = each.getBoundingClientRect();
            return box.top < bar.bottom && box.bottom > bar.top && (box.bottom > bar.bottom || box.right > said.left);
          }).map((each) => each.textContent);
        }"""
    )

    assert cut == []
    expect(page.locator("[data-act=keys]")).to_be_in_viewport(ratio=1)


def test_two_keys_one_after_the_other_and_a_favourite_view(desk, tickets, open_page):
    page = open_page(fresh(desk.agent))
    page.goto("/queue/")
    expect(current(page)).to_contain_text("Sprawa 1")

    page.keyboard.press("g")
    page.keyboard.press("m")

    expect(page).to_have_url(re.compile(r"/queue/\?view=mine$"))
    assert Message.objects.filter(text__contains="gm").count() == 0
