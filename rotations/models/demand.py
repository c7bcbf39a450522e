"""How many people a round wants, and the plans of it that were published."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from rotations.models.programme import Round
from tickets.models import User


class Demand(models.Model):
    """On a weekday of a round, in a part of the day, on a channel. Dates are derived: bank holidays want nobody."""

    class Channel(models.TextChoices):
        TICKETS = "tickets", pgettext_lazy("demand", "Email and web")
        CHAT = "chat", pgettext_lazy("demand", "Chat")
        MESSENGER = "messenger", pgettext_lazy("demand", "Messenger")
        PHONE = "phone", pgettext_lazy("demand", "Phone")

    class Source(models.TextChoices):
        HISTORY = "history", pgettext_lazy("demand", "from the desk's history")
        MANUAL = "manual", pgettext_lazy("demand", "by hand")

    round = models.ForeignKey(Round, models.CASCADE, related_name="demands")
    weekday = models.PositiveSmallIntegerField()
    starts = models.PositiveSmallIntegerField()
    ends = models.PositiveSmallIntegerField()
    channel = models.CharField(max_length=12, choices=Channel.choices)
    people = models.PositiveSmallIntegerField()
    weight = models.PositiveSmallIntegerField(default=1)
    """How much each who is missing counts."""
    source = models.CharField(max_length=8, choices=Source.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "weekday", "starts", "channel"], name="one_demand_per_cell"),
            models.CheckConstraint(
                condition=Q(weekday__lte=6, weight__gte=1, weight__lte=9, people__lte=99), name="demand_is_possible"
            ),
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="part_of_a_day_is_forward"),
        ]

    def __str__(self) -> str:
        return f"{self.round_id} {self.weekday} {self.starts} {self.channel}"


class PublishedPlan(models.Model):
    """Who was placed where when the plan was published once more, and what that was worth."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="published_plans")
    number = models.PositiveIntegerField()
    made_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()
    placements = models.JSONField(default=list)
    """For each place the numbers of shift, person, mentor and deputy."""
    shortfall = models.PositiveIntegerField()
    asked = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "number"], name="one_published_plan_of_a_number")]

    def __str__(self) -> str:
        return f"{self.round_id} {self.number}"
