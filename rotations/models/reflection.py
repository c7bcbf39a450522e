"""What a volunteer thinks of a duty that is over: for themselves, for their mentors, for everybody."""

from __future__ import annotations

from django.db import models

from rotations.models.duty import Duty


class Reflection(models.Model):
    """Three texts with three readers. None has to be written."""

    duty = models.OneToOneField(Duty, models.CASCADE, related_name="reflection")
    for_me = models.TextField(blank=True)
    for_mentors = models.TextField(blank=True)
    for_company = models.TextField(blank=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.duty_id}"
