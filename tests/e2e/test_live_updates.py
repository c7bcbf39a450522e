"""Open pages hear of changes. Numbers and rows change in place; what is new waits behind a button."""

from __future__ import annotations

import re
from random import Random

from playwright.sync_api import expect

from tests.e2e.desk import now, say
from tests.e2e.post import letter
from tests.factories import make_note, make_requester_message, make_ticket
from tickets.actions import assigning, changing
from tickets.models import Status

HEARD_MS = 20_000
"""Hints are gathered for a second, counts are kept for five; a busy machine adds its own."""


class Lines:
    """The live lines of a page, to be cut, and to lose frames from the server for which ``loses`` holds."""

    def __init__(self, page):
        self.page, self.open, self.is_cut, self.lost = page, [], False, 0
        self.loses = lambda frame: False
        page.route_web_socket(re.compile("/live/"), self._opened)

    def cut(self):
        self.is_cut = True
        for line in self.open:
            line.close()

    def mend(self):
        self.is_cut = False

    def wait_for_loss(self, before):
        for _look in range(HEARD_MS // 50):
            if self.lost > before:
                return
            self.page.wait_for_timeout(50)
        raise AssertionError("no frame came that could be lost")

    def _opened(self, line):
        if self.is_cut:
            line.close()
            return
        server = line.connect_to_server()
        server.on_message(lambda frame: self._hear(line, frame))
        self.open.append(line)

    def _hear(self, line, frame):
        if self.loses(frame):
            self.lost += 1
        elif not self.is_cut:
            line.send(frame)


def live(page):
    """The page is connected: from here on it hears everything."""
    expect(page.locator("[data-live-state]")).to_have_text(say("Live"), timeout=HEARD_MS)


def count_of(page, label):
    return (
        page.get_by_role("navigation", name=say("Main"))
        .get_by_role("link", name=re.compile(f"^{label}"))
        .locator(".count")
    )


def test_a_page_alone_shows_what_changed_before_its_line_was_open(desk, open_page):
    """Its script comes late, and no other page kept the feed read meanwhile."""
    ticket = make_ticket(desk.shops, subject="Sklep", at=now())
    page = open_page(desk.agent)
    held = []
    page.route(re.compile("/js/app"), lambda route: held.append(route))
    page.goto("/queue/", wait_until="commit")
    row = page.locator(f".row[data-ticket='{ticket.pk}']")
    expect(row).to_be_visible()

    assigning.assign(ticket=ticket, to=desk.other_agent, by=desk.lead, at=now())
    held[0].continue_()

    expect(row.get_by_role("img", name="Jan Żak", exact=True)).to_be_visible(timeout=HEARD_MS)


def test_a_new_ticket_waits_behind_a_button_and_the_list_stays(desk, mail, open_page):
    tickets = [make_ticket(desk.shops, subject=f"Sprawa {number}") for number in (1, 2, 3)]
    page = open_page(desk.agent)
    page.goto("/queue/")
    live(page)
    page.keyboard.press("j")
    expect(page.locator("#preview h2.preview-title")).to_have_text("Sprawa 2")
    before = [page.locator(".row").nth(place).bounding_box() for place in range(3)]

    mail.receive(letter("Nowa sprawa.", Subject="Pożar"))
    chip = page.locator("#fresh").get_by_role("link")
    expect(chip).to_contain_text("1", timeout=HEARD_MS)
    expect(count_of(page, say("Queue"))).to_have_text("4", timeout=HEARD_MS)

    expect(page.locator(".row")).to_have_count(3)
    expect(page.locator(".row[aria-current]")).to_contain_text("Sprawa 2")
    assert [page.locator(".row").nth(place).bounding_box() for place in range(3)] == before
    expect(page.locator("#spoken")).not_to_be_empty()
    chip.click()
    expect(page.locator(".row")).to_have_count(4)
    expect(page.locator(".row").filter(has_text="Pożar")).to_be_visible()
    assert len(tickets) == 3


def test_an_older_ticket_that_comes_into_the_list_waits_behind_the_button_too(desk, open_page):
    elsewhere = make_ticket(desk.billing, subject="Z innej kolejki")
    make_ticket(desk.shops, subject="Sprawa 1")
    page = open_page(desk.agent)
    page.goto(f"/queue/?queue={desk.shops.pk}")
    live(page)

    changing.change_queue(ticket=elsewhere, to=desk.shops, by=desk.other_agent, at=now())

    chip = page.locator("#fresh").get_by_role("link")
    expect(chip).to_contain_text("1", timeout=HEARD_MS)
    expect(page.locator(".row")).to_have_count(1)
    chip.click()
    expect(page.locator(".row")).to_have_count(2)
    expect(page.locator("#fresh")).to_be_empty()


def test_of_many_frames_one_in_five_is_lost_and_all_is_shown(desk, open_page):
    """Also of those that heal: every frame has the same chance, by a row of chances that is the same each time."""
    tickets = [make_ticket(desk.shops, subject=f"Sprawa {number}") for number in range(1, 13)]
    page = open_page(desk.agent)
    lines, chances = Lines(page), Random(20)
    page.goto("/queue/")
    live(page)
    lines.loses = lambda frame: chances.random() < 0.2

    for ticket in tickets:
        changing.change_status(ticket=ticket, to=Status.SOLVED, by=desk.other_agent, at=now())
        page.wait_for_timeout(100)

    expect(page.locator(".row[data-done]")).to_have_count(len(tickets), timeout=HEARD_MS)
    expect(page.locator(".row")).to_have_count(len(tickets))


def test_an_answer_that_fails_is_asked_for_again(desk, open_page):
    ticket = make_ticket(desk.shops, subject="Sprawa 1")
    page = open_page(desk.agent)
    asked = []
    page.goto("/queue/")
    live(page)

    def fail_once(route):
        asked.append(route.request.url)
        route.abort("internetdisconnected") if len(asked) == 1 else route.continue_()

    page.route(re.compile("/queue/rows/"), fail_once)
    changing.change_status(ticket=ticket, to=Status.SOLVED, by=desk.other_agent, at=now())

    expect(page.locator(".row[data-done]")).to_have_count(1, timeout=HEARD_MS)
    assert len(asked) > 1


def test_what_another_agent_does_shows_in_the_row_where_it_is(desk, open_page):
    for number in (1, 2):
        make_ticket(desk.shops, subject=f"Sprawa {number}")
    watching, working = open_page(desk.agent), open_page(desk.other_agent)
    watching.goto("/queue/")
    live(watching)

    working.goto("/queue/")
    working.keyboard.press("Shift+I")
    expect(working.get_by_role("heading", level=1)).to_have_text("Sprawa 1")

    row = watching.locator(".row").filter(has_text="Sprawa 1")
    expect(row.get_by_role("img", name="Jan Żak", exact=True)).to_be_visible(timeout=HEARD_MS)
    expect(watching.locator(".row")).to_have_count(2)
    expect(count_of(watching, say("Nobody has it", context="view"))).to_have_text("1", timeout=HEARD_MS)


def test_a_solved_ticket_stays_in_the_list_for_a_while_and_says_so(desk, open_page):
    ticket = make_ticket(desk.shops, subject="Sprawa 1")
    make_ticket(desk.shops, subject="Sprawa 2")
    page = open_page(desk.agent)
    page.goto("/queue/")
    live(page)

    changing.change_status(ticket=ticket, to=Status.SOLVED, by=desk.other_agent, at=now())

    expect(page.locator(".row[data-done]")).to_contain_text("Sprawa 1", timeout=HEARD_MS)
    expect(page.locator(".row")).to_have_count(2)


def test_a_message_that_comes_while_one_writes_waits_behind_a_button(desk, open_page):
    ticket = make_ticket(desk.shops, requester=desk.requester())
    page = open_page(desk.agent)
    page.goto(ticket.get_absolute_url())
    live(page)
    page.keyboard.press("r")
    page.keyboard.type("Zaczynam odpowiedź")

    make_requester_message(ticket, at=now(), text="I jeszcze jedno.")
    news = page.locator("#news").get_by_role("button")
    expect(news).to_be_visible(timeout=HEARD_MS)
    expect(page.locator(".msg")).to_have_count(1)
    expect(page.locator("#reply-text")).to_be_focused()
    news.click()
    expect(page.locator(".msg")).to_have_count(2)
    expect(page.locator("#reply-text")).to_have_value("Zaczynam odpowiedź")

    # What was shown has been seen: the reply leaves without another question
    page.locator("#reply-text").focus()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".msg[data-kind=public]")).to_contain_text("Zaczynam odpowiedź")


