"""How the desk is set up: queues, teams and who is in them. For leads, who look, and administrators, who change it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count, Prefetch, Q, QuerySet

from helpdesk.lib.pagination import Page, keyset_page
from helpdesk.lib.time_limit import TooSlow, time_limit
from tickets.models import CustomField, Queue, Role, Team, Ticket, User
from tickets.models.ticket import TicketQuerySet, has_field

PAGE_SIZE = 50
COUNTED = 10_000
"""Tickets are counted so far; more are called more."""
COUNT_MS = 1500
"""So long a count may take; then the page says "many"."""


def queues() -> QuerySet[Queue]:
    """All queues in their order with their teams and addresses; two statements."""
    return Queue.objects.select_related("team").prefetch_related("addresses").order_by("position", "id")


def teams() -> QuerySet[Team]:
    """All teams with their queues and ``people``, their active members in the order of names; three statements."""
    people = User.objects.filter(is_active=True).order_by("sort_key", "id")
    return Team.objects.order_by("name", "id").prefetch_related("queues", Prefetch("members", people, to_attr="people"))


def lost_with_team(queue: Queue, team: Team) -> dict[User, int]:
    """Whose unsolved tickets of the queue go back to it when ``team`` takes over, and how many each has. People on a
    duty keep theirs: their right hangs on the queue, not on its team."""
    held = Ticket.objects.unsolved().filter(queue=queue, assignee__isnull=False).order_by().values_list("assignee")
    counts = dict(held.annotate(Count("pk")))
    leaving = User.objects.filter(pk__in=counts, role__in=(Role.AGENT, Role.LEAD)).exclude(memberships__team=team)
    return {person: counts[person.pk] for person in leaving.order_by("sort_key", "id")}


def fields() -> QuerySet[CustomField]:
    """All of the desk's own fields in their order, with their queues; two statements."""
    return CustomField.objects.prefetch_related("queues").order_by("position", "id")


def with_value(field: CustomField, *, outside: Iterable[Queue] = ()) -> int | None:
    """How many tickets have a value of the field, removed ones included; ``outside``: those of no queue of these.
    Counted to COUNTED; None where counting takes too long."""
    tickets = Ticket.objects.filter(~Q(fields={}), fields__has_key=field.key)
    queues = list(outside)
    return _counted(tickets.exclude(queue__in=queues) if queues else tickets)


def with_choice(field: CustomField, choice: str) -> int | None:
    return _counted(Ticket.objects.filter(has_field(field.key, choice)))


def unsolved_without(field: CustomField, queues: Iterable[Queue]) -> int | None:
    """Unsolved tickets of these queues, or of all, in which the field is empty."""
    tickets = Ticket.objects.unsolved().exclude(fields__has_key=field.key)
    chosen = list(queues)
    return _counted(tickets.filter(queue__in=chosen) if chosen else tickets)


def people(shown: str, words: str = "", *, cursor: str | None = None, size: int = PAGE_SIZE) -> Page[User]:
    """One page of accounts in the order of names, with their teams: those who work here ("staff"), those who do not any
    more ("inactive"), or requesters. Whoever became part of another person is nobody. Raises `BadCursor`."""
    found = User.objects.filter(merged_into__isnull=True).select_related("organisation")
    if shown == "requesters":
        found = found.filter(role=Role.REQUESTER)
    else:
        found = found.exclude(role=Role.REQUESTER).filter(is_active=shown != "inactive")
    for word in words.split()[:5]:
        found = found.filter(Q(name__icontains=word) | Q(email__icontains=word))
    return keyset_page(found.prefetch_related("teams"), by=("sort_key", "id"), size=size, cursor=cursor)


def person(number: int) -> User:
    """Raises `User.DoesNotExist`."""
    return User.objects.select_related("organisation", "merged_into").prefetch_related("teams").get(pk=number)


def staff() -> list[User]:
    """Whoever can be in a team."""
    found = User.objects.filter(is_active=True, role__in=(Role.AGENT, Role.LEAD, Role.ADMIN))
    return list(found.order_by("sort_key", "id"))


def in_hand(person: User) -> int:
    return Ticket.objects.unsolved().filter(assignee=person).count()


def lost_with(person: User, *, role: str, teams: Iterable[Team]) -> int:
    """How many tickets in the hands of somebody of the desk they could not open with this role in these teams."""
    if person.role not in (Role.AGENT, Role.LEAD, Role.ADMIN) or role == Role.ADMIN:
        return 0
    held = Ticket.objects.unsolved().filter(assignee=person)
    return held.exclude(queue__team__in=list(teams)).count() if role in (Role.AGENT, Role.LEAD) else held.count()


def lost_with_members(team: Team, members: Iterable[User]) -> dict[User, int]:
    """Who would leave the team, and how many unsolved tickets of its queues each has."""
    staying = [each.pk for each in members]
    held = Ticket.objects.unsolved().filter(queue__team=team, assignee__memberships__team=team)
    held = held.exclude(assignee__in=staying).exclude(assignee__role=Role.ADMIN).order_by()
    counts = dict(held.values_list("assignee").annotate(Count("pk")))
    return {person: counts[person.pk] for person in User.objects.filter(pk__in=counts).order_by("sort_key", "id")}


def _counted(tickets: TicketQuerySet) -> int | None:
    try:
        with time_limit(COUNT_MS):
            return tickets.order_by()[:COUNTED].count()
    except TooSlow:
        return None
