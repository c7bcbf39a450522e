"""Policies put in order by the keys alone, and looked at before they hold."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from sla.actions import keeping
from sla.models import Edit
from tests.e2e.desk import Desk, focused, now, say
from tests.factories import fresh


def test_an_order_is_changed_by_the_keys(desk: Desk, open_page: Any) -> None:
    calendar = keeping.make_calendar(name="Biuro", zone="Europe/Warsaw", weekly={0: [("08:00", "16:00")]}, at=now())
    targets = {2: {"first_response": 600}}
    keeping.make_policy(name="Reszta", calendar=calendar, targets=targets, is_default=True, at=now())
    one, two = (
        keeping.make_policy(
            name=name, conditions=f"tag:{name}", position=place, calendar=calendar, targets=targets, at=now()
        )
        for place, name in enumerate(("pierwsza", "druga"))
    )
    page = open_page(fresh(desk.admin))
    page.goto("/settings/promises/")

    page.get_by_role("link", name=say("Move %(name)s down") % {"name": "pierwsza"}).focus()
    page.keyboard.press("Enter")

    expect(page.locator(".policy h2").first).to_have_text("druga")
    expect(focused(page)).to_have_text("pierwsza")
    assert keeping.order_now() == [one.pk, two.pk]
    page.get_by_role("button", name=say("Preview the new order")).focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name=say("Apply it now")).focus()
    page.keyboard.press("Enter")
    expect(page.locator("progress")).to_be_visible()
    assert keeping.order_now() == [two.pk, one.pk]
    assert Edit.objects.get().kind == "order"
