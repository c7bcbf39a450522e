"""What a volunteer ticks off on duty, and what they find."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from rotations.models.duty import Duty
from tickets.models import Ticket, User


class Tick(models.Model):
    """Something of a duty's list is done. ``item`` is a name of the list, or words of the programme's own tasks."""

    duty = models.ForeignKey(Duty, models.CASCADE, related_name="ticks")
    item = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["duty", "item"], name="ticked_once")]

    def __str__(self) -> str:
        return f"{self.duty_id} {self.item}"


class Finding(models.Model):
    """What a guest sees and those who are there each day do not see any more."""

    class Kind(models.TextChoices):
        BUG = "bug", pgettext_lazy("finding", "a bug")
        GAP = "gap", pgettext_lazy("finding", "a gap in the documentation")
        IDEA = "idea", pgettext_lazy("finding", "an idea")

    duty = models.ForeignKey(Duty, models.CASCADE, related_name="findings")
    kind = models.CharField(max_length=4, choices=Kind.choices)
    ticket = models.ForeignKey(Ticket, models.SET_NULL, null=True, blank=True, related_name="+")
    text = models.TextField()
    at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="finding_has_words")]
        indexes = [models.Index(fields=["duty", "id"], name="findings_of_duty")]

    def __str__(self) -> str:
        return f"{self.duty_id} {self.kind}"
