"""The promises and tickets that a number of the dashboard is made of: those and no others."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import (
    Count,
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce

from sla.figures import outlook, tallies
from sla.figures.handling import USUAL_S
from sla.figures.reading import Scope
from sla.models import Clock
from tickets.models import Message, Status, Ticket, User
from tickets.models.queue import WorkOrder
from tickets.models.ticket import Metric, RemovedAs

PAGE_SIZE = 100

BY = ("kept", "queue", "policy", "channel", "priority", "metric", "hour")
COLUMNS = {
    "queue": "ticket__queue", "policy": "policy_version__policy", "channel": "ticket__channel",
    "priority": "ticket__priority", "metric": "metric",
}  # fmt: skip


def promises(
    user: User, scope: Scope, *, by: str, key: str, which: str, weeks: list[date], at: datetime
) -> QuerySet[Clock]:
    """What fell due in the weeks, the latest first. ``judged_at``: when it was due, or broke if it is paused since.

    ``which``: broken, kept or all.
    """
    begin, end = tallies.span(weeks[0])[0], min(tallies.span(weeks[-1])[1], at)
    due = Q(due_at__gte=begin, due_at__lt=end, state__in=["met", "missed", "running"])
    idle = Q(due_at__isnull=True, breached_at__gte=begin, breached_at__lt=end, state="paused")
    rows = _of(user, scope, at).filter(due | idle)
    rows = rows.exclude(ticket__removed_as__in=[RemovedAs.SPAM, RemovedAs.DELETED])
    if which != "all":
        rows = rows.filter(state="met") if which == "kept" else rows.exclude(state="met")
    if by in COLUMNS:
        rows = rows.filter(**{COLUMNS[by]: key})
    elif by == "hour":
        day, _dash, hour = key.partition("-")
        # PostgreSQL reads the clock on the wall; ISO days begin with Monday as 1.
        rows = rows.extra(
            where=["to_char(coalesce(sla_clock.due_at, sla_clock.breached_at) at time zone %s, 'ID-HH24') = %s"],
            params=[str(tallies.zone()), f"{day}-{hour}"],
        )
    return _told(rows)


def broken_today(user: User, scope: Scope, *, at: datetime) -> QuerySet[Clock]:
    """What broke since midnight by the desk's clock, noticed or not."""
    midnight = at.astimezone(tallies.zone()).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
    noticed = Q(breached_at__gte=midnight, breached_at__lte=at) & ~Q(state="cancelled")
    unnoticed = Q(breached_at__isnull=True, state="running", due_at__gte=midnight, due_at__lt=at)
    return _told(_of(user, scope, at).filter(noticed | unnoticed, ticket__removed_as=""))


def _of(user: User, scope: Scope, at: datetime) -> QuerySet[Clock]:
    return Clock.objects.filter(
        target_s__isnull=False,
        ticket__queue__in=[pk for pk, _name in scope.queues],
        ticket__in=Ticket.objects.worked_by(user, at).values("pk"),
    )


def _told(rows: QuerySet[Clock]) -> QuerySet[Clock]:
    rows = rows.annotate(judged_at=Coalesce("due_at", "breached_at"))
    return rows.select_related("ticket", "ticket__queue", "ticket__assignee").order_by("-judged_at", "-pk")


NOW = ("open", "age", "status", "reason", "other_reasons", "hopeless", "cause")
"""Figures of what is unsolved; ``key`` says which age, status, reason of a hold or cause."""
FLOW = ("came", "solved", "stayed", "first_contact", "reply", "solve")
"""Figures of weeks. ``stayed`` and ``first_contact`` are what counts as good there."""

AGES = {"1": (None, 1), "3": (1, 3), "7": (3, 7), "28": (7, 28), "more": (28, None)}
"""From how many days to how many a ticket of this age is old."""


def tickets(
    user: User,
    scope: Scope,
    *,
    of: str,
    key: str = "",
    named: Collection[str] = (),
    weeks: list[date] | None = None,
    at: datetime,
) -> QuerySet[Ticket]:
    """With ``wall`` and ``work_s`` where times are counted, the longest first; else the newest first. ``named`` are the
    reasons of holds or the causes that are not among the others."""
    rows = Ticket.objects.worked_by(user, at).filter(queue__in=[pk for pk, _name in scope.queues], removed_as="")
    found = _now(rows, scope, of, key, named, at) if weeks is None else _in_weeks(rows, of, weeks, at)
    told: QuerySet[Ticket] = found.select_related("queue", "requester")
    return told


