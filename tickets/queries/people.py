"""People as whoever merges two of them sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from tickets.models import Message, PersonAddress, PersonMerge, Role, Ticket, User

FOUND = 10


@dataclass(frozen=True)
class Card:
    """One person before a merge: what is theirs, as far as the reader works it."""

    person: User
    addresses: list[str]
    requests: int
    newest: list[Ticket]
    messages: int


def requesters_of(user: User, *, at: datetime) -> Q:
    """The people whose requests and addresses the person sees: those of the own teams' queues."""
    worked = Ticket.objects.worked_by(user, at)
    if user.role != Role.ADMIN:
        worked = worked.filter(queue__in=user.queue_ids)
    return Q(pk__in=worked.values("requester"))


def requester(user: User, person_id: int, *, at: datetime) -> User:
    """A person with a request that the reader works. Raises `User.DoesNotExist`."""
    return User.objects.select_related("organisation").filter(requesters_of(user, at=at)).get(pk=person_id)


def card_of(person: User, user: User, *, at: datetime) -> Card:
    worked = Ticket.objects.worked_by(user, at)
    theirs = worked.filter(requester=person)
    others = PersonAddress.objects.filter(person=person).order_by("address").values_list("address", flat=True)
    return Card(
        person=person,
        addresses=[*filter(None, [person.email]), *others],
        requests=theirs.count(),
        newest=list(theirs.order_by("-id")[:3]),
        messages=Message.objects.visible_to(user, at).filter(author=person).count(),
    )


def same_as(person: User, user: User, words: str, *, at: datetime) -> list[User]:
    """Who ``person`` may be as well: found by an address, or by words of a name; without words by the same name."""
    asked = words.strip()
    people = User.objects.filter(role__in=[Role.REQUESTER, Role.COLLEAGUE], is_active=True).exclude(pk=person.pk)
    people = people.filter(requesters_of(user, at=at)).select_related("organisation")
    if "@" in asked:
        address = User.clean_email(asked)
        people = people.filter(Q(email=address) | Q(addresses__address=address))
    elif asked:
        for word in asked.split()[:5]:
            people = people.filter(name__icontains=word)
    else:
        people = people.filter(sort_key=person.sort_key)
    return list(people.order_by("sort_key", "id").distinct()[:FOUND])


def merge(merge_id: int) -> PersonMerge:
    """Raises `PersonMerge.DoesNotExist`."""
    return PersonMerge.objects.select_related("person", "into", "by").get(pk=merge_id)


def last_merge_of(person_id: int) -> PersonMerge:
    """The latest merge by which the person became part of another. Raises `PersonMerge.DoesNotExist`."""
    return PersonMerge.objects.filter(person=person_id).latest("at", "id")


def undoable_merges(into: User, *, at: datetime) -> list[PersonMerge]:
    """Who was merged into the person and can still be taken out again, the latest first."""
    found = PersonMerge.objects.filter(into=into, undone_at__isnull=True, at__gte=at - PersonMerge.UNDOABLE)
    return list(found.select_related("person", "by").order_by("-at", "-id"))


@dataclass(frozen=True)
class GoesBack:
    """What an undo gives back, in numbers; ``address`` is the one the person signed in with."""

    tickets: int
    messages: int
    address: str
    until: datetime


def what_goes_back(merge: PersonMerge) -> GoesBack:
    moved = merge.moved
    tickets = Ticket.objects.filter(pk__in=moved["tickets"], requester=merge.into_id).count()
    messages = Message.objects.filter(pk__in=moved["messages"], author=merge.into_id).count()
    return GoesBack(tickets, messages, moved["person"]["email"][0] or "", merge.at + PersonMerge.UNDOABLE)
