"""Rounds: made from the programme's patterns, moved from the draft to the verdict."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from rotations import access, timeline
from rotations.actions import closing_duties
from rotations.actions.leaving import OUT_OF, call_off
from rotations.actions.publishing import record_plan
from rotations.models import Demand, Duty, Programme, Round, RoundRules, Shift
from tickets.actions.errors import NotAllowed, Refused
from tickets.models import User

LONGEST = timedelta(days=366)

State = Round.State
STEPS: dict[str, tuple[str, ...]] = {
    State.DRAFT: (State.SIGNUP, State.CANCELLED),
    State.SIGNUP: (State.PLANNING, State.CANCELLED),
    State.PLANNING: (State.SIGNUP, State.PUBLISHED, State.CANCELLED),
    State.PUBLISHED: (State.RUNNING, State.CANCELLED),
    State.RUNNING: (State.REFLECTING,),
    State.REFLECTING: (State.CLOSED,),
    State.CLOSED: (),
    State.CANCELLED: (),
}
"""From each state the next ones that somebody may choose."""


class NoShifts(Refused):
    message = _("None of the programme's patterns begins between these dates. Choose others, or add a pattern.")


class StepRefused(Refused):
    message = _("The round has moved on in the meantime. Look again.")


@transaction.atomic
def make_round(
    *,
    programme: Programme,
    starts_on: date,
    ends_on: date,
    signup_ends_at: datetime,
    rules: str,
    by: User,
    at: datetime,
    like: Round | None = None,
) -> Round:
    """A draft with a shift for every run of days of every pattern that lies whole between the dates, both included.
    It wants as many people as the round that it is ``like``.

    Raises `NotAllowed`, `NoShifts`, `Refused`.
    """
    _require_planner(by, programme)
    if ends_on < starts_on or ends_on - starts_on > LONGEST:
        raise Refused(_("A round ends after it begins, and within a year."))
    programme = Programme.objects.select_for_update(no_key=True).get(pk=programme.pk)
    last = programme.rounds.aggregate(last=Max("number"))["last"] or 0
    made = Round.objects.create(
        programme=programme,
        number=last + 1,
        starts_on=starts_on,
        ends_on=ends_on,
        signup_ends_at=signup_ends_at,
        made_by=by,
        made_at=at,
    )
    shifts = list(_shifts(made))
    if not shifts:
        raise NoShifts
    Shift.objects.bulk_create(shifts)
    write_rules(of=made, text=rules, by=by, at=at)
    if like is not None and like.programme_id == programme.pk:
        wanted = list(Demand.objects.filter(round=like))
        for each in wanted:
            each.pk, each.round = None, made
        Demand.objects.bulk_create(wanted)
    return made


def _shifts(of: Round) -> Iterator[Shift]:
    programme = of.programme
    zone = ZoneInfo(programme.zone)
    for pattern in programme.patterns.order_by("first_weekday", "starts", "id"):
        for day in timeline.dates_of_weekday(of.starts_on, of.ends_on, pattern.first_weekday):
            if day + timedelta(days=pattern.days - 1) > of.ends_on:
                continue
            windows = timeline.days(day, pattern.days, pattern.starts, pattern.ends, zone)
            if windows:
                yield Shift(
                    round=of,
                    name=pattern.name,
                    first_day=day,
                    days=pattern.days,
                    starts=pattern.starts,
                    ends=pattern.ends,
                    zone=programme.zone,
                    capacity=pattern.seats,
                    starts_at=windows[0].starts_at,
                    ends_at=windows[-1].ends_at,
                )


@transaction.atomic
def write_rules(*, of: Round, text: str, by: User, at: datetime) -> RoundRules:
    """A new version; who has signed up keeps the version they have read, and is shown what is new."""
    of = Round.objects.select_for_update(of=("self",), no_key=True).select_related("programme").get(pk=of.pk)
    _require_planner(by, of.programme)
    last = of.rules.order_by("-number").first()
    if last is not None and last.text == text:
        return last
    return RoundRules.objects.create(round=of, number=last.number + 1 if last else 1, text=text, made_by=by, made_at=at)


@transaction.atomic
def move_on(*, of: Round, to: str, by: User, at: datetime) -> Round:
    """One step of `STEPS`. Raises `NotAllowed`, `StepRefused`."""
    of = Round.objects.select_for_update(of=("self",), no_key=True).select_related("programme").get(pk=of.pk)
    _require_planner(by, of.programme)
    if to == of.state:
        return of
    if to not in STEPS[of.state]:
        raise StepRefused
    of.state = to
    of.save(update_fields=["state"])
    if to == State.PUBLISHED:
        record_plan(of, by=by, at=at)
    if to == State.CANCELLED:
        live = Duty.objects.filter(shift__round=of, state__in=OUT_OF[Duty.State.CANCELLED], shift__ends_at__gt=at)
        for duty in live.order_by("person_id", "shift_id"):
            call_off(duty=duty, by=by, at=at)
        of.shifts.filter(cancelled_at=None).update(cancelled_at=at)
    if to == State.CLOSED:
        waiting = Duty.objects.filter(shift__round=of, state=Duty.State.HANDING_OVER, closed_at=None)
        for duty in waiting.order_by("person_id", "shift_id"):
            closing_duties.waive(duty=duty, by=by, at=at)
    return of


def _require_planner(by: User, programme: Programme) -> None:
    if not access.can_plan(by, programme):
        raise NotAllowed(_("You may not plan this round."))
