"""Changing a ticket's status, priority, queue, subject and requester. Nothing is overwritten: a change made meanwhile
is a conflict. ``by`` is None for a rule, which is the desk itself and may change every ticket."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from helpdesk.lib.one_line import one_line
from tickets import access
from tickets.actions import filling
from tickets.actions.errors import NotAllowed, Refused
from tickets.actions.locking import locked
from tickets.actions.opening import SUBJECT_LENGTH
from tickets.actions.removing import refuse_removed
from tickets.actions.saving import UNSEEN, refuse_conflict, saved
from tickets.actions.snoozing import wake_row
from tickets.actions.transitions import may_follow, stamp_status
from tickets.models import Kind, Priority, Queue, Status, Ticket, User


class WrongTransition(Refused):
    message = _("The ticket cannot get this status from the one it has.")


class ReasonMissing(Refused):
    message = _("Say what the ticket waits for: a hold needs a reason.")


class UnknownValue(Refused):
    message = _("This value is not known.")


class NoSubject(Refused):
    message = _("Write a subject.")


class NobodyToAsk(Refused):
    message = _("This person is not active any more, so the ticket cannot be theirs.")


@transaction.atomic
def change_status(
    *, ticket: Ticket, to: str, by: User | None, at: datetime, seen: str | None = None, reason: str = ""
) -> Ticket:
    """Move the ticket to another status by the table of transitions; solve, reopen, hold and wait are this.

    ``seen`` is the status the person saw. A hold needs a ``reason``. A requester may solve and reopen their own ticket.
    Changing to the status it has already does nothing. Fields that a solved ticket must have bind whoever works it,
    not the requester, who cannot fill them in. A solved ticket is snoozed no more.
    Raises `NotAllowed`, `UnknownValue`, `WrongTransition`, `ReasonMissing`, `FieldsMissing`, `Conflict`,
    `TicketIsRemoved`.
    """
    ticket = locked(ticket)
    ends_or_reopens = to == Status.SOLVED or (to == Status.OPEN and ticket.status == Status.SOLVED)
    is_worker = by is None or access.can_change_properties(by, ticket, at)
    if not is_worker and not (by and access.can_write_as_requester(by, ticket) and ends_or_reopens):
        raise NotAllowed
    refuse_removed(ticket)
    if to not in Status.values:
        raise UnknownValue
    if to == ticket.status and (to != Status.ON_HOLD or not reason or reason == ticket.hold_reason):
        return ticket
    refuse_conflict("status", seen=seen or UNSEEN, current=ticket.status, wanted=to)
    if to in (Status.NEW, Status.CLOSED) or not may_follow(ticket.status, to):
        raise WrongTransition
    if to == Status.ON_HOLD and not reason.strip():
        raise ReasonMissing
    if to == Status.SOLVED and is_worker:
        filling.refuse_missing(ticket)
    before = ticket.status
    stamp_status(ticket, to, at=at)
    data: dict[str, Any] = {"status": [before, to]}
    if to == Status.SOLVED:
        data |= wake_row(ticket)
    if to == Status.ON_HOLD:
        ticket.hold_reason = data["reason"] = reason.strip()[:300]
    return saved(ticket, by=by, kind=Kind.STATUS_CHANGED, at=at, **data)


@transaction.atomic
def close(*, ticket: Ticket, at: datetime) -> Ticket:
    """End a solved ticket for good, by time and not by a person. Raises `WrongTransition` unless it is solved."""
    ticket = locked(ticket)
    if ticket.status != Status.SOLVED:
        raise WrongTransition
    stamp_status(ticket, Status.CLOSED, at=at)
    return saved(ticket, by=None, kind=Kind.STATUS_CHANGED, at=at, status=[Status.SOLVED, Status.CLOSED])


@transaction.atomic
def change_priority(*, ticket: Ticket, to: int, by: User | None, at: datetime, seen: int | None = None) -> Ticket:
    """Raises `NotAllowed`, `UnknownValue`, `Conflict`, `TicketIsRemoved`."""
    ticket = locked(ticket)
    if by is not None and not access.can_change_properties(by, ticket, at):
        raise NotAllowed
    refuse_removed(ticket)
    if to not in Priority.values:
        raise UnknownValue
    if to == ticket.priority:
        return ticket
    refuse_conflict("priority", seen=UNSEEN if seen is None else seen, current=ticket.priority, wanted=to)
    before, ticket.priority = ticket.priority, to
    return saved(ticket, by=by, kind=Kind.PRIORITY_CHANGED, at=at, priority=[before, to])


@transaction.atomic
def change_queue(*, ticket: Ticket, to: Queue, by: User | None, at: datetime, seen: int | None = None) -> Ticket:
    """Move the ticket to another queue. An assignee who could not open it there loses it, so that it is seen again.

    Whoever may assign the ticket may pass it on to any queue, other teams' included: a misrouted request must not be
    stuck with people who cannot answer it. Whoever moves it away may lose sight of it.
    Raises `NotAllowed`, `Conflict`, `TicketIsRemoved`.
    """
    ticket = locked(ticket)
    if by is not None and not access.can_change_queue(by, ticket, at):
        raise NotAllowed
    refuse_removed(ticket)
    if to.pk == ticket.queue_id:
        return ticket
    refuse_conflict("queue", seen=UNSEEN if seen is None else seen, current=ticket.queue_id, wanted=to.pk)
    before, ticket.queue = ticket.queue_id, to
    data: dict[str, Any] = {"queue": [before, to.pk]}
    if ticket.assignee is not None and not access.can_be_assignee(ticket.assignee, ticket, at):
        data["assignee"] = [ticket.assignee_id, None]
        ticket.assignee = None
    return saved(ticket, by=by, kind=Kind.QUEUE_CHANGED, at=at, **data)


@transaction.atomic
def change_subject(*, ticket: Ticket, to: str, by: User | None, at: datetime, seen: str | None = None) -> Ticket:
    """Raises `NotAllowed`, `NoSubject`, `Conflict`, `TicketIsRemoved`."""
    ticket = locked(ticket)
    if by is not None and not access.can_change_properties(by, ticket, at):
        raise NotAllowed
    refuse_removed(ticket)
    subject = one_line(to)[:SUBJECT_LENGTH].strip()
    if not subject:
        raise NoSubject
    if subject == ticket.subject:
        return ticket
    refuse_conflict("subject", seen=UNSEEN if seen is None else seen, current=ticket.subject, wanted=subject)
    before, ticket.subject = ticket.subject, subject
    return saved(ticket, by=by, kind=Kind.SUBJECT_CHANGED, at=at, subject=[before, subject])


@transaction.atomic
def change_requester(*, ticket: Ticket, to: User, by: User | None, at: datetime, seen: int | None = None) -> Ticket:
    """Say whose request it is. What is answered from now on goes to them, and they see what was said so far; the one
    before sees the ticket no more. Their organisation comes along.

    Raises `NotAllowed`, `NobodyToAsk` (not active), `Conflict`, `TicketIsRemoved`.
    """
    ticket = locked(ticket)
    if by is not None and not access.can_change_requester(by, ticket, at):
        raise NotAllowed
    refuse_removed(ticket)
    if to.pk == ticket.requester_id:
        return ticket
    refuse_conflict("requester", seen=UNSEEN if seen is None else seen, current=ticket.requester_id, wanted=to.pk)
    if not to.is_active:
        raise NobodyToAsk
    before, ticket.requester = ticket.requester_id, to
    data: dict[str, Any] = {"requester": [before, to.pk]}
    if ticket.organisation_id != to.organisation_id:
        data["organisation"] = [ticket.organisation_id, to.organisation_id]
        ticket.organisation_id = to.organisation_id
    return saved(ticket, by=by, kind=Kind.REQUESTER_CHANGED, at=at, **data)
