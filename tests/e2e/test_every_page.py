"""Every page, by day and by night, on a desk and on a phone: readable for everybody, quiet, never too wide.

Checked by axe with all its rules and WCAG 2.2's target size; colours again in the other theme. The console's and the
content security policy's complaints fail each story at its end (conftest).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.adapter import get_adapter as mfa_adapter
from allauth.mfa.models import Authenticator
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import cache
from django.test import Client
from django.urls import resolve
from playwright.sync_api import expect

from rotations import urls as rotations_urls
from rotations.actions import being_away, keeping_hours, placing, rounds, signing_up
from rotations.models import Pattern, Programme, Round
from rotations.weekly_hours import read_day
from sla import urls as sla_urls
from sla.actions import editing, keeping
from sla.models import Calendar, Edit, Policy
from tests.e2e.desk import DESKTOP, PASSWORD, PHONE, Desk, now, say
from tests.e2e.post import Mail, letter
from tests.e2e.test_what_a_mail_holds import full_mail
from tests.factories import (
    HOUR,
    MINUTE,
    fresh,
    make_draft,
    make_note,
    make_organisation,
    make_reply,
    make_requester,
    make_requester_message,
    make_team,
    make_ticket,
)
from tickets import account_urls, signed_links, tasks, urls
from tickets.accounts import second_factors
from tickets.actions import (
    appointing,
    asking,
    assigning,
    auditing,
    bulk,
    calling,
    changing,
    drafting,
    facts,
    filling,
    keeping_rules,
    linking,
    mail_settings,
    merging,
    merging_people,
    outgoing,
    removing,
    snoozing,
    tagging,
    walkups,
)
from tickets.actions.attaching import File
from tickets.actions.preferences import set_list
from tickets.models import (
    Appointment,
    Attachment,
    BulkChange,
    CustomField,
    DeskSettings,
    Macro,
    Mailbox,
    MailSender,
    Outbox,
    PausedAddress,
    PersonMerge,
    Priority,
    Queue,
    Rule,
    RuleFiring,
    Status,
    Tag,
    Ticket,
    User,
    View,
    WalkUp,
)

REFUSED = "127.0.0.1 refused the user name or the password."
ALL_RULES = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
COLOURS = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
}


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


def with_a_reply_that_leaves(desk: Desk) -> Ticket:
    """And files beside the draft of the next one."""
    ticket = make_ticket(desk.shops, requester=desk.requester())
    make_reply(ticket, desk.agent, at=now(), text="Proszę spróbować teraz.", hold_s=600)
    names = [
        "zrzut ekranu 2026-03-09 08.00.00.png",
        "bardzo długa nazwa pliku, która nie mieści się w żadnym wierszu.pdf",
    ]
    files = [File(name=name, content=b"x" * 2000, content_type="image/png") for name in names]
    drafting.keep_files(ticket=ticket, by=desk.agent, kind="public", files=files, at=now())
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


def used_tag(desk: Desk) -> Tag:
    own_properties(desk)
    return Tag.objects.get(name="vip")


# Scenes


@dataclass(frozen=True)
class Scene:
    """A page and what is on it. ``path`` may hold {number} of what ``prepare`` returns, and {token} of a ticket."""

    path: str
    by: str = ""
    """Who looks: a name of the desk's, "requester", or nobody in particular."""
    prepare: Callable[[Desk, Mail], Any] = lambda desk, mail: None
    act: Callable[[Any], object] = lambda page: None


def for_desk(prepare: Callable[[Desk], Any]) -> Callable[[Desk, Mail], Any]:
    return lambda desk, mail: prepare(desk)


def shown_tight(desk: Desk) -> None:
    in_every_state(desk)
    columns = ["queue", "status", "opened"]
    set_list(by=desk.agent, layout="alone", density="tight", order="newest", columns=columns)


full = for_desk(full_ticket)
various = for_desk(in_every_state)


def ended(desk: Desk, *statuses: str) -> Ticket:
    ticket = full_ticket(desk)
    changing.change_status(ticket=ticket, to=Status.SOLVED, by=desk.admin, at=now())
    ticket.refresh_from_db()
    return changing.close(ticket=ticket, at=now()) if Status.CLOSED in statuses else ticket


def without_address(desk: Desk) -> Ticket:
    return make_ticket(desk.shops, requester=desk.requester(email=None, phone="+48 601"), channel="phone")


def with_a_full_mail(desk: Desk, mail: Mail) -> Ticket:
    """A picture in its text, a mail attached, an invitation."""
    return mail.receive(full_mail()).ticket


def mail_in_it(desk: Desk, mail: Mail) -> Attachment:
    return Attachment.objects.get(message__ticket=with_a_full_mail(desk, mail), content_type="message/rfc822")


def failing_mail(desk: Desk, mail: Mail) -> None:
    full_ticket(desk)  # one of its mails is a dead letter
    unsigned = letter("?", Subject="Temat tak długi, że się nie mieści w żadnej kolumnie tabeli na telefonie")
    del unsigned["From"]
    mail.receive(unsigned)


def mailboxes(desk: Desk) -> Mailbox:
    """One in every state; the last of them fails."""
    server = {"host": "127.0.0.1", "port": 1, "security": "plain", "username": "shops@bursztyn.example"}
    read = {"uidvalidity": 1, "last_fetch_at": now(), "lag_s": 42}
    for name, fields in (
        ("Nowa", {"is_active": False}),
        ("Wstrzymana", {"is_active": False, **read}),
        ("Czytana", read),
        ("Cicha", {**read, "last_fetch_at": now() - HOUR}),
        (
            "Skrzynka o nazwie dłuższej niż kolumna w tabeli na telefonie",
            {"last_error": REFUSED, "failing_since": now()},
        ),
    ):
        found = Mailbox(name=name, queue=desk.shops, **server, **fields)
        found.password = "secret"
        found.save()
    return found


def endpoint(desk: Desk) -> Mailbox:
    return Mailbox.objects.create(name="Postfix", kind=Mailbox.Kind.PUSH, queue=desk.shops)


def sender(desk: Desk) -> MailSender:
    server = {"queue": desk.shops, "host": "127.0.0.1", "port": 1, "security": "plain"}
    MailSender.objects.create(name="Pierwszy", last_sent_at=now(), per_minute=30, **server)
    MailSender.objects.create(name="Drugi", position=1, is_active=False, **server)
    broken = {"failing_since": now(), "away_until": now() + HOUR, "last_error": REFUSED}
    return MailSender.objects.create(name="Trzeci", position=2, **broken, **server)


def paused(desk: Desk) -> None:
    message = full_ticket(desk).messages.last()
    facts = {"reason": "user_unknown", "detail": "550 5.1.1 No such user here", "paused_at": now(), "message": message}
    PausedAddress.objects.create(address="roza@sklep.example", **facts)
    long = "bardzo.dlugi.adres.ktorego.nikt.nie.zlamie@poczta.bardzo-dluga-domena.example"
    PausedAddress.objects.create(address=long, **facts)
    PausedAddress.objects.create(address="jan@firma.example", cleared_at=now(), cleared_by=desk.admin, **facts)


def by_mail(desk: Desk, mail: Mail) -> Ticket:
    row = mail.receive(letter("Nie działa", Subject="Sklep stoi"))
    assert row.ticket is not None
    return row.ticket


