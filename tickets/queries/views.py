"""Saved searches: whose they are, what they hold for whoever reads them, and how many tickets that is.

A view widens nothing: its tickets are those that its reader works. How many there are is counted once for all who work
the same tickets, whatever the number of people and views: all that is not known is counted in one statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from time import monotonic
from typing import Any

from django.core import signing
from django.core.cache import cache
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q
from django.utils.translation import get_language

from helpdesk.lib import prepared
from helpdesk.lib.pagination import BadCursor, keyset_page
from helpdesk.lib.time_limit import TooSlow, time_limit
from tickets.models import Tag, Team, Ticket, User, View
from tickets.models.ticket import UNSOLVED, TicketQuerySet, has_tag
from tickets.queries import searching
from tickets.queries.custom_fields import custom_fields
from tickets.queries.queue import with_columns
from tickets.queries.searching.meaning import typed
from tickets.queries.sidebar import KEPT_S, VIEWS_BESIDE, scope_key
from tickets.searching import Query, QueryError
from tickets.searching.fields import ME, NOBODY
from tickets.searching.tree import Property, Words
from tickets.searching.words import plain

PAGE_SIZE = 50
COUNTED_TO = 10_000
"""Nothing is counted beyond: up to 9,999 the number is exact."""

QUICK_MS = 150
"""How long a page waits for all counts together. What takes longer is counted when the page is there already."""
PATIENT_MS = 1500
LIST_MS = 5000
SLOW_FOR_S = 600
"""How long a view whose count was too slow for a page is not counted with it."""

COLUMNS = ("queue", "status", "priority", "opened", "updated", "solved", "snoozed")
FIELD = "field."
"""Before the key of a field of the desk's own, in the name of a column."""

NEWEST, OLDEST = ("-id", "-id"), ("id", "id")
"""By number, which is the order in which tickets were opened."""

Sort = View.Sort


# Whose views


def listed(user: User) -> list[tuple[View, bool]]:
    """Every view of the person in their order, then those that they only keep for others; with teams and owners.

    Each with whether it is among the person's own lists.
    """
    own = list(View.objects.listed_for(user).in_order_of(user).select_related("team", "owner"))
    others = View.objects.visible_to(user).exclude(pk__in=[each.pk for each in own])
    kept = others.select_related("team", "owner").order_by("team__name", "pk")
    return [(each, True) for each in own] + [(each, False) for each in kept]


def view_for(user: User, number: int) -> View:
    """Raises `View.DoesNotExist`."""
    return View.objects.visible_to(user).select_related("team", "owner").get(pk=number)


def removed_view(number: int) -> View | None:
    """One that could be brought back; by whom, the caller asks."""
    return View.objects.filter(pk=number, removed_at__isnull=False).first()


def teams_to_share_with(user: User) -> list[Team]:
    """Those to which the person may give a view."""
    teams = Team.objects.order_by("name", "pk")
    if user.is_admin:
        return list(teams)
    return list(teams.filter(pk__in=user.team_ids)) if user.is_lead else []


def columns() -> list[str]:
    """What a row can show more, by name: `COLUMNS` and the desk's own fields."""
    return [*COLUMNS, *(f"{FIELD}{each.key}" for each in custom_fields() if each.is_active)]


# What a view holds


@dataclass(frozen=True)
class Listed:
    """One page. ``searched_to`` is the oldest ticket looked at when older ones were not (`searching.Found`)."""

    rows: Sequence[Ticket]
    next_cursor: str | None
    searched_to: int | None = None


def read(text: str) -> Query:
    """As `searching.read`, remembering what was read before. Raises `QueryError`."""
    return _read(text, tuple((each.key, each.type, each.label) for each in custom_fields()), get_language() or "")


@lru_cache(maxsize=1024)
def _read(text: str, fields: Any, language: str) -> Query:
    return searching.read(text)


