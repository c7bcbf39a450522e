"""Changes as data: what macros, rules and bulk changes store, and the one place that carries them out.

A change is ``{"property": NAME, "to": VALUE}`` with plain JSON values, plus what the property asks for (``reason`` of a
hold or a snooze, ``field`` of a custom field). Every property is an entry of `PROPERTIES`; each goes through its own
action, so rights, transitions and events are those of a person who does it by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from tickets.actions import assigning, changing, filling, removing, snoozing, tagging
from tickets.actions.errors import Refused
from tickets.models import Queue, Ticket, User

Change = dict[str, Any]
Carrier = Callable[[Ticket, Change, User | None, datetime], Ticket]


class UnknownChange(Refused):
    message = _("This change is not known.")


def _status(ticket: Ticket, change: Change, by: User | None, at: datetime) -> Ticket:
    return changing.change_status(
        ticket=ticket, to=str(change["to"]), by=by, at=at, reason=str(change.get("reason", ""))
    )


def _priority(ticket: Ticket, change: Change, by: User | None, at: datetime) -> Ticket:
    return changing.change_priority(ticket=ticket, to=int(change["to"]), by=by, at=at)


def _queue(ticket: Ticket, change: Change, by: User | None, at: datetime) -> Ticket:
    queue = Queue.objects.filter(pk=change["to"]).first()
    if queue is None:
        raise changing.UnknownValue
    return changing.change_queue(ticket=ticket, to=queue, by=by, at=at)


def _assignee(ticket: Ticket, change: Change, by: User | None, at: datetime) -> Ticket:
    """``to`` is a person's id, "me" for whoever makes the change, or None for nobody."""
    if change["to"] is None:
        return assigning.assign(ticket=ticket, to=None, by=by, at=at)
    person = by if change["to"] == "me" else User.objects.filter(pk=change["to"]).first()
    if person is None:
        raise changing.UnknownValue
    return assigning.assign(ticket=ticket, to=person, by=by, at=at)


def _subject(ticket: Ticket, change: Change, by: User | None, at: datetime) -> Ticket:
    return changing.change_subject(ticket=ticket, to=str(change["to"]), by=by, at=at)


def _requester(ticket: Ticket, change: Change, by: User | None, at: datetime) -> Ticket:
    """``to`` is a person's id."""
    person = User.objects.filter(pk=change["to"]).first()
    if person is None:
        raise changing.UnknownValue
    return changing.change_requester(ticket=ticket, to=person, by=by, at=at)


def _tags(ticket: Ticket, change: Change, by: User | None, at: datetime) -> Ticket:
    """``to`` is the list of all tags afterwards."""
    return tagging.set_tags(ticket=ticket, to=_words(change["to"]), by=by, at=at)


def _add_tags(ticket: Ticket, change: Change, by: User | None, at: datetime) -> Ticket:
    return tagging.add_tags(ticket=ticket, tags=_words(change["to"]), by=by, at=at)


def _remove_tags(ticket: Ticket, change: Change, by: User | None, at: datetime) -> Ticket:
    return tagging.remove_tags(ticket=ticket, tags=_words(change["to"]), by=by, at=at)


def _words(given: Any) -> list[str]:
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        raise changing.UnknownValue
    return given


def _field(ticket: Ticket, change: Change, by: User | None, at: datetime) -> Ticket:
    """``field`` is the key of the field, ``to`` its value as a string, None for none."""
    value = None if change["to"] is None else str(change["to"])
    return filling.fill(ticket=ticket, key=str(change.get("field", "")), to=value, by=by, at=at)


def _snooze(ticket: Ticket, change: Change, by: User | None, at: datetime) -> Ticket:
    """``to`` is a time (ISO 8601 with its offset), a number of minutes from now, or None to wake the ticket."""
    to = change["to"]
    if to is None:
        return snoozing.wake(ticket=ticket, by=by, at=at)
    until = at + timedelta(minutes=to) if isinstance(to, int) else datetime.fromisoformat(to)
    if until.tzinfo is None:
        raise changing.UnknownValue
    return snoozing.snooze(ticket=ticket, until=until, reason=str(change.get("reason", "")), by=by, at=at)


def _removed_as(ticket: Ticket, change: Change, by: User | None, at: datetime) -> Ticket:
    """``to`` is "spam" or "deleted", or "" to restore the ticket."""
    if change["to"] == "":
        return removing.restore(ticket=ticket, by=by, at=at)
    return removing.remove(ticket=ticket, removed_as=str(change["to"]), by=by, at=at)


PROPERTIES: dict[str, Carrier] = {
    "status": _status,
    "priority": _priority,
    "queue": _queue,
    "assignee": _assignee,
    "subject": _subject,
    "requester": _requester,
    "tags": _tags,
    "add_tags": _add_tags,
    "remove_tags": _remove_tags,
    "field": _field,
    "snooze": _snooze,
    "removed_as": _removed_as,
}


def carry_out(ticket: Ticket, changes: Sequence[Change], *, by: User | None, at: datetime) -> Ticket:
    """Make the changes in their order, in the caller's transaction. ``by`` is None for the desk itself.

    Raises the refusals of the actions.
    """
    for change in changes:
        carrier = PROPERTIES.get(str(change.get("property")))
        if carrier is None or "to" not in change:
            raise UnknownChange
        try:
            ticket = carrier(ticket, change, by, at)
        except (TypeError, ValueError, OverflowError) as error:
            raise changing.UnknownValue from error
    return ticket
