"""The dial of who is on duty: a day as one turn of a clock, a ring for each channel. Pure; for a 320 × 320 picture."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import cos, pi, sin

MIDDLE = 160.0
OUTERMOST, STEP = 128.0, 22.0
HALF_TURN = 12 * 60
INSET = 6
"""Minutes left free at both ends of an arc."""


@dataclass(frozen=True)
class Arc:
    path: str
    state: str
    """full | short | none"""
    is_past: bool


@dataclass(frozen=True)
class Ring:
    channel: str
    radius: str
    arcs: list[Arc]
    x: str
    y: str
    """Where its mark sits: at the beginning of the day."""


def turn_of(starts: int, ends: int) -> int:
    """Minutes of one turn: a plain clock face where the day is no longer than half a day."""
    return HALF_TURN if ends - starts <= HALF_TURN else 2 * HALF_TURN


def point(minutes: float, radius: float, turn: int) -> tuple[str, str]:
    """As SVG writes numbers, whatever the reader's language."""
    angle = minutes / turn * 2 * pi
    return f"{MIDDLE + radius * sin(angle):.1f}", f"{MIDDLE - radius * cos(angle):.1f}"


def ring(
    channel: str, place: int, stretches: list[tuple[int, int, str]], *, starts: int, turn: int, now: int | None
) -> Ring:
    """``stretches``: from and to in minutes after midnight with their state; ``now`` cuts off what is past."""
    radius = OUTERMOST - place * STEP
    arcs = []
    for start, end, state in stretches:
        cuts = [start, now, end] if now is not None and start < now < end else [start, end]
        for a, b in pairwise(cuts):
            begin, stop = a + (INSET if a == start else 0), b - (INSET if b == end else 0)
            if begin < stop:
                arcs.append(Arc(_path(begin, stop, radius, turn), state, now is not None and b <= now))
    return Ring(channel, f"{radius:g}", arcs, *point(starts, radius, turn))


def _path(a: float, b: float, radius: float, turn: int) -> str:
    (x1, y1), (x2, y2) = point(a, radius, turn), point(b, radius, turn)
    return f"M{x1} {y1}A{radius:g} {radius:g} 0 {int(b - a > turn / 2)} 1 {x2} {y2}"


def hours(starts: int, turn: int) -> list[tuple[int, str, str]]:
    """What stands around: twelve marks, from the hour in which the day begins."""
    step = turn // 12
    first = -(-starts // step) * step
    return [((minutes // 60) % 24, *point(minutes, 149.0, turn)) for minutes in range(first, first + turn, step)]


def hand(now: int, turn: int) -> tuple[str, str, str, str]:
    """From near the middle to the outermost ring."""
    return *point(now, 45.0, turn), *point(now, OUTERMOST, turn)
