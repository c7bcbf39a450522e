"""Whether a person may have a place on a shift, and every reason why not: one list for the board, the planner and the
actions, which ask under lock."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

from rotations import access, timeline
from rotations.models import Absence, Duty, DutyDay, Programme, Qualification, Shift, SignUp, WaitlistEntry, Wish
from rotations.timeline import Day
from tickets.models import User


class Why(StrEnum):
    """Reasons in the order in which they are told."""

    NOT_A_COLLEAGUE = "not_a_colleague"
    OVER = "over"
    FULL = "full"
    ALREADY = "already"
    NOT_SIGNED_UP = "not_signed_up"
    CANNOT = "cannot"
    QUOTA = "quota"
    AWAY = "away"
    REST = "rest"
    CHANNELS = "channels"
    NOT_SIGNED_OFF = "not_signed_off"


SENTENCES: dict[Why, Any] = {
    Why.NOT_A_COLLEAGUE: _("Only colleagues with an active account take duties."),
    Why.OVER: _("This shift has begun or was called off."),
    Why.FULL: _("Every seat of this shift is taken."),
    Why.ALREADY: _("This person has a place on this shift already."),
    Why.NOT_SIGNED_UP: _("This person has not signed up for this round."),
    Why.CANNOT: _("This person said that they cannot then."),
    Why.QUOTA: _("This person has as many duties in this round as they offered."),
    Why.AWAY: _("This person is away on one of the days."),
    Why.REST: _("Another duty overlaps or lies too close: there must be rest between."),
    Why.CHANNELS: _("Choose channels that this round offers and the person ticked."),
    Why.NOT_SIGNED_OFF: _("One of the channels needs a sign-off that is valid on every day."),
}


@dataclass(frozen=True)
class Asked:
    """What is asked: this person on this shift with these channels. ``is_own_act``: the person asks for it themselves,
    and then neither a wish nor a number of duties that they gave before stands in the way."""

    shift: Shift
    person: User
    channels: frozenset[str]
    is_own_act: bool = False


def obstacles(asked: Asked, at: datetime, *, besides: Duty | None = None) -> list[Why]:
    """All that stands in the way at ``at``; nothing means it can be. ``besides``: a duty that is not counted, as it is
    the one that would change. A constant number of statements."""
    shift, person = asked.shift, asked.person
    found = set()
    if not access.can_volunteer(person):
        found.add(Why.NOT_A_COLLEAGUE)
    if shift.cancelled_at is not None or shift.starts_at <= at:
        found.add(Why.OVER)
    live = Duty.objects.filter(state__in=Duty.LIVE)
    if besides is not None:
        live = live.exclude(pk=besides.pk)
    on_shift = list(live.filter(shift=shift).values_list("person_id", "seat"))
    # A seat that somebody from the waitlist is offered is theirs until the offer ends.
    offered = WaitlistEntry.objects.filter(shift=shift, state=WaitlistEntry.State.OFFERED, offer_until__gt=at)
    if len({seat for _person, seat in on_shift}) + offered.exclude(person=person).count() >= shift.capacity:
        found.add(Why.FULL)
    if person.pk in {each for each, _seat in on_shift}:
        found.add(Why.ALREADY)
    found |= _against_wishes(asked, live.filter(shift__round=shift.round_id, person=person).count())
    days = shift.windows
    if is_away(person, days):
        found.add(Why.AWAY)
    programme = shift.round.programme
    if too_close(person, days, timedelta(hours=programme.rest_h), besides=besides):
        found.add(Why.REST)
    if not asked.channels or not asked.channels <= set(programme.channels):
        found.add(Why.CHANNELS)
    if unsigned(person, asked.channels, programme, days):
        found.add(Why.NOT_SIGNED_OFF)
    return [why for why in Why if why in found]


def _against_wishes(asked: Asked, duties: int) -> set[Why]:
    if asked.is_own_act:
        return set()
    sign_up = SignUp.objects.filter(round=asked.shift.round_id, person=asked.person, withdrawn_at=None).first()
    if sign_up is None:
        return {Why.NOT_SIGNED_UP}
    found = set()
    if Wish.objects.filter(sign_up=sign_up, shift=asked.shift, value=Wish.Value.CANNOT).exists():
        found.add(Why.CANNOT)
    if duties >= sign_up.quota:
        found.add(Why.QUOTA)
    if not asked.channels <= set(sign_up.channels):
        found.add(Why.CHANNELS)
    return found


def is_away(person: User, days: Collection[Day]) -> bool:
    first, last = min(day.starts_at for day in days), max(day.ends_at for day in days)
    away = Absence.objects.filter(person=person, removed_at=None, starts_at__lt=last, ends_at__gt=first)
    return any(
        start < day.ends_at and day.starts_at < end
        for start, end in away.values_list("starts_at", "ends_at")
        for day in days
    )


def too_close(person: User, days: Collection[Day], rest: timedelta, *, besides: Duty | None = None) -> bool:
    """Whether a live day of another duty of the person overlaps one of these or leaves less than ``rest``."""
    first, last = min(day.starts_at for day in days), max(day.ends_at for day in days)
    held = DutyDay.objects.filter(holder=person, is_live=True, starts_at__lt=last + rest, ends_at__gt=first - rest)
    if besides is not None:
        held = held.exclude(duty=besides)
    others = [Day(*each) for each in held.values_list("starts_at", "ends_at", "day")]
    return timeline.too_close(days, others, rest) is not None


def unsigned(person: User, channels: Collection[str], programme: Programme, days: Collection[Day]) -> set[str]:
    """The channels among these that need a sign-off which the person has not on every one of the days."""
    asked = set(channels) & set(programme.signed_off_channels)
    if not asked:
        return set()
    last = max(day.day for day in days)
    valid = Qualification.objects.filter(person=person, channel__in=asked, revoked_at=None)
    has = {row.channel for row in valid if row.expires_on is None or row.expires_on > last}
    return asked - has
