"""A whole day of one agent, thirty tickets, by the keys alone: no click anywhere, and the focus asserted at each step.

A colleague answers one of the tickets meanwhile, and the network is cut once. In the end the database holds exactly
what was done, each thing once.
"""

from __future__ import annotations

import re
from collections import Counter

import pytest
from playwright.sync_api import expect

from tests.e2e.desk import focused, now, say
from tests.e2e.test_a_day_by_the_keys import current, on_the_row
from tests.e2e.test_live_updates import HEARD_MS, Lines, live
from tests.factories import HOUR, fresh, make_ticket
from tickets.actions import bulk, facts
from tickets.models import Event, Message, Status, Ticket
from tickets.models.event import Kind

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TICKETS = 30


@pytest.fixture
def tickets(desk):
    """By number from 1, in the order of the list, all of one person."""
    requester = desk.requester()
    made = {}
    for number in range(1, TICKETS + 1):
        made[number] = make_ticket(desk.shops, subject=f"Sprawa {number}", requester=requester)
        due = {"due_at": now() + number * HOUR, "sla_since": now(), "sla_target_s": 3600 * number}
        facts.store_promise(made[number].pk, sla_state="running", sla_metric="first_response", **due)
    return made


def test_thirty_tickets_by_the_keys_and_nothing_is_lost_or_twice(desk, tickets, open_page):
    page = open_page(fresh(desk.agent))
    lines = Lines(page)
    keys = page.keyboard
    page.goto("/queue/")
    live(page)
    expect(current(page)).to_contain_text("Sprawa 1")
    keys.press("j")
    on_the_row(page, "Sprawa 2")
    keys.press("k")

    for number in range(1, 6):
        answer_beside_the_list(page, number)
    for number in range(6, 8):
        answer_on_its_page(page, tickets, number)
    for number in range(8, 10):
        snooze(page, tickets, number)
    for number in (10, 12):
        merge(page, tickets, number)
    solve_many(page, tickets, range(14, 27))
    note(page, tickets, 27)
    both_answer(page, open_page(fresh(desk.other_agent)), tickets[28])
    answer_in_a_tunnel(page, lines, tickets[29])
    answer_the_last(page, tickets[30])

    said = Counter(Message.objects.exclude(author=tickets[1].requester).values_list("ticket_id", "kind", "text"))
    replies = {number: [f"Odpowiedź {number}"] for number in (*range(1, 8), 29, 30)} | {28: ["Moja", "Jego"]}
    assert said == Counter(
        [(tickets[number].pk, "public", text) for number, texts in replies.items() for text in texts]
        + [(tickets[27].pk, "note", "Notatka 27")]
    )
    done = Counter(Event.objects.exclude(kind=Kind.OPENED).values_list("ticket_id", "kind"))
    solved = [*range(1, 8), *range(14, 27)]
    expected = Counter(
        [(tickets[number].pk, kind) for number in range(1, 8) for kind in (Kind.TAKEN, Kind.REPLIED)]
        + [(tickets[number].pk, Kind.STATUS_CHANGED) for number in solved]
        + [(tickets[number].pk, Kind.SNOOZED) for number in range(8, 10)]
        + [(tickets[number].pk, Kind.MERGED) for number in range(10, 14)]
        + [(tickets[27].pk, Kind.NOTED), (tickets[29].pk, Kind.REPLIED)]
        + [(tickets[28].pk, Kind.REPLIED)] * 2
        + [(tickets[30].pk, Kind.TAKEN), (tickets[30].pk, Kind.REPLIED)]
    )
    assert done == expected
    left = Ticket.objects.unsolved().filter(snoozed_until=None, removed_as="").values_list("pk", flat=True)
    assert set(left) == {tickets[number].pk for number in (11, 13, 27, 28, 29, 30)}


def answer_beside_the_list(page, number):
    """Taken, answered, solved; the next row has the focus."""
    keys, text = page.keyboard, f"Odpowiedź {number}"
    on_the_row(page, f"Sprawa {number}")
    keys.press("i")
    expect(page.locator("#preview .person").first).to_contain_text("Agnieszka")
    expect(current(page).locator("a.subject")).to_be_focused()
    keys.press("r")
    expect(page.locator("#preview #reply-text")).to_be_focused()
    keys.type(text)
    keys.press("Control+Enter")
    expect(page.locator("#preview .msg[data-kind=public] .body")).to_have_text(text)
    expect(current(page).locator("a.subject")).to_be_focused()
    keys.press("Shift+E")
    on_the_row(page, f"Sprawa {number + 1}")


def answer_on_its_page(page, tickets, number):
    """Opened, taken, answered, solved; back in the list on the row that came after it."""
    keys, text = page.keyboard, f"Odpowiedź {number}"
    on_the_row(page, f"Sprawa {number}")
    keys.press("Enter")
    expect(page).to_have_url(re.compile(f"/tickets/{tickets[number].pk}/$"))
    keys.press("i")
    expect(page.locator("#properties")).to_contain_text("Agnieszka")
    expect(page.locator("main .pane-body[tabindex]")).to_be_focused()
    keys.press("r")
    expect(page.locator("#reply-text")).to_be_focused()
    keys.type(text)
    keys.press("Control+Enter")
    expect(page.locator(".msg[data-kind=public] .body")).to_have_text(text)
    expect(page.locator("main .pane-body[tabindex]")).to_be_focused()
    keys.press("e")
    expect(page.locator("#status")).to_have_value(Status.SOLVED)
    keys.press("Escape")
    expect(page).to_have_url(re.compile("/queue/$"))
    on_the_row(page, f"Sprawa {number + 1}")


