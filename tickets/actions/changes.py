"""Changes as data: what macros, rules and bulk changes store, and the one place that carries them out.

A change is ``{"property": NAME, "to": VALUE}`` with plain JSON values, plus what the property asks for (``reason`` of a
hold or a snooze). Every property is an entry of `PROPERTIES`; each goes through its own action, so rights, transitions
and events are those of a person who does it by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from tickets.actions import assigning, changing
from tickets.actions.errors import Refused
from tickets.models import Queue, Ticket, User

Change = dict[str, Any]
Carrier = Callable[[Ticket, Change, User, datetime], Ticket]


class UnknownChange(Refused):
    message = _("This change is not known.")


def _status(ticket: Ticket, change: Change, by: User, at: datetime) -> Ticket:
    return changing.change_status(
        ticket=ticket, to=str(change["to"]), by=by, at=at, reason=str(change.get("reason", ""))
    )


def _priority(ticket: Ticket, change: Change, by: User, at: datetime) -> Ticket:
    return changing.change_priority(ticket=ticket, to=int(change["to"]), by=by, at=at)


def _queue(ticket: Ticket, change: Change, by: User, at: datetime) -> Ticket:
    queue = Queue.objects.filter(pk=change["to"]).first()
    if queue is None:
        raise changing.UnknownValue
    return changing.change_queue(ticket=ticket, to=queue, by=by, at=at)


def _assignee(ticket: Ticket, change: Change, by: User, at: datetime) -> Ticket:
    """``to`` is a person's id, "me" for whoever makes the change, or None for nobody."""
    if change["to"] is None:
        return assigning.assign(ticket=ticket, to=None, by=by, at=at)
    person = by if change["to"] == "me" else User.objects.filter(pk=change["to"]).first()
    if person is None:
        raise changing.UnknownValue
    return assigning.assign(ticket=ticket, to=person, by=by, at=at)


PROPERTIES: dict[str, Carrier] = {"status": _status, "priority": _priority, "queue": _queue, "assignee": _assignee}


def carry_out(ticket: Ticket, changes: Sequence[Change], *, by: User, at: datetime) -> Ticket:
    """Make the changes in their order, in the caller's transaction. Raises the refusals of the actions."""
    for change in changes:
        carrier = PROPERTIES.get(str(change.get("property")))
        if carrier is None or "to" not in change:
            raise UnknownChange
        try:
            ticket = carrier(ticket, change, by, at)
        except (TypeError, ValueError) as error:
            raise changing.UnknownValue from error
    return ticket
