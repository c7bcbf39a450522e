"""Pills count working time down in a page that stays open, and stand still while the desk is closed."""

from __future__ import annotations

from datetime import UTC

import pytest
from playwright.sync_api import expect

from helpdesk.lib.clock import now
from sla.actions import keeping
from sla.models import CalendarVersion
from sla.queries import hours
from tests.factories import HOUR, fresh, make_ticket
from tickets.actions import facts

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_pill_ticks_while_the_desk_is_open_and_stands_still_at_night(desk, open_page):
    opening = (now() - HOUR).replace(minute=0, second=0, microsecond=0)
    closing = opening + 3 * HOUR
    daily = [tuple(f"{at.astimezone(UTC):%H:%M}" for at in (opening, closing))]
    keeping.make_calendar(name="Trzy godziny", zone="UTC", weekly=dict.fromkeys(range(7), daily), at=now())
    version = CalendarVersion.objects.get()
    due_at = hours(version.pk).due(closing, 95 * 60)
    tomorrows = make_ticket(desk.shops, subject="Na jutro")
    facts.store_promise(
        tomorrows.pk, due_at=due_at, sla_state="running", sla_metric="resolution", sla_since=now(),
        sla_target_s=5 * 3600, sla_calendar_id=version.pk,
    )  # fmt: skip
    page = open_page(fresh(desk.agent))
    page.clock.install()
    page.goto("/queue/")
    pill = page.locator(f'[data-ticket="{tomorrows.pk}"] .sla')
    words = pill.locator("[data-left]")
    expect(words).to_contain_text("h")
    before = words.inner_text()
    page.context.set_offline(True)  # nothing but the page itself

    page.clock.fast_forward("00:30:00")
    expect(words).not_to_have_text(before)

    # Closed: what is left then stays, however long the night
    page.clock.fast_forward("03:30:00")
    expect(words).to_have_text("1 h 35")
    page.clock.fast_forward("12:00:00")
    expect(words).to_have_text("1 h 35")
    expect(pill).to_have_attribute("data-state", "track")

    # The next evening all three hours of the day have counted
    page.clock.fast_forward("12:00:00")
    expect(words).to_have_text("1 h 25 late")
    expect(pill).to_have_attribute("data-state", "breached")
    page.clock.fast_forward("06:00:00")
    expect(words).to_have_text("1 h 25 late")


def test_a_paused_clock_says_so_and_does_not_tick(desk, open_page):
    waiting = make_ticket(desk.shops, subject="Czeka")
    facts.store_promise(
        waiting.pk, due_at=None, sla_state="paused", sla_metric="resolution", sla_since=now(), sla_target_s=3600
    )
    page = open_page(fresh(desk.agent))
    page.clock.install()
    page.goto("/queue/")
    words = page.locator(f'[data-ticket="{waiting.pk}"] .sla [data-left]')
    expect(words).to_have_text("paused")
    page.context.set_offline(True)

    page.clock.fast_forward("05:00:00")

    expect(words).to_have_text("paused")
