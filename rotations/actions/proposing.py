"""The greedy plan of a round, as proposals: nobody is placed for good by it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rotations import access, solver
from rotations.actions.leaving import call_off
from rotations.actions.placing import give_offers_back
from rotations.evaluator import violations
from rotations.models import Duty, DutyDay, DutyEvent, Round, Shift, WaitlistEntry
from rotations.problem import Placement, Problem
from rotations.queries.demand import GROUPS
from rotations.queries.planning import Planning, planning
from tickets.actions.errors import NotAllowed, Refused
from tickets.models import User

TIME_LIMIT_S = 4.0
PLANNED = (Round.State.PLANNING, Round.State.PUBLISHED, Round.State.RUNNING)


def propose_plan(*, of: Round, by: User, at: datetime, seed: int = 0) -> list[Duty]:
    """Fill free seats with whoever fits best. What is placed stays as it is. Nobody is locked while it thinks; what it
    found is judged once more under lock.

    Raises `NotAllowed`, `Refused`.
    """
    _require_planning(of, by)
    found = planning(of, at)
    problem = ahead(found, at)
    made = solver.propose(problem, time_limit_s=TIME_LIMIT_S, seed=seed).placements[len(problem.locked) :]
    return _store(of, made, by=by, at=at)


def ahead(found: Planning, at: datetime) -> Problem:
    """The problem without seats on shifts that have begun: who is on them stays, nobody else comes."""
    begun = {each.pk for each in found.shifts.values() if each.starts_at <= at}
    taken = {number: sum(duty.shift_id == number for duty in found.duties) for number in begun}
    # A seat that somebody from the waitlist is offered is not for the planner.
    stands = WaitlistEntry.objects.filter(shift__in=found.shifts, state="offered", offer_until__gt=at)
    offered = Counter(stands.values_list("shift", flat=True))
    slots = tuple(
        replace(each, seats=taken[each.id] if each.id in begun else each.seats - offered[each.id])
        for each in found.problem.slots
    )
    return replace(found.problem, slots=slots)


@transaction.atomic
def _store(of: Round, made: tuple[Placement, ...], *, by: User, at: datetime) -> list[Duty]:
    of = Round.objects.select_for_update(of=("self",), no_key=True).select_related("programme").get(pk=of.pk)
    _require_planning(of, by)
    people = sorted({each.volunteer for each in made})
    list(User.objects.select_for_update(no_key=True).filter(pk__in=people).order_by("pk").values_list("pk"))
    list(Shift.objects.select_for_update(no_key=True).filter(round=of).order_by("pk").values_list("pk"))
    found = planning(of, at)
    problem = ahead(found, at)
    before = set(violations(problem, problem.locked))
    if set(violations(problem, (*problem.locked, *made))) - before:
        raise Refused(_("Somebody has changed something in the meantime. Propose once more."))
    seats = {number: {duty.seat for duty in found.duties if duty.shift_id == number} for number in found.shifts}
    first = {each.id for each in problem.volunteers if each.is_first}
    duties = []
    for each in made:
        shift, said = found.shifts[each.slot], found.sign_ups[each.volunteer]
        seat = next(n for n in range(1, shift.capacity + 1) if n not in seats[shift.pk])
        seats[shift.pk].add(seat)
        channels = [one for one in said.channels if one in of.programme.channels and GROUPS.get(one) in each.channels]
        duties.append(
            Duty(
                shift=shift, person_id=each.volunteer, seat=seat, channels=channels, mentor_id=each.mentor,
                deputy_id=each.deputy, is_first=each.volunteer in first, placed_by=by, placed_at=at,
            )
        )  # fmt: skip
    give_offers_back({(each.shift_id, each.person_id) for each in duties})
    Duty.objects.bulk_create(duties)
    DutyDay.objects.bulk_create(
        DutyDay(duty=duty, day=day.day, starts_at=day.starts_at, ends_at=day.ends_at, holder_id=duty.person_id)
        for duty in duties
        for day in duty.shift.windows
    )
    DutyEvent.objects.bulk_create(
        DutyEvent(
            duty=duty, kind=DutyEvent.Kind.PLACED, actor=by, at=at, data={"channels": duty.channels, "seat": duty.seat}
        )
        for duty in duties
    )
    return duties


@transaction.atomic
def take_back(*, of: Round, by: User, at: datetime) -> int:
    """Every proposal of a plan that is not published; how many they were. What somebody confirmed stays.

    Raises `NotAllowed`, `Refused`.
    """
    of = Round.objects.select_for_update(of=("self",), no_key=True).select_related("programme").get(pk=of.pk)
    _require_planning(of, by)
    if of.state != Round.State.PLANNING:
        raise Refused(_("People know of this plan already. Take them off one by one."))
    waiting = Duty.objects.filter(shift__round=of, state=Duty.State.PROPOSED).order_by("person_id", "shift_id")
    duties = list(waiting)
    for duty in duties:
        call_off(duty=duty, by=by, at=at)
    return len(duties)


def _require_planning(of: Round, by: User) -> None:
    if not access.can_plan(by, of.programme):
        raise NotAllowed(_("You may not plan this round."))
    if of.state not in PLANNED:
        raise Refused(_("People are placed while the round is being planned, or later. Close the sign-up first."))
