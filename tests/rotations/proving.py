"""The best plan there is, as a linear programme in integers that any solver reads (CPLEX's LP format).

    python -m tests.rotations.proving 101 3 1 > 101.lp

The figures are the seed, the seats and how eager people are (`tests.rotations.instances`).

A relaxation: of mentors it knows only how many people on their first duty a day may have, not who looks after whom. So
what a solver proves is a bound: no plan has less weight missing. `tests.rotations.test_solver` has the bounds.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from rotations.evaluator import Rule, violations
from rotations.problem import Placement, Problem
from tests.rotations.instances import make_problem


def lines(problem: Problem) -> Iterator[str]:
    """The missing weight is the weight of all needs less what this maximises."""
    weight = {(need.day, need.part, need.channel): need for need in problem.needs}
    cells = sorted({(need.day, need.part) for need in problem.needs})
    number = {cell: n for n, cell in enumerate(cells)}
    channels = {cell: sorted(c for day, part, c in weight if (day, part) == cell) for cell in cells}
    places = _places(problem)
    there: defaultdict[tuple[int, frozenset[str]], list[str]] = defaultdict(list)
    by_person: defaultdict[int, list[Placement]] = defaultdict(list)
    slots = {slot.id: slot for slot in problem.slots}
    for each in places:
        by_person[each.volunteer].append(each)
        for cell in slots[each.slot].covers & number.keys():
            there[number[cell], each.channels].append(_name(each))
    terms, rows = [], []
    for cell in cells:
        n = number[cell]
        scopes = sorted((scope for one, scope in there if one == n), key=sorted)
        served: defaultdict[str, list[str]] = defaultdict(list)
        for place, scope in enumerate(scopes):
            able = [channel for channel in channels[cell] if channel in scope]
            for channel in able:
                served[channel].append(f"z_{n}_{place}_{channel}")
                terms.append(f"{weight[(*cell, channel)].weight} z_{n}_{place}_{channel}")
            if able:
                given = " + ".join(f"z_{n}_{place}_{channel}" for channel in able)
                rows.append(f"{given} - {' - '.join(there[n, scope])} <= 0")
        for channel, names in served.items():
            rows.append(f"{' + '.join(names)} <= {weight[(*cell, channel)].people}")
    for slot in problem.slots:
        rows += _at_most([_name(each) for each in places if each.slot == slot.id], slot.seats)
    quota = {each.id: each.quota for each in problem.volunteers}
    for person, own in by_person.items():
        rows += _at_most([_name(each) for each in own], quota[person])
        for one, other in combinations(own, 2):
            if any(found.rule == Rule.REST for found in violations(problem, [one, other])):
                rows.append(f"{_name(one)} + {_name(other)} <= 1")
    new = {each.id for each in problem.volunteers if each.is_first}
    for day in sorted({day.day for slot in problem.slots for day in slot.days}):
        on = {slot.id for slot in problem.slots if any(each.day == day for each in slot.days)}
        most = problem.newcomers_per_mentor * sum(day in mentor.present for mentor in problem.mentors)
        rows += _at_most([_name(each) for each in places if each.slot in on and each.volunteer in new], most)
    yield "Maximize"
    yield from _folded(" obj: " + " + ".join(terms))
    yield "Subject To"
    for n, row in enumerate(rows):
        yield from _folded(f" r{n}: {row}")
    yield "Binary"
    yield from (f" {_name(each)}" for each in places)
    yield "End"


def _name(each: Placement) -> str:
    return f"x_{each.volunteer}_{each.slot}"


def _at_most(names: list[str], most: int) -> list[str]:
    return [f"{' + '.join(names)} <= {most}"] if len(names) > most else []


def _folded(line: str) -> Iterator[str]:
    """A line of the format has 255 characters at most."""
    words, length = [], 0
    for word in line.split(" "):
        if length + len(word) > 200:
            yield " ".join(words)
            words, length = [""], 0
        words.append(word)
        length += len(word) + 1
    yield " ".join(words)


def _places(problem: Problem) -> list[Placement]:
    """What each could take by itself, as the evaluator judges it; mentors aside."""
    found = []
    for person in problem.volunteers:
        for slot in problem.slots if person.quota else ():
            scope = frozenset(
                channel
                for channel in person.channels
                if channel not in problem.signed_off_channels
                or (
                    channel in person.signed_off
                    and ((until := person.signed_off[channel]) is None or until > slot.days[-1].day)
                )
            )
            each = Placement(person.id, slot.id, scope)
            if all(one.rule in (Rule.MENTOR, Rule.RATIO) for one in violations(problem, [each])):
                found.append(each)
    return found


if __name__ == "__main__":
    seed, seats, eager = map(int, sys.argv[1:])
    print("\n".join(lines(make_problem(seed, seats=seats, eager=eager))))
