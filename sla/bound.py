"""Promises that no order of work can keep: more is due by some moment than the people there can have handled. Pure.

For any moment t, whoever works until t has capacity(t) seconds of work. If more promises are due by t than fit into
them, even the shortest first and without a pause between two, the rest breaks, whatever is taken first. The bound is
the largest such rest over all t (DESIGN §5). It is what is certain, not what is likely: work is taken to be divisible,
everybody to be able to do everything, and nothing new to come in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

Window = tuple[datetime, datetime]


@dataclass(frozen=True)
class Due:
    """``count`` promises that are due at the same moment and take ``seconds`` of somebody's work each."""

    at: datetime
    seconds: int
    count: int = 1


@dataclass(frozen=True)
class Bound:
    """``due`` promises are due until ``until``; ``capacity_s`` seconds of work are there till then, enough for
    ``doable`` of them. ``lengths``: how many take how many seconds, the shortest first."""

    until: datetime
    due: int
    capacity_s: int
    doable: int
    lengths: tuple[tuple[int, int], ...]

    @property
    def breaks(self) -> int:
        return self.due - self.doable


def unavoidable(promises: Iterable[Due], windows: Iterable[Window], *, at: datetime) -> Bound | None:
    """The moment by which most promises must break, and the arithmetic; None when all could be kept.

    ``windows`` are the stretches in which one person each works; what lies before ``at`` does not count, nor do
    promises due before it. A promise handled in the very second it is due is kept.
    """
    stretches = [(max(start, at), end) for start, end in windows if end > at]
    worst: Bound | None = None
    lengths: Counter[int] = Counter()
    ordered = sorted((each for each in promises if each.at >= at), key=lambda each: each.at)
    for number, each in enumerate(ordered):
        lengths[each.seconds] += each.count
        if number + 1 < len(ordered) and ordered[number + 1].at == each.at:
            continue
        capacity_s = capacity(stretches, until=each.at)
        doable = _most(lengths, capacity_s)
        due = lengths.total()
        if due - doable > (worst.breaks if worst else 0):
            worst = Bound(each.at, due, capacity_s, doable, tuple(sorted(lengths.items())))
    return worst


def capacity(stretches: Iterable[Window], *, until: datetime) -> int:
    """Seconds of work in the stretches up to ``until``."""
    return sum(int((min(end, until) - start).total_seconds()) for start, end in stretches if start < until)


def _most(lengths: Counter[int], capacity_s: int) -> int:
    """How many fit at most: the shortest first."""
    fitting = 0
    for seconds, count in sorted(lengths.items()):
        here = count if seconds <= 0 else min(count, capacity_s // seconds)
        fitting += here
        capacity_s -= here * seconds
        if here < count:
            break
    return fitting
