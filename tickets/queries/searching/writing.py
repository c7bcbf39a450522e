"""Filters as a query and back, so that choosing from a list writes the language and typing it sets the lists."""

from __future__ import annotations

from typing import Any

from tickets.models import Priority, Status
from tickets.queries.queue import NOT_ONLY_AWAKE, Filters
from tickets.queries.searching.meaning import as_value, queues, staff
from tickets.searching import Query
from tickets.searching.tree import Property

VIEWS = {
    "mine": "assignee:me is:unsolved",
    "nobody": "is:unassigned is:unsolved",
    "at_risk": "is:at_risk",
    "overdue": "is:overdue",
    "waiting": "status:waiting",
    "snoozed": "is:snoozed",
    "solved": "status:solved,closed",
}
"""What the views of the sidebar hold, as queries."""

NAMES = ("queue", "channel", "status", "priority", "assignee")
"""What can be chosen from a list."""


def as_query(filters: Filters) -> str:
    """The same as a query; empty when nothing is narrowed. What is typed behind it narrows further."""
    parts = [VIEWS[filters.view]] if filters.view in VIEWS else []
    parts += [f"{name}:{word}" for name in NAMES if (word := _word(name, getattr(filters, name)))]
    return " ".join(parts)


def as_saved(filters: Filters) -> str:
    """The list of the queue page as a query that finds the same: what a view made of it asks for."""
    is_solved = filters.view == "solved" or filters.status in (Status.SOLVED, Status.CLOSED)
    parts = [as_query(filters)]
    if not is_solved and filters.view in ("all", "snoozed"):
        parts.append("is:unsolved")
    if not is_solved and filters.view not in NOT_ONLY_AWAKE:
        parts.append("-is:snoozed")
    return " ".join(filter(None, parts))


def with_filters(query: Query, filters: Filters) -> str:
    """The query's text with what the filters say instead of what it said of the same things."""
    text = query.text
    for part in sorted(_own(query), key=lambda part: -part.start):
        text = text[: part.start].rstrip() + " " + text[part.end :].lstrip()
    return " ".join(filter(None, [text.strip(), as_query(filters)]))


def filters_of(query: Query) -> dict[str, Any]:
    """What the query says of the five things that can be chosen from a list, as values of the filter form."""
    return {part.field: value for part in _own(query) if (value := _value(part)) is not None}


def _own(query: Query) -> list[Property]:
    """The parts that one choice from a list can stand for."""
    return [
        part
        for part in query.parts
        if isinstance(part, Property) and part.field in NAMES and part.operator == "=" and len(part.values) == 1
    ]


def _word(name: str, value: Any) -> str:
    if not value:
        return ""
    if name == "queue":
        return next((slug for key, (slug, _name) in queues() if key == value), "")
    if name == "priority":
        return Priority(value).name.lower()
    if name == "assignee" and value not in ("me", "nobody"):
        return next((as_value(address or person) for key, (address, person) in staff() if str(key) == str(value)), "")
    return str(value)


def _value(part: Property) -> Any:
    meaning = part.values[0].meaning
    if part.field == "queue":
        return next((key for key, names in queues() if meaning.lower() in (names[0], names[1].lower())), None)
    if part.field == "priority":
        return Priority[meaning.upper()].value
    if part.field == "assignee" and meaning not in ("me", "nobody"):
        return next((key for key, names in staff() if meaning.lower() in (names[0], names[1].lower())), None)
    return meaning
