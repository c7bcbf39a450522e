"""Which tickets a bulk change is of, and how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import BigIntegerField, Count, Max, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from tickets.models import BulkChange, BulkItem, Message, Status, Ticket, User
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
    same: int = 0
    """Tickets that were so before: nothing was changed on them, and nothing can be undone."""

    @property
    def can_be_undone(self) -> bool:
        return self.changed > self.same

    @property
    def changed(self) -> int:
        return self.done - self.refused


def searched(text: str, user: User, at: datetime) -> TicketQuerySet:
    """Everything the person works that the query finds. Raises `QueryError`."""
    return searching.everything(searching.read(text), user, at=at)


@dataclass(frozen=True)
class Told:
    """How many tickets of a selection a reply would reach, and why not the others. An estimate: each is asked again
    when its turn comes."""

    total: int
    closed: int
    removed: int
    without_address: int

    @property
    def told(self) -> int:
        return self.total - self.closed - self.removed - self.without_address


def told_of(tickets: TicketQuerySet) -> Told:
    """One statement; a ticket that has several reasons counts once."""
    is_removed = ~Q(removed_as="")
    is_closed = Q(removed_as="", status=Status.CLOSED)
    is_mute = Q(removed_as="", requester__email=None) & ~Q(status=Status.CLOSED)
    counts = tickets.order_by().aggregate(
        total=Count("pk"),
        removed=Count("pk", filter=is_removed),
        closed=Count("pk", filter=is_closed),
        mute=Count("pk", filter=is_mute),
    )
    return Told(counts["total"], counts["closed"], counts["removed"], counts["mute"])


def first_of(tickets: TicketQuerySet, number: int) -> list[Ticket]:
    """The first that would be answered, with everything that variables name."""
    open_ones = tickets.filter(removed_as="", requester__email__isnull=False).exclude(status=Status.CLOSED)
    return list(open_ones.select_related("requester", "queue").order_by("pk")[:number])


def newest_message() -> int:
    """The number of the newest message there is: what comes after it was not known when the words were written."""
    newest: int | None = Message.objects.aggregate(newest=Max("pk"))["newest"]
    return newest or 0


def leaves_at(change: BulkChange) -> datetime | None:
    """Until when the last of its replies is held; None when none is."""
    number = Cast(KeyTextTransform("message", "before"), BigIntegerField())
    items = BulkItem.objects.filter(change=change, before__has_key="message")
    written = items.annotate(written=number).values_list("written", flat=True)
    held = Message.objects.filter(state=Message.State.LEAVING, author=change.by_id, pk__in=written)
    last: datetime | None = held.aggregate(last=Max("leaves_at"))["last"]
    return last


def progress_of(change: BulkChange) -> Progress:
    counts = BulkItem.objects.filter(change=change, done_at__isnull=False).aggregate(
        done=Count("pk"),
        same=Count("pk", filter=Q(refused="", before={})),  # before the count that takes the field's name
        refused=Count("pk", filter=~Q(refused="")),
        left=Count("pk", filter=Q(before__has_key="left")),
    )
    same = counts["same"] if change.undoes_id is None else 0
    return Progress(change.total, counts["done"], counts["refused"], counts["left"], same)


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
