"""Pages stand still: nothing that somebody is about to press moves, at load or when a change comes in; and they are
small: how many bytes a queue costs does not depend on the machine."""

from __future__ import annotations

import brotli
from playwright.sync_api import expect

from tests.e2e.desk import now
from tests.e2e.test_live_updates import HEARD_MS, count_of, live
from tests.factories import HOUR, fresh, make_requester_message, make_ticket
from tickets.actions import assigning

COLD_BYTES, COLD_REQUESTS, WARM_BYTES = 120_000, 12, 30_000

WATCH = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    const moved = entry.sources.map(({ node, previousRect: was, currentRect: is }) =>
      `${node?.outerHTML?.slice(0, 80) ?? node?.textContent}: ${was.x},${was.y} -> ${is.x},${is.y}`);
    window.shifts.push([entry.value, ...moved].join(" | "));
  }
}).observe({ type: "layout-shift", buffered: true });
"""


def shifts(page):
    """What has moved without the person's doing, once all is painted."""
    page.evaluate(
        "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50))))"
    )
    return page.evaluate("window.shifts")


def watched(open_page, user, **context):
    page = open_page(user, **context)
    page.add_init_script(WATCH)
    return page


def test_the_queue_stands_still_when_tickets_come_and_change(desk, open_page):
    tickets = [make_ticket(desk.shops, subject=f"Sprawa {number}", at=now() - HOUR) for number in range(30)]
    page = watched(open_page, desk.agent)
    page.goto("/queue/")
    live(page)

    assigning.assign(ticket=tickets[3], to=fresh(desk.other_agent), by=fresh(desk.lead), at=now())
    make_requester_message(tickets[5], at=now())
    make_ticket(desk.shops, subject="Nowa", at=now())

    expect(page.locator("#fresh").get_by_role("link")).to_contain_text("1", timeout=HEARD_MS)
    expect(page.locator(".row").nth(3).get_by_role("img", name="Jan Żak")).to_be_visible(timeout=HEARD_MS)
    assert shifts(page) == []


def test_the_dashboard_stands_still(desk, open_page):
    make_ticket(desk.shops, at=now() - HOUR)
    page = watched(open_page, desk.lead)
    page.goto("/dashboard/")
    live(page)

    make_ticket(desk.shops, at=now())

    expect(count_of(page, "Queue")).to_have_text("2", timeout=HEARD_MS)
    assert shifts(page) == []


def test_notifications_stand_still_when_one_comes(desk, open_page):
    tickets = [make_ticket(desk.shops, at=now() - HOUR) for _number in range(4)]
    assigning.assign(ticket=tickets[0], to=fresh(desk.agent), by=fresh(desk.lead), at=now())
    page = watched(open_page, desk.agent)
    page.goto("/notifications/")
    live(page)

    for ticket in tickets[1:]:
        assigning.assign(ticket=ticket, to=fresh(desk.agent), by=fresh(desk.lead), at=now())

    expect(count_of(page, "Notifications")).to_have_text("4", timeout=HEARD_MS)
    assert shifts(page) == []


def test_the_queue_is_small(desk, open_page):
    """A whole page of rows and the preview beside it. The answer comes packed, what is static is packed here as
    collectstatic does it for production and stays in the browser's cache."""
    for number in range(60):
        make_ticket(desk.shops, subject=f"Sklep numer {number} nie przyjmuje płatności od wczoraj", at=now() - HOUR)
    page = open_page(desk.agent)
    answers = []
    page.on("response", lambda response: answers.append(response))

    page.goto("/queue/")
    expect(page.locator("#preview h2.preview-title")).to_be_visible()
    live(page)

    assert len(page.locator(".row").all()) == 50
    sizes = {response.url: bytes_of(response) for response in answers}
    static = {url: size for url, size in sizes.items() if "/static/" in url}
    assert len(answers) <= COLD_REQUESTS
    assert sum(sizes.values()) <= COLD_BYTES, sizes
    assert sum(sizes.values()) - sum(static.values()) <= WARM_BYTES, sizes
    assert all("immutable" in each.headers["cache-control"] for each in answers if each.url in static)


def bytes_of(response):
    """Of the packed body, and half a kilobyte for its head."""
    if response.headers.get("content-encoding"):
        return response.request.sizes()["responseBodySize"] + 512
    return len(brotli.compress(response.body())) + 512
