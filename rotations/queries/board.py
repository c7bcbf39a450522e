"""The board of a round: two weeks of it, with what they lack and who is where; and how good the whole plan is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from rotations import dial, evaluator
from rotations.coverage import allotted
from rotations.evaluator import Fairness, Fitting, Rule, Violation
from rotations.models import CoverRequest, Demand, Duty, Shift, SignUp, WaitlistEntry, Wish
from rotations.problem import RATHER_NOT, WANT, Cell
from rotations.queries import arranging, covering
from rotations.queries import demand as demands
from rotations.queries.fitting import SENTENCES, Why
from rotations.queries.planning import Planning, Share
from rotations.weekly_hours import clock_time
from tickets.models import User

WEEKS = 2

IN_WORDS: dict[Rule, Any] = {
    Rule.SEATS: SENTENCES[Why.FULL],
    Rule.TWICE: SENTENCES[Why.ALREADY],
    Rule.QUOTA: SENTENCES[Why.QUOTA],
    Rule.CANNOT: SENTENCES[Why.CANNOT],
    Rule.AWAY: SENTENCES[Why.AWAY],
    Rule.REST: SENTENCES[Why.REST],
    Rule.CHANNELS: SENTENCES[Why.CHANNELS],
    Rule.SIGN_OFF: SENTENCES[Why.NOT_SIGNED_OFF],
    Rule.MENTOR: _("It would be a first duty, and no mentor with room is there on each day."),
    Rule.MENTOR_FULL: _("The mentor looks after more people that day than one may."),
    Rule.RATIO: _("There are more people on their first duty that day than the mentors who are there may have."),
    Rule.LOCKED: _("A place that was confirmed is missing."),
    Rule.UNKNOWN: _("This shift has begun or was called off."),
}


@dataclass(frozen=True)
class CellOf:
    """A channel in a part of a date."""

    people: int
    wanted: int
    spoken: Any

    @property
    def cover(self) -> str:
        """ "" | short | none"""
        if self.people >= self.wanted:
            return ""
        return "short" if self.people else "none"


@dataclass(frozen=True)
class DayOf:
    day: date
    is_today: bool
    begins_week: bool
    is_off: bool


@dataclass(frozen=True)
class Piece:
    """A stretch of a lane: a duty, a shift with free seats, or nothing, as wide as ``width`` columns."""

    width: int
    duty: Duty | None = None
    shift: Shift | None = None
    free: int = 0
    lacks: tuple[str, ...] = ()
    why: Any = None
    """What speaks against the chosen person there; "" if nothing does."""
    is_now: bool = False
    begins_week: bool = False
    is_narrow: bool = False
    """A day wide: there is room for a name and hardly more."""
    instead_of: User | None = None
    """Whose days these were."""
    unsigned: tuple[date, ...] = ()
    """Days on which its holder is not signed off for a channel that needs it."""
    asked: CoverRequest | None = None
    """Its holder looks for somebody else."""
    offered: tuple[WaitlistEntry, ...] = ()
    """Seats of the shift that wait for an answer from the waitlist."""
    left: CoverRequest | None = None
    """A day that nobody has on a seat that is not to be had whole."""


@dataclass(frozen=True)
class Quality:
    """The whole plan, as the evaluator sees it."""

    shortfall: int
    asked: int
    fairness: Fairness
    waiting: int
    """Who offered a duty and has none."""
    broken: list[tuple[Any, User | None, Shift | None, date | None]]

    @property
    def percent(self) -> int:
        return round(100 * (self.asked - self.shortfall) / self.asked) if self.asked else 100


@dataclass(frozen=True)
class Person:
    sign_up: SignUp
    placed: int

    @property
    def free(self) -> int:
        return max(0, self.sign_up.quota - self.placed)


@dataclass(frozen=True)
class Board:
    days: list[DayOf]
    cut: list[tuple[str, str]]
    rows: list[tuple[Demand.Channel, list[CellOf]]]
    lanes: list[list[Piece]]
    wanted: list[list[Piece]]
    monday: date
    before: date | None
    after: date | None
    gaps: int
    """Cells of the whole round that lack somebody, from now on."""
    worst: tuple[date, str, Demand.Channel, CellOf] | None
    mentors: list[tuple[User, list[User]]]
    people: list[Person]
    hidden: int
    quality: Quality
    dial: dict[str, Any] = field(default_factory=dict)
    now: arranging.Now | None = None
    to_arrange: arranging.ToArrange = field(default_factory=arranging.ToArrange)

    @property
    def last(self) -> date:
        return self.days[-1].day if self.days else self.monday


SHOWN = 40
"""People beside the board; the others are found by the shift that lacks them."""


def board(plan: Planning, at: datetime, *, week: date | None = None, person: int | None = None) -> Board:
    """Five statements of its own: who looks for somebody else, to whom seats are offered, which days were left, and who
    is at work now."""
    of, zone = plan.round, ZoneInfo(plan.round.programme.zone)
    now = at.astimezone(zone)
    dates = demands.dates_of(of)
    wanted_from = week or min(max(now.date(), of.starts_on), of.ends_on)
    monday = max(wanted_from, of.starts_on) - timedelta(days=max(wanted_from, of.starts_on).weekday())
    end = monday + timedelta(weeks=WEEKS)
    busy = {day.day.weekday() for slot in plan.problem.slots for day in slot.days}
    busy |= {need.day.weekday() for need in plan.problem.needs}
    shown = [day for day in dates if monday <= day < end and day.weekday() in busy]
    cells = coverage(plan)
    fits = Fitting(plan.problem, plan.problem.locked) if person in plan.people else None
    days = [
        DayOf(day, day == now.date(), number > 0 and day.isocalendar().week != shown[number - 1].isocalendar().week,
              demands.is_bank_holiday(of.programme, day))
        for number, day in enumerate(shown)
    ]  # fmt: skip
    channels = demands.channels_of(of.programme)
    nothing = CellOf(0, 0, "")
    ahead = {(cell, channel): each for (cell, channel), each in cells.items() if each.cover and cell[0] >= now.date()}
    placed = Counter(each.duty.person_id for each in plan.shares)
    people = [Person(each, placed[each.person_id]) for each in plan.sign_ups.values()]
    people.sort(key=lambda each: (each.placed > 0, each.free == 0))
    lacks = short_channels(plan, cells)
    offered, left = offers(plan, at), left_days(plan, at)
    return Board(
        days=days,
        cut=[(clock_time(start), clock_time(stop)) for start, stop in plan.cut],
        rows=[
            (channel, [cells.get(((day, part), channel), nothing) for day in shown for part in range(len(plan.cut))])
            for channel in channels
        ],
        lanes=_lanes(shown, _bars(plan, at), len(plan.cut)),
        wanted=_lanes(shown, _free(plan, at, lacks, offered, left, person, fits), len(plan.cut)),
        monday=monday,
        before=max(of.starts_on, monday - timedelta(weeks=WEEKS)) if monday > of.starts_on else None,
        after=end if end <= of.ends_on else None,
        gaps=len(ahead),
        worst=_worst(plan, ahead),
        mentors=_mentors(plan, shown),
        people=people[:SHOWN],
        hidden=max(0, len(people) - SHOWN),
        quality=quality(plan),
        dial=_dial(plan, shown, cells, channels, now),
        now=arranging.on_duty_now(plan, at, {place: (each.people, each.wanted) for place, each in cells.items()}),
        to_arrange=arranging.to_arrange(plan, at, offered=offered, left=left),
    )


def coverage(plan: Planning) -> dict[tuple[Cell, str], CellOf]:
    """Only those where somebody is wanted or there."""
    order = [str(channel) for channel in Demand.Channel]
    bits = {channel: number for number, channel in enumerate(order)}
    wanted: defaultdict[Cell, dict[str, tuple[int, int]]] = defaultdict(dict)
    for need in plan.problem.needs:
        wanted[need.day, need.part][need.channel] = (need.people, need.weight)
    there: defaultdict[Cell, list[int]] = defaultdict(list)
    covers = {slot.id: slot.covers for slot in plan.problem.slots}
    for each in plan.shares:
        scope = sum(1 << bits[channel] for channel in demands.groups(each.duty.channels))
        for cell in covers[each.duty.shift_id]:
            if cell[0] in each.days:
                there[cell].append(scope)
    found = {}
    for cell in wanted.keys() | there.keys():
        needed = tuple(wanted[cell].get(channel, (0, 0)) for channel in order)
        given = allotted(needed, tuple(sorted(there[cell])))
        for channel, number, (people, _weight) in zip(order, given, needed, strict=True):
            able = sum(scope >> bits[channel] & 1 for scope in there[cell])
            shown = number if people else able
            if people or able:
                spoken = Demand.Channel(channel).label
                found[cell, channel] = CellOf(shown, people, spoken)
    return found


def short_channels(plan: Planning, cells: dict[tuple[Cell, str], CellOf]) -> dict[int, tuple[str, ...]]:
    """By shift the channels that lack somebody in one of its cells."""
    short: defaultdict[Cell, set[str]] = defaultdict(set)
    for (cell, channel), each in cells.items():
        if each.cover:
            short[cell].add(channel)
    return {
        slot.id: tuple(
            str(channel) for channel in Demand.Channel if any(channel in short[cell] for cell in slot.covers)
        )
        for slot in plan.problem.slots
    }


Bar = list[tuple[list[date], Piece]]
"""What belongs into one lane: the pieces of one seat."""


def _bars(plan: Planning, at: datetime) -> list[Bar]:
    found: dict[tuple[int, int], Bar] = {}
    open_ones = (CoverRequest.State.OPEN, CoverRequest.State.PENDING)
    requests = CoverRequest.objects.filter(duty__shift__round=plan.round, state__in=open_ones)
    asked = {each.duty_id: each for each in requests.order_by("-pk")}
    signed = {each.id: each.signed_off for each in plan.problem.volunteers}
    for each in plan.shares:
        duty, shift = each.duty, plan.shifts[each.duty.shift_id]
        duty.scope = sorted(demands.groups(duty.channels))  # type: ignore[attr-defined]
        is_now = shift.starts_at <= at < shift.ends_at
        bar = found.setdefault((duty.shift_id, duty.seat), [])
        for days in _runs(day.day for day in shift.windows if day.day in each.days):
            piece = Piece(
                0, duty=duty, shift=shift, is_now=is_now, instead_of=each.instead_of, asked=asked.get(duty.pk),
                unsigned=tuple(day for day in unsigned_days(plan, each, signed) if day in days),
            )  # fmt: skip
            bar.append((days, piece))
    return list(found.values())


def unsigned_days(plan: Planning, share: Share, signed: Mapping[int, Mapping[str, date | None]]) -> list[date]:
    """On which one of the duty's channels needs a sign-off that its holder does not have then. ``signed``: by person
    and channel the first day on which it does not hold any more."""
    needed = demands.groups(share.duty.channels) & plan.problem.signed_off_channels
    ends = [signed.get(share.duty.person_id, {}).get(channel, date.min) for channel in needed]
    first = min((each for each in ends if each is not None), default=date.max)
    return sorted(day for day in share.days if day >= first)


def _runs(days: Iterable[date]) -> list[list[date]]:
    """Days one after another."""
    found: list[list[date]] = []
    for day in days:
        if found and day - found[-1][-1] == timedelta(days=1):
            found[-1].append(day)
        else:
            found.append([day])
    return found


def offers(plan: Planning, at: datetime) -> dict[int, list[WaitlistEntry]]:
    """By shift the offers that stand."""
    stand = WaitlistEntry.objects.filter(shift__round=plan.round, state=WaitlistEntry.State.OFFERED, offer_until__gt=at)
    offered: defaultdict[int, list[WaitlistEntry]] = defaultdict(list)
    for entry in stand.select_related("person").order_by("offer_until", "pk"):
        offered[entry.shift_id].append(entry)
    return dict(offered)


def _free(
    plan: Planning,
    at: datetime,
    lacks: dict[int, tuple[str, ...]],
    offered: Mapping[int, list[WaitlistEntry]],
    left: Iterable[CoverRequest],
    person: int | None,
    fits: Fitting | None,
) -> list[Bar]:
    taken = Counter(duty.shift_id for duty in plan.duties)
    found: list[Bar] = list(_left_days(plan, left))
    for shift in plan.shifts.values():
        days = [day.day for day in shift.windows]
        entries = offered.get(shift.pk, [])
        if entries:
            found.append([(days, Piece(0, shift=shift, offered=tuple(entries)))])
        free = shift.capacity - taken[shift.pk] - len(entries)
        if free > 0 and shift.starts_at > at:
            why = in_words(fits.rules(person, shift.pk)) if fits and person in fits.people else None
            found.append([(days, Piece(0, shift=shift, free=free, lacks=lacks[shift.pk], why=why))])
    return found


def _left_days(plan: Planning, left: Iterable[CoverRequest]) -> Iterable[Bar]:
    bars: defaultdict[tuple[int, int], Bar] = defaultdict(list)
    for request in left:
        for day in request.days.all():
            piece = Piece(0, shift=plan.shifts[request.duty.shift_id], left=request)
            bars[request.duty.shift_id, request.duty.seat].append(([day.day], piece))
    return bars.values()


def left_days(plan: Planning, at: datetime) -> list[CoverRequest]:
    """Days that nobody has and that each look for somebody."""
    rows = covering.standing(at).filter(is_left_over=True, duty__shift__in=plan.shifts).select_related("duty")
    return list(rows.prefetch_related("days").order_by("days__starts_at", "pk"))


def in_words(rules: Iterable[Rule]) -> str:
    return " ".join(str(IN_WORDS[rule]) for rule in rules)


def _lanes(shown: list[date], bars: list[Bar], parts: int) -> list[list[Piece]]:
    """First fit, the earliest first; whole days wide, cut at the ends of what is shown."""
    place = {day: number for number, day in enumerate(shown)}
    rows: list[list[tuple[int, int, Piece]]] = []
    for bar in bars:
        pieces = []
        for days, piece in bar:
            columns = [place[day] for day in days if day in place]
            if columns:
                pieces.append((min(columns), max(columns), piece))
        if not pieces:
            continue
        first, last = min(a for a, _b, _piece in pieces), max(b for _a, b, _piece in pieces)
        row = next((each for each in rows if all(first > b or last < a for a, b, _piece in each)), None)
        if row is None:
            rows.append(row := [])
        row += pieces
    weeks = {n for n in range(1, len(shown)) if shown[n].isocalendar().week != shown[n - 1].isocalendar().week}
    return [_filled(row, len(shown), parts, weeks) for row in rows]


def _filled(row: list[tuple[int, int, Piece]], days: int, parts: int, weeks: set[int]) -> list[Piece]:
    found, column = [], 0
    for first, last, piece in [*sorted(row, key=lambda each: each[:2]), (days, days - 1, Piece(0))]:
        for empty in range(column, first):
            found.append(Piece(parts, begins_week=empty in weeks))
        if last >= first:
            width, is_narrow = (last - first + 1) * parts, first == last
            found.append(replace(piece, width=width, begins_week=first in weeks, is_narrow=is_narrow))
        column = last + 1
    return found


def _worst(plan: Planning, ahead: dict[tuple[Cell, str], CellOf]) -> tuple[date, str, Demand.Channel, CellOf] | None:
    """Where most weight is missing, the earliest of these."""
    weight = {((need.day, need.part), need.channel): need.weight for need in plan.problem.needs}
    order = sorted(ahead.items(), key=lambda each: (-weight[each[0]] * (each[1].wanted - each[1].people), each[0]))
    if not order:
        return None
    ((day, part), channel), cell = order[0]
    return day, f"{clock_time(plan.cut[part][0])}–{clock_time(plan.cut[part][1])}", Demand.Channel(channel), cell


def _mentors(plan: Planning, shown: list[date]) -> list[tuple[User, list[User]]]:
    """Of those who look after somebody in what is shown, whom."""
    looks: defaultdict[int, list[User]] = defaultdict(list)
    named: dict[int, User] = {}
    dates = set(shown)
    for each in plan.shares:
        duty = each.duty
        if dates.isdisjoint(each.days):
            continue
        for mentor in (duty.mentor, duty.deputy):
            if mentor is not None:
                named[mentor.pk] = mentor
                if duty.person not in looks[mentor.pk]:
                    looks[mentor.pk].append(duty.person)
    return [(named[number], looks[number]) for number in sorted(named, key=lambda each: (named[each].sort_key, each))]


def quality(plan: Planning) -> Quality:
    placements = plan.problem.locked
    asked = sum(need.people * need.weight for need in plan.problem.needs)
    figure = evaluator.fairness(plan.problem, placements)
    return Quality(
        shortfall=asked - sum(evaluator.covered(plan.problem, placements).values()),
        asked=asked,
        fairness=figure,
        waiting=figure.unserved,
        broken=[_told(plan, each) for each in evaluator.violations(plan.problem, placements)],
    )


def _told(plan: Planning, each: Violation) -> tuple[Any, User | None, Shift | None, date | None]:
    whose = plan.mentors if each.rule == Rule.MENTOR_FULL else plan.people
    person = whose.get(each.volunteer) if each.volunteer is not None else None
    return IN_WORDS[each.rule], person, plan.shifts.get(each.slot) if each.slot is not None else None, each.day


def _dial(
    plan: Planning,
    shown: list[date],
    cells: dict[tuple[Cell, str], CellOf],
    channels: list[Demand.Channel],
    now: datetime,
) -> dict[str, Any]:
    """Today if it is among the days shown, else the first of them."""
    if not shown or not plan.cut:
        return {}
    day = now.date() if now.date() in shown else shown[0]
    starts, ends = plan.cut[0][0], plan.cut[-1][1]
    turn = dial.turn_of(starts, ends)
    minutes = now.hour * 60 + now.minute if day == now.date() else None
    is_inside = minutes is not None and starts <= minutes < ends
    rings, told = [], []
    for place, channel in enumerate(channels):
        stretches = []
        for part, (a, b) in enumerate(plan.cut):
            cell = cells.get(((day, part), channel))
            if cell is not None and (cell.people or cell.wanted):
                state = cell.cover or "full"
                stretches.append((a, b, state))
                told.append((channel.label, f"{clock_time(a)}–{clock_time(b)}", cell))
        rings.append(dial.ring(str(channel), place, stretches, starts=starts, turn=turn, now=minutes))
    return {
        "day": day,
        "rings": rings,
        "hours": dial.hours(starts, turn),
        "hand": dial.hand(minutes, turn) if is_inside and minutes is not None else None,
        "now": f"{now:%H:%M}" if is_inside else "",
        "told": told,
    }


# A shift, or a person, that was chosen


def fitting_people(plan: Planning, shift: Shift) -> tuple[list[tuple[SignUp, Any]], list[tuple[SignUp, str]]]:
    """Who could come, with their wish, gladly first; and who could not, with the reasons in words."""
    fits = Fitting(plan.problem, plan.problem.locked)
    able, others = [], []
    order = {WANT: 0, RATHER_NOT: 2}
    placed = Counter(each.duty.person_id for each in plan.shares)
    for each in plan.sign_ups.values():
        if each.person_id not in fits.people:
            continue
        rules = fits.rules(each.person_id, shift.pk)
        if rules:
            if Rule.TWICE not in rules:
                others.append((each, in_words(rules)))
            continue
        wish = fits.people[each.person_id].wishes.get(shift.pk, "fine")
        able.append(((order.get(wish, 1), placed[each.person_id]), each, Wish.Value(wish).label))
    able.sort(key=lambda one: one[0])
    return [(each, wish) for _rank, each, wish in able], others


def reasons(plan: Planning, person: int, at: datetime) -> dict[int, str]:
    """By shift that has a free seat what speaks against the person there; "" where nothing does."""
    fits = Fitting(plan.problem, plan.problem.locked)
    if person not in fits.people:
        return {}
    free = [
        piece for bar in _free(plan, at, defaultdict(tuple), offers(plan, at), (), person, fits) for _days, piece in bar
    ]
    return {piece.shift.pk: piece.why for piece in free if piece.shift and piece.free}
