"""What a page that stands open asks after a live hint: what is new, and how its rows look now."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from helpdesk.lib import pagination
from tickets.models import Message, Ticket, User
from tickets.queries.queue import Filters, narrowed, order_of, with_columns

MOST_ROWS = 200
COUNTED_TO = 100


@dataclass(frozen=True)
class InSight:
    """The part of the list that a page shows: these tickets, up to the mark ``until`` where the next page begins, or
    the whole list where there is none."""

    numbers: Collection[int]
    until: str = ""


def new_since(user: User, filters: Filters, *, newest: int, at: datetime, in_sight: InSight | None = None) -> int:
    """Tickets of the list that came after ticket number ``newest``, and older ones that would stand ``in_sight`` by now
    and do not: woken, moved here, reopened, or due earlier. Counted to COUNTED_TO.

    Raises `helpdesk.lib.pagination.BadCursor`.
    """
    tickets = narrowed(Ticket.objects.worked_by(user, at), filters, user=user, at=at)
    new = tickets.filter(pk__gt=newest)[:COUNTED_TO].count()
    if in_sight is None:
        return new
    came = tickets.filter(pk__lte=newest).exclude(pk__in=in_sight.numbers)
    if in_sight.until:
        by = order_of(filters)
        came = came.filter(~pagination.behind(pagination.read(in_sight.until, by), by))
    return min(new + came[:COUNTED_TO].count(), COUNTED_TO)


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
