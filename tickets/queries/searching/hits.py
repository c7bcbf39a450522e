"""What stands beside a found ticket: the piece of text in which the words stand, of what the reader may read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.contrib.postgres.search import SearchQuery
from django.db.models import Q, QuerySet
from django.db.models.functions import Left

from tickets.models import Message, Ticket, User
from tickets.queries.searching.meaning import misses_contact_data
from tickets.searching.snippets import Piece, snippet

READ_CHARACTERS = 100_000

Readable = Callable[[str], str]
"""A stored text as people may read it."""


def worked_snippets(
    tickets: list[Ticket], words: frozenset[str], user: User, at: datetime, *, readable: Readable
) -> dict[int, list[Piece]]:
    """By ticket number; ``tickets`` are among those the person works, so notes are read too."""
    messages = Message.objects.filter(ticket__in=tickets)
    if misses_contact_data(user, at):
        messages = messages.filter(bounce__isnull=True)
    match = Q(search_text__public=_any(words)) | Q(search_text__internal=_any(words))
    return _snippets(messages, words, match, readable)


def public_snippets(tickets: list[Ticket], words: frozenset[str], *, readable: Readable) -> dict[int, list[Piece]]:
    """By ticket number, of public messages alone."""
    messages = Message.objects.public().filter(ticket__in=tickets)
    return _snippets(messages, words, Q(search_text__public=_any(words)), readable)


def _any(words: frozenset[str]) -> SearchQuery:
    parts = [f"{word[:-1]}:*" if word.endswith("*") else word for word in sorted(words)]
    return SearchQuery(" | ".join(parts), config="simple", search_type="raw")


def _snippets(
    messages: QuerySet[Message], words: frozenset[str], match: Q, readable: Readable
) -> dict[int, list[Piece]]:
    if not words:
        return {}
    newest = messages.filter(match).order_by("ticket", "-pk").distinct("ticket")
    texts = newest.values_list("ticket", Left("text", READ_CHARACTERS))
    return {ticket: snippet(readable(text), words) for ticket, text in texts}