def test_what_a_pressed_button_asks_for_comes_though_more_news_come_meanwhile(desk, open_page):
    ticket = make_ticket(desk.shops, requester=desk.requester())
    page = open_page(desk.agent)
    pressed: list = []
    page.route(re.compile(r"/news/\?show"), lambda route: pressed.append(route))
    page.goto(ticket.get_absolute_url())
    live(page)
    make_requester_message(ticket, at=now(), text="I jeszcze jedno.")
    with page.expect_request(re.compile(r"/news/\?show")):
        page.locator("#news").get_by_role("button").click(timeout=HEARD_MS)

    with page.expect_response(re.compile(r"/news/\?newest"), timeout=HEARD_MS):
        make_requester_message(ticket, at=now(), text="I jeszcze drugie.")
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    pressed[0].continue_()
    expect(page.locator(".msg")).to_have_count(3)


def test_news_of_a_ticket_that_is_left_meanwhile_reach_no_other_ticket(desk, open_page):
    left, kept = (make_ticket(desk.shops, subject=f"Sprawa {number}") for number in (1, 2))
    page = open_page(desk.agent)
    waiting: list = []
    page.route(re.compile(f"/tickets/{left.pk}/news/"), lambda route: waiting.append(route))
    page.goto("/queue/")
    live(page)
    expect(page.locator("#preview h2.preview-title")).to_have_text("Sprawa 1")
    with page.expect_request(re.compile(f"/tickets/{left.pk}/news/"), timeout=HEARD_MS):
        make_requester_message(left, at=now(), text="I jeszcze jedno.")

    page.keyboard.press("j")
    expect(page.locator("#preview h2.preview-title")).to_have_text("Sprawa 2")
    with page.expect_response(re.compile(f"/tickets/{left.pk}/news/")):
        waiting[0].continue_()
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    expect(page.locator("#preview #timeline")).to_have_attribute("data-ticket", str(kept.pk))
    expect(page.locator("#news")).to_be_empty()


