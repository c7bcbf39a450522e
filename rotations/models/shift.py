"""What can be booked: a run of days of a round."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, Q

from rotations import timeline
from rotations.models.programme import Round
from rotations.weekly_hours import DAY, Block

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from rotations.models.duty import Duty


class Shift(models.Model):
    """Consecutive local dates with the same hours by the clock on the wall of ``zone``; the moments are derived."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="shifts")
    name = models.CharField(max_length=60)
    first_day = models.DateField()
    days = models.PositiveSmallIntegerField()
    starts = models.PositiveSmallIntegerField()
    ends = models.PositiveSmallIntegerField()
    zone = models.CharField(max_length=64)
    capacity = models.PositiveSmallIntegerField()
    starts_at = models.DateTimeField()
    """When the first day begins; with ``ends_at`` of the last it is for lists alone."""
    ends_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True, blank=True)

    duties: RelatedManager[Duty]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(starts__lt=DAY) & Q(ends__gt=F("starts")) & Q(ends__lte=F("starts") + DAY),
                name="shift_is_forward",
            ),
            models.CheckConstraint(condition=Q(days__gte=1, ends_at__gt=F("starts_at")), name="shift_has_days"),
        ]
        indexes = [models.Index(fields=["round", "starts_at", "id"], name="shifts_of_round")]

    def __str__(self) -> str:
        return f"{self.name} {self.first_day}"

    @property
    def windows(self) -> list[timeline.Day]:
        """One a day, in UTC."""
        return timeline.days(self.first_day, self.days, self.starts, self.ends, ZoneInfo(self.zone))

    @property
    def last_day(self) -> date:
        return self.first_day + timedelta(days=self.days - 1)

    @property
    def hours(self) -> str:
        """By the clock on the wall, the same on every day: 8:00–16:00."""
        return str(Block(0, self.starts, self.ends))
