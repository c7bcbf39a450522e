"""Facts that upper apps compute and the kernel stores: no event, no signal, no new version."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from helpdesk.lib import array_literals, prepared_rows
from tickets.models import Grant, GrantWindow, Presence, Queue, Ticket, User

SLA_FIELDS = frozenset(
    {"due_at", "sla_state", "sla_metric", "sla_since", "sla_target_s", "sla_calendar_id", "breached_at"}
)


def store_promise(ticket_id: int, **fields: Any) -> None:
    """Store what the promise of a ticket is now. Only the columns in SLA_FIELDS may be named."""
    unknown = fields.keys() - SLA_FIELDS
    if unknown:
        raise ValueError(f"Not a fact about a promise: {', '.join(sorted(unknown))}.")
    prepared_rows.change(Ticket, ticket_id, **fields)


def store_breaches(broken: Sequence[tuple[int, datetime]]) -> None:
    """When promises of tickets were broken, by their numbers: one statement. What was broken before stays so."""
    if not broken:
        return
    with connection.cursor() as cursor:
        numbers = array_literals.numbers(number for number, _ in broken)
        cursor.execute(_BREACHES, [numbers, array_literals.moments(at for _, at in broken)])


_BREACHES = """
    update tickets_ticket t set breached_at = v.at
    from (select id, min(at) as at from unnest(%s::bigint[], %s::timestamptz[]) as u (id, at) group by id) v
    where t.id = v.id and (t.breached_at is null or t.breached_at > v.at)
"""


def store_work_order(queue_id: int, *, work_order: str, handling_s: int | None) -> None:
    """Store in which order a queue is worked, and how many seconds one of its tickets takes."""
    queue = Queue.objects.filter(pk=queue_id)
    queue.exclude(work_order=work_order, handling_s=handling_s).update(work_order=work_order, handling_s=handling_s)


@transaction.atomic
def store_grant(
    *,
    user: User,
    channels: Iterable[str],
    queues: Iterable[Queue],
    windows: Iterable[tuple[datetime, datetime]],
    mentors: Iterable[User] = (),
    cap: int = 5,
    chat_cap: int = 2,
    is_reviewed: bool = True,
) -> Grant:
    """Let ``user`` work these channels of these queues inside the windows ([start, end), aware)."""
    grant = Grant.objects.create(
        user=user, channels=list(channels), cap=cap, chat_cap=chat_cap, is_reviewed=is_reviewed
    )
    grant.queues.set(queues)
    grant.mentors.set(mentors)
    GrantWindow.objects.bulk_create(GrantWindow(grant=grant, starts_at=start, ends_at=end) for start, end in windows)
    return grant


def revoke_grant(grant: Grant, *, at: datetime) -> None:
    """End a grant at once, without grace."""
    Grant.objects.filter(pk=grant.pk, revoked_at__isnull=True).update(revoked_at=at)


@transaction.atomic
def store_presence(user: User, windows: Iterable[tuple[datetime, datetime]], *, after: datetime) -> None:
    """Replace what is known of the person's presence from ``after`` on."""
    Presence.objects.filter(user=user, ends_at__gt=after).delete()
    Presence.objects.bulk_create(Presence(user=user, starts_at=start, ends_at=end) for start, end in windows)
