"""The waitlist of a shift: waiting, being offered a seat for a while, saying yes or not.

Locks: the person, the shift, the entry. Offers are made under the shift's lock alone: whether a seat is still free is
counted there, and everybody who takes or leaves one holds it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rotations.actions import mailing, placing
from rotations.actions.locking import locked
from rotations.models import Duty, Shift, WaitlistEntry
from rotations.queries import waiting as queries
from rotations.queries.fitting import Asked, Why, obstacles
from rotations.queries.rounds import OPEN
from tickets.actions.errors import NotAllowed, Refused
from tickets.models import User

State = WaitlistEntry.State
STANDS = timedelta(hours=24)
"""So long an offer stands; shorter when the shift is near, and never beyond an hour before it."""
NEAR, STANDS_NEAR, BEFORE = timedelta(days=3), timedelta(hours=4), timedelta(hours=1)


class OfferIsOver(Refused):
    message = _("This offer has ended. You may wait for the next one.")


@transaction.atomic
def wait(*, shift: Shift, channels: Collection[str], by: User, at: datetime) -> WaitlistEntry:
    """Wait for a seat of a shift that is full. Raises `placing.CannotBePlaced`, `Refused`."""
    person, shift = locked(person_id=by.pk, shift_id=shift.pk)
    if shift.round.state not in OPEN:
        raise Refused(_("The plan of this round is not published yet. Sign up instead."))
    why = obstacles(Asked(shift, person, frozenset(channels), is_own_act=True), at)
    if Why.FULL not in why:
        raise placing.CannotBePlaced(why) if why else Refused(_("A seat is free: take it instead."))
    if why != [Why.FULL]:
        raise placing.CannotBePlaced([each for each in why if each != Why.FULL])
    entry = WaitlistEntry.objects.filter(shift=shift, person=person, state__in=(State.WAITING, State.OFFERED)).first()
    if entry is not None:
        return entry
    return WaitlistEntry.objects.create(shift=shift, person=person, channels=sorted(set(channels)), joined_at=at)


@transaction.atomic
def accept(*, entry: WaitlistEntry, by: User, at: datetime) -> Duty:
    """The seat is theirs, by their own act. Raises `OfferIsOver`, `placing.CannotBePlaced`, `NotAllowed`."""
    entry = _locked_entry(entry, by)
    if entry.state != State.OFFERED or entry.offer_until is None or entry.offer_until <= at:
        raise OfferIsOver
    duty = placing.take_seat(shift=entry.shift, channels=entry.channels, by=entry.person, at=at)
    entry.state, entry.ended_at, entry.duty = State.TAKEN, at, duty
    entry.save(update_fields=["state", "ended_at", "duty"])
    return duty


@transaction.atomic
def leave(*, entry: WaitlistEntry, by: User, at: datetime) -> None:
    """Not any more, or not this seat: it is offered to the next. Leaving twice does nothing."""
    entry = _locked_entry(entry, by)
    if entry.state in (State.WAITING, State.OFFERED):
        entry.state, entry.ended_at = State.LEFT, at
        entry.save(update_fields=["state", "ended_at"])
        offer_free_seats(shift=entry.shift, at=at)


def _locked_entry(entry: WaitlistEntry, by: User) -> WaitlistEntry:
    if entry.person_id != by.pk:
        raise NotAllowed
    person, shift = locked(person_id=entry.person_id, shift_id=entry.shift_id)
    entry = WaitlistEntry.objects.select_for_update(of=("self",), no_key=True).get(pk=entry.pk)
    entry.person, entry.shift = person, shift
    return entry


@transaction.atomic
def offer_free_seats(*, shift: Shift, at: datetime) -> int:
    """End the offers whose time is over, and offer each free seat to the next who could come; how many offers were
    made. Any number of workers may do this at once."""
    rows = Shift.objects.select_for_update(of=("self",), no_key=True).select_related("round__programme")
    shift = rows.get(pk=shift.pk)
    over = WaitlistEntry.objects.filter(shift=shift, state=State.OFFERED, offer_until__lte=at)
    over.update(state=State.EXPIRED, ended_at=at)
    until = _until(shift, at)
    if shift.cancelled_at is not None or until <= at or shift.round.state not in OPEN:
        return 0
    free, made = queries.free_seats(shift, at), 0
    if not free:
        return 0
    for entry in queries.in_order(shift, at):
        if made == free:
            break
        if obstacles(Asked(shift, entry.person, frozenset(entry.channels), is_own_act=True), at):
            continue  # busy or away by now; they keep their place
        entry.state, entry.offered_at, entry.offer_until = State.OFFERED, at, until
        entry.save(update_fields=["state", "offered_at", "offer_until"])
        entry.shift = shift
        mailing.tell_of_seat(entry, at)
        made += 1
    return made


def offer_all(*, at: datetime) -> int:
    """Each shift in a transaction of its own. One statement when nobody waits."""
    return sum(offer_free_seats(shift=Shift(pk=number), at=at) for number in queries.shifts_to_look_at(at))


def _until(shift: Shift, at: datetime) -> datetime:
    stands = STANDS_NEAR if shift.starts_at - at < NEAR else STANDS
    return min(at + stands, shift.starts_at - BEFORE)
