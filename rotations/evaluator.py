"""What a plan is worth, recomputed from nothing by whoever did not make it. Pure; shares no code with a solver.

The weight that a cell's people cover is not searched for but read from a theorem: so many units of a set of channels
can be served at once as the least, over its subsets, of the people who know a channel of the subset plus the needs
outside it (Hall, König); with weights it is the sum over their steps (Edmonds' greedy on matroids).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import combinations

from rotations.problem import CANNOT, FINE, Cell, Mentor, Need, Placement, Problem, Slot, Volunteer
from rotations.timeline import Day


class Rule(StrEnum):
    UNKNOWN = "unknown"
    TWICE = "twice"
    SEATS = "seats"
    QUOTA = "quota"
    CANNOT = "cannot"
    AWAY = "away"
    REST = "rest"
    CHANNELS = "channels"
    SIGN_OFF = "sign_off"
    MENTOR = "mentor"
    MENTOR_FULL = "mentor_full"
    RATIO = "ratio"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class Violation:
    rule: Rule
    volunteer: int | None = None
    slot: int | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Fairness:
    """Of everybody who offered a duty, those without one included. ``jain``: 1 is even, 1/n is one person's alone."""

    people: int
    unserved: int
    most: int
    least: int
    jain: float

    @property
    def verdict(self) -> str:
        """good | uneven | bad"""
        if self.people == 0 or (self.jain >= 0.8 and self.unserved * 10 <= self.people):
            return "good"
        return "uneven" if self.jain >= 0.6 and self.unserved * 3 <= self.people else "bad"


@dataclass(frozen=True, slots=True)
class Report:
    shortfall: int
    asked: int
    """The weight of all needs, met or not."""
    violations: tuple[Violation, ...]
    unserved: tuple[int, ...]
    could_be_served: tuple[int, ...]
    """Of the unserved those for whom a seat could be had without anybody else being left without a turn."""
    fairness: Fairness
    wishes: dict[str, int]
    partners_met: int
    partners_wished: int


def evaluate(problem: Problem, placements: Sequence[Placement]) -> Report:
    asked = sum(need.people * need.weight for need in problem.needs)
    unserved = _unserved(problem, placements)
    wishes = {each.id: each.wishes for each in problem.volunteers}
    partners_met, partners_wished = _partners(problem, placements)
    return Report(
        shortfall=asked - sum(covered(problem, placements).values()),
        asked=asked,
        violations=tuple(violations(problem, placements)),
        unserved=unserved,
        could_be_served=tuple(each for each in unserved if _could_be_served(problem, placements, each)),
        fairness=fairness(problem, placements),
        wishes=dict(Counter(wishes.get(each.volunteer, {}).get(each.slot, FINE) for each in placements)),
        partners_met=partners_met,
        partners_wished=partners_wished,
    )


def covered(problem: Problem, placements: Sequence[Placement]) -> dict[Cell, int]:
    """The weight that is met in each cell."""
    needs: defaultdict[Cell, list[Need]] = defaultdict(list)
    for need in problem.needs:
        needs[need.day, need.part].append(need)
    people: defaultdict[Cell, list[frozenset[str]]] = defaultdict(list)
    slots = {slot.id: slot for slot in problem.slots}
    for each in placements:
        for cell in _held(slots[each.slot], each).covers if each.slot in slots else ():
            people[cell].append(each.channels)
    return {cell: _met(wanted, people[cell]) for cell, wanted in needs.items()}


def _held(slot: Slot, placement: Placement) -> Slot:
    """What of the slot is this volunteer's: a seat that people share is each one's on their own days."""
    own = placement.days
    if own is None:
        return slot
    days = tuple(day for day in slot.days if day.day in own)
    return replace(slot, days=days, covers=frozenset(cell for cell in slot.covers if cell[0] in own))


def _met(needs: list[Need], people: list[frozenset[str]]) -> int:
    steps = sorted({need.weight for need in needs}, reverse=True)
    total = 0
    for number, weight in enumerate(steps):
        lower = steps[number + 1] if number + 1 < len(steps) else 0
        total += (weight - lower) * _served_at_once([need for need in needs if need.weight >= weight], people)
    return total


