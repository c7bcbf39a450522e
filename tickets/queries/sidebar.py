"""What stands beside every page: counts of views, queues and channels, unread notifications, who is on duty."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Q, Subquery
from django.db.models.functions import Coalesce

from tickets.models import Notification, Presence, Role, Status, Ticket, User
from tickets.models.grant import mentees_of, scopes_of
from tickets.models.ticket import AT_RISK, DueState

KEPT_S = 5
"""Counts may be this old, in seconds: a scope is counted once, not once per person or event."""


@dataclass
class Counts:
    """Unsolved tickets the person works, by scope; ``mine``, ``unread`` and ``on_duty_until`` are their own.

    ``newest`` is the highest ticket number there is: an open page calls higher ones new.
    """

    all: int = 0
    nobody: int = 0
    at_risk: int = 0
    overdue: int = 0
    waiting: int = 0
    mine: int = 0
    unread: int = 0
    on_duty_until: datetime | None = None
    newest: int = 0
    by_queue: Counter[int] = field(default_factory=Counter)
    by_channel: Counter[str] = field(default_factory=Counter)


def counts(user: User, at: datetime) -> Counts:
    """One grouped statement over the partial index for the scope (kept for KEPT_S), one small one for the person."""
    result = Counts()
    for row in _scope_rows(user, at):
        result.all += row["total"]
        result.nobody += row["nobody"]
        result.at_risk += row["at_risk"]
        result.overdue += row["overdue"]
        result.waiting += row["waiting"]
        result.by_queue[row["queue_id"]] += row["total"]
        result.by_channel[row["channel"]] += row["total"]
    mine = Ticket.objects.worked_by(user, at).unsolved().filter(assignee=user).order_by()
    unread = Notification.objects.unread().filter(person=user).order_by()
    present = Presence.objects.filter(user=user, starts_at__lte=at, ends_at__gt=at).order_by("-ends_at")
    own = User.objects.filter(pk=user.pk).annotate(
        mine=Coalesce(Subquery(mine.values("assignee").annotate(total=Count("pk")).values("total")), 0),
        unread=Coalesce(Subquery(unread.values("person").annotate(total=Count("pk")).values("total")), 0),
        on_duty_until=Subquery(present.values("ends_at")[:1]),
        newest=Coalesce(Subquery(Ticket.objects.order_by("-pk").values("pk")[:1]), 0),
    )
    columns = ("mine", "unread", "on_duty_until", "newest")
    result.mine, result.unread, result.on_duty_until, result.newest = own.values_list(*columns).get()
    return result


def _scope_rows(user: User, at: datetime) -> list[dict[str, Any]]:
    key = f"counts:{_scope_key(user, at)}"
    kept = cache.get(key)
    if kept is not None and abs((at - kept[0]).total_seconds()) < KEPT_S:
        rows: list[dict[str, Any]] = kept[1]
        return rows
    running = Q(sla_state=DueState.RUNNING)
    grouped = (
        Ticket.objects.worked_by(user, at)
        .unsolved()
        .order_by()
        .values("queue_id", "channel")
        .annotate(
            total=Count("pk"),
            nobody=Count("pk", filter=Q(assignee__isnull=True)),
            at_risk=Count("pk", filter=running & Q(due_at__gte=at, due_at__lt=at + AT_RISK)),
            overdue=Count("pk", filter=running & Q(due_at__lt=at)),
            waiting=Count("pk", filter=Q(status=Status.WAITING)),
        )
    )
    rows = [dict(row) for row in grouped]
    cache.set(key, (at, rows), KEPT_S)
    return rows


def _scope_key(user: User, at: datetime) -> str:
    """Equal for people who see the same tickets. Mentors and people on a grant see their own set."""
    if user.role == Role.ADMIN:
        return "everything"
    if not user.is_support or scopes_of(user, at) or mentees_of(user, at):
        return f"person-{user.pk}"
    return "queues-" + "-".join(str(queue) for queue in sorted(user.queue_ids))


def on_duty(at: datetime) -> dict[int, datetime]:
    """Who is at work at ``at``, and until when (aware). Kept for KEPT_S; at most a few hundred people."""
    kept = cache.get("on_duty")
    if kept is not None and abs((at - kept[0]).total_seconds()) < KEPT_S:
        people: dict[int, datetime] = kept[1]
        return people
    spans = Presence.objects.filter(starts_at__lte=at, ends_at__gt=at).order_by("ends_at")
    people = dict(spans.values_list("user_id", "ends_at"))
    cache.set("on_duty", (at, people), KEPT_S)
    return people
