"""Pages of what a search found, newest first, and how far back it looked.

Common words are everywhere in the index, so it is read in parts: the newest tickets, then more and more older ones,
until the page is full. How many tickets the first part holds comes from how frequent PostgreSQL takes the rarest word
for. What is rare is looked up at once. Nobody's page waits for all of history: after `PATIENCE_S` the page says how far
it came, and goes on from there when asked.

People who see everything of their queues search by the index. Requesters and people on a duty do not: their searches
read the texts of tickets in their sight and no other, so that neither what is found nor how long it takes depends on
anybody else's words.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.core import signing
from django.core.cache import cache
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import F, Func, Q, QuerySet, TextField

from helpdesk.lib import prepared
from helpdesk.lib.pagination import BadCursor
from tickets.models import SearchBackfill, SearchText, Share, Ticket, User
from tickets.models.grant import rights_key
from tickets.models.search import SHELVES
from tickets.models.ticket import TicketQuerySet
from tickets.queries.queue import with_columns
from tickets.queries.searching.forms import SHORTEST_PREFIX, Vocabulary
from tickets.queries.searching.meaning import (
    KEPT_S,
    Reading,
    Shelf,
    asks_for_removed,
    conditions,
    is_weighty,
    text_query,
    typed,
)
from tickets.searching import Query, plain_query
from tickets.searching.tree import Words
from tickets.searching.words import tokens

PAGE_SIZE = 30
FEW = 300
"""So many texts with a word are read and sorted at once."""

COST_OF_A_TICKET = 0.06
"""Of looking at one more ticket, in PostgreSQL's units of cost: what finding all at once is weighed against."""

_EVERYTHING = Q()

PATIENCE_S = 0.25
TICKETS_AT_ONCE = 1500
"""Of those who search ticket by ticket, for one page; and of these, the newest, the words are known."""


@dataclass
class Found:
    """One page. ``is_generous``: nothing held these very words, so near ones count.

    ``searched_to`` is the number of the oldest ticket looked at when there are older ones that were not; the page may
    then be short, or empty, and ``next_cursor`` goes on there. ``words`` are the plain words to mark.
    """

    rows: list[Ticket]
    next_cursor: str | None = None
    is_generous: bool = False
    searched_to: int | None = None
    not_indexed_below: int | None = None
    words: frozenset[str] = field(default_factory=frozenset)


def find(
    query: Query,
    user: User,
    *,
    at: datetime,
    cursor: str | None = None,
    size: int = PAGE_SIZE,
    takes_near: bool = True,
) -> Found:
    """What ``user`` works at ``at`` and the query asks for. Raises `QueryError`, `BadCursor`.

    With ``takes_near`` off nothing is found when nothing holds these very words, as a view and its count need it.
    """
    scope = Ticket.objects.worked_by(user, at)
    if not asks_for_removed(query):
        scope = scope.present()
    before, is_generous = _read(cursor)
    found = _page(query, scope, user, at, before, size, vocabulary_for(user, at, is_generous=is_generous))
    if takes_near and not found.rows and cursor is None and _has_words(query):
        near = _page(query, scope, user, at, before, size, vocabulary_for(user, at, is_generous=True))
        found = near if near.rows else found
    if _has_words(query):
        found.not_indexed_below = next((below for (below,) in prepared.tuples((), _waiting)), None)
    return found


def _waiting() -> QuerySet[SearchBackfill, tuple[int]]:
    return SearchBackfill.objects.order_by("pk").values_list("below")[:1]


def everything(query: Query, user: User, *, at: datetime, vocabulary: Vocabulary | None = None) -> TicketQuerySet:
    """All that ``user`` works at ``at`` and the query asks for, in no order. Raises `QueryError`."""
    tickets = Ticket.objects.worked_by(user, at)
    if not asks_for_removed(query):
        tickets = tickets.present()
    # Among many tickets words are looked up in the index; who works few is shown nothing by the words of others.
    reading = Reading(user, at, vocabulary or vocabulary_for(user, at), is_by_ticket=not user.is_support)
    return tickets.filter(conditions(query, user, at, reading=reading))


def find_own(
    words: str, user: User, *, at: datetime, only: Q = _EVERYTHING, cursor: str | None = None, size: int = PAGE_SIZE
) -> Found:
    """Own and shared requests whose public texts hold these words; nothing in them is more than a word. ``only``
    narrows them further."""
    query = plain_query(words)
    own = Q(requester=user) | Q(pk__in=Share.objects.filter(user=user).values("ticket"))
    scope = Ticket.objects.visible_to(user, at).present().filter(own).filter(only)
    before, is_generous = _read(cursor)
    known = functools.cache(lambda: _words_of(scope, "public"))
    for generous in (is_generous,) if cursor else (False, True):
        vocabulary = Vocabulary(generous, known=known)
        reading = Reading(user, at, vocabulary, is_by_ticket=True, reads_notes=False)
        wanted = conditions(query, user, at, reading=reading)
        tickets = scope.filter(wanted, **({"pk__lt": before} if before else {}))
        rows = list(tickets.select_related("assignee").order_by("-pk")[: size + 1])
        if rows or cursor:
            break
    return _found(rows, size, query, vocabulary)


