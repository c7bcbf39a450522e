"""Telephone calls: who called or was called, how long it took, and what became of it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from helpdesk.lib.one_line import must_be_one_line
from tickets.models.people import User
from tickets.models.ticket import Ticket

LONGEST_S = 12 * 3600


class PersonNumber(models.Model):
    """Another telephone of a person, beside the one in their card. Two people may share one."""

    person = models.ForeignKey(User, models.CASCADE, related_name="numbers")
    number = models.CharField(max_length=40, validators=[must_be_one_line])
    added_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "number"], name="a_number_once_a_person")]

    def __str__(self) -> str:
        return self.number


class PhoneCall(models.Model):
    """One call on one ticket. What was said stands on the ticket."""

    class Direction(models.TextChoices):
        IN = "in", _("They called")
        OUT = "out", _("We called")

    class Outcome(models.TextChoices):
        OPEN = "open", _("It stays open")
        SOLVED = "solved", _("Solved now")
        CALL_BACK = "call_back", _("Call back later")
        AS_IS = "as_is", _("Leave the status")

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="calls")
    agent = models.ForeignKey(User, models.PROTECT, related_name="calls_taken")
    person = models.ForeignKey(User, models.PROTECT, related_name="calls")
    """Who was on the other end; on a ticket that is another's, not its requester."""
    number = models.CharField(max_length=40, blank=True)
    direction = models.CharField(max_length=3, choices=Direction.choices)
    outcome = models.CharField(max_length=9, choices=Outcome.choices)
    began_at = models.DateTimeField()
    logged_at = models.DateTimeField()
    seconds = models.PositiveIntegerField()
    """The length that was kept: of pauses, and of what was corrected, less than from began_at to logged_at."""
    key = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agent", "key"], name="a_call_is_logged_once")]
        indexes = [models.Index(fields=["ticket", "began_at", "id"], name="calls_of_ticket")]

    def __str__(self) -> str:
        return f"{self.direction} {self.began_at:%Y-%m-%d %H:%M} on #{self.ticket_id}"


class CallDraft(models.Model):
    """What somebody has written down during a call that is not logged yet: only theirs."""

    agent = models.ForeignKey(User, models.CASCADE, related_name="call_drafts")
    key = models.CharField(max_length=64)
    began_at = models.DateTimeField()
    values = models.JSONField(default=dict)
    """The fields of the page as they were typed."""
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agent", "key"], name="one_draft_of_a_call")]

    def __str__(self) -> str:
        return f"call of {self.agent_id} at {self.began_at:%Y-%m-%d %H:%M}"
