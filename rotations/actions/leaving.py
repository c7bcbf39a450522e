"""Ways out of a duty: saying no, withdrawing, being taken off. None asks for a reason."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rotations import access
from rotations.actions import leftovers, waiting
from rotations.actions.locking import locked
from rotations.actions.rights import take_rights
from rotations.models import Duty, DutyEvent
from rotations.queries.covering import days_to_give
from tickets.actions.errors import NotAllowed, Refused
from tickets.models import User


@transaction.atomic
def decline(*, duty: Duty, by: User, at: datetime) -> Duty:
    """The volunteer does not want the place that was offered."""
    return _left(duty, Duty.State.DECLINED, DutyEvent.Kind.DECLINED, by=by, at=at)


@transaction.atomic
def withdraw(*, duty: Duty, by: User, at: datetime) -> Duty:
    """The volunteer leaves, before the duty or in the middle of it. Rights end now."""
    return _left(duty, Duty.State.WITHDRAWN, DutyEvent.Kind.WITHDRAWN, by=by, at=at)


@transaction.atomic
def call_off(*, duty: Duty, by: User, at: datetime) -> Duty:
    """A planner takes the place back, and the person off it."""
    return _left(duty, Duty.State.CANCELLED, DutyEvent.Kind.CANCELLED, by=by, at=at)


OUT_OF: dict[Duty.State, tuple[Duty.State, ...]] = {
    Duty.State.DECLINED: (Duty.State.PROPOSED,),
    Duty.State.WITHDRAWN: (Duty.State.CONFIRMED, Duty.State.ACTIVE, Duty.State.HANDING_OVER),
    Duty.State.CANCELLED: (Duty.State.PROPOSED, Duty.State.CONFIRMED, Duty.State.ACTIVE),
}


def _left(duty: Duty, state: Duty.State, kind: DutyEvent.Kind, *, by: User, at: datetime) -> Duty:
    person, shift = locked(person_id=duty.person_id, shift_id=duty.shift_id)
    duty = Duty.objects.select_for_update(of=("self",), no_key=True).select_related("grant").get(pk=duty.pk)
    duty.person, duty.shift = person, shift
    is_own = kind != DutyEvent.Kind.CANCELLED
    if is_own and by.pk != person.pk:
        raise NotAllowed(_("Only the person whose duty it is may answer."))
    if not is_own and not access.can_plan(by, shift.round.programme):
        raise NotAllowed(_("You may not plan this round."))
    if duty.state == state:
        return duty
    if duty.state not in OUT_OF[state] or shift.ends_at <= at:
        raise Refused(_("It is too late for that: the duty is over, or answered otherwise."))
    take_rights(duty, at=at)
    duty.state, duty.ended_at = state, at
    duty.save(update_fields=["state", "ended_at"])
    days = days_to_give(duty, at)
    duty.days.filter(is_live=True, ends_at__gt=at).update(is_live=False)
    DutyEvent.objects.create(duty=duty, kind=kind, actor=by, at=at)
    leftovers.offer_days(duty=duty, days=days, at=at)
    waiting.offer_free_seats(shift=shift, at=at)
    return duty
