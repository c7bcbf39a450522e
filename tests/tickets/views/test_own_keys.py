"""A person's own keys: stored on the person, named when they are in each other's way, and off for who wants none."""

import re

import pytest

from tests.factories import fresh, make_ticket
from tests.tickets.views.conftest import shown
from tickets import keys

PAGE = "/settings/keys/"


def chosen(**changes):
    """The whole form, as the page sends it."""
    return keys.by_action({}) | {"uses_keys": "on"} | changes


def test_a_key_of_ones_own_works_on_every_page_and_for_nobody_else(desk, agent, queue, stranger, sign_in):
    ticket = make_ticket(queue)

    response = desk.post(PAGE, chosen(reply="ł", go_queue="g  x", note=""))

    assert response.status_code == 302
    assert fresh(agent).own_keys == {"reply": "Ł", "go_queue": "G X", "note": ""}
    page = shown(desk.get(ticket.get_absolute_url()))
    assert re.search(r'data-act="reply" data-key="Ł"', page)
    assert re.search(r'data-act="go_queue" data-key="G X"', page)
    assert re.search(r'data-act="note" data-key-label="[^"]+"(?! title)', page)
    assert 'data-act="next" data-key="J"' in page
    assert 'data-key="G Q"' in shown(sign_in(stranger).get("/queue/"))


def test_two_in_each_others_way_are_both_named_and_nothing_is_stored(desk, agent):
    response = desk.post(PAGE, chosen(note="R"))

    page = shown(response)
    assert response.status_code == 400
    assert "In the way of: Internal note." in page
    assert "In the way of: Reply." in page
    assert fresh(agent).own_keys == {}


def test_a_key_that_begins_another_is_in_its_way(desk, agent):
    response = desk.post(PAGE, chosen(reply="G"))

    assert "In the way of: Go to the queue, " in shown(response)
    assert fresh(agent).own_keys == {}


@pytest.mark.parametrize("typed", ["Ctrl K", "Enter", "gq", "shift"])
def test_what_is_no_key_is_refused_beside_its_field(desk, agent, typed):
    response = desk.post(PAGE, chosen(reply=typed))

    assert response.status_code == 400
    assert "This is no key." in shown(response)
    assert fresh(agent).own_keys == {}


def test_switched_off_no_page_has_a_single_key(desk, agent, queue):
    ticket = make_ticket(queue)
    assert 'data-act="reply" data-key=' in shown(desk.get(ticket.get_absolute_url()))

    desk.post(PAGE, {name: key for name, key in chosen().items() if name != "uses_keys"})

    for page in ("/queue/", ticket.get_absolute_url()):
        text = shown(desk.get(page))
        assert set(re.findall(r'data-key="([^"]*)"', text)) <= {"Escape"}
        assert 'aria-keyshortcuts="R"' not in text
    assert 'data-act="reply"' in text


def test_back_to_the_keys_that_actions_have_by_themselves(desk, agent):
    desk.post(PAGE, chosen(reply="Q"))
    assert fresh(agent).own_keys

    desk.post(f"{PAGE}reset/")

    assert fresh(agent).own_keys == {}
    assert desk.get(f"{PAGE}reset/").status_code == 405


def test_a_key_given_to_something_else_is_no_views_key_any_more(desk, agent):
    desk.post(PAGE, chosen(reply="1"))

    assert fresh(agent).own_keys == {"reply": "1"}


def test_requesters_have_no_keys_to_choose(sign_in, queue):
    requester = make_ticket(queue).requester

    assert sign_in(requester).get(PAGE).status_code == 404