def headers_of(desk: Desk, mail: Mail) -> Any:
    return by_mail(desk, mail).messages.get()


def notified(desk: Desk, mail: Mail) -> None:
    for subject in ("Pierwsza", "Druga, z tematem tak długim, że się nie mieści w żadnym wierszu na telefonie"):
        assigning.assign(ticket=make_ticket(desk.shops, subject=subject), to=desk.agent, by=desk.lead, at=now())


def joined(desk: Desk) -> Ticket:
    """A full ticket with links, an appointment, and another one merged into it."""
    ticket = full_ticket(desk)
    for relation in ("duplicate_of", "parent_of"):
        other = make_ticket(desk.shops, subject="Temat tak długi, że się nie mieści obok rozmowy w jednym wierszu")
        linking.link(ticket=ticket, other=other, relation=relation, by=desk.admin, at=now())
    merging.merge(ticket=make_ticket(desk.shops), into=ticket, by=desk.admin, at=now())
    agreed(desk, ticket)
    return Ticket.objects.get(pk=ticket.pk)


def agreed(desk: Desk, ticket: Ticket | None = None) -> Appointment:
    time = {"starts_at": now() + 26 * HOUR, "ends_at": now() + 27 * HOUR}
    ticket = ticket or full_ticket(desk)
    return appointing.appoint(ticket=ticket, title="Rozmowa", place="Sala 7", by=desk.admin, at=now(), **time)


def twins(desk: Desk) -> User:
    first = full_ticket(desk).requester
    second = make_requester(name=first.name, organisation=make_organisation())
    make_ticket(desk.shops, requester=second)
    return first


def one_person(desk: Desk) -> PersonMerge:
    first = twins(desk)
    second = User.objects.filter(name=first.name).exclude(pk=first.pk).get()
    return merging_people.merge_people(person=first, into=second, by=fresh(desk.agent), at=now())


def compare(page: Any) -> None:
    page.get_by_role("link", name=say("Compare")).first.click()
    expect(page.locator(".compare")).to_be_visible()


