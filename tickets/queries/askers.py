"""Who a line of a favour means: people the reader may see, those who ask often first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from tickets import walk_up_line
from tickets.contact import mask_name
from tickets.models import Role, Ticket, User, WalkUp

SHOWN, SHOWN_BESIDE = 5, 3
LOOKED_AT = 40
REGULAR = timedelta(days=90)
"""Who asked within so many days is known by their favours: the one who asks most is meant."""
SOMEBODY_NEW = 0
"""Chosen in place of a person's number; below it, somebody new whose name is so many words of the line."""
LONGEST_NAME = -3
USUAL_MINUTES = 5
LENGTHS = (2, 5, 10, 15, 30, 60)
"""Minutes that can be pressed."""


@dataclass(frozen=True)
class Candidate:
    person: User
    asked: int
    """Favours within `REGULAR`."""
    taken: int
    """How many words of the line are this person's."""

    @property
    def pk(self) -> int:
        return self.person.pk

    @property
    def name(self) -> str:
        return mask_name(str(self.person))

    def is_called(self, word: str) -> bool:
        """Whether one word of the name is exactly this, and nothing else of the line is theirs."""
        return self.taken == 1 and word in walk_up_line.tokens(self.name.split())

    @property
    def unit(self) -> str:
        return self.person.organisation.name if self.person.organisation else ""


@dataclass(frozen=True)
class Named:
    """Somebody nobody knows, by so many words of the line. ``key`` stands for it where a person's number would."""

    key: int | None
    name: str
    is_chosen: bool


@dataclass(frozen=True)
class Read:
    """A line as the desk understands it. Without ``who`` either several may be meant, or nobody knows the name."""

    line: walk_up_line.Line
    candidates: Sequence[Candidate]
    who: Candidate | None
    free_name: str
    taken: int
    is_new: bool = False
    """Somebody pointed out that none of the candidates is meant."""
    new_name: str = ""
    """Whom else the line may mean: somebody with the same first name."""
    names: Sequence[Named] = ()
    """Where the name of somebody new may end, if that is not certain; the first is how the line is read."""

    @property
    def what(self) -> str:
        return self.line.what(self.taken)

    @property
    def shown(self) -> Sequence[Candidate]:
        """Fewer once it is clear who is meant and the line goes on."""
        first = self.candidates[:SHOWN_BESIDE] if self.who and self.what else self.candidates
        return first if self.who is None or self.who in first else [self.who, *first[1:]]

    @property
    def minutes(self) -> int:
        return self.line.minutes or USUAL_MINUTES

    @property
    def has_minutes(self) -> bool:
        return self.line.minutes is not None

    @property
    def since(self) -> time | None:
        return self.line.since

    @property
    def address(self) -> str:
        return self.line.address

    @property
    def is_unsure(self) -> bool:
        """Several people may be meant, and nothing says which."""
        return self.who is None and bool(self.candidates) and not self.is_new

    @property
    def has_address(self) -> bool:
        """Whether a mail could be sent to whoever asked."""
        return bool(self.address or (self.who and self.who.person.email))


NOTHING = Read(walk_up_line.Line(), (), None, "", 0)
"""Before anything is typed."""


def read(text: str, user: User, *, at: datetime, chosen: int | None = None) -> Read:
    """The line with whom it may mean. ``chosen`` is the person somebody pointed at, `SOMEBODY_NEW` for none of these.

    Of several the one with the most favours lately is taken; where two have as many, nobody is until somebody chooses.
    """
    line = walk_up_line.read(text)
    found = _candidates(line, user, at)
    if not found and not line.address and (longest := walk_up_line.longest_free_name(line.words)) > 1:
        return _read_as_new(line, longest, chosen)
    free = (1 if line.address else walk_up_line.length_of_free_name(line.words)) if line.words else 0
    name = _with_capitals(line.who(free))
    new_name = name if _may_be_new(line, found) else ""
    if not found or (new_name and (chosen == SOMEBODY_NEW or (chosen is None and _is_new(line, found, free)))):
        return Read(line, found[:SHOWN], None, name, free, is_new=bool(found), new_name=new_name)
    who = next((each for each in found if each.pk == chosen), None)
    if who is None and (len(found) == 1 or found[0].asked > found[1].asked):
        who = found[0]
    return Read(line, found[:SHOWN], who, "", found[0].taken, new_name=new_name)


