"""Notices, questions, and everybody's own settings."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.desk import Desk, now, say
from tests.e2e.pages.looking import Scene, check_focus, check_page, for_desk
from tests.e2e.pages.prepared import questioned
from tests.e2e.post import Mail
from tests.factories import make_ticket
from tickets import stop_links
from tickets.actions import assigning


def notified(desk: Desk, mail: Mail) -> None:
    for subject in ("Pierwsza", "Druga, z tematem tak długim, że się nie mieści w żadnym wierszu na telefonie"):
        assigning.assign(ticket=make_ticket(desk.shops, subject=subject), to=desk.agent, by=desk.lead, at=now())


def link_that_stops(desk: Desk) -> str:
    return stop_links.url_for(desk.agent.pk, "question").split("/")[-2]


def choose_one_key_twice(page: Any) -> None:
    page.locator("[name=note]").fill("R")
    page.get_by_role("button", name=say("Save")).click()
    expect(page.locator("#id_note_error")).to_be_visible()


SCENES = {
    "settings": Scene("/settings/", "agent"),
    "how the queue is shown": Scene("/settings/list/", "agent"),
    "own keys": Scene("/settings/keys/", "agent"),
    "own keys in each other's way": Scene("/settings/keys/", "agent", act=choose_one_key_twice),
    "notifications": Scene("/notifications/", "agent", notified),
    "questions": Scene("/questions/", "agent", for_desk(questioned)),
    "questions, none": Scene("/questions/", "agent"),
    "ways of notices": Scene("/settings/notifications/", "agent"),
    "mails of a kind stopped": Scene("/stop/{token}/", prepare=for_desk(link_that_stops)),
    "notifications, none": Scene("/notifications/", "agent"),
    "nothing there": Scene("/tickets/999999/", "agent"),
}


@pytest.mark.parametrize("name", SCENES)
def test_page(desk, mail, open_page, name):
    check_page(SCENES[name], desk, mail, open_page)


@pytest.mark.parametrize("name", ["settings"])
def test_the_focus_is_seen_wherever_the_tab_key_leads(desk, mail, open_page, name):
    check_focus(SCENES[name], desk, mail, open_page)