def _now(rows: Any, scope: Scope, of: str, key: str, named: Collection[str], at: datetime) -> Any:
    rows = rows.unsolved()
    if of == "age":
        youngest, oldest = AGES[key]
        if youngest is not None:
            rows = rows.filter(opened_at__lte=at - timedelta(days=youngest))
        if oldest is not None:
            rows = rows.filter(opened_at__gt=at - timedelta(days=oldest))
    elif of == "status":
        rows = rows.filter(status=key)
    elif of == "reason":
        rows = rows.filter(status=Status.ON_HOLD, hold_reason=key)
    elif of == "other_reasons":
        rows = rows.filter(status=Status.ON_HOLD).exclude(hold_reason__in=named)
    elif of == "cause":
        causes = outlook.causes([pk for pk, _name in scope.teams], at)
        if key == outlook.OTHERS:
            wanted = [pk for pk, cause in causes.items() if cause not in {*named, outlook.FREE, outlook.REST}]
        else:
            wanted = [pk for pk, cause in causes.items() if cause == key]
        return rows.filter(pk__in=wanted).order_by("work_at", "pk")
    elif of == "hopeless":
        # As `sla.figures.outlook` counts them, of the queues that are worked by what can still be kept.
        length = Coalesce("queue__handling_s", USUAL_S) * Value(timedelta(seconds=1))
        until = Value(at) + ExpressionWrapper(length, output_field=DurationField())
        rows = rows.filter(
            status__in=[Status.NEW, Status.OPEN],
            assignee=None,
            snoozed_until=None,
            queue__work_order=WorkOrder.FEASIBLE,
            work_at__lt=ExpressionWrapper(until, output_field=DateTimeField()),
        )
        return rows.order_by("work_at", "pk")
    return rows.order_by("-pk")


def _in_weeks(rows: Any, of: str, weeks: list[date], at: datetime) -> Any:
    begin, end = tallies.span(weeks[0])[0], min(tallies.span(weeks[-1])[1], at)
    if of == "came":
        return rows.filter(opened_at__gte=begin, opened_at__lt=end).order_by("-opened_at", "-pk")
    if of == "reply":
        first = Clock.objects.filter(metric=Metric.FIRST_RESPONSE, state__in=["met", "missed"], stopped_at__lte=at)
        rows = rows.filter(opened_at__gte=begin, opened_at__lt=end)
        return _timed(rows, first.filter(ticket=OuterRef("pk"))).filter(until=F("first_reply_at"))
    rows = rows.filter(solved_at__gte=begin, solved_at__lt=end)
    if of == "solve":
        last = Clock.objects.filter(ticket=OuterRef("pk"), metric=Metric.RESOLUTION).order_by("-cycle")
        return _timed(rows, last).filter(state__in=["met", "missed"])
    if of in ("stayed", "first_contact"):
        rows = rows.filter(reopened_at__isnull=True)
    if of == "first_contact":
        theirs = Message.objects.filter(
            ticket=OuterRef("pk"), kind="public", state="sent", is_from_requester=False, automatic=""
        )
        number = theirs.order_by().values("ticket").annotate(number=Count("pk")).values("number")
        rows = rows.alias(replies=Subquery(number)).filter(replies=1)
    return rows.order_by("-solved_at", "-pk")


def _timed(rows: Any, clock: QuerySet[Clock]) -> Any:
    wall = ExpressionWrapper(F("until") - F("since"), output_field=DurationField())
    rows = rows.annotate(
        since=Subquery(clock.values("started_at")[:1], output_field=DateTimeField()),
        until=Subquery(clock.values("stopped_at")[:1], output_field=DateTimeField()),
        work_s=Subquery(clock.values("used_s")[:1]),
        state=Subquery(clock.values("state")[:1]),
    )
    return rows.annotate(wall=wall).filter(since__isnull=False).order_by("-wall", "-pk")
