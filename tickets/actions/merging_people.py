"""Two requesters who turned out to be one person: what was the one's becomes the other's, and for thirty days can go
back.

`PersonMerge.moved` remembers what moved and every value that the merge changed:

``tickets``, ``messages``, ``appointments``, ``walk_ups``, ``calls``, ``shares``   ids that became the other's
``dropped_shares``, ``dropped_numbers``   rows that the other did not need twice, whole
``added_numbers``    ids of numbers that were made of the old person's
``addresses``        ids of other addresses that moved; ``added_address`` the id of the one made of the old person's own
``merged``           people who had been merged into the old person before
``person``, ``into`` values of the two before and after, by field

The old person's password stays with them: nobody signs in with it while they are part of somebody else.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import Model, Q, QuerySet
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
    PersonMerge,
    PersonNumber,
    PhoneCall,
    Role,
    Share,
    Ticket,
    User,
    WalkUp,
)
from tickets.queries import people

OF_PERSON = ("email", "is_active")
"""Fields of the person who goes that a merge changes."""
OF_INTO = ("email", "phone", "organisation_id")
"""Fields of the person who stays that a merge may change."""


class SamePerson(Refused):
    message = _("This is the same person already.")


class NotARequester(Refused):
    message = _("Only a requester can become part of another person: whoever works here keeps an account of their own.")


class CannotTakeOver(Refused):
    message = _("Choose a requester or a colleague who is active.")


class AlreadyUndone(Refused):
    message = _("This merge has been undone already.")


class TooLateToUndo(Refused):
    message = _("That two people are one can be undone for 30 days.")


class MergedOn(Refused):
    message = _("The person who stayed has been merged into another since. Undo that first.")


class MergedMeanwhile(Refused):
    message = _("Somebody else has just merged one of these people. Look again.")


class AddressTaken(Refused):
    message = _("The address is somebody else's by now. Change it there first.")


@transaction.atomic
def merge_people(*, person: User, into: User, by: User, at: datetime) -> PersonMerge:
    """Make ``person`` a part of ``into``: requests, words, shares, appointments and addresses.

    Mail from the old address is theirs from now on, links and mails that the old person got still work, and nobody
    signs in as the old person any more.
    Raises `NotAllowed` (a ticket of each must be in sight), `SamePerson`, `NotARequester`, `CannotTakeOver`.
    """
    if person.pk == into.pk:
        raise SamePerson
    person, into = _locked(person.pk, into.pk, Q(merged_into=person))
    if not (may_merge(by, person, at) and may_merge(by, into, at)):
        raise NotAllowed
    if person.merged_into_id == into.pk:
        raise SamePerson
    if person.role != Role.REQUESTER or _works_here(person):
        raise NotARequester
    if not into.is_active or into.role not in (Role.REQUESTER, Role.COLLEAGUE) or person.merged_into_id:
        raise CannotTakeOver
    before = {"person": _values(person, OF_PERSON), "into": _values(into, OF_INTO)}
    moved: dict[str, Any] = {
        "tickets": _hand_over(Ticket.objects.filter(requester=person), into, by=by, at=at),
        "messages": _moved(Message.objects.filter(author=person), author=into),
        "appointments": _moved(Appointment.objects.filter(person=person), person=into),
        "walk_ups": _moved(WalkUp.objects.filter(requester=person), requester=into),
        "calls": _moved(PhoneCall.objects.filter(person=person), person=into),
        **_take_over_shares(person, into),
        **_take_over_addresses(person, into, at=at),
        **_take_over_numbers(person, into, at=at),
        "merged": _moved(User.objects.filter(merged_into=person).exclude(pk=person.pk), merged_into=into),
    }
    after = {"person": _values(person, OF_PERSON), "into": _values(into, OF_INTO)}
    for name, values in before.items():
        moved[name] = {field: [values[field], after[name][field]] for field in values}
    made = PersonMerge.objects.create(person=person, into=into, by=by, at=at, moved=moved)
    record_audit(
        action=Action.MERGED,
        kind=Audited.PERSON,
        by=by,
        at=at,
        of=into,
        data={
            "person": person.pk,
            "name": person.name,
            "address": before["person"]["email"],
            "tickets": moved["tickets"],
        },
    )
    return made


@transaction.atomic
def unmerge_people(*, merge: PersonMerge, by: User, at: datetime) -> User:
    """Make the two people two again: whatever moved goes back, as far as it is still the other's. What came since stays
    where it came. Returns the person who is back, who signs in as before.

    Raises `NotAllowed`, `AlreadyUndone`, `TooLateToUndo`, `MergedOn`, `AddressTaken`.
    """
    person, into = _locked(merge.person_id, merge.into_id, Q(pk__in=merge.moved["merged"]))
    merge = PersonMerge.objects.select_for_update(no_key=True).get(pk=merge.pk)
    if not may_unmerge(by, merge, at):
        raise NotAllowed
    if merge.undone_at is not None:
        raise AlreadyUndone
    if at > merge.at + PersonMerge.UNDOABLE:
        raise TooLateToUndo
    if into.merged_into_id or person.merged_into_id != into.pk:
        raise MergedOn
    moved = merge.moved
    _addresses_back(person, into, moved)
    tickets = _hand_over(Ticket.objects.filter(pk__in=moved["tickets"], requester=into), person, by=by, at=at)
    _moved(Message.objects.filter(pk__in=moved["messages"], author=into), author=person)
    _moved(Appointment.objects.filter(pk__in=moved["appointments"], person=into), person=person)
    _moved(WalkUp.objects.filter(pk__in=moved["walk_ups"], requester=into), requester=person)
    _moved(PhoneCall.objects.filter(pk__in=moved["calls"], person=into), person=person)
    _numbers_back(person, into, moved)
    _moved(User.objects.filter(pk__in=moved["merged"], merged_into=into), merged_into=person)
    _shares_back(person, into, moved)
    merge.undone_at, merge.undone_by = at, by
    merge.save(update_fields=["undone_at", "undone_by"])
    record_audit(
        action=Action.UNMERGED,
        kind=Audited.PERSON,
        by=by,
        at=at,
        of=into,
        data={"person": person.pk, "name": person.name, "address": person.email, "tickets": tickets},
    )
    return person


def may_merge(by: User, person: User, at: datetime) -> bool:
    """Whether ``by`` may say of this person who they are: support with a ticket of theirs in the own teams' queues."""
    return access.can_merge_people(by) and (
        by.role == Role.ADMIN or User.objects.filter(people.requesters_of(by, at=at), pk=person.pk).exists()
    )


