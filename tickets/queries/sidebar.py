"""What stands beside every page: the lists and their counts, unread notifications, who is on duty."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models import Count, Q

from tickets.models import Presence, Role, Status, Ticket, User, View
from tickets.models.grant import mentees_of, scopes_of
from tickets.models.ticket import AT_RISK, AWAKE, DueState

KEPT_S = 5
"""Counts may be this old, in seconds: a scope is counted once, not once per person or event."""

VIEWS_BESIDE = 12
"""So many saved views stand beside every page; all of them on the page of views."""


@dataclass
class Counts:
    """Unsolved tickets the person works, by scope; ``mine``, ``unread`` and ``on_duty_until`` are their own.

    Snoozed tickets count in ``snoozed``, ``at_risk`` and ``overdue`` alone.

    ``newest`` is the highest ticket number there is: an open page calls higher ones new.
    """

    all: int = 0
    nobody: int = 0
    at_risk: int = 0
    overdue: int = 0
    waiting: int = 0
    snoozed: int = 0
    mine: int = 0
    unread: int = 0
    on_duty_until: datetime | None = None
    newest: int = 0
    views: list[View] = field(default_factory=list)
    """Saved ones, in the person's order: number, name and search alone are filled in."""
    by_queue: Counter[int] = field(default_factory=Counter)
    by_channel: Counter[str] = field(default_factory=Counter)


# Of the person alone, on every page: by hand, since building it through the ORM takes longer than running it.
_OWN = """
    select (select count(*) from ({mine}) mine),
           (select count(*) from tickets_notification where person_id = %s and read_at is null),
           (select max(ends_at) from tickets_presence where user_id = %s and starts_at <= %s and ends_at > %s),
           (select coalesce(max(id), 0) from tickets_ticket),
           (select json_agg(view) from ({views}) view)
"""


def _statement(rows: models.QuerySet[Any]) -> tuple[str, tuple[Any, ...]]:
    """Its SQL and parameters, to stand inside another statement."""
    try:
        return rows.query.sql_with_params()
    except EmptyResultSet:  # the ORM knows that nothing can be found
        return "select where false", ()


def counts(user: User, at: datetime) -> Counts:
    """One grouped statement over the partial index for the scope (kept for KEPT_S), one small one for the person."""
    result = Counts()
    for row in _scope_rows(user, at):
        result.all += row["total"]
        result.nobody += row["nobody"]
        result.at_risk += row["at_risk"]
        result.overdue += row["overdue"]
        result.waiting += row["waiting"]
        result.snoozed += row["snoozed"]
        result.by_queue[row["queue_id"]] += row["total"]
        result.by_channel[row["channel"]] += row["total"]
    tickets = Ticket.objects.worked_by(user, at).unsolved().awake().filter(assignee=user)
    mine, of_mine = _statement(tickets.order_by().values("pk"))
    views, of_views = _statement(_views_beside(user))
    with connection.cursor() as cursor:
        cursor.execute(_OWN.format(mine=mine, views=views), [*of_mine, user.pk, user.pk, at, at, *of_views])
        result.mine, result.unread, result.on_duty_until, result.newest, rows = cursor.fetchone()
    result.views = [View(**row) for row in rows or []]
    return result


def _views_beside(user: User) -> models.QuerySet[Any]:
    return View.objects.listed_for(user).in_order_of(user).values("id", "name", "query")[:VIEWS_BESIDE]


def _scope_rows(user: User, at: datetime) -> list[dict[str, Any]]:
    key = f"counts:{scope_key(user, at)}"
    kept = cache.get(key)
    if kept is not None and abs((at - kept[0]).total_seconds()) < KEPT_S:
        rows: list[dict[str, Any]] = kept[1]
        return rows
    running = Q(sla_state=DueState.RUNNING)
    # Not of "pk", which is not in the index: each row would be looked up for it.
    grouped = (
        Ticket.objects.worked_by(user, at)
        .unsolved()
        .order_by()
        .values("queue_id", "channel")
        .annotate(
            total=Count("queue_id", filter=AWAKE),
            snoozed=Count("queue_id", filter=~AWAKE),
            nobody=Count("queue_id", filter=AWAKE & Q(assignee__isnull=True)),
            at_risk=Count("queue_id", filter=running & Q(due_at__gte=at, due_at__lt=at + AT_RISK)),
            overdue=Count("queue_id", filter=running & Q(due_at__lt=at)),
            waiting=Count("queue_id", filter=AWAKE & Q(status=Status.WAITING)),
        )
    )
    rows = [dict(row) for row in grouped]
    cache.set(key, (at, rows), KEPT_S)
    return rows


def scope_key(user: User, at: datetime) -> str:
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
