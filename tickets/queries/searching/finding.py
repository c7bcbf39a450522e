"""Pages of what a search found, newest first, and how far back it looked.

Common words are everywhere in the index, so it is read in parts: the newest tickets, then more and more older ones,
until the page is full. How many tickets the first part holds comes from how frequent PostgreSQL takes the rarest word
for. What is rare is looked up at once. Nobody's page waits for all of history: after `PATIENCE_S` the page says how far
it came, and goes on from there when asked.

People who see everything of their queues search by the index. Requesters and people on a duty do not: their searches
read the texts of tickets in their sight and no other, so that neither what is found nor how long it takes depends on
anybody else's words.

Nothing holds all the words: then near ones count, and then all words but one, but some. That is for words that merely
stand side by side; who writes an operator or quotation marks means it.
"""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.core import signing
from django.core.cache import cache
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, F, Func, Q, QuerySet, TextField

from helpdesk.lib import prepared
from helpdesk.lib.pagination import BadCursor
from tickets.models import SearchBackfill, SearchText, Share, Ticket, User
from tickets.models.grant import rights_key, shared_rights_key
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
    is_marked_number,
    is_weighty,
    learn_words,
    number_of,
    text_query,
    typed,
)
from tickets.searching import Query, plain_query
from tickets.searching.tree import Words
from tickets.searching.words import plain, tokens

PAGE_SIZE = 30
FEW = 300
"""So many texts with a word are read and sorted at once."""

COST_OF_A_TICKET = 0.06
"""Of looking at one more ticket, in PostgreSQL's units of cost: what finding all at once is weighed against."""

PART_BESIDE_PROPERTIES = 4
"""So many times as many tickets are looked at first for words with other conditions beside them."""

MOST_LOOSE = 12
"""Of more words than these none is left out: that is a text, and most of it is in it alone."""

_EVERYTHING = Q()

PATIENCE_S = 0.25
PATIENCE_FOR_ONE_S = 1.0
"""The same while nothing at all was found: an empty page helps nobody."""
SAMPLED = 500
"""So many tickets say how frequent words are, to those who do not see all."""

TICKETS_AT_ONCE = 1500
"""Of those who search ticket by ticket, for one page; and of these, the newest, the words are known."""


Scope = Callable[[], TicketQuerySet]
"""What may be found: put together only where a statement is, which is not for each page."""


@dataclass
class Found:
    """One page. ``is_generous``: nothing held these very words, so near ones count. ``left_out``: nothing held all of
    them, so that many of the words may be missing.

    ``searched_to`` is the number of the oldest ticket looked at when there are older ones that were not; the page may
    then be short, or empty, and ``next_cursor`` goes on there. ``words`` are the plain words to mark.
    """

    rows: list[Ticket]
    next_cursor: str | None = None
    is_generous: bool = False
    left_out: int = 0
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
    takes_most: bool = True,
) -> Found:
    """What ``user`` works at ``at`` and the query asks for. Raises `QueryError`, `BadCursor`.

    With ``takes_near`` off nothing is found when nothing holds these very words, as a view and its count need it; with
    ``takes_most`` off when nothing holds all of them.
    """

    def scope() -> TicketQuerySet:
        tickets = Ticket.objects.worked_by(user, at)
        return tickets if asks_for_removed(query) else tickets.present()

    before, way = _read(cursor)
    ends = functools.cache(lambda: _ends(user, at))

    def page(way: Way) -> Found:
        return _page(query, way, scope, user, at, before, size, vocabulary_for(user, at, way), ends)

    found = page(way)
    if takes_near and not found.rows and cursor is None and _has_words(query):
        is_whole = found.searched_to is None
        found = _first_that_finds(_ways_on(query, user, at, takes_most=takes_most and is_whole), page) or found
    if _has_words(query):
        found.not_indexed_below = ends().not_indexed_below
    return found


def everything(query: Query, user: User, *, at: datetime, vocabulary: Vocabulary | None = None) -> TicketQuerySet:
    """All that ``user`` works at ``at`` and the query asks for, in no order. Raises `QueryError`."""
    tickets = Ticket.objects.worked_by(user, at)
    if not asks_for_removed(query):
        tickets = tickets.present()
    # Among many tickets words are looked up in the index; who works few is shown nothing by the words of others.
    reading = Reading(user, at, vocabulary or vocabulary_for(user, at), is_by_ticket=not user.is_support)
    return tickets.filter(conditions(query, user, at, reading=reading))


