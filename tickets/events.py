"""Recording changes: the row everybody reads later, and the one signal other apps listen to."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from django.db import connection
from django.dispatch import Signal

from helpdesk.lib import prepared_rows
from tickets.models import Event, Kind, Ticket, User

ticket_event = Signal()
"""Sent with ``event`` inside the action's transaction: a receiver that fails takes the change back with it."""


_cause: ContextVar[dict[str, Any] | None] = ContextVar("cause", default=None)


@contextmanager
def caused_by(**cause: Any) -> Iterator[None]:
    """Every event recorded inside names in its data what brought it about: a rule, a bulk change, the turn."""
    token = _cause.set(cause)
    try:
        yield
    finally:
        _cause.reset(token)


class OutsideTransaction(RuntimeError):
    """An event was recorded without a transaction around it and the change it tells of."""


def record(ticket: Ticket, *, by: User | None, kind: Kind, at: datetime, **data: Any) -> Event:
    """Store what happened to ``ticket`` at ``at`` (aware) and tell the receivers. ``by`` is None for the system.

    ``data`` must be plain JSON values. Raises `OutsideTransaction` when no transaction is open.
    """
    if not connection.in_atomic_block:
        raise OutsideTransaction("Record events inside the transaction of the change they tell of.")
    event = prepared_rows.insert(Event(ticket=ticket, actor=by, kind=kind, at=at, data=data | (_cause.get() or {})))
    ticket_event.send(sender=Ticket, event=event)
    return event


def record_silently(happened: Iterable[Event]) -> None:
    """Store many events of one change that is made everywhere, without the signal: history and the live feed know of
    it, and nothing follows from it. Raises `OutsideTransaction`."""
    if not connection.in_atomic_block:
        raise OutsideTransaction("Record events inside the transaction of the change they tell of.")
    Event.objects.bulk_create(happened)
