"""What a plan is made of: plain values in and out of whatever proposes one. Pure.

The seam of the planner is `propose(problem, *, time_limit_s, seed, on_progress) -> Proposal`. `rotations.solver` keeps
it, and whatever proposes better one day keeps it too; `rotations.evaluator` judges what comes out and trusts nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from rotations.timeline import Day

WANT, FINE, RATHER_NOT, CANNOT = "want", "fine", "rather_not", "cannot"

Cell = tuple[date, int]
"""A part (counted from 0) of a local date."""


@dataclass(frozen=True, slots=True)
class Need:
    """So many people more are wanted on a channel in a cell. Each who is missing weighs ``weight``."""

    day: date
    part: int
    channel: str
    people: int
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Slot:
    """A shift: its seats, its days, and the cells in which whoever holds a seat counts."""

    id: int
    seats: int
    days: tuple[Day, ...]
    covers: frozenset[Cell]


@dataclass(frozen=True, slots=True)
class Volunteer:
    id: int
    channels: frozenset[str]
    quota: int
    """Most duties; 0 is "call me if you need me": never planned, and not waiting for a turn."""
    wishes: Mapping[int, str] = field(default_factory=dict)
    """By slot; of what nothing is said, it is fine."""
    partners: frozenset[int] = frozenset()
    away: tuple[tuple[datetime, datetime], ...] = ()
    held: tuple[Day, ...] = ()
    """Days of duties that are not part of this problem; rest is kept from them too."""
    signed_off: Mapping[str, date | None] = field(default_factory=dict)
    """By channel the first date on which the sign-off does not hold any more; None holds for good."""
    is_first: bool = False
    burden: int = 0
    """Duties of late, elsewhere: who had many comes after who had few."""


@dataclass(frozen=True, slots=True)
class Mentor:
    id: int
    present: frozenset[date]
    capacity: int
    """People looked after on one day."""


@dataclass(frozen=True, slots=True)
class Placement:
    volunteer: int
    slot: int
    channels: frozenset[str]
    mentor: int | None = None
    deputy: int | None = None
    days: frozenset[date] | None = None
    """Those of the slot's dates that the volunteer holds; None: all of them."""
    is_part: bool = False
    """On the seat of another placement, whose other days these are: it takes no seat of its own."""


@dataclass(frozen=True, slots=True)
class Problem:
    """``locked`` stands in every plan as it is: what is confirmed, or what a planner placed by hand."""

    volunteers: tuple[Volunteer, ...]
    slots: tuple[Slot, ...]
    needs: tuple[Need, ...]
    mentors: tuple[Mentor, ...] = ()
    rest: timedelta = timedelta(hours=11)
    newcomers_per_mentor: int = 2
    signed_off_channels: frozenset[str] = frozenset()
    locked: tuple[Placement, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """The whole plan, locked placements first. ``bound``: no plan has less shortfall; None where nobody proved one."""

    placements: tuple[Placement, ...]
    shortfall: int
    seed: int
    bound: int | None = None


Progress = Callable[[str, int], None]
"""Called with the name of a finished level and the weighted shortfall there."""