def set_password(page: Any) -> None:
    """Follow the link of the mail, to the page where the new password is written."""
    page.get_by_role("textbox").fill("agnieszka@bursztyn.example")
    page.get_by_role("button", name=say("Send the link")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(say("Look into your mail"))
    tasks.answer_resets()
    page.goto(re.search(r"/accounts/password/reset/key/\S+", Outbox.objects.get().payload["text"]).group())


def sign_in_wrongly(page: Any) -> None:
    page.get_by_label(say("Work email")).fill("nobody@bursztyn.example")
    page.get_by_label(say("Password")).fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()


def dealt_out(desk: Desk) -> Queue:
    """A queue that gives its tickets out: one person is next, one is full, one away."""
    Queue.objects.filter(pk=desk.shops.pk).update(assignment="least_loaded", assignment_cap=1)
    for person, start in ((desk.agent, -HOUR), (desk.other_agent, -HOUR), (desk.lead, HOUR)):
        facts.store_presence(person, [(now() + start, now() + 5 * HOUR)], after=now() - 2 * HOUR)
    make_ticket(desk.shops, assignee=desk.agent)
    for _each in range(3):
        make_ticket(desk.shops)
    return desk.shops


def raise_the_cap(page: Any) -> None:
    page.get_by_role("spinbutton").first.fill("3")
    page.get_by_role("button", name=say("Save")).click()
    expect(page.get_by_role("alert")).to_be_visible()


def busy(desk: Desk) -> User:
    make_ticket(desk.shops, assignee=desk.agent)
    return desk.agent


def take_the_teams(page: Any) -> None:
    page.get_by_role("checkbox", name="Shop team").uncheck()
    page.get_by_role("button", name=say("Save")).click()
    expect(page.get_by_role("alert")).to_be_visible()


def a_field(desk: Desk) -> CustomField:
    ticket = own_properties(desk)
    CustomField.objects.create(key="dawne", label="Dawne pole", type="text", is_active=False, position=9)
    found = CustomField.objects.get(key="platforma")
    found.queues.add(desk.shops)
    filling.fill(ticket=ticket, key=found.key, to="WooCommerce", by=fresh(desk.agent), at=now())
    return found


def take_a_choice_off(page: Any) -> None:
    page.locator("[name=choices]").fill("PrestaShop")
    page.get_by_role("button", name=say("Save")).click()
    expect(page.get_by_role("alert")).to_be_visible()


def of_an_organisation(desk: Desk) -> Any:
    return full_ticket(desk).requester.organisation


def its_double(desk: Desk) -> Any:
    make_organisation("Łódź sp. z o. o.")
    return of_an_organisation(desk)


def choose_it(page: Any) -> None:
    page.get_by_role("link", name="Łódź sp. z o. o.").click()
    expect(page.get_by_role("button", name=say("Yes, make them one"))).to_be_visible()


def ask_to_delete(page: Any) -> None:
    page.get_by_text(say("Delete this team")).click()
    expect(page.get_by_role("button", name=say("Yes, delete it"))).to_be_visible()


def ask_to_retire(page: Any) -> None:
    page.get_by_text(say("Retire this field")).click()
    expect(page.get_by_role("button", name=say("Retire it"))).to_be_visible()


def with_factors(desk: Desk) -> User:
    """An agent with an app and recovery codes."""
    secret = mfa_adapter().encrypt("JBSWY3DPEHPK3PXP")
    Authenticator.objects.create(user=desk.agent, type=Authenticator.Type.TOTP, data={"secret": secret})
    second_factors.recovery_codes_of(desk.agent)
    return desk.agent


def signed_in_elsewhere(desk: Desk) -> None:
    phone = Client(HTTP_USER_AGENT="Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1")
    phone.post("/accounts/login/", {"login": desk.agent.email, "password": PASSWORD})


def audited(desk: Desk) -> None:
    who = {"by": fresh(desk.admin), "at": now()}
    signature = "Pozdrawiamy\n{agent}\nZespół sklepów, Bursztyn sp. z o.o., ul. Długa 12, 80-831 Gdańsk"
    mail_settings.change_queue_mail(queue=desk.shops, signature=signature, language="pl", acknowledges=False, **who)
    changes = [{"property": "priority", "to": 4}, {"property": "add_tags", "to": ["pilne"]}]
    keeping_rules.save(rule=Rule(name="Pilne od razu", trigger="opened"), changes=changes, **who)
    box = Mailbox.objects.create(queue=desk.shops, name="Podane przez serwer", kind="push")
    with auditing.asked_from("2001:db8:0:1234:5678:9abc:def0:1234"):
        mail_settings.pause_mailbox(mailbox=box, **who)
        auditing.record_audit(action="read", kind="raw_mail", name="mail-7.eml", **who)


def a_morning(desk: Desk) -> None:
    """More is due than one person can do, and weeks in which some promises were kept and some broken."""
    day, week = 24 * HOUR, 7 * 24 * HOUR
    keeping.make_usual_policy(at=now() - 9 * week)
    who = {"by": fresh(desk.admin), "at": now()}
    blocks = [block for weekday in range(7) for block in read_day("0-24", weekday)]
    keeping_hours.set_hours(
        person=fresh(desk.agent), zone="Europe/Warsaw", blocks=blocks, valid_from=now().date(), **who
    )
    for back in range(1, 4):
        for number in range(4):
            ticket = make_ticket(desk.shops, at=now() - back * week - number * day)
            if number:
                make_reply(ticket, desk.agent, at=ticket.opened_at + number * HOUR)
    for number in range(12):
        ticket = make_ticket(desk.shops if number % 2 else desk.billing, assignee=desk.agent if number < 6 else None)
        facts.store_promise(ticket.pk, due_at=now() + (20 + number) * MINUTE, sla_state="running")


def hours(desk: Desk) -> User:
    """A week of long days for the agent, a shorter one to come, and absences of all lengths."""
    zone = "Europe/Warsaw"
    for person, days, since in (
        (desk.agent, ["6:30-10:15, 11-14:30, 15:15-19:45"] * 5, 0),
        (desk.agent, ["22-6"] * 3, 14),
        (desk.other_agent, ["8-16"] * 5, 0),
        (desk.lead, ["0-24"] * 7, 0),
    ):
        blocks = [block for day, text in enumerate(days) for block in read_day(text, day)]
        day = (now() + since * 24 * HOUR).date()
        who = {"by": fresh(desk.admin), "at": now()}
        keeping_hours.set_hours(person=fresh(person), zone=zone, blocks=blocks, valid_from=day, **who)
    for kind, start, long in (("sick", -30, 10), ("other", 26, 2), ("holiday", 40, 24 * 9)):
        being_away.add_absence(
            person=fresh(desk.agent),
            kind=kind,
            starts_at=now() + start * HOUR,
            ends_at=now() + (start + long) * HOUR,
            zone=zone,
            note="Powód tak długi, że w jednym wierszu telefonu się nie zmieści, a w dwóch już prędzej",
            by=fresh(desk.lead),
            at=now(),
        )
    return desk.agent


def promised(desk: Desk) -> Calendar:
    """Hours of all kinds, days that differ, and a policy with a ticket under it."""
    weekly = {
        0: [("06:30", "10:15"), ("11:00", "14:30"), ("15:15", "19:45")],
        1: [("22:00", "06:00")],
        4: [("00:00", "24:00")],
    }
    today = now().date()
    names = {today + timedelta(days=2): "Inwentaryzacja w magazynie, o której mowa była na zebraniu", today: "Święto"}
    days = {day: [("10:00", "12:00")] if day == today else [] for day in names}
    calendar = keeping.make_calendar(
        name="Biuro w Konstancinie-Jeziornie, zmiana ranna i nocna",
        zone="Europe/Warsaw",
        weekly=weekly,
        exceptions=days,
        names=names,
        at=now(),
        by=fresh(desk.admin),
    )
    targets = {2: {"first_response": 3600, "resolution": 24 * 3600}}
    keeping.make_policy(name="Podstawowe", calendar=calendar, targets=targets, is_default=True, at=now())
    make_ticket(desk.shops, requester=desk.requester(), subject="Sklep nie działa od rana, a klienci dzwonią i pytają")
    return calendar


def edited(desk: Desk) -> Edit:
    """A change that was counted and waits."""
    calendar = promised(desk)
    values = keeping.values_of_calendar(calendar)
    proposed = {**values, "weekly": {"3": [["09:00", "10:00"]]}, "zone": "America/Argentina/ComodRivadavia"}
    base = editing.fingerprint(values)
    edit = editing.propose(
        kind="calendar", target=calendar.pk, base=base, proposed=proposed, by=fresh(desk.admin), at=now()
    )
    editing.count_batch(edit.pk, at=now())
    return edit


def edited_twice(desk: Desk) -> Edit:
    edit = edited(desk)
    keeping.change_calendar(
        calendar=Calendar.objects.get(),
        by=fresh(desk.admin),
        at=now(),
        **editing.hours_from({**edit.before, "zone": "UTC"}),
    )
    return edit


def policies(desk: Desk) -> Policy:
    """Some with conditions of all lengths, beside the default one."""
    calendar = promised(desk)
    made = [
        keeping.make_policy(
            name=name, conditions=conditions, position=place, calendar=calendar,
            targets={2: {"first_response": 600, "next_response": 1200, "resolution": 90_000}, 4: {"resolution": 60}},
            at=now(), by=fresh(desk.admin),
        )
        for place, (name, conditions) in enumerate([
            ("Umowy z klientami hurtowni w Konstancinie-Jeziornie", "tag:vip (channel:phone or channel:chat)"),
            ("Telefon", "channel:phone"),
        ])
    ]  # fmt: skip
    return made[0]


def move_policy(page: Any) -> None:
    page.locator(".policy-move a").first.click()
    expect(page.get_by_role("button", name=say("Preview the new order"))).to_be_visible()


def refuse_policy(page: Any) -> None:
    page.locator("[name=target_4_resolution]").fill("0")
    page.locator("[name=level_0_number]").fill("x")
    page.locator("[name=conditions]").fill("(tag:vip")
    page.get_by_role("button", name=say("Preview the change")).click()
    expect(page.locator(".error").first).to_be_visible()


def try_policies(page: Any) -> None:
    page.locator("[name=subject]").fill("Sklep nie działa od rana, a klienci dzwonią i pytają, kiedy wróci")
    page.locator("form[method=post] button", has_text=say("Try it", context="promises")).click()
    expect(page.locator("#verdict")).to_be_visible()


def refuse_calendar(page: Any) -> None:
    page.locator("[name=day_1]").fill("8-25")
    page.locator("[name=hours]").first.fill("rano")
    page.get_by_role("button", name=say("Preview the change")).click()
    expect(page.locator(".error").first).to_be_visible()


def add_holidays(page: Any) -> None:
    page.locator(".more-days summary").click()
    page.locator("[name=country]").select_option("DE")
    page.get_by_role("button", name=say("Add public holidays"), exact=True).click()
    expect(page.locator("[name=region]")).to_be_visible()


def apply_edit(page: Any) -> None:
    page.get_by_role("button", name=say("Apply it now")).click()
    expect(page.locator("[role=alert], progress").first).to_be_visible()


def duties(desk: Desk, state: str = "published") -> Round:
    """A programme with a round in ``state`` and another that is open for sign-up; somebody is placed where there is a
    plan, and has been asked where it is published."""
    programme = Programme.objects.create(
        team=desk.team, name="Dyżury sklepów", channels=["email", "web", "chat", "phone"]
    )
    programme.queues.set([desk.shops])
    for name, weekday, starts, seats in (("Mon–Wed", 0, 8, 2), ("Wed–Fri", 2, 12, 3)):
        hours = {"starts": starts * 60, "ends": (starts + 8) * 60}
        Pattern.objects.create(programme=programme, name=name, first_weekday=weekday, days=3, seats=seats, **hours)
    who = {"by": fresh(desk.lead), "at": now()}
    monday = (now() + 240 * HOUR).date()
    monday -= timedelta(days=monday.weekday())
    made = []
    for wanted in (state, "signup"):
        told = {"starts_on": monday, "ends_on": monday + timedelta(days=11), "signup_ends_at": now() + 72 * HOUR}
        of = rounds.make_round(
            programme=programme, rules="Pytaj opiekuna o wszystko.\nTelefonu nikt nie musi.", **told, **who
        )
        for step in ("signup", "planning", "published"):
            if of.state != wanted:
                of = rounds.move_on(of=of, to=step, **who)
            if step == "signup":
                said = {"channels": ["email", "chat"], "quota": 2, "has_read": 1, "at": now()}
                signing_up.sign_up(of=of, wishes={}, by=fresh(desk.volunteer), **said)
            if step == of.state == "planning":
                shift = of.shifts.order_by("starts_at")[0]
                mentors = {"mentor": fresh(desk.agent), "deputy": fresh(desk.other_agent)}
                placing.propose(shift=shift, person=fresh(desk.volunteer), channels=["email", "chat"], **mentors, **who)
        made.append(of)
    return made[0]


def planned(desk: Desk) -> Round:
    return duties(desk, "planning")


def open_round(desk: Desk) -> Round:
    return duties(desk, "signup")


def a_programme(desk: Desk) -> Programme:
    return duties(desk).programme


def idle_duties(desk: Desk) -> None:
    duties(desk)
    off_duty(desk)


def place_nobody(page: Any) -> None:
    page.locator("form[action$='/place/'] select").first.evaluate("select => select.removeAttribute('required')")
    page.locator("form[action$='/place/'] button").first.click()
    expect(page.locator(".error").first).to_be_visible()


def off_duty(desk: Desk) -> None:
    facts.revoke_grant(desk.grant, at=now())


def refuse_hours(page: Any) -> None:
    page.locator("[name=day_1]").fill("8-25")
    page.get_by_role("button", name=say("Save the week")).click()
    expect(page.locator(".error")).to_be_visible()


def locked(desk: Desk) -> None:
    long = "nikt.o.tak.dlugim.adresie.nie.slyszal@poczta.bardzo-dluga-domena.example"
    for address in (desk.agent.email, long):
        for _try in range(5):
            Client().post("/accounts/login/", {"login": address, "password": "wrong"})


def by_password(page: Any) -> None:
    page.get_by_label(say("Work email")).fill("agnieszka@bursztyn.example")
    page.get_by_label(say("Password")).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).not_to_have_text(say("Good morning"))


