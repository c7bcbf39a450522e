"""Reading courses again from their events: to find what differs, to mend it, and to begin where there was none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from django.db import transaction

from sla import course, queries
from sla.actions import flagging, folding
from sla.course import Course, Happening
from sla.models import Agreement, Clock, Flag, Standing
from tickets.actions.locking import locked
from tickets.models import Event, Ticket

AT_ONCE = 200
"""Tickets found by one statement."""


Raised = tuple[str, int, datetime]
"""The level of a flag, for which time it was passed, and when."""


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


def suspected(numbers: Sequence[int], *, at: datetime) -> list[int]:
    """Of these tickets those where what is stored is not what their events give, as far as can be told while the desk
    goes on: nothing is locked, and what was read a moment later may be newer. `reconcile` says for certain. Six
    statements, however many tickets they are."""
    standings = Standing.objects.in_bulk(numbers)
    tickets = Ticket.objects.only(*folding.NOTHING_PROMISED).in_bulk(numbers)
    rows: defaultdict[int, list[Clock]] = defaultdict(list)
    for row in Clock.objects.filter(ticket__in=numbers).order_by("id"):
        rows[row.ticket_id].append(row)
    raised: defaultdict[int, set[Raised]] = defaultdict(set)
    flags = Flag.objects.filter(clock__ticket__in=numbers, revoked_at=None)
    for clock, level, time, passed_at in flags.values_list("clock", "level", "time", "at"):
        raised[clock].add((level, time, passed_at))
    happened = queries.happened_on_each(numbers)
    return [
        number
        for number in numbers
        if number in standings and number in tickets
        and _all_differences(tickets[number], standings[number], rows[number], happened[number], raised, at)
    ]  # fmt: skip


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
    raised = {
        row.pk: set(Flag.objects.filter(clock=row, revoked_at=None).values_list("level", "time", "at")) for row in rows
    }
    found = _all_differences(ticket, standing, rows, queries.happened_on(ticket_id), raised, at)
    if found and fixes:
        folding.recompute(ticket, standing, why=Flag.Why.READ_AGAIN, at=at)
        for row in queries.clocks_of(ticket_id):
            flagging.settle(row, queries.reached(row), at=at)
    return found


def _all_differences(
    ticket: Ticket,
    standing: Standing,
    rows: list[Clock],
    happened: list[Happening],
    raised: Mapping[int, Collection[Raised]],
    at: datetime,
) -> list[Difference]:
    """``raised`` are the flags that stand, by clock."""
    read, last = queries.read_anew(happened)
    stored = queries.course_of(standing, rows)
    rested = [course.at_rest(one, at, queries.hours) for one in (stored, read)]
    found = list(_differences(ticket.pk, *rested))
    found += _derived(ticket.pk, stored, rows, raised)
    if standing.at != last:
        found.append(Difference(ticket.pk, "at", standing.at, last))
    promised = folding.promise(stored.clocks)
    for name, value in promised.items():
        # Whether it is broken is known to whoever looks at the clock; the row may learn of it later.
        if name != "breached_at" and getattr(ticket, name) != value:
            found.append(Difference(ticket.pk, name, getattr(ticket, name), value))
    return found


def _derived(
    ticket_id: int, stored: Course, rows: list[Clock], raised: Mapping[int, Collection[Raised]]
) -> Iterator[Difference]:
    """What a clock's row and its flags say beyond the course itself."""
    assert stored.terms is not None
    for row, clock in zip(rows, stored.clocks, strict=True):
        columns = folding.columns(clock, stored.terms.levels)
        for name in ("next_level", "next_at", "overdue_s"):
            if getattr(row, name) != columns[name]:
                yield Difference(ticket_id, f"{clock.metric} {clock.cycle} {name}", getattr(row, name), columns[name])
        flags = set(raised.get(row.pk, ()))
        passed = {(one.level, number, one.at) for one, number in flagging.numbered(clock.reached)}
        if flags != passed:
            yield Difference(ticket_id, f"{clock.metric} {clock.cycle} flags", sorted(flags), sorted(passed))


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