def snooze(page, tickets, number):
    keys = page.keyboard
    on_the_row(page, f"Sprawa {number}")
    keys.press("z")
    expect(page.locator("#snooze-when")).to_be_focused()
    keys.press("Tab")
    if page.locator("#snooze-until").is_visible():
        keys.press("Tab")
    expect(page.locator("#snooze-reason")).to_be_focused()
    keys.type("Czeka na kuriera")
    keys.press("Enter")
    expect(page.locator("#properties .callout")).to_contain_text("Czeka na kuriera")
    keys.press("Escape")
    expect(page).to_have_url(re.compile("/queue/$"))
    on_the_row(page, f"Sprawa {number + 1}")


def merge(page, tickets, number):
    """Into the one below it, and back to the list by the keys for a place."""
    keys = page.keyboard
    on_the_row(page, f"Sprawa {number}")
    keys.press("Shift+M")
    expect(page.locator("#into")).to_be_focused()
    keys.type(str(tickets[number + 1].pk))
    keys.press("Enter")
    expect(focused(page)).to_contain_text(say("Merge"))
    keys.press("Enter")
    expect(page).to_have_url(re.compile(f"/tickets/{tickets[number + 1].pk}/"))
    keys.press("Escape")
    expect(page).to_have_url(re.compile("/queue/$"))
    on_the_row(page, f"Sprawa {number + 1}")
    keys.press("j")


def solve_many(page, tickets, numbers):
    keys = page.keyboard
    on_the_row(page, f"Sprawa {numbers[0]}")
    keys.press("x")
    for _number in numbers[1:]:
        keys.press("Shift+J")
    expect(page.locator(".pick:checked")).to_have_count(len(numbers))
    expect(current(page).locator("a.subject")).to_be_focused()
    keys.press("e")
    expect(focused(page)).to_contain_text(say("Go on"))
    keys.press("Enter")
    expect(focused(page)).to_contain_text(say("Change them"))
    keys.press("Enter")
    expect(page).to_have_url(re.compile("/bulk/[0-9]+/"))
    while bulk.run_batch(at=now()):
        pass
    keys.press("Escape")
    expect(page).to_have_url(re.compile("/queue/$"))
    expect(page.locator(".pick:checked")).to_have_count(0)
    chosen = [tickets[number].pk for number in numbers]
    assert Ticket.objects.filter(pk__in=chosen, status=Status.SOLVED).count() == len(chosen)


def find(page, ticket):
    """By the palette, from wherever one is."""
    page.keyboard.press("Control+k")
    expect(focused(page)).to_have_attribute("role", "combobox")
    page.keyboard.type(str(ticket.pk))
    expect(page.locator("[role=option][aria-selected=true]")).to_contain_text(ticket.subject, timeout=HEARD_MS)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/tickets/{ticket.pk}/$"))
    expect(page.get_by_role("heading", level=1)).to_have_text(ticket.subject)


def note(page, tickets, number):
    find(page, tickets[number])
    page.keyboard.press("n")
    expect(page.locator("#note-text")).to_be_focused()
    page.keyboard.type(f"Notatka {number}")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".msg[data-kind=note] .body")).to_have_text(f"Notatka {number}")
    expect(page.locator("main .pane-body[tabindex]")).to_be_focused()


def both_answer(page, other, ticket):
    """Two who write at once: the second is shown the words of the first beside their own, and both leave."""
    other.goto("/queue/")
    for each, text in ((page, "Moja"), (other, "Jego")):
        find(each, ticket)
        each.keyboard.press("r")
        expect(each.locator("#reply-text")).to_be_focused()
        each.keyboard.type(text)
    other.keyboard.press("Control+Enter")
    expect(other.locator(".msg[data-kind=public] .body")).to_have_text("Jego")
    page.keyboard.press("Control+Enter")
    expect(focused(page)).to_have_text(say("Somebody wrote while you were writing"))
    expect(page.locator(".compare section").first).to_contain_text("Jego")
    page.keyboard.press("r")
    expect(page.locator("#crossed-text")).to_be_focused()
    expect(page.locator("#crossed-text")).to_have_value("Moja")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".msg[data-kind=public] .body")).to_have_text(["Jego", "Moja"])


def answer_in_a_tunnel(page, lines, ticket):
    """The network goes while one writes, and comes back: the words are saved and leave once."""
    find(page, ticket)
    live(page)
    page.keyboard.press("r")
    expect(page.locator("#reply-text")).to_be_focused()
    page.context.set_offline(True)
    lines.cut()
    expect(page.locator("[data-live-state]")).to_have_text(say("Not connected. What you type is kept."))
    page.keyboard.type("Odpowiedź 29")
    failed = say("Draft not saved, the desk does not answer")
    expect(page.locator("form[data-kind=public] .draft")).to_have_text(failed, timeout=HEARD_MS)
    page.context.set_offline(False)
    lines.mend()
    live(page)
    expect(page.locator("#reply-text")).to_be_focused()
    expect(page.locator("form[data-kind=public] .draft")).to_have_text(say("Draft saved"), timeout=HEARD_MS)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".msg[data-kind=public] .body")).to_have_text("Odpowiedź 29")


def answer_the_last(page, ticket):
    find(page, ticket)
    page.keyboard.press("i")
    expect(page.locator("#properties")).to_contain_text("Agnieszka")
    page.keyboard.press("r")
    expect(page.locator("#reply-text")).to_be_focused()
    page.keyboard.type("Odpowiedź 30")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".msg[data-kind=public] .body")).to_have_text("Odpowiedź 30")
