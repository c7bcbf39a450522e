"""What a query means: from its tree to conditions on tickets."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.search import SearchQuery
from django.core.cache import cache
from django.db.models import Case, DecimalField, Exists, F, IntegerField, Lookup, OuterRef, Q, QuerySet, When
from django.db.models import Value as Constant
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.db.models.lookups import GreaterThanOrEqual
from django.utils.translation import gettext as _

from tickets.models import (
    Appointment,
    Attachment,
    CustomField,
    DueState,
    Link,
    Message,
    Priority,
    Queue,
    Role,
    SearchText,
    Share,
    Status,
    Tag,
    Team,
    Ticket,
    User,
)
from tickets.models.grant import mentees_of, scopes_of
from tickets.models.search import SHELVES
from tickets.models.ticket import AT_RISK, UNSOLVED, RemovedAs, due_between, has_field, has_tag
from tickets.queries.custom_fields import Field as OwnField
from tickets.queries.custom_fields import custom_fields
from tickets.queries.searching.forms import SHORTEST_PREFIX, Vocabulary
from tickets.searching import Field, Query, QueryError, parse, times
from tickets.searching.fields import ME, NOBODY, Kind
from tickets.searching.tree import All, Either, Most, Node, Not, Property, Value, Words, flat
from tickets.searching.words import STOP_WORDS, nearest, plain, tokens

KEPT_S = 10

READ_KEPT = 256

ASKED_IN_TURN = 2 << SHELVES[0]

HEAD = {"subject": "A", "requester": "B", "organisation": "C"}
"""Weights of a ticket's head, as the database's `search_head` sets them."""

_KINDS = {
    CustomField.Type.TEXT: Kind.NAME,
    CustomField.Type.CHOICE: Kind.NAME,
    CustomField.Type.NUMBER: Kind.NUMBER,
    CustomField.Type.DATE: Kind.TIME,
}


def read(text: str) -> Query:
    """The query as a tree, with the desk's own fields known. Raises `QueryError`."""
    return _parsed(text, custom_fields())


@lru_cache(READ_KEPT)
def _parsed(text: str, own: tuple[OwnField, ...]) -> Query:
    """Views, rules and policies ask the same over and over."""
    return parse(text, more=_known(own))


def own_fields() -> list[Field]:
    """The desk's own fields as the language knows them, by their keys."""
    return _known(custom_fields())


def _known(own: tuple[OwnField, ...]) -> list[Field]:
    return [Field(each.key, _KINDS[CustomField.Type(each.type)], each.label) for each in own]


@dataclass(frozen=True)
class Shelf:
    """Part of the tickets, by number: from ``low`` on and before ``high``. ``asked`` is what the index is asked for,
    where that is known beforehand; nothing where the part is most of all tickets."""

    low: int
    high: int
    asked: str | None = None

    @property
    def level(self) -> int:
        """The finest shelves of which seventeen hold all of these tickets."""
        return next((level for level in SHELVES if self.high - self.low <= 16 << level), SHELVES[-1])

    def lexemes(self) -> list[str]:
        first, last = self.low >> self.level, (self.high - 1) >> self.level
        return [f"/{self.level}/{number}" for number in range(first, last + 1)]

    def text_query(self) -> str:
        return self.asked if self.asked is not None else " | ".join(_quoted(each) for each in self.lexemes())


@dataclass
class Reading:
    """Who asks, when, and how texts are searched.

    ``is_by_ticket``: look into the texts of one ticket after another, so that no other text has any part in it. This is
    right for one ticket and for few. Else words are looked up in the index, on ``shelf`` alone when there is one.
    ``reads_notes``: notes and unsent replies are searched too; the caller narrows to tickets the person works.
    ``begins_at``: the one word of several that is looked up; the few tickets that hold it are asked for the others.
    ``gathers``: for a page the tickets that hold the words are gathered first, and no others are looked at.
    ``texts`` and ``numbers``: what the index is asked for of a word, and the ticket that a word is the number of, where
    that is known beforehand.
    """

    user: User | None
    at: datetime
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    is_by_ticket: bool = True
    reads_notes: bool = True
    shelf: Shelf | None = None
    begins_at: Words | None = None
    gathers: bool = False
    texts: Mapping[Words, str] = field(default_factory=dict)
    numbers: Mapping[Words, int] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.user.time_zone if self.user else "Europe/Warsaw")


