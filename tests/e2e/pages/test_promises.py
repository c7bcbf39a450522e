"""Calendars, policies, what a change of them would do, and how they were kept."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from rotations.actions import keeping_hours
from rotations.weekly_hours import read_day
from sla.actions import editing, keeping
from sla.models import Calendar, Edit, Policy
from tests.e2e.desk import Desk, now, say
from tests.e2e.pages.looking import Scene, check_page, for_desk
from tests.factories import HOUR, MINUTE, fresh, make_reply, make_ticket
from tickets.actions import facts
from tickets.models import User


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


SCENES = {
    "dashboard": Scene("/dashboard/", "lead", for_desk(a_morning)),
    "dashboard, nothing yet": Scene("/dashboard/", "agent"),
    "broken promises": Scene("/dashboard/promises/?by=kept", "lead", for_desk(a_morning)),
    "tickets behind a number": Scene("/dashboard/tickets/?of=reply", "lead", for_desk(a_morning)),
    "tickets behind a number, none": Scene("/dashboard/tickets/?of=open", "lead"),
    "weekly report": Scene("/dashboard/week/2026-03-02/", "lead", for_desk(a_morning)),
    "weekly report, nothing yet": Scene("/dashboard/week/", "agent"),
    "broken promises, none": Scene("/dashboard/promises/?by=kept", "lead"),
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
}


@pytest.mark.parametrize("name", SCENES)
def test_page(desk, mail, open_page, name):
    check_page(SCENES[name], desk, mail, open_page)


@pytest.mark.parametrize("path", ["/dashboard/", "/dashboard/week/2026-03-02/"])
def test_on_paper_every_line_keeps_its_name_and_all_is_on_one_sheet(desk, open_page, path):
    """In Polish, where the heads of the columns are the longest."""
    a_morning(desk)
    User.objects.filter(pk=desk.lead.pk).update(language="pl")
    page = open_page(fresh(desk.lead))
    page.goto(path)
    page.set_viewport_size({"width": 688, "height": 1017})  # an A4 page without its margins
    page.emulate_media(media="print")

    names = page.locator(".dash-table tbody th")
    expect(names.first).to_be_visible()
    tables = page.locator(".dash-table")
    assert (
        tables.evaluate_all("all => all.filter(each => each.offsetWidth > each.parentElement.clientWidth).length") == 0
    )
    assert names.evaluate_all("all => all.filter(each => each.scrollWidth > each.clientWidth + 1).length") == 0
    assert names.evaluate_all("all => all.filter(each => each.clientWidth < 24).map(each => each.textContent)") == []
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))) == 1
