"""The small desk of the API's tests, with a calendar and two policies."""

from __future__ import annotations

from typing import Any

import pytest

from sla.actions import keeping
from sla.models import Calendar, Policy
from tests.factories import AT, HOUR
from tests.tickets.api.conftest import Caller, as_, desk  # noqa: F401  fixtures

OFFICE = {day: [("08:00", "16:00")] for day in range(5)}
TARGETS = {2: {"first_response": 4 * 3600, "resolution": 24 * 3600}}


@pytest.fixture
def calendar(db: None) -> Calendar:
    return keeping.make_calendar(name="Biuro", zone="Europe/Warsaw", weekly=OFFICE, at=AT - 30 * HOUR)


@pytest.fixture
def default(calendar: Calendar) -> Policy:
    return keeping.make_policy(name="Reszta", calendar=calendar, targets=TARGETS, is_default=True, at=AT - 30 * HOUR)


@pytest.fixture
def vip(calendar: Calendar, default: Policy) -> Policy:
    fast = {2: {"first_response": 3600}}
    return keeping.make_policy(
        name="VIP", calendar=calendar, targets=fast, conditions="tag:vip", position=1, at=AT - 30 * HOUR
    )


@pytest.fixture
def admin(desk: Any, as_: Any) -> Caller:  # noqa: F811
    caller: Caller = as_(desk.admin)
    return caller
