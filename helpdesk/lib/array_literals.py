"""Columns of many rows as PostgreSQL's array literals, one parameter each. An array of values would be quoted value by
value, which takes a third as long as storing the rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime


def numbers(values: Iterable[int]) -> str:
    return f"{{{','.join(map(str, values))}}}"


def moments(values: Iterable[datetime | None]) -> str:
    """Aware ones; None is null."""
    return f"{{{','.join('NULL' if each is None else each.isoformat() for each in values)}}}"


def texts(values: Iterable[str]) -> str:
    return f"{{{','.join(map(_quoted, values))}}}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
