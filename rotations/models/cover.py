"""Days of duty that look for somebody else."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from rotations.models.duty import Duty, DutyDay
from tickets.models import User


class CoverRequest(models.Model):
    """Somebody would like to give days of a duty away, or to swap them for another duty. It names days, never a span of
    time: whatever becomes of the shift, it is clear what was meant."""

    class Kind(models.TextChoices):
        GIVE = "give", pgettext_lazy("cover", "to give away")
        SWAP = "swap", pgettext_lazy("cover", "to swap")

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("cover", "looking for somebody")
        PENDING = "pending", pgettext_lazy("cover", "a swap is offered")
        APPLIED = "applied", pgettext_lazy("cover", "settled")
        TAKEN_BACK = "taken_back", pgettext_lazy("cover", "taken back")
        UNDONE = "undone", pgettext_lazy("cover", "undone")

    STEPS: ClassVar[dict[State, tuple[State, ...]]] = {
        State.OPEN: (State.PENDING, State.APPLIED, State.TAKEN_BACK),
        State.PENDING: (State.OPEN, State.APPLIED, State.TAKEN_BACK),
        State.APPLIED: (State.UNDONE,),
        State.TAKEN_BACK: (),
        State.UNDONE: (),
    }

    duty = models.ForeignKey(Duty, models.CASCADE, related_name="covers")
    days = models.ManyToManyField(DutyDay, related_name="covers")
    kind = models.CharField(max_length=4, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    to = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    """Who alone is asked; None asks every colleague."""
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField()
    taker = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="covers_taken")
    taken_at = models.DateTimeField(null=True, blank=True)
    offered = models.ForeignKey(Duty, models.PROTECT, null=True, blank=True, related_name="offered_for")
    """The taker's duty that a swap gives in return."""
    became = models.ForeignKey(Duty, models.PROTECT, null=True, blank=True, related_name="+")
    """The taker's duty that holds the days now."""
    returned = models.ForeignKey(Duty, models.PROTECT, null=True, blank=True, related_name="+")
    """The giver's duty that holds the days of ``offered`` now."""
    is_left_over = models.BooleanField(default=False, db_default=False)
    """Whether its giver has left the duty: nobody has the day until somebody takes it."""
    undo_asked_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["open", "taken_back"]) | Q(taker__isnull=False, taken_at__isnull=False),
                name="cover_has_a_taker",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["applied", "undone"]) | Q(became__isnull=False), name="applied_cover_has_a_duty"
            ),
            models.CheckConstraint(condition=~Q(state="pending") | Q(kind="swap"), name="only_swaps_wait_for_consent"),
        ]
        indexes = [models.Index(fields=["state", "id"], name="covers_by_state")]

    def __str__(self) -> str:
        return f"{self.duty_id} {self.kind} {self.state}"
