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

from tests import factories
from tickets.models import Channel, Grant, Queue, Role, Team, Ticket, User


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
        billing, shops = factories.make_team("Billing team"), factories.make_team("Shop team")
        self.billing = factories.make_queue(billing, name="Billing", position=1)
        self.shops = factories.make_queue(shops, name="Shops", position=2)
        self.agent = self.person("agata", Role.AGENT, billing)
        self.lead = self.person("lena", Role.LEAD, billing)
        self.admin = self.person("adam", Role.ADMIN)
        self.stranger = self.person("stefan", Role.AGENT, shops)
        self.colleague = self.person("celina", Role.COLLEAGUE)
        organisation = factories.make_organisation("Łubin sp. z o.o.")
        self.requester = self.person("roza", phone="+48 601 234 567", organisation=organisation)

    def person(self, name: str, role: Role = Role.REQUESTER, team: Team | None = None, **fields: Any) -> User:
        return factories.make_user(
            email=f"{name}@bursztyn.example",
            name=name.title(),
            role=role,
            teams=[team] if team else [],
            language="en",
            **fields,
        )

    def ticket(self, subject: str = "Invoice twice", *, queue: Queue | None = None, **fields: Any) -> Ticket:
        given = {"requester": self.requester, "text": "Why?", "subject": subject, **fields}
        return factories.make_ticket(queue or self.billing, at=self.at, **given)

    def note(self, ticket: Ticket, text: str = "She is right.") -> None:
        factories.make_note(ticket, self.admin, at=self.at, text=text)

    def duty(self, person: User, *channels: str, queue: Queue | None = None, **fields: Any) -> Grant:
        """A reviewed grant whose window began an hour ago and ends in one."""
        end = self.at + timedelta(hours=1)
        given = {"channels": channels or [Channel.EMAIL], "is_reviewed": True, **fields}
        return factories.make_grant(person, queue or self.billing, end=end, **given)


class Caller:
    """Calls the API as one person, as JSON. ``statements`` is how many the last GET ran."""

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
