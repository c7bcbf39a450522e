"""What a requester sees: own and shared requests, and in them the public words alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tickets.models import Message, Ticket, User
from tickets.queries.ticket import with_files

LISTED = 30


@dataclass(frozen=True)
class Case:
    ticket: Ticket
    messages: list[Message]


def case_of(person: User, number: int, *, at: datetime) -> Case:
    """One request with its public messages, in two statements. Raises `Ticket.DoesNotExist`."""
    ticket = Ticket.objects.visible_to(person, at).select_related("queue", "requester", "assignee").get(pk=number)
    messages = with_files(Message.objects.visible_to(person, at).public().filter(ticket=ticket))
    return Case(ticket, list(messages))


def own_cases(person: User, *, at: datetime, newest: int = LISTED) -> list[Ticket]:
    """The newest requests of the person, unsolved or not, without spam and deleted ones."""
    own = Ticket.objects.visible_to(person, at).present().filter(requester=person)
    return list(own.select_related("assignee").order_by("-id")[:newest])
