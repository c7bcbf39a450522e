"""A round as a problem for the planner: everything that decides, in a constant number of statements."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import F, Q

from rotations import access
from rotations.models import Absence, Demand, Duty, DutyDay, Qualification, Round, Shift, SignUp, Wish, WorkingHours
from rotations.problem import CANNOT, Mentor, Placement, Problem, Slot, Volunteer
from rotations.queries import demand as demands
from rotations.queries.presence import windows
from rotations.timeline import Day
from tickets.models import Role, User

AT_LEAST = timedelta(hours=4)
"""Of work on a date, for a mentor to be there for somebody."""
OF_LATE = timedelta(days=365)


@dataclass(frozen=True)
class Share:
    """The days of a seat that somebody holds: all of them, or those that they kept or took over."""

    duty: Duty
    days: frozenset[date]
    instead_of: User | None = None


@dataclass(frozen=True)
class Planning:
    """A round with what stands in its plan: ``problem`` has it locked, ``duties`` has the rows."""

    round: Round
    problem: Problem
    cut: list[demands.Part]
    shifts: dict[int, Shift]
    duties: list[Duty]
    """One for each seat: the first of those who share it."""
    shares: list[Share]
    people: dict[int, User]
    sign_ups: dict[int, SignUp]
    mentors: dict[int, User]


def planning(of: Round, at: datetime) -> Planning:
    """Shifts that have begun stand in it with their duties; nobody new fits there, see `is_over`."""
    shifts = {each.pk: each for each in Shift.objects.filter(round=of, cancelled_at=None).order_by("starts_at", "id")}
    for shift in shifts.values():
        shift.round = of
    rows = Duty.objects.filter(shift__in=shifts, state__in=(*Duty.LIVE, Duty.State.COMPLETED)).select_related(
        "person", "mentor", "deputy", "part_of__person"
    )
    # Days that somebody took over are one seat with those that were kept, and counted once.
    by_seat: dict[tuple[int, int], Duty] = {}
    everybody = []
    for duty in rows.order_by("shift__starts_at", "shift", "seat", F("part_of").asc(nulls_first=True), "id"):
        by_seat.setdefault((duty.shift_id, duty.seat), duty)
        everybody.append(duty)
        duty.shift = shifts[duty.shift_id]
    duties = list(by_seat.values())
    sign_ups = {
        each.person_id: each
        for each in SignUp.objects.filter(round=of, withdrawn_at=None)
        .select_related("person")
        .prefetch_related("partners")
        .order_by("person__sort_key", "id")
    }
    people = {each.person_id: each.person for each in sign_ups.values()}
    people |= {each.person_id: each.person for each in everybody}
    own = list(Demand.objects.filter(round=of).order_by("weekday", "starts", "channel"))
    cut = demands.parts_of(of, own)
    shares = _shares(of, everybody)
    team = _team(of)
    problem = Problem(
        volunteers=tuple(_volunteers(of, people, sign_ups, everybody, at)),
        slots=tuple(
            Slot(each.pk, each.capacity, tuple(each.windows), demands.covers(each, cut)) for each in shifts.values()
        ),
        needs=tuple(demands.needs_of(of, own, cut)),
        mentors=tuple(_mentors(of, team)),
        rest=timedelta(hours=of.programme.rest_h),
        newcomers_per_mentor=of.programme.newcomers_per_mentor,
        signed_off_channels=demands.groups(of.programme.signed_off_channels),
        locked=_locked(shares, {each.pk for each in duties}),
    )
    return Planning(of, problem, cut, shifts, duties, shares, people, sign_ups, {each.pk: each for each in team})


def _shares(of: Round, duties: list[Duty]) -> list[Share]:
    held: defaultdict[int, set[date]] = defaultdict(set)
    live = DutyDay.objects.filter(duty__shift__round=of, is_live=True)
    for number, day in live.values_list("duty", "day"):
        held[number].add(day)
    return [Share(each, frozenset(held[each.pk]), each.part_of.person if each.part_of else None) for each in duties]


def _locked(shares: list[Share], firsts: set[int]) -> tuple[Placement, ...]:
    """Each with the days that they hold. ``firsts``: the duties that stand for their seats."""
    found: dict[tuple[int, int], Placement] = {}
    for each in shares:
        duty = each.duty
        days = None if len(each.days) == duty.shift.days else each.days
        placed = Placement(
            duty.person_id, duty.shift_id, demands.groups(duty.channels), duty.mentor_id, duty.deputy_id, days,
            is_part=duty.pk not in firsts,
        )  # fmt: skip
        before = found.get((duty.person_id, duty.shift_id))
        if before is not None:  # came back for a day when other days of it were over
            both = before.days | each.days if before.days is not None else None
            placed = replace(placed, days=both, is_part=before.is_part and placed.is_part)
        found[duty.person_id, duty.shift_id] = placed
    return tuple(found.values())


def _volunteers(
    of: Round, people: dict[int, User], sign_ups: dict[int, SignUp], duties: list[Duty], at: datetime
) -> list[Volunteer]:
    """Whoever holds a place counts with what they hold: it was their act or a planner's, and a wish of before does not
    speak against it."""
    held: defaultdict[int, list[Duty]] = defaultdict(list)
    for duty in duties:
        held[duty.person_id].append(duty)
    wishes: defaultdict[int, dict[int, str]] = defaultdict(dict)
    for sign_up, shift, value in Wish.objects.filter(sign_up__in=list(sign_ups.values())).values_list(
        "sign_up", "shift", "value"
    ):
        wishes[sign_up][shift] = value
    away: defaultdict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    absences = Absence.objects.filter(person__in=people, removed_at=None, ends_at__gt=at)
    for number, start, end in absences.values_list("person", "starts_at", "ends_at"):
        away[number].append((start, end))
    elsewhere: defaultdict[int, list[Day]] = defaultdict(list)
    days = DutyDay.objects.filter(holder__in=people, is_live=True, ends_at__gt=at - timedelta(days=2))
    days = days.exclude(duty__in=duties)
    for number, start, end, day in days.values_list("holder", "starts_at", "ends_at", "day"):
        elsewhere[number].append(Day(start, end, day))
    signed: defaultdict[int, dict[str, date | None]] = defaultdict(dict)
    for row in Qualification.objects.filter(person__in=people, revoked_at=None):
        for channel in demands.groups([row.channel]):
            signed[row.person_id][channel] = row.expires_on
    before = Duty.objects.filter(person__in=people, shift__round__programme=of.programme_id)
    before = before.exclude(shift__round=of)
    done = set(before.filter(state=Duty.State.COMPLETED).values_list("person", flat=True))
    acted = before.filter(state__in=Duty.ACTED, shift__starts_at__gt=at - OF_LATE)
    of_late = Counter(acted.values_list("person", flat=True))
    found = []
    for number, person in people.items():
        said, own = sign_ups.get(number), held[number]
        if not own and not access.can_volunteer(person):
            continue
        kept = {duty.shift_id for duty in own}
        told = wishes[said.pk] if said else {}
        scope = demands.groups(set(said.channels) & set(of.programme.channels)) if said else frozenset()
        found.append(
            Volunteer(
                id=number,
                channels=scope.union(*(demands.groups(duty.channels) for duty in own)),
                quota=max(said.quota if said else 0, len(own)),
                wishes={shift: value for shift, value in told.items() if value != CANNOT or shift not in kept},
                partners=frozenset(each.pk for each in said.partners.all()) if said else frozenset(),
                away=tuple(away[number]),
                held=tuple(elsewhere[number]),
                signed_off=signed[number],
                is_first=number not in done,
                burden=of_late[number],
            )
        )
    return found


def _team(of: Round) -> list[User]:
    team = User.objects.filter(teams=of.programme.team_id, is_active=True, role__in=[Role.AGENT, Role.LEAD])
    return list(team.order_by("sort_key", "id"))


def _mentors(of: Round, team: list[User]) -> list[Mentor]:
    there = present_on([each.pk for each in team], ZoneInfo(of.programme.zone), demands.dates_of(of))
    return [Mentor(each.pk, there[each.pk], of.programme.mentees_per_mentor) for each in team]


def present_on(ids: Collection[int], zone: ZoneInfo, days: Sequence[date]) -> dict[int, frozenset[date]]:
    """On which of these dates, in order, each of these people can look after somebody: those on which they work four
    hours. Of whoever has never entered a week nothing is known but their absences: they count as there from Monday to
    Friday. Six statements."""
    a = datetime(days[0].year, days[0].month, days[0].day, tzinfo=zone)
    b = datetime(days[-1].year, days[-1].month, days[-1].day, tzinfo=zone) + timedelta(days=1)
    there = windows(ids, a, b)
    known = set(WorkingHours.objects.filter(Q(person__in=ids), removed_at=None).values_list("person", flat=True))
    away: defaultdict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    absences = Absence.objects.filter(person__in=ids, removed_at=None, starts_at__lt=b, ends_at__gt=a)
    for number, start, end in absences.values_list("person", "starts_at", "ends_at"):
        away[number].append((start, end))
    found = {}
    for number in ids:
        worked: Counter[date] = Counter()
        for start, end in there[number]:
            worked[start.astimezone(zone).date()] += int((end - start).total_seconds())
        present = {day for day, seconds in worked.items() if seconds >= AT_LEAST.total_seconds()}
        if number not in known:
            noons = {day: datetime(day.year, day.month, day.day, 12, tzinfo=zone) for day in days if day.weekday() < 5}
            present = {
                day for day, noon in noons.items() if not any(start <= noon < end for start, end in away[number])
            }
        found[number] = frozenset(present)
    return found
