"""Second factors: who needs one, who has one, and whether a session was opened with one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from allauth.account.internal.flows.login import (
    _AUTHENTICATION_METHODS_USER_SESSION_KEY,
    AUTHENTICATION_METHODS_SESSION_KEY,
    record_authentication,
)
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.signals import authenticator_added
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet
from django.dispatch import receiver
from django.http import HttpRequest

from helpdesk.lib.pagination import Page, keyset_page
from tickets import access
from tickets.actions.auditing import Action, record_audit
from tickets.actions.auditing import Kind as Audited
from tickets.actions.errors import NotAllowed
from tickets.actions.securing import end_sessions
from tickets.models import DeskSettings, Role, User

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
"""What somebody signs in with. Recovery codes only stand in for one of these."""


def with_desk_rule(people: QuerySet[User]) -> QuerySet[User]:
    """Each with ``desk_requires_second_factor``, so that asking for one costs no statement per request."""
    rule = DeskSettings.objects.filter(requires_second_factor=True)
    return people.annotate(desk_requires_second_factor=Exists(rule))


def is_needed_by(person: User) -> bool:
    """Whether the desk's rule asks this person for one: everybody but requesters, once it is switched on."""
    if person.role == Role.REQUESTER:
        return False
    known: bool | None = getattr(person, "desk_requires_second_factor", None)
    return DeskSettings.current().requires_second_factor if known is None else known


def has_one(person: User) -> bool:
    return Authenticator.objects.filter(user=person, type__in=FACTORS).exists()


def recovery_codes_of(person: User) -> list[str]:
    """Those that were not used yet; made now if there are none. Show them only to who has just proven a factor."""
    codes: list[str] = RecoveryCodes.activate(person).get_unused_codes()
    return codes


@receiver(authenticator_added)
def prove(sender: object, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    """Who sets a factor up shows that they hold it: the session counts as opened with it."""
    if authenticator.type in FACTORS:
        record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)


def is_last(authenticator: Authenticator) -> bool:
    """Whether without ``authenticator`` its person would have no factor left."""
    others = Authenticator.objects.filter(user=authenticator.user_id, type__in=FACTORS)
    return authenticator.type in FACTORS and not others.exclude(pk=authenticator.pk).exists()


def is_proven_in(session: SessionBase, person: User) -> bool:
    """Whether ``session`` was opened with a second factor of ``person``, or one was set up and proven in it."""
    if session.get(_AUTHENTICATION_METHODS_USER_SESSION_KEY) != str(person.pk):
        return False
    records: list[dict[str, Any]] = session.get(AUTHENTICATION_METHODS_SESSION_KEY) or []
    return any(record.get("method") == "mfa" for record in records)


def is_missing_in(session: SessionBase, person: User) -> bool:
    """Whether ``session`` must count for nothing: its person needs a second factor, and it was opened without one."""
    return is_needed_by(person) and not is_proven_in(session, person)


PAGE_SIZE = 50


def people(*, search: str = "", cursor: str | None = None, size: int = PAGE_SIZE) -> Page[User]:
    """Who works here or has a factor, by name, each with ``apps``, ``passkeys``, ``used_at``. One statement.

    Raises `helpdesk.lib.pagination.BadCursor`.
    """
    theirs = "authenticator"
    found = (
        User.objects.filter(Q(is_active=True) & (~Q(role=Role.REQUESTER) | Exists(_factors_of(OuterRef("pk")))))
        .annotate(
            apps=Count(theirs, filter=Q(authenticator__type=Authenticator.Type.TOTP)),
            passkeys=Count(theirs, filter=Q(authenticator__type=Authenticator.Type.WEBAUTHN)),
            used_at=Max("authenticator__last_used_at"),
        )
        .filter(Q(name__icontains=search) | Q(email__icontains=search))
    )
    return keyset_page(found, by=("sort_key", "id"), size=size, cursor=cursor)


def without_one() -> int:
    """How many of those who work here have no factor yet."""
    staff = User.objects.filter(is_active=True, email__isnull=False).exclude(role=Role.REQUESTER)
    return staff.filter(~Exists(_factors_of(OuterRef("pk")))).count()


@transaction.atomic
def reset(*, person: User, by: User, at: datetime) -> int:
    """Take all factors of somebody back who lost them, and end their sessions; returns how many factors there were.

    If one is needed, the next sign-in begins with setting one up. Raises `NotAllowed`.
    """
    if not access.can_manage_sign_in(by):
        raise NotAllowed
    theirs = Authenticator.objects.filter(user=person)
    kinds = sorted(theirs.values_list("type", flat=True))
    theirs.delete()
    end_sessions(of=person)
    facts = {"factors": kinds}
    record_audit(action=Action.RESET, kind=Audited.SECOND_FACTORS, by=by, at=at, of=person, data=facts)
    return len(kinds)


def _factors_of(person: OuterRef) -> QuerySet[Authenticator]:
    return Authenticator.objects.filter(user=person, type__in=FACTORS)
