"""Taking lists out of the desk: what is written down of it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tickets import access
from tickets.actions import auditing
from tickets.actions.errors import NotAllowed
from tickets.models import AuditEntry, User


@transaction.atomic
def note_list(*, kind: AuditEntry.Kind, listed: str, by: User, at: datetime, name: str = "") -> AuditEntry:
    """Write down who takes out a list that is none of tickets; ``name`` says which one where ``kind`` does not, and
    ``listed`` how it was narrowed.

    Raises `NotAllowed`.
    """
    if not access.can_export(by) or (kind == auditing.Kind.AUDIT and not access.can_read_audit(by)):
        raise NotAllowed
    data = {"list": listed[:1000]} if listed else {}
    return auditing.record_audit(action=auditing.Action.EXPORTED, kind=kind, name=name, by=by, at=at, data=data)


@transaction.atomic
def note_export(*, listed: str, name: str, count: int, by: User, at: datetime) -> AuditEntry:
    """Write down who takes out which list, and how many tickets that are. ``listed`` says how the list was narrowed.

    Raises `NotAllowed`.
    """
    if not access.can_export(by):
        raise NotAllowed
    action, kind = auditing.Action.EXPORTED, auditing.Kind.TICKETS
    return auditing.record_audit(
        action=action, kind=kind, by=by, at=at, name=name, data={"list": listed[:1000], "tickets": count}
    )
