"""Giving a ticket back the values it had: what undo of a bulk change does. Nobody's later change is overwritten."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from tickets import access
from tickets.actions.errors import NotAllowed
from tickets.actions.locking import locked
from tickets.actions.removing import refuse_removed
from tickets.actions.saving import saved
from tickets.models import Event, Kind, Organisation, Queue, Ticket, User

PROPERTIES: dict[str, tuple[str, ...]] = {
    "status": ("status", "hold_reason", "solved_at", "closed_at", "reopened_at"),
    "priority": ("priority",),
    "queue": ("queue_id",),
    "assignee": ("assignee_id",),
    "subject": ("subject",),
    "requester": ("requester_id", "organisation_id"),
    "tags": ("tags",),
    "snooze": ("snoozed_until", "snooze_reason"),
    "removed_as": ("removed_as", "removed_at"),
}
"""Columns of the ticket by property; of a property all go back together."""
FIELD = "field "
"""Before the key of one of the desk's own fields."""
TRANSFERS = frozenset({"queue", "assignee", "requester", "removed_as"})

Values = dict[str, Any]
Changed = dict[str, list[Any]]
"""What it was and what it became, as plain JSON, by property."""


def values_of(ticket: Ticket) -> Values:
    values = {name: [_plain(getattr(ticket, column)) for column in columns] for name, columns in PROPERTIES.items()}
    return values | {f"{FIELD}{key}": value for key, value in ticket.fields.items()}


def changed_between(before: Values, after: Values) -> Changed:
    names = before.keys() | after.keys()
    return {name: [before.get(name), after.get(name)] for name in sorted(names) if before.get(name) != after.get(name)}


@transaction.atomic
def restore_values(
    *, ticket: Ticket, changed: Changed, version: int, events: Collection[int] = (), by: User, at: datetime
) -> tuple[Ticket, list[str]]:
    """Undo ``changed`` where the ticket still has what it became and what it was is still there. Returns the ticket and
    the properties left alone.

    ``version`` is the ticket's right after the change: whoever lost sight of the ticket by the change itself may still
    take it back, as long as nobody else has changed anything. ``events`` are those of the change: when all of it goes
    back, promises are counted as if they had not been. Raises `NotAllowed`, `TicketIsRemoved`.
    """
    ticket = locked(ticket)
    current = values_of(ticket)
    going_back = {name: pair[0] for name, pair in changed.items() if current.get(name) == pair[1]}
    going_back = {name: value for name, value in going_back.items() if _is_there(name, value)}
    may_now = _may(by, ticket, going_back, at)
    if "removed_as" not in going_back:
        refuse_removed(ticket)
    is_untouched = ticket.version == version
    _put(ticket, going_back)
    if not _may(by, ticket, going_back, at) or not (may_now or is_untouched):
        raise NotAllowed
    if "assignee" in going_back and ticket.assignee and not access.can_be_assignee(ticket.assignee, ticket, at):
        del going_back["assignee"]
        ticket.assignee_id = current["assignee"][0]
    left = sorted(changed.keys() - going_back.keys())
    if not going_back:
        return ticket, left
    data: dict[str, Any] = {name: [_head(current.get(name)), _head(value)] for name, value in going_back.items()}
    if events and not left:
        data["undoes"] = sorted(events)
    return saved(ticket, by=by, kind=Kind.UNDONE, at=at, **data), left


def events_of(ticket_id: int, *, by: User, at: datetime) -> list[int]:
    """Of the change that the person made at that moment."""
    return list(Event.objects.filter(ticket=ticket_id, actor=by, at=at).values_list("pk", flat=True))


def _is_there(name: str, value: Any) -> bool:
    """A queue or an organisation may have been deleted since: nothing goes back into it."""
    if name == "queue":
        return Queue.objects.filter(pk=value[0]).exists()
    if name == "requester" and value[1]:
        return Organisation.objects.filter(pk=value[1]).exists()
    return True


def _may(by: User, ticket: Ticket, names: Iterable[str], at: datetime) -> bool:
    transfers = TRANSFERS & set(names)
    if transfers == {"assignee"} and ticket.assignee_id in (None, by.pk):
        return access.can_assign(by, ticket, at) or access.can_take(by, ticket, at)  # own back into the queue
    return access.can_assign(by, ticket, at) if transfers else access.can_change_properties(by, ticket, at)


def _put(ticket: Ticket, values: Values) -> None:
    for name, value in values.items():
        if name.startswith(FIELD):
            kept = {key: old for key, old in ticket.fields.items() if key != name.removeprefix(FIELD)}
            ticket.fields = kept if value is None else {**kept, name.removeprefix(FIELD): value}
            continue
        for column, each in zip(PROPERTIES[name], value, strict=True):
            is_time = column.endswith(("_at", "_until")) and each is not None
            setattr(ticket, column, datetime.fromisoformat(each) if is_time else each)


def _plain(value: Any) -> Any:
    # In one zone: a time chosen by a wall clock is the same moment when it is read back.
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def _head(value: Any) -> Any:
    """What the event remembers: the property itself, without what hangs on it."""
    return value[0] if isinstance(value, list) else value
