"""Problems for the planner, made by chance from a seed: a desk with a Monday storm, and people with lives."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from rotations.problem import CANNOT, FINE, RATHER_NOT, WANT, Mentor, Need, Problem, Slot, Volunteer
from rotations.timeline import Day

MONDAY = date(2026, 3, 16)
PARTS = ((8, 11), (11, 16), (16, 20))
PATTERNS = ((0, 3, 8, 16), (2, 3, 8, 16), (0, 3, 12, 20), (3, 2, 12, 20))
"""First weekday, days, from, to."""
SCOPES = (
    ("tickets",), ("tickets", "chat"), ("tickets", "chat", "messenger"), ("chat", "messenger"), ("tickets", "phone"),
    ("tickets", "chat", "messenger", "phone"),
)  # fmt: skip


def window(day: date, starts: int, ends: int) -> Day:
    at = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return Day(at + timedelta(hours=starts), at + timedelta(hours=ends), day)


def make_slot(number: int, first: date, days: int, starts: int, ends: int, seats: int) -> Slot:
    windows = tuple(window(first + timedelta(days=n), starts, ends) for n in range(days))
    parts = [n for n, (a, b) in enumerate(PARTS) if 2 * (min(b, ends) - max(a, starts)) >= b - a]
    return Slot(number, seats, windows, frozenset((day.day, part) for day in windows for part in parts))


def make_problem(seed: int, *, people: int = 60, weeks: int = 12, seats: int = 3, eager: int = 1) -> Problem:
    """``eager``: everybody offers so many times as many duties."""
    chance = random.Random(seed)
    slots = []
    for week in range(weeks):
        for weekday, days, starts, ends in PATTERNS:
            first = MONDAY + timedelta(weeks=week, days=weekday)
            slots.append(make_slot(len(slots) + 1, first, days, starts, ends, chance.randint(max(1, seats - 1), seats)))
    dates = [MONDAY + timedelta(weeks=week, days=day) for week in range(weeks) for day in range(5)]
    needs = []
    for day in dates:
        for part in range(len(PARTS)):
            storm = day.weekday() == 0 and part == 0
            for channel, most in (("tickets", 2), ("chat", 1), ("messenger", 1), ("phone", 1)):
                wanted = chance.randint(0, most) + (1 if storm else 0)
                if wanted:
                    needs.append(Need(day, part, channel, wanted, 3 if storm else 1))
    volunteers = [_volunteer(number, people, slots, chance) for number in range(1, people + 1)]
    volunteers = [replace(each, quota=each.quota * eager) for each in volunteers]
    mentors = tuple(
        Mentor(1000 + n, frozenset(day for day in dates if chance.random() < 0.85), 3)
        for n in range(max(3, people // 10))
    )
    return Problem(tuple(volunteers), tuple(slots), tuple(needs), mentors, signed_off_channels=frozenset({"phone"}))


def _volunteer(number: int, people: int, slots: list[Slot], chance: random.Random) -> Volunteer:
    scope = frozenset(chance.choice(SCOPES))
    busy = chance.choice((0.3, 0.5, 0.8))
    wishes = {
        slot.id: CANNOT if chance.random() < busy else chance.choice((WANT, FINE, FINE, RATHER_NOT)) for slot in slots
    }
    start = chance.choice(slots).days[0].starts_at
    last = slots[-1].days[-1].day
    expires = chance.choice((None, None, last - timedelta(days=chance.randint(0, 30))))
    return Volunteer(
        id=number,
        channels=scope,
        quota=chance.choice((0, 1, 1, 2, 2, 3)),
        wishes=wishes,
        partners=frozenset({chance.randint(1, people)} - {number}) if chance.random() < 0.3 else frozenset(),
        away=((start, start + timedelta(days=chance.randint(1, 10))),) if chance.random() < 0.4 else (),
        signed_off={"phone": expires} if "phone" in scope and chance.random() < 0.7 else {},
        is_first=chance.random() < 0.5,
        burden=chance.choice((0, 0, 0, 1)),
    )
