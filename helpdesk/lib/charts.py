"""Scales and shapes of charts, as numbers for an SVG template. Pure: no colours, no words, no HTML."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Tick:
    value: float
    y: float


@dataclass(frozen=True)
class Bar:
    """A rectangle that stands on the ground line; ``middle`` is where its label goes."""

    value: float
    x: float
    y: float
    width: float
    height: float
    middle: float


@dataclass(frozen=True)
class BarChart:
    width: float
    height: float
    ground: float
    """The y of zero."""
    left: float
    """Where the bars begin, right of the numbers of the scale."""
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]


def nice_step(highest: float, count: int = 4) -> float:
    """The distance of at most ``count`` lines up to ``highest``: 1, 2 or 5 times a power of ten, at least 1."""
    raw = max(highest, 1) / count
    power = 10 ** math.floor(math.log10(raw)) if raw >= 1 else 1
    return next(step * power for step in (1, 2, 5, 10) if step * power >= raw)


def bar_chart(
    values: Sequence[float],
    *,
    width: float = 640,
    height: float = 200,
    left: float = 36,
    above: float = 20,
    below: float = 24,
    gap: float = 0.35,
) -> BarChart:
    """Bars side by side, the highest line of the scale not below the highest value.

    ``above`` is kept for a label over the highest bar, ``below`` for those under the ground; ``gap`` is the share of a
    place that stays empty.
    """
    highest = max(values, default=0)
    step = nice_step(highest)
    lines = max(1, math.ceil(highest / step))
    top = lines * step
    ground = height - below

    def y_of(value: float) -> float:
        return round(ground - value / top * (ground - above), 2)

    place = (width - left) / max(1, len(values))
    bars = []
    for number, value in enumerate(values):
        y = y_of(value)
        x = left + number * place + place * gap / 2
        bars.append(
            Bar(
                value,
                round(x, 2),
                y,
                round(place * (1 - gap), 2),
                round(ground - y, 2),
                round(x + place * (1 - gap) / 2, 2),
            )
        )
    ticks = tuple(Tick(number * step, y_of(number * step)) for number in range(lines + 1))
    return BarChart(width, height, ground, left, tuple(bars), ticks)


def share(value: float, whole: float, *, of: float = 100) -> float:
    """How long a bar is beside the longest one, ``of`` units long; one decimal."""
    return round(of * value / whole, 1) if whole > 0 else 0.0
