"""Which tickets a bulk change is of, and how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from tickets.models import BulkChange, BulkItem, Ticket, User
from tickets.models.ticket import TicketQuerySet
from tickets.queries import searching

SHOWN = 200


@dataclass(frozen=True)
class Progress:
    total: int
    done: int
    refused: int
    left_alone: int
    """Of an undo: tickets on which something was changed since, and kept."""

    @property
    def changed(self) -> int:
        return self.done - self.refused


def searched(text: str, user: User, at: datetime) -> TicketQuerySet:
    """Everything the person works that the query finds. Raises `QueryError`."""
    return searching.everything(searching.read(text), user, at=at)


def progress_of(change: BulkChange) -> Progress:
    counts = BulkItem.objects.filter(change=change, done_at__isnull=False).aggregate(
        done=Count("pk"),
        refused=Count("pk", filter=~Q(refused="")),
        left=Count("pk", filter=Q(before__has_key="left")),
    )
    return Progress(change.total, counts["done"], counts["refused"], counts["left"])


def notable_items(change: BulkChange, user: User, at: datetime) -> list[BulkItem]:
    """Tickets that were refused or only undone in part, the first SHOWN; the ticket only where it is in sight."""
    items = change.items.filter(~Q(refused="") | Q(before__has_key="left")).order_by("id")[:SHOWN]
    return _with_tickets(list(items), user, at)


def items_after(change: BulkChange, user: User, at: datetime, after: int) -> list[BulkItem]:
    """Every item behind the one with this id, SHOWN at a time."""
    return _with_tickets(list(change.items.filter(pk__gt=after).order_by("id")[:SHOWN]), user, at)


def own(user: User) -> QuerySet[BulkChange]:
    return BulkChange.objects.visible_to(user).select_related("undoes", "undone_by").order_by("-id")


def _with_tickets(items: list[BulkItem], user: User, at: datetime) -> list[BulkItem]:
    seen = Ticket.objects.visible_to(user, at).in_bulk([item.ticket_id for item in items])
    for item in items:
        item.seen = seen.get(item.ticket_id)
    return items