def in_turn(query: Query, user: User, *, at: datetime) -> Iterator[TicketQuerySet]:
    """What a search finds is the first of these that is not empty. Raises `QueryError`."""
    yield everything(query, user, at=at)
    if _has_words(query):
        for way in _ways_on(query, user, at):
            yield everything(way.asks(query), user, at=at, vocabulary=vocabulary_for(user, at, way))


def find_own(
    words: str, user: User, *, at: datetime, only: Q = _EVERYTHING, cursor: str | None = None, size: int = PAGE_SIZE
) -> Found:
    """Own and shared requests whose public texts hold these words; nothing in them is more than a word. ``only``
    narrows them further."""
    query = plain_query(words)
    own = Q(requester=user) | Q(pk__in=Share.objects.filter(user=user).values("ticket"))
    scope = Ticket.objects.visible_to(user, at).present().filter(own).filter(only)
    before, way = _read(cursor)
    known = functools.cache(lambda: _words_of(scope, "public"))

    def page(way: Way) -> Found:
        vocabulary = way.vocabulary(known)
        reading = Reading(user, at, vocabulary, is_by_ticket=True, reads_notes=False)
        wanted = conditions(way.asks(query), user, at, reading=reading)
        tickets = scope.filter(wanted, **({"pk__lt": before} if before else {}))
        rows = list(tickets.select_related("assignee").order_by("-pk")[: size + 1])
        return _found(rows, size, query, vocabulary, way)

    found = page(way)
    if found.rows or cursor:
        return found
    return _first_that_finds(ways_on(query, rarest_first=_longest_first), page) or found


def vocabulary_for(user: User, at: datetime, way: Way | None = None) -> Vocabulary:
    """Which words have forms: all that were ever written, for support. For a person on a duty those of the tickets in
    sight: else a search for a near word would tell whether a word stands in somebody else's note."""
    known = None if user.is_support else functools.partial(_words_in_sight, user, at)
    return (way or Way()).vocabulary(known)


# What counts when nothing holds these very words


@dataclass(frozen=True)
class Way:
    """How a query is taken: with near words or without (``mends``: only for words that nobody ever wrote), and in full
    unless ``words`` says of which words, by where they stand in its text, ``least`` are enough, among them the first.
    """

    takes_near: bool = False
    mends: bool = False
    words: tuple[int, ...] | None = None
    least: int = 0

    def vocabulary(self, known: Callable[[], Sequence[str]] | None) -> Vocabulary:
        # What holds a single word that only looks like the typed one is hardly what was looked for.
        most = 1 if self.words is not None and self.least == 1 else 2
        return Vocabulary(self.takes_near, known=known, only_unknown=self.mends, most_typos=most)

    def asks(self, query: Query) -> Query:
        if self.words is None:
            return query
        given = {word.start: word for word in loose_words(query)}
        words = tuple(given[place] for place in self.words if place in given)
        if not 0 < self.least <= len(words):
            raise BadCursor("The page mark in the address is of another search.")
        return query.with_words(words, self.least, instead_of=tuple(given.values()))

    def left_out(self, query: Query) -> int:
        return 0 if self.words is None else len(_distinct(loose_words(query))) - self.least


