"""What the demo's desk promises, and the clocks that the told tickets have by it.

A story was told with what is due next and when. It gets the level of service under which its events give just that, and
then every clock of it is read from its events as `sla.course` reads any ticket's.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from helpdesk.demo import hours
from helpdesk.demo.copying import Sheet, count_on, sheet
from helpdesk.demo.hours import NOW, utc
from helpdesk.demo.story import Promise, Story
from sla import course, levels, queries
from sla.actions import flagging, folding
from sla.business_time import BusinessCalendar
from sla.course import Course, Terms
from sla.models import (
    Agreement,
    Calendar,
    CalendarVersion,
    Clock,
    Flag,
    Notice,
    Policy,
    PolicyVersion,
    Standing,
)
from tickets.models import CustomField, DueState, Kind, Priority, Queue

LOW, NORMAL, HIGH, URGENT = Priority.LOW, Priority.NORMAL, Priority.HIGH, Priority.URGENT
FIELD = "poziom"

WEEKLY = {day: [("08:00", "18:00")] for day in range(5)}
CALENDAR = BusinessCalendar("Europe/Warsaw", WEEKLY, {day: [] for day in hours.HOLIDAYS})
ONLY_CALENDAR = 1


def _hours(**of_metric: tuple[int, int, int, int]) -> dict[int, dict[str, int]]:
    """Targets from hours of work for tickets of low, normal, high and urgent priority."""
    return {
        int(priority): {metric: hours_of[place] * 3600 for metric, hours_of in of_metric.items()}
        for place, priority in enumerate((LOW, NORMAL, HIGH, URGENT))
    }


def _answers(*of_priority: int, solved: tuple[int, int, int, int]) -> dict[int, dict[str, int]]:
    low, normal, high, urgent = of_priority
    every = (low, normal, high, urgent)
    return _hours(first_response=every, next_response=every, resolution=solved)


SOON, LATE = (40, 40, 16, 8), (80, 80, 80, 80)
POLICIES: dict[int, tuple[str, str, dict[int, dict[str, int]]]] = {
    1: ("Podstawowe", "", _answers(16, 8, 2, 1, solved=SOON)),
    2: ("Ekspresowe", "Ekspres", _answers(16, 4, 2, 1, solved=LATE)),
    3: ("Szybkie odpowiedzi", "Odpowiedzi", _answers(16, 8, 2, 1, solved=LATE)),
    4: ("Następny dzień", "Jutro", _answers(24, 16, 8, 8, solved=LATE)),
    5: ("W tym tygodniu", "Tydzień", _answers(40, 24, 8, 8, solved=LATE)),
    6: ("Szybkie rozwiązania", "Naprawa", _answers(16, 8, 2, 1, solved=(40, 24, 16, 8))),
    7: ("Ustalone przez telefon", "Telefon", _hours(resolution=(40, 24, 16, 8))),
    8: ("Ustalone przez telefon, bez pośpiechu", "Spokojnie", _hours(resolution=SOON)),
}
"""By number: name, level of service, targets. The first is the default."""

LEVELS = levels.read(levels.usual())
NEAR_S = 120
"""A story's steps are at least a second apart, so what was told may have moved by some."""
OF_THE_PAST = {1: 3, 4: 5, 5: 3, 6: 3}
"""How often tickets of which nothing is due have these."""


@dataclass(frozen=True)
class Kept:
    """A story's course at Monday 8:00, and by which event what was agreed: places among what happened."""

    course: Course
    at: datetime
    agreed: tuple[tuple[int, Terms], ...]


@cache
def _terms(policy: int, priority: int) -> Terms:
    return Terms(policy, ONLY_CALENDAR, POLICIES[policy][2][priority], True, priority, LEVELS)


def calendar(version: int) -> BusinessCalendar:
    return CALENDAR


def tell(stories: Iterable[Story], *, seed: int | str) -> None:
    """Give each story its level of service, and make what was told of its promise what its events give."""
    rng = random.Random(f"promises {seed}")
    for story in stories:
        level, kept = _fitting(story, rng)
        if level != 1:
            first = story.happenings[0]
            story.filled(1, first.at, None, FIELD, POLICIES[level][1])
        story.kept = kept
        _retell(story, kept)


def _fitting(story: Story, rng: random.Random) -> tuple[int, Kept]:
    told = story.promise
    if told.state != DueState.RUNNING:
        (level,) = rng.choices(list(OF_THE_PAST), weights=list(OF_THE_PAST.values()))
        return level, read(story, level)
    promising = [
        level
        for level, (_, _, targets) in POLICIES.items()
        if targets[int(story.priority)].get(told.metric) == told.target_s
    ]
    fits = [(level, kept) for level in promising if _is_told(kept := read(story, level), told)]
    return rng.choice(fits) if fits else (1, read(story, 1))


def _is_told(kept: Kept, told: Promise) -> bool:
    given = folding.promise(kept.course.clocks)
    if given["sla_state"] != told.state or given["sla_metric"] != told.metric or told.due_at is None:
        return False
    due_at = utc(told.due_at)
    same_side = (given["due_at"] < utc(NOW)) == (due_at < utc(NOW))
    apart = max(CALENDAR.elapsed(given["due_at"], due_at), CALENDAR.elapsed(due_at, given["due_at"]))
    return same_side and apart <= NEAR_S


