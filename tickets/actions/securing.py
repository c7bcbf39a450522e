"""What protects accounts: whether a second factor is needed, ending sessions, letting somebody try again."""

from __future__ import annotations

from datetime import datetime

from axes.models import AccessAttempt
from django.db import transaction
from django.db.models import F

from tickets import access
from tickets.actions.auditing import Action, record_audit
from tickets.actions.auditing import Kind as Audited
from tickets.actions.errors import NotAllowed
from tickets.models import DeskSettings, Ticket, User


@transaction.atomic
def require_second_factor(*, required: bool, by: User, at: datetime) -> DeskSettings:
    """Whether everybody but requesters needs a second factor from now on. Raises `NotAllowed`.

    It holds for sessions that are open already: at their next request those without one are over.
    """
    if not access.can_manage_sign_in(by):
        raise NotAllowed
    settings, _created = DeskSettings.objects.select_for_update().get_or_create(pk=1)
    if settings.requires_second_factor != required:
        changed = {"requires_second_factor": [settings.requires_second_factor, required]}
        settings.requires_second_factor = required
        settings.save(update_fields=["requires_second_factor"])
        record_audit(action=Action.CHANGED, kind=Audited.SIGN_IN_RULES, by=by, at=at, data=changed)
    return settings


def end_sessions(*, of: User) -> User:
    """End every session of a person, wherever it is, whoever remembers it."""
    User.objects.filter(pk=of.pk).update(session_epoch=F("session_epoch") + 1)
    of.refresh_from_db(fields=["session_epoch"])
    return of


@transaction.atomic
def unlock(*, address: str, by: User, at: datetime, ticket: Ticket | None = None) -> bool:
    """Forget the wrong passwords typed for an address, from everywhere; whether there were any.

    From a ticket of that requester its team may do so; elsewhere those who manage sign-in. Raises `NotAllowed`.
    """
    name = User.clean_email(address) or ""
    is_requesters = ticket is not None and User.clean_email(ticket.requester.email) == name
    may_on_ticket = ticket is not None and is_requesters and access.can_unlock(by, ticket, at)
    if not may_on_ticket and not access.can_manage_sign_in(by):
        raise NotAllowed
    forgotten = forget_wrong_passwords(address=name)
    if forgotten:
        person = User.objects.filter(email=name).first()
        record_audit(
            action=Action.UNLOCKED,
            kind=Audited.PERSON if person else Audited.ADDRESS,
            by=by,
            at=at,
            of=person,
            name=str(person or name),
            data={"tries": forgotten, **({"ticket": ticket.pk} if ticket else {})},
        )
    return bool(forgotten)


def forget_wrong_passwords(*, address: str) -> int:
    """Let the owner of ``address`` try again at once; returns how many wrong passwords are forgotten."""
    attempts = AccessAttempt.objects.filter(username=address)
    tries: int = sum(attempts.values_list("failures_since_start", flat=True))
    attempts.delete()
    return tries
