"""Letting somebody go who was asked on a ticket, or let in by a mention, before their day is over; and back again."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import transaction
from django.db.models import Q
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from tickets import access, events
from tickets.actions.errors import NotAllowed, Refused
from tickets.actions.locking import locked
from tickets.models import Consultation, Consulted, Event, Kind, Ticket, User
from tickets.models.consultation import LOOKS_IN


class NotLookingIn(Refused):
    message = _("This person does not look in any more.")


class LooksInAgain(Refused):
    message = _("There is nothing to undo any more.")


@transaction.atomic
def let_go(*, ticket: Ticket, person: User, by: User, at: datetime) -> Event:
    """``person`` sees the ticket no more by having been asked or named on it, from now on and everywhere. A question
    that waited for them alone is closed. Raises `NotAllowed`, `NotLookingIn`."""
    ticket = locked(ticket)
    rows = list(
        Consulted.objects.select_for_update(of=("self",))
        .filter(Q(until=None) | Q(until__gt=at), ticket=ticket, person=person)
        .select_related("consultation")
        .order_by("pk")
    )
    if not rows:
        raise NotLookingIn
    if not access.can_let_go(by, ticket, [each.consultation.asked_by_id for each in rows], at):
        raise NotAllowed
    was = [[each.pk, each.until.astimezone(UTC).isoformat() if each.until else None] for each in rows]
    Consulted.objects.filter(pk__in=[each.pk for each in rows]).update(until=at)
    waiting = Consultation.objects.waiting().filter(pk__in=[each.consultation_id for each in rows])
    others = Consulted.objects.filter(Q(until=None) | Q(until__gt=at)).values("consultation")
    closed = list(waiting.exclude(pk__in=others).order_by("pk").values_list("pk", flat=True))
    # Not as `asking.close` does: nobody is left who would look in for a day more.
    Consultation.objects.filter(pk__in=closed).update(closed_at=at)
    return events.record(ticket, by=by, kind=Kind.LET_GO, at=at, person=person.pk, was=was, closed=closed)


@transaction.atomic
def let_back(*, ticket: Ticket, person: User, by: User, at: datetime) -> Event:
    """Undo of the last `let_go` of the person on this ticket: they look in as long as they would have. Raises
    `NotAllowed`, `LooksInAgain` where it was undone already or they were let in anew."""
    ticket = locked(ticket)
    gone = Event.objects.filter(ticket=ticket, kind=Kind.LET_GO, data__person=person.pk).order_by("-pk").first()
    if gone is None:
        raise LooksInAgain
    was = dict(gone.data["was"])
    rows = list(
        Consulted.objects.select_for_update(of=("self",))
        .filter(pk__in=was, ticket=ticket, person=person, until=gone.at)
        .select_related("consultation")
        .order_by("pk")
    )
    if not rows:
        raise LooksInAgain
    if not access.can_let_go(by, ticket, [each.consultation.asked_by_id for each in rows], at):
        raise NotAllowed
    if ticket.is_unsolved and not ticket.removed_as:
        Consultation.objects.filter(pk__in=gone.data["closed"], closed_at=gone.at).update(closed_at=None)
    for each in rows:
        each.consultation.refresh_from_db(fields=["closed_at"])
        closed_at, until = each.consultation.closed_at, was[each.pk]
        each.until = parse_datetime(until) if until else closed_at and closed_at + LOOKS_IN
        each.save(update_fields=["until"])
    return events.record(ticket, by=by, kind=Kind.LET_BACK, at=at, person=person.pk)
