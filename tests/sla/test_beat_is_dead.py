"""Nobody has swept for six hours: every page that gives a verdict gives the right one, and the dashboard says so."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from sla.actions import keeping, looking_ahead, sweeping
from sla.models import Flag
from tests.factories import AT, HOUR, MINUTE, make_agent, make_lead, make_queue, make_team, make_ticket
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


def client_of(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_every_verdict_is_right_six_hours_after_the_last_sweep(clock: Any) -> None:
    keeping.make_usual_policy(at=AT)
    team = make_team()
    queue = make_queue(team)
    broken = make_ticket(queue, at=AT, subject="Po terminie")
    in_time = make_ticket(queue, at=AT + 5 * HOUR, subject="W terminie")
    make_agent(team, language="en")
    lead = make_lead(team, language="en")
    sweeping.sweep(at=AT + MINUTE)
    looking_ahead.look_ahead(at=AT + MINUTE)
    at = AT + 6 * HOUR + MINUTE
    clock.move_to(at)
    desk = client_of(lead)

    # Nothing has noticed it: what follows is read from times.
    assert not Flag.objects.exists()
    assert Ticket.objects.get(pk=broken.pk).breached_at is None

    page = desk.get(f"/tickets/{broken.pk}/").content.decode()
    assert 'data-state="breached"' in page and "2 h 01 late" in page
    page = desk.get(f"/tickets/{in_time.pk}/").content.decode()
    assert 'data-state="breached"' not in page
    assert "Broken: all of the time was used up." in desk.get(f"/tickets/{broken.pk}/promises/").content.decode()

    rows = desk.get("/queue/").content.decode()
    assert rows.count('data-state="breached"') == 1
    assert "2 h 01 late" in rows

    found = desk.get("/search/", {"q": "sla:breached"}).content.decode()
    assert "Po terminie" in found and "W terminie" not in found

    listed = desk.get("/api/tickets/", {"q": "sla:breached"}).json()["results"]
    assert [row["id"] for row in listed] == [broken.pk]

    answer = desk.post("/export/", {"listed": "q=sla:breached", "from": "/search/?q=sla:breached"})
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert [line.split(",")[0].strip('"') for line in lines[1:]] == [str(broken.pk)]

    board = desk.get("/dashboard/").content.decode()
    assert "The check for broken promises is late" in board
