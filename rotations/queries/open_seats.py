"""Seats of a published round as whoever may take one sees them: which days, what is missing then, who would be there.
A constant number of statements, however many shifts, people and weeks."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from rotations import timeline
from rotations.models import Absence, DutyDay, Round, Shift, WaitlistEntry
from rotations.problem import Cell
from rotations.queries.board import CellOf, coverage, short_channels
from rotations.queries.fitting import Asked, Why, obstacles
from rotations.queries.planning import Planning, planning
from rotations.queries.rounds import OPEN
from rotations.timeline import Day
from tickets.models import User

WEEKS = 4
"""So many are shown at once."""
MENTORS = 4


@dataclass(frozen=True)
class SeatDay:
    day: date
    missing: int
    """People whom the day lacks at its worst hour, at most the seats that are free."""
    is_wanted: bool
    """Whether somebody is asked for at all."""


@dataclass(frozen=True)
class Run:
    """A shift, or what of it lies in one week."""

    shift: Shift
    days: list[SeatDay]
    free: int
    state: str
    """own | waits | away | busy | full | free"""
    is_chosen: bool

    @property
    def first(self) -> int:
        return self.days[0].day.isoweekday()

    @property
    def span(self) -> int:
        return len(self.days)

    @property
    def missing(self) -> int:
        return max(each.missing for each in self.days)


@dataclass(frozen=True)
class Lane:
    hours: str
    runs: list[Run]


@dataclass(frozen=True)
class Week:
    monday: date
    lanes: list[Lane]


@dataclass(frozen=True)
class Chosen:
    shift: Shift
    state: str
    lacks: tuple[str, ...]
    """Channels that lack somebody in one of its hours."""
    mentors: list[tuple[User, list[date]]]
    """Who is there and has room, with the days; who is there longest comes first."""
    why: Sequence[Why]
    """What stands in the way of taking it, whatever one answers."""

    @property
    def is_full(self) -> bool:
        return self.state == "full"


@dataclass(frozen=True)
class Seats:
    round: Round
    weeks: list[Week]
    columns: int
    """5, or 7 where somebody is wanted on a Saturday or Sunday."""
    has_hours: bool
    """Whether shifts differ in their hours, which each lane then tells."""
    chosen: Chosen | None
    before: date | None
    after: date | None


def rounds_with_seats(at: datetime) -> list[Round]:
    """Published rounds of which something is still to come."""
    shifts = Shift.objects.filter(cancelled_at=None, starts_at__gt=at).values("round")
    rows = Round.objects.filter(state__in=OPEN, pk__in=shifts).select_related("programme__team")
    return list(rows.order_by("starts_on", "pk"))


def seats_of(of: Round, person: User, at: datetime, *, shift: int | None, monday: date | None) -> Seats:
    plan = planning(of, at)
    ahead = [each for each in plan.shifts.values() if each.starts_at > at]
    states = _states(plan, ahead, person, at)
    cells = coverage(plan)
    days = {each.pk: _days(plan, each, cells, max(1, states[each.pk][0])) for each in ahead}
    free = [each for each in ahead if states[each.pk][1] == "free"]
    picked = next((each for each in ahead if each.pk == shift), None)
    if picked is None:
        rows = [each for each in free if monday is None or each.first_day >= monday] or free
        picked = next((each for each in rows if any(day.missing for day in days[each.pk])), rows[0] if rows else None)
    firsts = [each.first_day for each in ahead] or [of.starts_on]
    shown = monday or (picked.first_day if picked else min(firsts))
    shown -= timedelta(days=shown.weekday())
    start, last = _monday(min(firsts)), max(each.last_day for each in ahead) if ahead else of.ends_on
    if monday is None:  # whole pages, whichever shift is chosen
        shown = start + (shown - start) // timedelta(weeks=WEEKS) * timedelta(weeks=WEEKS)
    end = shown + timedelta(weeks=WEEKS)
    number = picked.pk if picked else None
    weeks = [_week(shown + timedelta(weeks=each), ahead, days, states, number) for each in range(WEEKS)]
    return Seats(
        round=of,
        weeks=[each for each in weeks if each.lanes],
        columns=7 if any(day.day.weekday() > 4 for rows in days.values() for day in rows) else 5,
        has_hours=len({each.hours for each in ahead}) > 1,
        chosen=_chosen(plan, picked, states[picked.pk][1], cells, person, at) if picked else None,
        before=shown - timedelta(weeks=WEEKS) if shown > start else None,
        after=end if end <= last else None,
    )


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _states(plan: Planning, ahead: list[Shift], person: User, at: datetime) -> dict[int, tuple[int, str]]:
    """By shift the seats that are free, and what it is to the person."""
    taken = Counter(duty.shift_id for duty in plan.duties)
    standing = (WaitlistEntry.State.WAITING, WaitlistEntry.State.OFFERED)
    waits = set()
    for entry in WaitlistEntry.objects.filter(shift__in=plan.shifts, state__in=standing):
        if entry.person_id == person.pk:
            waits.add(entry.shift_id)
        elif entry.state == WaitlistEntry.State.OFFERED and entry.offer_until and entry.offer_until > at:
            taken[entry.shift_id] += 1
    own = {each.duty.shift_id for each in plan.shares if each.duty.person_id == person.pk and each.duty.is_live}
    away = list(
        Absence.objects.filter(person=person, removed_at=None, ends_at__gt=at).values_list("starts_at", "ends_at")
    )
    held = DutyDay.objects.filter(holder=person, is_live=True, ends_at__gt=at - timedelta(days=2))
    duties = [Day(*each) for each in held.values_list("starts_at", "ends_at", "day")]
    rest = timedelta(hours=plan.round.programme.rest_h)
    found = {}
    for each in ahead:
        free, state = each.capacity - taken[each.pk], "free"
        if each.pk in own:
            state = "own"
        elif each.pk in waits:
            state = "waits"
        elif any(start < day.ends_at and day.starts_at < end for start, end in away for day in each.windows):
            state = "away"
        elif timeline.too_close(each.windows, duties, rest) is not None:
            state = "busy"
        elif free <= 0:
            state = "full"
        found[each.pk] = (max(0, free), state)
    return found


def _days(plan: Planning, shift: Shift, cells: dict[tuple[Cell, str], CellOf], free: int) -> list[SeatDay]:
    lacking: defaultdict[Cell, int] = defaultdict(int)
    wanted: defaultdict[Cell, int] = defaultdict(int)
    for (cell, _channel), each in cells.items():
        lacking[cell] += max(0, each.wanted - each.people)
        wanted[cell] += each.wanted
    covers = next(slot.covers for slot in plan.problem.slots if slot.id == shift.pk)
    found = []
    for day in (window.day for window in shift.windows):
        own = [cell for cell in covers if cell[0] == day]
        worst = max((lacking[cell] for cell in own), default=0)
        found.append(SeatDay(day, min(free, worst), any(wanted[cell] for cell in own)))
    return found


def _week(
    monday: date,
    shifts: list[Shift],
    days: dict[int, list[SeatDay]],
    states: dict[int, tuple[int, str]],
    chosen: int | None,
) -> Week:
    """Shifts of the same hours share a lane where they do not overlap."""
    lanes: list[tuple[Shift, list[Run]]] = []
    end = monday + timedelta(weeks=1)
    for shift in sorted(shifts, key=lambda each: (each.starts, each.ends, each.first_day, each.pk)):
        own = [each for each in days[shift.pk] if monday <= each.day < end]
        if not own:
            continue
        run = Run(shift, own, *states[shift.pk], is_chosen=shift.pk == chosen)
        for first, runs in lanes:
            if (first.starts, first.ends) == (shift.starts, shift.ends) and runs[-1].days[-1].day < own[0].day:
                runs.append(run)
                break
        else:
            lanes.append((shift, [run]))
    return Week(monday, [Lane(first.hours, runs) for first, runs in lanes])


def _chosen(
    plan: Planning, shift: Shift, state: str, cells: dict[tuple[Cell, str], CellOf], person: User, at: datetime
) -> Chosen:
    asked = Asked(shift, person, frozenset(plan.round.programme.channels), is_own_act=True)
    # A seat that is full is waited for, and of the channels each is said where it is switched on.
    why = [each for each in obstacles(asked, at) if each not in (Why.FULL, Why.NOT_SIGNED_OFF)]
    return Chosen(shift, state, short_channels(plan, cells)[shift.pk], _mentors(plan, shift), why)


def _mentors(plan: Planning, shift: Shift) -> list[tuple[User, list[date]]]:
    looks: Counter[tuple[int, date]] = Counter()
    for share in plan.shares:
        for mentor in {share.duty.mentor_id, share.duty.deputy_id} - {None}:
            looks.update((mentor or 0, day) for day in share.days)
    found = []
    for each in plan.problem.mentors:
        days = [w.day for w in shift.windows if w.day in each.present and looks[each.id, w.day] < each.capacity]
        if days:
            load = sum(looks[each.id, day] for day in days)
            found.append((-len(days), load, plan.mentors[each.id].sort_key, each.id, days))
    return [(plan.mentors[number], days) for *_rank, number, days in sorted(found)[:MENTORS]]