def conditions(query: Query, user: User | None, at: datetime, *, reading: Reading | None = None) -> Q:
    """What the query asks of tickets the person works. ``user`` is None for rules and policies, which are nobody.

    It narrows nothing to what somebody may see: the caller does, by `visible_to` or `worked_by`. Raises `QueryError`
    for names that nobody has.
    """
    reading = reading or Reading(user, at)
    learn_words(query, reading.vocabulary)
    return Q() if query.root is None else _condition(query.root, reading, is_alone=_has_no_weighty_word(query))


def learn_words(query: Query, vocabulary: Vocabulary) -> None:
    """Look up the forms of all words of a query at once."""
    vocabulary.learn(word for leaf in query.words() if not leaf.is_exact for word in typed(leaf.text))


def asks_for_removed(query: Query) -> bool:
    """Spam, deleted and merged tickets are found only by those who ask for them."""
    wanted = {"spam", "deleted", "merged", "removed"}
    return any(
        is_positive and each.field == "is" and any(value.meaning in wanted for value in each.values)
        for each, is_positive in query.properties()
    )


def _condition(node: Node, reading: Reading, *, is_alone: bool = False) -> Q:
    if isinstance(node, Not):
        return ~_condition(node.part, reading, is_alone=True)
    if isinstance(node, Either) and (one_of := _one_of(node, reading)) is not None:
        return one_of
    if isinstance(node, All) and not reading.is_by_ticket:
        return _all(list(flat(node)), reading, is_alone)
    if isinstance(node, All | Either):
        parts = [_condition(part, reading, is_alone=is_alone) for part in node.parts]
        together = parts[0]
        for part in parts[1:]:
            together = together & part if isinstance(node, All) else together | part
        return together
    if isinstance(node, Most):
        return _most(node, reading)
    if isinstance(node, Words):
        return _words(node, reading, is_alone)
    return _property(node, reading)


# Words


def typed(text: str) -> list[str]:
    """The words of a text as they were typed."""
    return re.findall(r"[^\W_]+", text)


def is_weighty(word: Words) -> bool:
    return word.is_exact or any(token not in STOP_WORDS for token in tokens(word.text))


def _has_no_weighty_word(query: Query) -> bool:
    return not any(is_weighty(word) for word in query.words())


def _words(node: Words, reading: Reading, is_alone: bool) -> Q:
    if not is_alone and not is_weighty(node):
        return Q()
    also = _also(node, reading)
    if also is not None and is_marked_number(node):
        return also
    return said(_asked(node, reading), reading=reading, also=[also] if also is not None else [])


def _also(word: Words, reading: Reading) -> Q | None:
    """What a word is besides: a number is also a ticket's, an address also a requester's."""
    number = number_of(word)
    if number is not None:
        return Q(pk=reading.numbers.get(word, number))
    if word.is_exact:
        return None
    return _address(word.text, reading) if "@" in word.text else None


def number_of(word: Words) -> int | None:
    """The ticket's number that a word may be."""
    number = None if word.is_exact else re.fullmatch(r"#?(\d{1,18})", word.text)
    return int(number[1]) if number else None


def is_marked_number(word: Words) -> bool:
    return word.text.startswith("#") and number_of(word) is not None