def _served_at_once(needs: list[Need], people: list[frozenset[str]]) -> int:
    wanted = {need.channel: need.people for need in needs}
    return min(
        sum(1 for channels in people if channels & set(inside)) + sum(wanted.values()) - sum(wanted[c] for c in inside)
        for size in range(len(wanted) + 1)
        for inside in combinations(sorted(wanted), size)
    )


# Rules


def violations(problem: Problem, placements: Sequence[Placement]) -> Iterator[Violation]:
    volunteers = {each.id: each for each in problem.volunteers}
    slots = {each.id: each for each in problem.slots}
    locked = {(each.volunteer, each.slot) for each in problem.locked}
    for lost in locked - {(each.volunteer, each.slot) for each in placements}:
        yield Violation(Rule.LOCKED, *lost)
    for each in placements:
        person, slot = volunteers.get(each.volunteer), slots.get(each.slot)
        if person is None or slot is None:
            yield Violation(Rule.UNKNOWN, each.volunteer, each.slot)
            continue
        for rule in _alone(problem, person, _held(slot, each), each.channels):
            yield Violation(rule, person.id, slot.id)
    known = [each for each in placements if each.volunteer in volunteers and each.slot in slots]
    yield from _of_people(problem, known, volunteers, slots)
    for slot in problem.slots:
        here = [each for each in placements if each.slot == slot.id]
        by_day = Counter(day.day for each in here for day in _held(slot, each).days)
        if _seats_taken(placements, slot) > slot.seats or any(number > slot.seats for number in by_day.values()):
            yield Violation(Rule.SEATS, slot=slot.id)
    yield from _of_mentors(problem, known, volunteers, slots)


def _seats_taken(placements: Sequence[Placement], slot: Slot) -> int:
    return sum(each.slot == slot.id and not each.is_part for each in placements)


def _alone(problem: Problem, person: Volunteer, slot: Slot, channels: frozenset[str]) -> Iterator[Rule]:
    """What speaks against a placement by itself."""
    if person.wishes.get(slot.id) == CANNOT:
        yield Rule.CANNOT
    if any(day.starts_at < end and start < day.ends_at for day in slot.days for start, end in person.away):
        yield Rule.AWAY
    if any(_is_too_close(problem, slot.days, [day]) for day in person.held):
        yield Rule.REST
    if not channels or not channels <= person.channels:
        yield Rule.CHANNELS
    for channel in channels & problem.signed_off_channels:
        expires = person.signed_off.get(channel, date.min)
        if expires is not None and any(day.day >= expires for day in slot.days):
            yield Rule.SIGN_OFF


def _is_too_close(problem: Problem, mine: Sequence[Day], others: Sequence[Day]) -> bool:
    """Whether, in the order of their beginnings, something begins before what came before it has ended and rested."""
    for one in mine:
        for other in others:
            first, second = sorted([one, other])
            if second.starts_at - first.ends_at < problem.rest:
                return True
    return False


def _of_people(
    problem: Problem, placements: list[Placement], volunteers: dict[int, Volunteer], slots: dict[int, Slot]
) -> Iterator[Violation]:
    of: defaultdict[int, list[Slot]] = defaultdict(list)
    for each in placements:
        of[each.volunteer].append(_held(slots[each.slot], each))
    for person_id, held in of.items():
        if len(held) > volunteers[person_id].quota:
            yield Violation(Rule.QUOTA, person_id)
        for one, other in combinations(held, 2):
            if one.id == other.id:
                yield Violation(Rule.TWICE, person_id, one.id)
            elif _is_too_close(problem, one.days, other.days):
                yield Violation(Rule.REST, person_id, other.id)


