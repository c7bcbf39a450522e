"""Who works here is read from an index of its own, however many people have ever written to the desk."""

from __future__ import annotations

import pytest
from django.db import connection

from tests.factories import make_admin, make_agent, make_colleague
from tickets.models import Role, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def many_requesters() -> None:
    people = [
        User(email=f"person-{number}@klient.example", name=f"Osoba {number}", sort_key=f"osoba {number:05}")
        for number in range(3000)
    ]
    User.objects.bulk_create(people)
    for make in (make_admin, make_agent, make_colleague):
        make()
    with connection.cursor() as cursor:
        cursor.execute("analyze tickets_user")


@pytest.mark.parametrize(
    "found",
    [
        lambda: User.objects.exclude(role=Role.REQUESTER).filter(is_active=True),
        lambda: User.objects.filter(role=Role.COLLEAGUE, is_active=True),
        lambda: User.objects.filter(is_active=True, role__in=(Role.AGENT, Role.LEAD, Role.ADMIN)),
    ],
    ids=["everybody", "colleagues", "support"],
)
def test_lists_of_staff_are_read_from_their_index(many_requesters, found) -> None:
    plan = found().order_by("sort_key", "id").explain()
    assert "staff_by_name" in plan and "Seq Scan on tickets_user" not in plan
