"""When X happened, do Y: the only list of side effects. All run inside the action's transaction or on its commit."""

from typing import Any

from django.db import transaction
from django.dispatch import receiver

from tickets import tasks
from tickets.actions import notifying
from tickets.events import ticket_event
from tickets.models import Event, Kind, Notification
from tickets.models.grant import mentors_of

MAILING = {Kind.OPENED, Kind.REPLIED}
AUTHOR_HEARS: dict[str, str] = {
    Kind.REPLIED: Notification.Kind.REPLY_APPROVED,
    Kind.REPLY_RETURNED: Notification.Kind.REPLY_RETURNED,
}
"""What becomes of a reply that waited for a mentor; only then does the event name an author besides its actor."""


@receiver(ticket_event)
def tell_people(sender: object, event: Event, **kwargs: Any) -> None:
    """The new assignee of a given ticket, the assignee when the requester writes, mentors when a reply waits for them,
    and its author when they have decided."""
    if event.data.get("imported"):
        return  # it happened long ago
    ticket = event.ticket
    people: set[int] = set()
    kind = ""
    if event.kind == Kind.ASSIGNED and ticket.assignee_id:
        people, kind = {ticket.assignee_id}, Notification.Kind.ASSIGNED
    elif event.kind == Kind.REQUESTER_WROTE and ticket.assignee_id:
        people, kind = {ticket.assignee_id}, Notification.Kind.REQUESTER_WROTE
    elif event.kind == Kind.REPLY_SUBMITTED and event.actor_id:
        people, kind = set(mentors_of(event.actor_id, event.at)), Notification.Kind.REVIEW_ASKED
    elif event.kind in AUTHOR_HEARS and event.data.get("author"):
        people, kind = {event.data["author"]}, AUTHOR_HEARS[event.kind]
    elif event.kind in (Kind.DELIVERY_FAILED, Kind.BOUNCED) and ticket.assignee_id:
        people, kind = {ticket.assignee_id}, Notification.Kind.DELIVERY_FAILED
    if people:
        notifying.notify(people=people, kind=kind, event=event)


@receiver(ticket_event)
def send_mail_soon(sender: object, event: Event, **kwargs: Any) -> None:
    """Only a nudge: the outbox row is committed with the change, and beat drains it even if this is lost."""
    if event.kind in MAILING and not event.data.get("imported"):
        transaction.on_commit(tasks.nudge_outbox, robust=True)
