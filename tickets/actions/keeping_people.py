"""Accounts and teams: making people, changing what they are, deactivating them, and who is in which team.

Nobody is ever deleted: their words stay theirs. There is always an active administrator, and what somebody could not
open any more goes from their hands back into its queue.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypedDict, Unpack

from django.core.cache import cache
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tickets import access
from tickets.actions import auditing
from tickets.actions.assigning import hand_back_lost
from tickets.actions.errors import NotAllowed, Refused
from tickets.actions.mail_settings import WrongSettings
from tickets.actions.securing import end_sessions
from tickets.actions.unused import require_unused
from tickets.models import Membership, Organisation, Role, Team, Ticket, User

SUPPORT = (Role.AGENT, Role.LEAD, Role.ADMIN)


class OwnAdministration(Refused):
    message = gettext_lazy("You cannot take your own administration away. Ask another administrator.")


class MergedAway(Refused):
    message = gettext_lazy("This person was merged into another. Take that back first.")


class PersonSettings(TypedDict):
    """``organisation`` is a name: one that nobody knows yet makes a new one, none leaves the person without."""

    name: str
    email: str
    phone: str
    role: str
    organisation: str
    language: str
    time_zone: str
    teams: Iterable[Team]


@transaction.atomic
def add(*, by: User, at: datetime, **settings: Unpack[PersonSettings]) -> User:
    """Somebody new, without a password. Raises `NotAllowed`, `WrongSettings`."""
    _require_rights(by)
    person = User()
    person.set_unusable_password()
    _store(person, settings)
    auditing.record_change(person, before=None, by=by, at=at, teams=_team_names(person))
    return person


@transaction.atomic
def change(*, person: User, by: User, at: datetime, **settings: Unpack[PersonSettings]) -> User:
    """Tickets that the person could not open any more go back into their queues.

    Raises `NotAllowed`, `WrongSettings`, `OwnAdministration`.
    """
    person = _locked(person, by=by)
    if person.pk == by.pk and settings["role"] != Role.ADMIN:
        raise OwnAdministration
    before, was_support = auditing.told(person, teams=_team_names(person)), person.role in SUPPORT
    _store(person, settings)
    auditing.record_change(person, before=before, by=by, at=at, teams=_team_names(person))
    if was_support:
        hand_back_lost(Ticket.objects.filter(assignee=person), by=by, at=at)
    return person


@transaction.atomic
def deactivate(*, person: User, by: User, at: datetime) -> int:
    """End the person's sessions and let nobody sign in as them. Returns how many open tickets went back into their
    queues. Doing it twice does nothing. Raises `NotAllowed`, `OwnAdministration`."""
    person = _locked(person, by=by)
    if person.pk == by.pk:
        raise OwnAdministration
    if not person.is_active:
        return 0
    before = auditing.told(person)
    person.is_active = False
    person.save(update_fields=["is_active"])
    end_sessions(of=person)
    auditing.record_change(person, before=before, by=by, at=at)
    cache.delete("desks")
    return hand_back_lost(Ticket.objects.filter(assignee=person), by=by, at=at)


@transaction.atomic
def activate(*, person: User, by: User, at: datetime) -> User:
    """Let the person sign in again, with the role, teams and password they had. Raises `NotAllowed`, `MergedAway`."""
    person = _locked(person, by=by)
    if person.merged_into_id:
        raise MergedAway
    before = auditing.told(person)
    person.is_active = True
    person.save(update_fields=["is_active"])
    auditing.record_change(person, before=before, by=by, at=at)
    cache.delete("desks")
    return person


@transaction.atomic
def save_team(*, team: Team, members: Iterable[User], by: User, at: datetime) -> Team:
    """Store a new or changed team. What those who leave it could not open any more goes back into its queues.

    Raises `NotAllowed`, `WrongSettings`.
    """
    _require_rights(by)
    before = None
    if team.pk:
        stored = Team.objects.select_for_update(no_key=True).get(pk=team.pk)
        before = auditing.told(stored, members=_member_names(stored))
    wanted = {each.pk for each in members}
    had = set(team.memberships.values_list("user", flat=True)) if team.pk else set()
    list(User.objects.select_for_update(no_key=True).filter(pk__in=wanted | had).order_by("pk").values_list("pk"))
    _check(team, {})
    team.save()
    team.memberships.filter(user__in=had - wanted).delete()
    Membership.objects.bulk_create(Membership(team=team, user_id=each) for each in sorted(wanted - had))
    auditing.record_change(team, before=before, by=by, at=at, members=_member_names(team))
    cache.delete("desks")
    left = Ticket.objects.filter(assignee__in=had - wanted, assignee__role__in=SUPPORT, queue__team=team)
    hand_back_lost(left, by=by, at=at)
    return team


@transaction.atomic
def remove_team(*, team: Team, by: User, at: datetime) -> None:
    """Delete one that works nothing and keeps nothing; its members stay who they are. Raises `NotAllowed`, `InUse`."""
    _require_rights(by)
    row = Team.objects.select_for_update().get(pk=team.pk)
    require_unused(row)
    auditing.record_removal(row, by=by, at=at, members=_member_names(row))
    row.delete()
    cache.delete("desks")


def _require_rights(by: User) -> None:
    if not access.can_change_setup(by):
        raise NotAllowed(_("Only administrators change how the desk is set up."))


def _locked(person: User, *, by: User) -> User:
    """The person's current row. All administrators are locked with it: of two who take each other's administration at
    once the second is none any more."""
    admins = Q(role=Role.ADMIN, is_active=True)
    rows = User.objects.select_for_update(no_key=True).filter(admins | Q(pk__in=[person.pk, by.pk])).order_by("pk")
    found = {row.pk: row for row in rows}
    _require_rights(found[by.pk])
    return found[person.pk]


def _store(person: User, settings: PersonSettings) -> None:
    given: dict[str, Any] = dict(settings)
    teams = list(given.pop("teams"))
    if given["role"] not in SUPPORT:
        teams = []
    organisation = " ".join(given.pop("organisation").split())
    for name, value in given.items():
        setattr(person, name, value)
    person.email = User.clean_email(person.email)
    errors = {}
    if not person.email and person.role != Role.REQUESTER:
        errors["email"] = _("Who works here signs in by email, so an address is needed.")
    elif not person.email and not person.phone:
        errors["email"] = _("Write an email address, or a phone number to call back.")
    taken = User.objects.with_address(person.email) if person.email else None
    if taken is not None and taken.pk != person.pk:
        errors["email"] = _("This address belongs to %(person)s already.") % {"person": taken}
    if len(organisation) > 200:
        errors["organisation"] = _("At most 200 characters.")
    _check(person, errors)
    person.organisation = Organisation.objects.get_or_create(name=organisation)[0] if organisation else None
    person.save()
    person.memberships.exclude(team__in=teams).delete()
    there = set(person.memberships.values_list("team", flat=True))
    Membership.objects.bulk_create(Membership(team=each, user=person) for each in teams if each.pk not in there)
    cache.delete("desks")


def _check(row: User | Team, errors: dict[str, str]) -> None:
    """Raises `WrongSettings` with what is wrong with the row as well."""
    try:
        row.full_clean(exclude=["password"])
    except ValidationError as error:
        for name, sentences in error.message_dict.items():
            errors.setdefault("" if name == NON_FIELD_ERRORS else name, " ".join(sentences))
    if errors:
        raise WrongSettings(errors)


def _team_names(person: User) -> list[Any]:
    return list(person.teams.order_by("name").values_list("name", flat=True))


def _member_names(team: Team) -> list[Any]:
    return [str(person) for person in team.members.order_by("sort_key", "id")]
