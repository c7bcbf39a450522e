"""What stands beside a found ticket: the piece of text in which the words stand, of what the reader may read."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import datetime

from django.contrib.postgres.search import SearchQuery
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Left

from helpdesk.lib import prepared
from tickets.models import Message, Ticket, User
from tickets.models.message import MessageQuerySet
from tickets.queries.searching.meaning import misses_contact_data
from tickets.searching.snippets import Piece, snippet

READ_CHARACTERS = 100_000

Readable = Callable[[str], str]
"""A stored text as people may read it."""


def worked_snippets(
    tickets: list[Ticket], words: frozenset[str], user: User, at: datetime, *, readable: Readable
) -> dict[int, list[Piece]]:
    """By ticket number; ``tickets`` are among those the person works, so notes are read too."""
    is_masked = misses_contact_data(user, at)

    @prepared.planned_once
    def build(numbers: list[int], query: str) -> Newest:
        messages = _of(numbers)
        if is_masked:
            messages = messages.filter(bounce__isnull=True)
        return _newest(messages, Q(search_text__public=_raw(query)) | Q(search_text__internal=_raw(query)))

    return _snippets(is_masked, build, tickets, words, readable)


def public_snippets(tickets: list[Ticket], words: frozenset[str], *, readable: Readable) -> dict[int, list[Piece]]:
    """By ticket number, of public messages alone."""
    return _snippets((), _newest_public, tickets, words, readable)


Newest = QuerySet[Message, tuple[int, str]]
"""Of each ticket the newest message that holds one of the words: ticket number, text."""


@prepared.planned_once
def _newest_public(numbers: list[int], query: str) -> Newest:
    return _newest(_of(numbers).public(), Q(search_text__public=_raw(query)))


def _of(numbers: list[int]) -> MessageQuerySet:
    return Message.objects.filter(prepared.AnyOf(F("ticket"), numbers))


def _newest(messages: QuerySet[Message], match: Q) -> Newest:
    newest = messages.filter(match).order_by("ticket", "-pk").distinct("ticket")
    return newest.values_list("ticket", Left("text", READ_CHARACTERS))


def _raw(query: str) -> SearchQuery:
    return SearchQuery(query, config="simple", search_type="raw")


def _snippets(
    key: Hashable, build: Callable[..., Newest], tickets: list[Ticket], words: frozenset[str], readable: Readable
) -> dict[int, list[Piece]]:
    if not words or not tickets:
        return {}
    query = " | ".join(f"{word[:-1]}:*" if word.endswith("*") else word for word in sorted(words))
    texts = prepared.tuples(key, build, numbers=prepared.some([each.pk for each in tickets]), query=query)
    return {ticket: snippet(readable(text), words) for ticket, text in texts}
