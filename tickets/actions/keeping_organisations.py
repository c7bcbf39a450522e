"""Organisations: naming them, putting doubles together, deleting those that nobody belongs to.

People come into one by their own page. What is searched for (`organisation:`) follows by the database's triggers.
"""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tickets import access
from tickets.actions import auditing
from tickets.actions.auditing import Action, Kind
from tickets.actions.errors import NotAllowed, Refused
from tickets.actions.mail_settings import WrongSettings
from tickets.actions.unused import require_unused
from tickets.models import Organisation, Ticket, User, WalkUp


class SameOrganisation(Refused):
    message = gettext_lazy("This is the same organisation.")


@transaction.atomic
def save(*, organisation: Organisation, name: str, by: User, at: datetime) -> Organisation:
    """Store a new or renamed one. Raises `NotAllowed`, `WrongSettings`."""
    _require_rights(by)
    before = None
    if organisation.pk:
        organisation = Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
        before = auditing.told(organisation)
    organisation.name = " ".join(name.split())
    try:
        organisation.full_clean()
    except ValidationError as error:
        raise WrongSettings({"name": " ".join(error.messages)}) from error
    organisation.save()
    auditing.record_change(organisation, before=before, by=by, at=at)
    return organisation


@transaction.atomic
def merge(*, organisation: Organisation, into: Organisation, by: User, at: datetime) -> Organisation:
    """Its people, tickets and favours become the other's, and it is gone for good. Raises `NotAllowed`,
    `SameOrganisation`."""
    _require_rights(by)
    if organisation.pk == into.pk:
        raise SameOrganisation
    pair = [organisation.pk, into.pk]
    rows = {row.pk: row for row in Organisation.objects.select_for_update().filter(pk__in=pair).order_by("pk")}
    organisation, into = rows[organisation.pk], rows[into.pk]
    people = User.objects.filter(organisation=organisation).order_by("pk")
    list(people.select_for_update(no_key=True).values_list("pk"))
    moved = {
        "people": people.update(organisation=into),
        "tickets": Ticket.objects.filter(organisation=organisation).update(organisation=into),
    }
    WalkUp.objects.filter(organisation=organisation).update(organisation=into)
    auditing.record_audit(
        action=Action.MERGED,
        kind=Kind.ORGANISATION,
        by=by,
        at=at,
        of=into,
        data={"organisation": organisation.pk, "name": organisation.name, **moved},
    )
    organisation.delete()
    return into


@transaction.atomic
def remove(*, organisation: Organisation, by: User, at: datetime) -> None:
    """Raises `NotAllowed`, `InUse`."""
    _require_rights(by)
    row = Organisation.objects.select_for_update().get(pk=organisation.pk)
    require_unused(row)
    auditing.record_removal(row, by=by, at=at)
    row.delete()


def _require_rights(by: User) -> None:
    if not access.can_change_setup(by):
        raise NotAllowed(_("Only administrators change how the desk is set up."))