def _all(parts: list[Node], reading: Reading, is_alone: bool) -> Q:
    """Where few tickets hold one of the words, only they are asked for the other words."""
    few = replace(reading, is_by_ticket=True) if reading.begins_at in parts else reading
    condition = Q()
    gathered: list[str] = []
    for part in parts:
        is_other_word = isinstance(part, Words | Most) and part is not reading.begins_at
        here = few if is_other_word else reading
        if isinstance(part, Words) and here.gathers and not here.is_by_ticket and _is_plain(part, here):
            gathered.append(_asked(part, here))
        else:
            condition &= _condition(part, here, is_alone=is_alone)
    return condition & said(*gathered, reading=reading) if gathered else condition


def _is_plain(word: Words, reading: Reading) -> bool:
    """Whether its tickets are those whose texts say it, and no others."""
    return is_weighty(word) and _also(word, reading) is None


def _asked(word: Words, reading: Reading) -> str:
    return reading.texts.get(word) or text_query(word.text, reading.vocabulary, is_exact=word.is_exact)


def _most(node: Most, reading: Reading) -> Q:
    """Beside a word that must be there, so few tickets or a part of them are asked for these."""
    here = replace(reading, is_by_ticket=True)
    held: Any = Constant(0)
    for part in node.parts:
        is_held = When(_words(part, here, True), then=1)
        held = held + Case(is_held, default=0, output_field=IntegerField())
    return Q(GreaterThanOrEqual(held, node.least))


def _one_of(node: Either, reading: Reading) -> Q | None:
    """Words of which one is enough are looked up at once; None when something else is among them."""
    words = [part for part in node.parts if isinstance(part, Words) and is_weighty(part)]
    if len(words) < len(node.parts) or any(part.text.startswith("#") and not part.is_exact for part in words):
        return None
    return _any_of(words, reading)


def _any_of(words: Sequence[Words], reading: Reading) -> Q:
    """Tickets that hold one of the words at least."""
    asked = [text_query(part.text, reading.vocabulary, is_exact=part.is_exact) for part in words]
    more = (_also(part, reading) for part in words)
    return said(f"({' | '.join(asked)})", reading=reading, also=[each for each in more if each is not None])


def text_query(text: str, vocabulary: Vocabulary, *, is_exact: bool = False, weight: str = "") -> str:
    """The text as PostgreSQL's raw tsquery: every word in any of its forms, or exactly these words in this order.

    What is one word to its writer and several to the index (an address, an invoice's number) stands together too;
    Wi-Fi is also wifi, and a generous vocabulary finds it the other way round. A star at the end means any ending.
    """
    words = tokens(text)
    label = f":{weight}" if weight else ""
    if is_exact or len(words) > 1:
        together = " <-> ".join(f"{word}{label}" for word in words)
        is_compound = not is_exact and len(words) == 2 and all(map(str.isalpha, words))
        compound = "".join(words)
        is_compound = is_compound and tokens(compound) == [compound]
        return f"(({together}) | {compound}{label})" if is_compound else f"({together})"
    if text.endswith("*"):
        return f"{words[0]}:*{weight}"
    parts = [f"{form}{label}" for form in vocabulary.forms(words[0])]
    if vocabulary.takes_near(words[0]) and len(words[0]) >= SHORTEST_PREFIX:
        parts.append(f"{words[0]}:*{weight}")
    if vocabulary.is_generous:
        parts += [f"({first}{label} <-> {second}{label})" for first, second in _halves(words[0])]
    return "(" + " | ".join(parts) + ")"


LONGEST_COMPOUND = 12


def _halves(word: str) -> list[tuple[str, str]]:
    """How a word may have been written in two: wi fi, e mail."""
    if not word.isalpha() or not SHORTEST_PREFIX <= len(word) <= LONGEST_COMPOUND:
        return []
    return [(word[:place], word[place:]) for place in range(1, len(word))]


