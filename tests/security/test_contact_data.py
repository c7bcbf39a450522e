"""A volunteer may help a requester without ever learning the address, on whatever page it could stand."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.factories import (
    AT,
    fresh,
    make_agent,
    make_colleague,
    make_grant,
    make_queue,
    make_reply,
    make_requester,
    make_requester_message,
    make_team,
    make_ticket,
)
from tickets.actions import assigning, outgoing
from tickets.models import Outbox, Ticket, User

ADDRESS = "jadwiga.zielinska@klient.example"


@pytest.fixture
def ticket(db: Any, clock: Any) -> Ticket:
    """Of somebody who told us no name, with a reply that could not be delivered."""
    team = make_team()
    queue = make_queue(team, address="shops@bursztyn.example")
    ticket = make_ticket(queue, requester=make_requester(name=ADDRESS, email=ADDRESS))
    make_reply(ticket, make_agent(team))
    outgoing.give_up(mail=Outbox.objects.get(), reason="550 no such user", at=AT)
    return Ticket.objects.get(pk=ticket.pk)


@pytest.fixture
def volunteer(ticket: Ticket) -> User:
    person = make_colleague(language="en")
    make_grant(person, ticket.queue)
    Ticket.objects.filter(pk=ticket.pk).update(assignee=None)
    assigning.assign_me(ticket=ticket, by=fresh(person), at=AT)
    make_requester_message(ticket)
    return fresh(person)


def browser(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def pages(client: Client, ticket: Ticket) -> dict[str, str]:
    paths = ("/queue/", f"/tickets/{ticket.pk}/", f"/tickets/{ticket.pk}/preview/", "/notifications/")
    found = {path: client.get(path) for path in paths}
    found["reply"] = client.post(f"/tickets/{ticket.pk}/reply/", {"text": "Try again"}, follow=True)
    assert {response.status_code for response in found.values()} == {200}
    return {path: response.content.decode() for path, response in found.items()}


def test_no_page_tells_a_volunteer_the_address(ticket, volunteer):
    for path, page in pages(browser(volunteer), ticket).items():
        assert ADDRESS not in page, path
        assert "j…@k…" in page, path


def test_the_team_sees_it(ticket, volunteer):
    agent = make_agent(ticket.queue.team, language="en")

    page = browser(agent).get(f"/tickets/{ticket.pk}/").content.decode()

    assert f"It could not be delivered to {ADDRESS}." in page
