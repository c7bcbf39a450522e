"""Days that nobody has any more and that no seat gives back: their holder has left a seat which somebody else has other
days of, or a shift that has begun. Each looks for somebody by itself, so that whoever can come once takes one, and
Wednesday is still to be had when Tuesday has begun."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from rotations.actions import mailing
from rotations.models import CoverRequest, Duty, DutyDay
from rotations.queries import covering, waiting
from rotations.queries.rounds import OPEN
from tickets.models import User


def offer_days(*, duty: Duty, days: Collection[DutyDay], at: datetime) -> list[CoverRequest]:
    """``duty`` was left with ``days`` that have not begun. When its seat is nobody's, and its shift still to begin, the
    whole seat is to be had and the days of it look for nobody any more. The shift is locked by the caller."""
    shift = duty.shift
    open_ones = covering.left_over(shift.pk, duty.seat)
    others = Duty.objects.filter(shift=shift, seat=duty.seat, state__in=Duty.LIVE)
    if shift.starts_at > at and not others.exists():
        open_ones.update(state=CoverRequest.State.TAKEN_BACK, ended_at=at)
        return []
    if shift.round.state not in OPEN or shift.cancelled_at is not None:
        return []
    made = []
    for day in days:
        request = CoverRequest.objects.create(
            duty=duty, kind=CoverRequest.Kind.GIVE, asked_by=None, asked_at=at, is_left_over=True
        )
        request.days.set([day])
        made.append(request)
    _tell_who_waits(duty, days, at)
    return made


def _tell_who_waits(duty: Duty, days: Collection[DutyDay], at: datetime) -> None:
    """Those who wait for a seat of the shift, of the days that they could take: the first yes has them."""
    found: defaultdict[User, list[DutyDay]] = defaultdict(list)
    for entry in waiting.in_order(duty.shift, at):
        for day in days:
            if entry.person_id != duty.person_id and not covering.obstacles_of_days(duty, [day], entry.person, at):
                found[entry.person].append(day)
    for person, free in found.items():
        mailing.tell_of_left_days(person, duty.shift, free, at)
