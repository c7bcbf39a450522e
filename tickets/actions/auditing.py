"""The audit and its only writer: who changed which setting, and who looked at something sensitive.

A line holds old and new values, but never a secret: of those it says that they changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import is_password_usable
from django.db import models

from tickets.models import (
    AuditEntry,
    CustomField,
    Macro,
    Mailbox,
    MailSender,
    Organisation,
    Queue,
    Rule,
    Tag,
    Team,
    User,
    View,
)

Action = AuditEntry.Action
Kind = AuditEntry.Kind
Values = dict[str, Any]

KINDS: Mapping[type[models.Model], Kind] = {
    User: Kind.PERSON,
    Team: Kind.TEAM,
    Organisation: Kind.ORGANISATION,
    Queue: Kind.QUEUE,
    Mailbox: Kind.MAILBOX,
    MailSender: Kind.SENDER,
    CustomField: Kind.FIELD,
    Tag: Kind.TAG,
    Macro: Kind.MACRO,
    Rule: Kind.RULE,
    View: Kind.VIEW,
}
SECRETS = frozenset(
    {"password", "sealed_password", "sealed_client_secret", "sealed_refresh_token", "push_token_sha256"}
)
UNTOLD = frozenset({"last_login", "created_at", "theme", "recent_at"})
"""Columns that are no setting. What no form edits (``editable=False``) is none either, unless it is a secret."""
CHANGED = "changed"
"""What stands in place of a secret's values."""

_address: ContextVar[str | None] = ContextVar("audited_address", default=None)


@contextmanager
def asked_from(address: str | None) -> Iterator[None]:
    """Every line written inside says that it was asked for from this network address."""
    token = _address.set(address)
    try:
        yield
    finally:
        _address.reset(token)


def record_audit(
    *,
    action: Action,
    kind: Kind,
    by: User | None,
    at: datetime,
    of: object = None,
    name: str = "",
    data: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Add one line. ``of`` is the row it is about, or a word for it; ``by`` is None for the desk itself.

    Call it inside the transaction of what it tells of. ``data`` must be plain JSON values without secrets.
    """
    is_row = isinstance(of, models.Model)
    return AuditEntry.objects.create(
        at=at,
        actor=by,
        actor_name=str(by or "")[:200],
        address=_address.get(),
        action=action,
        kind=kind,
        object_id=str(of.pk if isinstance(of, models.Model) else of or "")[:40],
        name=(name or (str(of) if is_row else ""))[:200],
        data=dict(data or {}),
    )


def told(row: models.Model, **more: Any) -> Values:
    """The settings of a row as they are now, to be compared later; secrets too, which `record_change` keeps back.

    ``more`` are values that stand elsewhere, such as the addresses of a queue.
    """
    fields = row._meta.concrete_fields
    values = {field.name: _value(row, field) for field in fields if _is_told(field)}
    return values | more


def stored(row: models.Model, **more: Any) -> Values:
    """`told` of the row as the database has it, whatever was set on ``row`` since it was read."""
    return told(type(row)._default_manager.get(pk=row.pk), **more)


def record_change(
    row: models.Model, *, before: Values | None, by: User | None, at: datetime, **more: Any
) -> AuditEntry | None:
    """A line for a row that was just saved; ``before`` is None for a new one. None when nothing is different."""
    after = told(row, **more)
    data = differences(before or {}, after)
    if not data and before is not None:
        return None
    action = Action.ADDED if before is None else Action.CHANGED
    return record_audit(action=action, kind=KINDS[type(row)], by=by, at=at, of=row, data=data)


def record_removal(row: models.Model, *, by: User, at: datetime, **more: Any) -> AuditEntry:
    """A line for a row that is about to go, with what it was."""
    data = {name: pair for name, pair in differences(told(row, **more), {}).items() if pair != CHANGED}
    return record_audit(action=Action.REMOVED, kind=KINDS[type(row)], by=by, at=at, of=row, data=data)


def differences(before: Values, after: Values) -> dict[str, Any]:
    """Old and new value by name; of a secret only that it changed."""
    pairs = {name: [before.get(name), after.get(name)] for name in {**before, **after}}
    return {
        name.removeprefix("sealed_").removesuffix("_sha256"): CHANGED if name in SECRETS else [old, new]
        for name, (old, new) in pairs.items()
        if (old or None) != (new or None)
    }


def _is_told(field: models.Field[Any, Any]) -> bool:
    return field.name in SECRETS or (field.editable and not field.primary_key and field.name not in UNTOLD)


def _value(row: models.Model, field: models.Field[Any, Any]) -> Any:
    value = getattr(row, field.name)
    if field.name == "password":
        return value if is_password_usable(value) else ""
    if field.name in SECRETS:
        return bytes(value) if isinstance(value, memoryview) else value
    return value if value is None or isinstance(value, (str, int, float, list, dict)) else str(value)
