"""Changing a ticket's status, priority and queue. Nothing is overwritten: a change made meanwhile is a conflict."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tickets import access, events
from tickets.actions.errors import Conflict, NotAllowed, Refused
from tickets.actions.locking import locked
from tickets.actions.transitions import may_follow, stamp_status
from tickets.models import Kind, Priority, Queue, Status, Ticket, User


class WrongTransition(Refused):
    message = _("The ticket cannot get this status from the one it has.")


class ReasonMissing(Refused):
    message = _("Say what the ticket waits for: a hold needs a reason.")


class UnknownValue(Refused):
    message = _("This value is not known.")


@transaction.atomic
def change_status(
    *, ticket: Ticket, to: str, by: User, at: datetime, seen: str | None = None, reason: str = ""
) -> Ticket:
    """Move the ticket to another status by the table of transitions; solve, reopen, hold and wait are this.

    ``seen`` is the status the person saw. A hold needs a ``reason``. A requester may solve and reopen their own ticket.
    Changing to the status it has already does nothing.
    Raises `NotAllowed`, `UnknownValue`, `WrongTransition`, `ReasonMissing`, `Conflict`.
    """
    ticket = locked(ticket)
    ends_or_reopens = to == Status.SOLVED or (to == Status.OPEN and ticket.status == Status.SOLVED)
    is_own = access.can_write_as_requester(by, ticket) and ends_or_reopens
    if not access.can_change_properties(by, ticket, at) and not is_own:
        raise NotAllowed
    if to not in Status.values:
        raise UnknownValue
    if to == ticket.status and (to != Status.ON_HOLD or not reason or reason == ticket.hold_reason):
        return ticket
    _refuse_conflict("status", seen=seen, current=ticket.status, wanted=to)
    if to in (Status.NEW, Status.CLOSED) or not may_follow(ticket.status, to):
        raise WrongTransition
    if to == Status.ON_HOLD and not reason.strip():
        raise ReasonMissing
    before = ticket.status
    stamp_status(ticket, to, at=at)
    data: dict[str, Any] = {"status": [before, to]}
    if to == Status.ON_HOLD:
        ticket.hold_reason = data["reason"] = reason.strip()[:300]
    return _saved(ticket, by=by, kind=Kind.STATUS_CHANGED, at=at, **data)


@transaction.atomic
def close(*, ticket: Ticket, at: datetime) -> Ticket:
    """End a solved ticket for good, by time and not by a person. Raises `WrongTransition` unless it is solved."""
    ticket = locked(ticket)
    if ticket.status != Status.SOLVED:
        raise WrongTransition
    stamp_status(ticket, Status.CLOSED, at=at)
    return _saved(ticket, by=None, kind=Kind.STATUS_CHANGED, at=at, status=[Status.SOLVED, Status.CLOSED])


@transaction.atomic
def change_priority(*, ticket: Ticket, to: int, by: User, at: datetime, seen: int | None = None) -> Ticket:
    """Raises `NotAllowed`, `UnknownValue`, `Conflict`."""
    ticket = locked(ticket)
    if not access.can_change_properties(by, ticket, at):
        raise NotAllowed
    if to not in Priority.values:
        raise UnknownValue
    if to == ticket.priority:
        return ticket
    _refuse_conflict("priority", seen=seen, current=ticket.priority, wanted=to)
    before, ticket.priority = ticket.priority, to
    return _saved(ticket, by=by, kind=Kind.PRIORITY_CHANGED, at=at, priority=[before, to])


@transaction.atomic
def change_queue(*, ticket: Ticket, to: Queue, by: User, at: datetime, seen: int | None = None) -> Ticket:
    """Move the ticket to another queue. An assignee who could not open it there loses it, so that it is seen again.

    Whoever may assign the ticket may pass it on to any queue, other teams' included: a misrouted request must not be
    stuck with people who cannot answer it. Whoever moves it away may lose sight of it. Raises `NotAllowed`, `Conflict`.
    """
    ticket = locked(ticket)
    if not access.can_change_queue(by, ticket, at):
        raise NotAllowed
    if to.pk == ticket.queue_id:
        return ticket
    _refuse_conflict("queue", seen=seen, current=ticket.queue_id, wanted=to.pk)
    before, ticket.queue = ticket.queue_id, to
    data: dict[str, Any] = {"queue": [before, to.pk]}
    if ticket.assignee is not None and not access.can_be_assignee(ticket.assignee, ticket, at):
        data["assignee"] = [ticket.assignee_id, None]
        ticket.assignee = None
    return _saved(ticket, by=by, kind=Kind.QUEUE_CHANGED, at=at, **data)


def _refuse_conflict(field: str, *, seen: Any, current: Any, wanted: Any) -> None:
    if seen is not None and seen != current:
        raise Conflict(field=field, theirs=current, yours=wanted)


def _saved(ticket: Ticket, *, by: User | None, kind: Kind, at: datetime, **data: Any) -> Ticket:
    ticket.updated_at = at
    ticket.version += 1
    ticket.save()
    events.record(ticket, by=by, kind=kind, at=at, **data)
    return ticket
