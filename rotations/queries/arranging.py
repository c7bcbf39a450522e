"""Beside the board: who is on duty at this moment, and what somebody who plans has still to arrange. Counted from the
plan; one statement of its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from rotations.models import CoverRequest, Demand, Duty, Round, Shift, WaitlistEntry
from rotations.problem import Cell
from rotations.queries import demand as demands
from rotations.queries.planning import Planning, Share
from tickets.models import Presence, User

NAMED = 3
"""So many people without a mentor are named; the others are counted."""
COMING = (Duty.State.PROPOSED, Duty.State.CONFIRMED, Duty.State.ACTIVE)


@dataclass(frozen=True)
class Manned:
    """A channel at this moment."""

    channel: Demand.Channel
    people: list[User]
    counted: int
    """Each person counts for one channel at a time, as on the board."""
    wanted: int

    @property
    def is_short(self) -> bool:
        return self.counted < self.wanted


@dataclass(frozen=True)
class Guest:
    """A volunteer whose day runs: its number among theirs."""

    person: User
    shift: Shift
    number: int
    total: int
    is_there: bool
    """Not when they take a break or are away."""


@dataclass(frozen=True)
class Now:
    channels: list[Manned]
    team: list[User]
    guests: list[Guest]

    @property
    def people(self) -> int:
        return len(self.team) + len({each.person.pk for each in self.guests if each.is_there})


@dataclass(frozen=True)
class Unguided:
    """Days of somebody's duty on which none of their mentors is there."""

    duty: Duty
    days: list[date]


@dataclass(frozen=True)
class ToArrange:
    unguided: list[Unguided] = field(default_factory=list)
    more_unguided: Unguided | None = None
    """The first of those who are not named."""
    more: int = 0
    unanswered: list[Duty] = field(default_factory=list)
    left: list[tuple[date, Shift]] = field(default_factory=list)
    """Days that nobody has."""
    offers: list[WaitlistEntry] = field(default_factory=list)
    """What ends first comes first."""
    seats: int = 0
    next_seat: Shift | None = None
    handovers: list[Duty] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.unguided or self.unanswered or self.left or self.offers or self.seats or self.handovers)


def on_duty_now(plan: Planning, at: datetime, cells: Mapping[tuple[Cell, str], tuple[int, int]]) -> Now | None:
    """None while no plan of the round is in force on this date. ``cells``: by part of a date and channel how many
    people count there, and how many are wanted."""
    of = plan.round
    now = at.astimezone(ZoneInfo(of.programme.zone))
    if of.state not in (Round.State.PUBLISHED, Round.State.RUNNING) or not of.starts_on <= now.date() <= of.ends_on:
        return None
    running = [found for share in plan.shares if (found := _running(plan, share, at)) is not None]
    people = {share.duty.person_id for share, _number, _total in running} | plan.mentors.keys()
    present = Presence.objects.filter(user__in=people, starts_at__lte=at, ends_at__gt=at)
    there = set(present.values_list("user_id", flat=True))
    minutes = now.hour * 60 + now.minute
    part = next((number for number, (start, end) in enumerate(plan.cut) if start <= minutes < end), -1)
    manned = []
    for channel in demands.channels_of(of.programme):
        able = [
            share.duty.person
            for share, _number, _total in running
            if share.duty.person_id in there and channel in demands.groups(share.duty.channels)
        ]
        counted, wanted = cells.get(((now.date(), part), str(channel)), (0, 0))
        manned.append(Manned(channel, able, min(counted, len(able)), wanted))
    return Now(
        channels=manned,
        team=[mentor for number, mentor in plan.mentors.items() if number in there],
        guests=[
            Guest(share.duty.person, plan.shifts[share.duty.shift_id], number, total, share.duty.person_id in there)
            for share, number, total in running
        ],
    )


def _running(plan: Planning, share: Share, at: datetime) -> tuple[Share, int, int] | None:
    """With the number of the day that runs, and how many days of the shift they have."""
    if share.duty.state not in (Duty.State.CONFIRMED, Duty.State.ACTIVE):
        return None
    own = [window for window in plan.shifts[share.duty.shift_id].windows if window.day in share.days]
    for number, window in enumerate(own, 1):
        if window.starts_at <= at < window.ends_at:
            return share, number, len(own)
    return None


def unguided_days(plan: Planning, at: datetime) -> dict[int, list[date]]:
    """By number of the duty the days that are not over and on which none of its mentors is there. Days nobody needs a
    mentor on are in no duty."""
    present = {each.id: each.present for each in plan.problem.mentors}
    found = {}
    for share in plan.shares:
        duty = share.duty
        if duty.state not in COMING:
            continue
        mentors = [each for each in (duty.mentor_id, duty.deputy_id) if each is not None]
        alone = [
            window.day
            for window in plan.shifts[duty.shift_id].windows
            if window.day in share.days
            and window.ends_at > at
            and not any(window.day in present.get(mentor, ()) for mentor in mentors)
        ]
        if alone:
            found[duty.pk] = alone
    return found


def to_arrange(
    plan: Planning,
    at: datetime,
    *,
    offered: Mapping[int, Sequence[WaitlistEntry]],
    left: Sequence[CoverRequest],
) -> ToArrange:
    """``offered``: by shift the offers that stand; ``left``: the days that nobody has."""
    of = plan.round
    if of.state not in (Round.State.PLANNING, Round.State.PUBLISHED, Round.State.RUNNING):
        return ToArrange()
    alone = unguided_days(plan, at)
    of_duty = {share.duty.pk: share.duty for share in plan.shares}
    unguided = [Unguided(of_duty[number], days) for number, days in alone.items()]
    unguided.sort(key=lambda each: (each.days[0], each.duty.person.sort_key, each.duty.pk))
    taken: defaultdict[int, int] = defaultdict(int)
    for duty in plan.duties:
        taken[duty.shift_id] += 1
    free = [
        (shift, shift.capacity - taken[shift.pk] - len(offered.get(shift.pk, ())))
        for shift in plan.shifts.values()
        if shift.starts_at > at
    ]
    free = [(shift, seats) for shift, seats in free if seats > 0]
    published_at = of.published_at if of.state != Round.State.PLANNING else None
    unanswered = [
        share.duty
        for share in plan.shares
        if share.duty.state == Duty.State.PROPOSED
        and published_at is not None
        and share.duty.placed_at <= published_at
        and plan.shifts[share.duty.shift_id].starts_at > at
    ]
    offers = sorted(
        (entry for entries in offered.values() for entry in entries), key=lambda each: (each.offer_until, each.pk)
    )
    return ToArrange(
        unguided=unguided[:NAMED],
        more_unguided=unguided[NAMED] if len(unguided) > NAMED else None,
        more=max(0, len(unguided) - NAMED),
        unanswered=unanswered,
        left=[(day.day, plan.shifts[each.duty.shift_id]) for each in left for day in each.days.all()],
        offers=offers,
        seats=sum(seats for _shift, seats in free),
        next_seat=free[0][0] if free else None,
        handovers=[share.duty for share in plan.shares if share.duty.state == Duty.State.HANDING_OVER],
    )