def _read_as_new(line: walk_up_line.Line, longest: int, chosen: int | None) -> Read:
    """Nobody is known by this name, and where it ends is a guess that one key corrects."""
    guessed = walk_up_line.length_of_free_name(line.words)
    lengths = [guessed, *(each for each in range(longest, 0, -1) if each != guessed)]
    taken = -chosen if chosen and -chosen in lengths else guessed
    names = [
        Named(None if each == guessed else -each, _with_capitals(line.who(each)), each == taken) for each in lengths
    ]
    return Read(line, (), None, _with_capitals(line.who(taken)), taken, names=names)


def _with_capitals(name: str) -> str:
    return name if "@" in name else " ".join(word[:1].upper() + word[1:] for word in name.split())


def _may_be_new(line: walk_up_line.Line, found: list[Candidate]) -> bool:
    """Whether the first word is somebody's whole name, and not the beginning of one: then it may be another's too. So
    may a name with a surname that none of them has."""
    longest = walk_up_line.longest_free_name(line.words) if line.words else 0
    return not line.address and (_is_called_so(line, found) or bool(found and longest > found[0].taken))


def _is_new(line: walk_up_line.Line, found: list[Candidate], free: int) -> bool:
    """Nobody pointed at anybody: "Bogumił Nowosielski" is no Bogumiła, unless that is who comes time and again."""
    return free > found[0].taken and not found[0].asked and not _is_called_so(line, found)


def _is_called_so(line: walk_up_line.Line, found: list[Candidate]) -> bool:
    first = walk_up_line.tokens(line.words[:1])
    return bool(first) and any(each.is_called(first[0]) for each in found)


def _candidates(line: walk_up_line.Line, user: User, at: datetime) -> list[Candidate]:
    """The longest name that fits wins; behind it, who asked most lately, then the alphabet. One statement."""
    typed = walk_up_line.tokens(line.words[:4])
    if line.address:
        rows = list(_people(user, at).filter(email=User.clean_email(line.address)))
        return [Candidate(row, row.asked, 1) for row in rows]
    if not typed or len(typed[0]) < 2:
        return []
    next_word = typed[1] if len(typed) > 1 and len(typed[1]) >= walk_up_line.SHORTEST_SECOND else ""
    # Of very many with this first name, those whose surname the next word begins are looked at first.
    is_near = Case(When(plain_name__contains=f" {next_word}", then=0), default=1) if next_word else Value(0)
    named = _people(user, at).filter(plain_name__contains=f" {typed[0]}").annotate(is_near=is_near)
    found = []
    for person in named.order_by("is_near", "-asked", "sort_key", "pk")[:LOOKED_AT]:
        if taken := walk_up_line.taken_by(mask_name(person.name), typed):
            found.append(Candidate(person, person.asked, taken))
    longest = max((each.taken for each in found), default=0)
    found = [each for each in found if each.taken == longest]
    if len(found) > 1 and len(typed) > longest:
        of_unit = [each for each in found if walk_up_line.names_unit(each.unit, typed[longest])]
        if of_unit and len(line.words) > longest + 1:
            found = [Candidate(each.person, each.asked, longest + 1) for each in of_unit]
    return sorted(found, key=lambda each: -each.asked)


def named(text: str, user: User, *, at: datetime, most: int = SHOWN) -> list[User]:
    """People in sight each of whose names begins with a word of the text; who asked most lately comes first."""
    words = walk_up_line.tokens(text.split())[:4]
    if not words:
        return []
    people = _people(user, at).exclude(name="")
    for word in words:
        people = people.filter(plain_name__contains=f" {word}")
    return list(people.order_by("-asked", "sort_key", "pk")[:most])


def _people(user: User, at: datetime) -> QuerySet[Any]:
    """Active people in sight: everybody who works here, and requesters of the tickets that ``user`` works."""
    worked = Ticket.objects.worked_by(user, at).filter(requester=OuterRef("pk")).order_by()
    lately = (
        WalkUp.objects.counted()
        .filter(requester=OuterRef("pk"), at__gte=at - REGULAR)
        .order_by()
        .values("requester")
        .annotate(number=Count("pk"))
        .values("number")
    )
    people = User.objects.filter(is_active=True, merged_into=None).exclude(pk=user.pk)
    if user.role != Role.ADMIN:
        people = people.filter(~Q(role=Role.REQUESTER) | Q(Exists(worked)))
    return people.select_related("organisation").annotate(
        plain_name=Func(F("name"), function="walk_up_name", output_field=CharField()),
        asked=Coalesce(Subquery(lately, output_field=IntegerField()), Value(0)),
    )
