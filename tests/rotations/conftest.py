from collections.abc import Iterator

import pytest
from django.core.cache import cache

from tests.factories import make_agent, make_queue, make_team
from tickets.models import Team, User


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    """Counts are kept for seconds; a test must not see another's."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def team(db: None, clock: object) -> Team:
    found = make_team("Shop team")
    make_queue(found, name="Shops")
    return found


@pytest.fixture
def agent(team: Team) -> User:
    return make_agent(team, name="Agnieszka Wrona", language="en")
