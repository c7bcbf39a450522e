"""On a phone: the list, a ticket and a reply by thumb. Everything one presses is big enough, nothing is cut off."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.desk import PHONE, say
from tests.factories import fresh, make_ticket
from tickets import signed_links
from tickets.models import Status

THUMB_PX = 44

TOO_SMALL = """(smallest) => {
  // A label is its control's target, and so is whatever stretches over its row or card.
  const target = (each) => {
    const label = each.closest("label");
    const whole = getComputedStyle(each, "::after");
    const stretched = whole.content !== "none" && whole.position === "absolute" && each.closest(".row, article, li");
    return (stretched || label || each).getBoundingClientRect();
  };
  const inText = (each) => each.matches("a") && getComputedStyle(each).display === "inline";
  return [...document.querySelectorAll("a, button, select, input:not([type=hidden]), textarea, summary")]
    .filter((each) => each.checkVisibility({ visibilityProperty: true }))
    .filter((each) => !each.closest(".skip, .sr") && !inText(each))
    .map((each) => [each, target(each)])
    .filter(([, box]) => box.width > 1 && (box.width < smallest - 0.5 || box.height < smallest - 0.5))
    .map(([each, box]) => `${each.outerHTML.slice(0, 110)} is ${box.width.toFixed(1)} x ${box.height.toFixed(1)}`);
}"""
"""What one can press and is smaller than a thumb. A link inside a sentence may be as high as its line (WCAG 2.5.8)."""


@pytest.fixture
def on_phone(open_page):
    """`on_phone(user)` gives a page on a phone with a touch screen."""
    return lambda user=None, **context: open_page(user, viewport=PHONE, has_touch=True, is_mobile=True, **context)


def too_small(page) -> str:
    return "\n".join(page.evaluate(TOO_SMALL, THUMB_PX))


def test_a_volunteer_answers_by_thumb(desk, mail, on_phone):
    ticket = make_ticket(desk.shops, requester=desk.requester(), subject="Sklep nie działa")
    page = on_phone(desk.volunteer)

    page.goto("/queue/")
    bar = page.locator(".bottom-bar")
    expect(bar).to_be_visible()
    expect(page.locator("#preview")).to_be_hidden()
    expect(page.get_by_role("navigation", name=say("Main"))).to_be_hidden()
    assert too_small(page) == ""
    page.locator(".row").tap()
    expect(page).to_have_url(re.compile(ticket.get_absolute_url()))
    expect(page.get_by_role("heading", level=1)).to_be_in_viewport()
    expect(page.locator("#reply-text")).to_be_in_viewport()
    assert too_small(page) == ""

    # The details are one tap away
    page.get_by_role("link", name=say("Details")).tap()
    expect(page.get_by_role("combobox", name=say("Status"), exact=True)).to_be_in_viewport()
    assert too_small(page) == ""
    page.get_by_role("link", name=say("Conversation")).tap()

    page.locator("#reply-text").tap()
    page.keyboard.type("Już sprawdzam.")
    page.get_by_role("button", name=say("Send to the mentor")).tap()
    expect(page.locator(".msg[data-kind=public]")).to_contain_text(say("Waits for a mentor"))
    expect(page.locator(".msg[data-kind=public]")).to_be_in_viewport()

    # The menu holds what has no room
    page.get_by_role("button", name=say("More")).tap()
    menu = page.get_by_role("navigation", name=say("Main"))
    expect(menu).to_be_visible()
    assert too_small(page) == ""
    menu.get_by_role("link", name=re.compile(say("My tickets", context="view"))).tap()
    expect(page).to_have_url(re.compile("view=mine"))
    expect(page.locator(".row")).to_have_count(1)


def test_an_agent_takes_and_answers_by_thumb(desk, mail, on_phone):
    ticket = make_ticket(desk.shops, requester=desk.requester(), subject="Sklep nie działa")
    page = on_phone(desk.agent)

    page.goto("/queue/")
    page.get_by_role("button", name=say("Take next")).tap()
    expect(page).to_have_url(re.compile(ticket.get_absolute_url()))
    page.locator("#reply-text").fill("Już działa.")
    page.get_by_label(say("Status after sending")).select_option(Status.SOLVED)
    page.get_by_role("button", name=say("Send"), exact=True).tap()

    expect(page.locator(".msg[data-kind=public]")).to_contain_text("Już działa.")
    assert len(mail.send_out()) == 1
    page.get_by_role("link", name=say("Queue"), exact=True).first.tap()
    expect(page.locator(".row")).to_have_count(0)
    expect(page.get_by_role("main")).to_contain_text(say("Nothing is waiting"))


def test_a_requester_answers_by_thumb(desk, on_phone):
    ticket = make_ticket(desk.shops, requester=desk.requester())
    page = on_phone()

    page.goto(signed_links.url_for(ticket, fresh(ticket.requester)))
    assert too_small(page) == ""
    page.get_by_label(say("Your answer")).fill("Już działa.")
    page.get_by_role("button", name=say("Send"), exact=True).tap()
    expect(page.locator(".msg")).to_have_count(2)
    page.get_by_role("link", name=say("It is solved, thank you")).tap()
    expect(page.get_by_role("heading", level=1)).to_have_text(say("Is it solved?"))

    assert too_small(page) == ""
    page.get_by_role("button", name=say("Yes, it is solved")).tap()
    expect(page.get_by_role("main")).to_contain_text(say("The case is solved. An answer opens it again."))


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/password/reset/"])
def test_signing_in_by_thumb(desk, on_phone, path):
    page = on_phone()

    page.goto(path)

    assert too_small(page) == ""


@pytest.mark.parametrize(
    "path",
    ["/tickets/new/", "/notifications/", "/settings/", "/settings/list/", "/mail/", "/accounts/password/change/"],
)
def test_the_other_pages_by_thumb(desk, mail, on_phone, path):
    mail.receive(b"From: nobody\n\n?")
    page = on_phone(desk.admin)

    page.goto(path)

    assert too_small(page) == ""