def vocabulary_for(user: User, at: datetime, *, is_generous: bool = False) -> Vocabulary:
    """Which words have forms: all that were ever written, for support. For a person on a duty those of the tickets in
    sight: else a search for a near word would tell whether a word stands in somebody else's note."""
    if user.is_support:
        return Vocabulary(is_generous)
    return Vocabulary(is_generous, known=functools.partial(_words_in_sight, user, at))


def _words_in_sight(user: User, at: datetime) -> list[str]:
    """Of what the person works, kept for KEPT_S: a page asks twice when it finds nothing at first."""
    key = f"search:words:{user.pk}"
    kept: list[str] | None = cache.get(key)
    if kept is None:
        kept = _words_of(Ticket.objects.worked_by(user, at), "public", "internal")
        cache.set(key, kept, KEPT_S)
    return kept


def _words_of(scope: TicketQuerySet, *places: str) -> list[str]:
    """The words that stand in these tickets' texts, each once."""
    newest = list(scope.order_by("-pk").values_list("pk", flat=True)[:TICKETS_AT_ONCE])
    texts = SearchText.objects.filter(ticket__in=newest, is_withheld=False)
    words: set[str] = set()
    for place in places:
        rows = texts.filter(**{f"{place}__isnull": False}).annotate(word=_Lexemes(F(place)))
        words.update(rows.order_by().values_list("word", flat=True).distinct())
    return sorted(word for word in words if word.isalpha())


class _Lexemes(Func):
    """The words of a tsvector, a row for each."""

    template = "unnest(tsvector_to_array(%(expressions)s))"
    output_field = TextField()
    set_returning = True


# One page


def _page(
    query: Query, scope: TicketQuerySet, user: User, at: datetime, before: int | None, size: int, vocabulary: Vocabulary
) -> Found:
    newest = before or _newest(user, at) + 1
    if not user.is_support:
        return _by_ticket(query, scope, user, at, newest, size, vocabulary)
    reading = Reading(user, at, vocabulary, is_by_ticket=False)
    rare = _rarest_word(query, reading)
    expected = rare if rare is not None else _estimate(scope.filter(conditions(query, user, at, reading=reading)))
    part = max(1 << SHELVES[0], int(2 * size * newest / max(expected.rows, 1)))
    is_at_once = rare.rows <= FEW if rare else expected.cost <= COST_OF_A_TICKET * min(part, newest)
    if is_at_once:
        reading.begins_at = rare.of if rare else None
        # The addition keeps PostgreSQL from walking all tickets backwards until it has met enough.
        everything = scope.filter(conditions(query, user, at, reading=reading), pk__lt=newest)
        wanted = everything.order_by((F("pk") + 0).desc())
        return _found(_rows(wanted, size + 1), size, query, vocabulary)
    return _by_shelf(query, scope, reading, newest, size, part, rare)


def _rows(wanted: TicketQuerySet, most: int) -> list[Ticket]:
    """The first of the wanted tickets with what a row shows, which is fetched for those alone. They are of a scope
    already, which is not asked twice: planning would take as long as finding."""
    try:
        inside = prepared.Inside.of(wanted.values("pk")[:most])
    except EmptyResultSet:
        return []
    return prepared.rows((), _shown, inside=inside)


def _shown(inside: prepared.Inside) -> TicketQuerySet:
    return with_columns(Ticket.objects.filter(pk__in=inside)).order_by("-pk")


def _newest(user: User, at: datetime) -> int:
    """The highest number the person works, 0 when there is none."""

    def build() -> QuerySet[Ticket, tuple[int]]:
        return Ticket.objects.worked_by(user, at).order_by("-pk").values_list("pk")[:1]

    return next((number for (number,) in prepared.tuples(rights_key(user, at), build)), 0)


def _oldest() -> int:
    """The lowest number there is."""
    return next((number for (number,) in prepared.tuples((), _first)), 0)


def _first() -> QuerySet[Ticket, tuple[int]]:
    return Ticket.objects.order_by("pk").values_list("pk")[:1]


