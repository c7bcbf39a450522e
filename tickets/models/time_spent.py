"""How long people worked on a ticket. Rows are only ever added: a correction is a row too."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tickets.models.people import User
from tickets.models.ticket import Ticket


class TimeSpent(models.Model):
    """A stretch of one person's time on one ticket. Pages show a ticket's sum and everybody their own, never a list of
    people."""

    class Source(models.TextChoices):
        PAGE = "page", _("while its page was open")
        CALL = "call", _("on the phone")
        BY_HAND = "by_hand", _("corrected by hand")

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="time_spent")
    person = models.ForeignKey(User, models.CASCADE, related_name="time_spent")
    seconds = models.IntegerField()
    """Below zero only where a correction takes away."""
    at = models.DateTimeField()
    """When it ended, or was corrected."""
    source = models.CharField(max_length=7, choices=Source.choices)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(source="by_hand") | Q(seconds__gt=0), name="time_measured_is_positive")
        ]
        indexes = [
            models.Index(fields=["ticket", "person"], include=["seconds"], name="time_on_ticket"),
            models.Index(fields=["person", "-at"], name="time_measured_last", condition=Q(source="page")),
        ]

    def __str__(self) -> str:
        return f"{self.seconds} s on #{self.ticket_id}"
