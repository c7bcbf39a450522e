"""A small desk and people signed in at Monday, 8:00."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tests.factories import make_agent, make_queue, make_team
from tickets.accounts import sessions  # noqa: F401  hears of a sign-in, before the first page is asked for too
from tickets.models import User

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture(autouse=True)
def _monday(db: Any, clock: Any) -> None:
    """Every page of these tests is asked for at Monday, 8:00."""


@pytest.fixture
def team():
    return make_team("Shop team")


@pytest.fixture
def queue(team):
    return make_queue(team, name="Shops", address="shops@bursztyn.example")


@pytest.fixture
def agent(team, queue):
    return make_agent(team, name="Agnieszka Wrona", email="agnieszka@bursztyn.example", language="en")


@pytest.fixture
def stranger():
    """An agent of another team."""
    other = make_team("Others")
    make_queue(other, name="Elsewhere")
    return make_agent(other, language="en")


@pytest.fixture
def sign_in() -> Callable[[User], Client]:
    def client_of(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return client_of


@pytest.fixture
def desk(sign_in, agent) -> Client:
    """The agent's browser."""
    return sign_in(agent)


@contextmanager
def statements() -> Iterator[list[str]]:
    """The SQL sent inside the block."""
    sent: list[str] = []

    def listen(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        sent.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        yield sent


def shown(response: Any) -> str:
    return response.content.decode()
