"""Calendars and policies: made whole or not at all. What cannot be meant is refused with a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from sla import queries
from sla.business_time import Spans
from sla.course import METRICS
from sla.models import Calendar, CalendarVersion, Policy, PolicyVersion
from tickets.models import Priority
from tickets.queries import searching
from tickets.queries.searching.meaning import Reading

LONGEST_TARGET_S = 5 * 365 * 86_400
HOUR = 3600

Targets = Mapping[int, Mapping[str, int]]
"""Seconds of working time by priority and metric."""

USUAL_TARGETS: Targets = {
    Priority.URGENT: {"first_response": HOUR, "next_response": HOUR, "resolution": 4 * HOUR},
    Priority.HIGH: {"first_response": 2 * HOUR, "next_response": 4 * HOUR, "resolution": 8 * HOUR},
    Priority.NORMAL: {"first_response": 4 * HOUR, "next_response": 8 * HOUR, "resolution": 24 * HOUR},
    Priority.LOW: {"first_response": 8 * HOUR, "next_response": 16 * HOUR, "resolution": 40 * HOUR},
}
"""What a new desk promises until somebody says otherwise."""


@transaction.atomic
def make_calendar(
    *, name: str, zone: str, weekly: Mapping[int, Spans], exceptions: Mapping[date, Spans] | None = None, at: datetime
) -> Calendar:
    """Raises ValueError with a sentence for hours that cannot be read (`sla.business_time`)."""
    version = CalendarVersion(
        zone=zone,
        weekly={str(day): [list(span) for span in spans] for day, spans in weekly.items()},
        exceptions={day.isoformat(): [list(span) for span in spans] for day, spans in (exceptions or {}).items()},
        made_at=at,
    )
    queries.compiled(version)
    version.calendar = Calendar.objects.create(name=name)
    version.save()
    return version.calendar


@transaction.atomic
def make_policy(
    *,
    name: str,
    calendar: Calendar,
    targets: Targets,
    at: datetime,
    conditions: str = "",
    is_default: bool = False,
    position: int = 0,
    hold_pauses: bool = True,
) -> Policy:
    """``conditions`` is a search; the default policy has none.

    Raises ValueError with a sentence for targets and `QueryError` for conditions that cannot be meant.
    """
    if not is_default:
        if not conditions.strip():
            raise ValueError("Only the default policy may fit every ticket: say which tickets this one is for.")
        searching.conditions(searching.read(conditions), None, at, reading=Reading(None, at))
    policy = Policy.objects.create(name=name, position=position, conditions=conditions.strip(), is_default=is_default)
    PolicyVersion.objects.create(
        policy=policy, calendar=calendar, targets=_stored(targets), hold_pauses=hold_pauses, made_at=at
    )
    return policy


def _stored(targets: Targets) -> dict[str, dict[str, int]]:
    if not any(targets.values()):
        raise ValueError("A policy without any target promises nothing: give at least one.")
    for priority, by_metric in targets.items():
        if priority not in Priority.values:
            raise ValueError(f"{priority!r} is no priority.")
        for metric, seconds in by_metric.items():
            if metric not in METRICS:
                raise ValueError(f"{metric!r} is nothing that can be promised.")
            _refuse_target(seconds)
    return {str(int(priority)): dict(by_metric) for priority, by_metric in targets.items() if by_metric}


def _refuse_target(seconds: Any) -> None:
    if type(seconds) is not int or not 0 < seconds <= LONGEST_TARGET_S:
        raise ValueError(f"{seconds!r} is no target: give whole seconds of working time, more than none.")


@transaction.atomic
def make_usual_policy(*, at: datetime) -> bool:
    """On a desk that has no policy at all: office hours and targets to begin with. Returns whether it made them."""
    if Policy.objects.exists():
        return False
    calendar = Calendar.objects.filter(name="Biuro").first() or make_calendar(
        name="Biuro", zone="Europe/Warsaw", weekly={day: [("08:00", "16:00")] for day in range(5)}, at=at
    )
    make_policy(name="Podstawowe", calendar=calendar, targets=USUAL_TARGETS, is_default=True, at=at)
    return True
