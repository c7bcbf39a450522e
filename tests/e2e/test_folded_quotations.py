"""What a mail quotes is folded where it stands: opened with keys, without a script, and nothing of it is lost."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.desk import say
from tests.factories import make_requester_message, make_ticket
from tickets import signed_links
from tickets.models import Channel

ABOVE = """Dziękuję, kasa już działa. Drukarka jeszcze nie.

Pozdrawiam
Róża

pon., 9 mar 2026 o 07:12 Agnieszka Wrona (Shops) <shops@bursztyn.example> napisał(a):

> Dzień dobry,
> proszę uruchomić kasę ponownie.

--
Róża Kowalska
Sklep przy Rynku, tel. 22 555 01 01"""
BETWEEN = """W dniu 09.03.2026 o 07:30, Agnieszka Wrona pisze:
> Która to drukarka?

Etykiet, przy zapleczu.

> Czy miga lampka?

Tak, na czerwono."""


def test_words_first_and_all_the_rest_in_reach(desk, open_page):
    ticket = make_ticket(desk.shops, requester=desk.requester(), subject="Kasa", text="Kasa nie działa.")
    make_requester_message(ticket, text=ABOVE, channel=Channel.EMAIL)
    make_requester_message(ticket, text=BETWEEN, channel=Channel.EMAIL)
    page = open_page(desk.agent, java_script_enabled=False)
    page.goto(ticket.get_absolute_url())
    first, second = page.locator(".msg").nth(1), page.locator(".msg").nth(2)

    expect(first.get_by_text("Drukarka jeszcze nie.")).to_be_visible()
    expect(first.get_by_text("proszę uruchomić kasę ponownie.")).to_be_hidden()
    expect(first.get_by_text("Sklep przy Rynku")).to_be_hidden()
    # What an answer is about stays open above it.
    expect(second.get_by_text("Czy miga lampka?")).to_be_visible()
    expect(second.get_by_text("Tak, na czerwono.")).to_be_visible()

    first.locator("summary").first.press("Enter")
    expect(first.get_by_text("proszę uruchomić kasę ponownie.")).to_be_visible()
    first.locator("summary").nth(1).press("Space")
    expect(first.get_by_text("Sklep przy Rynku")).to_be_visible()
    expect(first.get_by_text(say("Signature"), exact=True)).to_be_visible()


def test_the_requester_sees_it_folded_too(desk, open_page):
    ticket = make_ticket(desk.shops, requester=desk.requester(), subject="Kasa", text="Kasa nie działa.")
    make_requester_message(ticket, text=ABOVE, channel=Channel.EMAIL)
    page = open_page(None, java_script_enabled=False)

    page.goto(signed_links.url_for(ticket, ticket.requester))

    expect(page.get_by_text("Drukarka jeszcze nie.")).to_be_visible()
    expect(page.get_by_text("proszę uruchomić kasę ponownie.")).to_be_hidden()
    page.get_by_text(say("Signature"), exact=True).click()
    expect(page.get_by_text("Sklep przy Rynku")).to_be_visible()
