"""Who was asked whether they would take part in a round."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from rotations.models.programme import Round
from tickets.models import User


class Invitation(models.Model):
    """One per person and round, however often they are written to. An answer is a sign-up, or ``declined_at``; no
    reason is asked and none is kept."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="invitations")
    person = models.ForeignKey(User, models.CASCADE, related_name="invitations")
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    invited_at = models.DateTimeField()
    is_waiting = models.BooleanField(default=True)
    """Whether a mail is still to be written: taken back in the transaction that writes it."""
    mailed_at = models.DateTimeField(null=True, blank=True)
    """When the last mail was written; none where the address takes none."""
    mails = models.PositiveSmallIntegerField(default=0)
    opened_at = models.DateTimeField(null=True, blank=True)
    declined_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "person"], name="one_invitation_per_round")]
        indexes = [models.Index(fields=["id"], condition=Q(is_waiting=True), name="invitations_to_mail")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.round_id}"
