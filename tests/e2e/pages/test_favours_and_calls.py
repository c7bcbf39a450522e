"""Favours between two doors, and phone calls."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.desk import Desk, now
from tests.e2e.pages.looking import Scene, check_page, for_desk
from tests.e2e.pages.prepared import full
from tests.factories import HOUR, fresh, make_organisation, make_requester, make_ticket
from tickets.actions import calling, walkups
from tickets.models import Status, WalkUp


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


SCENES = {
    "favours": Scene("/favours/?period=this", "lead", for_desk(favours_of_a_week)),
    "favours, none": Scene("/favours/", "agent"),
    "list of favours": Scene("/favours/list/?period=this", "lead", for_desk(favours_of_a_week)),
    "list of favours, none": Scene("/favours/list/", "agent"),
    "a favour": Scene("/walk-ups/new/", "agent"),
    "a favour in the dialog": Scene("/queue/", "agent", for_desk(a_favour), type_a_favour),
    "a favour to file": Scene("/walk-ups/{number}/", "agent", for_desk(a_favour)),
    "asked to file, in the dialog": Scene("/queue/", "agent", for_desk(a_favour), ask_to_file),
    "filing a favour": Scene("/f/{key}/", prepare=for_desk(a_favour)),
    "filing a favour, over": Scene("/f/x/"),
    "phone call": Scene("/calls/new/", "agent", for_desk(an_earlier_call), look_up_the_caller),
    "phone call, nobody yet": Scene("/calls/new/", "agent"),
    "phone call about a ticket": Scene("/calls/new/?ticket={number}", "agent", full),
    "phone call, refused": Scene("/calls/new/", "agent", act=keep_no_call),
}


@pytest.mark.parametrize("name", SCENES)
def test_page(desk, mail, open_page, name):
    check_page(SCENES[name], desk, mail, open_page)
