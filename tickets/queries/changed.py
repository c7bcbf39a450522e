"""What a page that stands open asks after a live hint: what is new, and how its rows look now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tickets.models import Message, Ticket, User
from tickets.queries.queue import Filters, narrowed, with_columns

MOST_ROWS = 200
COUNTED_TO = 100


def new_since(user: User, filters: Filters, *, newest: int, at: datetime) -> int:
    """Tickets of the list that came after ticket number ``newest``, counted to COUNTED_TO."""
    tickets = narrowed(Ticket.objects.worked_by(user, at), filters, user=user, at=at)
    return tickets.filter(pk__gt=newest)[:COUNTED_TO].count()


@dataclass(frozen=True)
class Changed:
    ticket: Ticket
    is_in_list: bool


def rows_now(user: User, filters: Filters, *, numbers: Iterable[int], at: datetime) -> list[Changed]:
    """The tickets with these numbers that the person still works, and whether they still belong to the list."""
    asked = sorted(set(numbers))[:MOST_ROWS]
    worked = Ticket.objects.worked_by(user, at).filter(pk__in=asked)
    listed = set(narrowed(worked, filters, user=user, at=at).values_list("pk", flat=True))
    return [Changed(ticket, ticket.pk in listed) for ticket in with_columns(worked).order_by("pk")]


def messages_since(ticket: Ticket, user: User, *, newest: int, at: datetime) -> int:
    """Messages that came after message ``newest`` and that somebody else wrote. The person works the ticket."""
    messages = Message.objects.visible_to(user, at).filter(ticket=ticket, pk__gt=newest)
    return messages.exclude(author=user)[:COUNTED_TO].count()