def confirm(page: Any) -> None:
    page.get_by_label(say("Password")).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).not_to_have_text(say("Confirm that it is you"))


def refuse_mailbox(page: Any) -> None:
    page.get_by_label(say("IMAP server")).fill("imap.example")
    page.locator("[name=name]").fill("Help")
    page.locator("#id_queue").select_option(index=1)
    page.locator("[name=username]").fill("help")
    page.get_by_role("button", name=say("Save and go on to the test")).click()
    expect(page.locator(".error")).to_be_visible()


def choose_oauth(page: Any) -> None:
    page.get_by_role("radio", name="OAuth 2.0").check()
    expect(page.locator("[name=token_url]")).to_be_visible()
    expect(page.locator("[name=password]")).to_be_hidden()


def try_in_vain(page: Any) -> None:
    page.get_by_role("button", name=say("Test the connection")).click()
    expect(page.locator("#probe .callout")).to_contain_text("127.0.0.1")


def make_token(page: Any) -> None:
    page.get_by_role("button", name=say("Make a token")).click()
    expect(page.locator("[data-token]")).to_contain_text("dzm_")


def open_about_mail(page: Any) -> None:
    page.get_by_text(say("About this mail")).click()
    page.get_by_role("link", name=say("Headers of the mail")).click()
    expect(page.locator(".mail-headers")).to_be_visible()


def open_nothing(page: Any) -> None:
    page.get_by_label(say("Subject")).fill("?")
    page.get_by_label(say("What is it about?")).fill("?")
    page.get_by_role("button", name=say("Open the ticket")).click()
    expect(page.locator(".error")).to_be_visible()


def cross_words(page: Any) -> None:
    page.locator("#reply-text").fill("Który sklep?")
    make_requester_message(Ticket.objects.order_by("-pk").first(), at=now(), text="Ten z rowerami.")
    page.get_by_role("button", name=say("Send")).click()
    expect(page.locator(".compare")).to_be_visible()


def solve_too_early(page: Any) -> None:
    page.locator("#status").select_option(Status.SOLVED)
    expect(page.locator("#properties [role=alert]")).to_be_visible()
    page.locator(".more-properties summary[data-act=snooze]").click()


def cross_values(page: Any) -> None:
    ticket = Ticket.objects.order_by("-pk").first()
    changing.change_priority(ticket=ticket, to=Priority.LOW, by=User.objects.get(name="Lena Łoś"), at=now())
    page.get_by_role("combobox", name=say("Priority")).select_option(str(Priority.URGENT))
    expect(page.get_by_role("alert")).to_be_visible()


def write_a_note(page: Any) -> None:
    page.keyboard.press("n")
    expect(page.locator("#note-text")).to_be_focused()
    page.keyboard.type("Tylko dla nas")
    expect(page.locator("form[data-kind=note] .draft")).to_have_text(say("Draft saved"))


def ask_for_keys(page: Any) -> None:
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()


def choose_one_key_twice(page: Any) -> None:
    page.locator("[name=note]").fill("R")
    page.get_by_role("button", name=say("Save")).click()
    expect(page.locator("#id_note_error")).to_be_visible()


def see_the_preview(page: Any) -> None:
    expect(page.locator("#preview .preview-title")).to_be_visible()


def a_macro(desk: Desk) -> Macro:
    changes = [{"property": "add_tags", "to": ["zwrot"]}, {"property": "status", "to": "solved"}]
    return Macro.objects.create(name="Zwrot pieniędzy", text="Dzień dobry {first name},", changes=changes)


def saved_views(desk: Desk) -> View:
    """Of every audience and in every state; the one that is looked at has columns and rows."""
    in_every_state(desk)
    lead = fresh(desk.lead)
    name = "Zwroty, reklamacje i wszystko, na co czekają klienci"
    found = View.objects.create(
        name=name, query="is:unsolved", owner=lead, sort="due", team=desk.shops.team, columns=["queue", "opened"]
    )
    for name, query in (("Dla wszystkich", '"dokładnie te słowa" OR is:overdue'), ("Popsuty", "nieznane:1 tag:zwrot")):
        View.objects.create(name=name, query=query, owner=lead, is_for_everybody=True)
    return found


def a_wrong_view(desk: Desk) -> View:
    saved_views(desk)
    return View.objects.get(name="Popsuty")


def a_view_of_a_gone_tag(desk: Desk) -> View:
    return View.objects.create(name="Zwroty", query="tag:zwrot", owner=fresh(desk.lead))


def with_a_macro(desk: Desk) -> Ticket:
    a_macro(desk)
    return make_ticket(desk.shops)


def insert_the_macro(page: Any) -> None:
    page.get_by_label("Macro").first.select_option("Zwrot pieniędzy")
    expect(page.locator("#reply-text")).to_have_value(re.compile("Dzień dobry"))


def many_changed(desk: Desk) -> BulkChange:
    """One done, one refused."""
    make_ticket(desk.shops)
    make_ticket(desk.shops, status=Status.CLOSED)
    change = bulk.start(
        tickets=Ticket.objects.all(), changes=[{"property": "status", "to": "solved"}], by=desk.agent, at=now()
    )
    while bulk.run_batch(at=now()):
        pass
    return change


