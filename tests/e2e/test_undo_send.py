"""Send, regretted and taken back in time; and sent again."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.desk import Desk, say
from tests.e2e.test_live_updates import live
from tests.factories import MINUTE, make_ticket
from tickets.actions import holding
from tickets.models import DeskSettings, Message, Outbox

pytestmark = [pytest.mark.django_db(transaction=True)]

WORDS = "Restart pomógł."


def test_a_reply_is_taken_back_by_a_key_and_sent_again(desk: Desk, open_page):
    DeskSettings.objects.create(undo_s=60)
    ticket = make_ticket(desk.shops, requester=desk.requester())
    page = open_page(desk.agent)
    page.goto(f"/tickets/{ticket.pk}/")
    page.keyboard.press("r")
    page.keyboard.type(WORDS)

    page.keyboard.press("Control+Enter")

    message = page.locator(".msg", has_text=WORDS)
    expect(message.locator("[data-leaves]")).to_contain_text("s")
    expect(page.locator("#toasts")).to_contain_text("60")
    page.locator("h1, .ticket-head").first.click()
    page.keyboard.press("u")

    expect(page.locator("#reply-text")).to_have_value(WORDS)
    expect(page.locator(".msg", has_text=WORDS)).to_have_count(0)
    assert not Outbox.objects.filter(ticket=ticket).exists()

    page.locator("#reply-text").focus()
    page.keyboard.press("Control+Enter")
    expect(message.get_by_role("button", name=say("Undo"))).to_be_visible()
    live(page)  # a page that is alone hears nothing from before its line stands
    held = Message.objects.select_related("ticket", "author").get(ticket=ticket, text=WORDS)
    assert held.leaves_at is not None
    holding.release(message=held, at=held.leaves_at + MINUTE)

    # Nobody reloads: the page hears of it.
    expect(message.locator("[data-leaves]")).to_have_count(0)
    expect(message).to_contain_text(say("replied"))
    expect(page.locator("#reply-text")).to_have_value("")
