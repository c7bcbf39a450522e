"""Queues and the people who work them, as the pages of the desk name them. Kept for seconds: they hardly change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.core.cache import cache
from django.db.models import OuterRef
from django.db.models.functions import JSONObject

from tickets.models import Queue, Role, User
from tickets.models.grant import scopes_of
from tickets.models.queue import WorkOrder

KEPT_S = 10


@dataclass(frozen=True, slots=True)
class Colleague:
    pk: int
    name: str


@dataclass(frozen=True, slots=True)
class Desk:
    """A queue with the people of its team, in the order of their names."""

    pk: int
    name: str
    people: tuple[Colleague, ...]
    is_overloaded: bool = False
    """"Take next" goes first to what can still be kept (`Queue.work_order`)."""


def desks() -> tuple[Desk, ...]:
    """All queues in their order; one statement, kept for KEPT_S."""
    kept: tuple[Desk, ...] | None = cache.get("desks")
    if kept is None:
        kept = tuple(_desk(queue) for queue in _queues_with_people())
        cache.set("desks", kept, KEPT_S)
    return kept


def desks_of(user: User, at: datetime) -> list[Desk]:
    """The queues the person works."""
    if user.role == Role.ADMIN:
        return list(desks())
    ids = set(user.queue_ids) if user.is_support else set()
    for scope in scopes_of(user, at):
        ids |= scope.queue_ids
    return [desk for desk in desks() if desk.pk in ids]


def people_of(desks: Iterable[Desk]) -> list[Colleague]:
    """Everybody of these queues' teams, once."""
    return list(dict.fromkeys(person for desk in desks for person in desk.people))


def _queues_with_people() -> list[Any]:
    people = User.objects.filter(
        is_active=True, role__in=[Role.AGENT, Role.LEAD, Role.ADMIN], memberships__team=OuterRef("team")
    ).order_by("sort_key", "pk")
    shape = JSONObject(pk="pk", name="name", email="email")
    queues = Queue.objects.order_by("position", "pk").annotate(people=ArraySubquery(people.values(shape=shape)))
    return list(queues.only("name", "work_order"))


def _desk(queue: Any) -> Desk:
    people = tuple(Colleague(one["pk"], one["name"] or one["email"]) for one in queue.people)
    return Desk(queue.pk, queue.name, people, queue.work_order == WorkOrder.FEASIBLE)