def a_rule(desk: Desk) -> Rule:
    changes = [{"property": "priority", "to": 4}]
    rule = Rule.objects.create(
        name="Pilne zwroty", trigger="opened", conditions="is:unassigned", changes=changes, is_active=True
    )
    why, done = {"conditions": "is:unassigned"}, [{"change": changes[0], "refused": "Nie wolno."}]
    RuleFiring.objects.create(rule=rule, ticket=make_ticket(desk.shops), at=now(), why=why, done=done)
    return rule


def try_the_rule(page: Any) -> None:
    page.locator("[name=act][value=try]").click()
    expect(page.locator("#dry")).to_be_visible()


def a_favour(desk: Desk) -> WalkUp:
    return walkups.log_walk_up(
        who=walkups.Asker(name="Zofia"), what="Drukarka", minutes=5, outcome="asked_to_file", queue=desk.shops,
        by=desk.agent, at=now(), logged_at=now(), key="a-favour",
    )  # fmt: skip


def favours_of_a_week(desk: Desk) -> None:
    desk.agent.shows_favours = True
    desk.agent.save()
    walkups.take_snapshots(at=now() - HOUR)
    for number, outcome in enumerate(("done", "queued", "asked_to_file")):
        walkups.log_walk_up(
            who=walkups.Asker(name="Zofia"), what="Drukarka", minutes=25, outcome=outcome, queue=desk.shops,
            by=(desk.agent, desk.other_agent)[number % 2], at=now() - HOUR, logged_at=now(), key=f"favour-{number}",
        )  # fmt: skip


def an_earlier_call(desk: Desk) -> None:
    caller = desk.requester(phone="+48 601 234 567", organisation=make_organisation("Łódź sp. z o.o."))
    make_ticket(desk.shops, requester=caller, subject="Sklep nie działa od rana")
    make_ticket(desk.shops, requester=caller, subject="Poprzednia sprawa", status=Status.SOLVED)
    neighbour = make_requester(name="Ewa Lis", organisation=caller.organisation)
    make_ticket(desk.shops, requester=neighbour, subject="Nie drukuje")
    draft = {"number": "700 100 200", "subject": "Druga linia"}
    calling.save_draft(by=fresh(desk.agent), key="an-earlier-call", began_at=now(), values=draft, at=now())


def look_up_the_caller(page: Any) -> None:
    page.locator("[name=number]").fill("601 234 567")
    expect(page.locator(".call-about .call-ticket")).to_have_count(4)
    page.locator("label:has([value=call_back])").click()
    expect(page.locator("[name=back_at]")).to_be_visible()
    expect(page.locator("form.call .draft")).not_to_have_text("")


def keep_no_call(page: Any) -> None:
    page.locator("#call-length").fill("kwadrans")
    page.locator("form.call [data-send]").click()
    expect(page.locator("#call-length-error")).to_be_visible()


def type_a_favour(page: Any) -> None:
    page.keyboard.type("wjan toner 10")
    expect(page.locator("#walk-up .walk-up-person")).to_have_count(2)


def ask_to_file(page: Any) -> None:
    page.keyboard.type("wzenek toner 10")
    page.keyboard.press("Shift+Enter")
    expect(page.locator("#walk-up-link svg[role=img]")).to_be_visible()


def open_palette(page: Any) -> None:
    page.keyboard.press("Control+k")
    expect(page.locator("#palette-list [aria-selected=true]")).to_be_visible()


def find_in_palette(page: Any) -> None:
    open_palette(page)
    page.keyboard.type("ma")
    expect(page.locator("#palette-tickets, #palette-people").first).to_be_visible()