def _of_mentors(
    problem: Problem, placements: list[Placement], volunteers: dict[int, Volunteer], slots: dict[int, Slot]
) -> Iterator[Violation]:
    mentors = {each.id: each for each in problem.mentors}
    load: Counter[tuple[int, date]] = Counter()
    newcomers: Counter[date] = Counter()
    for each in placements:
        chosen = [mentors[one] for one in (each.mentor, each.deputy) if one is not None and one in mentors]
        for day in _held(slots[each.slot], each).days:
            there = [mentor for mentor in chosen if day.day in mentor.present]
            if there:
                load[there[0].id, day.day] += 1
            if volunteers[each.volunteer].is_first:
                newcomers[day.day] += 1
                if not there:
                    yield Violation(Rule.MENTOR, each.volunteer, each.slot, day.day)
    for (mentor_id, on), number in sorted(load.items()):
        if number > mentors[mentor_id].capacity:
            yield Violation(Rule.MENTOR_FULL, mentor_id, day=on)
    for on, number in sorted(newcomers.items()):
        if number > problem.newcomers_per_mentor * sum(on in mentor.present for mentor in problem.mentors):
            yield Violation(Rule.RATIO, day=on)


# Turns


def fairness(problem: Problem, placements: Sequence[Placement]) -> Fairness:
    turns = Counter(each.volunteer for each in placements)
    loads = [turns[each.id] for each in problem.volunteers if each.quota > 0]
    squares = sum(load * load for load in loads)
    return Fairness(
        people=len(loads),
        unserved=loads.count(0),
        most=max(loads, default=0),
        least=min(loads, default=0),
        jain=sum(loads) ** 2 / (len(loads) * squares) if squares else (0.0 if loads else 1.0),
    )


def _unserved(problem: Problem, placements: Sequence[Placement]) -> tuple[int, ...]:
    served = {each.volunteer for each in placements}
    return tuple(each.id for each in problem.volunteers if each.quota > 0 and each.id not in served)


def _could_be_served(problem: Problem, placements: Sequence[Placement], waiting: int) -> bool:
    """A free seat, one of somebody who has several turns, or one whose holder finds a free seat elsewhere."""
    locked = {(each.volunteer, each.slot) for each in problem.locked}
    turns = Counter(each.volunteer for each in placements)
    for slot in problem.slots:
        if _can_join(problem, placements, waiting, slot):
            return True
        for each in placements:
            if each.slot != slot.id or (each.volunteer, each.slot) in locked:
                continue
            rest = [one for one in placements if one is not each]
            if not _can_join(problem, rest, waiting, slot):
                continue
            if turns[each.volunteer] > 1:
                return True
            joined = [*rest, _joined(problem, rest, waiting, slot)]
            if any(_can_join(problem, joined, each.volunteer, other) for other in problem.slots if other.id != slot.id):
                return True
    return False


def _joined(problem: Problem, placements: Sequence[Placement], person_id: int, slot: Slot) -> Placement:
    person = next(each for each in problem.volunteers if each.id == person_id)
    mentors = next(_free_mentors(problem, placements, slot), (None, None)) if person.is_first else (None, None)
    return Placement(person_id, slot.id, _signed(problem, person, slot), *mentors)


def _signed(problem: Problem, person: Volunteer, slot: Slot) -> frozenset[str]:
    return frozenset(
        channel
        for channel in person.channels
        if Rule.SIGN_OFF not in list(_alone(problem, person, slot, frozenset([channel])))
    )


def _can_join(problem: Problem, placements: Sequence[Placement], person_id: int, slot: Slot) -> bool:
    person = next(each for each in problem.volunteers if each.id == person_id)
    held = [each for each in placements if each.volunteer == person_id]
    if _seats_taken(placements, slot) >= slot.seats or len(held) >= person.quota:
        return False
    if any(_alone(problem, person, slot, _signed(problem, person, slot))):
        return False
    slots = {each.id: each for each in problem.slots}
    theirs = [_held(slots[each.slot], each) for each in held]
    if any(each.id == slot.id or _is_too_close(problem, slot.days, each.days) for each in theirs):
        return False
    return not person.is_first or any(True for _pair in _free_mentors(problem, placements, slot))


