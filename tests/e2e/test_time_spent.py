"""Time on a ticket is counted while somebody is at it, and kept when the page is left."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.desk import say
from tests.factories import fresh, make_ticket
from tickets.models import TimeSpent

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_time_counts_while_somebody_is_at_it_and_no_longer(desk, open_page):
    ticket = make_ticket(desk.shops)
    page = open_page(fresh(desk.agent), measures_time=True)
    page.clock.install()
    page.goto(f"/tickets/{ticket.pk}/")
    page.keyboard.press("Shift")

    # A minute at work, then an hour of nobody there: two minutes later it stops
    page.clock.run_for(60_000)
    page.keyboard.press("Shift")
    page.clock.run_for(3_600_000)
    page.goto("/settings/")

    page.goto(f"/tickets/{ticket.pk}/")
    shown = page.locator("#time-spent dd").first
    for _each in range(20):  # the report is on its way while the next page is asked for already
        if shown.inner_text() != "0 min":
            break
        page.reload()
    assert 150 <= TimeSpent.objects.get().seconds < 1800

    # What its person says counts instead, this visit's seconds too
    page.clock.run_for(60_000)
    page.locator("#time-spent summary").click()
    page.locator("#own-minutes").fill("12")
    page.locator("#time-spent button").click()
    expect(page.locator(".toast")).to_contain_text(say("Your time on this ticket is corrected."))
    expect(shown).to_have_text("12 min")
    page.evaluate("navigator.sendBeacon = () => true")
    assert sum(TimeSpent.objects.values_list("seconds", flat=True)) == 720
