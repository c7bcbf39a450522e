"""What holds for the whole desk and is set in the browser."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class DeskSettings(models.Model):
    """One row, or none while nothing was changed; read it with `current`."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    requires_second_factor = models.BooleanField(default=False)
    """Of everybody but requesters, on every way in."""
    undo_s = models.PositiveSmallIntegerField(default=10, db_default=10)
    """How long a reply sent from the desk's pages can be taken back; 0 lets it leave at once."""

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_row_of_desk_settings")]

    def __str__(self) -> str:
        return "desk settings"

    @classmethod
    def current(cls) -> DeskSettings:
        """The settings as they are now; the defaults while nobody changed any."""
        return cls.objects.first() or cls()