def _free_mentors(
    problem: Problem, placements: Sequence[Placement], slot: Slot
) -> Iterator[tuple[int | None, int | None]]:
    """Pairs who could look after one newcomer more. Whoever is practised would give their mentor up."""
    volunteers = {each.id: each for each in problem.volunteers}
    slots = {each.id: each for each in problem.slots}
    fixed = {(each.volunteer, each.slot) for each in problem.locked}
    binding = [
        each for each in placements if volunteers[each.volunteer].is_first or (each.volunteer, each.slot) in fixed
    ]
    by_id = {each.id: each for each in problem.mentors}
    load: Counter[tuple[int, date]] = Counter()
    newcomers: Counter[date] = Counter()
    for each in binding:
        for day in _held(slots[each.slot], each).days:
            newcomers[day.day] += volunteers[each.volunteer].is_first
            chosen = [one for one in (each.mentor, each.deputy) if one in by_id and day.day in by_id[one].present]
            if chosen:
                load[chosen[0], day.day] += 1
    days = [day.day for day in slot.days]
    for on in days:
        if newcomers[on] >= problem.newcomers_per_mentor * sum(on in mentor.present for mentor in problem.mentors):
            return

    def carries(first: Mentor, second: Mentor | None) -> bool:
        for on in days:
            carrier = first if on in first.present else second
            if carrier is None or on not in carrier.present or load[carrier.id, on] >= carrier.capacity:
                return False
        return True

    for first in problem.mentors:
        for second in (None, *problem.mentors):
            if second is not first and carries(first, second):
                yield first.id, second.id if second else None


def _partners(problem: Problem, placements: Sequence[Placement]) -> tuple[int, int]:
    """How many of the wishes "with whom" are met by a shared slot, of those whose both people have a turn."""
    of: defaultdict[int, set[int]] = defaultdict(set)
    for each in placements:
        of[each.volunteer].add(each.slot)
    wished = [(each.id, other) for each in problem.volunteers for other in each.partners if of[each.id] and of[other]]
    return sum(bool(of[one] & of[other]) for one, other in wished), len(wished)


class Fitting:
    """What speaks against one placement more, for many pairs: what they share is counted once."""

    def __init__(self, problem: Problem, placements: Sequence[Placement]) -> None:
        self.problem, self.placements = problem, placements
        self.people = {each.id: each for each in problem.volunteers}
        self.slots = {each.id: each for each in problem.slots}
        self.taken = Counter(each.slot for each in placements if not each.is_part)
        self.held: defaultdict[int, list[Slot]] = defaultdict(list)
        for each in placements:
            self.held[each.volunteer].append(_held(self.slots[each.slot], each))
        self.has_mentors: dict[int, bool] = {}

    def rules(self, person_id: int, slot_id: int) -> list[Rule]:
        """In the order of `Rule`; nothing means that it can be."""
        person, slot, held = self.people[person_id], self.slots[slot_id], self.held[person_id]
        found = set(_alone(self.problem, person, slot, _signed(self.problem, person, slot)))
        if Rule.CHANNELS in found and person.channels:
            found = found - {Rule.CHANNELS} | {Rule.SIGN_OFF}
        if self.taken[slot_id] >= slot.seats:
            found.add(Rule.SEATS)
        if any(other.id == slot_id for other in held):
            found.add(Rule.TWICE)
        elif any(_is_too_close(self.problem, slot.days, other.days) for other in held):
            found.add(Rule.REST)
        if len(held) >= person.quota:
            found.add(Rule.QUOTA)
        if person.is_first and not self._is_looked_after(slot):
            found.add(Rule.MENTOR)
        return [rule for rule in Rule if rule in found]

    def _is_looked_after(self, slot: Slot) -> bool:
        if slot.id not in self.has_mentors:
            pairs = _free_mentors(self.problem, self.placements, slot)
            self.has_mentors[slot.id] = any(True for _pair in pairs)
        return self.has_mentors[slot.id]
