"""Favours for the pages: a person's own day, and one favour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Sum
from django.db.models.functions import Coalesce

from tickets.models import User, WalkUp


@dataclass(frozen=True)
class Today:
    count: int
    minutes: int


def today(user: User, *, since: datetime) -> Today:
    """What the person helped with since their midnight."""
    own = WalkUp.objects.counted().filter(agent=user, at__gte=since)
    return Today(**own.aggregate(count=Count("pk"), minutes=Coalesce(Sum("minutes"), 0)))


def usual_queue(user: User) -> int | None:
    """Where the person logged the last favour."""
    return WalkUp.objects.filter(agent=user).order_by("-logged_at", "-pk").values_list("queue", flat=True).first()


def walk_up(user: User, number: int, *, at: datetime) -> WalkUp:
    """A favour in sight. Raises `WalkUp.DoesNotExist`."""
    rows = WalkUp.objects.visible_to(user, at).counted()
    return rows.select_related("requester", "agent", "organisation", "queue", "ticket").get(pk=number)
