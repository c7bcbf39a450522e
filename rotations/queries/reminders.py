"""Of which duties somebody is to be reminded, and when."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, Min, OuterRef, Q

from rotations.models import Duty, Reminder
from rotations.queries.rounds import OPEN, told
from tickets.models import User

WEEK, DAY = timedelta(days=7), timedelta(days=1)
MORNING = time(7)
"""By the clock of whoever is reminded; of a duty that begins earlier two hours before."""
BEFORE = timedelta(hours=2)


def due_reminders(at: datetime) -> list[int]:
    """Duties that begin within a week and of which somebody may have to be told now. One statement."""
    rows = _to_come(at).filter(first_at__lte=at + WEEK)
    last = Reminder.objects.filter(duty=OuterRef("pk"), kind=Reminder.Kind.MORNING)
    rows = rows.filter(~Exists(last)).select_related("person", "shift__round").prefetch_related("reminders")
    return [
        duty.pk
        for duty in rows.order_by("pk")
        if (kind := kind_due(duty, duty.first_at, at)) and kind not in {each.kind for each in duty.reminders.all()}
    ]


def duty_to_come(duty_id: int, at: datetime) -> tuple[Duty, datetime] | None:
    """The duty and when it begins, if it still stands and has not begun."""
    found = _to_come(at).filter(pk=duty_id).select_related("person", "shift__round__programme", "mentor", "deputy")
    duty = found.first()
    return (duty, duty.first_at) if duty is not None else None


def _to_come(at: datetime):  # type: ignore[no-untyped-def]  # a queryset with what it is annotated with
    rows = Duty.objects.filter(
        state__in=(Duty.State.PROPOSED, Duty.State.CONFIRMED), shift__round__state__in=OPEN, person__is_active=True
    )
    first_at = Min("days__starts_at", filter=Q(days__is_live=True))
    return told(rows).annotate(first_at=first_at).filter(first_at__gt=at)


def kind_due(duty: Duty, first_at: datetime, at: datetime) -> str | None:
    """What is due is the last of the three whose moment has come: who was asleep is not told of last week. Nobody is
    reminded at once of what they have just said yes to, or have just been asked."""
    morning = morning_of(duty.person, first_at)
    moments = (
        (Reminder.Kind.MORNING, morning),
        (Reminder.Kind.DAY, min(first_at - DAY, morning)),
        (Reminder.Kind.WEEK, first_at - WEEK),
    )
    kind, since = next(((kind, since) for kind, since in moments if since <= at), (None, at))
    asked_at = max(duty.placed_at, duty.shift.round.published_at or duty.placed_at)
    known_since = duty.confirmed_at or asked_at
    return kind if kind is not None and known_since < since else None


def morning_of(person: User, first_at: datetime) -> datetime:
    zone = ZoneInfo(person.time_zone)
    day = first_at.astimezone(zone).date()
    return min(datetime.combine(day, MORNING, tzinfo=zone), first_at - BEFORE)
