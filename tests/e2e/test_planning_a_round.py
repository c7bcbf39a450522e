"""A planner places people on the board: with the mouse, with the keys alone, and told why it cannot be."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from rotations.actions import leaving
from rotations.models import Duty
from tests.e2e.desk import now, say
from tests.e2e.pages.test_duties import planned
from tests.factories import fresh

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def board(desk, mail, open_page):
    """A round being planned; one person signed up, who has a place on the first shift, on which one more seat is
    free."""
    of = planned(desk)
    page = open_page(fresh(desk.lead))
    page.goto(f"/duties/rounds/{of.pk}/")
    expect(page.locator("[data-place]").first).to_be_visible()
    return of, page


def test_a_person_is_dragged_onto_a_free_seat(desk, board):
    of, page = board
    later = of.shifts.order_by("starts_at", "id")[2]
    seat = page.locator(f"[data-shift='{later.pk}']")
    person = page.locator(f"[data-person='{desk.volunteer.pk}']")
    expect(person).to_be_visible()

    person.drag_to(seat)

    expect(page.locator("[role=status], .toast").filter(has_text=later.name).first).to_be_visible()
    assert Duty.objects.filter(shift=later, person=desk.volunteer, state=Duty.State.PROPOSED).count() == 1


def test_what_cannot_be_is_said_while_one_drags_and_refused_in_words_when_dropped(desk, board):
    of, page = board
    near = of.shifts.order_by("starts_at", "id")[1]  # begins on the last day of the one she has
    seat = page.locator(f"[data-shift='{near.pk}']")
    person = page.locator(f"[data-person='{desk.volunteer.pk}']")
    why = say("Another duty overlaps or lies too close: there must be rest between.")

    person.hover()
    page.mouse.down()
    seat.hover()
    expect(seat).to_have_attribute("data-fit", "no")
    box = seat.bounding_box()
    for part in (0.3, 0.4, 0.5, 0.6):  # a drag is over something when it moves there
        page.mouse.move(box["x"] + part * box["width"], box["y"] + part * box["height"])
    expect(page.locator("#fits-spoken")).to_have_text(why)
    expect(seat).to_have_attribute("title", why)
    page.mouse.up()

    expect(page.locator("#beside [role=alert]")).to_contain_text(why)
    assert Duty.objects.count() == 1


def test_the_same_by_the_keys_alone(desk, board):
    _of, page = board
    duty = Duty.objects.get()
    leaving.call_off(duty=duty, by=fresh(desk.lead), at=now())
    page.reload()
    person = page.locator(f"[data-person='{desk.volunteer.pk}']")
    expect(person).to_be_visible()

    person.focus()
    page.keyboard.press("Enter")
    button = page.locator("#beside").get_by_role("button", name=say("Propose")).first
    expect(button).to_be_visible()
    button.focus()
    page.keyboard.press("Enter")

    expect(page.locator("[data-state='proposed']").first).to_be_visible()
    assert Duty.objects.filter(person=desk.volunteer, state=Duty.State.PROPOSED).count() == 1
