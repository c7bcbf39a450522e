"""A programme of duties, its rounds and their rules, and who is signed off for a channel."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from rotations.weekly_hours import DAY
from tickets.models import Channel, Outbox, Queue, Team, User

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

SIGNED_OFF = [Channel.PHONE]


def _signed_off() -> list[str]:
    return [str(channel) for channel in SIGNED_OFF]


def _edges() -> list[int]:
    return [8 * 60, 11 * 60, 16 * 60, 20 * 60]


class Programme(models.Model):
    """What a team offers to volunteers: queues and channels, who looks after them, and how much is enough."""

    team = models.ForeignKey(Team, models.PROTECT, related_name="programmes")
    name = models.CharField(max_length=100, unique=True)
    zone = models.CharField(max_length=64, default="Europe/Warsaw")
    channels = ArrayField(models.CharField(max_length=12, choices=Channel.choices))
    queues = models.ManyToManyField(Queue, related_name="programmes")
    signed_off_channels = ArrayField(
        models.CharField(max_length=12, choices=Channel.choices), default=_signed_off, blank=True
    )
    """Those that somebody answers only with a qualification that is valid on each day."""
    rest_h = models.PositiveSmallIntegerField(default=11)
    """Least hours between the end of one day of duty and the next beginning, of the same person."""
    newcomers_per_mentor = models.PositiveSmallIntegerField(default=2)
    """People on their first duty at once, for each mentor who is present that day."""
    mentees_per_mentor = models.PositiveSmallIntegerField(default=3)
    """People whom one mentor looks after on one day."""
    part_edges = ArrayField(models.PositiveSmallIntegerField(), default=_edges)
    """Where the parts of a day begin and the last one ends, in minutes by the clock on the wall."""
    country = models.CharField(max_length=2, default="PL")
    """Whose bank holidays count for no demand; empty: nobody's."""
    cap = models.PositiveSmallIntegerField(default=5)
    chat_cap = models.PositiveSmallIntegerField(default=2)
    is_reviewed = models.BooleanField(default=True)
    """Whether replies of a first duty wait for a mentor."""

    familiar_tags = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    """What guests can answer soon: tickets with these come first when they take the next one. Mentors say which."""
    links = models.TextField(blank=True)
    """What to read on arrival, a line each: a name and an address (`pairs_of`)."""
    quiet_tasks = models.TextField(blank=True)
    """What is useful while nothing waits, a line each."""

    patterns: RelatedManager[Pattern]
    rounds: RelatedManager[Round]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(newcomers_per_mentor__gte=1), name="mentor_looks_after_somebody")
        ]

    def __str__(self) -> str:
        return self.name


class Pattern(models.Model):
    """A run of days that can be booked as one: "Monday to Wednesday, 8 to 16". Minutes by the clock on the wall."""

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="patterns")
    name = models.CharField(max_length=60)
    first_weekday = models.PositiveSmallIntegerField()
    days = models.PositiveSmallIntegerField(default=1)
    starts = models.PositiveSmallIntegerField()
    ends = models.PositiveSmallIntegerField()
    seats = models.PositiveSmallIntegerField(default=2)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["programme", "name"], name="one_pattern_of_a_name"),
            models.CheckConstraint(
                condition=Q(first_weekday__lte=6, days__gte=1, days__lte=14, seats__gte=1), name="pattern_is_possible"
            ),
            models.CheckConstraint(
                condition=Q(starts__lt=DAY) & Q(ends__gt=F("starts")) & Q(ends__lte=F("starts") + DAY),
                name="pattern_is_forward",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Round(models.Model):
    """A campaign of duties from the first sign-up to the verdict."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("round", "being drafted")
        SIGNUP = "signup", pgettext_lazy("round", "open for sign-up")
        PLANNING = "planning", pgettext_lazy("round", "being planned")
        PUBLISHED = "published", pgettext_lazy("round", "published")
        RUNNING = "running", pgettext_lazy("round", "running")
        REFLECTING = "reflecting", pgettext_lazy("round", "looking back")
        CLOSED = "closed", pgettext_lazy("round", "closed")
        CANCELLED = "cancelled", pgettext_lazy("round", "cancelled")

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="rounds")
    number = models.PositiveIntegerField()
    starts_on = models.DateField()
    ends_on = models.DateField()
    signup_ends_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    published_at = models.DateTimeField(null=True, blank=True)
    discussed_since = models.DateTimeField(null=True, blank=True)
    """Since when every colleague may read the draft's rules and comment on them."""
    made_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["programme", "number"], name="one_round_of_a_number"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="round_is_forward"),
        ]

    def __str__(self) -> str:
        return f"{self.programme_id} {self.number}"

    @property
    def shows_plan(self) -> bool:
        """Whether those who signed up see who is placed where."""
        return self.state in (self.State.PUBLISHED, self.State.RUNNING, self.State.REFLECTING, self.State.CLOSED)


class RoundRules(models.Model):
    """The rules of a round as they read once; to consent is to have read a version."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="rules")
    number = models.PositiveIntegerField()
    text = models.TextField()
    made_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()

    comments: RelatedManager[RuleComment]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "number"], name="one_version_of_rules_of_a_number")]

    def __str__(self) -> str:
        return f"{self.round_id} {self.number}"


class RuleComment(models.Model):
    """What somebody says of one version of a draft's rules, and what was answered."""

    rules = models.ForeignKey(RoundRules, models.CASCADE, related_name="comments")
    author = models.ForeignKey(User, models.CASCADE, related_name="+")
    text = models.TextField()
    at = models.DateTimeField()
    answer = models.TextField(blank=True)
    settled_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["rules", "at", "id"], name="comments_on_rules")]

    def __str__(self) -> str:
        return f"{self.rules_id} {self.author_id}"


class Qualification(models.Model):
    """Somebody of the team says that a person can answer a channel alone, until a date or for good."""

    person = models.ForeignKey(User, models.CASCADE, related_name="qualifications")
    channel = models.CharField(max_length=12, choices=Channel.choices)
    signed_off_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    signed_off_at = models.DateTimeField()
    expires_on = models.DateField(null=True, blank=True)
    """The first local date on which it does not hold any more."""
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")

    reminders: RelatedManager[QualificationReminder]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "channel"], condition=Q(revoked_at=None), name="one_qualification_per_channel"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.channel}"

    @property
    def last_day(self) -> date | None:
        """The last local date on which it holds."""
        return self.expires_on - timedelta(days=1) if self.expires_on else None


class QualificationReminder(models.Model):
    """That somebody was told that a sign-off ends: written in the transaction of its mail, each kind once."""

    class Kind(models.TextChoices):
        MONTH = "month"
        WEEK = "week"

    qualification = models.ForeignKey(Qualification, models.CASCADE, related_name="reminders")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    at = models.DateTimeField()
    mail = models.ForeignKey(Outbox, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["qualification", "kind"], name="one_reminder_of_a_sign_off_of_a_kind")
        ]

    def __str__(self) -> str:
        return f"{self.qualification_id} {self.kind}"
