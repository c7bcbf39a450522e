"""What a requester sees: own and shared requests, and in them the public words alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from tickets.models import Message, Ticket, User
from tickets.models.ticket import RemovedAs, TicketQuerySet
from tickets.queries.joined import said_on, went_into
from tickets.queries.ticket import with_files

LISTED = 30


@dataclass(frozen=True)
class Case:
    ticket: Ticket
    messages: list[Message]


def case_of(person: User, number: int, *, at: datetime) -> Case:
    """One request with its public messages, in two statements. A merged one keeps what its readers could read of it.
    Raises `Ticket.DoesNotExist`."""
    ticket = Ticket.objects.visible_to(person, at).select_related("queue", "requester", "assignee").get(pk=number)
    return Case(ticket, list(with_files(said_on(ticket))))


def leads_to(ticket: Ticket, person: User, *, at: datetime) -> int | None:
    """The number of the ticket that a merged one is part of now, for those who may see that one; else None."""
    number = went_into(ticket)
    if number is None or number == ticket.pk:
        return None
    return number if Ticket.objects.visible_to(person, at).filter(pk=number).exists() else None


def own(person: User, *, at: datetime) -> TicketQuerySet:
    """Every request of the person, unsolved or not, without spam and deleted ones, and without those merged into
    another of theirs."""
    is_elsewhere = Q(removed_as=RemovedAs.MERGED) & ~Q(merged_into__requester=person)
    return Ticket.objects.visible_to(person, at).filter(Q(removed_as="") | is_elsewhere, requester=person)


def own_cases(person: User, *, at: datetime, newest: int = LISTED) -> list[Ticket]:
    """The newest of them."""
    return list(own(person, at=at).select_related("assignee").order_by("-id")[:newest])
