"""Telling people what happened to tickets that concern them, and marking it read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from tickets.models import Event, Notification, User


def notify(*, people: Iterable[int], kind: str, event: Event) -> None:
    """One notification per person and event. Whoever did it is not told of it."""
    recipients = set(people) - {event.actor_id}
    Notification.objects.bulk_create(
        (
            Notification(person_id=person, kind=kind, ticket_id=event.ticket_id, event=event, created_at=event.at)
            for person in sorted(recipients)
        ),
        ignore_conflicts=True,
    )


def mark_read(*, by: User, at: datetime, notification_id: int | None = None, ticket_id: int | None = None) -> int:
    """Mark one notification, those of one ticket, or all of the person's as read. Returns how many changed."""
    mine = Notification.objects.unread().filter(person=by)
    if notification_id is not None:
        mine = mine.filter(pk=notification_id)
    if ticket_id is not None:
        mine = mine.filter(ticket=ticket_id)
    return mine.update(read_at=at)
