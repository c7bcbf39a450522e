"""A small desk to call the API on: two teams with a queue each, and people of every role."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tickets.actions import noting, opening
from tickets.models import Channel, Grant, GrantWindow, Membership, Organisation, Queue, Role, Team, Ticket, User


@dataclass
class Desk:
    at: datetime
    billing: Queue = field(init=False)
    shops: Queue = field(init=False)
    agent: User = field(init=False)
    lead: User = field(init=False)
    admin: User = field(init=False)
    stranger: User = field(init=False)
    """An agent of the other team."""
    colleague: User = field(init=False)
    requester: User = field(init=False)

    def __post_init__(self) -> None:
        billing, shops = Team.objects.create(name="Billing team"), Team.objects.create(name="Shop team")
        self.billing = Queue.objects.create(name="Billing", slug="billing", team=billing, position=1)
        self.shops = Queue.objects.create(name="Shops", slug="shops", team=shops, position=2)
        self.agent = self.person("agata", Role.AGENT, billing)
        self.lead = self.person("lena", Role.LEAD, billing)
        self.admin = self.person("adam", Role.ADMIN)
        self.stranger = self.person("stefan", Role.AGENT, shops)
        self.colleague = self.person("celina", Role.COLLEAGUE)
        self.requester = self.person(
            "roza", phone="+48 601 234 567", organisation=Organisation.objects.create(name="Łubin sp. z o.o.")
        )

    def person(self, name: str, role: Role = Role.REQUESTER, team: Team | None = None, **fields: Any) -> User:
        person = User.objects.create_user(
            f"{name}@bursztyn.example", name=name.title(), role=role, language="en", **fields
        )
        if team:
            Membership.objects.create(team=team, user=person)
        return person

    def ticket(self, subject: str = "Invoice twice", *, queue: Queue | None = None, **fields: Any) -> Ticket:
        values: dict[str, Any] = {"requester": self.requester, "channel": Channel.EMAIL, "text": "Why?", "by": None}
        return opening.open_ticket(
            **{**values, "subject": subject, "queue": queue or self.billing, "at": self.at, **fields}
        )

    def note(self, ticket: Ticket, text: str = "She is right.") -> None:
        noting.note(ticket=ticket, by=self.admin, text=text, at=self.at)

    def duty(self, person: User, *channels: str, queue: Queue | None = None, **fields: Any) -> Grant:
        """A grant whose window began an hour ago and ends in one."""
        grant = Grant.objects.create(user=person, channels=list(channels) or [Channel.EMAIL], **fields)
        grant.queues.add(queue or self.billing)
        hour = timedelta(hours=1)
        GrantWindow.objects.create(grant=grant, starts_at=self.at - hour, ends_at=self.at + hour)
        return grant


class Caller:
    """Calls the API as one person, as JSON. ``statements`` is how many the last call ran, without the session's."""

    def __init__(self, person: User | None = None) -> None:
        self.client = Client()
        if person is not None:
            self.client.force_login(person)
        self.statements = 0

    def get(self, path: str, **query: Any) -> Any:
        with CaptureQueriesContext(connection) as captured:
            response = self.client.get(f"/api/{path}", query)
        self.statements = len(captured)
        return response

    def post(self, path: str, **body: Any) -> Any:
        return self.client.post(f"/api/{path}", json.dumps(body), content_type="application/json")


@pytest.fixture
def desk(db: None, clock: Any) -> Desk:
    return Desk(clock.now)


@pytest.fixture
def as_() -> Callable[[User | None], Caller]:
    return Caller
