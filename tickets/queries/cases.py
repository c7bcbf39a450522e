"""What a requester sees: own and shared requests, and in them the public words alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from tickets.models import Message, Ticket, User
from tickets.models.ticket import UNSOLVED, RemovedAs, TicketQuerySet
from tickets.queries.joined import said_on, went_into
from tickets.queries.ticket import with_files

LISTED = 30

STATES = {"": Q(), "open": Q(status__in=UNSOLVED), "solved": ~Q(status__in=UNSOLVED)}
"""What of one's own requests is shown, by the word in the address."""


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


def own_page(
    person: User, *, at: datetime, state: str = "", before: int | None = None, size: int = LISTED
) -> tuple[list[Ticket], int | None]:
    """One page of them, the newest first, older than the number ``before``; and what the next page begins before.
    ``state`` is one of STATES."""
    tickets = own(person, at=at).filter(STATES[state], **({"pk__lt": before} if before else {}))
    found = list(tickets.select_related("assignee").order_by("-id")[: size + 1])
    page = found[:size]
    return page, page[-1].pk if len(found) > size else None
