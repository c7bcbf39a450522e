"""What stands beside every page: the lists and their counts, unread notifications, who is on duty."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db import models
from django.db.models import Count, Q

from helpdesk.lib import prepared
from tickets.models import Presence, Role, Status, Ticket, User, View
from tickets.models.grant import consulted_on, mentees_of, numbered, rights_key, scopes_of, shared_rights_key
from tickets.models.ticket import AT_RISK, AWAKE, DueState, TicketQuerySet

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
    questions: int = 0
    """How many wait for the person's answer."""
    on_duty_until: datetime | None = None
    newest: int = 0
    views: list[View] = field(default_factory=list)
    """Saved ones, in the person's order: number, name and search alone are filled in."""
    by_queue: Counter[int] = field(default_factory=Counter)
    by_channel: Counter[str] = field(default_factory=Counter)


# On every page: by hand, since building it through the ORM takes longer than running it.
_BESIDE = """
    select (select count(*) from ({mine}) mine),
           (select count(*) from tickets_notification where person_id = %(person)s and read_at is null),
           (select count(*) from tickets_consulted asked join tickets_consultation question
                   on question.id = asked.consultation_id
             where asked.person_id = %(person)s and question.closed_at is null and question.answered_at is null
               and not question.is_mention),
           (select max(ends_at) from tickets_presence
             where user_id = %(person)s and starts_at <= %(at)s and ends_at > %(at)s),
           (select coalesce(max(id), 0) from tickets_ticket),
           (select json_agg(view) from ({views}) view),
           (select json_agg(scope) from ({scope}) scope)
"""


def counts(user: User, at: datetime) -> Counts:
    """One statement. Those of the scope are counted in it by one scan of the partial index, and kept for KEPT_S."""

    def in_hand(person: int) -> models.QuerySet[Any]:
        me = numbered(user, person)
        tickets = Ticket.objects.worked_by(me, at).unsolved().awake().filter(assignee=me)
        return tickets.order_by().values("pk")

    def beside(person: int) -> models.QuerySet[Any]:
        me = numbered(user, person)
        listed = View.objects.listed_for(me).in_order_of(me)
        return listed.values("id", "name", "query")[:VIEWS_BESIDE]

    def by_queue_and_channel(at_risk_from: datetime) -> models.QuerySet[Any]:
        return _by_queue_and_channel(Ticket.objects.worked_by(user, at), at_risk_from)

    key = f"counts:{scope_key(user, at)}"
    kept = cache.get(key)
    is_kept = kept is not None and abs((at - kept[0]).total_seconds()) < KEPT_S
    shared = shared_rights_key(user, at)
    values: dict[str, prepared.Value] = {"person": user.pk, "at": at}
    mine = prepared.statement(shared, in_hand, person=user.pk)
    views = prepared.statement((user.role, user.is_active), beside, person=user.pk)
    scope = None
    if not is_kept:
        values["at_risk_from"] = at
        scope = prepared.statement(rights_key(user, at), by_queue_and_channel, at_risk_from=at)
    result = Counts()
    row = prepared.written(_BESIDE, values, mine=mine, views=views, scope=scope)[0]
    result.mine, result.unread, result.questions, result.on_duty_until, result.newest, listed, counted = row
    result.views = [View(**row) for row in listed or []]
    if is_kept:
        counted = kept[1]
    else:
        cache.set(key, (at, counted), KEPT_S)
    for row in counted or []:
        result.all += row["total"]
        result.nobody += row["nobody"]
        result.at_risk += row["at_risk"]
        result.overdue += row["overdue"]
        result.waiting += row["waiting"]
        result.snoozed += row["snoozed"]
        result.by_queue[row["queue_id"]] += row["total"]
        result.by_channel[row["channel"]] += row["total"]
    return result


def _by_queue_and_channel(tickets: TicketQuerySet, at: datetime) -> models.QuerySet[Any]:
    running = Q(sla_state=DueState.RUNNING)
    # Not of "pk", which is not in the index: each row would be looked up for it.
    return (
        tickets.unsolved()
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


def scope_key(user: User, at: datetime) -> str:
    """Equal for people who see the same tickets. Mentors, people on a grant and people asked for advice
    see their own set."""
    if user.role == Role.ADMIN:
        return "everything"
    if not user.is_support or scopes_of(user, at) or mentees_of(user, at) or consulted_on(user, at):
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
