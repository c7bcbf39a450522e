"""People who would come if a seat became free."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from rotations.models.duty import Duty
from rotations.models.shift import Shift
from tickets.models import Channel, User


class WaitlistEntry(models.Model):
    """One person waiting for a seat of one shift. A seat is offered to them until a moment, and theirs when they say
    yes; nobody is moved up in silence. As long as an offer stands its seat is nobody else's."""

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("waitlist", "waiting")
        OFFERED = "offered", pgettext_lazy("waitlist", "a seat is offered")
        TAKEN = "taken", pgettext_lazy("waitlist", "taken")
        EXPIRED = "expired", pgettext_lazy("waitlist", "the offer has ended")
        LEFT = "left", pgettext_lazy("waitlist", "not waiting any more")

    shift = models.ForeignKey(Shift, models.CASCADE, related_name="waiting")
    person = models.ForeignKey(User, models.CASCADE, related_name="waits")
    channels = ArrayField(models.CharField(max_length=12, choices=Channel.choices))
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    joined_at = models.DateTimeField()
    offered_at = models.DateTimeField(null=True, blank=True)
    offer_until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    duty = models.OneToOneField(Duty, models.SET_NULL, null=True, blank=True, related_name="waited_for")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shift", "person"], condition=Q(state__in=["waiting", "offered"]), name="one_wait_per_shift"
            ),
            models.CheckConstraint(
                condition=~Q(state="offered") | Q(offered_at__isnull=False, offer_until__isnull=False),
                name="an_offer_ends",
            ),
            models.CheckConstraint(condition=~Q(channels=[]), name="waiting_has_channels"),
        ]
        indexes = [
            models.Index(
                fields=["shift", "state"], condition=Q(state__in=["waiting", "offered"]), name="waiting_for_shift"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.shift_id} {self.state}"