def may_unmerge(by: User, merge: PersonMerge, at: datetime) -> bool:
    """As for the merge: the person who stays is in sight, and something that was the other's."""
    stays = User.objects.get(pk=User.objects.current_id(merge.into_id))
    if not may_merge(by, stays, at):
        return False
    if by.role == Role.ADMIN:
        return True
    theirs = Ticket.objects.worked_by(by, at).filter(queue__in=by.queue_ids, pk__in=merge.moved["tickets"])
    return theirs.exists()


def _locked(person_id: int, into_id: int, others: Q) -> tuple[User, User]:
    """The two, and everybody else whose row the merge or its undo writes, all in the order of their numbers."""
    rows = User.objects.select_for_update(no_key=True).filter(Q(pk__in=[person_id, into_id]) | others).order_by("pk")
    found = {row.pk: row for row in rows}
    if User.objects.filter(others).exclude(pk__in=found).exists():
        raise MergedMeanwhile
    return found[person_id], found[into_id]


def _works_here(person: User) -> bool:
    return Membership.objects.filter(user=person).exists() or Grant.objects.filter(user=person).exists()


def _hand_over(tickets: QuerySet[Ticket], to: User, *, by: User, at: datetime) -> list[int]:
    """Make them requests of ``to``. Returns their numbers."""
    numbers = []
    for ticket in tickets.select_for_update(of=("self",), no_key=True).order_by("pk"):
        before, ticket.requester = ticket.requester_id, to
        ticket.version += 1
        ticket.save(update_fields=["requester", "version"])
        events.record(ticket, by=by, kind=Kind.REQUESTER_CHANGED, at=at, requester=[before, to.pk], is_merge=True)
        numbers.append(ticket.pk)
    return numbers


def _moved(rows: QuerySet[Any], **to: Model) -> list[int]:
    """Change whose the rows are. Returns their ids."""
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    rows.model._default_manager.filter(pk__in=ids).update(**to)
    return ids