def test_who_is_among_the_views_stays_there_while_their_counts_change(desk, open_page):
    page = open_page(desk.agent)
    page.goto("/queue/")
    live(page)
    view = page.locator('#nav a[href="/queue/?view=overdue"]')
    view.focus()
    expect(page.locator("#nav")).not_to_contain_text("1")

    make_ticket(desk.shops, subject="Sprawa 1")

    expect(page.locator("#nav")).to_contain_text("1", timeout=HEARD_MS)
    expect(view).to_be_focused()


def test_a_page_that_lost_its_line_says_so_and_catches_up(desk, mail, open_page):
    make_ticket(desk.shops, subject="Sprawa 1")
    page = open_page(desk.agent)
    sockets: list = []
    page.route_web_socket(re.compile("/live/"), lambda socket: sockets.append((socket, socket.connect_to_server())))
    page.goto("/queue/")
    live(page)

    sockets[-1][0].close()
    expect(page.locator("[data-live-state]")).to_have_text(say("Not connected. What you type is kept."))
    mail.receive(letter("Nowa sprawa.", Subject="Pożar"))

    live(page)
    expect(page.locator("#fresh").get_by_role("link")).to_contain_text("1", timeout=HEARD_MS)


def test_a_reply_sent_without_a_network_stays_in_its_field_and_leaves_when_it_is_back(desk, open_page):
    """On the ticket's own page, whose form is an ordinary one: the browser would show its own error page instead."""
    ticket = make_ticket(desk.shops, subject="Sprawa 1", requester=desk.requester())
    page = open_page(desk.agent)
    page.goto(f"/tickets/{ticket.pk}/")
    page.keyboard.press("r")
    expect(page.locator("#reply-text")).to_be_focused()
    page.keyboard.type("Piszę w tunelu")

    page.context.set_offline(True)
    page.keyboard.press("Control+Enter")

    not_connected = say("Not connected. What you type is kept.")
    expect(page.locator(".toast[role=alert]")).to_have_text(not_connected)
    expect(page.locator("#reply-text")).to_have_value("Piszę w tunelu")
    expect(page.locator("#reply-text")).to_be_focused()
    page.context.set_offline(False)
    expect(page.locator(".toast[role=alert]")).to_have_count(0)
    live(page)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".msg[data-kind=public] .body")).to_have_text("Piszę w tunelu")