SCENES = {
    "a ticket with others": Scene("/tickets/{number}/", "admin", for_desk(joined)),
    "a ticket to link": Scene("/tickets/{number}/links/?relation=related&other=temat", "admin", for_desk(joined)),
    "a ticket to merge with": Scene("/tickets/{number}/merge/", "admin", for_desk(joined)),
    "two tickets before a merge": Scene("/tickets/{number}/merge/", "admin", for_desk(joined), compare),
    "messages to split off": Scene("/tickets/{number}/split/", "admin", for_desk(joined)),
    "a time to agree on": Scene("/tickets/{number}/appointments/", "admin", for_desk(joined)),
    "an appointment": Scene("/appointments/{number}/", "admin", for_desk(agreed)),
    "who a person may be": Scene("/people/{number}/merge/", "admin", for_desk(twins)),
    "who was merged here": Scene("/people/{number}/merge/", "admin", for_desk(lambda desk: one_person(desk).into)),
    "two people after all": Scene("/people/merges/{number}/undo/", "admin", for_desk(lambda desk: one_person(desk))),
    "two people before a merge": Scene("/people/{number}/merge/", "admin", for_desk(twins), compare),
    "sign in": Scene("/accounts/login/"),
    "sign in, refused": Scene("/accounts/login/", act=sign_in_wrongly),
    "password forgotten": Scene("/accounts/password/reset/"),
    "password mailed": Scene("/accounts/password/reset/done/"),
    "password set anew": Scene("/accounts/password/reset/", act=set_password),
    "password link over": Scene("/accounts/password/reset/key/1-abc/"),
    "password saved": Scene("/accounts/password/reset/key/done/"),
    "password change": Scene("/accounts/password/change/", "agent"),
    "confirm": Scene("/accounts/reauthenticate/", "agent"),
    "sign in, locked": Scene("/accounts/login/", "", for_desk(locked), by_password),
    "second factor": Scene(
        "/accounts/security/code/", "", for_desk(lambda desk: with_factors(desk) and None), by_password
    ),
    "second factor, set up": Scene(
        "/accounts/login/second-factor/",
        prepare=for_desk(lambda desk: DeskSettings(requires_second_factor=True).save()),
        act=by_password,
    ),
    "security": Scene("/accounts/security/", "agent", for_desk(with_factors)),
    "security, nothing": Scene("/accounts/security/", "requester", full),
    "codes from an app": Scene("/accounts/security/app/", "agent", act=confirm),
    "recovery codes": Scene("/accounts/security/codes/", "agent", for_desk(with_factors), confirm),
    "a new passkey": Scene("/accounts/security/passkeys/new/", "agent", act=confirm),
    "sessions": Scene("/accounts/sessions/", "agent", for_desk(signed_in_elsewhere)),
    "locked out": Scene("/sign-in/", "admin", for_desk(locked)),
    "locked out, nobody": Scene("/sign-in/", "admin"),
    "audit": Scene("/audit/", "admin", for_desk(audited)),
    "people": Scene("/setup/people/", "admin"),
    "people, looked at": Scene("/setup/people/", "lead"),
    "people, requesters": Scene("/setup/people/?shown=requesters", "admin", full),
    "people, nobody": Scene("/setup/people/?shown=inactive", "lead"),
    "a new person": Scene("/setup/people/new/", "admin"),
    "a person of the desk": Scene("/setup/people/{number}/", "admin", for_desk(busy), take_the_teams),
    "a person, looked at": Scene("/setup/people/{number}/", "lead", for_desk(busy)),
    "a person to deactivate": Scene("/setup/people/{number}/deactivate/", "admin", for_desk(busy)),
    "organisations": Scene("/setup/organisations/", "admin", full),
    "organisations, looked at": Scene("/setup/organisations/", "lead", full),
    "a new organisation": Scene("/setup/organisations/new/", "admin"),
    "an organisation": Scene("/setup/organisations/{number}/", "admin", for_desk(of_an_organisation)),
    "an organisation, looked at": Scene("/setup/organisations/{number}/", "lead", for_desk(of_an_organisation)),
    "an organisation, twice": Scene("/setup/organisations/{number}/merge/", "admin", for_desk(its_double), choose_it),
    "a team to delete": Scene("/setup/teams/{number}/", "admin", for_desk(lambda desk: make_team()), ask_to_delete),
    "teams": Scene("/setup/teams/", "admin"),
    "teams, looked at": Scene("/setup/teams/", "lead"),
    "a new team": Scene("/setup/teams/new/", "admin"),
    "a team": Scene("/setup/teams/{number}/", "admin", for_desk(lambda desk: desk.team)),
    "fields": Scene("/setup/fields/", "admin", for_desk(lambda desk: a_field(desk) and None)),
    "fields, looked at": Scene("/setup/fields/", "lead", for_desk(lambda desk: a_field(desk) and None)),
    "a new field": Scene("/setup/fields/new/", "admin"),
    "a field, looked at": Scene("/setup/fields/{number}/", "lead", for_desk(a_field)),
    "a field, what follows": Scene("/setup/fields/{number}/", "admin", for_desk(a_field), take_a_choice_off),
    "a field to retire": Scene("/setup/fields/{number}/", "admin", for_desk(a_field), ask_to_retire),
    "queues": Scene("/setup/queues/", "admin", for_desk(lambda desk: dealt_out(desk) and None)),
    "queues, looked at": Scene("/setup/queues/", "lead"),
    "a new queue": Scene("/setup/queues/new/", "admin"),
    "a queue": Scene("/setup/queues/{number}/", "admin", for_desk(dealt_out)),
    "a queue, looked at": Scene("/setup/queues/{number}/", "lead", for_desk(dealt_out)),
    "a queue, what follows": Scene("/setup/queues/{number}/", "admin", for_desk(dealt_out), raise_the_cap),
    "audit, a day that is none": Scene("/audit/?since=x", "admin"),
    "audit, empty": Scene("/audit/", "admin"),
    "who has a second factor": Scene("/sign-in/second-factor/", "admin", for_desk(with_factors)),
    "a lost second factor": Scene("/sign-in/second-factor/{number}/reset/", "admin", for_desk(with_factors), confirm),
    "account closed": Scene("/accounts/inactive/"),
    "sign out": Scene("/accounts/logout/", "agent"),
    "settings": Scene("/settings/", "agent"),
    "how the queue is shown": Scene("/settings/list/", "agent"),
    "queue, one line a row": Scene("/queue/", "agent", for_desk(shown_tight)),
    "own keys": Scene("/settings/keys/", "agent"),
    "own keys in each other's way": Scene("/settings/keys/", "agent", act=choose_one_key_twice),
    "queue": Scene("/queue/", "agent", various, see_the_preview),
    "ticket, all a mail can hold": Scene("/tickets/{number}/", "agent", with_a_full_mail),
    "a mail in a mail": Scene("/attachments/{number}/mail/", "agent", mail_in_it),
    "queue of a volunteer": Scene("/queue/", "volunteer", various, see_the_preview),
    "queue, empty": Scene("/queue/", "agent"),
    "queue, nothing fits": Scene("/queue/?status=on_hold&priority=4&view=mine", "agent"),
    "queue, solved": Scene("/queue/?view=solved", "agent", full, see_the_preview),
    "search": Scene("/search/?q=is%3Aunsolved", "agent", various, see_the_preview),
    "search, a mistake": Scene("/search/?q=stauts%3Aopen", "agent"),
    "search, how to": Scene("/search/", "agent"),
    "search, nothing": Scene("/search/?q=xyzzyplugh", "volunteer", various),
    "queue, keys": Scene("/queue/", "agent", various, ask_for_keys),
    "ticket": Scene("/tickets/{number}/", "admin", full),
    "ticket, a reply leaves": Scene("/tickets/{number}/", "agent", for_desk(with_a_reply_that_leaves)),
    "ticket, a note": Scene("/tickets/{number}/", "agent", full, write_a_note),
    "ticket, words cross": Scene("/tickets/{number}/", "agent", full, cross_words),
    "ticket, values cross": Scene("/tickets/{number}/", "agent", full, cross_values),
    "ticket, closed": Scene("/tickets/{number}/", "agent", for_desk(lambda desk: ended(desk, Status.CLOSED))),
    "ticket of a volunteer": Scene("/tickets/{number}/", "volunteer", full),
    "ticket to review": Scene("/tickets/{number}/", "mentor", full),
    "ticket without an address": Scene("/tickets/{number}/", "agent", for_desk(without_address)),
    "ticket, properties of the desk": Scene("/tickets/{number}/", "agent", for_desk(own_properties), solve_too_early),
    "ticket, spam": Scene("/tickets/{number}/", "agent", for_desk(removed_tickets)),
    "queue, snoozed": Scene("/queue/?view=snoozed", "agent", for_desk(own_properties), see_the_preview),
    "spam and deleted": Scene("/removed/", "agent", for_desk(removed_tickets)),
    "spam and deleted, none": Scene("/removed/", "agent"),
    "saved views": Scene("/views/", "lead", for_desk(saved_views)),
    "saved views, none": Scene("/views/", "agent"),
    "new view": Scene("/views/new/?view=nobody", "lead"),
    "view": Scene("/views/{number}/", "lead", for_desk(saved_views), see_the_preview),
    "view, empty": Scene("/views/{number}/", "lead", for_desk(a_view_of_a_gone_tag)),
    "view, wrong": Scene("/views/{number}/", "agent", for_desk(a_wrong_view)),
    "view being changed": Scene("/views/{number}/edit/", "lead", for_desk(saved_views)),
    "macros": Scene("/macros/", "admin", for_desk(a_macro)),
    "macros, none": Scene("/macros/", "lead"),
    "new macro": Scene("/macros/new/", "lead"),
    "macro": Scene("/macros/{number}/", "admin", for_desk(a_macro)),
    "macro in the composer": Scene("/tickets/{number}/", "agent", for_desk(with_a_macro), insert_the_macro),
    "changes of many": Scene("/bulk/", "agent", for_desk(many_changed)),
    "changes of many, none": Scene("/bulk/", "agent"),
    "a change of many": Scene("/bulk/{number}/", "agent", for_desk(many_changed)),
    "rules": Scene("/rules/", "admin", for_desk(a_rule)),
    "rules, none": Scene("/rules/", "admin"),
    "new rule": Scene("/rules/new/", "admin"),
    "rule": Scene("/rules/{number}/", "admin", for_desk(a_rule), try_the_rule),
    "log of a rule": Scene("/rules/{number}/log/", "admin", for_desk(a_rule)),
    "tags": Scene("/tags/", "admin", for_desk(used_tag)),
    "tag, one question": Scene("/tags/{number}/?becomes=stali-klienci", "admin", for_desk(used_tag)),
    "dashboard": Scene("/dashboard/", "lead", for_desk(a_morning)),
    "dashboard, nothing yet": Scene("/dashboard/", "agent"),
    "broken promises": Scene("/dashboard/promises/?by=kept", "lead", for_desk(a_morning)),
    "tickets behind a number": Scene("/dashboard/tickets/?of=reply", "lead", for_desk(a_morning)),
    "tickets behind a number, none": Scene("/dashboard/tickets/?of=open", "lead"),
    "broken promises, none": Scene("/dashboard/promises/?by=kept", "lead"),
    "favours": Scene("/favours/?period=this", "lead", for_desk(favours_of_a_week)),
    "favours, none": Scene("/favours/", "agent"),
    "list of favours": Scene("/favours/list/?period=this", "lead", for_desk(favours_of_a_week)),
    "list of favours, none": Scene("/favours/list/", "agent"),
    "a favour": Scene("/walk-ups/new/", "agent"),
    "a favour in the dialog": Scene("/queue/", "agent", for_desk(a_favour), type_a_favour),
    "a favour to file": Scene("/walk-ups/{number}/", "agent", for_desk(a_favour)),
    "the palette": Scene("/queue/", "agent", various, open_palette),
    "the palette finds": Scene("/queue/", "agent", various, find_in_palette),
    "asked to file, in the dialog": Scene("/queue/", "agent", for_desk(a_favour), ask_to_file),
    "filing a favour": Scene("/f/{key}/", prepare=for_desk(a_favour)),
    "filing a favour, over": Scene("/f/x/"),
    "phone call": Scene("/calls/new/", "agent", for_desk(an_earlier_call), look_up_the_caller),
    "phone call, nobody yet": Scene("/calls/new/", "agent"),
    "phone call about a ticket": Scene("/calls/new/?ticket={number}", "agent", full),
    "phone call, refused": Scene("/calls/new/", "agent", act=keep_no_call),
    "new ticket": Scene("/tickets/new/", "agent"),
    "new ticket, refused": Scene("/tickets/new/", "agent", act=open_nothing),
    "notifications": Scene("/notifications/", "agent", notified),
    "a question to answer": Scene("/tickets/{number}/", "lead", for_desk(questioned)),
    "a question asked": Scene(
        "/tickets/{number}/", "agent", for_desk(questioned), lambda page: page.keyboard.press("Shift+A")
    ),
    "questions": Scene("/questions/", "agent", for_desk(questioned)),
    "questions, none": Scene("/questions/", "agent"),
    "ways of notices": Scene("/settings/notifications/", "agent"),
    "notifications, none": Scene("/notifications/", "agent"),
    "mail failures": Scene("/mail/", "admin", failing_mail),
    "mail failures, none": Scene("/mail/", "admin"),
    "mailboxes": Scene("/mail/mailboxes/", "admin", for_desk(mailboxes)),
    "mailboxes, none": Scene("/mail/mailboxes/", "admin"),
    "new mailbox": Scene("/mail/mailboxes/new/imap/", "admin"),
    "new mailbox, refused": Scene("/mail/mailboxes/new/imap/", "admin", act=refuse_mailbox),
    "new mailbox with OAuth": Scene("/mail/mailboxes/new/imap/", "admin", act=choose_oauth),
    "mailbox, tested": Scene("/mail/mailboxes/{number}/", "admin", for_desk(mailboxes), try_in_vain),
    "mailbox with a token": Scene("/mail/mailboxes/{number}/", "admin", for_desk(endpoint), make_token),
    "senders": Scene("/mail/senders/", "admin", for_desk(sender)),
    "new sender": Scene("/mail/senders/new/", "admin"),
    "sender, tested": Scene("/mail/senders/{number}/", "admin", for_desk(sender), try_in_vain),
    "mail of a queue": Scene("/mail/queues/{number}/", "admin", for_desk(lambda desk: desk.shops)),
    "addresses on pause": Scene("/mail/addresses/", "admin", for_desk(paused)),
    "addresses on pause, none": Scene("/mail/addresses/", "admin"),
    "pauses that are over": Scene("/mail/addresses/?ended", "admin", for_desk(paused)),
    "about a mail": Scene("/tickets/{number}/", "admin", by_mail, open_about_mail),
    "headers of a mail": Scene("/messages/{number}/headers/", "agent", headers_of),
    "duties of a volunteer": Scene("/duties/", "volunteer", for_desk(duties)),
    "duties of a volunteer, off duty": Scene("/duties/", "volunteer", for_desk(idle_duties)),
    "duties, none": Scene("/duties/", "volunteer"),
    "programmes": Scene("/duties/", "lead", for_desk(duties)),
    "programmes, none": Scene("/duties/", "lead"),
    "new programme": Scene("/duties/programmes/new/", "lead"),
    "programme": Scene("/duties/programmes/{number}/", "lead", for_desk(a_programme)),
    "new round": Scene("/duties/programmes/{number}/rounds/new/", "lead", for_desk(a_programme)),
    "round being planned": Scene("/duties/rounds/{number}/", "lead", for_desk(planned), place_nobody),
    "round": Scene("/duties/rounds/{number}/", "admin", for_desk(duties)),
    "sign-up for duties": Scene("/duties/rounds/{number}/sign-up/", "volunteer", for_desk(open_round)),
    "own hours": Scene("/settings/hours/", "agent", for_desk(hours)),
    "own hours, refused": Scene("/settings/hours/", "agent", for_desk(hours), refuse_hours),
    "own absences, off duty": Scene("/settings/hours/", "volunteer", for_desk(off_duty)),
    "hours of a person": Scene("/hours/{number}/", "lead", for_desk(hours)),
    "hours of teams": Scene("/hours/", "lead", for_desk(hours)),
    "hours of teams, none": Scene("/hours/?week=2026-05-04", "admin"),
    "calendars": Scene("/settings/calendars/", "admin", for_desk(promised)),
    "calendars, none": Scene("/settings/calendars/", "lead"),
    "new calendar": Scene("/settings/calendars/new/", "admin"),
    "a calendar": Scene("/settings/calendars/{number}/", "admin", for_desk(promised)),
    "a calendar, refused": Scene("/settings/calendars/{number}/", "admin", for_desk(promised), refuse_calendar),
    "a calendar, holidays": Scene("/settings/calendars/{number}/", "admin", for_desk(promised), add_holidays),
    "a calendar, to read": Scene("/settings/calendars/{number}/", "lead", for_desk(promised)),
    "policies": Scene("/settings/promises/", "admin", for_desk(policies)),
    "policies, another order": Scene("/settings/promises/", "admin", for_desk(policies), move_policy),
    "policies, none": Scene("/settings/promises/", "admin"),
    "policies, to read": Scene("/settings/promises/", "lead", for_desk(policies)),
    "new policy": Scene("/settings/promises/new/", "admin", for_desk(promised)),
    "a policy": Scene("/settings/promises/{number}/", "admin", for_desk(policies)),
    "a policy, refused": Scene("/settings/promises/{number}/", "admin", for_desk(policies), refuse_policy),
    "a policy, to read": Scene("/settings/promises/{number}/", "lead", for_desk(policies)),
    "a ticket to try policies on": Scene("/settings/promises/try/", "admin", for_desk(policies), try_policies),
    "changes of promises": Scene("/settings/promises/edits/", "lead", for_desk(edited)),
    "changes of promises, none": Scene("/settings/promises/edits/", "admin"),
    "what a change would do": Scene("/settings/promises/edits/{number}/", "admin", for_desk(edited)),
    "a change that conflicts": Scene("/settings/promises/edits/{number}/", "admin", for_desk(edited_twice), apply_edit),
    "a change that is done": Scene("/settings/promises/edits/{number}/", "admin", for_desk(edited), apply_edit),
    "case": Scene("/r/{token}/", prepare=full),
    "case, solved": Scene("/r/{token}/", prepare=for_desk(ended)),
    "case, closed": Scene("/r/{token}/", prepare=for_desk(lambda desk: ended(desk, Status.CLOSED))),
    "case, is it solved?": Scene("/r/{token}/solved/", prepare=full),
    "case, link over": Scene("/r/x/"),
    "own cases": Scene("/requests/", "requester", full),
    "own cases, none": Scene("/requests/", "requester", for_desk(lambda desk: desk.requester())),
    "own case": Scene("/requests/{number}/", "requester", full),
    "own case, is it solved?": Scene("/requests/{number}/solved/", "requester", full),
    "own settings": Scene("/settings/", "requester", full),
    "nothing there": Scene("/tickets/999999/", "agent"),
}

