"""The event feed as sockets read it: which tickets changed, and which groups may know."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from tickets.models import Event, Membership, Role, Ticket, User
from tickets.models.event import SETTLED_BEFORE
from tickets.models.grant import consulted_on, mentees_of, scopes_of

Cursor = tuple[int, int]

BATCH = 500


def newest_cursor() -> Cursor:
    """Where a new reader begins: the newest settled event, so that an open transaction's are still ahead of it."""
    settled = Event.objects.filter(xid__lt=SETTLED_BEFORE).order_by("-xid", "-id")
    return settled.values_list("xid", "id").first() or (0, 0)


def changes_after(cursor: Cursor) -> tuple[Cursor, list[tuple[int, frozenset[str]]]]:
    """The next settled events: (new cursor, [(ticket id, groups that may hear of it)])."""
    rows = list(Event.objects.settled_after(*cursor).values_list(*_TOLD_OF)[:BATCH])
    return (rows[-1][:2] if rows else cursor), [_change(*row) for row in rows]


def changes_before(cursor: Cursor, since: datetime, until: datetime) -> list[tuple[datetime, int, frozenset[str]]]:
    """Of the newest events up to the cursor those that happened between the two times, oldest first: (when, ticket id,
    groups that may hear of it)."""
    xid, event_id = cursor
    newest = Event.objects.filter(Q(xid__lt=xid) | Q(xid=xid, id__lte=event_id)).order_by("-xid", "-id")
    rows = list(newest.values_list("at", *_TOLD_OF)[:BATCH])
    return sorted(((at, *_change(*row)) for at, *row in rows if since <= at <= until), key=lambda change: change[0])


_TOLD_OF = ("xid", "id", "ticket_id", "ticket__queue_id", "ticket__channel", "ticket__assignee_id", "data")


def _change(
    _xid: int, _id: int, ticket_id: int, queue_id: int, channel: str, assignee_id: int | None, data: dict[str, Any]
) -> tuple[int, frozenset[str]]:
    groups = _groups_for(ticket_id, queue_id, channel, assignee_id)
    if moved_from := _before(data, "queue"):
        groups |= {f"queue-{moved_from}", f"scope-{moved_from}-{channel}"}
    if taken_from := _before(data, "assignee"):
        groups.add(f"assignee-{taken_from}")
    return ticket_id, frozenset(groups)


def groups_for(ticket_ids: Iterable[int]) -> dict[int, frozenset[str]]:
    """The groups that may know of each of these tickets as it is now; those that do not exist are missing."""
    rows = Ticket.objects.filter(pk__in=ticket_ids).values_list("pk", "queue_id", "channel", "assignee_id")
    return {pk: frozenset(_groups_for(pk, queue, channel, assignee)) for pk, queue, channel, assignee in rows}


def _groups_for(ticket_id: int, queue_id: int, channel: str, assignee_id: int | None) -> set[str]:
    scope = f"scope-{queue_id}-{channel}"
    return {"all", f"queue-{queue_id}", scope, f"assignee-{assignee_id}", f"ticket-{ticket_id}"}


def _before(data: dict[str, Any], field: str) -> int | None:
    """The old value where the event changed this field: those who saw the ticket until now hear that it has gone."""
    change = data.get(field)
    return change[0] if isinstance(change, list) else None


def with_queue_ids(people: QuerySet[User]) -> list[User]:
    """These people, the queues of their teams read for all of them together."""
    found = list(people)
    queues: dict[int, set[int]] = {person.pk: set() for person in found}
    owned = Membership.objects.filter(user__in=queues, team__queues__isnull=False)
    for person_id, queue_id in owned.values_list("user_id", "team__queues"):
        queues[person_id].add(queue_id)
    for person in found:
        person.__dict__["queue_ids"] = frozenset(queues[person.pk])
    return found


def groups_of(user: User, at: datetime) -> frozenset[str]:
    """Groups by what the person works at ``at``. Named here and never by the page."""
    if user.role == Role.ADMIN:
        return frozenset({"all"})
    groups = {f"queue-{queue_id}" for queue_id in user.queue_ids} if user.is_support else set()
    for scope in scopes_of(user, at):
        groups |= {f"scope-{queue_id}-{channel}" for queue_id in scope.queue_ids for channel in scope.channels}
    groups |= {f"ticket-{ticket_id}" for ticket_id in consulted_on(user, at)}
    if user.is_support:
        groups |= {f"assignee-{mentee}" for mentee in mentees_of(user, at)}
    return frozenset(groups)