def page_of(
    query: Query, sort: str, user: User, *, at: datetime, cursor: str | None = None, size: int = PAGE_SIZE
) -> Listed:
    """What ``user`` works of it, in its order. Raises `QueryError`, `BadCursor`, `TooSlow`."""
    with time_limit(LIST_MS):
        if sort == Sort.NEWEST:
            found = searching.find(query, user, at=at, cursor=cursor, size=size, takes_near=False)
            return Listed(found.rows, found.next_cursor, found.searched_to)
        tickets = searching.everything(query, user, at=at)
        if sort == Sort.OLDEST:
            page = keyset_page(with_columns(tickets), by=OLDEST, size=size, cursor=cursor)
            return Listed(page.rows, page.next_cursor)
        return _by_time_left(tickets, cursor, size)


def in_order(tickets: TicketQuerySet, sort: str) -> list[TicketQuerySet]:
    """All of them, in parts that stand one behind the other."""
    if sort == Sort.DUE:
        return [tickets.filter(_WAITING).order_by("work_at", "id"), tickets.exclude(_WAITING).order_by("-id")]
    return [tickets.order_by("-id" if sort == Sort.NEWEST else "id")]


# By time left: what waits for somebody as the queue has it, then everything else, newest first. Both have an index.

_WAITING = Q(status__in=UNSOLVED, removed_as="")


def _by_time_left(tickets: TicketQuerySet, cursor: str | None, size: int) -> Listed:
    half, within = _half(cursor)
    rows: list[Ticket] = []
    if half == "waiting":
        page = keyset_page(with_columns(tickets.filter(_WAITING)), by=("work_at", "id"), size=size, cursor=within)
        if page.next_cursor:
            return Listed(page.rows, _mark("waiting", page.next_cursor))
        rows, within = list(page.rows), None
    rest = with_columns(tickets.exclude(_WAITING))
    if size == len(rows):
        return Listed(rows, _mark("rest", "") if rest.exists() else None)
    more = keyset_page(rest, by=NEWEST, size=size - len(rows), cursor=within)
    return Listed(rows + list(more.rows), _mark("rest", more.next_cursor) if more.next_cursor else None)


def _mark(half: str, within: str) -> str:
    return signing.dumps([half, within], salt="view")


def _half(cursor: str | None) -> tuple[str, str | None]:
    if not cursor:
        return "waiting", None
    try:
        half, within = signing.loads(cursor, salt="view")
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise BadCursor("The page mark in the address is not readable.") from error
    return half, within or None


def unknown_tags(query: Query, user: User, at: datetime) -> list[str]:
    """Tags that it asks for and no ticket in sight has: deleted or renamed since it was saved, perhaps. Which tags
    others use nobody is told."""
    asked = {
        value.text.lower()
        for part, _is_positive in query.properties()
        if part.field == "tag"
        for value in part.values
        if plain(value.text) not in NOBODY
    }
    if not asked or not user.is_support:
        return []
    names = Tag.objects.values_list("name", flat=True)
    spelled = {tag: [name for name in names if plain(name) == plain(tag)] for tag in asked}
    worked = Ticket.objects.worked_by(user, at)
    return sorted(tag for tag in asked if not any(worked.filter(has_tag(name)).exists() for name in spelled[tag]))


# How many that is


@dataclass(frozen=True)
class Number:
    """How many tickets a view holds, exact below COUNTED_TO; None while it is not known. ``problem`` is a sentence."""

    value: int | None = None
    problem: str = ""


def numbers(views: Iterable[View], user: User, at: datetime, *, is_patient: bool = False) -> dict[int, Number]:
    """By view. A number may be KEPT_S old. Without ``is_patient`` nobody waits for one that takes long."""
    found: dict[int, Number] = {}
    queries: dict[int, Query] = {}
    for view in views:
        try:
            queries[view.pk] = read(view.query)
        except QueryError as error:
            found[view.pk] = Number(problem=str(error))
    if not queries:
        return found
    keys = {pk: _key(query, user, at) for pk, query in queries.items()}
    kept = _kept(keys.values(), at)
    to_count = {}
    for pk, reading in _readings({pk: queries[pk] for pk, key in keys.items() if key not in kept}, user, at).items():
        if isinstance(reading, Number):
            found[pk] = reading
        else:
            to_count[keys[pk]] = reading
    kept |= _count(to_count, at, is_patient)
    return found | {pk: Number(kept.get(key)) for pk, key in keys.items() if pk not in found}


