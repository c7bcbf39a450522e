"""People who may be named with an @ on a ticket, and who is called how."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, Func, OuterRef, Q, QuerySet, TextField

from tickets.models import Consulted, Grant, Membership, Role, Ticket, User
from tickets.models.grant import mentors_of
from tickets.queries.consultations import colleagues
from tickets.searching.words import plain

FOUND = 8


class _Plain(Func):
    """Without accents, in lower case: `searching.words.plain` in the database."""

    function = "search_plain"
    output_field = TextField()


def called_by_one_of(words: Collection[str], *, addresses: Collection[str] = ()) -> list[User]:
    """Active employees of whose name a word begins with one of these, or whose address is meant."""
    wanted = Q(email__in=addresses)
    for word in words:
        asked = plain(word)
        wanted |= Q(plain_name__startswith=asked) | Q(plain_name__contains=f" {asked}") | Q(email__istartswith=word)
    return list(_employees().filter(wanted).order_by("sort_key", "pk"))


def _employees() -> QuerySet[Any]:
    people = User.objects.filter(is_active=True, merged_into=None).exclude(role=Role.REQUESTER)
    return people.annotate(plain_name=_Plain("name"))


@dataclass(frozen=True)
class ToName:
    """Somebody offered while an @ is typed; ``written`` means them alone."""

    person: User
    written: str
    is_outside: bool
    """Does not see the ticket: to name them is to let them in."""


def people_to_name(user: User, ticket: Ticket, words: str, *, may_let_in: bool, at: datetime) -> list[ToName]:
    """Those who work the ticket first. Without ``may_let_in`` only they."""
    inside = Exists(User.objects.filter(_works(ticket, at), pk=OuterRef("pk")))
    people = colleagues(user, ticket, words).annotate(is_inside=inside)
    if not may_let_in:
        people = people.filter(is_inside=True)
    found = list(people.order_by("-is_inside", "sort_key", "pk")[:FOUND])
    names = {plain(person.name) for person in found}
    alike = _employees().filter(plain_name__in=names).values("plain_name").annotate(number=Count("pk"))
    several = {row["plain_name"] for row in alike if row["number"] > 1} if names else set()
    return [
        ToName(
            person,
            person.name if person.name and plain(person.name) not in several else person.email or "",
            not person.is_inside,
        )
        for person in found
    ]


def _works(ticket: Ticket, at: datetime) -> Q:
    """`access.can_work` for many people at once, but for the grace of a duty just over."""
    team = Membership.objects.filter(team=ticket.queue.team_id).values("user")
    asked = Consulted.objects.filter(Q(until=None) | Q(until__gt=at), ticket=ticket).values("person")
    on_duty = Grant.objects.live().filter(
        windows__starts_at__lte=at, windows__ends_at__gt=at, channels__contains=[ticket.channel], queues=ticket.queue_id
    )
    works = Q(role=Role.ADMIN) | Q(role__in=[Role.AGENT, Role.LEAD], pk__in=team)
    works |= Q(pk__in=asked) | Q(pk__in=on_duty.values("user"))
    if ticket.assignee_id:
        works |= Q(role__in=[Role.AGENT, Role.LEAD], pk__in=mentors_of(ticket.assignee_id, at))
    return works
