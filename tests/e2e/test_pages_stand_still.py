"""Pages stand still: nothing that somebody is about to press moves, at load or when a change comes in; and they are
small: how many bytes a queue costs does not depend on the machine."""

from __future__ import annotations

import brotli
import pytest
from playwright.sync_api import expect

from tests.e2e.desk import DESKTOP, PHONE, now
from tests.e2e.test_live_updates import HEARD_MS, count_of, live
from tests.factories import HOUR, fresh, make_note, make_requester_message, make_ticket
from tickets.actions import assigning, changing

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
    expect(page.locator(".row").nth(3).get_by_role("img", name="Jan Żak", exact=True)).to_be_visible(timeout=HEARD_MS)
    assert shifts(page) == []


def test_the_dashboard_stands_still(desk, open_page):
    make_ticket(desk.shops, at=now() - HOUR)
    page = watched(open_page, desk.lead)
    page.goto("/dashboard/")
    live(page)

    make_ticket(desk.shops, at=now())

    expect(count_of(page, "Queue")).to_have_text("2", timeout=HEARD_MS)
    assert shifts(page) == []


def test_the_ticket_stands_still_when_others_write_and_look(desk, open_page):
    ticket = make_ticket(desk.shops, subject="Sklep", at=now() - HOUR)
    for _number in range(12):
        make_note(ticket, fresh(desk.other_agent), at=now() - HOUR)
    page, other = watched(open_page, desk.agent), watched(open_page, desk.other_agent)
    page.goto(f"/tickets/{ticket.pk}/")
    live(page)

    other.goto(f"/tickets/{ticket.pk}/")
    live(other)
    expect(page.locator(".ticket-head .here .avatar")).to_have_count(1, timeout=HEARD_MS)
    changing.change_priority(ticket=ticket, to=4, by=fresh(desk.other_agent), at=now())
    make_requester_message(ticket, at=now(), text="Jeszcze jedno pytanie.")

    expect(page.locator("#news")).not_to_be_empty(timeout=HEARD_MS)
    assert shifts(page) == []
    assert shifts(other) == []


def test_the_composer_has_its_place_from_its_first_line_on(desk, open_page):
    ticket = make_ticket(desk.shops, subject="Sklep", at=now() - HOUR)
    page = open_page(desk.agent)
    page.goto(f"/tickets/{ticket.pk}/")
    whole = page.locator(".composer").bounding_box()

    page.locator(".composer").evaluate("(composer) => composer.replaceChildren()")

    assert page.locator(".composer").bounding_box() == whole


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_the_composer_has_its_place_before_the_page_is_read_to_its_end(desk, open_page, viewport):
    """Under load a page is painted before its last lines have come."""
    ticket = make_ticket(desk.shops, subject="Sklep", at=now() - HOUR)
    page = open_page(desk.agent, viewport=viewport)
    page.goto(f"/tickets/{ticket.pk}/")
    whole = page.locator(".composer").bounding_box()

    def cut(route):
        answer = route.fetch()
        before, found, _after = answer.text().partition('<footer class="status-bar">')
        assert found
        route.fulfill(body=before, content_type="text/html; charset=utf-8")

    page.route(f"**/tickets/{ticket.pk}/", cut)
    page.goto(f"/tickets/{ticket.pk}/")

    expect(page.locator("footer.status-bar")).to_have_count(0)
    assert page.locator(".composer").bounding_box() == whole


def test_ticking_moves_no_row(desk, open_page):
    """The next box to tick stays where the hand is."""
    for number in range(30):
        make_ticket(desk.shops, subject=f"Sprawa {number}", at=now() - HOUR)
    page = open_page(desk.agent)
    page.goto("/queue/")
    expect(page.locator("#preview h2.preview-title")).to_be_visible()
    second = page.locator(".row").nth(1).bounding_box()

    page.locator(".pick").first.check()

    expect(page.locator(".ticked")).to_be_visible()
    assert page.locator(".row").nth(1).bounding_box() == second
    # The last row can be reached, above what lies over the end of the list.
    last = page.locator(".row").last
    last.scroll_into_view_if_needed()
    page.locator("#rows").evaluate("(list) => list.scrollTo(0, list.scrollHeight)")
    box, bar = last.bounding_box(), page.locator(".ticked").bounding_box()
    assert box["y"] + box["height"] <= bar["y"]


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
