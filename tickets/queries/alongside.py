"""What upper apps show beside a ticket: each registers once what the page's own statement is to bring along for it, so
that the page costs no statement more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_wanted: dict[str, Callable[[], Any]] = {}


def register(name: str, expression: Callable[[], Any]) -> None:
    """``name`` becomes an attribute of the ticket; ``expression`` makes what is read, with OuterRef("pk")."""
    _wanted[name] = expression


def expressions() -> dict[str, Any]:
    return {name: make() for name, make in _wanted.items()}
