"""Where signing in leads after a form was sent too late."""

import pytest
from django.test import Client

from tests.factories import make_agent, make_queue, make_ticket

SITE = "http://testserver"


def _asked_to_sign_in(path: str, referer: str) -> str:
    return Client().post(path, {"text": "x"}, HTTP_REFERER=referer)["Location"]


def test_back_to_the_page_with_the_form(db):
    number = make_ticket(make_queue()).pk

    way = _asked_to_sign_in(f"/tickets/{number}/reply/", f"{SITE}/tickets/{number}/?from=list")

    assert way == f"/accounts/login/?next=%2Ftickets%2F{number}%2F%3Ffrom%3Dlist"


@pytest.mark.parametrize(
    "referer", ["", "https://elsewhere.example/tickets/1/", "//elsewhere.example/", "javascript:1"]
)
def test_never_to_a_stranger(db, referer):
    assert _asked_to_sign_in("/tickets/1/reply/", referer) == "/accounts/login/"


def test_signing_out_leads_nowhere_back(db):
    browser = Client()
    browser.force_login(make_agent())

    assert browser.post("/accounts/logout/", HTTP_REFERER=f"{SITE}/queue/")["Location"] == "/accounts/login/"


def test_a_page_that_was_asked_for_is_the_way_itself(db):
    assert Client().get("/tickets/1/")["Location"] == "/accounts/login/?next=/tickets/1/"
