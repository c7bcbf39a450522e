"""Who of those in a cell counts for which channel: each person for one at a time. Pure."""

from __future__ import annotations

from functools import lru_cache

Needed = tuple[tuple[int, int], ...]
"""For each channel how many are wanted in a cell, and what each weighs."""
There = tuple[int, ...]
"""The channels of each person in a cell, a bit a channel, in order."""


@lru_cache(200_000)
def allotted(needed: Needed, there: There) -> tuple[int, ...]:
    """How many people each channel gets, at most as many as it wants, so that the greatest weight is covered.

    Units of need in falling order of weight, each given a person if those who are there can be rearranged for it: on
    such systems (transversal matroids) taking the heaviest first is exact.
    """
    holds = [-1] * len(there)
    given = [0] * len(needed)

    def give(channel: int, seen: set[int]) -> bool:
        for person, channels in enumerate(there):
            if channels >> channel & 1 and person not in seen:
                seen.add(person)
                if holds[person] < 0 or give(holds[person], seen):
                    holds[person] = channel
                    return True
        return False

    for _weight, channel in sorted(((weight, n) for n, (_people, weight) in enumerate(needed)), reverse=True):
        while given[channel] < needed[channel][0] and give(channel, set()):
            given[channel] += 1
    return tuple(given)
