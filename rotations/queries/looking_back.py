"""What came of a round: counted from duties that took place and from the tickets of its time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Count, DurationField, ExpressionWrapper, F, Q, QuerySet, Sum

from rotations import access, evaluator
from rotations.models import Demand, Duty, DutyDay, Finding, Reflection, Round, Shift
from rotations.problem import Cell, Need, Placement, Problem, Slot
from rotations.queries import demand as demands
from tickets.models import Role, Ticket, User
from tickets.models.grant import GRACE

YEAR = timedelta(days=365)
FEW = 30
"""Under so many cases a share is shown in grey: chance could have made it."""


@dataclass(frozen=True)
class Answers:
    """Requests of the programme's queues that came during the round, by who answered first."""

    tickets: int = 0
    first_reply_s: float = 0
    """Median, by the clock, from the opening to the first reply."""
    solved: int = 0
    """Solved at least once."""
    reopened: int = 0
    """Of those, opened again afterwards."""

    @property
    def is_few(self) -> bool:
        return self.tickets < FEW

    @property
    def first_reply_minutes(self) -> int:
        return round(self.first_reply_s / 60)

    @property
    def reopened_percent(self) -> float | None:
        return 100 * self.reopened / self.solved if self.solved else None


@dataclass(frozen=True)
class Coverage:
    """Weighted places that were wanted on the days that are over, and how many the plan had, and duties really held."""

    wanted: int
    planned: int
    held: int

    @property
    def planned_percent(self) -> float | None:
        return 100 * self.planned / self.wanted if self.wanted else None

    @property
    def held_percent(self) -> float | None:
        return 100 * self.held / self.wanted if self.wanted else None


@dataclass(frozen=True)
class Balance:
    """Turns in a year, counted for everybody who could take one, those without included. Nobody is named."""

    by_turns: list[tuple[int, int]]
    """How many turns, how many people had so many; from none on."""

    @property
    def people(self) -> int:
        return sum(people for _turns, people in self.by_turns)

    @property
    def served(self) -> int:
        return sum(people for turns, people in self.by_turns if turns)


@dataclass(frozen=True)
class LookingBack:
    people: int
    days: int
    hours: float
    by_department: list[tuple[str, int, float]]
    """Its name ("" for nobody's), how many people of it, their hours."""
    states: dict[str, int]
    """How many duties ended how."""
    replies: int
    answered: int
    """Tickets in which a guest wrote to the requester during a duty."""
    guests: Answers
    team: Answers
    coverage: Coverage
    findings: list[tuple[str, int, int]]
    """Of each kind, in the reader's language: how many, and how many of them are settled."""
    balance: Balance


def looking_back(of: Round, at: datetime) -> LookingBack:
    """Fifteen statements, however many people and tickets."""
    held = _held(of, at)
    hours = ExpressionWrapper(F("ends_at") - F("starts_at"), output_field=DurationField())
    by_department = [
        (name or "", people, spent.total_seconds() / 3600)
        for name, people, spent in held.values_list("holder__organisation__name")
        .annotate(people=Count("holder", distinct=True), spent=Sum(hours))
        .order_by("-spent", "holder__organisation__name")
    ]
    states = Duty.objects.filter(shift__round=of).order_by().values_list("state").annotate(count=Count("pk"))
    replies, answered = _answered(of, at)
    guests, team = _first_answers(of, at)
    return LookingBack(
        people=sum(people for _name, people, _hours in by_department),
        days=held.count(),
        hours=sum(each for _name, _people, each in by_department),
        by_department=by_department,
        states=dict(states),
        replies=replies,
        answered=answered,
        guests=guests,
        team=team,
        coverage=_coverage(of, at),
        findings=_findings(of),
        balance=_balance(of, at),
    )


