"""A mail comes, an agent answers without touching the mouse, the answer leaves, and the requester writes again."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.desk import PASSWORD, focused, say
from tests.e2e.post import answer_to, letter
from tickets.models import InboundMessage, Status

LOCALES = {"en": "en-GB", "pl": "pl-PL"}


@pytest.mark.parametrize("desk", LOCALES, indirect=True)
def test_the_desk_runs(desk, mail, open_page):
    language = desk.language

    def words(message: str, **more: Any) -> str:
        return say(message, language=language, **more)

    first = mail.receive(letter("Od rana sklep pokazuje błąd 500.", Subject="Sklep nie działa")).ticket
    second = mail.receive(letter("Kiedy dostanę fakturę?", Subject="Faktura", sender="Ola <ola@sklep.example>")).ticket
    third = mail.receive(letter("I cannot log in.", Subject="Log-in", sender="Tom <tom@shop.example>")).ticket
    page = open_page(locale=LOCALES[language])
    keys = page.keyboard

    # She signs in
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.get_by_label(words("Work email"))).to_be_focused()
    keys.type(desk.agent.email)
    keys.press("Tab")
    expect(focused(page)).to_have_attribute("type", "password")
    keys.type(PASSWORD)
    keys.press("Enter")

    # She looks through the list
    expect(page).to_have_url(re.compile("/queue/$"))
    expect(page.get_by_role("heading", level=1)).to_have_text(words("Queue"))
    expect(page.locator(".row")).to_have_count(3)
    current, preview = page.locator(".row[aria-current]"), page.locator("#preview h2.preview-title")
    expect(current).to_contain_text("Sklep nie działa")
    keys.press("j")
    expect(current).to_contain_text("Faktura")
    expect(preview).to_have_text("Faktura")
    keys.press("j")
    expect(preview).to_have_text("Log-in")
    keys.press("k")
    expect(preview).to_have_text("Faktura")
    keys.press("o")
    expect(page).to_have_url(re.compile(second.get_absolute_url()))
    expect(page.get_by_role("heading", level=1)).to_have_text("Faktura")
    keys.press("j")
    expect(page.get_by_role("heading", level=1)).to_have_text("Log-in")
    keys.press("Escape")
    expect(current).to_contain_text("Log-in")
    expect(current.locator("a.subject")).to_be_focused()
    keys.press("k")
    expect(current.locator("a.subject")).to_be_focused()
    keys.press("Enter")
    expect(page).to_have_url(re.compile(second.get_absolute_url()))

    # She takes what comes first, and answers
    keys.press("Shift+I")
    expect(page).to_have_url(re.compile(first.get_absolute_url()))
    expect(page.locator(".msg .body")).to_contain_text("błąd 500")
    expect(page.get_by_label(words("Assignee"))).to_have_value(str(desk.agent.pk))
    keys.press("r")
    expect(page.locator("#reply-text")).to_be_focused()
    keys.type("Dzień dobry,\n\njuż działa.")
    keys.press("Tab")
    keys.press("Tab")
    expect(focused(page)).to_have_attribute("data-act", "copy")
    keys.press("Tab")
    expect(focused(page)).to_have_attribute("name", "next_status")
    keys.press("End")
    expect(focused(page)).to_have_value(Status.SOLVED)
    keys.press("Control+Enter")
    expect(page.locator(".msg[data-kind=public] .body")).to_contain_text("już działa.")
    expect(page.locator(".toast")).to_contain_text(words("Sent. #%(number)d is solved.") % {"number": first.pk})
    expect(page.locator("#facts")).to_contain_text(words("Solved"))

    # Her answer leaves
    mail.send_out()
    acknowledgement, reply = mail.office.taken_for("roza@sklep.example")
    assert acknowledgement["Auto-Submitted"] == "auto-replied"
    assert reply["Auto-Submitted"] is None
    assert reply["Subject"] == f"Re: Sklep nie działa [#{first.pk}]"
    asked = first.messages.get(is_from_requester=True)
    assert reply["In-Reply-To"] == f"<{asked.mail_id.strip('<>')}>"
    assert reply["In-Reply-To"] in reply["References"]
    assert re.match(r"shops\+[a-z2-7]{32}@bursztyn\.example$", reply["Reply-To"])
    assert {part.get_content_type() for part in reply.walk()} == {"multipart/alternative", "text/plain", "text/html"}
    text = reply.get_body(("plain",)).get_content()
    assert "już działa." in text
    assert "> Od rana sklep pokazuje błąd 500." in text

    # The requester writes back, and the ticket is open again
    written = mail.receive(answer_to(reply, "Niestety znowu nie działa."))
    assert (written.state, written.ticket) == (InboundMessage.State.ACCEPTED, first)
    keys.press("Escape")
    expect(current).to_contain_text("Sklep nie działa")
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sklep nie działa")
    expect(page.locator(".msg:not([data-kind]) > div > .body").last).to_have_text("Niestety znowu nie działa.")
    expect(page.locator(".timeline")).to_contain_text(words("Open again, because the requester wrote"))
    expect(page.locator("#facts")).to_contain_text(words("Open"))
    assert third.messages.count() == 1
