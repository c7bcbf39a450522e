"""Whether anything hangs on a row of the set-up: only what was never used is deleted.

Every relation counts, those of other apps too, whatever the database would do with them. A field that belonged to one
queue alone would else belong to every queue once that one is gone.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.actions.errors import Refused
from tickets.models import Organisation, Queue, Team

PARTS: dict[type[models.Model], frozenset[str]] = {
    Queue: frozenset({"addresses", "turns", "snapshots"}),
    Team: frozenset({"memberships"}),
    Organisation: frozenset(),
}
"""Relations that are part of the row and go with it."""


class InUse(Refused):
    message = _("Something hangs on it by now. Only what was never used can be deleted.")


def is_unused(row: Queue | Team | Organisation) -> bool:
    relations: list[Any] = [each.get_accessor_name() for each in row._meta.related_objects]
    return not any(getattr(row, name).exists() for name in relations if name not in PARTS[type(row)])


def require_unused(row: Queue | Team | Organisation) -> None:
    """Call it with the row locked for update: then nothing new can begin to hang on it. Raises `InUse`."""
    if not is_unused(row):
        raise InUse