def _key(query: Query, user: User, at: datetime) -> str:
    """Of the scope and the query. Days begin by the reader's clock, and "me" is somebody else for each."""
    mine = f"{user.pk}" if _is_personal(query) else ""
    digest = sha256(query.text.encode()).hexdigest()[:32]
    return f"view-counts:{scope_key(user, at)}:{user.time_zone}:{mine}:{digest}"


def _is_personal(query: Query) -> bool:
    return any(
        value.meaning == "mine" or plain(value.text) in ME
        for part, _is_positive in query.properties()
        for value in part.values
    )


def _kept(keys: Iterable[str], at: datetime) -> dict[str, int]:
    """What was counted less than KEPT_S ago."""
    return {
        key: number
        for key, (counted_at, number) in cache.get_many(list(keys)).items()
        if abs(at.timestamp() - counted_at) < KEPT_S
    }


def _readings(queries: dict[int, Query], user: User, at: datetime) -> dict[int, TicketQuerySet | Number]:
    """The tickets of each view, or what is wrong with it. The words of all are looked up at once."""
    vocabulary = searching.vocabulary_for(user, at)
    vocabulary.learn(word for query in queries.values() for word in _words_of(query))
    found: dict[int, TicketQuerySet | Number] = {}
    for pk, query in queries.items():
        try:
            found[pk] = searching.everything(query, user, at=at, vocabulary=vocabulary)
        except QueryError as error:
            found[pk] = Number(problem=str(error))
    return found


def _words_of(query: Query) -> list[str]:
    """All words of which other forms are looked for."""
    words = [leaf.text for leaf in query.leaves() if isinstance(leaf, Words) and not leaf.is_exact]
    words += [
        value.text
        for leaf in query.leaves()
        if isinstance(leaf, Property) and leaf.field in ("subject", "requester", "organisation", "note")
        for value in leaf.values
    ]
    return [word for text in words for word in typed(text)]


def _count(wanted: dict[str, TicketQuerySet], at: datetime, is_patient: bool) -> dict[str, int]:
    """In one statement what can be counted while a page waits. What is slow is counted by itself, for the patient."""
    slow = cache.get_many([f"{key}:slow" for key in wanted])
    quick = {key: tickets for key, tickets in wanted.items() if f"{key}:slow" not in slow}
    try:
        found = _counted(quick, QUICK_MS)
    except TooSlow:
        found = {}
        for key in quick:
            cache.set(f"{key}:slow", 1, SLOW_FOR_S)
    if is_patient:
        found |= _counted_singly({key: tickets for key, tickets in wanted.items() if key not in found})
    for key, number in found.items():
        cache.set(key, [at.timestamp(), number], KEPT_S)
    return found


def _counted_singly(wanted: dict[str, TicketQuerySet]) -> dict[str, int]:
    found: dict[str, int] = {}
    until = monotonic() + PATIENT_MS / 1000
    for key, tickets in wanted.items():
        began = monotonic()
        if began >= until:
            break
        try:
            found |= _counted({key: tickets}, int((until - began) * 1000) + 1)
        except TooSlow:
            continue
        if (monotonic() - began) * 1000 < QUICK_MS / VIEWS_BESIDE:
            cache.delete(f"{key}:slow")
    return found


_COUNT = "(select count(*) from ({}) found)"


def _counted(wanted: dict[str, TicketQuerySet], milliseconds: int) -> dict[str, int]:
    """One statement for all, which stops at COUNTED_TO of each. Raises `TooSlow`."""
    parts: list[str] = []
    parameters: list[Any] = []
    for tickets in wanted.values():
        given: Sequence[Any]
        try:
            sql, given = tickets.order_by().values("pk")[:COUNTED_TO].query.sql_with_params()
        except EmptyResultSet:  # the ORM knows that nothing can be found
            sql, given = prepared.NOTHING
        parts.append(_COUNT.format(sql))
        parameters += given
    if not parts:
        return {}
    with time_limit(milliseconds), connection.cursor() as cursor:
        cursor.execute(f"select {', '.join(parts)}", parameters)
        return dict(zip(wanted, cursor.fetchone(), strict=True))
