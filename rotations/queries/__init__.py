"""Reads. Who works when is what other apps ask for; it stands here under its short name."""

from rotations.queries.presence import (
    NOT_LONGER,
    absences_between,
    absences_of,
    hours_of,
    in_force,
    on_duty,
    people_in_sight,
    windows,
)

__all__ = [
    "NOT_LONGER",
    "absences_between",
    "absences_of",
    "hours_of",
    "in_force",
    "on_duty",
    "people_in_sight",
    "windows",
]
