"""People named with an @ in notes, questions and answers: who is meant, and who is let in to the ticket by it.

The words stay as they were written; beside them stands who each name means, so that a name that changes later, or that
somebody else gets as well, still means the same person. In replies an @ is a letter like any other.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from tickets import access
from tickets.actions.errors import Refused
from tickets.models import Consultation, Consulted, Message, Ticket, User
from tickets.models.consultation import LOOKS_IN
from tickets.queries.mentions import called_by_one_of
from tickets.searching.words import plain

MOST = 20
"""So many people may be named in one text."""

_MARK = re.compile(r"(?<![\w@.+/-])@(?=\w)")
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_FIRST = re.compile(r"[\w'’]+(?:-[\w'’]+)*")
_LOCAL = re.compile(r"[\w.+-]*\w")
_ANOTHER_NAME = re.compile(r" (\w)")
LONGEST = 254


class Unnamed(Refused):
    """The names in a text are refused, not the text."""


class UnclearName(Unnamed):
    """``str()`` names who may be meant."""


class NotToBeNamed(Unnamed):
    """The person a name means must not read the ticket's notes, or nobody is called so."""


class TooManyNames(Unnamed):
    message = _("Name at most 20 people in one text.")


class MayNotLetIn(Unnamed):
    """Only whoever serves the ticket lets others in."""


class NotLetIn(Unnamed):
    """Somebody is named who does not see the ticket, and nobody has said that they may. ``people`` are they."""

    def __init__(self, people: Sequence[User]) -> None:
        self.people = list(people)
        names = ", ".join(map(str, people))
        super().__init__(
            ngettext(
                "%(names)s does not see this ticket. Say below that they may look in, or take the @ away.",
                "%(names)s do not see this ticket. Say below that they may look in, or take the @ away.",
                len(self.people),
            )
            % {"names": names}
        )


@dataclass(frozen=True)
class Naming:
    """Who is named in a text: each name as it was written, with the person it means; and who is let in by that."""

    written: list[tuple[str, User]] = field(default_factory=list)
    let_in: list[User] = field(default_factory=list)

    @property
    def people(self) -> list[int]:
        return sorted({person.pk for _written, person in self.written})

    @property
    def stored(self) -> list[dict[str, object]] | None:
        """As `Message.named` holds it."""
        return [{"as": written, "person": person.pk} for written, person in self.written] or None

    @property
    def facts(self) -> dict[str, list[int]]:
        """What the event of the text says of them."""
        found = {"named": self.people, "let_in": sorted(person.pk for person in self.let_in)}
        return {name: ids for name, ids in found.items() if ids}


def naming_in(
    text: str, *, ticket: Ticket, by: User, at: datetime, let_in: Collection[int] = (), beside: Collection[int] = ()
) -> Naming:
    """Who ``text`` names. ``let_in`` are those whom the writer lets look in; ``beside`` are let in by the text anyway.

    What no colleague is called stays plain words. Raises `UnclearName`, `NotToBeNamed`, `TooManyNames`, `MayNotLetIn`,
    `NotLetIn`.
    """
    places = [text[mark.end() : mark.end() + LONGEST] for mark in _MARK.finditer(text)]
    if not places:
        return Naming()
    known = called_by_one_of(
        {first[0] for each in places if (first := _FIRST.match(each))}, addresses=_addresses(places)
    )
    written = dict(_meant(places, known))
    written = {name: person for name, person in written.items() if person.pk != by.pk}
    people = {person.pk: person for person in written.values()}
    if len(people) > MOST:
        raise TooManyNames
    for person in people.values():
        if not access.can_be_asked(person, ticket):
            raise NotToBeNamed(
                _("%(name)s asked for this ticket and must not read its notes: write the name without @.")
                % {"name": person}
            )
    outside = [each for each in people.values() if each.pk not in beside and not access.can_work(each, ticket, at)]
    if outside and not access.can_ask(by, ticket, at):
        raise MayNotLetIn(
            _("%(names)s: only whoever serves this ticket lets others look in. Take the @ away, or ask them to.")
            % {"names": ", ".join(map(str, outside))}
        )
    if any(person.pk not in let_in for person in outside):
        raise NotLetIn(outside)
    return Naming(list(written.items()), outside)


def open_for(naming: Naming, *, message: Message, by: User, at: datetime) -> None:
    """Whoever is let in by ``message`` sees its ticket until a day after it is solved; of one that is solved already,
    for a day."""
    if not naming.let_in:
        return
    ticket = message.ticket
    is_over = not ticket.is_unsolved
    named = Consultation.objects.create(
        ticket=ticket, message=message, asked_by=by, is_mention=True, asked_at=at, closed_at=at if is_over else None
    )
    until = at + LOOKS_IN if is_over else None
    Consulted.objects.bulk_create(
        Consulted(consultation=named, ticket=ticket, person=person, until=until)
        for person in sorted(naming.let_in, key=lambda person: person.pk)
    )


def _addresses(places: Sequence[str]) -> set[str]:
    return {User.clean_email(found[0]) or "" for each in places if (found := _ADDRESS.match(each))}


def _meant(places: Sequence[str], known: Sequence[User]) -> Iterator[tuple[str, User]]:
    for rest in places:
        if address := _ADDRESS.match(rest):
            wanted = User.clean_email(address[0])
            person = next((each for each in known if each.email == wanted), None)
            if person is None:
                raise NotToBeNamed(_("There is no colleague with the address %(address)s.") % {"address": wanted})
            yield f"@{address[0]}", person
        elif found := _by_whole_name(rest, known) or _by_one_word(rest, known):
            yield f"@{found[0]}", found[1]


def _by_whole_name(rest: str, known: Sequence[User]) -> tuple[str, User] | None:
    """The longest name that stands here in full, whatever its case and accents."""
    here = [(end, person) for person in known if (end := _end_of(plain(person.name), rest))]
    longest = max((end for end, _person in here), default=0)
    people = [person for end, person in here if end == longest]
    if len(people) > 1:
        raise _unclear(rest[:longest], people)
    return (rest[:longest], people[0]) if people else None


def _end_of(name: str, rest: str) -> int:
    """Where ``name``, plain, ends in the text that begins with it as a whole word; 0 where it does not."""
    if not name or not plain(rest).startswith(name):
        return 0
    for end in range(1, len(rest) + 1):
        if plain(rest[:end]) == name and not rest[end : end + 1].isalnum():
            return end
    return 0


def _by_one_word(rest: str, known: Sequence[User]) -> tuple[str, User] | None:
    """By the first or the last name, or by what stands before the @ of an address, if only one colleague has it."""
    local = _LOCAL.match(rest)
    if local:
        people = [person for person in known if (person.email or "").partition("@")[0] == local[0].lower()]
        if len(people) == 1:
            return local[0], people[0]
    first = _FIRST.match(rest)
    if first is None:
        return None
    word = first[0]
    people = [person for person in known if plain(word) in plain(person.name).split()]
    if not people:
        return None
    after = _ANOTHER_NAME.match(rest, first.end())
    # "@Jan Kowalski" is not Jan Nowak, even where nobody else is called Jan.
    is_somebody_else = after is not None and after[1].isupper()
    if len(people) > 1 or is_somebody_else:
        raise _unclear(word, people)
    return word, people[0]


def _unclear(name: str, people: Sequence[User]) -> UnclearName:
    several = ", ".join(f"{person} <{person.email}>" for person in people[:3])
    if len(people) > 3:
        several += ", …"
    return UnclearName(
        _("“@%(name)s” could mean: %(people)s. Write the whole name, or @ and the address.")
        % {"name": name, "people": several}
    )
