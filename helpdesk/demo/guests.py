"""Who took a turn in which round, and what they answered on it. Pure.

Rounds follow each other every two weeks, so that all of them lie in the weeks of which the demo tells. Stories ask here
who answers them first; `helpdesk.demo.rounds` writes the same turns as duties.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from helpdesk.demo import hours, people
from helpdesk.demo.people import Cast, Person
from helpdesk.demo.story import Story
from helpdesk.demo.telling import NUMBER_OF
from tickets.models import Channel

MONDAY = date(2026, 3, 9)
WEEKS_APART = 2
CHANNELS = [Channel.CHAT, Channel.MESSENGER, Channel.EMAIL, Channel.WEB]
SCOPES = (CHANNELS, [Channel.EMAIL, Channel.WEB], [Channel.EMAIL, Channel.WEB, Channel.CHAT])
QUEUES = ("billing", "deliveries")
PATTERNS = (("Pn–Śr", 0, 4), ("Śr–Pt", 2, 3))
"""The name, the first of three days from 8 to 16, and the seats."""
OPENS, CLOSES = time(8), time(16)

# By round its shifts in order, and who was on them.
TURNS = (
    (("Karolina Bąk", "Kacper Lis", "Marek Zieliński", "Halina Kowal"),
     ("Anna Świerczyńska", "Stanisław Górka", "Kinga Stępień"),
     ("Krzysztof Bielawski", "Daria Konieczna", "Urszula Bednarz", "Bożena Cieślak"),
     ("Mateusz Polak", "Beata Michalska", "Mariusz Kłos")),
    (("Filip Rutkowski", "Natalia Sikora", "Dorota Kaczmarek", "Leszek Dudek"),
     ("Konrad Jaworski", "Witold Sobczak", "Karolina Bąk"),
     ("Oskar Błaszczyk", "Jerzy Laskowski", "Sylwia Pietrzak", "Tadeusz Janik"),
     ("Elżbieta Nowak-Król", "Hubert Wójtowicz", "Wiesława Kot")),
    (("Jakub Olszewski", "Alicja Sroka", "Robert Sadowski", "Renata Chmiel"),
     ("Zbigniew Rak", "Gabriela Lach", "Marcin Gołąb"),
     ("Hanna Ostaszewska", "Marek Zieliński", "Maciej Czajka", "Jolanta Wrońska"),
     ("Adam Krupa", "Kamil Wrzosek", "Danuta Brzoza")),
    (("Weronika Głowacka", "Dawid Kozłowski", "Dorota Kaczmarek", "Krystian Wolny"),
     ("Patrycja Zięba", "Andrzej Słowik", "Monika Gajda"),
     ("Szymon Adamczyk", "Sebastian Ptak", "Małgorzata Czarnecka", "Stanisław Górka"),
     ("Izabela Mazurek", "Ilona Walczak", "Natalia Sikora")),
    (("Julia Kubiak", "Wojciech Mróz", "Robert Sadowski", "Teresa Żurek"),
     ("Kacper Lis", "Konrad Jaworski", "Mariusz Kłos"),
     ("Karolina Bąk", "Igor Szulc", "Damian Cichy", "Kinga Stępień"),
     ("Ryszard Lipski", "Emilia Tomczak", "Renata Chmiel")),
    ((people.ON_DUTY, "Dawid Kozłowski", "Krzysztof Bielawski", "Dorota Kaczmarek"),
     ("Kacper Lis", "Gabriela Lach", "Halina Kowal"),
     ("Filip Rutkowski", "Alicja Sroka", "Marek Zieliński"),
     ("Weronika Głowacka",)),
)  # fmt: skip
LEFT = frozenset({(2, "Witold Sobczak"), (4, "Patrycja Zięba")})
"""Who withdrew in time; nobody came instead."""
ROUNDS = len(TURNS)

SHARE = 0.4
"""Of the requests that a guest could have answered first."""
BEFORE, AFTER = timedelta(minutes=20), timedelta(minutes=25)
"""Nobody begins a case at the very beginning or end of a day."""
READ_FIRST = (3, 20)
"""Minutes until a mentor has read what a guest wrote."""


def monday_of(number: int) -> date:
    return MONDAY - timedelta(weeks=WEEKS_APART * (ROUNDS - number))


def scope_of(person: Person) -> list[Channel]:
    return SCOPES[person.number % len(SCOPES)]


@dataclass(frozen=True)
class Turn:
    """Three days of one person, those on which the desk was open."""

    round: int
    shift: int
    seat: int
    person: Person
    days: tuple[date, ...]

    @property
    def has_left(self) -> bool:
        return (self.round, self.person.name) in LEFT


def turns(cast: Cast) -> Iterator[Turn]:
    named = {person.name: person for person in cast.colleagues}
    for number, shifts in enumerate(TURNS, 1):
        for shift, names in enumerate(shifts):
            first = monday_of(number) + timedelta(weeks=shift // 2, days=PATTERNS[shift % 2][1])
            days = tuple(day for day in (first + timedelta(days=n) for n in range(3)) if hours.is_working_day(day))
            for seat, name in enumerate(names, 1):
                yield Turn(number, shift, seat, named[name], days)


class Guests:
    """Of chance of its own: what is told does not depend on who answers."""

    def __init__(self, cast: Cast, *, seed: int) -> None:
        self.rng = random.Random(f"guests {seed}")
        self._queues = {NUMBER_OF[slug] for slug in QUEUES}
        self._on: defaultdict[date, list[Person]] = defaultdict(list)
        for turn in turns(cast):
            if not turn.has_left:
                for day in turn.days:
                    self._on[day].append(turn.person)

    def is_there(self, person: Person, at: datetime) -> bool:
        return person in self._on[at.date()] and OPENS <= at.time() < CLOSES

    def takes(self, story: Story, at: datetime) -> Person | None:
        """Who of them answers it first, about then; None: the team does."""
        if story.queue not in self._queues or not story.requester.email:
            return None
        on = [person for person in self._on[at.date()] if story.channel in scope_of(person)]
        on = [person for person in on if self.is_there(person, at - BEFORE) and self.is_there(person, at + AFTER)]
        return self.rng.choice(on) if on and self.rng.random() < SHARE else None

    def read_first(self) -> timedelta:
        return timedelta(minutes=self.rng.randint(*READ_FIRST), seconds=self.rng.randrange(60))
