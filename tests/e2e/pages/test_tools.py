"""Views, macros, rules, tags, and changes of many."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.desk import Desk, now
from tests.e2e.pages.looking import Scene, check_page, for_desk
from tests.e2e.pages.prepared import in_every_state, own_properties, see_the_preview
from tests.factories import fresh, make_ticket
from tickets.actions import bulk
from tickets.models import BulkChange, Macro, Rule, RuleFiring, Status, Tag, Ticket, View


def used_tag(desk: Desk) -> Tag:
    own_properties(desk)
    return Tag.objects.get(name="vip")


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


SCENES = {
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
}


@pytest.mark.parametrize("name", SCENES)
def test_page(desk, mail, open_page, name):
    check_page(SCENES[name], desk, mail, open_page)
