"""The clean end of a duty: what became of each ticket that was in the volunteer's hands."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from rotations.models.duty import Duty
from tickets.models import Ticket, User


class HandedTicket(models.Model):
    """One step of a handover. An offer waits for the named person's answer, and for as long as the ticket is in the
    volunteer's hands: whoever takes it away otherwise has ended the offer."""

    class Step(models.TextChoices):
        SOLVED = "solved", pgettext_lazy("handover", "solved")
        SNOOZED = "snoozed", pgettext_lazy("handover", "put off, with the mentor")
        RETURNED = "returned", pgettext_lazy("handover", "back in the queue")
        OFFERED = "offered", pgettext_lazy("handover", "offered to a person")
        LEFT = "left", pgettext_lazy("handover", "went back by itself")

    class Answer(models.TextChoices):
        ACCEPTED = "accepted"
        DECLINED = "declined"
        GONE = "gone"

    duty = models.ForeignKey(Duty, models.CASCADE, related_name="handed")
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="+")
    step = models.CharField(max_length=8, choices=Step.choices)
    to = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    text = models.TextField(blank=True)
    at = models.DateTimeField()
    answer = models.CharField(max_length=8, choices=Answer.choices, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ticket"], condition=Q(step="offered", answered_at=None), name="one_open_offer_per_ticket"
            ),
        ]
        indexes = [
            models.Index(fields=["duty", "id"], name="handed_of_duty"),
            models.Index(fields=["to"], condition=Q(step="offered", answered_at=None), name="offers_to_person"),
        ]

    def __str__(self) -> str:
        return f"{self.duty_id} #{self.ticket_id} {self.step}"
