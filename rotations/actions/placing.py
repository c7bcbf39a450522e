"""Places on shifts: proposed by a planner, or taken by a volunteer, who thereby says yes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rotations import access
from rotations.actions import telling
from rotations.actions.locking import locked
from rotations.actions.mentors import NotMentors as NotMentors
from rotations.actions.mentors import check_mentors, suggested
from rotations.actions.rights import give_rights
from rotations.models import Duty, DutyDay, DutyEvent, Round, Shift, WaitlistEntry
from rotations.queries.fitting import SENTENCES, Asked, Why, obstacles
from tickets.actions.errors import NotAllowed, Refused
from tickets.models import User

WAITS = (WaitlistEntry.State.WAITING, WaitlistEntry.State.OFFERED)


class CannotBePlaced(Refused):
    """``why`` are all the reasons; the text is the first one's sentence."""

    def __init__(self, why: list[Why]) -> None:
        self.why = why
        super().__init__(SENTENCES[why[0]])


@transaction.atomic
def propose(
    *,
    shift: Shift,
    person: User,
    channels: Collection[str],
    by: User,
    at: datetime,
    mentor: User | None = None,
    deputy: User | None = None,
) -> Duty:
    """Give the person a place, for them to confirm or to decline: nobody is placed for good by somebody else.

    Raises `NotAllowed`, `CannotBePlaced`, `NotMentors`, `Refused`.
    """
    person, shift = locked(person_id=person.pk, shift_id=shift.pk)
    programme = shift.round.programme
    if not access.can_plan(by, programme):
        raise NotAllowed(_("You may not plan this round."))
    if shift.round.state not in (Round.State.PLANNING, Round.State.PUBLISHED, Round.State.RUNNING):
        raise Refused(_("People are placed while the round is being planned, or later. Close the sign-up first."))
    check_mentors(programme, mentor, deputy)
    give_offers_back({(shift.pk, person.pk)})
    return _placed(Asked(shift, person, frozenset(channels)), by=by, at=at, mentor=mentor, deputy=deputy)


@transaction.atomic
def take_seat(*, shift: Shift, channels: Collection[str], by: User, at: datetime) -> Duty:
    """Take an open seat of a published round oneself: placed and confirmed in one act. Who looks after them is chosen
    as in a proposed plan; with nobody to choose it stands on the board as to be arranged. Raises `CannotBePlaced`,
    `Refused`."""
    person, shift = locked(person_id=by.pk, shift_id=shift.pk)
    if shift.round.state not in (Round.State.PUBLISHED, Round.State.RUNNING):
        raise Refused(_("The plan of this round is not published yet. Sign up instead."))
    duty = _placed(Asked(shift, person, frozenset(channels), is_own_act=True), by=person, at=at)
    duty.mentor, duty.deputy = suggested(duty, at)
    if duty.mentor is not None:
        duty.save(update_fields=["mentor", "deputy"])
    waits = WaitlistEntry.objects.filter(shift=shift, person=person, state__in=WAITS)
    waits.update(state=WaitlistEntry.State.TAKEN, ended_at=at, duty=duty)
    _confirmed(duty, at)
    telling.tell_of_mentors(duty, before=(), by=person, at=at)
    return duty


@transaction.atomic
def confirm(*, duty: Duty, by: User, at: datetime) -> Duty:
    """The volunteer says yes; the rights of the duty are theirs from now on, for its windows.

    Saying it twice does nothing. Raises `NotAllowed`, `CannotBePlaced`, `Refused`.
    """
    duty = _locked_duty(duty, by)
    if duty.state != Duty.State.PROPOSED:
        if duty.state in Duty.ACTED:
            return duty
        raise Refused(_("This place is not offered any more."))
    published_at = duty.shift.round.published_at
    if not duty.shift.round.shows_plan or published_at is None or duty.placed_at > published_at:
        raise Refused(_("The plan is not published yet."))
    asked = Asked(duty.shift, duty.person, frozenset(duty.channels), is_own_act=True)
    why = obstacles(asked, at, besides=duty)
    if why:
        raise CannotBePlaced(why)
    _confirmed(duty, at)
    return duty


def _locked_duty(duty: Duty, by: User) -> Duty:
    if duty.person_id != by.pk:
        raise NotAllowed(_("Only the person whose duty it is may answer."))
    person, shift = locked(person_id=duty.person_id, shift_id=duty.shift_id)
    duty = Duty.objects.select_for_update(of=("self",), no_key=True).get(pk=duty.pk)
    duty.person, duty.shift = person, shift
    return duty


def _placed(asked: Asked, *, by: User, at: datetime, mentor: User | None = None, deputy: User | None = None) -> Duty:
    why = obstacles(asked, at)
    if why:
        raise CannotBePlaced(why)
    shift, person = asked.shift, asked.person
    live = Duty.objects.filter(shift=shift, state__in=Duty.LIVE)
    taken = set(live.values_list("seat", flat=True))
    done = Duty.objects.filter(shift__round__programme=shift.round.programme_id, person=person)
    duty = Duty.objects.create(
        shift=shift,
        person=person,
        seat=next(seat for seat in range(1, shift.capacity + 1) if seat not in taken),
        channels=sorted(asked.channels),
        mentor=mentor,
        deputy=deputy,
        is_first=not done.filter(state=Duty.State.COMPLETED).exists(),
        placed_by=by,
        placed_at=at,
    )
    DutyDay.objects.bulk_create(
        DutyDay(duty=duty, day=day.day, starts_at=day.starts_at, ends_at=day.ends_at, holder=person)
        for day in shift.windows
    )
    _record(duty, DutyEvent.Kind.PLACED, by, at, channels=duty.channels, seat=duty.seat)
    return duty


def give_offers_back(pairs: Collection[tuple[int, int]]) -> None:
    """Whoever has come to a shift (number of the shift, of the person) is offered no seat of it beside: it goes to the
    next. They wait on, should they leave again. The shifts are locked by the caller."""
    for shift, person in pairs:
        offers = WaitlistEntry.objects.filter(shift=shift, person=person, state=WaitlistEntry.State.OFFERED)
        offers.update(state=WaitlistEntry.State.WAITING, offered_at=None, offer_until=None)


def _confirmed(duty: Duty, at: datetime) -> None:
    duty.state = Duty.State.CONFIRMED
    duty.confirmed_by, duty.confirmed_at = duty.person, at
    duty.save(update_fields=["state", "confirmed_by", "confirmed_at"])
    give_rights(duty, at=at)
    _record(duty, DutyEvent.Kind.CONFIRMED, duty.person, at)


def _record(duty: Duty, kind: DutyEvent.Kind, by: User | None, at: datetime, **data: Any) -> None:
    DutyEvent.objects.create(duty=duty, kind=kind, actor=by, at=at, data=data)
