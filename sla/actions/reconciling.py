"""Reading courses again from their events: to find what differs, to mend it, and to begin where there was none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime

from django.db import transaction

from sla import course, queries
from sla.actions import flagging, folding
from sla.course import Course
from sla.models import Agreement, Clock, Flag, Standing
from tickets.actions.locking import locked
from tickets.models import Event, Ticket

AT_ONCE = 200
"""Tickets found by one statement."""


@dataclass(frozen=True)
class Difference:
    ticket_id: int
    what: str
    stored: object
    replayed: object

    def __str__(self) -> str:
        return f"#{self.ticket_id} {self.what}: stored {self.stored}, from events {self.replayed}"


def standing_tickets(after: int) -> list[int]:
    """The next tickets that have a course, by number."""
    rows = Standing.objects.filter(ticket__gt=after).order_by("ticket")
    return list(rows.values_list("ticket", flat=True)[:AT_ONCE])


def tickets_without(after: int) -> list[int]:
    """The next tickets that have none."""
    rows = Ticket.objects.filter(pk__gt=after).exclude(pk__in=Standing.objects.values("ticket")).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:AT_ONCE])


@transaction.atomic
def reconcile(ticket_id: int, *, at: datetime, fixes: bool) -> list[Difference]:
    """What is stored about the ticket's promises and is not what its events give, as things stand at ``at``. With
    ``fixes`` it is written anew."""
    try:
        ticket = locked(Ticket(pk=ticket_id))
    except Ticket.DoesNotExist:
        return []  # erased meanwhile
    standing = queries.standing_of(ticket_id)
    if standing is None:
        return []
    rows = queries.clocks_of(ticket_id)
    read, last = queries.replayed(ticket_id)
    stored = queries.course_of(standing, rows)
    rested = [course.at_rest(one, at, queries.hours) for one in (stored, read)]
    found = list(_differences(ticket_id, *rested))
    found += _derived(ticket_id, stored, rows)
    if standing.at != last:
        found.append(Difference(ticket_id, "at", standing.at, last))
    promised = folding.promise(stored.clocks)
    for name, value in promised.items():
        # Whether it is broken is known to whoever looks at the clock; the row may learn of it later.
        if name != "breached_at" and getattr(ticket, name) != value:
            found.append(Difference(ticket_id, name, getattr(ticket, name), value))
    if found and fixes:
        folding.recompute(ticket, standing, why=Flag.Why.READ_AGAIN, at=at)
        for row in queries.clocks_of(ticket_id):
            flagging.settle(row, queries.reached(row), at=at)
    return found


def _derived(ticket_id: int, stored: Course, rows: list[Clock]) -> Iterator[Difference]:
    """What a clock's row and its flags say beyond the course itself."""
    assert stored.terms is not None
    for row, clock in zip(rows, stored.clocks, strict=True):
        columns = folding.columns(clock, stored.terms.levels)
        for name in ("next_level", "next_at", "overdue_s"):
            if getattr(row, name) != columns[name]:
                yield Difference(ticket_id, f"{clock.metric} {clock.cycle} {name}", getattr(row, name), columns[name])
        raised = set(Flag.objects.filter(clock=row, revoked_at=None).values_list("level", "time", "at"))
        passed = {(one.level, number, one.at) for one, number in flagging.numbered(clock.reached)}
        if raised != passed:
            yield Difference(ticket_id, f"{clock.metric} {clock.cycle} flags", sorted(raised), sorted(passed))


def _differences(ticket_id: int, stored: Course, read: Course) -> Iterator[Difference]:
    for name in ("status", "is_gone", "is_answered", "terms"):
        if getattr(stored, name) != getattr(read, name):
            yield Difference(ticket_id, name, getattr(stored, name), getattr(read, name))
    one = {(clock.metric, clock.cycle): clock for clock in stored.clocks}
    other = {(clock.metric, clock.cycle): clock for clock in read.clocks}
    for place in sorted(one.keys() | other.keys()):
        label = f"{place[0]} {place[1]}"
        if place not in one or place not in other:
            yield Difference(
                ticket_id, label, "a clock" if place in one else None, "a clock" if place in other else None
            )
            continue
        for each in fields(course.Clock):
            was, should = getattr(one[place], each.name), getattr(other[place], each.name)
            if was != should:
                yield Difference(ticket_id, f"{label} {each.name}", was, should)


@transaction.atomic
def backfill(ticket_id: int, *, at: datetime) -> bool:
    """Begin the course of a ticket that was there before the desk promised anything, from all its events, by the
    policy that fits it now. Returns whether it has one now and had none."""
    try:
        ticket = locked(Ticket(pk=ticket_id))
    except Ticket.DoesNotExist:
        return False
    first = Event.objects.filter(ticket=ticket).order_by("at", "id").first()
    if first is None or Standing.objects.filter(ticket=ticket).exists():
        return False
    Agreement.objects.filter(ticket=ticket).delete()
    if folding.agree(first, None, as_of=at) is None:
        return False
    folding.recompute(ticket, None, why=Flag.Why.READ_AGAIN, at=at)
    return True
