"""Calendars that other programs read by a secret address."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rotations.models.programme import Programme, Round
from tickets.models import User


class Feed(models.Model):
    """One calendar of one person. The address holds a token of 256 bits, of which only the SHA-256 is kept."""

    class Kind(models.TextChoices):
        OWN = "own", pgettext_lazy("calendar", "My duties")
        ROUND = "round", pgettext_lazy("calendar", "A round")
        ON_DUTY = "on_duty", pgettext_lazy("calendar", "Who is on duty")

    class Alarm(models.IntegerChoices):
        """Minutes before each day of duty."""

        NONE = 0, pgettext_lazy("reminder", "none")
        HOUR = 60, _("1 hour before")
        EVENING = 720, _("12 hours before")
        DAY = 1440, _("1 day before")

    owner = models.ForeignKey(User, models.CASCADE, related_name="feeds")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    round = models.ForeignKey(Round, models.CASCADE, null=True, blank=True, related_name="feeds")
    programme = models.ForeignKey(Programme, models.CASCADE, null=True, blank=True, related_name="feeds")
    token_sha256 = models.CharField(max_length=64, unique=True)
    alarm_minutes = models.PositiveSmallIntegerField(choices=Alarm.choices, default=Alarm.NONE)
    is_busy = models.BooleanField(default=True)
    """Whether the times count as busy in the calendar that reads them."""
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="own", round=None, programme=None)
                | Q(kind="round", round__isnull=False, programme=None)
                | Q(kind="on_duty", round=None, programme__isnull=False),
                name="feed_is_of_one_thing",
            )
        ]
        indexes = [models.Index(fields=["owner", "id"], condition=Q(revoked_at=None), name="feeds_of_person")]

    def __str__(self) -> str:
        return f"{self.owner_id} {self.kind}"
