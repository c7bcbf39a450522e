"""The requester follows the link of a mail: reads the case, answers with a file, ends it. No account, no sign-in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core import signing
from playwright.sync_api import expect

from tests.e2e.desk import now, say
from tests.e2e.post import letter
from tests.factories import fresh, make_note, make_reply, make_ticket
from tickets import signed_links
from tickets.models import Channel, Status

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def link_in(mail) -> str:
    return re.search(r"http://localhost:\d+/r/\S+", mail.get_body(("plain",)).get_content()).group()


@pytest.fixture
def ticket(desk, mail):
    found = mail.receive(letter("Od rana sklep pokazuje błąd 500.")).ticket
    make_note(found, desk.agent, at=now(), text="Klientka z umową premium.")
    make_reply(found, desk.agent, at=now(), text="Który sklep?", next_status=Status.WAITING)
    return found


def test_she_reads_answers_with_a_file_and_ends_her_case(desk, mail, ticket, open_page):
    acknowledgement, reply = mail.send_out()
    assert link_in(acknowledgement)
    page = open_page()

    page.goto(link_in(reply))
    expect(page.get_by_role("heading", level=1)).to_have_text("Sklep nie działa")
    expect(page.locator(".msg")).to_have_count(2)
    expect(page.locator(".msg").first).to_contain_text("błąd 500")
    expect(page.locator(".msg[data-kind=public]")).to_contain_text("Który sklep?")
    expect(page.get_by_role("main")).to_contain_text(say("Your turn"))
    assert "premium" not in page.content()

    page.get_by_label(say("Your answer")).fill("Ten z rowerami.")
    page.locator("input[type=file]").set_input_files(
        {"name": "ekran żółty.png", "mimeType": "image/png", "buffer": PNG}
    )
    expect(page.locator(".file-list")).to_have_text("ekran żółty.png")
    page.get_by_role("button", name=say("Send"), exact=True).click()
    expect(page.locator(".toast")).to_contain_text(say("Thank you. The answer has reached us."))
    expect(page.locator(".msg").last).to_contain_text("Ten z rowerami.")
    with page.expect_download() as download:
        page.get_by_role("link", name="ekran żółty.png").click()
    assert download.value.suggested_filename == "ekran żółty.png"
    assert Path(download.value.path()).read_bytes() == PNG
    ticket.refresh_from_db()
    assert ticket.status == Status.OPEN
    assert ticket.messages.get(text="Ten z rowerami.").channel == Channel.WEB

    page.get_by_role("link", name=say("It is solved, thank you")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(say("Is it solved?"))
    ticket.refresh_from_db()
    assert ticket.status == Status.OPEN
    page.get_by_role("button", name=say("Yes, it is solved")).click()
    expect(page.locator(".toast")).to_contain_text(say("Thank you. The case is solved."))
    expect(page.get_by_role("link", name=say("It is solved, thank you"))).to_have_count(0)
    expect(page.get_by_role("main")).to_contain_text(say("The case is solved. An answer opens it again."))
    ticket.refresh_from_db()
    assert ticket.status == Status.SOLVED

    desk_page = open_page(desk.agent)
    desk_page.goto(ticket.get_absolute_url())
    expect(desk_page.get_by_role("link", name="ekran żółty.png")).to_be_visible()


def test_the_link_speaks_the_requesters_language(desk, open_page):
    case = make_ticket(desk.shops, requester=desk.requester(language="pl"))
    page = open_page(locale="en-GB")

    page.goto(signed_links.url_for(case, case.requester))

    expect(page.locator("html")).to_have_attribute("lang", "pl")
    expect(page.get_by_label(say("Your answer", language="pl"))).to_be_visible()


def test_a_forged_cut_or_old_link_gets_a_kind_page(desk, open_page, monkeypatch):
    case = make_ticket(desk.shops, requester=desk.requester(), subject="Nie dla każdego")
    other = make_ticket(desk.shops, requester=desk.requester(email="ola@sklep.example"))
    token = signed_links.token_for(case, case.requester)
    foreign = signed_links.token_for(other, other.requester)
    with monkeypatch.context() as past:
        now = signing.time.time()
        past.setattr(signing.time, "time", lambda: now - signed_links.MAX_AGE_S - 60)
        old = signed_links.token_for(case, case.requester)
    page = open_page()

    for bad in (token[:-3] + "abc", token[:-5], "x", token.partition("~")[0] + "~" + foreign.partition("~")[2], old):
        answer = page.goto(f"/r/{bad}/")

        assert answer.status == 410, bad
        expect(page.get_by_role("heading", level=1)).to_have_text(say("This link does not work any more"))
        assert "Nie dla każdego" not in page.content()
    assert page.goto(f"/r/{token}/").status == 200


def test_a_link_opens_its_own_case_and_nothing_else(desk, open_page):
    requester = desk.requester()
    case = make_ticket(desk.shops, requester=requester)
    other = make_ticket(desk.shops, requester=requester, subject="Druga sprawa")
    page = open_page()

    page.goto(signed_links.url_for(case, fresh(requester)))
    page.goto(other.get_absolute_url())

    expect(page).to_have_url(re.compile("/accounts/login/"))