def took_part(of: Round, at: datetime) -> list[User]:
    """Whoever held a day of duty, and their mentors."""
    days = _held(of, at)
    duties = Duty.objects.filter(pk__in=days.values("duty"))
    found = User.objects.filter(is_active=True).filter(
        Q(pk__in=days.values("holder")) | Q(pk__in=duties.values("mentor")) | Q(pk__in=duties.values("deputy"))
    )
    return list(found.order_by("sort_key", "id"))


def _held(of: Round, at: datetime) -> QuerySet[DutyDay]:
    """Days of duty that began: somebody had said yes, and had not left before."""
    began = DutyDay.objects.filter(duty__shift__round=of, is_live=True, starts_at__lte=at)
    return began.filter(duty__confirmed_at__isnull=False).order_by()


_DAYS = """
    select day.holder_id, day.starts_at, day.ends_at + %(grace)s as ends_at
      from rotations_dutyday day
      join rotations_duty duty on duty.id = day.duty_id
      join rotations_shift shift on shift.id = duty.shift_id
     where shift.round_id = %(round)s and day.is_live and duty.confirmed_at is not null and day.starts_at <= %(at)s
"""
_BY_A_GUEST = """
    message.kind = 'public' and message.state = 'sent' and not message.is_from_requester
    and message.author_id = day.holder_id and message.at >= day.starts_at and message.at < day.ends_at
"""
_ANSWERED = f"""
    with day as ({_DAYS})
    select count(distinct message.id), count(distinct message.ticket_id)
      from day join tickets_message message on {_BY_A_GUEST}
      join tickets_ticket ticket on ticket.id = message.ticket_id
     where ticket.queue_id = any(%(queues)s)
"""  # noqa: S608  our own words alone
_FIRST_ANSWERS = f"""
    with day as ({_DAYS}),
    answered as (
        select extract(epoch from ticket.first_reply_at - ticket.opened_at) as seconds,
               ticket.solved_at is not null or ticket.reopened_at is not null as is_solved,
               ticket.reopened_at is not null as is_reopened,
               exists (
                   select from tickets_message message join day on {_BY_A_GUEST}
                    where message.ticket_id = ticket.id and message.at = ticket.first_reply_at
               ) as is_by_guest
          from tickets_ticket ticket
         where ticket.queue_id = any(%(queues)s) and ticket.removed_as = ''
           and ticket.opened_at >= %(begins)s and ticket.opened_at < %(ends)s
           and ticket.first_reply_at >= ticket.opened_at
    )
    select is_by_guest, count(*), percentile_cont(0.5) within group (order by seconds),
           count(*) filter (where is_solved), count(*) filter (where is_reopened)
      from answered group by is_by_guest
"""  # noqa: S608


def _span(of: Round) -> tuple[datetime, datetime]:
    zone = ZoneInfo(of.programme.zone)
    first, after = of.starts_on, of.ends_on + timedelta(days=1)
    return (
        datetime(first.year, first.month, first.day, tzinfo=zone),
        datetime(after.year, after.month, after.day, tzinfo=zone),
    )


def _values(of: Round, at: datetime) -> dict[str, Any]:
    begins, ends = _span(of)
    return {
        "round": of.pk,
        "at": at,
        "grace": GRACE,
        "queues": list(of.programme.queues.values_list("pk", flat=True)),
        "begins": begins,
        "ends": ends,
    }


def _answered(of: Round, at: datetime) -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(_ANSWERED, _values(of, at))
        replies, tickets = cursor.fetchone()
    return replies, tickets


def _first_answers(of: Round, at: datetime) -> tuple[Answers, Answers]:
    with connection.cursor() as cursor:
        cursor.execute(_FIRST_ANSWERS, _values(of, at))
        found = {is_by_guest: Answers(*figures) for is_by_guest, *figures in cursor.fetchall()}
    return found.get(True, Answers()), found.get(False, Answers())


