"""The queue page says that it is worked in another order, and what that costs: the tickets behind the number."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from sla.actions import looking_ahead
from tests.factories import AT, HOUR, MINUTE, make_agent, make_queue, make_team
from tests.factories import make_ticket as new_ticket
from tests.sla.test_looking_ahead import at_work
from tests.sla.views.conftest import browser_of
from tests.tickets.views.conftest import shown, statements
from tickets.actions.facts import store_promise, store_work_order
from tickets.models import DueState, Queue, Team, Ticket, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(clock: Any) -> Team:
    cache.clear()
    return make_team("Shop team")


@pytest.fixture
def queue(team: Team) -> Queue:
    found = make_queue(team)
    store_work_order(found.pk, work_order="due", handling_s=600)
    return found


@pytest.fixture
def ewa(team: Team) -> User:
    return at_work(make_agent(team, language="en"))


def due(queue: Queue, at: Any, **fields: Any) -> Ticket:
    ticket = new_ticket(queue, **fields)
    store_promise(ticket.pk, due_at=at, sla_state=DueState.RUNNING)
    return ticket


def test_the_price_stands_on_the_queue_page_and_leads_to_its_tickets(queue: Queue, ewa: User) -> None:
    hopeless = [due(queue, AT - HOUR), due(queue, AT + 5 * MINUTE)]
    due(queue, AT - HOUR, assignee=ewa)
    for number in range(8):
        due(queue, AT + HOUR + number * MINUTE)
    desk = browser_of(ewa)
    assert "overload" not in shown(desk.get("/queue/"))

    looking_ahead.look_ahead(at=AT)
    cache.clear()

    page = shown(desk.get("/queue/"))
    assert "More falls due than can be done." in page
    assert "The price: 2 tickets that are late or will be wait longer." in page
    (address,) = re.findall(r'href="(/dashboard/tickets/\?of=hopeless)"', page)
    behind = shown(desk.get(address))
    assert re.findall(r'href="/tickets/(\d+)/"', behind) == [str(each.pk) for each in hopeless]
    assert address in shown(desk.get("/dashboard/"))


def test_it_costs_one_statement_now_and_then(queue: Queue, ewa: User) -> None:
    for number in range(9):
        due(queue, AT + HOUR + number * MINUTE)
    desk = browser_of(ewa)
    desk.get("/queue/")
    with statements() as calm:
        desk.get("/queue/")
    looking_ahead.look_ahead(at=AT)
    cache.clear()
    desk.get("/queue/")

    with statements() as sent:
        page = desk.get("/queue/")

    assert "overload" in shown(page)
    assert len(sent) <= len(calm) + 1


def test_another_team_s_price_is_not_told(queue: Queue, ewa: User) -> None:
    for number in range(9):
        due(queue, AT + number * MINUTE)
    looking_ahead.look_ahead(at=AT)
    stranger: Client = browser_of(make_agent(make_queue(make_team("Others")).team, language="en"))

    assert "overload" not in shown(stranger.get("/queue/"))
    assert not re.findall(r'href="/tickets/\d', shown(stranger.get("/dashboard/tickets/?of=hopeless")))