def read(story: Story, level: int) -> Kept:
    """The course of a story under a level of service, which is set in the moment it is opened."""
    changes = [one.data["priority"] for one in story.happenings if one.kind == Kind.PRIORITY_CHANGED]
    priority = changes[0][0] if changes else int(story.priority)
    agreed: list[tuple[int, Terms]] = []
    told = []
    for place, one in enumerate(story.happenings):
        terms = None
        if place == 0:
            terms = _terms(1, priority)
        elif one.kind == Kind.PRIORITY_CHANGED:
            priority = one.data["priority"][1]
            terms = _terms(level, priority)
        if terms is not None:
            agreed.append((place if place == 0 or level == 1 else place + 1, terms))
        happened = course.happening(one.kind, utc(one.at), one.data, terms)
        if happened is not None:
            told.append(happened)
        if place == 0 and level != 1:
            agreed.append((1, _terms(level, priority)))
            told.append(course.Happening(utc(one.at), terms=_terms(level, priority)))
    read_ = Course()
    happened_in_order = course.in_order(told)
    for happened in happened_in_order:
        read_ = course.step(read_, happened, calendar)
    return Kept(course.at_rest(read_, utc(NOW), calendar), happened_in_order[-1].at, tuple(agreed))


def _retell(story: Story, kept: Kept) -> None:
    """What queues looked like at any moment is counted from what was told: make it what the clocks say."""
    given = folding.promise(kept.course.clocks)
    if given["sla_state"] != DueState.RUNNING:
        story.promise.state = str(given["sla_state"])
        return
    story.promise = Promise(
        given["sla_state"], given["sla_metric"], story.promise.since, given["sla_target_s"], _local(given["due_at"])
    )


def _local(at: datetime) -> datetime:
    return next(
        local for local in (at.replace(tzinfo=None) + timedelta(hours=ahead) for ahead in (1, 2)) if utc(local) == at
    )


def write() -> None:
    """The calendar, the policies and the field that chooses between them, in a database without any."""
    made_at = utc(datetime(2025, 6, 2, 8))
    for model in reversed(MADE):
        model._default_manager.all().delete()  # a desk that was prepared has the usual policy, and no ticket yet
    Calendar.objects.create(pk=ONLY_CALENDAR, name="Biuro")
    CalendarVersion.objects.create(
        pk=ONLY_CALENDAR,
        calendar_id=ONLY_CALENDAR,
        zone="Europe/Warsaw",
        weekly={str(day): [list(span) for span in spans] for day, spans in WEEKLY.items()},
        exceptions={day.isoformat(): [] for day in sorted(hours.HOLIDAYS)},
        made_at=made_at,
    )
    for number, (name, level, targets) in POLICIES.items():
        Policy.objects.create(
            pk=number, name=name, position=number, conditions=f"{FIELD}:{level}" if level else "", is_default=not level
        )
        PolicyVersion.objects.create(
            pk=number,
            policy_id=number,
            calendar_id=ONLY_CALENDAR,
            targets={str(priority): by_metric for priority, by_metric in targets.items()},
            made_at=made_at,
        )
    count_on(Calendar, CalendarVersion, Policy, PolicyVersion)
    queries.forget_versions()


def write_field() -> None:
    choices = [level for _, level, _ in POLICIES.values() if level]
    field = CustomField.objects.create(key=FIELD, label="Poziom obsługi", type="choice", choices=choices, position=4)
    field.queues.set(Queue.objects.all())


MADE = (Calendar, CalendarVersion, Policy, PolicyVersion)
TABLES = (Agreement, Standing, Clock, Flag, Notice)


def sheets(kept: list[tuple[int, Kept, list[int]]], first: int) -> Iterator[Sheet]:
    """Rows of the clocks of tickets, each with its number, its course and the numbers of its events."""
    yield sheet(
        Agreement,
        ("ticket", "event", "policy_version", "calendar_version", "priority"),
        (
            (ticket, events[place], terms.policy, terms.calendar, terms.priority)
            for ticket, one, events in kept
            for place, terms in one.agreed
        ),
    )
    yield sheet(
        Standing,
        ("ticket", "at", "status", "is_gone", "is_answered", "policy_version", "calendar_version", "priority"),
        (_standing(ticket, one) for ticket, one, _ in kept),
    )
    numbered = [
        (number, ticket, clock)
        for number, (ticket, clock) in enumerate(
            ((ticket, clock) for ticket, one, _ in kept for clock in one.course.clocks), first
        )
    ]
    rows = [
        {"id": number, "ticket": ticket, "metric": clock.metric, "cycle": clock.cycle, **_columns(clock)}
        for number, ticket, clock in numbered
    ]
    names = tuple(rows[0]) if rows else ("id",)
    yield sheet(Clock, names, (tuple(row.values()) for row in rows))
    passed = [
        (ticket, number, clock.metric, one.level, time, one.at)
        for number, ticket, clock in numbered
        for one, time in flagging.numbered(clock.reached)
    ]
    yield sheet(
        Flag,
        ("id", "ticket", "clock", "metric", "level", "time", "at", "noticed_at"),
        ((number, *one, one[-1] + timedelta(seconds=30)) for number, one in enumerate(passed, first)),
    )
    yield sheet(
        Notice,
        ("id", "flag", "state", "made_at", "done_at"),
        (
            (number, number, "skipped", one[-1] + timedelta(seconds=30), one[-1] + timedelta(seconds=30))
            for number, one in enumerate(passed, first)
        ),
    )


def _standing(ticket: int, kept: Kept) -> tuple[object, ...]:
    read_, terms = kept.course, kept.course.terms
    assert terms is not None
    return (
        *(ticket, kept.at, read_.status, read_.is_gone, read_.is_answered),
        *(terms.policy, terms.calendar, terms.priority),
    )


def _columns(clock: course.Clock) -> dict[str, object]:
    columns = folding.columns(clock, LEVELS, calendar)
    return {name.removesuffix("_id"): value for name, value in columns.items()}
