from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client

from sla.actions import keeping
from sla.models import Calendar, Policy
from tests.factories import AT, make_admin, make_agent, make_lead, make_team
from tickets.models import User

OFFICE = {day: [("08:00", "16:00")] for day in range(5)}


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def admin(db: None, clock: object) -> User:
    return make_admin(language="en")


@pytest.fixture
def desk(admin: User) -> Client:
    return browser_of(admin)


@pytest.fixture
def lead(db: None, clock: object) -> Client:
    return browser_of(make_lead(make_team(), language="en"))


@pytest.fixture
def calendar(db: None) -> Calendar:
    return keeping.make_calendar(name="Biuro", zone="Europe/Warsaw", weekly=OFFICE, at=AT)


@pytest.fixture
def policy(calendar: Calendar) -> Policy:
    targets = {2: {"first_response": 4 * 3600, "resolution": 24 * 3600}}
    return keeping.make_policy(name="Reszta", calendar=calendar, targets=targets, is_default=True, at=AT)


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def agent_browser(db: None, clock: object) -> Client:
    return browser_of(make_agent(make_team(), language="en"))
