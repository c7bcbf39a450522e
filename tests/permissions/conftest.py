from collections.abc import Iterator

import pytest

from helpdesk.lib import clock as product_clock
from tests import databases
from tests.factories import AT
from tests.permissions.world import World


@pytest.fixture(scope="module")
def committed_world(django_db_setup, django_db_blocker) -> Iterator[World]:
    """Made once for all rows of a module: it is large, and every row takes back what it did."""
    with django_db_blocker.unblock(), product_clock.moved_to(AT):
        world = World()
        world.sign_everybody_in()
    yield world
    with django_db_blocker.unblock():
        databases.empty_tables()


@pytest.fixture
def world(committed_world: World, db: None, clock: object) -> World:
    return committed_world
