"""Duties on the line of time: they begin with their first day and are to be handed over after their last."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Max, Min, Q

from rotations.actions.locking import locked
from rotations.models import Duty, DutyEvent


def move_all(*, at: datetime) -> int:
    """Bring every duty to where it is at ``at``, and say how many had to be moved. One statement when none has.

    Each is moved alone and looked at once more under its locks, so any number of workers may do this at once.
    """
    return sum(move(duty_id=number, at=at) for number in _due(at).values_list("pk", flat=True))


@transaction.atomic
def move(*, duty_id: int, at: datetime) -> bool:
    """Both steps when nobody looked in between; each is recorded at the moment when it fell due. A proposal that nobody
    answered begins never, and between two days of a duty it runs on."""
    found = Duty.objects.get(pk=duty_id)
    locked(person_id=found.person_id, shift_id=found.shift_id)
    duty = _due(at).filter(pk=duty_id).first()
    if duty is None:
        return False
    if duty.state == Duty.State.CONFIRMED:
        _step(duty, DutyEvent.Kind.BEGAN, duty.first_at)
    if duty.last_at <= at:
        _step(duty, DutyEvent.Kind.ENDED, duty.last_at)
    return True


def _due(at: datetime):  # type: ignore[no-untyped-def]  # a queryset with what it is annotated with
    """Those whose state is behind the time, by the days which the person still holds."""
    is_live = Q(days__is_live=True)
    spans = Duty.objects.filter(state__in=(Duty.State.CONFIRMED, Duty.State.ACTIVE)).annotate(
        first_at=Min("days__starts_at", filter=is_live), last_at=Max("days__ends_at", filter=is_live)
    )
    due = Q(state=Duty.State.CONFIRMED, first_at__lte=at) | Q(state=Duty.State.ACTIVE, last_at__lte=at)
    return spans.filter(due).order_by("person_id", "shift_id", "pk")


def _step(duty: Duty, kind: DutyEvent.Kind, moment: datetime) -> None:
    duty.state = DutyEvent.LEADS_TO[kind]
    duty.save(update_fields=["state"])
    DutyEvent.objects.create(duty=duty, kind=kind, actor=None, at=moment)
