"""What can be asked for by name: `status:open`, `due<4h`. Another app or the desk's own fields come in by `register`
or as `parse(text, more=...)`; what a field means for tickets is said where queries are turned into conditions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tickets.searching.words import plain


class Kind(Enum):
    CHOICE = "choice"
    """One of few words. ``meaning`` of a value is the one written first."""
    NAME = "name"
    """Somebody or something with a name that only the database knows."""
    TEXT = "text"
    """Words to look for in one place."""
    TIME = "time"
    """``meaning`` is a `times.Time`; a span counts back from now."""
    DEADLINE = "deadline"
    """The same; a span counts forward."""
    NUMBER = "number"
    """``meaning`` is a `decimal.Decimal`."""


@dataclass(frozen=True)
class Field:
    """``words`` of a choice: each with the value it stands for. ``nothing`` are words for "has none"."""

    name: str
    kind: Kind
    help: str | Promise
    aliases: tuple[str, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    is_ordered: bool = False
    """Whether < and > mean something."""
    special: tuple[str, ...] = ()
    """Words with a meaning of their own beside names, such as me and nobody."""

    @property
    def takes_order(self) -> bool:
        return self.is_ordered or self.kind in (Kind.TIME, Kind.DEADLINE, Kind.NUMBER)

    @property
    def offered(self) -> tuple[str, ...]:
        """The value words that are offered."""
        return tuple(dict.fromkeys([*self.special, *self.words.values()]))


def choices(*lines: str) -> dict[str, str]:
    """Each line holds a value and then other words for it, plain."""
    return {word: line.split()[0] for line in lines for word in line.split()}


_STATUSES = choices(
    "new nowe",
    "open otwarte",
    "waiting pending czeka",
    "on_hold on-hold onhold hold wstrzymane",
    "solved resolved rozwiazane",
    "closed zamkniete",
    "unsolved nierozwiazane",
)
_PRIORITIES = choices("low niski", "normal medium zwykly normalny", "high wysoki", "urgent pilny pilne")
_CHANNELS = choices(
    "email mail e-mail",
    "web form formularz",
    "chat czat",
    "messenger",
    "phone call telefon",
    "walk_up walk-up osobiscie",
)
_IS = choices(
    "unsolved open nierozwiazane",
    "new nowe",
    "waiting pending czeka",
    "on_hold on-hold hold wstrzymane",
    "solved resolved rozwiazane",
    "closed zamkniete",
    "mine moje",
    "unassigned niczyje",
    "assigned przypisane",
    "overdue breached late spoznione",
    "at_risk at-risk zagrozone",
    "answered replied",
    "unanswered bez_odpowiedzi",
    "reopened",
    "snoozed odlozone",
    "shared",
    "follow_up follow-up",
    "spam",
    "deleted usuniete",
    "merged polaczone",
    "removed",
)
_HAS = choices(
    "attachment attachments file files zalacznik zalaczniki",
    "note notes notatka notatki",
    "reply replies odpowiedz",
    "tag tags etykieta",
    "due termin",
    "assignee",
    "organisation organization firma",
    "link links",
    "appointment",
)
NOBODY = ("nobody", "none", "nikt", "brak")
ME = ("me", "ja")

FIELDS: dict[str, Field] = {}


def register(new: Field) -> None:
    """Make a field known to every query. A name that is taken is a mistake."""
    for name in (new.name, *new.aliases):
        if name in _BY_ANY_NAME:
            raise ValueError(f"Two fields are called {name}.")
        _BY_ANY_NAME[name] = new
    FIELDS[new.name] = new


def find(name: str, more: Mapping[str, Field]) -> Field | None:
    """The field with this name or alias, whatever its case and accents. ``more`` are fields of the desk's own."""
    key = plain(name)
    return _BY_ANY_NAME.get(key) or more.get(key)


def names(more: Mapping[str, Field]) -> list[str]:
    """Every word that names a field, those written in help first."""
    return [*FIELDS, *more, *(name for name in _BY_ANY_NAME if name not in FIELDS)]


_BY_ANY_NAME: dict[str, Field] = {}

for each in (
    Field("status", Kind.CHOICE, _("where it stands"), ("state", "stan"), _STATUSES),
    Field("is", Kind.CHOICE, _("what it is: unassigned, overdue, mine"), ("jest",), _IS),
    Field("queue", Kind.NAME, _("the queue it waits in"), ("kolejka",)),
    Field(
        "assignee", Kind.NAME, _("who has it"), ("assigned", "owner", "osoba", "przypisane"), special=("me", "nobody")
    ),
    Field("requester", Kind.NAME, _("who asked, by name or address"), ("from", "od", "zglaszajacy"), special=("me",)),
    Field("organisation", Kind.TEXT, _("the company or department"), ("organization", "org", "firma", "organizacja")),
    Field("team", Kind.NAME, _("the team that owns the queue"), ("group", "zespol")),
    Field("priority", Kind.CHOICE, _("how urgent it is"), ("priorytet",), _PRIORITIES, is_ordered=True),
    Field("channel", Kind.CHOICE, _("how it came in"), ("via", "kanal"), _CHANNELS),
    Field("tag", Kind.NAME, _("a tag it carries"), ("tags", "label", "etykieta"), special=("none",)),
    Field("created", Kind.TIME, _("when it was opened"), ("opened", "utworzone")),
    Field("updated", Kind.TIME, _("when it last changed"), ("changed", "zmienione")),
    Field("solved", Kind.TIME, _("when it was solved"), ("resolved", "rozwiazane")),
    Field("closed", Kind.TIME, _("when it was closed"), ("zamkniete",)),
    Field("breached", Kind.TIME, _("when its promise broke"), ("przekroczone",)),
    Field(
        "due",
        Kind.DEADLINE,
        _("until when it is due: <4h within four hours by the clock, nights and weekends counted"),
        ("termin",),
        special=("none",),
    ),
    Field("has", Kind.CHOICE, _("what belongs to it: attachment, note"), ("ma",), _HAS),
    Field("subject", Kind.TEXT, _("words of the subject"), ("title", "temat")),
    Field("note", Kind.TEXT, _("words of internal notes"), ("notes", "notatka")),
    Field("mentions", Kind.NAME, _("who is named in its notes with an @"), ("mention", "wspomina"), special=("me",)),
    Field("number", Kind.NUMBER, _("its number"), ("id", "numer", "ticket")),
):
    register(each)
