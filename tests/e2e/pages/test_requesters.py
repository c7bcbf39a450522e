"""What requesters see of their cases."""

from __future__ import annotations

import pytest

from tests.e2e.pages.looking import Scene, check_focus, check_page, for_desk
from tests.e2e.pages.prepared import ended, full
from tickets.models import Status

SCENES = {
    "case": Scene("/r/{token}/", prepare=full),
    "case, solved": Scene("/r/{token}/", prepare=for_desk(ended)),
    "case, closed": Scene("/r/{token}/", prepare=for_desk(lambda desk: ended(desk, Status.CLOSED))),
    "case, is it solved?": Scene("/r/{token}/solved/", prepare=full),
    "case, link over": Scene("/r/x/"),
    "own cases": Scene("/requests/", "requester", full),
    "own cases, none": Scene("/requests/", "requester", for_desk(lambda desk: desk.requester())),
    "own case": Scene("/requests/{number}/", "requester", full),
    "own case, is it solved?": Scene("/requests/{number}/solved/", "requester", full),
    "own settings": Scene("/settings/", "requester", full),
}


@pytest.mark.parametrize("name", SCENES)
def test_page(desk, mail, open_page, name):
    check_page(SCENES[name], desk, mail, open_page)


@pytest.mark.parametrize("name", ["case"])
def test_the_focus_is_seen_wherever_the_tab_key_leads(desk, mail, open_page, name):
    check_focus(SCENES[name], desk, mail, open_page)
