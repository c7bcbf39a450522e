"""When X happened, do Y: the only list of side effects. All run inside the action's transaction or on its commit.

The tasks are loaded where something happens: a process that changes nothing, as live, has no need of Celery and of all
that reads mail, which would be a fifth of its memory.
"""

from typing import Any

from django.db import transaction
from django.dispatch import receiver

from tickets.actions import asking, notifying
from tickets.actions.ruling import TRIGGERS
from tickets.events import ticket_event
from tickets.models import Assignment, Event, Kind, Notification, Status
from tickets.models.grant import mentors_of
from tickets.queries.rules import awaited_triggers

MAILING = {Kind.OPENED, Kind.REPLIED, Kind.APPOINTED, Kind.APPOINTMENT_MOVED, Kind.APPOINTMENT_CANCELLED}
MAKING_ROOM = {
    Kind.OPENED,
    Kind.REQUESTER_WROTE,
    Kind.REPLIED,
    Kind.ASSIGNED,
    Kind.STATUS_CHANGED,
    Kind.QUEUE_CHANGED,
    Kind.SNOOZED,
    Kind.WOKEN,
    Kind.REMOVED,
    Kind.RESTORED,
    Kind.UNDONE,
}
"""After these a ticket may wait for somebody, or somebody may be free for the next."""
AUTHOR_HEARS: dict[str, str] = {
    Kind.REPLIED: Notification.Kind.REPLY_APPROVED,
    Kind.REPLY_RETURNED: Notification.Kind.REPLY_RETURNED,
}
"""What becomes of a reply that waited for a mentor; only then does the event name an author besides its actor."""


@receiver(ticket_event)
def tell_people(sender: object, event: Event, **kwargs: Any) -> None:
    """The new assignee of a given ticket, the assignee when the requester writes or a snooze ends, mentors when a reply
    waits for them, its author when they have decided, and whoever is named with an @."""
    if event.data.get("imported"):
        return  # it happened long ago
    ticket = event.ticket
    people: set[int] = set()
    kind = ""
    if event.kind == Kind.ASSIGNED and ticket.assignee_id:
        people, kind = {ticket.assignee_id}, Notification.Kind.ASSIGNED
    elif event.kind == Kind.REQUESTER_WROTE and ticket.assignee_id and not ticket.removed_as:
        people, kind = {ticket.assignee_id}, Notification.Kind.REQUESTER_WROTE
    elif event.kind == Kind.WOKEN and (agreed_by := event.data.get("agreed_by")):
        people, kind = {ticket.assignee_id or agreed_by}, Notification.Kind.APPOINTMENT_DUE
    elif event.kind == Kind.WOKEN and ticket.assignee_id:
        people, kind = {ticket.assignee_id}, Notification.Kind.WOKEN
    elif event.kind == Kind.REPLY_SUBMITTED and event.actor_id:
        people, kind = set(mentors_of(event.actor_id, event.at)), Notification.Kind.REVIEW_ASKED
    elif event.kind == Kind.ASKED:
        people, kind = set(event.data["to"]), Notification.Kind.QUESTION
    elif event.kind == Kind.ANSWERED and event.data.get("asked_by"):
        people, kind = {event.data["asked_by"]}, Notification.Kind.ANSWER
    elif event.kind in AUTHOR_HEARS and event.data.get("author"):
        people, kind = {event.data["author"]}, AUTHOR_HEARS[event.kind]
    elif event.kind in (Kind.DELIVERY_FAILED, Kind.BOUNCED) and ticket.assignee_id:
        people, kind = {ticket.assignee_id}, Notification.Kind.DELIVERY_FAILED
    mails = notifying.notify(people=people, kind=kind, event=event) if people else 0
    if named := set(event.data.get("named", ())) - people:
        mails += notifying.notify(people=named, kind=Notification.Kind.MENTIONED, event=event)
    if mails:
        from tickets import tasks

        transaction.on_commit(tasks.nudge_outbox, robust=True)


@receiver(ticket_event)
def end_questions(sender: object, event: Event, **kwargs: Any) -> None:
    """Nobody waits for advice on what is solved, closed, removed or merged: whoever was asked looks in a day more."""
    status = event.data.get("status") or [None, None]
    is_over = status[1] in (Status.SOLVED, Status.CLOSED) and not event.ticket.is_unsolved
    is_gone = event.kind in (Kind.REMOVED, Kind.MERGED) and bool(event.ticket.removed_as)
    if is_over or is_gone:
        asking.close_all(ticket=event.ticket, at=event.at)


@receiver(ticket_event)
def send_mail_soon(sender: object, event: Event, **kwargs: Any) -> None:
    """Only a nudge: the outbox row is committed with the change, and beat drains it even if this is lost."""
    if event.kind in MAILING and not event.data.get("imported"):
        from tickets import tasks

        transaction.on_commit(tasks.nudge_outbox, robust=True)


@receiver(ticket_event)
def deal_soon(sender: object, event: Event, **kwargs: Any) -> None:
    """Only a nudge: beat deals out too."""
    is_own = event.data.get("automatic") and event.kind == Kind.ASSIGNED
    if event.kind in MAKING_ROOM and not is_own and event.ticket.queue.assignment != Assignment.OFF:
        from tickets import tasks

        transaction.on_commit(tasks.nudge_dealing, robust=True)


@receiver(ticket_event)
def apply_rules_soon(sender: object, event: Event, **kwargs: Any) -> None:
    """Only a nudge: beat reads on from where the rules stopped."""
    if event.kind in TRIGGERS and TRIGGERS[event.kind] in awaited_triggers():
        from tickets import tasks

        transaction.on_commit(tasks.nudge_rules, robust=True)