def _take_over_shares(person: User, into: User) -> dict[str, Any]:
    """Nobody follows a ticket twice, nor their own. The requests are the other's already."""
    own = Ticket.objects.filter(requester=into).values("pk")
    followed = Share.objects.filter(user=into).values("ticket")
    needless = Q(user=person, ticket__in=followed) | Q(user__in=[person, into], ticket__in=own)
    dropped = Share.objects.filter(needless).order_by("pk")
    rows = [[row.pk, row.ticket_id, row.user_id, row.added_by_id, _stamp(row.added_at)] for row in dropped]
    Share.objects.filter(pk__in=[row[0] for row in rows]).delete()
    return {"dropped_shares": rows, "shares": _moved(Share.objects.filter(user=person), user=into)}


def _shares_back(person: User, into: User, moved: dict[str, Any]) -> None:
    _moved(Share.objects.filter(pk__in=moved["shares"], user=into), user=person)
    known_people = set(
        User.objects.filter(pk__in=[row[3] for row in moved["dropped_shares"]]).values_list("pk", flat=True)
    )
    for share_id, ticket_id, user_id, added_by, added_at in moved["dropped_shares"]:
        is_there = Ticket.objects.filter(pk=ticket_id).exists()
        if is_there and not Share.objects.filter(Q(pk=share_id) | Q(ticket=ticket_id, user=user_id)).exists():
            Share.objects.create(
                pk=share_id,
                ticket_id=ticket_id,
                user_id=user_id,
                added_by_id=added_by if added_by in known_people else None,
                added_at=datetime.fromisoformat(added_at),
            )


def _take_over_addresses(person: User, into: User, *, at: datetime) -> dict[str, Any]:
    """Addresses, phone and organisation. Ends the old person's sign-in; their sessions end by the epoch."""
    address = person.email
    person.email, person.is_active, person.merged_into = None, False, into
    person.session_epoch += 1
    person.save()
    moved = _moved(PersonAddress.objects.filter(person=person), person=into)
    added = None
    if address and not into.email:
        into.email = address
    elif address:
        row, is_new = PersonAddress.objects.get_or_create(address=address, defaults={"person": into, "added_at": at})
        added = row.pk if is_new else None
    into.organisation_id = into.organisation_id or person.organisation_id
    into.save()
    return {"addresses": moved, "added_address": added}


def _take_over_numbers(person: User, into: User, *, at: datetime) -> dict[str, Any]:
    had = set(PersonNumber.objects.filter(person=into).values_list("pk", flat=True))
    others = PersonNumber.objects.filter(person=person).order_by("pk")
    dropped: list[list[Any]] = [[row.pk, row.number, _stamp(row.added_at)] for row in others]
    for number in [person.phone, *(row[1] for row in dropped)]:
        keep_number(into, number, at=at)
    others.delete()
    added = PersonNumber.objects.filter(person=into).exclude(pk__in=had).order_by("pk")
    return {"dropped_numbers": dropped, "added_numbers": list(added.values_list("pk", flat=True))}


def _numbers_back(person: User, into: User, moved: dict[str, Any]) -> None:
    PersonNumber.objects.filter(pk__in=moved["added_numbers"], person=into).delete()
    PersonNumber.objects.bulk_create(
        PersonNumber(pk=number_id, person=person, number=number, added_at=datetime.fromisoformat(added_at))
        for number_id, number, added_at in moved["dropped_numbers"]
    )


def _addresses_back(person: User, into: User, moved: dict[str, Any]) -> None:
    """Raises `AddressTaken`. What was changed since by a person stays as that person said."""
    PersonAddress.objects.filter(pk=moved["added_address"], person=into).delete()
    for name, (before, after) in moved["into"].items():
        if before != after and getattr(into, name) == after:
            setattr(into, name, before)
    into.save()
    address = moved["person"]["email"][0]
    if address and User.objects.with_address(address) is not None:
        raise AddressTaken
    person.email, person.is_active, person.merged_into = address, moved["person"]["is_active"][0], None
    person.save()
    _moved(PersonAddress.objects.filter(pk__in=moved["addresses"], person=into), person=person)


def _values(person: User, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(person, name) for name in names}


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
