"""A volunteer on a shift, day by day, and what happened to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import pgettext_lazy

from rotations.models.shift import Shift
from tickets.models import Channel, Grant, User

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class Duty(models.Model):
    """One volunteer on one shift.

    A duty is confirmed by an act of the volunteer's own and by nothing else: the database holds no confirmed duty that
    somebody else confirmed.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", pgettext_lazy("duty", "proposed")
        CONFIRMED = "confirmed", pgettext_lazy("duty", "confirmed")
        ACTIVE = "active", pgettext_lazy("duty", "running")
        HANDING_OVER = "handing_over", pgettext_lazy("duty", "being handed over")
        COMPLETED = "completed", pgettext_lazy("duty", "completed")
        DECLINED = "declined", pgettext_lazy("duty", "declined")
        WITHDRAWN = "withdrawn", pgettext_lazy("duty", "withdrawn")
        COVERED = "covered", pgettext_lazy("duty", "covered")
        CANCELLED = "cancelled", pgettext_lazy("duty", "cancelled")
        ABSENT = "absent", pgettext_lazy("duty", "away")

    LIVE = (State.PROPOSED, State.CONFIRMED, State.ACTIVE, State.HANDING_OVER)
    ACTED = (State.CONFIRMED, State.ACTIVE, State.HANDING_OVER, State.COMPLETED)

    shift = models.ForeignKey(Shift, models.PROTECT, related_name="duties")
    person = models.ForeignKey(User, models.PROTECT, related_name="duties")
    state = models.CharField(max_length=12, choices=State.choices, default=State.PROPOSED)
    seat = models.PositiveSmallIntegerField()
    """1 to the shift's capacity; of two live duties on one seat one has days that the other gave away."""
    part_of = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="parts")
    """Whose days these were: the first duty on this seat. No two others share one."""
    channels = ArrayField(models.CharField(max_length=12, choices=Channel.choices))
    mentor = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    deputy = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    is_first = models.BooleanField(default=False)
    """Whether it is the person's first duty in the programme."""
    grant = models.OneToOneField(Grant, models.SET_NULL, null=True, blank=True, related_name="duty")
    """The right that the duty gives, as long as it does."""
    placed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    placed_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    """When it was declined, withdrawn, covered, cancelled or completed."""
    break_now = models.ForeignKey("rotations.Absence", models.SET_NULL, null=True, blank=True, related_name="+")
    """The absence of a break, to be taken back when it ends early."""
    handover_note = models.TextField(blank=True)
    offered_at = models.DateTimeField(null=True, blank=True)
    """When the volunteer said that nothing is left in their hands."""
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    """Who accepted the handover, or waived it; before the end of the duty it is completed only by that."""
    closed_at = models.DateTimeField(null=True, blank=True)
    is_waived = models.BooleanField(default=False)
    returned_at = models.DateTimeField(null=True, blank=True)
    """Since when nothing that came by the duty can be in the person's hands any more."""

    days: RelatedManager[DutyDay]
    events: RelatedManager[DutyEvent]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shift", "person"],
                condition=Q(state__in=["proposed", "confirmed", "active", "handing_over"]),
                name="one_live_duty_per_shift",
            ),
            models.UniqueConstraint(
                fields=["shift", "seat"],
                condition=Q(state__in=["proposed", "confirmed", "active", "handing_over"], part_of=None),
                name="one_live_duty_per_seat",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["confirmed", "active", "handing_over", "completed"])
                | Q(confirmed_by=F("person"), confirmed_at__isnull=False),
                name="confirmed_by_the_volunteer",
            ),
            models.CheckConstraint(
                condition=~Q(state="completed")
                | (Q(closed_by__isnull=False, closed_at__isnull=False) & ~Q(closed_by=F("person"))),
                name="completed_by_somebody_else",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["confirmed", "active", "handing_over"]) | Q(grant=None),
                name="only_confirmed_duties_give_rights",
            ),
            models.CheckConstraint(condition=~Q(channels=[]) & Q(seat__gte=1), name="duty_has_channels_and_a_seat"),
        ]
        indexes = [
            models.Index(fields=["person", "state"], name="duties_of_person"),
            models.Index(fields=["state"], condition=Q(state="handing_over"), name="duties_to_be_handed_over"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.shift_id} {self.state}"

    @property
    def is_live(self) -> bool:
        return self.state in self.LIVE


class DutyDay(models.Model):
    """One date of a duty and who holds it: what covers and swaps move."""

    duty = models.ForeignKey(Duty, models.CASCADE, related_name="days")
    day = models.DateField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    holder = models.ForeignKey(User, models.PROTECT, related_name="duty_days")
    is_live = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["duty", "day"], name="one_duty_day_per_date"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="duty_day_is_forward"),
            ExclusionConstraint(
                name="nobody_is_in_two_places",
                expressions=[
                    ("holder", RangeOperators.EQUAL),
                    (
                        Func("starts_at", "ends_at", function="tstzrange", output_field=DateTimeRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(is_live=True),
            ),
        ]
        indexes = [models.Index(fields=["ends_at", "starts_at"], condition=Q(is_live=True), name="duty_days_by_time")]

    def __str__(self) -> str:
        return f"{self.duty_id} {self.day}"


class DutyEvent(models.Model):
    """What happened to a duty, in order; its state can be told from these alone."""

    class Kind(models.TextChoices):
        PLACED = "placed"
        CONFIRMED = "confirmed"
        BEGAN = "began"
        ENDED = "ended"
        DECLINED = "declined"
        WITHDRAWN = "withdrawn"
        CANCELLED = "cancelled"
        MENTORS_CHANGED = "mentors_changed"
        OFFERED = "offered"
        ACCEPTED = "accepted"
        WAIVED = "waived"
        RETURNED = "returned"
        COMPLETED = "completed"
        DAYS_CHANGED = "days_changed"
        COVERED = "covered"

    LEADS_TO: ClassVar[dict[Kind, Duty.State]] = {
        Kind.PLACED: Duty.State.PROPOSED,
        Kind.CONFIRMED: Duty.State.CONFIRMED,
        Kind.BEGAN: Duty.State.ACTIVE,
        Kind.ENDED: Duty.State.HANDING_OVER,
        Kind.DECLINED: Duty.State.DECLINED,
        Kind.WITHDRAWN: Duty.State.WITHDRAWN,
        Kind.CANCELLED: Duty.State.CANCELLED,
        Kind.COMPLETED: Duty.State.COMPLETED,
        Kind.COVERED: Duty.State.COVERED,
    }
    """The last of these tells the state of the duty."""

    duty = models.ForeignKey(Duty, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    actor = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes = [models.Index(fields=["duty", "id"], name="duty_events_in_order")]

    def __str__(self) -> str:
        return f"{self.duty_id} {self.kind}"
