"""Two people on one ticket see each other, what each does there, and that the other has gone."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.desk import say
from tests.e2e.test_live_updates import HEARD_MS, live
from tests.factories import fresh, make_ticket


def says(kind, name):
    words = {
        "reading": "{name} is reading it",
        "reply": "{name} is writing a reply",
        "note": "{name} is writing a note",
    }
    return say(words[kind]).replace("{name}", name)


def sees(page, kind, name, *, inside=""):
    face = page.locator(f"{inside} #here").get_by_role("img", name=says(kind, name))
    expect(face).to_be_visible(timeout=HEARD_MS)


def test_faces_in_the_head_and_words_at_the_composer(desk, open_page):
    ticket = make_ticket(desk.shops, requester=desk.requester())
    first, second = open_page(desk.agent), open_page(desk.other_agent)
    for page in (first, second):
        page.goto(ticket.get_absolute_url())
        live(page)

    sees(first, "reading", "Jan Żak")
    expect(first.locator("#here .avatar")).to_have_count(1)
    second.keyboard.press("r")
    second.keyboard.type("Dzień dobry")
    expect(first.locator("#here-writing")).to_have_text(says("reply", "Jan Żak"), timeout=HEARD_MS)
    expect(first.locator("#spoken")).to_have_text(says("reply", "Jan Żak"), timeout=HEARD_MS)
    expect(second.locator("form[data-kind=public] .draft")).to_have_text(say("Draft saved"), timeout=HEARD_MS)
    expect(second.locator("#here-writing")).to_be_hidden()

    # Gone: the draft is still to be known of, and what it says is not
    second.close()
    expect(first.locator("#here .avatar")).to_have_count(0, timeout=HEARD_MS)
    expect(first.locator("#here-writing")).to_be_hidden()
    expect(first.locator("#writers")).to_contain_text("Jan Żak", timeout=HEARD_MS)
    assert "Dzień dobry" not in first.content()


def test_a_row_says_quietly_that_somebody_is_in_the_ticket(desk, open_page):
    ticket = make_ticket(desk.shops, subject="Sprawa 1")
    make_ticket(desk.shops, subject="Sprawa 2")
    watching, working = open_page(desk.agent), open_page(desk.other_agent)
    watching.goto("/queue/")
    live(watching)
    row = watching.locator(".row").filter(has_text="Sprawa 1")
    before = row.bounding_box()

    working.goto(ticket.get_absolute_url())
    expect(row.get_by_role("img", name=says("reading", "Jan Żak"))).to_be_visible(timeout=HEARD_MS)
    assert row.bounding_box() == before
    working.keyboard.press("n")
    working.keyboard.type("Notatka")
    expect(row.get_by_role("img", name=says("note", "Jan Żak"))).to_be_visible(timeout=HEARD_MS)

    working.goto("/notifications/")
    expect(row.locator(".here-mark")).to_have_count(0, timeout=HEARD_MS)


def test_beside_the_list_somebody_is_there_who_does_something(desk, open_page):
    make_ticket(desk.shops, subject="Sprawa 1")
    second = make_ticket(desk.shops, subject="Sprawa 2")
    watching, working = open_page(desk.lead), open_page(desk.other_agent)
    watching.goto(second.get_absolute_url())
    live(watching)
    working.goto("/queue/")
    live(working)

    working.keyboard.press("j")
    expect(working.locator("#preview .preview-title")).to_have_text("Sprawa 2")

    expect(watching.locator("#here").get_by_role("img", name=says("reading", "Jan Żak"))).to_be_visible(
        timeout=HEARD_MS
    )
    expect(working.locator("#preview #here").get_by_role("img", name=says("reading", "Lena Łoś"))).to_be_visible(
        timeout=HEARD_MS
    )
    working.keyboard.press("r")
    working.keyboard.type("Już piszę")
    expect(watching.locator("#here-writing")).to_have_text(says("reply", "Jan Żak"), timeout=HEARD_MS)
    expect(working.locator("#preview #reply-text")).to_be_focused()


def test_a_volunteer_is_seen_and_sees_nobody_of_the_desk(desk, open_page):
    ticket = make_ticket(desk.shops, subject="Sprawa 1")
    hers, theirs = open_page(desk.agent), open_page(fresh(desk.volunteer))
    for page in (hers, theirs):
        page.goto(ticket.get_absolute_url())
        live(page)

    expect(hers.locator("#here").get_by_role("img", name=says("reading", "Wanda Wolna"))).to_be_visible(
        timeout=HEARD_MS
    )
    expect(theirs.locator("#here .avatar")).to_have_count(0)
    assert "Agnieszka" not in theirs.content()
