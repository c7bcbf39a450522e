"""Organisations with their people and tickets, as far as the reader sees them: leads those of their teams' queues."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, QuerySet

from helpdesk.lib.pagination import Page, keyset_page
from tickets.models import Organisation, Role, Ticket, User
from tickets.queries.people import requesters_of

PAGE_SIZE = 50
PEOPLE_SHOWN = 200
TICKETS_SHOWN = 20


@dataclass(frozen=True)
class Listed:
    organisation: Organisation
    people: int
    unsolved: int


@dataclass(frozen=True)
class Members:
    """``people`` in the order of names, ``more`` of them not shown; ``newest`` tickets, and whether there are more."""

    people: list[User]
    has_more_people: bool
    newest: list[Ticket]
    has_more_tickets: bool


def organisations(
    user: User, words: str = "", *, at: datetime, cursor: str | None = None, size: int = PAGE_SIZE
) -> tuple[list[Listed], str | None]:
    """One page in the order of names, and the mark of the next; three statements. Raises `BadCursor`."""
    found = Organisation.objects.all()
    for word in words.split()[:5]:
        found = found.filter(name__icontains=word)
    page: Page[Organisation] = keyset_page(found, by=("sort_key", "id"), size=size, cursor=cursor)
    shown = [row.pk for row in page.rows]
    people = _people(user, at=at).filter(organisation__in=shown).order_by().values_list("organisation")
    tickets = Ticket.objects.visible_to(user, at).unsolved().filter(organisation__in=shown)
    number_of = dict(people.annotate(Count("pk")))
    unsolved_of = dict(tickets.order_by().values_list("organisation").annotate(Count("pk")))
    rows = [Listed(row, number_of.get(row.pk, 0), unsolved_of.get(row.pk, 0)) for row in page.rows]
    return rows, page.next_cursor


def organisation(number: int) -> Organisation:
    """Raises `Organisation.DoesNotExist`."""
    return Organisation.objects.get(pk=number)


def like(other: Organisation, words: str) -> list[Organisation]:
    """Those it may be a double of, by words of the name; without words by its own first word."""
    found = Organisation.objects.exclude(pk=other.pk)
    for word in words.split()[:5] or other.name.split()[:1]:
        found = found.filter(name__icontains=word)
    return list(found.order_by("sort_key", "id")[:TICKETS_SHOWN])


def members(of: Organisation, user: User, *, at: datetime) -> Members:
    """Two statements."""
    people = list(_people(user, at=at).filter(organisation=of).order_by("sort_key", "id")[: PEOPLE_SHOWN + 1])
    tickets = Ticket.objects.visible_to(user, at).filter(organisation=of).select_related("requester", "queue")
    newest = list(tickets.order_by("-id")[: TICKETS_SHOWN + 1])
    return Members(
        people[:PEOPLE_SHOWN], len(people) > PEOPLE_SHOWN, newest[:TICKETS_SHOWN], len(newest) > TICKETS_SHOWN
    )


def _people(user: User, *, at: datetime) -> QuerySet[User]:
    found = User.objects.filter(merged_into__isnull=True)
    return found if user.role == Role.ADMIN else found.filter(requesters_of(user, at=at))
