"""Working time, which an upper app knows: it registers how the hours of a promise are found by their number. No queries
of its own; what is registered keeps in memory what it has read once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import datetime
from typing import Protocol


class Hours(Hashable, Protocol):
    """Whole seconds of working time between two moments, and the open stretches from one to the other."""

    def elapsed(self, a: datetime, b: datetime, /) -> int: ...

    def windows(self, a: datetime, b: datetime, /) -> list[tuple[datetime, datetime]]: ...


_find: Callable[[int], Hours] | None = None


def register(find: Callable[[int], Hours]) -> None:
    global _find
    _find = find


def hours_of(number: int | None) -> Hours | None:
    """The hours by which a promise counts; None where it counts every hour."""
    return None if number is None or _find is None else _find(number)
