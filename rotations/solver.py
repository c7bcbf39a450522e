"""A plan at once: places by marginal gain, then cheap moves. Pure; the same problem and seed give the same plan.

In this order: less weighted shortfall of needs, everybody who can have a turn has one, even turns, wishes and partners.
A person counts in a cell for one channel at a time, the one where they are missed most. Whoever is on their first duty
has a mentor who is there on each day, within the mentors' capacity and the ratio.
"""

from __future__ import annotations

import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from functools import cached_property, lru_cache
from itertools import combinations, permutations

from rotations import timeline
from rotations.coverage import Needed, There, allotted
from rotations.problem import (
    CANNOT,
    FINE,
    RATHER_NOT,
    WANT,
    Cell,
    Mentor,
    Placement,
    Problem,
    Progress,
    Proposal,
    Slot,
    Volunteer,
)
from rotations.timeline import Day

LIKING = {WANT: 2, FINE: 1, RATHER_NOT: 0}
Pair = tuple[int, int]
"""A volunteer and a slot."""
Mentors = tuple[int | None, int | None]


def propose(
    problem: Problem, *, time_limit_s: float = 5.0, seed: int = 0, on_progress: Progress | None = None
) -> Proposal:
    """A plan that breaks no rule beside what is locked. The limit ends the search for a better one, never the plan."""
    told = on_progress or (lambda _level, _shortfall: None)
    plan = _Plan(problem, seed, time.monotonic() + time_limit_s)
    plan.place_by_gain()
    told("placed", plan.shortfall)
    for _round in range(4):
        plan.improve()
        before = plan.shortfall
        plan.serve()
        if plan.shortfall <= before:
            break
    told("served", plan.shortfall)
    plan.even_out()
    plan.please()
    plan.serve()
    told("settled", plan.shortfall)
    return Proposal(plan.placements(), plan.shortfall, seed)


def suggest_mentors(problem: Problem, person: int, slot: int) -> Mentors:
    """Who could look after this person on this slot, beside what is locked; nobody where nobody has room."""
    plan = _Plan(problem, 0, 0.0)
    if plan.volunteers[person].is_first:
        return plan.newcomers_mentors(slot) or (None, None)
    return plan.mentors_of_the_practised(slot)


def able_channels(problem: Problem, person: int, slot: int) -> frozenset[str]:
    """What a person ticked and is signed off for on each day of a slot."""
    plan = _Plan(problem, 0, 0.0)
    return plan.channels(plan.volunteers[person], plan.slots[slot]) if person in plan.volunteers else frozenset()


@lru_cache(200_000)
def _covered(needed: Needed, there: There) -> int:
    """The weight that these people take off a cell at best."""
    return sum(people * weight for people, (_n, weight) in zip(allotted(needed, there), needed, strict=True))


