"""How the desk is set up: queues, teams and who is in them. For leads, who look, and administrators, who change it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count, Prefetch, Q, QuerySet

from helpdesk.lib.time_limit import TooSlow, time_limit
from tickets.models import CustomField, Queue, Role, Team, Ticket, User
from tickets.models.ticket import TicketQuerySet, has_field

COUNTED = 10_000
"""Tickets are counted so far; more are called more."""
COUNT_MS = 1500
"""So long a count may take; then the page says "many"."""


def queues() -> QuerySet[Queue]:
    """All queues in their order with their teams and addresses; two statements."""
    return Queue.objects.select_related("team").prefetch_related("addresses").order_by("position", "id")


def teams() -> QuerySet[Team]:
    """All teams with ``people``: their active members, in the order of names; two statements."""
    people = User.objects.filter(is_active=True).order_by("sort_key", "id")
    return Team.objects.order_by("name", "id").prefetch_related(Prefetch("members", people, to_attr="people"))


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


def _counted(tickets: TicketQuerySet) -> int | None:
    try:
        with time_limit(COUNT_MS):
            return tickets.order_by()[:COUNTED].count()
    except TooSlow:
        return None