def _findings(of: Round) -> list[tuple[str, int, int]]:
    rows = Finding.objects.filter(duty__shift__round=of).order_by().values_list("kind")
    counted = rows.annotate(count=Count("pk"), settled=Count("pk", filter=Q(settled_at__isnull=False)))
    by_kind = {kind: (count, settled) for kind, count, settled in counted}
    return [(str(kind.label), *by_kind[kind]) for kind in Finding.Kind if kind in by_kind]


def _balance(of: Round, at: datetime) -> Balance:
    """Of the year before the round's end, or before ``at`` while it runs, in the whole programme."""
    until = min(at, _span(of)[1])
    held = DutyDay.objects.filter(duty__shift__round__programme=of.programme_id, is_live=True)
    held = held.filter(duty__confirmed_at__isnull=False, starts_at__lte=until, starts_at__gt=until - YEAR)
    turns = dict(held.order_by().values_list("holder").annotate(count=Count("duty", distinct=True)))
    eligible = User.objects.filter(is_active=True, role=Role.COLLEAGUE).values_list("pk", flat=True)
    return Balance(sorted(Counter(turns.get(each, 0) for each in eligible).items()))


def voices(of: Round) -> list[Reflection]:
    """What its guests wrote for the company."""
    found = Reflection.objects.defer("for_me", "for_mentors").filter(duty__shift__round=of).exclude(for_company="")
    return list(found.select_related("duty__person").order_by("at", "pk"))


def found_by_guests(of: Round, reader: User, at: datetime) -> list[Finding]:
    """Of everybody for whoever plans, else of one's mentees. Each with ``seen``, its ticket where the reader sees that;
    what is not settled comes first."""
    mine = Q() if access.can_plan(reader, of.programme) else Q(duty__mentor=reader) | Q(duty__deputy=reader)
    rows = Finding.objects.filter(mine, duty__shift__round=of).select_related("duty__person")
    findings = list(rows.order_by(F("settled_at").asc(nulls_first=True), "pk"))
    tickets = Ticket.objects.visible_to(reader, at).filter(pk__in=[each.ticket_id for each in findings])
    seen = tickets.only("subject").in_bulk()
    for each in findings:
        each.seen = seen.get(each.ticket_id)  # type: ignore[attr-defined]
    return findings


def _coverage(of: Round, at: datetime) -> Coverage:
    """Of the days that are over, by the evaluator's rules: one person counts for one channel at a time."""
    today = at.astimezone(ZoneInfo(of.programme.zone)).date()
    own = list(Demand.objects.filter(round=of))
    cut = demands.parts_of(of, own)
    needs = [each for each in demands.needs_of(of, own, cut) if each.day < today]
    duties = list(Duty.objects.filter(shift__round=of).order_by("pk"))
    channels = {(each.shift_id, each.person_id): demands.groups(each.channels) for each in duties}
    last = of.published_plans.order_by("-number").first()
    placements = [(each["shift"], each["person"]) for each in last.placements] if last else []
    covers = {shift.pk: demands.covers(shift, cut) for shift in Shift.objects.filter(round=of)}
    days = _held(of, at).values_list("duty__shift", "day", "duty__channels")
    planned = [
        (covers[shift], channels.get((shift, person), frozenset())) for shift, person in placements if shift in covers
    ]
    held = [
        (frozenset(cell for cell in covers[shift] if cell[0] == day), demands.groups(offered))
        for shift, day, offered in days
    ]
    return Coverage(
        wanted=sum(each.people * each.weight for each in needs),
        planned=_covered(needs, planned),
        held=_covered(needs, held),
    )


def _covered(needs: list[Need], there: Iterable[tuple[frozenset[Cell], frozenset[str]]]) -> int:
    """Each stretch of somebody's work as a slot of its own."""
    slots, placements = [], []
    for number, (cells, channels) in enumerate(there):
        slots.append(Slot(number, 1, (), cells))
        placements.append(Placement(number, number, channels))
    problem = Problem(volunteers=(), slots=tuple(slots), needs=tuple(needs))
    return sum(evaluator.covered(problem, placements).values())
