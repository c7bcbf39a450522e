"""One line of a favour, "who what minutes", taken apart. Pure: it knows no people, only how they are written.

"Anna Kowal java 10" · "marek sprzedaż vpn 1h30" · "zenek toner od 9:40 15m" · "j.lis@sklep.example druk 5"
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time

from tickets.searching.words import plain

LONGEST = 400
LONGEST_MINUTES = 720
SHORTEST_SECOND = 3
"""A second word is part of a name from so many letters on: in "jan z drukarką" the z is no Żak."""

_HOURS = r"(?:h|g|godz|hours?|godziny?|godzin)\.?"
_MINUTES = r"(?:m|min|mins|minut[aęy]?|minutes?)\.?"
_DURATION = re.compile(
    rf"(?:^|\s)(?:(?P<hours>\d{{1,2}})(?:[.,](?P<tenth>\d))?\s?{_HOURS}(?:\s?(?P<rest>\d{{1,2}})\s?(?:{_MINUTES})?)?"
    rf"|(?P<minutes>\d{{1,3}})\s?(?:{_MINUTES})?)$",
    re.IGNORECASE | re.ASCII,
)
_SINCE = re.compile(
    r"(?:^|\s)(?:(?:od|since|from)\s(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))?"
    r"|(?:(?:o|at|@)\s?)?(?P<clock>\d{1,2}):(?P<past>\d{2}))$",
    re.IGNORECASE | re.ASCII,
)
_THING = re.compile(
    r"(?:access|acrobat|adobe|android|apple|chrome|drukark|edge|excel|exchange|facebook|firefox|gmail|google|intern"
    r"|iphone|ipad|java|jira|komputer|laptop|linkedin|linux|messenger|microsoft|monitor|myszk|office|onedrive|opera"
    r"|outlook|photoshop|power ?point|sharepoint|skaner|skype|slack|subiekt|symfoni|teams|telefon|whatsapp|windows|word"
    r"|wifi|youtube|zoom)\w{0,3}"
)
"""What favours are about and what is written with a capital letter all the same, with the endings of a declension."""

_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


@dataclass(frozen=True)
class Line:
    """``words`` are those of who and what, as typed; where one ends only the names of people tell."""

    words: tuple[str, ...] = ()
    minutes: int | None = None
    since: time | None = None

    @property
    def address(self) -> str:
        """A mail address in the place of a name."""
        return self.words[0] if self.words and _ADDRESS.fullmatch(self.words[0]) else ""

    def what(self, taken: int) -> str:
        """Everything behind the first ``taken`` words, which are who asked."""
        return " ".join(self.words[taken:])

    def who(self, taken: int) -> str:
        return " ".join(self.words[:taken])


def read(text: str) -> Line:
    """The line's words without its minutes and the time it began, which stand at its end in either order."""
    rest = " ".join(text[:LONGEST].split())
    minutes: int | None = None
    since: time | None = None
    for _each in range(2):
        if since is None and (found := _SINCE.search(rest)) and (moment := _time(found)) is not None:
            rest, since = rest[: found.start()], moment
        elif minutes is None and (found := _DURATION.search(rest)) and (length := _length(found)):
            rest, minutes = rest[: found.start()], length
        else:
            break
    return Line(tuple(rest.split()), minutes, since)


def _time(found: re.Match[str]) -> time | None:
    hour, minute = int(found["hour"] or found["clock"]), int(found["minute"] or found["past"] or 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _length(found: re.Match[str]) -> int:
    """In minutes; 0 for what no favour takes."""
    if found["minutes"]:
        minutes = int(found["minutes"])
    else:
        minutes = int(found["hours"]) * 60 + int(found["tenth"] or 0) * 6 + int(found["rest"] or 0)
    return minutes if 0 < minutes <= LONGEST_MINUTES else 0


def tokens(words: Sequence[str]) -> list[str]:
    """The words as names are compared: without accents and signs, in lower case. Each keeps its place."""
    return ["".join(letter for letter in plain(word) if letter.isalnum()) for word in words]


def taken_by(name: str, typed: Sequence[str]) -> int:
    """How many of the first ``typed`` tokens are beginnings of different words of this name. 0: it is not theirs."""
    left = [word for word in re.split(r"[\W_]+", plain(name)) if word]
    taken = 0
    for token in typed:
        is_long_enough = not taken or len(token) >= SHORTEST_SECOND or token in left
        found = next((word for word in left if token and word.startswith(token)), None)
        if found is None or not is_long_enough:
            break
        left.remove(found)
        taken += 1
    return taken


def names_unit(unit: str, token: str) -> bool:
    """Whether the token begins a word of the organisation's name: "marek sprz" is Marek of Sprzedaż."""
    return len(token) >= SHORTEST_SECOND and any(word.startswith(token) for word in re.split(r"[\W_]+", plain(unit)))


def longest_free_name(words: Sequence[str]) -> int:
    """How many words may be the name of somebody nobody knows: the first, and those with a capital letter behind it.

    One word is left to say what it was about.
    """
    taken = 1
    while taken < min(3, len(words) - 1) and words[0][:1].isupper() and words[taken].istitle():
        taken += 1
    return min(taken, len(words))


def length_of_free_name(words: Sequence[str]) -> int:
    """How many of those are the name as far as a line can tell: "Kuba Excel nie działa" is about Excel."""
    longest = longest_free_name(words)
    things = (place for place in range(1, longest) if _THING.fullmatch(plain(words[place])))
    return next(things, longest)
