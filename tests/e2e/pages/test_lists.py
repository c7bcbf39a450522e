"""The queue, searches, the palette, and what was removed."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.desk import Desk
from tests.e2e.pages.looking import Scene, check_focus, check_page, for_desk
from tests.e2e.pages.prepared import full, in_every_state, own_properties, removed_tickets, see_the_preview
from tickets.actions.preferences import set_list


def shown_tight(desk: Desk) -> None:
    in_every_state(desk)
    columns = ["queue", "status", "opened"]
    set_list(by=desk.agent, layout="alone", density="tight", order="newest", columns=columns)


various = for_desk(in_every_state)


def ask_for_keys(page: Any) -> None:
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()


def open_palette(page: Any) -> None:
    page.keyboard.press("Control+k")
    expect(page.locator("#palette-list [aria-selected=true]")).to_be_visible()


def find_in_palette(page: Any) -> None:
    open_palette(page)
    page.keyboard.type("ma")
    expect(page.locator("#palette-tickets, #palette-people").first).to_be_visible()


SCENES = {
    "queue, one line a row": Scene("/queue/", "agent", for_desk(shown_tight)),
    "queue": Scene("/queue/", "agent", various, see_the_preview),
    "queue of a volunteer": Scene("/queue/", "volunteer", various, see_the_preview),
    "queue, empty": Scene("/queue/", "agent"),
    "queue, nothing fits": Scene("/queue/?status=on_hold&priority=4&view=mine", "agent"),
    "queue, solved": Scene("/queue/?view=solved", "agent", full, see_the_preview),
    "search": Scene("/search/?q=is%3Aunsolved", "agent", various, see_the_preview),
    "search, a mistake": Scene("/search/?q=stauts%3Aopen", "agent"),
    "search, how to": Scene("/search/", "agent"),
    "search, nothing": Scene("/search/?q=xyzzyplugh", "volunteer", various),
    "queue, keys": Scene("/queue/", "agent", various, ask_for_keys),
    "queue, snoozed": Scene("/queue/?view=snoozed", "agent", for_desk(own_properties), see_the_preview),
    "spam and deleted": Scene("/removed/", "agent", for_desk(removed_tickets)),
    "spam and deleted, none": Scene("/removed/", "agent"),
    "the palette": Scene("/queue/", "agent", various, open_palette),
    "the palette finds": Scene("/queue/", "agent", various, find_in_palette),
}


@pytest.mark.parametrize("name", SCENES)
def test_page(desk, mail, open_page, name):
    check_page(SCENES[name], desk, mail, open_page)


@pytest.mark.parametrize("name", ["queue"])
def test_the_focus_is_seen_wherever_the_tab_key_leads(desk, mail, open_page, name):
    check_focus(SCENES[name], desk, mail, open_page)
