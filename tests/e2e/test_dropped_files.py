"""Files dropped on the composer and pasted into it: named, refused in words, and sent with the reply."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.desk import Desk, say
from tests.factories import make_colleague, make_ticket
from tickets.models import Message

pytestmark = [pytest.mark.django_db(transaction=True)]

GIVE = """([type, names, size, place]) => {
  const data = new DataTransfer();
  for (const name of names) data.items.add(new File([new Uint8Array(size)], name, { type: "image/png" }));
  const target = document.querySelector(place ?? "#reply-text");
  const event = type === "paste"
    ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })
    : new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true });
  target.dispatchEvent(event);
}"""


def test_dropped_and_pasted_files_leave_with_the_reply(desk: Desk, open_page):
    ticket = make_ticket(desk.shops, requester=desk.requester())
    page = open_page(desk.agent)
    page.goto(f"/tickets/{ticket.pk}/")
    chips = page.locator("[data-for=reply] .kept-file input")

    page.evaluate(GIVE, ["dragover", ["plan.png"], 10])
    expect(page.locator(".composer[data-dropping]")).to_be_visible()
    page.evaluate(GIVE, ["drop", ["plan.png", "zdjęcie.png"], 10])
    expect(chips).to_have_count(2)
    expect(page.locator(".composer[data-dropping]")).to_have_count(0)
    page.evaluate(GIVE, ["paste", ["image.png"], 10])
    expect(chips).to_have_count(3)
    shot = page.locator(".kept-file").last
    expect(shot).to_contain_text(re.compile(say("screenshot") + r" \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d\.png"))

    page.reload()
    expect(chips).to_have_count(3)
    chips.nth(1).uncheck()
    page.locator("#reply-text").fill("W załączeniu.")
    page.locator("[data-for=reply] [data-send]").click()

    expect(page.locator(".msg", has_text="W załączeniu.")).to_be_visible()
    names = [file.name for file in Message.objects.get(text="W załączeniu.").attachments.order_by("pk")]
    assert names[0] == "plan.png"
    assert len(names) == 2
    expect(chips).to_have_count(0)


def test_what_is_too_large_is_refused_before_it_goes_up(desk: Desk, open_page, settings):
    settings.MAX_UPLOAD_BYTES = 1000
    ticket = make_ticket(desk.shops, requester=desk.requester())
    page = open_page(desk.agent)
    page.goto(f"/tickets/{ticket.pk}/")
    sent = []
    page.on("request", lambda request: sent.append(request.url) if "/draft/files/" in request.url else None)

    page.evaluate(GIVE, ["drop", ["film.png"], 2000])

    expect(page.get_by_role("alert").filter(has_text="MB")).to_be_visible()
    expect(page.locator(".kept-file")).to_have_count(0)
    assert sent == []


def test_a_desk_that_does_not_answer_says_so_and_keeps_the_words(desk: Desk, open_page):
    ticket = make_ticket(desk.shops, requester=desk.requester())
    page = open_page(desk.agent)
    page.goto(f"/tickets/{ticket.pk}/")
    page.locator("#reply-text").fill("W załączeniu.")
    page.route("**/draft/files/", lambda route: route.fulfill(status=413, body="too much"))

    page.locator("[data-for=reply] input[type=file]").set_input_files(
        {"name": "a.txt", "mimeType": "text/plain", "buffer": b"a"}
    )

    expect(page.get_by_role("alert").filter(has_text="a.txt")).to_be_visible()
    expect(page.locator("#reply-text")).to_have_value("W załączeniu.")


def test_dropped_and_pasted_files_leave_with_a_question_and_with_its_answer(desk: Desk, open_page):
    ticket = make_ticket(desk.shops, requester=desk.requester())
    mate = make_colleague(name="Dawid Programista", language="en")
    page = open_page(desk.agent)
    page.goto(f"/tickets/{ticket.pk}/")
    page.locator("[data-mode-tab=ask]").click()
    page.evaluate(GIVE, ["drop", ["plan.png"], 10, "#ask-text"])
    expect(page.locator("[data-for=ask] .kept-file input")).to_have_count(1)
    page.locator("#ask-to").fill("Dawid Programista")
    page.locator("#ask-text").fill("Tak ma być?")
    page.locator("[data-for=ask] [data-send]").click()
    expect(page.locator(".msg", has_text="Tak ma być?").locator(".attachments")).to_contain_text("plan.png")

    asked = open_page(mate)
    asked.goto(f"/tickets/{ticket.pk}/")
    asked.evaluate(GIVE, ["paste", ["szkic.png"], 10, ".asked textarea"])
    expect(asked.locator(".asked .kept-file input")).to_have_count(1)
    asked.locator(".asked textarea").fill("Raczej tak.")
    asked.locator(".asked [data-send]").click()

    expect(asked.locator(".msg", has_text="Raczej tak.").locator(".attachments")).to_contain_text("szkic.png")
    assert Message.objects.get(text="Raczej tak.").attachments.count() == 1
