"""What the palette finds besides pages and actions: a few tickets and people, of those that the reader may see."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from tickets.models import Ticket, User
from tickets.queries import askers, searching
from tickets.queries.queue import with_columns
from tickets.searching import QueryError, plain_query

TICKETS, PEOPLE = 6, 5
LEAST = 2
"""From so many characters on it is worth a look; a number of a ticket from its first digit."""

_NUMBER = re.compile(r"#?(\d{1,18})")


def tickets_of(numbers: Sequence[int], user: User, *, at: datetime) -> list[Ticket]:
    """Those that the person works, in the order given. One statement."""
    if not numbers:
        return []
    found = {each.pk: each for each in with_columns(Ticket.objects.worked_by(user, at).filter(pk__in=numbers))}
    return [found[number] for number in dict.fromkeys(numbers) if number in found]


def tickets_like(text: str, user: User, *, at: datetime) -> list[Ticket]:
    """By number, and by the search language; what is not finished yet in it is looked for as plain words."""
    number = _NUMBER.fullmatch(text)
    if number is None and len(text) < LEAST:
        return []
    exact = tickets_of([int(number[1])], user, at=at) if number else []
    try:
        found = searching.find(searching.read(text), user, at=at, size=TICKETS, takes_most=False).rows
    except QueryError:
        found = searching.find(plain_query(text), user, at=at, size=TICKETS, takes_most=False).rows
    return [*exact, *(each for each in found if each not in exact)][:TICKETS]


def people_like(text: str, user: User, *, at: datetime) -> list[User]:
    """By words of the name, in any order, each begun. One statement, none for what can be no name."""
    if len(text) < LEAST or any(letter.isdigit() for letter in text):
        return []
    return askers.named(text, user, at=at)[:PEOPLE]
