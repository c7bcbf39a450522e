"""When people work: weekly hours by version, and the times they are away."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, IntegerRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import pgettext_lazy

from rotations.weekly_hours import DAY, Block, Version
from tickets.models import User

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class WorkingHours(models.Model):
    """A person's week from a local date on, until the next version; a week without blocks: no hours are kept then.

    What has been in force is never changed: capacity of the past is counted from it.
    """

    person = models.ForeignKey(User, models.CASCADE, related_name="working_hours")
    zone = models.CharField(max_length=64)
    valid_from = models.DateField()
    added_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    blocks: RelatedManager[WorkingBlock]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "valid_from"], condition=Q(removed_at=None), name="one_week_of_hours_per_date"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.valid_from}"

    @property
    def version(self) -> Version:
        blocks = tuple(sorted(Block(each.weekday, each.starts, each.ends) for each in self.blocks.all()))
        return Version(self.valid_from, ZoneInfo(self.zone), blocks)


class WorkingBlock(models.Model):
    """One block of a week: minutes after the midnight of its weekday (Monday is 0), by the clock on the wall."""

    hours = models.ForeignKey(WorkingHours, models.CASCADE, related_name="blocks")
    weekday = models.PositiveSmallIntegerField()
    starts = models.PositiveSmallIntegerField()
    ends = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(weekday__lte=6), name="working_block_has_a_weekday"),
            models.CheckConstraint(
                condition=Q(starts__lt=DAY) & Q(ends__gt=F("starts")) & Q(ends__lte=F("starts") + DAY),
                name="working_block_is_forward",
            ),
            ExclusionConstraint(
                name="working_blocks_are_apart",
                expressions=[
                    ("hours", RangeOperators.EQUAL),
                    (
                        Func(
                            F("weekday") * DAY + F("starts"),
                            F("weekday") * DAY + F("ends"),
                            function="int4range",
                            output_field=IntegerRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return str(Block(self.weekday, self.starts, self.ends))


class Absence(models.Model):
    """A time a person is away, whole days or part of one. The note is for the person and their leads."""

    class Kind(models.TextChoices):
        HOLIDAY = "holiday", pgettext_lazy("absence", "Holiday")
        SICK = "sick", pgettext_lazy("absence", "Sick")
        TRAINING = "training", pgettext_lazy("absence", "Training")
        OTHER = "other", pgettext_lazy("absence", "Other")

    person = models.ForeignKey(User, models.CASCADE, related_name="absences")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    zone = models.CharField(max_length=64)
    """In which the person meant the dates."""
    note = models.CharField(max_length=300, blank=True)
    added_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="absence_is_forward"),
            models.CheckConstraint(
                condition=Q(kind__in=["holiday", "sick", "training", "other"]), name="absence_kind_is_known"
            ),
            ExclusionConstraint(
                name="absences_are_apart",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    (
                        Func("starts_at", "ends_at", function="tstzrange", output_field=DateTimeRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(removed_at=None),
            ),
        ]
        indexes = [models.Index(fields=["ends_at", "starts_at"], name="absence_by_time")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.kind} {self.starts_at:%Y-%m-%d %H:%M}"
