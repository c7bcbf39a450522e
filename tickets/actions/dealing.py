"""Automatic assignment: a queue gives its waiting tickets, the oldest first, to the people of its team.

Who gets the next one is whoever waited longest for one (in turn), or has the fewest in hand, then as in turn. Nobody
gets more than the queue's cap, what they are away from (`Presence`), what they asked for themselves, or what they have
handed back before. In hand is what could be worked now: new and open tickets that are not snoozed, of any queue.

While no presence of anybody is known for the last week or later, nobody keeps hours here: then all count as present.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Max

from tickets import access, events
from tickets.actions.assigning import given
from tickets.actions.locking import lock_person
from tickets.models import Assignment, AssignmentTurn, Event, Kind, Presence, Queue, Role, Ticket, User

KNOWN_FOR = timedelta(days=7)
SUPPORT = (Role.AGENT, Role.LEAD, Role.ADMIN)
COUNTED = 10_000
"""How many waiting tickets are counted for a page; more are called more."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody of the queue's team as automatic assignment sees them."""

    person: User
    in_hand: int
    last_at: datetime | None
    """When their last turn in this queue was."""
    is_present: bool


@dataclass(frozen=True)
class Foreseen:
    """What automatic assignment would do now: ``waiting`` tickets that nobody has (up to COUNTED), the ``oldest`` of
    them, everybody of the team, and who would get the next one by each way, at the queue's own cap."""

    waiting: int
    oldest: int | None
    standings: list[Standing]
    next_by: dict[str, User | None]
    cap: int

    def room(self, cap: int | None = None) -> int:
        """How many tickets the people who are present could take together, at the queue's cap or another."""
        most = self.cap if cap is None else cap
        return sum(max(0, most - each.in_hand) for each in self.standings if each.is_present)


def deal_all(*, at: datetime, limit: int = 500) -> int:
    """Give out what waits in every queue that does so. Returns how many were given."""
    given = 0
    dealing = Queue.objects.exclude(assignment=Assignment.OFF).order_by("position", "id")
    for queue_id in dealing.values_list("pk", flat=True):
        passed: set[int] = set()
        while given < limit:
            ticket = deal_next(queue_id=queue_id, passed=passed, at=at)
            if ticket is None:
                break
            if ticket.assignee_id is None:
                passed.add(ticket.pk)
            else:
                given += 1
    return given


@transaction.atomic
def deal_next(*, queue_id: int, passed: set[int], at: datetime) -> Ticket | None:
    """Give the oldest waiting ticket of the queue, but for those ``passed``, to somebody.

    Returns it without an assignee when nobody may have it, and None when nothing waits or nobody is free. The queue's
    row is locked first, so that turns and counts are those of one at a time; a ticket that somebody is just taking is
    skipped. Another queue may give to the same person: they are locked while their tickets are counted.
    """
    queue = Queue.objects.select_for_update(no_key=True, of=("self",)).get(pk=queue_id)
    if queue.assignment == Assignment.OFF:
        return None
    people = _in_order(queue, at)
    if not people:
        return None
    waiting = Ticket.objects.filter(queue=queue).actionable().unassigned().exclude(pk__in=passed)
    number = waiting.order_by("opened_at", "id").values_list("pk", flat=True).first()
    if number is None:
        return None
    refused = _handed_back(number)
    for person in people:
        if person.pk in refused:
            continue
        lock_person(person)
        if _in_hand(person) >= queue.assignment_cap:
            continue
        ticket = _still_waiting(number)
        if ticket is None:
            passed.add(number)
            return Ticket(pk=number)
        if ticket.requester_id == person.pk or not access.can_be_assignee(person, ticket, at):
            continue
        _remember_turn(queue, person, at)
        with events.caused_by(automatic=queue.assignment):
            return given(ticket, to=person, by=None, kind=Kind.ASSIGNED, at=at)
    return Ticket(pk=number)


def _still_waiting(number: int) -> Ticket | None:
    waiting = Ticket.objects.actionable().unassigned().select_related("queue", "requester")
    return waiting.select_for_update(skip_locked=True, of=("self",), no_key=True).filter(pk=number).first()


def _in_order(queue: Queue, at: datetime) -> list[User]:
    """The people of the team who are present and have room, whose turn it is first."""
    ready = in_turn(standings(queue, at), way=queue.assignment, cap=queue.assignment_cap)
    return [each.person for each in ready]


def standings(queue: Queue, at: datetime) -> list[Standing]:
    """Everybody of the queue's team, in the order of their names; five statements."""
    people = User.objects.filter(is_active=True, role__in=SUPPORT, memberships__team=queue.team_id)
    found = list(people.order_by("sort_key", "pk"))
    keeps_hours = Presence.objects.filter(ends_at__gt=at - KNOWN_FOR).exists()
    there = Presence.objects.filter(starts_at__lte=at, ends_at__gt=at, user__in=found)
    present = set(there.values_list("user", flat=True)) if keeps_hours else {person.pk for person in found}
    counts = Ticket.objects.actionable().filter(assignee__in=found).order_by().values_list("assignee")
    in_hand = dict(counts.annotate(Count("pk")))
    turns = dict(AssignmentTurn.objects.filter(queue=queue).values_list("user", "at"))
    return [Standing(each, in_hand.get(each.pk, 0), turns.get(each.pk), each.pk in present) for each in found]


def in_turn(people: Iterable[Standing], *, way: str, cap: int) -> list[Standing]:
    """Those who are present and have room, whose turn it is first; nobody while assignment is off."""
    if way == Assignment.OFF:
        return []

    def place(each: Standing) -> tuple[int, bool, datetime | None, int]:
        by_load = each.in_hand if way == Assignment.LEAST_LOADED else 0
        return by_load, each.last_at is not None, each.last_at, each.person.pk

    return sorted((each for each in people if each.is_present and each.in_hand < cap), key=place)


def foresee(queue: Queue, *, at: datetime) -> Foreseen:
    """What would happen at ``at``, without doing it."""
    waiting = Ticket.objects.filter(queue=queue).actionable().unassigned().order_by("opened_at", "id")
    first = waiting.values_list("pk", "requester").first()
    passed_over = {*_handed_back(first[0]), first[1]} if first else set()
    everybody = standings(queue, at)
    next_by = {}
    for way in Assignment.values:
        ready = in_turn(everybody, way=way, cap=queue.assignment_cap)
        next_by[way] = next((each.person for each in ready if each.person.pk not in passed_over), None)
    return Foreseen(
        waiting=waiting.order_by()[:COUNTED].count() if first else 0,
        oldest=first[0] if first else None,
        standings=everybody,
        next_by=next_by,
        cap=queue.assignment_cap,
    )


def _remember_turn(queue: Queue, person: User, at: datetime) -> None:
    """Later than every turn before it, also of two in one moment."""
    latest = AssignmentTurn.objects.filter(queue=queue).aggregate(latest=Max("at"))["latest"]
    turn = max(at, latest + timedelta(microseconds=1)) if latest else at
    AssignmentTurn.objects.update_or_create(queue=queue, user=person, defaults={"at": turn})


def _in_hand(person: User) -> int:
    return Ticket.objects.filter(assignee=person).actionable().count()


def _handed_back(number: int) -> set[int]:
    """Who has had the ticket and gave it back: it does not come to them again by itself."""
    given_up = Event.objects.filter(ticket=number, kind=Kind.ASSIGNED, data__assignee__1=None)
    return set(given_up.values_list("data__assignee__0", flat=True))