def said(*words: str, reading: Reading, only: str = "", also: Sequence[Q] = ()) -> Q:
    """Tickets in which texts say each of this, and those of each of ``also``. ``only`` narrows to "public" or
    "internal"."""
    places = [place for place in ("public", "internal") if only in ("", place)]
    if not reading.reads_notes:
        places = [place for place in places if place == "public"]
    if not places:
        return Q(pk__in=[])
    texts = _texts(words[0], places, reading)
    for others in words[1:]:
        texts = texts.filter(ticket__in=_texts(others, places, reading).order_by().values("ticket"))
    if reading.is_by_ticket:
        condition = Q(InThisTicket(texts.filter(ticket=OuterRef("pk"))))
        for each in also:
            condition |= each
        return condition
    found = texts.order_by().values("ticket")
    if also:
        # Index scans put together; an OR of the conditions would read all tickets.
        return Q(pk__in=found.union(*(Ticket.objects.filter(each).order_by().values("pk") for each in also)))
    if reading.gathers:
        return Q(_InArray(F("pk"), ArraySubquery(found)))
    # Distinct, so that PostgreSQL reads the index once and does not look into every ticket's texts instead.
    return Q(pk__in=found.distinct())


def _texts(words: str, places: list[str], reading: Reading) -> QuerySet[SearchText]:
    """Texts that say so, on the shelf when there is one, of those the person may find."""
    asked = [words]
    if reading.shelf is not None and reading.shelf.asked != "" and not reading.is_by_ticket:
        # A condition of its own: the index then goes from place to place in both lists, where a query of words and
        # shelves together would try each text of the shelf.
        asked.append(reading.shelf.text_query())
    match = Q()
    for place in places:
        match |= Q(*((place, SearchQuery(each, config="simple", search_type="raw")) for each in asked))
    texts = SearchText.objects.filter(match)
    return texts.filter(is_withheld=False) if misses_contact_data(reading.user, reading.at) else texts


class InThisTicket(Exists):
    """An EXISTS that stays what it says: the texts of this very ticket are read. The offset keeps PostgreSQL from
    turning it into a join that begins at everybody's words."""

    template = "EXISTS(%(subquery)s OFFSET 0)"


class _InArray(Lookup):
    """PostgreSQL expects ten in an array and looks each of them up. Of a subquery it expects more than hold several
    words, and would read all tickets to join them."""

    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        number, before = self.process_lhs(compiler, connection)
        array, parameters = self.process_rhs(compiler, connection)
        return f"{number} = any{array}", (*before, *parameters)


def _with(rows: QuerySet[Any], column: str, reading: Reading) -> Q:
    """Tickets that such rows belong to; ``column`` is their ticket. Few tickets are asked in turn until a page is full.
    Of many, PostgreSQL begins where there is less to read."""
    shelf = reading.shelf
    if reading.is_by_ticket or (shelf is not None and shelf.high - shelf.low <= ASKED_IN_TURN):
        return Q(InThisTicket(rows.filter(**{column: OuterRef("pk")})))
    if shelf is not None:
        rows = rows.filter(**{f"{column}__gte": shelf.low, f"{column}__lt": shelf.high})
    return Q(pk__in=rows.order_by().values(column))


def _quoted(lexeme: str) -> str:
    return f"'{lexeme}'"


def misses_contact_data(user: User | None, at: datetime) -> bool:
    """Whether some of the tickets they work are not their own team's: there addresses are masked."""
    if user is None or user.role == Role.ADMIN:
        return False
    return not user.is_support or bool(scopes_of(user, at) or mentees_of(user, at))


def _own_queues(reading: Reading) -> list[int]:
    user = reading.user
    return sorted(user.queue_ids) if user is not None and user.is_support else []


def _address(text: str, reading: Reading) -> Q:
    """By the requester's address, or by its domain (@firma.example): only where the person sees addresses."""
    address = text.strip().strip("<>").lower()
    people = (
        User.objects.filter(email__endswith=address) if address.startswith("@") else User.objects.filter(email=address)
    )
    condition = Q(requester__in=people.order_by().values("pk"))
    if misses_contact_data(reading.user, reading.at):
        condition &= Q(queue__in=_own_queues(reading)) | Q(requester=reading.user)
    return condition