class _Plan:
    def __init__(self, problem: Problem, seed: int, until: float) -> None:
        self.problem, self.until = problem, until
        self.chance = random.Random(seed)  # noqa: S311 - the same plan again, no secret
        self.volunteers = {each.id: each for each in problem.volunteers}
        self.slots = {each.id: each for each in problem.slots}
        channels = sorted({need.channel for need in problem.needs})
        self.bits = {channel: number for number, channel in enumerate(channels)}
        self.needed = self._needed()
        self.cells = {each.id: [cell for cell in sorted(each.covers) if cell in self.needed] for each in problem.slots}
        self.there: dict[Cell, There] = dict.fromkeys(self.needed, ())
        self.held: defaultdict[int, set[int]] = defaultdict(set)
        self.on: defaultdict[int, set[int]] = defaultdict(set)
        self.mentors_of: dict[Pair, Mentors] = {}
        self.looked_after: Counter[tuple[int, date]] = Counter()
        self.newcomers: Counter[date] = Counter()
        self._chosen: dict[int, Mentors | None] = {}
        """`newcomers_mentors` of slots on whose days nothing has changed since."""
        self.locked = {(each.volunteer, each.slot): each for each in problem.locked}
        self.own_days = {pair: each.days for pair, each in self.locked.items() if each.days is not None}
        """Of those who hold a part of a slot's days alone, which."""
        self.parts = Counter(each.slot for each in problem.locked if each.is_part)
        self.close = self._close()
        self.scope = {
            (person.id, slot.id): scope
            for person in problem.volunteers
            for slot in problem.slots
            if (scope := self._scope(person, slot)) is not None
        }
        self.open_to: defaultdict[int, list[int]] = defaultdict(list)
        self.open_on: defaultdict[int, list[int]] = defaultdict(list)
        self.alike: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
        """By slot and scope who could come there with just these channels."""
        for (person_id, slot_id), scope in self.scope.items():
            self.open_to[person_id].append(slot_id)
            self.open_on[slot_id].append(person_id)
            self.alike[slot_id, scope].append(person_id)
        for pair, each in self.locked.items():
            self._enter(pair, self._bits(each.channels), (each.mentor, each.deputy))

    # What may be

    def _needed(self) -> dict[Cell, Needed]:
        found: defaultdict[Cell, list[tuple[int, int]]] = defaultdict(lambda: [(0, 0)] * len(self.bits))
        for need in self.problem.needs:
            found[need.day, need.part][self.bits[need.channel]] = (need.people, need.weight)
        return {cell: tuple(needed) for cell, needed in found.items()}

    def _bits(self, channels: frozenset[str]) -> int:
        return sum(1 << self.bits[each] for each in channels if each in self.bits)

    def _close(self) -> dict[int, set[int]]:
        found: dict[int, set[int]] = {each.id: set() for each in self.problem.slots}
        for one, other in combinations(self.problem.slots, 2):
            if timeline.too_close(one.days, other.days, self.problem.rest):
                found[one.id].add(other.id)
                found[other.id].add(one.id)
        return found

    def channels(self, person: Volunteer, slot: Slot) -> frozenset[str]:
        """What the person ticked, without what they are not signed off for on each day."""
        last = max(day.day for day in slot.days)

        def holds(channel: str) -> bool:
            if channel not in self.problem.signed_off_channels:
                return True
            return channel in person.signed_off and _after(person.signed_off[channel], last)

        return frozenset(filter(holds, person.channels))

    def _scope(self, person: Volunteer, slot: Slot) -> int | None:
        """None: never, whatever else is placed."""
        if person.quota < 1 or person.wishes.get(slot.id) == CANNOT or slot.seats < 1:
            return None
        if any(start < day.ends_at and day.starts_at < end for start, end in person.away for day in slot.days):
            return None
        held = [*person.held, *self._shared_days(person.id, slot.id)]
        if held and timeline.too_close(slot.days, held, self.problem.rest):
            return None
        channels = self.channels(person, slot)
        return self._bits(channels) if channels else None

    def _shared_days(self, person_id: int, but: int) -> Iterator[Day]:
        """Days of other slots which the person holds in part."""
        for (other, slot_id), own in self.own_days.items():
            if other == person_id and slot_id != but and slot_id in self.slots:
                yield from (day for day in self.slots[slot_id].days if day.day in own)

    def fits(self, pair: Pair) -> bool:
        """Whether it can be placed beside all that is."""
        person_id, slot_id = pair
        if not self.has_seat(slot_id) or pair not in self.scope:
            return False
        person, held = self.volunteers[person_id], self.held[person_id]
        if held and (slot_id in held or len(held) >= person.quota or self._is_too_close(pair, held)):
            return False
        return not person.is_first or self.newcomers_mentors(slot_id) is not None

    def _is_too_close(self, pair: Pair, held: set[int]) -> bool:
        """Beside whole slots; days of shared ones are looked at once, see `_scope`."""
        return any((pair[0], other) not in self.own_days for other in held & self.close[pair[1]])

    def has_seat(self, slot_id: int) -> bool:
        return len(self.on[slot_id]) - self.parts[slot_id] < self.slots[slot_id].seats

    @cached_property
    def _dates(self) -> dict[int, list[date]]:
        return {each.id: [day.day for day in each.days] for each in self.problem.slots}

    @cached_property
    def _on_date(self) -> dict[date, list[int]]:
        """The slots that have a day on a date."""
        found: defaultdict[date, list[int]] = defaultdict(list)
        for slot_id, days in self._dates.items():
            for day in days:
                found[day].append(slot_id)
        return found

    @cached_property
    def _there(self) -> dict[int, list[tuple[Mentor, list[date]]]]:
        """By slot the mentors who are there on some of its days, and on which."""
        found = {}
        for slot_id, days in self._dates.items():
            present = ((mentor, [day for day in days if day in mentor.present]) for mentor in self.problem.mentors)
            found[slot_id] = [(mentor, own) for mentor, own in present if own]
        return found

    @cached_property
    def _most(self) -> dict[date, int]:
        """People on their first duty on a date."""
        present = Counter(day for mentor in self.problem.mentors for day in mentor.present)
        return {day: self.problem.newcomers_per_mentor * present[day] for day in self._on_date}

    def newcomers_mentors(self, slot_id: int) -> Mentors | None:
        """Those who can look after one newcomer more on each day: one alone before two, the freest first."""
        if slot_id not in self._chosen:
            self._chosen[slot_id] = self._choose_mentors(slot_id)
        return self._chosen[slot_id]

    def _choose_mentors(self, slot_id: int) -> Mentors | None:
        days = self._dates[slot_id]
        if any(self.newcomers[day] >= self._most[day] for day in days):
            return None
        order = []
        for mentor, present in self._there[slot_id]:
            loads = [self.looked_after[mentor.id, day] for day in present]
            room = sum(load < mentor.capacity for load in loads)
            if room:
                order.append((-room, sum(loads), mentor.id, mentor.capacity, present))
        order.sort()
        if order and -order[0][0] == len(days):
            return order[0][2], order[1][2] if len(order) > 1 else None
        free = {
            number: {day for day in present if self.looked_after[number, day] < most}
            for _room, _load, number, most, present in order
        }
        # The second carries the days on which the first is away; on days without room nobody does.
        firsts = {number for _room, _load, number, _most, present in order if len(free[number]) == len(present)}
        for one, other in permutations(free, 2):
            if one in firsts and len(free[one] | free[other]) == len(days):
                return one, other
        return None

    # What is

    def _enter(self, pair: Pair, scope: int, mentors: Mentors) -> None:
        person_id, slot_id = pair
        self.held[person_id].add(slot_id)
        self.on[slot_id].add(person_id)
        self.mentors_of[pair] = mentors
        own = self.own_days.get(pair)
        for cell in self.cells.get(slot_id, ()):
            if own is None or cell[0] in own:
                self.there[cell] = tuple(sorted((*self.there[cell], scope)))
        self._count_mentors(pair, 1)

    def place(self, pair: Pair) -> None:
        is_first = self.volunteers[pair[0]].is_first
        self._enter(
            pair, self.scope[pair], (self.newcomers_mentors(pair[1]) or (None, None)) if is_first else (None, None)
        )

    def remove(self, pair: Pair) -> None:
        person_id, slot_id = pair
        self._count_mentors(pair, -1)
        self.held[person_id].remove(slot_id)
        self.on[slot_id].remove(person_id)
        del self.mentors_of[pair]
        for cell in self.cells[slot_id]:
            self.there[cell] = _without(self.there[cell], self.scope[pair])

    @cached_property
    def _presence(self) -> dict[int, frozenset[date]]:
        return {mentor.id: mentor.present for mentor in self.problem.mentors}

    def _count_mentors(self, pair: Pair, one: int) -> None:
        person, mentors = self.volunteers.get(pair[0]), self.mentors_of[pair]
        is_first = person is not None and person.is_first
        if pair[1] not in self.slots or not (is_first or any(mentors)):
            return
        own = self.own_days.get(pair)
        for day in self._dates[pair[1]]:
            if own is not None and day not in own:
                continue
            if is_first:
                self.newcomers[day] += one
            carrier = next((each for each in mentors if each and day in self._presence.get(each, ())), None)
            if carrier is not None:
                self.looked_after[carrier, day] += one
            for slot_id in self._on_date[day]:
                self._chosen.pop(slot_id, None)

    @property
    def shortfall(self) -> int:
        return sum(self._asked.values()) - sum(_covered(self.needed[cell], there) for cell, there in self.there.items())

    @cached_property
    def _asked(self) -> dict[Cell, int]:
        return {cell: sum(people * weight for people, weight in needed) for cell, needed in self.needed.items()}

    def lacks(self, slot_id: int) -> bool:
        """Whether weight can be taken off in one of its cells."""
        return any(_covered(self.needed[cell], self.there[cell]) < self._asked[cell] for cell in self.cells[slot_id])

    def gain(self, slot_id: int, scope: int) -> int:
        """What one person more with these channels takes off."""
        total = 0
        for cell in self.cells[slot_id]:
            needed, there = self.needed[cell], self.there[cell]
            total += _covered(needed, tuple(sorted((*there, scope)))) - _covered(needed, there)
        return total

    def pairs(self) -> list[Pair]:
        """What may be moved, in a fixed order."""
        held = [(person, slot) for person in sorted(self.held) for slot in sorted(self.held[person])]
        return [pair for pair in held if pair not in self.locked]

    def liking(self, pair: Pair) -> int:
        person = self.volunteers[pair[0]]
        met = len(person.partners & self.on[pair[1]])
        return 2 * LIKING.get(person.wishes.get(pair[1], FINE), 0) + met

    # Steps

    def place_by_gain(self) -> None:
        """Where somebody is missed most, whoever had the fewest turns, likes it best and has the least choice."""
        gains: dict[tuple[int, int], int] = {}
        stale = set(self.slots)
        scopes: defaultdict[int, list[int]] = defaultdict(list)
        for slot_id, scope in self.alike:
            scopes[slot_id].append(scope)
        while True:
            for slot_id in stale:
                for scope in scopes[slot_id]:
                    gains[slot_id, scope] = self.gain(slot_id, scope) if self.has_seat(slot_id) else 0
            best: tuple[tuple[int, ...], Pair] | None = None
            order = sorted(gains, key=lambda key: (-gains[key], key[1].bit_count(), key))
            for slot_id, scope in order:
                if gains[slot_id, scope] <= 0 or (best and gains[slot_id, scope] < best[0][0]):
                    break
                for person_id in self.alike[slot_id, scope]:
                    if self.fits((person_id, slot_id)):
                        rank = self._rank(gains[slot_id, scope], scope, (person_id, slot_id))
                        if best is None or rank > best[0]:
                            best = rank, (person_id, slot_id)
            if best is None:
                return
            self.place(best[1])
            cells = self.slots[best[1][1]].covers
            stale = {slot.id for slot in self.problem.slots if not cells.isdisjoint(slot.covers)}

    def _rank(self, gain: int, scope: int, pair: Pair) -> tuple[int, ...]:
        person = self.volunteers[pair[0]]
        turns = len(self.held[person.id]) + person.burden
        choice = len(self.open_to[person.id])
        return gain, -scope.bit_count(), -turns, self.liking(pair), -choice, -pair[0], -pair[1]

    def improve(self) -> None:
        """Moves that take weight off, until none is left or the time is over: somebody more, another slot for a person,
        another person for a seat, two who change places. Nobody loses their only turn."""
        while self._is_time_left() and self.shortfall > 0:
            if not (self._add() | self._move() | self._replace() | self._exchange()):
                return

    def _is_time_left(self) -> bool:
        return time.monotonic() < self.until

    def _shuffled(self, pairs: list[Pair]) -> Iterator[Pair]:
        self.chance.shuffle(pairs)
        for pair in pairs:
            if not self._is_time_left():
                return
            if pair[1] in self.held[pair[0]]:
                yield pair

    def _add(self) -> bool:
        has_changed = False
        for pair in sorted(self.scope):
            if self.fits(pair) and self.gain(pair[1], self.scope[pair]) > 0:
                self.place(pair)
                has_changed = True
        return has_changed

    def _move(self) -> bool:
        has_changed = False
        for pair in self._shuffled(self.pairs()):
            self.remove(pair)
            worth, best = self.gain(pair[1], self.scope[pair]), pair
            for slot_id in self.open_to[pair[0]]:
                other = pair[0], slot_id
                if self.fits(other) and (more := self.gain(slot_id, self.scope[other])) > worth:
                    worth, best = more, other
            self.place(best)
            has_changed |= best != pair
        return has_changed

    def _replace(self) -> bool:
        has_changed = False
        for pair in self._shuffled(self.pairs()):
            if len(self.held[pair[0]]) < 2 or not self.lacks(pair[1]):
                continue
            self.remove(pair)
            scopes: dict[int, int] = {}
            worth, best = self.gain(pair[1], self.scope[pair]), pair
            for person_id in self.open_on[pair[1]]:
                other = person_id, pair[1]
                scope = self.scope[other]
                if scope not in scopes:
                    scopes[scope] = self.gain(pair[1], scope)
                if scopes[scope] > worth and self.fits(other):
                    worth, best = scopes[scope], other
            self.place(best)
            has_changed |= best != pair
        return has_changed

    def _exchange(self) -> bool:
        has_changed = False
        pairs = self.pairs()
        lacking = {slot_id for slot_id in self.slots if self.lacks(slot_id)}
        for pair in self._shuffled(list(pairs)):
            for other in pairs:
                if pair[1] not in lacking and other[1] not in lacking:
                    continue
                if pair[1] == other[1] or other[1] not in self.held[other[0]] or pair[1] not in self.held[pair[0]]:
                    continue
                if self._try_exchange(pair, other) is not None:
                    has_changed = True
                    break
        return has_changed

    def _try_exchange(self, pair: Pair, other: Pair, *, liking: bool = False) -> int | None:
        """The two take each other's place if that takes weight off, or, with ``liking``, adds none and pleases more."""
        new = (pair[0], other[1]), (other[0], pair[1])
        if pair[0] == other[0] or new[0] not in self.scope or new[1] not in self.scope:
            return None
        if not liking and self.scope[new[0]] == self.scope[other] and self.scope[new[1]] == self.scope[pair]:
            return None
        liked = self.liking(pair) + self.liking(other)
        if liking and self.liking(new[0]) + self.liking(new[1]) <= liked:
            return None
        before = self._worth(pair, other)
        kept = self.mentors_of[pair], self.mentors_of[other]
        self.remove(pair)
        self.remove(other)
        if self.fits(new[0]):
            self.place(new[0])
            if self.fits(new[1]):
                self.place(new[1])
                gained = self._worth(*new) - before
                pleased = self.liking(new[0]) + self.liking(new[1]) - liked
                if gained > 0 or (liking and gained == 0 and pleased > 0):
                    return gained
                self.remove(new[1])
            self.remove(new[0])
        self._enter(pair, self.scope[pair], kept[0])
        self._enter(other, self.scope[other], kept[1])
        return None

    def _worth(self, *pairs: Pair) -> int:
        """What is covered in the cells that these touch."""
        cells = {cell for _person, slot_id in pairs for cell in self.cells[slot_id]}
        return sum(_covered(self.needed[cell], self.there[cell]) for cell in cells)

    # Turns for everybody

    def waiting(self) -> list[int]:
        return [each.id for each in self.problem.volunteers if each.quota > 0 and not self.held[each.id]]

    def serve(self) -> None:
        """Each who has no turn gets the seat that costs least: a free one, one of somebody who has several, or one
        whose holder can go elsewhere. Nobody who has a turn is left without."""
        is_found = True
        while is_found:
            is_found = False
            for person_id in sorted(self.waiting(), key=lambda each: (len(self.open_to[each]), each)):
                is_found |= self._serve(person_id)

    def _serve(self, person_id: int) -> bool:
        ways: list[tuple[tuple[int, int], list[Pair], list[Pair]]] = []
        for slot_id in self.open_to[person_id]:
            mine = person_id, slot_id
            if self.fits(mine):
                ways.append(((-self.gain(slot_id, self.scope[mine]), -self.liking(mine)), [], [mine]))
                continue
            for holder in sorted(self.on[slot_id]) if self._is_time_left() else ():
                theirs = holder, slot_id
                if theirs not in self.locked:
                    ways += self._instead(theirs, mine)
        if not ways:
            return False
        _cost, gone, come = min(ways)
        self._change(gone, come)
        return True

    def _instead(self, theirs: Pair, mine: Pair) -> Iterator[tuple[tuple[int, int], list[Pair], list[Pair]]]:
        if len(self.held[theirs[0]]) == 1 and not any(map(self.has_seat, self.open_to[theirs[0]])):
            return
        kept, before = self.mentors_of[theirs], self._worth(theirs)
        self.remove(theirs)
        if self.fits(mine):
            self.place(mine)
            worth, liking = self._worth(mine), self.liking(mine)
            if self.held[theirs[0]]:
                yield (before - worth, -liking), [theirs], [mine]
            else:
                for slot_id in self.open_to[theirs[0]]:
                    other = theirs[0], slot_id
                    if self.fits(other):
                        gain = self.gain(slot_id, self.scope[other])
                        yield (before - worth - gain, -liking - self.liking(other)), [theirs], [mine, other]
            self.remove(mine)
        self._enter(theirs, self.scope[theirs], kept)

    def _change(self, gone: list[Pair], come: list[Pair]) -> None:
        for pair in gone:
            self.remove(pair)
        for pair in come:
            self.place(pair)

    def even_out(self) -> None:
        """From who has two turns more to who has fewer, where no weight is added."""
        for pair in self._shuffled(self.pairs()):
            turns = self._turns(pair[0])
            lighter = [each for each in self.open_on[pair[1]] if self._turns(each) <= turns - 2]
            kept = self.mentors_of[pair]
            self.remove(pair)
            worth = self.gain(pair[1], self.scope[pair])
            fitting = [
                (self._turns(each), -self.liking((each, pair[1])), each)
                for each in lighter
                if self.fits((each, pair[1])) and self.gain(pair[1], self.scope[each, pair[1]]) >= worth
            ]
            if fitting and len(self.held[pair[0]]) > 0:
                self.place((min(fitting)[2], pair[1]))
            else:
                self._enter(pair, self.scope[pair], kept)

    def _turns(self, person_id: int) -> int:
        return len(self.held[person_id]) + self.volunteers[person_id].burden

    def please(self) -> None:
        """Better wishes and partners for the same cover: another slot, or another's."""
        for pair in self._shuffled(self.pairs()):
            kept, liked = self.mentors_of[pair], self.liking(pair)
            self.remove(pair)
            worth = self.gain(pair[1], self.scope[pair])
            ways = [
                (self.liking((pair[0], slot_id)), -slot_id)
                for slot_id in self.open_to[pair[0]]
                if self.fits((pair[0], slot_id)) and self.gain(slot_id, self.scope[pair[0], slot_id]) >= worth
            ]
            if ways and max(ways)[0] > liked:
                self.place((pair[0], -max(ways)[1]))
            else:
                self._enter(pair, self.scope[pair], kept)
        pairs = self.pairs()
        for pair in self._shuffled(list(pairs)):
            for other in pairs:
                is_there = other[1] in self.held[other[0]] and pair[1] in self.held[pair[0]]
                if pair[1] != other[1] and is_there and self._try_exchange(pair, other, liking=True) is not None:
                    break

    def placements(self) -> tuple[Placement, ...]:
        """With mentors for those who could do without, as far as there is room."""
        found = list(self.problem.locked)
        for pair in sorted(self.pairs(), key=lambda pair: (self.slots[pair[1]].days[0], pair)):
            if not self.volunteers[pair[0]].is_first:
                self.mentors_of[pair] = self.mentors_of_the_practised(pair[1])
                self._count_mentors(pair, 1)
            person, slot = self.volunteers[pair[0]], self.slots[pair[1]]
            found.append(Placement(person.id, slot.id, self.channels(person, slot), *self.mentors_of[pair]))
        return tuple(found)

    def mentors_of_the_practised(self, slot_id: int) -> Mentors:
        days = self._dates[slot_id]
        able = [
            (sum(self.looked_after[mentor.id, day] for day in days), mentor.id)
            for mentor, present in self._there[slot_id]
            if len(present) == len(days) and all(self.looked_after[mentor.id, day] < mentor.capacity for day in days)
        ]
        able.sort()
        return (able[0][1] if able else None), (able[1][1] if len(able) > 1 else None)


def _after(expires: date | None, last: date) -> bool:
    return expires is None or expires > last


def _without(there: There, scope: int) -> There:
    found = list(there)
    found.remove(scope)
    return tuple(found)
