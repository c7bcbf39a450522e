"""The list of tickets: views, filters, order, pages."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from helpdesk.lib import pagination, prepared
from helpdesk.lib.pagination import Page
from tickets.models import ListOrder, Queue, Role, Status, Ticket, User
from tickets.models.grant import rights_key, scopes_of
from tickets.models.ticket import AT_RISK, AWAKE, TicketQuerySet, due_between

PAGE_SIZE = 50

VIEWS = ("all", "mine", "nobody", "at_risk", "overdue", "waiting", "snoozed", "solved")
NOT_ONLY_AWAKE = ("at_risk", "overdue", "snoozed", "solved")
"""Views that hold snoozed tickets too: a promise is not put off with its ticket."""

ORDERS = {"snoozed": ("snoozed_until", "id")}


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to; None or empty means any. ``assignee`` is "me", "nobody" or a person's id."""

    view: str = "all"
    queue: int | None = None
    status: str = ""
    channel: str = ""
    priority: int | None = None
    assignee: str = ""
    order: str = ListOrder.DUE
    """Of unsolved ones."""

    @property
    def is_narrowed(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self) if field.name not in ("view", "order"))


def queue_page(
    user: User, filters: Filters, *, at: datetime, cursor: str | None = None, size: int = PAGE_SIZE
) -> Page[Ticket]:
    """One page of what the person works, one statement. Unsolved by due time; solved ones latest first.

    Raises `helpdesk.lib.pagination.BadCursor`.
    """
    by = order_of(filters)
    values: dict[str, Any] = dict(zip(("first", "second"), pagination.read(cursor, by), strict=True)) if cursor else {}
    if filters.view in ("at_risk", "overdue") and not _is_solved(filters):
        values["moment"] = at

    def page(first: Any = None, second: Any = None, moment: datetime = at) -> TicketQuerySet:
        tickets = narrowed(Ticket.objects.worked_by(user, at), filters, user=user, at=moment)
        if cursor:
            tickets = tickets.filter(pagination.behind((first, second), by))
        return in_order(with_columns(tickets), by)[: size + 1]

    key = rights_key(user, at), filters, size, bool(cursor)
    return pagination.cut(prepared.rows(key, page, **values), by=by, size=size)


def order_of(filters: Filters) -> tuple[str, str]:
    """The columns by which the list goes."""
    if _is_solved(filters):
        return "-solved_at", "-id"
    by_number = {ListOrder.NEWEST: ("-id", "-id"), ListOrder.OLDEST: ("id", "id")}
    return ORDERS.get(filters.view) or by_number.get(ListOrder(filters.order), ("work_at", "id"))


def in_order(tickets: TicketQuerySet, by: tuple[str, str]) -> TicketQuerySet:
    """The order of `order_of`, with what the index by number asks for."""
    is_by_number = by[0] in ("id", "-id")
    return (tickets.filter(pk__gt=0) if is_by_number else tickets).order_by(*by)


def narrowed(tickets: TicketQuerySet, filters: Filters, *, user: User, at: datetime) -> TicketQuerySet:
    """``tickets`` inside the view and filters. No condition stands twice: PostgreSQL would expect fewer rows."""
    is_solved = _is_solved(filters)
    tickets = tickets.present().filter(solved_at__isnull=False) if is_solved else tickets.unsolved()
    if filters.view not in NOT_ONLY_AWAKE and not is_solved:
        tickets = tickets.awake()
    if filters.view == "mine":
        tickets = tickets.filter(assignee=user)
    elif filters.view == "nobody":
        tickets = tickets.unassigned()
    elif filters.view == "at_risk":
        tickets = tickets.filter(due_between(at, at + AT_RISK))
    elif filters.view == "overdue":
        tickets = tickets.filter(due_between(None, at))
    elif filters.view == "snoozed":
        tickets = tickets.exclude(AWAKE)
    elif filters.view == "waiting":
        tickets = tickets.filter(status=Status.WAITING)
    if filters.queue:
        tickets = tickets.filter(queue=filters.queue)
    if filters.status:
        tickets = tickets.filter(status=filters.status)
    if filters.channel:
        tickets = tickets.filter(channel=filters.channel)
    if filters.priority:
        tickets = tickets.filter(priority=filters.priority)
    if filters.assignee == "nobody":
        tickets = tickets.unassigned()
    elif filters.assignee:
        tickets = tickets.filter(assignee=user.pk if filters.assignee == "me" else int(filters.assignee))
    return tickets


def _is_solved(filters: Filters) -> bool:
    return filters.view == "solved" or filters.status in (Status.SOLVED, Status.CLOSED)


def with_columns(tickets: TicketQuerySet) -> TicketQuerySet:
    """Every column a row shows, in one statement, and none of the others."""
    return tickets.select_related("requester", "organisation", "assignee").only(
        "subject", "queue_id", "channel", "status", "priority", "opened_at", "updated_at", "solved_at", "due_at",
        "tags", "fields", "snoozed_until",
        "work_at", "sla_state", "sla_metric", "sla_since", "sla_target_s", "sla_calendar_id",
        "first_reply_at",
        "requester__name", "requester__email", "requester__phone", "organisation__name",
        "assignee__name", "assignee__email",
    )  # fmt: skip


def queues_of(user: User, at: datetime) -> QuerySet[Queue]:
    """The queues the person works, in their order, with addresses."""
    queues = Queue.objects.select_related("team").order_by("position", "id")
    if user.role == Role.ADMIN:
        return queues
    ids = set(user.queue_ids) if user.is_support else set()
    for scope in scopes_of(user, at):
        ids |= scope.queue_ids
    return queues.filter(pk__in=ids)