def test_a_network_that_was_cut_brings_everything_back_and_nothing_twice(desk, mail, open_page):
    """The whole network: pages, drafts and the live line. What happened meanwhile is there, what was typed is saved."""
    held, solved = (make_ticket(desk.shops, subject=f"Sprawa {number}") for number in (1, 2))
    page = open_page(desk.agent)
    lines = Lines(page)
    page.goto("/queue/")
    live(page)
    expect(page.locator("#preview .preview-title")).to_have_text("Sprawa 1")

    page.context.set_offline(True)
    lines.cut()
    expect(page.locator("[data-live-state]")).to_have_text(say("Not connected. What you type is kept."))
    page.keyboard.press("r")
    expect(page.locator("#preview #reply-text")).to_be_focused()
    page.keyboard.type("Piszę w tunelu")
    failed = say("Draft not saved, the desk does not answer")
    expect(page.locator("#preview form[data-kind=public] .draft")).to_have_text(failed, timeout=HEARD_MS)
    mail.receive(letter("Nowa sprawa.", Subject="Pożar"))
    make_requester_message(held, at=now(), text="I jeszcze jedno.")
    changing.change_status(ticket=solved, to=Status.SOLVED, by=desk.other_agent, at=now())
    page.context.set_offline(False)
    lines.mend()

    live(page)
    expect(page.locator("#fresh").get_by_role("link")).to_contain_text("1", timeout=HEARD_MS)
    expect(page.locator(".row[data-done]")).to_contain_text("Sprawa 2", timeout=HEARD_MS)
    expect(page.locator(".row")).to_have_count(2)
    expect(page.locator("#news").get_by_role("button")).to_be_visible(timeout=HEARD_MS)
    expect(page.locator("#preview .msg")).to_have_count(1)
    expect(page.locator("#preview #reply-text")).to_be_focused()
    expect(page.locator("#preview #reply-text")).to_have_value("Piszę w tunelu")
    expect(page.locator("#preview form[data-kind=public] .draft")).to_have_text(say("Draft saved"), timeout=HEARD_MS)
    page.locator("#news").get_by_role("button").click()
    expect(page.locator("#preview .msg")).to_have_count(2)
    assert page.locator(".row").filter(has_text="Sprawa 1").count() == 1


def test_hints_that_are_lost_heal_by_the_next_ones(desk, open_page):
    """The line stands, and frames that say what changed get lost: the cursor told again shows the gap."""
    one, two = (make_ticket(desk.shops, subject=f"Sprawa {number}") for number in (1, 2))
    page = open_page(desk.agent)
    lines = Lines(page)
    page.goto("/queue/")
    live(page)
    lines.loses = lambda frame: '"changed"' in frame

    changing.change_status(ticket=one, to=Status.SOLVED, by=desk.other_agent, at=now())
    expect(page.locator(".row[data-done]")).to_contain_text("Sprawa 1", timeout=HEARD_MS)
    assert lines.lost >= 1

    # One is lost and a later one arrives: it names what it came after
    before = lines.lost
    lines.loses = lambda frame: ('"changed"' in frame and lines.lost == before) or '"type": "cursor"' in frame
    changing.change_status(ticket=two, to=Status.SOLVED, by=desk.other_agent, at=now())
    lines.wait_for_loss(before)
    make_requester_message(make_ticket(desk.shops, subject="Sprawa 3"), at=now(), text="Jeszcze.")
    expect(page.locator(".row[data-done]")).to_have_count(2, timeout=HEARD_MS)


def boxes(page):
    """Where the rows stand, all at one moment: a row may be renewed between two questions."""
    return page.locator(".row").evaluate_all("(rows) => rows.map((row) => JSON.stringify(row.getBoundingClientRect()))")


def test_what_somebody_else_takes_stays_a_minute_under_the_hand(desk, open_page):
    first, second = (make_ticket(desk.shops, subject=f"Sprawa {number}") for number in (1, 2))
    page = open_page(desk.agent)
    page.clock.install()
    page.goto("/queue/?view=nobody")
    page.clock.resume()
    live(page)
    expect(page.locator(".row[aria-current]")).to_contain_text("Sprawa 1")
    before = boxes(page)
    assert len(before) == 2

    assigning.assign(ticket=second, to=desk.other_agent, by=desk.other_agent, at=now())
    expect(page.locator(".row[data-left]")).to_contain_text("Sprawa 2", timeout=HEARD_MS)
    assert boxes(page) == before
    assert first.pk != second.pk

    page.clock.fast_forward("01:01")
    expect(page.locator(".row")).to_have_count(1, timeout=HEARD_MS)
    expect(page.locator(".row[aria-current]")).to_contain_text("Sprawa 1")


def test_nobody_hears_of_tickets_outside_their_sight(desk, open_page):
    make_ticket(desk.shops, subject="Sprawa 1")
    page = open_page(desk.volunteer)
    page.goto("/queue/")
    live(page)

    make_ticket(desk.billing, subject="Nie dla niej")
    make_note(make_ticket(desk.shops, subject="Dla niej"), desk.agent, at=now())

    expect(page.locator("#fresh").get_by_role("link")).to_contain_text("1", timeout=HEARD_MS)
    page.locator("#fresh").get_by_role("link").click()
    expect(page.locator(".row")).to_have_count(2)
    assert "Nie dla niej" not in page.content()
