"""The page that lets somebody go, and what the person then gets."""

import re

import pytest

from tests.factories import AT, fresh, make_colleague, make_ticket
from tests.tickets.views.conftest import shown
from tickets.actions import asking

pytestmark = pytest.mark.django_db


def test_the_rail_names_who_looks_in_and_lets_them_go(desk, sign_in, queue, agent):
    ticket, person = make_ticket(queue), make_colleague(name="Kacper Lis", language="en")
    asking.ask(ticket=ticket, by=fresh(agent), text="Wiesz coś?", to=person, at=AT)
    browser = sign_in(person)
    assert browser.get(f"/tickets/{ticket.pk}/").status_code == 200
    assert "Let Kacper Lis go" in shown(desk.get(f"/tickets/{ticket.pk}/"))

    answer = desk.post(f"/tickets/{ticket.pk}/people/{person.pk}/let-go/", follow=True)

    page = shown(answer)
    assert "Kacper Lis does not see" in page
    assert re.search("let (<b>)?Kacper Lis(</b>)? go", page)
    assert f"/tickets/{ticket.pk}/people/{person.pk}/let-back/" in page
    assert "Looks in too" not in page
    assert browser.get(f"/tickets/{ticket.pk}/").status_code == 404
    assert browser.get(f"/api/tickets/{ticket.pk}/").status_code == 404

    desk.post(f"/tickets/{ticket.pk}/people/{person.pk}/let-back/")
    assert browser.get(f"/tickets/{ticket.pk}/").status_code == 200


def test_a_get_changes_nothing(desk, queue, agent):
    ticket = make_ticket(queue)

    assert desk.get(f"/tickets/{ticket.pk}/people/{agent.pk}/let-go/").status_code == 405
    assert desk.post(f"/tickets/{ticket.pk}/people/999999/let-go/").status_code == 404