SEEN_ELSEWHERE = {
    "ask", "colleagues", "answer_question", "close_question",
    "remove_view", "restore_view", "move_view", "export",
    "suggest", "insert_macro", "move_macro", "new_bulk_change", "cancel_bulk_change", "undo_bulk_change", "move_rule",
    "switch_rule", "reset_keys", "move_queue", "activate_person", "mail_password_link", "move_field", "retire_field",
    "restore_field", "remove_queue", "remove_team", "remove_organisation",
    "home", "healthz", "readyz", "set_language", "nav", "news", "rows", "preview", "ticket_news", "message_html",
    "attachment", "raw_mail", "own_file", "signed_file", "take_next", "reply", "note", "draft", "take", "assign",
    "change_status", "change_priority", "change_queue", "approve", "return_reply", "open_notification", "read_all",
    "read_again", "dismiss_inbound", "send_again", "dismiss_outgoing", "own_answer", "signed_answer",
    "account_set_password", "test_mailbox", "choose_folder", "start_mailbox", "pause_mailbox", "resume_mailbox",
    "push_token", "remove_mailbox", "test_sender", "move_sender", "remove_sender", "end_pause",
    "mfa_deactivate_totp", "mfa_generate_recovery_codes", "mfa_edit_webauthn", "mfa_remove_webauthn",
    "mfa_reauthenticate", "mfa_reauthenticate_webauthn", "mfa_download_recovery_codes", "mfa_list_webauthn",
    "mfa_login_webauthn",
    "second_factor_passkey", "second_factor_codes", "end_session", "end_other_sessions", "unlock", "unlock_requester",
    "require_second_factor", "own_mail", "signed_mail", "own_html", "signed_html", "picture", "clear_pause",
    "change_subject", "change_requester", "change_field", "change_tags", "snooze", "wake", "remove", "restore",
    "dashboard_file",
    "favours_file", "read_walk_up", "undo_walk_up", "mail_walk_up", "export_own", "suggest_tags", "unlink",
    "unmerge", "unsplit", "cancel_appointment", "unsend", "draft_files", "set_undo_time",
    "step_round", "write_rules", "leave_round", "place", "take_seat", "confirm_duty", "decline_duty", "withdraw_duty",
    "call_off_duty", "add_pattern", "remove_pattern", "save_hours", "add_absence", "remove_hours", "restore_hours",
    "remove_absence", "restore_absence", "palette",
    "undo_change", "read_call", "draft_call", "discard_call", "apply_edit", "drop_edit", "count_edit", "renew_edit",
    "order_policies", "check_conditions", "time_measured", "correct_time",
}  # fmt: skip
"""Fragments, files and what forms lead to; a page for people who never had a password, and a page by its other ways."""