# Properties

Meaning = Callable[[Property, Value, Reading], Q]
MEANINGS: dict[str, Meaning] = {}
"""What a field means for tickets. Another app adds its own: `searching.register` the field, and its meaning here."""


def means(name: str) -> Callable[[Meaning], Meaning]:
    def keep(meaning: Meaning) -> Meaning:
        MEANINGS[name] = meaning
        return meaning

    return keep


def _property(node: Property, reading: Reading) -> Q:
    meaning = MEANINGS.get(node.field, _own_field)
    condition = Q(pk__in=[])
    for value in node.values:
        condition |= meaning(node, value, reading)
    return condition


@means("status")
def _status(node: Property, value: Value, reading: Reading) -> Q:
    return Q(status__in=UNSOLVED) if value.meaning == "unsolved" else Q(status=value.meaning)


@means("priority")
def _priority(node: Property, value: Value, reading: Reading) -> Q:
    return _compared("priority", node.operator, Priority[value.meaning.upper()].value)


@means("channel")
def _channel(node: Property, value: Value, reading: Reading) -> Q:
    return Q(channel=value.meaning)


@means("number")
def _number(node: Property, value: Value, reading: Reading) -> Q:
    return _compared("pk", node.operator, int(value.meaning))


def _compared(column: str, operator: str, value: Any) -> Q:
    suffix = {"=": "", "<": "__lt", "<=": "__lte", ">": "__gt", ">=": "__gte"}[operator]
    return Q(**{f"{column}{suffix}": value})


@means("is")
def _is(node: Property, value: Value, reading: Reading) -> Q:
    at, word = reading.at, value.meaning
    unsolved = Q(status__in=UNSOLVED)
    meanings: dict[str, Callable[[], Q]] = {
        "unsolved": lambda: unsolved,
        "mine": lambda: Q(assignee=_me(value, reading)),
        "unassigned": lambda: Q(assignee__isnull=True),
        "assigned": lambda: Q(assignee__isnull=False),
        "overdue": lambda: unsolved & due_between(None, at),
        "at_risk": lambda: unsolved & due_between(at, at + AT_RISK),
        "answered": lambda: Q(first_reply_at__isnull=False),
        "unanswered": lambda: Q(first_reply_at__isnull=True),
        "reopened": lambda: Q(reopened_at__isnull=False),
        "snoozed": lambda: Q(snoozed_until__gt=at),
        "shared": lambda: Q(InThisTicket(Share.objects.filter(ticket=OuterRef("pk")))),
        "follow_up": lambda: Q(follow_up_of__isnull=False),
        "removed": lambda: ~Q(removed_as=""),
    }
    if word in meanings:
        return meanings[word]()
    return Q(removed_as=word) if word in RemovedAs.values else Q(status=Status(word))


@means("has")
def _has(node: Property, value: Value, reading: Reading) -> Q:
    this = OuterRef("pk")
    messages, files = Message.objects.all(), Attachment.objects.all()
    if not reading.reads_notes:
        messages, files = messages.public(), files.filter(message__kind="public", message__state="sent")
    meanings: dict[str, Callable[[], Q]] = {
        "attachment": lambda: _with(files, "message__ticket", reading),
        "note": lambda: _with(messages.filter(kind=Message.Kind.NOTE), "ticket", reading),
        "reply": lambda: Q(first_reply_at__isnull=False),
        "tag": lambda: ~Q(tags=[]),
        "due": lambda: Q(sla_state=DueState.RUNNING, due_at__isnull=False),
        "assignee": lambda: Q(assignee__isnull=False),
        "organisation": lambda: Q(organisation__isnull=False),
        "link": lambda: _linked(reading),
        "appointment": lambda: Q(InThisTicket(Appointment.objects.filter(ticket=this, cancelled_at__isnull=True))),
    }
    return meanings[value.meaning]()


