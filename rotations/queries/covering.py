"""Whether somebody may take days over, and which requests stand."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Exists, Max, Min, OuterRef, Q, QuerySet

from rotations import access, timeline
from rotations.models import CoverRequest, Duty, DutyDay, SignUp
from rotations.queries.fitting import Why, is_away, unsigned
from rotations.queries.rounds import OPEN
from rotations.timeline import Day
from tickets.models import User

GIVEN = (Duty.State.CONFIRMED, Duty.State.ACTIVE)
"""Duties of which days can be given away: nobody hands on what they have not said yes to."""


def days_to_give(duty: Duty, at: datetime) -> list[DutyDay]:
    """Those that have not begun and that the person still has."""
    return list(duty.days.filter(is_live=True, starts_at__gt=at).order_by("starts_at"))


def taken_channels(duty: Duty, taker: User, days: Collection[DutyDay]) -> list[str]:
    """What of the duty's channels the taker may answer on these days: what needs a sign-off they have, and of a round
    that they signed up for what they ticked."""
    programme = duty.shift.round.programme
    missing = unsigned(taker, duty.channels, programme, [Day(each.starts_at, each.ends_at, each.day) for each in days])
    said = SignUp.objects.filter(round=duty.shift.round_id, person=taker, withdrawn_at=None).first()
    ticked = set(said.channels) if said is not None else set(duty.channels)
    return [each for each in duty.channels if each not in missing and each in ticked]


def obstacles_of_days(
    duty: Duty, days: Collection[DutyDay], taker: User, at: datetime, *, leaving: Collection[DutyDay] = ()
) -> list[Why]:
    """What stands in the way of the taker having these days of ``duty`` as well. ``leaving``: days that they would have
    no longer. A constant number of statements."""
    shift = duty.shift
    found = set()
    if not access.can_volunteer(taker):
        found.add(Why.NOT_A_COLLEAGUE)
    if shift.cancelled_at is not None or any(each.starts_at <= at for each in days):
        found.add(Why.OVER)
    others = Duty.objects.filter(shift=shift, person=taker, state__in=Duty.LIVE)
    if others.exclude(seat=duty.seat).exists() or others.filter(state=Duty.State.PROPOSED).exists():
        found.add(Why.ALREADY)
    wanted = [Day(each.starts_at, each.ends_at, each.day) for each in days]
    if is_away(taker, wanted):
        found.add(Why.AWAY)
    rest = timedelta(hours=shift.round.programme.rest_h)
    first, last = min(each.starts_at for each in wanted), max(each.ends_at for each in wanted)
    held = DutyDay.objects.filter(holder=taker, is_live=True, starts_at__lt=last + rest, ends_at__gt=first - rest)
    # A shift says itself how its days rest: days of the same seat are one shift.
    held = held.exclude(pk__in=[each.pk for each in leaving]).exclude(duty__shift=shift, duty__seat=duty.seat)
    if timeline.too_close(wanted, [Day(*each) for each in held.values_list("starts_at", "ends_at", "day")], rest):
        found.add(Why.REST)
    if not taken_channels(duty, taker, days):
        found.add(Why.NOT_SIGNED_OFF)
    return [why for why in Why if why in found]


def standing(at: datetime) -> QuerySet[CoverRequest]:
    """Requests that somebody can still answer: the duty is held as it was, or its holder has left, and none of the days
    has begun."""
    begun = Exists(DutyDay.objects.filter(starts_at__lte=at, covers=OuterRef("pk")))
    gone = Exists(DutyDay.objects.filter(is_live=False, covers=OuterRef("pk")))
    rows = CoverRequest.objects.filter(
        Q(is_left_over=True) | (Q(duty__state__in=GIVEN) & ~gone),
        state__in=(CoverRequest.State.OPEN, CoverRequest.State.PENDING),
        duty__shift__round__state__in=OPEN,
    )
    return rows.filter(~begun)


def left_over(shift_id: int, seat: int) -> QuerySet[CoverRequest]:
    """Days of a seat that nobody has and that look for somebody."""
    return CoverRequest.objects.filter(
        duty__shift=shift_id, duty__seat=seat, is_left_over=True, state=CoverRequest.State.OPEN
    )


def _shown(rows: QuerySet[CoverRequest]) -> list[CoverRequest]:
    rows = rows.annotate(first_day=Min("days__day"), last_day=Max("days__day"), first_at=Min("days__starts_at"))
    rows = rows.select_related("duty__shift__round__programme", "duty__person", "to", "taker", "offered__shift")
    return list(rows.prefetch_related("days").order_by("first_at", "id")[:100])


def wanted_of(person: User, at: datetime) -> list[CoverRequest]:
    """What others look for and this person may answer."""
    rows = standing(at).filter(state=CoverRequest.State.OPEN).exclude(duty__person=person, is_left_over=False)
    return _shown(rows.filter(Q(to=None) | Q(to=person)))


def own_of(person: User, at: datetime) -> list[CoverRequest]:
    """What the person looks for, or has offered a swap for."""
    return _shown(standing(at).filter(Q(duty__person=person) | Q(taker=person), is_left_over=False))


def settled_of(person: User, at: datetime) -> list[CoverRequest]:
    """What can still be undone: none of the days, nor of those given in return, has begun."""
    rows = CoverRequest.objects.filter(
        Q(duty__person=person) | Q(taker=person),
        state=CoverRequest.State.APPLIED,
        became__state__in=GIVEN,
        is_left_over=False,
    )
    begun = DutyDay.objects.filter(covers=OuterRef("pk"), starts_at__lte=at)
    return _shown(rows.filter(~Exists(begun)))


def duties_to_offer(person: User, at: datetime) -> list[Duty]:
    """One's own that could be given in return."""
    rows = Duty.objects.filter(person=person, state=Duty.State.CONFIRMED, shift__starts_at__gt=at)
    rows = rows.filter(shift__round__state__in=OPEN).select_related("shift__round__programme")
    return list(rows.order_by("shift__starts_at", "id"))
