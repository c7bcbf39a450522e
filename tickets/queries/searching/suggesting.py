"""What could come next in a query that is being typed: names of fields, and their values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from tickets.models import CustomField, Role, User
from tickets.queries.custom_fields import custom_fields
from tickets.queries.directory import desks_of
from tickets.queries.searching.meaning import as_value, own_fields, queues, staff, tags
from tickets.queries.tags import in_sight
from tickets.searching.fields import FIELDS, Field, Kind, find
from tickets.searching.words import plain

MOST = 8

# What is being typed at the end: a value behind its field, or else the beginning of a word.
_VALUE = re.compile(
    r'(?:^|[\s(-])(?P<field>[^\W\d_][\w-]*)(?P<sign>:[<>]?=?|[<>]=?)(?:[^\s",()]+,)*(?P<value>"[^"]*|[^\s",()]*)$'
)
_WORD = re.compile(r"(?:^|[\s(-])(?P<word>[^\W\d_][\w-]*)?$")


@dataclass(frozen=True)
class Suggestion:
    """``text`` replaces what stands between ``start`` and ``end``. ``help`` says what it is."""

    text: str
    start: int
    end: int
    help: str


def suggestions(text: str, user: User, at: datetime, *, place: int | None = None) -> list[Suggestion]:
    """At most `MOST` ways to go on at ``place``, a number of characters; at the end when it is not given."""
    place = len(text) if place is None else max(0, min(place, len(text)))
    before = text[:place]
    if before.count('"') % 2 and not _VALUE.search(before):
        return []
    if found := _VALUE.search(before):
        field = find(found["field"], {each.name: each for each in own_fields()})
        if field is None:
            return []
        begun = plain(found["value"].lstrip('"'))
        offered = _values(field, user, at)
        if found["sign"].endswith(("<", ">", "=")):
            # Behind < there is an order already, and nothing to compare with in "none".
            bare = ((value.lstrip("<>"), help_) for value, help_ in offered if value not in field.special)
            offered = list(dict.fromkeys(bare))
        values = [(value, help_) for value, help_ in offered if _begins(value, help_, begun)]
        start = found.start("value")
        return [Suggestion(f"{as_value(value)} ", start, place, help_) for value, help_ in values[:MOST]]
    found = _WORD.search(before)
    if found is None:
        return []
    begun = plain(found["word"] or "")
    fields = [field for field in [*FIELDS.values(), *own_fields()] if _is_called(field, begun)]
    start = place - len(found["word"] or "")
    return [Suggestion(f"{field.name}:", start, place, str(field.help)) for field in fields[: MOST if begun else None]]


def _is_called(field: Field, begun: str) -> bool:
    return any(name.startswith(begun) for name in (field.name, *field.aliases))


def _begins(value: str, help_: str, begun: str) -> bool:
    return any(word.startswith(begun) for text in (value, help_) for word in (plain(text), *plain(text).split()))


def _values(field: Field, user: User, at: datetime) -> list[tuple[str, str]]:
    """Each with what it means, where the word alone does not say."""
    special = [(word, "") for word in field.special]
    if field.name == "queue":
        own = {desk.pk for desk in desks_of(user, at)}
        return [(slug, name) for key, (slug, name) in queues() if key in own]
    if field.name == "assignee":
        return special + [(name or address, address) for _key, (address, name) in staff()]
    if field.name == "tag":
        known = [name for _key, (name,) in tags()] if user.role == Role.ADMIN else in_sight(user, at)
        return special + [(name, "") for name in known]
    if field.kind is Kind.CHOICE:
        return [(word, "") for word in field.offered]
    if field.kind in (Kind.TIME, Kind.DEADLINE):
        examples = (
            ("today", "tomorrow", "<4h", "<2d")
            if field.kind is Kind.DEADLINE
            else ("today", "yesterday", "<7d", ">30d")
        )
        return [*((word, "") for word in examples), *special]
    for each in custom_fields():
        if each.key == field.name and each.type == CustomField.Type.CHOICE:
            return [(choice, "") for choice in each.choices]
    return special
