"""Reflections, each text for its readers alone."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from rotations.models import Duty, Reflection
from tickets.models import User

RECENT = timedelta(days=60)
MOST = 20


def duty_to_reflect_on(person: User, at: datetime) -> Duty | None:
    """The newest own duty that is over."""
    over = (Duty.State.HANDING_OVER, Duty.State.COMPLETED)
    found = Duty.objects.filter(person=person, state__in=over, shift__ends_at__gt=at - RECENT)
    return found.select_related("shift", "reflection").order_by("-shift__ends_at", "-pk").first()


def for_mentor(user: User, at: datetime) -> list[Reflection]:
    """What was written for the mentors of these duties. Without what is for the writer alone."""
    own = Q(duty__mentor=user) | Q(duty__deputy=user)
    found = Reflection.objects.defer("for_me").filter(own, at__gt=at - RECENT).exclude(for_mentors="")
    return list(found.select_related("duty__person").order_by("-at", "-pk")[:MOST])


def for_everybody(at: datetime) -> list[Reflection]:
    """What was written for the company."""
    found = Reflection.objects.defer("for_me", "for_mentors").filter(at__gt=at - RECENT).exclude(for_company="")
    return list(found.select_related("duty__person").order_by("-at", "-pk")[:MOST])