def test_every_page_has_its_scene():
    """A new page is looked at here; what is none is named above."""
    shown = {
        resolve(scene.path.split("?")[0].format(number=1, token="x", key="x")).url_name for scene in SCENES.values()
    }
    names = {
        pattern.name
        for pattern in [
            *urls.urlpatterns,
            *account_urls.urlpatterns,
            *rotations_urls.urlpatterns,
            *sla_urls.urlpatterns,
        ]
    }

    assert names - SEEN_ELSEWHERE == shown


# What is looked for


COLOURS_SETTLED = """() => Promise.all(document.getAnimations()
  .filter((each) => each instanceof CSSTransition).map((each) => each.finished.catch(() => null))).then(() => null)"""


def violations(page: Any, options: dict[str, Any]) -> list[str]:
    page.evaluate(COLOURS_SETTLED)
    found = page.evaluate("options => axe.run(document, options)", options)["violations"]
    return [
        f"{each['id']}: {node['html'][:160]} {node['failureSummary'].splitlines()[-1].strip()}"
        for each in found
        for node in each["nodes"]
    ]


def too_wide(page: Any) -> int:
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def path_of(scene: Scene, made: Any) -> str:
    if isinstance(made, Ticket):
        return scene.path.format(number=made.pk, token=signed_links.token_for(made, made.requester))
    if isinstance(made, WalkUp):
        return scene.path.format(number=made.pk, key=walkups.token_of(made))
    return scene.path.format(number=made.pk) if made else scene.path


@pytest.mark.parametrize("name", SCENES)
def test_page(desk, mail, open_page, name):
    scene = SCENES[name]
    made = scene.prepare(desk, mail)
    path = path_of(scene, made)
    person = User.objects.get(email="roza@sklep.example") if scene.by == "requester" else getattr(desk, scene.by, None)
    page = open_page(fresh(person) if person else None)
    page.goto(path)
    scene.act(page)

    assert examined(page) == {}


def examined(page: Any) -> dict[str, Any]:
    """What is wrong with the page, by device and theme; empty when nothing is."""
    page.evaluate(Axe().axe_script)
    found: dict[str, Any] = {}
    for device, size in (("desk", DESKTOP), ("phone", PHONE)):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        found[device] = violations(page, ALL_RULES)
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        found[f"{device}, night"] = violations(page, COLOURS)
        found[f"{device}, too wide"] = too_wide(page)
    return {what: each for what, each in found.items() if each}


FOCUS_IS_HIDDEN = """() => {
  const each = document.activeElement;
  if (!each || each === document.body) return null;
  const ring = (element, part) => {
    const style = getComputedStyle(element, part);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  };
  const around = [each, each.parentElement, each.parentElement?.parentElement, each.closest(".composer")];
  const shows = around.some((element) => element && (ring(element) || ring(element, "::after")));
  const box = each.getBoundingClientRect();
  const inside = box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  return shows && inside ? "" : `${each.outerHTML.slice(0, 120)} ring: ${shows}, on the screen: ${inside}`;
}"""


@pytest.mark.parametrize(
    "name",
    ["sign in", "queue", "ticket", "ticket to review", "new ticket", "settings", "case", "mailbox, tested", "senders"],
)
def test_the_focus_is_seen_wherever_the_tab_key_leads(desk, mail, open_page, name):
    scene = SCENES[name]
    made = scene.prepare(desk, mail)
    path = path_of(scene, made)
    page = open_page(fresh(getattr(desk, scene.by)) if scene.by else None)
    page.goto(path)
    page.emulate_media(reduced_motion="reduce")
    scene.act(page)

    hidden, stops = [], 0
    while stops < 120:
        page.keyboard.press("Tab")
        said = page.evaluate(FOCUS_IS_HIDDEN)
        if said is None:
            break
        stops += 1
        if said:
            hidden.append(said)

    assert stops > 3
    assert hidden == []
