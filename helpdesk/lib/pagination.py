"""Keyset pages: a page starts behind the last row of the page before, so page 1,000 costs what page 1 costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.core import signing
from django.db.models import Model, Q, QuerySet

Row = TypeVar("Row", bound=Model)


class BadCursor(ValueError):
    """The cursor in the address is not one of ours; show the first page instead."""


@dataclass(frozen=True)
class Page(Generic[Row]):
    rows: Sequence[Row]
    next_cursor: str | None


def keyset_page(rows: QuerySet[Row], *, by: tuple[str, str], size: int, cursor: str | None = None) -> Page[Row]:
    """One page of ``rows`` ordered by two columns, the second unique; a leading "-" turns a column round.

    Reads ``size + 1`` rows and counts nothing. Neither column may be null. Raises `BadCursor`.
    """
    first, second = by
    rows = rows.order_by(first, second)
    if cursor:
        rows = rows.filter(behind(read(cursor, by), by))
    return cut(list(rows[: size + 1]), by=by, size=size)


def cut(found: list[Row], *, by: tuple[str, str], size: int) -> Page[Row]:
    """The page of rows that were read in this order, one more than it has place for."""
    page = found[:size]
    return Page(page, _write(page[-1], by) if len(found) > size else None)


def behind(values: Sequence[Any], by: tuple[str, str]) -> Q:
    """Rows that stand behind the one with these values, in the order ``by``."""
    first_name, first_op = _column(by[0])
    second_name, second_op = _column(by[1])
    # The plain bound on the first column lets the index start at the right place; the rest decides among equals.
    return Q(**{f"{first_name}__{first_op}e": values[0]}) & (
        Q(**{f"{first_name}__{first_op}": values[0]})
        | Q(**{first_name: values[0], f"{second_name}__{second_op}": values[1]})
    )


def _column(name: str) -> tuple[str, str]:
    return (name[1:], "lt") if name.startswith("-") else (name, "gt")


def _write(row: Model, by: tuple[str, str]) -> str:
    values = [getattr(row, name.lstrip("-")) for name in by]
    plain = [["t", value.isoformat()] if isinstance(value, datetime) else ["v", value] for value in values]
    return signing.dumps(plain, salt=_salt(by))


def _salt(by: tuple[str, str]) -> str:
    """A mark made for one order means nothing in another."""
    return f"cursor {' '.join(by)}"


def read(cursor: str, by: tuple[str, str]) -> list[Any]:
    """The two values of the row that ``cursor`` stands behind. Raises `BadCursor`."""
    try:
        plain = signing.loads(cursor, salt=_salt(by))
        return [datetime.fromisoformat(value) if kind == "t" else value for kind, value in plain]
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise BadCursor("The page mark in the address is not readable.") from error
