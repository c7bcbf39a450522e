"""The kernel's Presence rows: what it knows of who is at work, kept right for the days to come.

Nobody else writes them. They are derived, so writing them twice, at the same time or late does no harm: each person's
are compared under the person's lock and written only where they differ.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import transaction

from rotations import queries
from rotations.weekly_hours import Window
from tickets.actions import facts
from tickets.models import Presence, User

BEHIND = timedelta(days=1)
AHEAD = timedelta(days=14)
"""Counted from midnight in UTC, so that what is written in the morning still holds at night."""


def lock(person_id: int) -> User:
    """Take before anything of a person's hours and absences is changed, and before their presence is written."""
    return User.objects.select_for_update(no_key=True).get(pk=person_id)


@transaction.atomic
def write_presence(*, person_id: int, at: datetime) -> bool:
    """Bring one person's presence up to date, from yesterday on; whether anything had to be written."""
    person = lock(person_id)
    since, until = _span(at)
    there = _worth_storing(queries.windows([person_id], since - queries.NOT_LONGER, until)[person_id], since)
    if there == _stored([person_id], since).get(person_id, []):
        return False
    facts.store_presence(person, there, after=since)
    return True


def write_everybody(*, at: datetime) -> int:
    """The same for all, and how many had to be written. Five statements when nothing has changed."""
    since, until = _span(at)
    known = _stored(None, since)
    wanted = queries.windows(None, since - queries.NOT_LONGER, until)
    differing = [
        person
        for person in sorted(known.keys() | wanted.keys())
        if known.get(person, []) != _worth_storing(wanted.get(person, []), since)
    ]
    return sum(write_presence(person_id=person, at=at) for person in differing)


def _span(at: datetime) -> Window:
    midnight = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - BEHIND, midnight + AHEAD


def _worth_storing(stretches: list[Window], since: datetime) -> list[Window]:
    """What began before ``since`` keeps its true beginning."""
    return [(start, end) for start, end in stretches if end > since]


def _stored(people: list[int] | None, since: datetime) -> dict[int, list[Window]]:
    rows = Presence.objects.filter(ends_at__gt=since)
    if people is not None:
        rows = rows.filter(user__in=people)
    found: dict[int, list[Window]] = {}
    for person, start, end in rows.order_by("user_id", "starts_at", "id").values_list(
        "user_id", "starts_at", "ends_at"
    ):
        found.setdefault(person, []).append((start, end))
    return found