def _by_shelf(
    query: Query,
    scope: TicketQuerySet,
    reading: Reading,
    high: int,
    size: int,
    part: int,
    rare: Estimate | None,
) -> Found:
    """Newest tickets first, in growing parts: as large as what was found lets expect, at most eight times the last."""
    began = time.monotonic()
    oldest, newest, rows = _oldest(), high, list[Ticket]()
    while high > oldest:
        low = _floor(high, part)
        reading.shelf = Shelf(low, high)
        reading.begins_at = rare.of if rare and rare.rows * (high - low) <= FEW * newest else None
        wanted = conditions(query, reading.user, reading.at, reading=reading)
        tickets = scope.filter(wanted, pk__gte=low, pk__lt=high).order_by("-pk")
        rows += _rows(tickets, size + 1 - len(rows))
        if len(rows) > size:
            break
        high = low
        missing = size + 1 - len(rows)
        part = min(part * 8, max(part, 3 * missing * (newest - low) // (2 * len(rows)) if rows else part * 8))
        if high > oldest and time.monotonic() - began > PATIENCE_S:
            return _found(rows, size, query, reading.vocabulary, searched_to=high)
    return _found(rows, size, query, reading.vocabulary)


def _floor(high: int, part: int) -> int:
    """Where a part of about this size begins: at the edge of one of the finest shelves of which few hold it."""
    level = next((level for level in SHELVES if part <= 7 << level), SHELVES[-1])
    return max(0, (high - part) >> level << level)


def _by_ticket(
    query: Query, scope: TicketQuerySet, user: User, at: datetime, high: int, size: int, vocabulary: Vocabulary
) -> Found:
    """The newest tickets in sight, one after another."""
    reading = Reading(user, at, vocabulary, is_by_ticket=True)
    wanted = conditions(query, user, at, reading=reading)
    low = scope.filter(pk__lt=high).order_by("-pk").values_list("pk", flat=True)[TICKETS_AT_ONCE : TICKETS_AT_ONCE + 1]
    bound = next(iter(low), None)
    tickets = scope.filter(wanted, pk__lt=high, **({"pk__gt": bound} if bound else {}))
    rows = list(with_columns(tickets).order_by("-pk")[: size + 1])
    return _found(rows, size, query, vocabulary, searched_to=bound + 1 if bound else None)


def _found(
    rows: Sequence[Ticket], size: int, query: Query, vocabulary: Vocabulary, *, searched_to: int | None = None
) -> Found:
    has_more = len(rows) > size
    page = list(rows[:size])
    end = page[-1].pk if has_more else searched_to
    marked = {form for word in query.words() for form in _marked(word, vocabulary)}
    marked |= {
        form
        for each, is_positive in query.properties()
        if is_positive and each.field in ("subject", "note", "requester", "organisation")
        for value in each.values
        for word in tokens(value.text)
        for form in vocabulary.forms(word)
    }
    return Found(
        rows=page,
        next_cursor=_write(end, vocabulary.is_generous) if end else None,
        is_generous=vocabulary.is_generous,
        searched_to=None if has_more else searched_to,
        words=frozenset(marked),
    )


def _marked(word: Words, vocabulary: Vocabulary) -> list[str]:
    given = tokens(word.text)
    if word.text.endswith("*") and not word.is_exact:
        return [f"{given[0]}*"]
    if word.is_exact or len(given) > 1:
        return given
    if not is_weighty(word):
        return []
    beginning = [f"{given[0]}*"] if vocabulary.is_generous and len(given[0]) >= SHORTEST_PREFIX else []
    return [*vocabulary.forms(given[0]), *beginning]


def _has_words(query: Query) -> bool:
    return any(True for _word in query.words()) or any(
        each.field in ("subject", "note", "requester", "organisation") for each, _is_positive in query.properties()
    )


# How much there is


@dataclass(frozen=True)
class Estimate:
    """What PostgreSQL expects: rows, and the cost of finding all of them in its own units; ``of`` which word."""

    rows: float
    cost: float
    of: Words | None = None


def _rarest_word(query: Query, reading: Reading) -> Estimate | None:
    """Of the words that a ticket must hold; None when there are none."""
    asked = [part for part in query.parts if isinstance(part, Words) and is_weighty(part)][:3]
    reading.vocabulary.learn(word for part in asked if not part.is_exact for word in typed(part.text))
    found = []
    for part in asked:
        words = text_query(part.text, reading.vocabulary, is_exact=part.is_exact)
        found.append(replace(_planned(*prepared.sql((), _saying, words=words)), of=part))
    return min(found, key=lambda each: each.rows, default=None)


def _saying(words: str) -> QuerySet[SearchText, Any]:
    asked_for = SearchQuery(words, config="simple", search_type="raw")
    return SearchText.objects.filter(public=asked_for).order_by().values("pk")


def _estimate(rows: QuerySet[Any, Any]) -> Estimate:
    """Without reading one."""
    try:
        return _planned(*rows.order_by().values("pk").query.sql_with_params())
    except EmptyResultSet:
        return Estimate(0.0, 0.0)


def _planned(sql: str, parameters: Iterable[Any]) -> Estimate:
    with connection.cursor() as cursor:
        cursor.execute(f"explain (format json) {sql}", list(parameters))
        plan = cursor.fetchone()[0][0]["Plan"]
    return Estimate(float(plan["Plan Rows"]), float(plan["Total Cost"]))


# Page marks


def _write(before: int, is_generous: bool) -> str:
    return signing.dumps([before, is_generous], salt="search")


def _read(cursor: str | None) -> tuple[int | None, bool]:
    if not cursor:
        return None, False
    try:
        before, is_generous = signing.loads(cursor, salt="search")
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise BadCursor("The page mark in the address is not readable.") from error
    return before, is_generous
