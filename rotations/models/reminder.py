"""Which reminders of a duty have been written."""

from __future__ import annotations

from django.db import models

from rotations.models.duty import Duty
from tickets.models import Outbox


class Reminder(models.Model):
    """Written in the transaction of its mail, so that of any number of workers one writes it, and once."""

    class Kind(models.TextChoices):
        WEEK = "week"
        DAY = "day"
        MORNING = "morning"

    duty = models.ForeignKey(Duty, models.CASCADE, related_name="reminders")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    at = models.DateTimeField()
    mail = models.ForeignKey(Outbox, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["duty", "kind"], name="one_reminder_of_a_kind")]

    def __str__(self) -> str:
        return f"{self.duty_id} {self.kind}"
