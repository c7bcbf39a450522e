"""Mail that needs a person: what could not be understood and what could not be delivered."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.desk import now, say
from tests.e2e.post import letter
from tests.factories import make_reply, make_ticket
from tickets import tasks
from tickets.models import InboundMessage, Outbox, Ticket


@pytest.fixture
def failures(desk, open_page):
    return open_page(desk.admin)


def test_a_mail_nobody_understood_is_read_again_once_the_cause_is_gone(desk, mail, failures, settings):
    page = failures
    written = letter("Kto to przeczyta?", Subject="Długi list")
    settings.MAIL_MAX_BYTES = 100
    row = mail.receive(written)
    assert row.state == InboundMessage.State.QUARANTINED

    # It is there, with the reason, and byte for byte
    page.goto("/queue/")
    page.get_by_role("link", name=say("Mail"), exact=True).click()
    shown = page.locator("tbody tr")
    expect(shown).to_have_count(1)
    expect(shown).to_contain_text("Długi list")
    expect(shown).to_contain_text("roza@sklep.example")
    expect(shown).to_contain_text("100")
    with page.expect_download() as download:
        shown.get_by_role("link", name=say("Raw mail")).click()
    assert Path(download.value.path()).read_bytes() == bytes(written)

    # Tried again in vain it comes back
    shown.get_by_role("button", name=say("Try again")).click()
    expect(page.locator(".toast")).to_contain_text(
        say("The mail is read again in a moment. If that fails, it comes back here.")
    )
    expect(page.locator("tbody tr")).to_have_count(0)
    tasks.process_stored_mail()
    page.reload()
    expect(page.locator("tbody tr")).to_have_count(1)

    # More is allowed now, and the mail becomes a ticket
    settings.MAIL_MAX_BYTES = 100_000
    page.get_by_role("button", name=say("Try again")).click()
    expect(page.locator("tbody tr")).to_have_count(0)
    tasks.process_stored_mail()
    page.reload()
    expect(page.get_by_role("main")).to_contain_text(say("All mail is in order"))
    assert Ticket.objects.get().subject == "Długi list"


def test_a_dismissed_mail_leaves_the_list_and_stays_stored(mail, failures):
    unsigned = letter("?")
    del unsigned["From"]
    row = mail.receive(unsigned)
    failures.goto("/mail/")

    failures.locator("summary", has_text=say("Dismiss")).click()
    failures.get_by_role("button", name=say("Take it off the list")).click()

    expect(failures.locator("tbody tr")).to_have_count(0)
    row.refresh_from_db()
    assert row.state == InboundMessage.State.DISMISSED
    assert bytes(row.raw)


def test_a_dead_letter_is_sent_again(desk, mail, failures, open_page):
    page = failures
    ticket = make_ticket(desk.shops, requester=desk.requester(), assignee=desk.agent, subject="Sklep nie działa")
    mail.office.refuse("roza@sklep.example")
    make_reply(ticket, desk.agent, at=now(), text="Już działa.")
    assert mail.send_out() == []

    # The agent is told, on the ticket and among the notifications
    agent = open_page(desk.agent)
    agent.goto("/notifications/")
    expect(agent.locator(".row")).to_contain_text(say("A mail could not be delivered"))
    agent.goto(ticket.get_absolute_url())
    expect(agent.locator(".msg[data-kind=public]")).to_contain_text("roza@sklep.example")

    # The administrator sees what the other server said, and sends again
    page.goto("/mail/")
    dead = page.locator("tbody tr")
    expect(dead).to_contain_text("550 5.1.1 No such person here")
    expect(dead.get_by_role("link", name=re.compile("Sklep nie działa"))).to_be_visible()
    mail.office.refuse()
    dead.get_by_role("button", name=say("Send again")).click()
    expect(page.locator("tbody tr")).to_have_count(0)
    (reply,) = mail.send_out()
    assert reply["X-RcptTo"] == "roza@sklep.example"
    assert Outbox.objects.get().state == Outbox.State.SENT


def test_only_administrators_have_this_page(desk, open_page):
    page = open_page(desk.lead)

    page.goto("/queue/")
    expect(page.get_by_role("link", name=say("Mail"), exact=True)).to_have_count(0)

    assert page.goto("/mail/").status == 404
