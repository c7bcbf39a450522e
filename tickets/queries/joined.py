"""Tickets that belong together, as their readers meet them. Of a ticket outside a reader's sight nothing is told, not
even its number."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, QuerySet

from tickets.models import Appointment, Event, Link, Merge, Message, Ticket, User
from tickets.models.ticket import RemovedAs

SUGGESTED = 8
LOOKED_AT = 2000
"""Of so many newest tickets the words of a subject are looked for: a suggestion, not a search."""


@dataclass(frozen=True)
class Linked:
    """A link as one of its ends shows it: the stored row, and the other end."""

    link: Link
    other: Ticket


def links_of(ticket: Ticket, user: User, *, at: datetime) -> list[Linked]:
    """Links to tickets that the person works, in the order in which they were made. No statement where
    `ticket_for_page` saw none."""
    if not getattr(ticket, "has_links", True):
        return []
    links = Link.objects.filter(Q(ticket=ticket) | Q(other=ticket)).select_related("ticket", "other").order_by("id")
    ends = {each.pk: each.other if each.ticket_id == ticket.pk else each.ticket for each in links}
    if not ends:
        return []
    seen = set(seen_by(user, (end.pk for end in ends.values()), at=at))
    return [Linked(each, ends[each.pk]) for each in links if ends[each.pk].pk in seen]


def seen_by(user: User, numbers: Iterable[int], *, at: datetime) -> dict[int, str]:
    """Subjects of those tickets in use that the person works, by number."""
    asked = set(numbers)
    if not asked:
        return {}
    return dict(Ticket.objects.worked_by(user, at).present().filter(pk__in=asked).values_list("pk", "subject"))


def tickets_in(events: Iterable[Event]) -> set[int]:
    """Numbers of other tickets that the events tell of."""
    numbers: set[int] = set()
    for event in events:
        numbers.update(event.data[key] for key in ("other", "into", "source", "out_of") if event.data.get(key))
    return numbers


def known_in(events: Iterable[Event], user: User, *, at: datetime) -> dict[int, str]:
    """Subjects of the tickets that the events tell of and the person works, merged ones too: these lead on."""
    asked = tickets_in(events)
    if not asked:
        return {}
    return dict(Ticket.objects.worked_by(user, at).filter(pk__in=asked).values_list("pk", "subject"))


def undoable_merges(ticket: Ticket, *, at: datetime) -> set[int]:
    """Ids of the merges into this ticket that may still be undone."""
    merges = Merge.objects.filter(target=ticket, undone_at__isnull=True, at__gte=at - Merge.UNDOABLE)
    return set(merges.values_list("pk", flat=True))


def merge_of(user: User, merge_id: int, *, at: datetime) -> Merge:
    """A merge of two tickets that the person works. Raises `Merge.DoesNotExist`."""
    worked = Ticket.objects.worked_by(user, at).values("pk")
    return Merge.objects.select_related("source", "target").get(pk=merge_id, source__in=worked, target__in=worked)


def last_merge_of(user: User, source: Ticket, *, at: datetime) -> Merge:
    """The merge by which the ticket went, of those that the person works both ends of. Raises `Merge.DoesNotExist`."""
    worked = Ticket.objects.worked_by(user, at).values("pk")
    merges = Merge.objects.filter(source=source, source__in=worked, target__in=worked).select_related(
        "source", "target"
    )
    found = merges.order_by("-pk").first()
    if found is None:
        raise Merge.DoesNotExist
    return found


def went_into(ticket: Ticket) -> int | None:
    """The number of the ticket in which a merged one is now, however often it was merged on; None when it is gone."""
    number: int = ticket.pk
    removed_as, into = ticket.removed_as, ticket.merged_into_id
    while removed_as == RemovedAs.MERGED and into is not None:
        number = into
        row = Ticket.objects.filter(pk=into).values_list("removed_as", "merged_into").first()
        if row is None:
            return None
        removed_as, into = row
    return None if removed_as == RemovedAs.MERGED else number


def said_on(ticket: Ticket) -> QuerySet[Message]:
    """What the ticket's readers may read of it: its public messages, or of a merged one those it had when it went."""
    if ticket.removed_as != RemovedAs.MERGED:
        return Message.objects.public().filter(ticket=ticket)
    merge = Merge.objects.filter(source=ticket, undone_at__isnull=True).first()
    return Message.objects.filter(pk__in=merge.moved["public"] if merge else [])


def suggestions(ticket: Ticket, user: User, words: str, *, at: datetime) -> list[Ticket]:
    """Tickets that ``words`` may mean, newest first: a number, words of a subject, or without words the same
    requester's others."""
    worked = Ticket.objects.worked_by(user, at).present().exclude(pk=ticket.pk).select_related("requester", "queue")
    asked = words.strip().lstrip("#")
    if not asked:
        return list(worked.filter(requester=ticket.requester_id).order_by("-id")[:SUGGESTED])
    if asked.isdecimal():
        return list(worked.filter(pk=int(asked[:18])))
    newest = worked.order_by("-id").values("pk")[:LOOKED_AT]
    found = Ticket.objects.worked_by(user, at).filter(pk__in=newest).select_related("requester", "queue")
    for word in asked.split()[:8]:
        found = found.filter(subject__icontains=word)
    return list(found.order_by("-id")[:SUGGESTED])


def appointments_of(ticket: Ticket) -> list[Appointment]:
    """The appointments of a loaded ticket that are not cancelled, the next one first, past ones at the end; no
    statement where `ticket_for_page` saw none."""
    if not getattr(ticket, "has_appointments", True):
        return []
    rows = Appointment.objects.filter(ticket=ticket, cancelled_at__isnull=True).select_related("person", "by")
    return list(rows.order_by(F("woken_at").asc(nulls_first=True), "starts_at", "id")[:SUGGESTED])


def appointment_of(user: User, appointment_id: int, *, at: datetime) -> Appointment:
    """One appointment on a ticket that the person works. Raises `Appointment.DoesNotExist`."""
    rows = Appointment.objects.filter(ticket__in=Ticket.objects.worked_by(user, at).values("pk"))
    return rows.select_related("ticket", "person").get(pk=appointment_id)
