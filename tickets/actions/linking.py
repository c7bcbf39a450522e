"""Tickets that belong together: related, duplicate, parent and child. Opposite: taking the link away."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection, models, transaction
from django.utils.translation import gettext_lazy as _

from tickets import access, events
from tickets.actions.errors import NotAllowed, Refused
from tickets.actions.locking import locked_pair
from tickets.actions.removing import refuse_removed
from tickets.models import Kind, Link, Ticket, User

_FAMILY_LOCK = 0x44594C  # "DYL": one change of parents at a time, or three of them could close a circle


class Relation(models.TextChoices):
    """What the other ticket is to this one."""

    RELATED = "related", _("Related to")
    DUPLICATE_OF = "duplicate_of", _("Duplicate of")
    DUPLICATED_BY = "duplicated_by", _("Has the duplicate")
    CHILD_OF = "child_of", _("Part of")
    PARENT_OF = "parent_of", _("Has the part")


OPPOSITE = {
    Relation.RELATED: Relation.RELATED,
    Relation.DUPLICATE_OF: Relation.DUPLICATED_BY,
    Relation.DUPLICATED_BY: Relation.DUPLICATE_OF,
    Relation.CHILD_OF: Relation.PARENT_OF,
    Relation.PARENT_OF: Relation.CHILD_OF,
}
_STORED = {Relation.DUPLICATE_OF: Link.Kind.DUPLICATE, Relation.PARENT_OF: Link.Kind.PARENT}
"""Relations as they are stored, seen from `Link.ticket`; related ones stand with the lower number first."""


class LinkedToItself(Refused):
    message = _("A ticket cannot be linked to itself.")


class AlreadyLinked(Refused):
    message = _("These two tickets are linked like this already.")


class HasParent(Refused):
    message = _("This ticket is part of another one already. Take that link away first.")


class Circle(Refused):
    message = _("The one is part of the other already: it cannot be the other way round too.")


class UnknownRelation(Refused):
    message = _("This kind of link is not known.")


@transaction.atomic
def link(*, ticket: Ticket, other: Ticket, relation: str, by: User, at: datetime) -> Link:
    """Link two tickets: ``relation`` is what ``ticket`` is to ``other``, as in "duplicate of other".

    Raises `NotAllowed`, `TicketIsRemoved`, `LinkedToItself`, `UnknownRelation`, `AlreadyLinked`, `HasParent`, `Circle`.
    """
    if ticket.pk == other.pk:
        raise LinkedToItself
    if relation not in Relation.values:
        raise UnknownRelation
    ticket, other = _both(ticket, other, by=by, at=at)
    for each in (ticket, other):
        refuse_removed(each)
    first, second, kind = stored(ticket.pk, other.pk, Relation(relation))
    if Link.objects.filter(ticket=first, other=second, kind=kind).exists():
        raise AlreadyLinked
    if kind == Link.Kind.DUPLICATE and Link.objects.filter(ticket=second, other=first, kind=kind).exists():
        raise AlreadyLinked
    if kind == Link.Kind.PARENT:
        lock_families()
        if Link.objects.filter(other=second, kind=kind).exists():
            raise HasParent
        if is_below(first, second):
            raise Circle
    made = Link.objects.create(ticket_id=first, other_id=second, kind=kind, by=by, at=at)
    _told(ticket, other, Relation(relation), kind=Kind.LINKED, link=made.pk, by=by, at=at)
    return made


@transaction.atomic
def unlink(*, link: Link, by: User, at: datetime) -> None:
    """Take a link away. Taking it away twice does nothing. Raises `NotAllowed`."""
    ticket, other = _both(link.ticket, link.other, by=by, at=at)
    deleted, _rows = Link.objects.filter(pk=link.pk, ticket=ticket, other=other).delete()
    if deleted:
        relation = relation_of(link, seen_from=ticket.pk)
        _told(ticket, other, relation, kind=Kind.UNLINKED, link=link.pk, by=by, at=at)


def stored(ticket_id: int, other_id: int, relation: Relation) -> tuple[int, int, str]:
    """The ends in the order in which they are stored, and the kind."""
    if relation == Relation.RELATED:
        return min(ticket_id, other_id), max(ticket_id, other_id), Link.Kind.RELATED
    if relation in _STORED:
        return ticket_id, other_id, _STORED[relation]
    return other_id, ticket_id, _STORED[OPPOSITE[relation]]


def relation_of(link: Link, *, seen_from: int) -> Relation:
    """What the ticket ``seen_from`` is to the other end."""
    if link.kind == Link.Kind.RELATED:
        return Relation.RELATED
    relation = Relation.DUPLICATE_OF if link.kind == Link.Kind.DUPLICATE else Relation.PARENT_OF
    return relation if link.ticket_id == seen_from else OPPOSITE[relation]


def lock_families() -> None:
    """Held until the transaction ends; taken after the locks of the tickets."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [_FAMILY_LOCK])


def is_below(ticket_id: int, ancestor_id: int) -> bool:
    """Whether going up from parent to parent leads from the one to the other."""
    seen: set[int] = set()
    current: int | None = ticket_id
    while current is not None and current not in seen:
        if current == ancestor_id:
            return True
        seen.add(current)
        parents = Link.objects.filter(other=current, kind=Link.Kind.PARENT)
        current = parents.values_list("ticket", flat=True).first()
    return False


def _both(ticket: Ticket, other: Ticket, *, by: User, at: datetime) -> tuple[Ticket, Ticket]:
    ticket, other = locked_pair(ticket, other)
    if not (access.can_join(by, ticket, at) and access.can_join(by, other, at)):
        raise NotAllowed
    return ticket, other


def _told(
    ticket: Ticket, other: Ticket, relation: Relation, *, kind: Kind, by: User, at: datetime, **data: Any
) -> None:
    """One event on each, in its own words."""
    for one, two, is_to in ((ticket, other, relation), (other, ticket, OPPOSITE[relation])):
        one.updated_at = at
        one.version += 1
        one.save(update_fields=["updated_at", "version"])
        events.record(one, by=by, kind=kind, at=at, relation=is_to, other=two.pk, **data)
