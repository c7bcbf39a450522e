"""What a team makes of a round that is over."""

from __future__ import annotations

from django.db import models
from django.utils.translation import pgettext_lazy

from rotations.models.programme import Round
from tickets.models import User


class Verdict(models.Model):
    """Said by whoever plans; until the round is closed it may be said anew. "Stop" is a result like the others."""

    class Word(models.TextChoices):
        REPEAT = "repeat", pgettext_lazy("verdict", "Repeat")
        CHANGE = "change", pgettext_lazy("verdict", "Change")
        STOP = "stop", pgettext_lazy("verdict", "Stop")

    round = models.OneToOneField(Round, models.CASCADE, related_name="verdict")
    word = models.CharField(max_length=6, choices=Word.choices)
    text = models.TextField(blank=True)
    said_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    said_at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True, blank=True)
    """When the summary went to everybody who took part."""

    def __str__(self) -> str:
        return f"{self.round_id} {self.word}"
