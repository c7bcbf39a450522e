"""What holds for every endpoint of promises: who is let in, methods, CSRF, bodies nobody can read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from sla.api.urls import urlpatterns
from sla.models import Policy

GET = {"calendars", "calendar", "policies", "policy", "edits", "edit"}
NAMES = sorted(str(pattern.name) for pattern in urlpatterns)
WRITING = [name for name in NAMES if name not in GET or name in ("calendars", "policies")]
ALONE = {"calendars", "policies", "order_policies", "edits"}

BY_NAME = pytest.mark.parametrize("name", NAMES)
BY_WRITING = pytest.mark.parametrize("name", WRITING)


def address(name: str) -> str:
    return reverse(f"sla_api:{name}", args=[] if name in ALONE else [1])


def call(client: Client, name: str) -> Any:
    if name in GET:
        return client.get(address(name))
    return client.post(address(name), "{}", content_type="application/json")


@BY_NAME
def test_nobody_comes_in_without_signing_in(desk: Any, as_: Any, name: str) -> None:
    answer = call(as_(None).client, name)

    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")


@BY_NAME
def test_for_agents_colleagues_and_requesters_there_is_nothing(desk: Any, as_: Any, name: str) -> None:
    for person in (desk.agent, desk.colleague, desk.requester):
        answer = call(as_(person).client, name)
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


@BY_WRITING
def test_leads_change_nothing(desk: Any, as_: Any, vip: Policy, name: str) -> None:
    answer = as_(desk.lead).client.post(address(name), "{}", content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


@BY_NAME
def test_other_methods_are_refused(desk: Any, as_: Any, name: str) -> None:
    for method in ("put", "patch", "delete"):
        assert getattr(as_(desk.admin).client, method)(address(name)).status_code == 405


@BY_WRITING
@pytest.mark.parametrize("body", ["[]", "{", "1", "null", '{"name": "\\u0000", "seen": "\\ud800"}'])
def test_bodies_nobody_can_read_are_refused(desk: Any, as_: Any, default: Policy, name: str, body: str) -> None:
    answer = as_(desk.admin).client.post(address(name), body, content_type="application/json")

    assert answer.status_code in (400, 404, 409), answer.content
    assert answer["Content-Type"] == "application/problem+json"


@BY_WRITING
def test_a_page_of_somebody_else_cannot_write(desk: Any, name: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(desk.admin)

    answer = client.post(address(name), json.dumps({}), content_type="application/json")

    assert answer.status_code == 403
