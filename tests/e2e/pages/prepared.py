"""What several files of pages show: tickets with everything they can hold, and steps to take on a page."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from playwright.sync_api import expect

from tests.e2e.desk import Desk, now
from tests.e2e.pages.looking import for_desk
from tests.factories import (
    HOUR,
    MINUTE,
    fresh,
    make_draft,
    make_note,
    make_organisation,
    make_reply,
    make_requester_message,
    make_ticket,
)
from tickets.actions import asking, assigning, changing, facts, filling, outgoing, removing, snoozing, tagging
from tickets.actions.attaching import File
from tickets.models import CustomField, Outbox, Priority, Status, Ticket


def full_ticket(desk: Desk) -> Ticket:
    """A ticket with everything a conversation can hold."""
    requester = desk.requester(phone="+48 601 234 567", organisation=make_organisation("Łódź sp. z o.o."))
    make_ticket(desk.shops, requester=requester, subject="Poprzednia sprawa", status=Status.SOLVED)
    file = File(
        name="obraz żółty z bardzo długą nazwą pliku.png", content=b"\x89PNG\r\n\x1a\n", content_type="image/png"
    )
    ticket = make_ticket(
        desk.shops,
        requester=requester,
        subject="Sklep nie działa od rana, a klienci dzwonią i pytają, kiedy wróci",
        text="Dzień dobry,\n\nhttps://rowery.example/zamowienia/2026/03/bardzo-dlugi-adres-strony-ktory-sie-nie-lamie\n\n"
        "> Kiedyś było lepiej\n> naprawdę",
        html="<p>Dzień <b>dobry</b></p>",
        priority=Priority.URGENT,
        attachments=[file],
    )
    promise = {"due_at": now() + 20 * MINUTE, "sla_since": now() - HOUR, "sla_target_s": 4800}
    facts.store_promise(ticket.pk, sla_state="running", sla_metric="first_response", **promise)
    at = now()
    make_note(ticket, desk.agent, at=at, text="Klient premium.")
    make_reply(ticket, desk.agent, at=at, text="Sprawdzam.")
    outgoing.give_up(mail=Outbox.objects.get(ticket=ticket), reason="550", at=at)
    make_requester_message(ticket, at=at, text="Dziękuję.")
    assigning.assign(ticket=ticket, to=desk.volunteer, by=desk.lead, at=at)
    make_reply(ticket, fresh(desk.volunteer), at=at, text="Proszę spróbować.")
    changing.change_priority(ticket=ticket, to=Priority.HIGH, by=desk.lead, at=at)
    make_draft(ticket, desk.admin, at=at)
    facts.store_presence(desk.agent, [(at - HOUR, at + HOUR)], after=at - HOUR)
    return ticket


def in_every_state(desk: Desk) -> None:
    """A list with promises of each kind, all channels, and rows of other lengths."""
    states = [("running", -90), ("running", 10), ("running", 200), ("running", 900), ("paused", 60), ("", 0)]
    channels = ["email", "web", "phone", "chat", "messenger", "walk_up"]
    for place, ((state, minutes), channel) in enumerate(zip(states, channels, strict=True)):
        ticket = make_ticket(
            desk.shops,
            channel=channel,
            subject="Krótki temat" if place % 2 else "Temat tak długi, że w żadnej kolumnie nie zmieści się w całości",
            priority=[Priority.NORMAL, Priority.HIGH, Priority.URGENT][place % 3],
            assignee=desk.agent if place % 2 else None,
        )
        if state:
            promise = {"sla_state": state, "sla_metric": "first_response", "sla_since": now() - 2 * HOUR}
            facts.store_promise(ticket.pk, due_at=now() + minutes * MINUTE, sla_target_s=7200 + 60 * minutes, **promise)


def own_properties(desk: Desk) -> Ticket:
    """A ticket with tags and fields, put off, which cannot be solved yet."""
    for key, label, more in (
        ("zamowienie", "Numer zamówienia", {"type": "text", "is_required_to_solve": True}),
        ("kwota", "Kwota", {"type": "number"}),
        ("platforma", "Platforma sklepu", {"type": "choice", "choices": ["WooCommerce", "PrestaShop"]}),
        ("termin", "Termin", {"type": "date"}),
    ):
        CustomField.objects.get_or_create(key=key, defaults={"label": label, **more})
    cache.clear()
    ticket = make_ticket(desk.shops, subject="Zwrot za zamówienie", at=now())
    by = fresh(desk.agent)
    tagging.add_tags(ticket=ticket, tags=["zwrot", "vip", "etykieta-ktora-nie-zmiesci-sie"], by=by, at=now())
    filling.fill(ticket=ticket, key="kwota", to="129,90", by=by, at=now())
    snoozing.snooze(ticket=ticket, until=now() + 26 * HOUR, reason="Kurier jedzie", by=by, at=now())
    return ticket


def questioned(desk: Desk) -> Ticket:
    """A ticket on which one question is answered and another waits, both of the agent to the lead."""
    ticket = make_ticket(desk.shops, subject="Pusta faktura", at=now())
    for words in ("Czy dysk jest już czysty?", "Kiedy faktury wyjdą same?"):
        question = asking.ask(ticket=ticket, by=fresh(desk.agent), to=desk.lead, text=words, at=now())
        if words.startswith("Czy"):
            asking.answer(question=question, by=fresh(desk.lead), text="Tak, od siódmej.", at=now())
    return ticket


def removed_tickets(desk: Desk) -> Ticket:
    ticket = make_ticket(desk.shops, subject="Wygrałeś milion", at=now())
    return removing.remove(ticket=ticket, removed_as="spam", by=fresh(desk.agent), at=now())


full = for_desk(full_ticket)


def ended(desk: Desk, *statuses: str) -> Ticket:
    ticket = full_ticket(desk)
    changing.change_status(ticket=ticket, to=Status.SOLVED, by=desk.admin, at=now())
    ticket.refresh_from_db()
    return changing.close(ticket=ticket, at=now()) if Status.CLOSED in statuses else ticket


def see_the_preview(page: Any) -> None:
    expect(page.locator("#preview .preview-title")).to_be_visible()
