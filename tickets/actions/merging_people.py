"""Two requesters who turned out to be one person: what was the one's becomes the other's. There is no way back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tickets import access, events
from tickets.actions.auditing import Action, record_audit
from tickets.actions.auditing import Kind as Audited
from tickets.actions.calling import keep_number
from tickets.actions.errors import NotAllowed, Refused
from tickets.models import (
    Appointment,
    Grant,
    Kind,
    Membership,
    Message,
    PersonAddress,
    PersonNumber,
    PhoneCall,
    Role,
    Share,
    Ticket,
    User,
    WalkUp,
)
from tickets.queries import people


class SamePerson(Refused):
    message = _("This is the same person already.")


class NotARequester(Refused):
    message = _("Only a requester can become part of another person: whoever works here keeps an account of their own.")


class CannotTakeOver(Refused):
    message = _("Choose a requester or a colleague who is active.")


@transaction.atomic
def merge_people(*, person: User, into: User, by: User, at: datetime) -> User:
    """Make ``person`` a part of ``into``: requests, words, shares, appointments and addresses.

    Mail from the old address is theirs from now on, links and mails that the old person got still work, and nobody
    signs in as the old person any more. Returns the person who stays.
    Raises `NotAllowed` (a ticket of each must be in sight), `SamePerson`, `NotARequester`, `CannotTakeOver`.
    """
    if person.pk == into.pk:
        raise SamePerson
    rows = User.objects.select_for_update(no_key=True).filter(pk__in=[person.pk, into.pk]).order_by("pk")
    locked = {row.pk: row for row in rows}
    person, into = locked[person.pk], locked[into.pk]
    if not (may_merge(by, person, at) and may_merge(by, into, at)):
        raise NotAllowed
    if person.merged_into_id == into.pk:
        raise SamePerson
    if person.role != Role.REQUESTER or _works_here(person):
        raise NotARequester
    if not into.is_active or into.role not in (Role.REQUESTER, Role.COLLEAGUE) or person.merged_into_id:
        raise CannotTakeOver
    tickets = _take_over_requests(person, into, by=by, at=at)
    Message.objects.filter(author=person).update(author=into)
    Appointment.objects.filter(person=person).update(person=into)
    WalkUp.objects.filter(requester=person).update(requester=into)
    own = Ticket.objects.filter(requester=into).values("pk")
    Share.objects.filter(user=person, ticket__in=Share.objects.filter(user=into).values("ticket")).delete()
    Share.objects.filter(user=person).update(user=into)
    Share.objects.filter(user=into, ticket__in=own).delete()
    PhoneCall.objects.filter(person=person).update(person=into)
    address = _take_over_addresses(person, into, at=at)
    _take_over_numbers(person, into, at=at)
    into.organisation_id = into.organisation_id or person.organisation_id
    into.save()
    User.objects.filter(merged_into=person).update(merged_into=into)
    record_audit(
        action=Action.MERGED,
        kind=Audited.PERSON,
        by=by,
        at=at,
        of=into,
        data={"person": person.pk, "name": person.name, "address": address, "tickets": tickets},
    )
    return into


def may_merge(by: User, person: User, at: datetime) -> bool:
    """Whether ``by`` may say of this person who they are: support with a ticket of theirs in the own teams' queues."""
    return access.can_merge_people(by) and (
        by.role == Role.ADMIN or User.objects.filter(people.requesters_of(by, at=at), pk=person.pk).exists()
    )


def _works_here(person: User) -> bool:
    return Membership.objects.filter(user=person).exists() or Grant.objects.filter(user=person).exists()


def _take_over_requests(person: User, into: User, *, by: User, at: datetime) -> list[int]:
    tickets = Ticket.objects.select_for_update(of=("self",), no_key=True).filter(requester=person).order_by("pk")
    numbers = []
    for ticket in tickets:
        ticket.requester = into
        ticket.version += 1
        ticket.save(update_fields=["requester", "version"])
        data = {"requester": [person.pk, into.pk], "is_merge": True}
        events.record(ticket, by=by, kind=Kind.REQUESTER_CHANGED, at=at, **data)
        numbers.append(ticket.pk)
    return numbers


def _take_over_addresses(person: User, into: User, *, at: datetime) -> str | None:
    """Ends the old person's sign-in. Returns the address they had."""
    address = person.email
    person.email, person.is_active, person.merged_into = None, False, into
    person.session_epoch += 1
    person.set_unusable_password()
    person.save()
    PersonAddress.objects.filter(person=person).update(person=into)
    if address and not into.email:
        into.email = address
    elif address:
        PersonAddress.objects.get_or_create(address=address, defaults={"person": into, "added_at": at})
    return address


def _take_over_numbers(person: User, into: User, *, at: datetime) -> None:
    for number in [person.phone, *PersonNumber.objects.filter(person=person).values_list("number", flat=True)]:
        keep_number(into, number, at=at)
    PersonNumber.objects.filter(person=person).delete()