def _linked(reading: Reading) -> Q:
    """A link is there for who works both its ends, as on the page of the ticket."""
    this, rows = OuterRef("pk"), Link.objects.all()
    if reading.user is None or reading.user.role == Role.ADMIN:
        return Q(InThisTicket(rows.filter(ticket=this))) | Q(InThisTicket(rows.filter(other=this)))
    seen = Ticket.objects.worked_by(reading.user, reading.at).present().values("pk")
    there, back = rows.filter(ticket=this, other__in=seen), rows.filter(other=this, ticket__in=seen)
    return Q(InThisTicket(there)) | Q(InThisTicket(back))


def _time_meaning(column: str) -> Meaning:
    def meaning(node: Property, value: Value, reading: Reading) -> Q:
        if isinstance(value.meaning, times.Span):
            # An age: younger than two hours is after the moment two hours ago.
            since = reading.at - value.meaning.duration
            suffix = "lt" if node.operator in (">", ">=") else "gt"
            return Q(**{f"{column}__{suffix}": since})
        return _within(column, node.operator, value.meaning, reading)

    return meaning


for _name, _column in (
    ("created", "opened_at"),
    ("updated", "updated_at"),
    ("solved", "solved_at"),
    ("closed", "closed_at"),
):
    means(_name)(_time_meaning(_column))


@means("breached")
def _breached(node: Property, value: Value, reading: Reading) -> Q:
    """When a promise broke first; one that is running past its time broke when it was due, noticed or not."""
    noticed = _time_meaning("breached_at")(node, value, reading)
    running = Q(status__in=UNSOLVED, sla_state=DueState.RUNNING, due_at__lt=reading.at)
    return noticed | (running & _time_meaning("due_at")(node, value, reading))


@means("due")
def _due(node: Property, value: Value, reading: Reading) -> Q:
    running = Q(sla_state=DueState.RUNNING, due_at__isnull=False)
    if value.meaning is None:
        return ~running
    if isinstance(value.meaning, times.Span):
        until = reading.at + value.meaning.duration
        return running & (Q(due_at__gt=until) if node.operator in (">", ">=") else Q(due_at__lt=until))
    return running & _within("due_at", node.operator, value.meaning, reading)


def _within(column: str, operator: str, time: times.Time, reading: Reading) -> Q:
    zone = reading.zone
    today = reading.at.astimezone(zone).date()
    if isinstance(time, times.Between):
        condition = Q()
        if time.first is not None:
            condition &= Q(**{f"{column}__gte": times.bounds(time.first, today=today, zone=zone)[0]})
        if time.last is not None:
            condition &= Q(**{f"{column}__lt": times.bounds(time.last, today=today, zone=zone)[1]})
        return condition
    assert not isinstance(time, times.Span)
    first, after = times.bounds(time, today=today, zone=zone)
    return {
        "=": Q(**{f"{column}__gte": first, f"{column}__lt": after}),
        "<": Q(**{f"{column}__lt": first}),
        "<=": Q(**{f"{column}__lt": after}),
        ">": Q(**{f"{column}__gte": after}),
        ">=": Q(**{f"{column}__gte": first}),
    }[operator]


@means("queue")
def _queue(node: Property, value: Value, reading: Reading) -> Q:
    return Q(queue__in=_named(value, queues(), _("There is no queue “%(value)s”.")))


def queues() -> Known:
    """Short names and names of all queues."""
    return _kept("queues", Queue.objects.order_by("position", "pk"), "slug", "name")


@means("team")
def _team(node: Property, value: Value, reading: Reading) -> Q:
    known = _kept("teams", Team.objects.order_by("name"), "name")
    return Q(queue__team__in=_named(value, known, _("There is no team “%(value)s”.")))


