"""What volunteers wish for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from rotations.models.programme import Round, RoundRules
from rotations.models.shift import Shift
from tickets.models import Channel, User

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class SignUp(models.Model):
    """One person's wishes for a round. Withdrawing needs no reason, and none is asked."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="sign_ups")
    person = models.ForeignKey(User, models.CASCADE, related_name="sign_ups")
    channels = ArrayField(models.CharField(max_length=12, choices=Channel.choices))
    quota = models.PositiveSmallIntegerField(default=1)
    """Most duties in this round; 0: "call me if you need me"."""
    partners = models.ManyToManyField(User, related_name="+", blank=True)
    """With whom the person would like to be there."""
    rules = models.ForeignKey(RoundRules, models.PROTECT, null=True, blank=True, related_name="+")
    """The version that the person has read."""
    submitted_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    wishes: RelatedManager[Wish]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "person"], name="one_sign_up_per_round"),
            models.CheckConstraint(condition=~Q(channels=[]), name="sign_up_has_channels"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.round_id}"


class Wish(models.Model):
    """What a person says of one shift. Of what nothing is said, it is "fine"."""

    class Value(models.TextChoices):
        WANT = "want", pgettext_lazy("wish", "gladly")
        FINE = "fine", pgettext_lazy("wish", "fine")
        RATHER_NOT = "rather_not", pgettext_lazy("wish", "rather not")
        CANNOT = "cannot", pgettext_lazy("wish", "cannot")

    sign_up = models.ForeignKey(SignUp, models.CASCADE, related_name="wishes")
    shift = models.ForeignKey(Shift, models.CASCADE, related_name="wishes")
    value = models.CharField(max_length=10, choices=Value.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sign_up", "shift"], name="one_wish_per_shift")]

    def __str__(self) -> str:
        return f"{self.shift_id} {self.value}"
