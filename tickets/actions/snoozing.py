"""Putting a ticket off until a time. No clock stops for it: only the working lists do not show it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tickets import access
from tickets.actions.errors import NotAllowed, Refused
from tickets.actions.locking import locked
from tickets.actions.removing import refuse_removed
from tickets.actions.saving import UNSEEN, refuse_conflict, saved
from tickets.models import Kind, Ticket, User

FARTHEST = timedelta(days=366)


class NotAhead(Refused):
    message = _("Choose a time that is still to come, within a year.")


class NoReason(Refused):
    message = _("Say why it can wait: whoever finds it later wants to know.")


class NothingToSnooze(Refused):
    message = _("The ticket is solved: nothing waits.")


@transaction.atomic
def snooze(
    *, ticket: Ticket, until: datetime, reason: str, by: User | None, at: datetime, seen: Any = UNSEEN
) -> Ticket:
    """Keep the ticket out of the working lists until ``until`` (aware). A snoozed one gets the new time and reason.

    ``seen`` is the time until which the person saw it snoozed, None for awake.
    Raises `NotAllowed`, `NotAhead`, `NoReason`, `NothingToSnooze`, `Conflict`, `TicketIsRemoved`.
    """
    ticket = locked(ticket)
    if by is not None and not access.can_change_properties(by, ticket, at):
        raise NotAllowed
    refuse_removed(ticket)
    if not ticket.is_unsolved:
        raise NothingToSnooze
    reason = " ".join(reason.split())[:300]
    if ticket.snoozed_until == until and ticket.snooze_reason == reason:
        return ticket
    refuse_conflict("snooze", seen=seen, current=ticket.snoozed_until, wanted=until)
    if not at < until <= at + FARTHEST:
        raise NotAhead
    if not reason:
        raise NoReason
    before, ticket.snoozed_until, ticket.snooze_reason = ticket.snoozed_until, until, reason
    pair = [_stamp(before), _stamp(until)]
    return saved(ticket, by=by, kind=Kind.SNOOZED, at=at, snoozed_until=pair, reason=reason)


@transaction.atomic
def wake(*, ticket: Ticket, by: User | None, at: datetime, why: str = "") -> Ticket:
    """Bring a snoozed ticket back to the lists; one that is awake stays as it is.

    ``by`` is None when the desk does it by itself, and then ``why`` says what for: ``time``, ``warning``.
    Raises `NotAllowed`.
    """
    ticket = locked(ticket)
    if by is not None and not access.can_change_properties(by, ticket, at):
        raise NotAllowed
    if ticket.snoozed_until is None:
        return ticket
    data = wake_row(ticket)
    if why:
        data["why"] = why
    return saved(ticket, by=by, kind=Kind.WOKEN, at=at, **data)


@transaction.atomic
def wake_when_due(*, ticket: Ticket, at: datetime) -> Ticket:
    """What the sweep does with a ticket it found. Put off again meanwhile, or woken by another sweep: left alone."""
    ticket = locked(ticket)
    if ticket.snoozed_until is None or ticket.snoozed_until > at:
        return ticket
    return wake(ticket=ticket, by=None, at=at, why="time")


def wake_row(ticket: Ticket) -> dict[str, Any]:
    """End the snooze on the unsaved, locked row. Returns what the event of whatever ended it should remember."""
    if ticket.snoozed_until is None:
        return {}
    before, ticket.snoozed_until, ticket.snooze_reason = ticket.snoozed_until, None, ""
    return {"snoozed_until": [_stamp(before), None]}


def _stamp(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