@means("assignee")
def _assignee(node: Property, value: Value, reading: Reading) -> Q:
    word = plain(value.text)
    if word in NOBODY:
        return Q(assignee__isnull=True)
    if word in ME:
        return Q(assignee=_me(value, reading))
    return Q(assignee__in=_named(value, staff(), _("Nobody who works here is called “%(value)s”.")))


def staff() -> Known:
    """Everybody who may have tickets: address and name."""
    return _kept("staff", User.objects.exclude(role=Role.REQUESTER).order_by("sort_key", "pk"), "email", "name")


def _me(value: Value, reading: Reading) -> User:
    if reading.user is None:
        raise QueryError(_("A rule is nobody: write a name."), start=value.start, end=value.end)
    return reading.user


Known = list[tuple[int, tuple[str, ...]]]


def _kept(kind: str, rows: QuerySet[Any], *columns: str) -> Known:
    """Ids with names, few and hardly changing: kept for KEPT_S."""
    kept: Known | None = cache.get(f"search:{kind}")
    if kept is None:
        kept = [(key, tuple(name or "" for name in names)) for key, *names in rows.values_list("pk", *columns)]
        cache.set(f"search:{kind}", kept, KEPT_S)
    return kept


def _named(value: Value, known: Known, refusal: str) -> list[int]:
    """Whose name it is: in full, or else whose names hold all these words, or words that begin so.

    Raises `QueryError` with the name that comes nearest.
    """
    wanted = plain(value.text)
    for is_it in (_is_called, _holds_words, _holds_beginnings):
        if found := [key for key, names in known if any(is_it(name, wanted) for name in names)]:
            return found
    words = [word for _key, names in known for name in names if name for word in (name, *name.split())]
    suggestion = nearest(value.text, list(dict.fromkeys(words)))
    sentence = refusal % {"value": value.text}
    if suggestion:
        sentence += " " + _("Did you mean %(suggestion)s?") % {"suggestion": suggestion}
    raise QueryError(sentence, start=value.start, end=value.end, suggestion=as_value(suggestion))


def as_value(name: str) -> str:
    """The name as it stands in a query: in quotation marks where it needs them."""
    return f'"{name}"' if re.search(r"[\s,()]", name) else name


def _is_called(name: str, wanted: str) -> bool:
    return plain(name) == wanted


def _holds_words(name: str, wanted: str) -> bool:
    asked = set(tokens(wanted))
    return bool(asked) and asked <= set(tokens(name))


def _holds_beginnings(name: str, wanted: str) -> bool:
    has, asked = tokens(name), tokens(wanted)
    return bool(asked) and all(any(each.startswith(word) for each in has) for word in asked)


@means("requester")
def _requester(node: Property, value: Value, reading: Reading) -> Q:
    if plain(value.text) in ME:
        return Q(requester=_me(value, reading))
    if "@" in value.text:
        return _address(value.text, reading)
    return _in_head("requester", value, reading)


@means("organisation")
def _organisation(node: Property, value: Value, reading: Reading) -> Q:
    if plain(value.text) in NOBODY:
        return Q(organisation__isnull=True)
    return _in_head("organisation", value, reading)


@means("subject")
def _subject(node: Property, value: Value, reading: Reading) -> Q:
    return _in_head("subject", value, reading)


def _in_head(place: str, value: Value, reading: Reading) -> Q:
    if not tokens(value.text):
        return Q(pk__in=[])
    reading.vocabulary.learn(typed(value.text))
    # A name in quotation marks may leave out what stands between its words: "Lniana Pracownia" is no phrase.
    # Some letters are nothing but an accent, and some signs hold letters: ℃.
    asked = [word for word in typed(value.text) if tokens(word)] or tokens(value.text)
    words = " & ".join(text_query(word, reading.vocabulary, weight=HEAD[place]) for word in asked)
    if value.is_exact and place == "subject":
        words = text_query(value.text, reading.vocabulary, is_exact=True, weight=HEAD[place])
    return said(f"({words})", reading=reading, only="public")