def ways_on(
    query: Query,
    *,
    rarest_first: Callable[[list[Words]], list[Words]],
    takes_most: bool = True,
) -> Iterator[Way]:
    """How to go on when nothing holds all the words, the strictest first.

    Of tickets that hold equally many those with the rarest word come first: it says most of what is looked for.
    """
    yield Way(takes_near=True, mends=True)
    words = _distinct(loose_words(query)) if takes_most else []
    if not 1 < len(words) <= MOST_LOOSE:
        yield Way(takes_near=True)
        return
    places = tuple(word.start for word in rarest_first(words))
    most = len(words) - 1 if len(words) < 5 else len(words) // 2
    steps = sorted({1, most // 2 + 1, most})
    for missing in steps:
        if missing == steps[:2][-1]:
            # Near forms of words that are known: a word may be mistyped into another.
            yield Way(takes_near=True)
        for rarer in range(missing + 1):
            yield Way(True, True, places[rarer:], len(words) - missing)


def _ways_on(query: Query, user: User, at: datetime, *, takes_most: bool = True) -> Iterator[Way]:
    return ways_on(query, takes_most=takes_most, rarest_first=lambda words: _rarest_first(words, user, at))


def loose_words(query: Query) -> list[Words]:
    """Of a query without operators the words that decide something; a ticket's number with # is none."""
    if not query.is_loose:
        return []
    return [each for each in query.parts if isinstance(each, Words) and is_weighty(each) and each.text[0] != "#"]


def _distinct(words: list[Words]) -> list[Words]:
    return list({plain(word.text): word for word in words}.values())


def _rarest_first(words: list[Words], user: User, at: datetime) -> list[Words]:
    """For admins, who see everything, as PostgreSQL expects them to be; for others who have a team as frequent as they
    are in their newest tickets: else the words of other teams' tickets would decide what is shown of theirs. Those who
    search ticket by ticket learn nothing of how frequent a word is."""
    if not user.is_support:
        return _longest_first(words)
    reading = Reading(user, at, vocabulary_for(user, at, Way(takes_near=True, mends=True)))
    reading.vocabulary.learn(token for word in words for token in typed(word.text))
    if user.is_admin:
        frequent = [_expected(word, reading).rows for word in words]
    else:
        frequent = _counted_in_sight([text_query(word.text, reading.vocabulary) for word in words], user, at)
    order = {word.start: (rows, -len(word.text), word.start) for word, rows in zip(words, frequent, strict=True)}
    return sorted(words, key=lambda word: order[word.start])


def _counted_in_sight(asked: list[str], user: User, at: datetime) -> list[float]:
    """In how many texts of the newest SAMPLED tickets that the person works each of these stands; two statements."""
    newest = Ticket.objects.worked_by(user, at).present().order_by("-pk").values_list("pk", flat=True)[:SAMPLED]
    texts = SearchText.objects.filter(ticket__in=list(newest))
    said = [Q(public=SearchQuery(each, config="simple", search_type="raw")) for each in asked]
    return list(
        texts.aggregate(**{f"of_{place}": Count("pk", filter=each) for place, each in enumerate(said)}).values()
    )


def _longest_first(words: list[Words]) -> list[Words]:
    return sorted(words, key=lambda word: (-len(word.text), word.start))


def _first_that_finds(ways: Iterable[Way], page: Callable[[Way], Found]) -> Found | None:
    """The first page that is not empty, else the first that was not searched to its end. Of such a one nobody knows
    that nothing holds all the words, so no word is left out behind it."""
    unfinished: Found | None = None
    for way in ways:
        if way.words is not None and unfinished is not None:
            break
        found = page(way)
        if found.rows:
            return found
        if found.searched_to is not None:
            unfinished = unfinished or found
    return unfinished


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
    typed_query: Query,
    way: Way,
    scope: Scope,
    user: User,
    at: datetime,
    before: int | None,
    size: int,
    vocabulary: Vocabulary,
    ends: Callable[[], Ends],
) -> Found:
    """``typed_query`` taken in this ``way``; what is marked in the rows are the words as they were typed."""
    query = way.asks(typed_query)
    found = functools.partial(_found, size=size, query=typed_query, vocabulary=vocabulary, way=way)
    if not user.is_support:
        newest = before or ends().newest + 1
        return _by_ticket(query, scope, user, at, newest, size, vocabulary, found)
    reading = Reading(user, at, vocabulary, is_by_ticket=False)
    words = _expected_words(query, reading)
    rare = min(words, key=lambda each: each.rows, default=None)
    if rare is not None and rare.rows <= FEW:
        reading.begins_at = rare.of
        return found(_shown(_numbers(query, scope, reading, most=size + 1, high=before)))
    newest = before or ends().newest + 1
    expected = rare or _estimate(scope().filter(conditions(query, user, at, reading=reading)))
    part = max(1 << SHELVES[0], int(2 * size * newest / max(expected.rows, 1)))
    if rare is None and expected.cost <= COST_OF_A_TICKET * min(part, newest):
        return found(_shown(_numbers(query, scope, reading, most=size + 1, high=newest)))
    if rare is not None and len(words) < len(query.parts):
        # How many tickets have the other properties too is not known. Putting the statement together for another part
        # takes longer than looking at some more tickets in this one.
        part *= PART_BESIDE_PROPERTIES
    if len(words) > 1:
        part = min(16 * part, max(part, int(5 * size * newest / max(_together(words, newest), 1))))
    return _by_shelf(query, scope, reading, newest, ends(), size, part, rare, found)


def _together(words: list[Estimate], newest: int) -> float:
    """How many of so many tickets hold all these words, if none of them draws another. With words that are met together
    more often the page is full before the part is over; where they avoid each other there is another part."""
    return newest * math.prod(each.rows / newest for each in words)


def _numbers(
    query: Query,
    scope: Scope,
    reading: Reading,
    *,
    most: int,
    low: int | None = None,
    high: int | None,
    is_most: bool = False,
) -> list[int]:
    """The newest of the tickets that are wanted, from ``low`` on and before ``high``; ``is_most`` when that is most of
    all tickets.

    For words alone the statement is put together once, for all whose rights are alike: that takes longer than finding.
    """
    is_part = low is not None
    words = [part for part in query.parts if isinstance(part, Words)]
    learn_words(query, reading.vocabulary)

    def build(low: int = 0, high: int = 0, shelf: str | None = None, **given: Any) -> QuerySet[Ticket, tuple[int]]:
        texts = {word: given[f"word_{place}"] for place, word in enumerate(words) if f"word_{place}" in given}
        numbers = {word: given[f"number_{place}"] for place, word in enumerate(words) if f"number_{place}" in given}
        part = Shelf(low, high, "" if is_most else shelf) if is_part else None
        here = replace(reading, texts=texts, numbers=numbers, shelf=part, gathers=True)
        wanted = scope().filter(conditions(query, reading.user, reading.at, reading=here))
        if high:
            wanted = wanted.filter(pk__lt=high)
        if is_part:
            return wanted.filter(pk__gte=low).order_by("-pk").values_list("pk")[:most]
        # The addition keeps PostgreSQL from walking all tickets backwards until it has met enough.
        return wanted.order_by((F("pk") + 0).desc()).values_list("pk")[:most]

    bounds: dict[str, Any] = {name: bound for name, bound in (("low", low), ("high", high)) if bound is not None}
    values: dict[str, prepared.Value] = {**bounds}
    if reading.user is None or not words or len(words) < len(query.parts) or any("@" in word.text for word in words):
        return [number for (number,) in build(**bounds)]
    is_alone = not any(map(is_weighty, words))
    for place, word in enumerate(words):
        if not is_alone and not is_weighty(word):
            continue
        if (number := number_of(word)) is not None:
            values[f"number_{place}"] = number
        if not is_marked_number(word):
            values[f"word_{place}"] = text_query(word.text, reading.vocabulary, is_exact=word.is_exact)
    if low is not None and high is not None and not is_most and any(name.startswith("word_") for name in values):
        values["shelf"] = Shelf(low, high).text_query()
    begins_at = words.index(reading.begins_at) if reading.begins_at in words else None
    key = (shared_rights_key(reading.user, reading.at), most, len(words), begins_at, is_most, *values)
    return [number for (number,) in prepared.tuples(key, build, **values)]


def _shown(numbers: list[int]) -> list[Ticket]:
    """The tickets with what a row shows, which is fetched for those alone. They are of a scope already, which is not
    asked twice: planning would take as long as finding."""
    return prepared.rows((), _with_columns, numbers=prepared.some(numbers)) if numbers else []


@prepared.planned_once
def _with_columns(numbers: list[int]) -> TicketQuerySet:
    return with_columns(Ticket.objects.filter(prepared.AnyOf(F("pk"), numbers))).order_by("-pk")


@dataclass(frozen=True)
class Ends:
    """Between which numbers is searched: the highest that the person works and the lowest there is, 0 where there is
    none. Tickets before ``not_indexed_below`` are not found by their words yet."""

    newest: int
    oldest: int
    not_indexed_below: int | None


_ENDS = "select coalesce(({newest}), 0), coalesce(({oldest}), 0), ({waiting})"


def _ends(user: User, at: datetime) -> Ends:
    """One statement, planned once."""

    def newest() -> QuerySet[Ticket, tuple[int]]:
        return Ticket.objects.worked_by(user, at).order_by("-pk").values_list("pk")[:1]

    rights = prepared.statement(rights_key(user, at), newest)
    oldest, waiting = prepared.statement((), _first), prepared.statement((), _waiting)
    if not rights.sql:  # nothing at all is theirs
        return Ends(0, 0, next((below for (below,) in prepared.tuples((), _waiting)), None))
    return Ends(*prepared.written(_ENDS, {}, newest=rights, oldest=oldest, waiting=waiting)[0])


def _first() -> QuerySet[Ticket, tuple[int]]:
    return Ticket.objects.order_by("pk").values_list("pk")[:1]


def _waiting() -> QuerySet[SearchBackfill, tuple[int]]:
    return SearchBackfill.objects.order_by("pk").values_list("below")[:1]


def _by_shelf(
    query: Query,
    scope: Scope,
    reading: Reading,
    high: int,
    ends: Ends,
    size: int,
    part: int,
    rare: Estimate | None,
    found: Callable[..., Found],
) -> Found:
    """Newest tickets first, in growing parts: as large as what was found lets expect, at most eight times the last."""
    began = time.monotonic()
    newest, oldest, rows = high, ends.oldest, list[int]()
    while high > oldest:
        low = _floor(high, part)
        reading.begins_at = rare.of if rare and rare.rows * (high - low) <= FEW * newest else None
        # Where the part is most of everything, narrowing each word to it takes longer than it saves.
        is_most = 4 * (high - max(low, oldest)) > 3 * (ends.newest - oldest)
        rows += _numbers(query, scope, reading, most=size + 1, low=low, high=high, is_most=is_most)
        if len(rows) > size:
            break
        high = low
        missing = size + 1 - len(rows)
        part = min(part * 8, max(part, 3 * missing * (newest - low) // (2 * len(rows)) if rows else part * 8))
        if high > oldest and time.monotonic() - began > (PATIENCE_S if rows else PATIENCE_FOR_ONE_S):
            return found(_shown(rows), searched_to=high)
    return found(_shown(rows[: size + 1]))


def _floor(high: int, part: int) -> int:
    """Where a part of about this size begins: at the edge of one of the finest shelves of which few hold it."""
    level = next((level for level in SHELVES if part <= 15 << level), SHELVES[-1])
    return max(0, (high - part) >> level << level)


def _by_ticket(
    query: Query,
    scope: Scope,
    user: User,
    at: datetime,
    high: int,
    size: int,
    vocabulary: Vocabulary,
    found: Callable[..., Found],
) -> Found:
    """The newest tickets in sight, one after another."""
    reading = Reading(user, at, vocabulary, is_by_ticket=True)
    wanted = conditions(query, user, at, reading=reading)
    seen = scope().filter(pk__lt=high)
    low = seen.order_by("-pk").values_list("pk", flat=True)[TICKETS_AT_ONCE : TICKETS_AT_ONCE + 1]
    bound = next(iter(low), None)
    tickets = seen.filter(wanted, **({"pk__gt": bound} if bound else {}))
    rows = list(with_columns(tickets).order_by("-pk")[: size + 1])
    return found(rows, searched_to=bound + 1 if bound else None)


def _found(
    rows: Sequence[Ticket],
    size: int,
    query: Query,
    vocabulary: Vocabulary,
    way: Way,
    *,
    searched_to: int | None = None,
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
        next_cursor=_write(end, way) if end else None,
        is_generous=way.takes_near,
        left_out=way.left_out(query),
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
    beginning = [f"{given[0]}*"] if vocabulary.takes_near(given[0]) and len(given[0]) >= SHORTEST_PREFIX else []
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


def _expected_words(query: Query, reading: Reading) -> list[Estimate]:
    """Of each of the words that a ticket must hold, up to three."""
    asked = [part for part in query.parts if isinstance(part, Words) and is_weighty(part)][:3]
    reading.vocabulary.learn(word for part in asked if not part.is_exact for word in typed(part.text))
    return [_expected(part, reading) for part in asked]


def _expected(word: Words, reading: Reading) -> Estimate:
    words = text_query(word.text, reading.vocabulary, is_exact=word.is_exact)
    return replace(_planned(*prepared.sql((), _saying, words=words)), of=word)


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


def _write(before: int, way: Way) -> str:
    more = [way.least, *way.words] if way.words is not None else []
    return signing.dumps([before, way.takes_near, way.mends, *more], salt="search")


def _read(cursor: str | None) -> tuple[int | None, Way]:
    if not cursor:
        return None, Way()
    try:
        before, takes_near, mends, *more = signing.loads(cursor, salt="search")
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise BadCursor("The page mark in the address is not readable.") from error
    return before, Way(takes_near, mends, tuple(more[1:]), more[0]) if more else Way(takes_near, mends)
