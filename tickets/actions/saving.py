"""The end of every change of a ticket's property: a conflict refused before it, the row and its event after it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tickets import events
from tickets.actions.errors import Conflict
from tickets.models import Kind, Ticket, User

UNSEEN: Any = object()
"""The person did not say what was in sight, so nothing is compared. None is a value: nobody, nothing."""


def refuse_conflict(field: str, *, seen: Any, current: Any, wanted: Any) -> None:
    """Raises `Conflict` when ``current`` is not what the person saw."""
    if seen is not UNSEEN and seen != current:
        raise Conflict(field=field, theirs=current, yours=wanted)


def saved(ticket: Ticket, *, by: User | None, kind: Kind, at: datetime, **data: Any) -> Ticket:
    """Store the changed row, one version on, and record what happened."""
    ticket.updated_at = at
    ticket.version += 1
    ticket.save()
    events.record(ticket, by=by, kind=kind, at=at, **data)
    return ticket