@means("note")
def _note(node: Property, value: Value, reading: Reading) -> Q:
    reading.vocabulary.learn(typed(value.text))
    words = text_query(value.text, reading.vocabulary, is_exact=value.is_exact)
    return said(words, reading=reading, only="internal")


@means("mentions")
def _mentions(node: Property, value: Value, reading: Reading) -> Q:
    """Who is named with an @ in a note: for those who read the notes."""
    if plain(value.text) in ME:
        people = [_me(value, reading).pk]
    else:
        people = _named(value, staff(), _("Nobody who works here is called “%(value)s”."))
    if not reading.reads_notes:
        return Q(pk__in=[])
    named = Q(pk__in=[])
    for person in people:
        named |= Q(named__contains=[{"person": person}])
    return _with(Message.objects.filter(named, named__isnull=False), "ticket", reading)


@means("tag")
def _tag(node: Property, value: Value, reading: Reading) -> Q:
    word = plain(value.text)
    if word in NOBODY:
        return Q(tags=[])
    condition = has_tag(value.text) | has_tag(value.text.lower())
    for _key, (name,) in tags():
        if plain(name) == word:
            condition |= has_tag(name)
    return condition


def tags() -> Known:
    """Names of all tags."""
    return _kept("tags", Tag.objects.order_by("name"), "name")


def _own_field(node: Property, value: Value, reading: Reading) -> Q:
    key = node.field
    if value.is_exact is False and plain(value.text) in NOBODY:
        return ~Q(fields__has_key=key)
    own = next(each for each in custom_fields() if each.key == key)
    if own.type == CustomField.Type.NUMBER:
        if node.operator == "=":
            return has_field(key, str(value.meaning))
        return Q(fields__has_key=key) & Q(pk__in=_numbers(key, node.operator, value.meaning))
    if own.type == CustomField.Type.DATE:
        today = reading.at.astimezone(reading.zone).date()
        return ~Q(fields={}) & _dates(key, node.operator, value.meaning, today, reading)
    if own.type == CustomField.Type.CHOICE:
        known: Known = [(place, (choice,)) for place, choice in enumerate(own.choices)]
        chosen = _named(value, known, _("“%(value)s” is none of the choices."))
        condition = Q(pk__in=[])
        for place in chosen:
            condition |= has_field(key, own.choices[place])
        return condition
    return has_field(key, value.text) | (~Q(fields={}) & Q(**{f"fields__{key}__icontains": value.text}))


def _numbers(key: str, operator: str, value: Decimal) -> Any:
    number = Cast(KT(f"fields__{key}"), DecimalField(max_digits=30, decimal_places=10))
    rows = Ticket.objects.filter(~Q(fields={}), fields__has_key=key).annotate(_number=number)
    return rows.filter(_compared("_number", operator, value)).order_by().values("pk")


def _dates(key: str, operator: str, time: times.Time, today: Any, reading: Reading) -> Q:
    """Dates are kept as YYYY-MM-DD, whose order is that of the days."""
    if isinstance(time, times.Span):
        day = (reading.at - time.duration).astimezone(reading.zone).date().isoformat()
        return _compared(f"fields__{key}", "<" if operator in (">", ">=") else ">", day)
    first, last = (time.first, time.last) if isinstance(time, times.Between) else (time, time)
    condition = Q(fields__has_key=key)
    begin = times.bounds(first, today=today, zone=reading.zone)[0].date().isoformat() if first else ""
    after = times.bounds(last, today=today, zone=reading.zone)[1].date().isoformat() if last else ""
    if operator in ("=", ">=") and begin:
        condition &= _compared(f"fields__{key}", ">=", begin)
    if operator in ("=", "<=") and after:
        condition &= _compared(f"fields__{key}", "<", after)
    if operator == "<":
        condition &= _compared(f"fields__{key}", "<", begin)
    if operator == ">":
        condition &= _compared(f"fields__{key}", ">=", after)
    return condition
