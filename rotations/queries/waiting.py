"""Who waits for a seat, and who is next."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q

from rotations.models import Duty, Shift, WaitlistEntry
from rotations.queries.rounds import OPEN
from tickets.models import User

State = WaitlistEntry.State
OF_LATE = timedelta(days=365)


def free_seats(shift: Shift, at: datetime) -> int:
    """Those that nobody has and that nobody is offered."""
    taken = Duty.objects.filter(shift=shift, state__in=Duty.LIVE).values("seat").distinct().count()
    offered = WaitlistEntry.objects.filter(shift=shift, state=State.OFFERED, offer_until__gt=at).count()
    return max(0, shift.capacity - taken - offered)


def in_order(shift: Shift, at: datetime) -> list[WaitlistEntry]:
    """Who waits, the next first: who has had fewest duties of this programme of late, then who has waited longest."""
    rows = WaitlistEntry.objects.filter(shift=shift, state=State.WAITING, person__is_active=True)
    entries = list(rows.select_related("person"))
    acted = Duty.objects.filter(
        person__in=[each.person_id for each in entries],
        state__in=Duty.ACTED,
        shift__round__programme=shift.round.programme_id,
        shift__starts_at__gt=at - OF_LATE,
    )
    had = Counter(acted.values_list("person", flat=True))
    return sorted(entries, key=lambda each: (had[each.person_id], each.joined_at, each.pk))


def shifts_to_look_at(at: datetime) -> list[int]:
    """Where somebody waits, or an offer has ended. One statement."""
    open_entries = WaitlistEntry.objects.filter(shift=OuterRef("pk")).filter(
        Q(state=State.WAITING) | Q(state=State.OFFERED, offer_until__lte=at)
    )
    rows = Shift.objects.filter(Exists(open_entries), round__state__in=OPEN).order_by("pk")
    return list(rows.values_list("pk", flat=True))


def entries_of(person: User, at: datetime) -> list[WaitlistEntry]:
    """Where the person waits; first what they are offered."""
    rows = WaitlistEntry.objects.filter(
        Q(state=State.WAITING) | Q(state=State.OFFERED, offer_until__gt=at), person=person, shift__starts_at__gt=at
    )
    rows = rows.filter(shift__round__state__in=OPEN).select_related("shift__round__programme")
    return list(rows.order_by("state", "shift__starts_at", "id"))


def full_shifts(person: User, at: datetime) -> list[Shift]:
    """Shifts of published rounds without a free seat, on which the person has none and for which they do not wait."""
    taken = Count("duties__seat", filter=Q(duties__state__in=Duty.LIVE), distinct=True)
    own = Duty.objects.filter(shift=OuterRef("pk"), person=person, state__in=Duty.LIVE)
    waits = WaitlistEntry.objects.filter(shift=OuterRef("pk"), person=person, state__in=(State.WAITING, State.OFFERED))
    stands = Q(waiting__state=State.OFFERED, waiting__offer_until__gt=at)
    kept = Count("waiting", filter=stands, distinct=True)
    rows = Shift.objects.filter(round__state__in=OPEN, cancelled_at=None, starts_at__gt=at)
    rows = rows.annotate(taken=taken + kept).filter(~Exists(own), ~Exists(waits), taken__gte=F("capacity"))
    return list(rows.select_related("round__programme").order_by("starts_at", "id")[:100])
