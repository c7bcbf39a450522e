"""Calendars, policies and their versions, which never change; and where each ticket's promises stand.

A desk without a default policy promises nothing: its tickets have no rows here.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sla import course, levels
from tickets.models import Event, Notification, Outbox, Priority, Queue, Team, Ticket, User
from tickets.models.ticket import Metric


class Calendar(models.Model):
    """Hours of work under a name. What they are, and were, stands in the versions."""

    name = models.CharField(max_length=100, unique=True)

    def __str__(self) -> str:
        return self.name


class CalendarVersion(models.Model):
    """Hours as they were agreed once. ``weekly`` and ``exceptions`` are read by `sla.business_time`; in JSON weekdays
    are texts ("0" is Monday), dates "2026-03-09"."""

    calendar = models.ForeignKey(Calendar, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(default=1)
    zone = models.CharField(max_length=64)
    weekly = models.JSONField()
    exceptions = models.JSONField(default=dict, blank=True)
    names = models.JSONField(default=dict, blank=True)
    """What the days of ``exceptions`` are called, where they have a name: {"2026-12-25": "Boże Narodzenie"}."""
    made_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["calendar", "number"], name="one_version_of_a_number_per_calendar"),
            models.UniqueConstraint(
                fields=["calendar"], condition=Q(replaced_at__isnull=True), name="one_current_version_per_calendar"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.calendar_id}.{self.number}"


class Policy(models.Model):
    """What is promised to tickets that fit ``conditions``, a search; the first in order that fits is a ticket's own."""

    name = models.CharField(max_length=100, unique=True)
    position = models.PositiveIntegerField(default=0)
    conditions = models.TextField(blank=True, default="")
    is_default = models.BooleanField(default=False)
    """Whatever fits no other policy has this one."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["is_default"], condition=Q(is_default=True), name="one_default_policy"),
            models.CheckConstraint(condition=Q(is_default=False) | Q(conditions=""), name="default_policy_fits_all"),
            models.CheckConstraint(condition=Q(is_default=True) | ~Q(conditions=""), name="other_policies_ask"),
        ]

    def __str__(self) -> str:
        return self.name


class PolicyVersion(models.Model):
    """Targets as they were promised once: seconds of working time by priority and metric, {"2": {"resolution": 28800}}.
    What is missing is not promised."""

    policy = models.ForeignKey(Policy, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(default=1)
    calendar = models.ForeignKey(Calendar, models.PROTECT)
    targets = models.JSONField()
    hold_pauses = models.BooleanField(default=True)
    levels = models.JSONField(default=levels.usual)
    """When somebody is told, and who: `sla.levels`."""
    made_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["policy", "number"], name="one_version_of_a_number_per_policy"),
            models.UniqueConstraint(
                fields=["policy"], condition=Q(replaced_at__isnull=True), name="one_current_version_per_policy"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy_id}.{self.number}"


class Agreement(models.Model):
    """What was promised for a ticket from an event on: kept because neither the policy that fitted then nor the
    priority can be told from the events later."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="+", db_index=False)
    event = models.ForeignKey(Event, models.CASCADE, related_name="+")
    at = models.DateTimeField(null=True, blank=True)
    """Set where an edit of calendars or policies brought it: then it holds from this moment, and the event is the last
    one that was recorded before. Otherwise it holds from its event on."""
    policy_version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="+", db_index=False)
    calendar_version = models.ForeignKey(CalendarVersion, models.PROTECT, related_name="+", db_index=False)
    priority = models.PositiveSmallIntegerField(choices=Priority.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "event"], condition=Q(at__isnull=True), name="one_agreement_per_event"
            ),
            models.UniqueConstraint(
                fields=["ticket", "event", "at"], condition=Q(at__isnull=False), name="one_agreement_per_edit"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.ticket_id} {self.policy_version_id}"


class Standing(models.Model):
    """Where the course of a ticket's promises is, besides its clocks: what the next event is read against."""

    ticket = models.OneToOneField(Ticket, models.CASCADE, primary_key=True, related_name="+")
    at = models.DateTimeField()
    """When the last event that counted happened. One that comes late makes the whole course be read again."""
    status = models.CharField(max_length=10)
    is_gone = models.BooleanField(default=False)
    is_answered = models.BooleanField(default=False)
    policy_version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="+", db_index=False)
    calendar_version = models.ForeignKey(CalendarVersion, models.PROTECT, related_name="+", db_index=False)
    priority = models.PositiveSmallIntegerField(choices=Priority.choices)

    def __str__(self) -> str:
        return f"#{self.ticket_id} {self.status}"


class Clock(models.Model):
    """One metric running on one ticket; what each column means stands at `sla.course.Clock`."""

    class State(models.TextChoices):
        RUNNING = course.RUNNING
        PAUSED = course.PAUSED
        MET = course.MET
        MISSED = course.MISSED
        CANCELLED = course.CANCELLED
        NO_HOURS = course.NO_HOURS

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="clocks", db_index=False)
    metric = models.CharField(max_length=16, choices=Metric.choices)
    cycle = models.PositiveIntegerField()
    state = models.CharField(max_length=9, choices=State.choices)
    policy_version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="+", db_index=False)
    calendar_version = models.ForeignKey(CalendarVersion, models.PROTECT, related_name="+", db_index=False)
    target_s = models.PositiveIntegerField(null=True, blank=True)
    started_at = models.DateTimeField()
    runs = models.JSONField(default=list, blank=True)
    """Stretches that are over: [[from, to, number of the calendar's version], ...], times in ISO."""
    used_s = models.PositiveIntegerField(default=0)
    running_since = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    breached_at = models.DateTimeField(null=True, blank=True)
    reached = models.JSONField(default=list, blank=True)
    """Levels that were passed, in order: [[key, moment in ISO, whether it lies ahead once more], ...]."""
    is_withdrawn = models.BooleanField(default=False, db_default=False)
    overdue_s = models.PositiveIntegerField(default=0)
    """Working time that a broken promise took beyond its target, known when it has ended."""
    due_rev = models.PositiveIntegerField(default=0)
    """Grows whenever the due time is another."""
    next_at = models.DateTimeField(null=True, blank=True)
    """When the next level will be passed, if nothing happens before: what the sweep looks for."""
    next_level = models.CharField(max_length=20, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "metric", "cycle"], name="one_clock_per_cycle")]
        indexes = [
            models.Index(fields=["next_at"], name="clocks_to_sweep", condition=Q(next_at__isnull=False)),
            models.Index(
                fields=["ticket"],
                name="open_clocks",
                condition=Q(state__in=[course.RUNNING, course.PAUSED, course.NO_HOURS]),
            ),
            models.Index(fields=["due_at"], name="clocks_by_due_time", condition=Q(due_at__isnull=False)),
            models.Index(fields=["breached_at"], name="broken_clocks", condition=Q(breached_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"#{self.ticket_id} {self.metric} {self.cycle}"


class Flag(models.Model):
    """A level of a clock was passed at ``at``, whenever somebody looked. A row of `Clock.reached` that can be counted
    and told about. An event that comes late may show that it was not: then it is revoked, never deleted."""

    class Why(models.TextChoices):
        LATE_EVENT = "late_event", _("Something that was recorded late shows that it was not so.")
        READ_AGAIN = "read_again", _("All events, read again, show that it was not so.")
        EDITED = "edited", _("Hours or promises were changed since.")

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="+")
    clock = models.ForeignKey(Clock, models.SET_NULL, null=True, related_name="flags", db_index=False)
    """None when a late event showed that there was no such clock."""
    metric = models.CharField(max_length=16, choices=Metric.choices)
    level = models.CharField(max_length=20)
    """The key of `sla.levels.Level`."""
    time = models.PositiveSmallIntegerField(default=1)
    """1 for the first time it was passed: a longer target can make a level lie ahead once more."""
    at = models.DateTimeField()
    noticed_at = models.DateTimeField()
    """When the desk noticed: long after ``at`` when the sweep stood still, or when what happened came late."""
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_because = models.CharField(max_length=10, choices=Why.choices, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clock", "level", "time"], name="one_flag_per_level", condition=Q(revoked_at__isnull=True)
            )
        ]
        indexes = [models.Index(fields=["at"], name="flags_by_time")]

    def __str__(self) -> str:
        return f"#{self.ticket_id} {self.metric} {self.level}"


class Notice(models.Model):
    """That people are told of a flag: one for each flag, also when there is nobody to tell any more."""

    class State(models.TextChoices):
        WAITING = "waiting"
        SPREAD = "spread"
        """It is known who hears of it, and when."""
        SKIPPED = "skipped"

    flag = models.OneToOneField(Flag, models.CASCADE, related_name="notice")
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    made_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["id"], name="notices_to_spread", condition=Q(state="waiting"))]

    def __str__(self) -> str:
        return f"{self.flag_id} {self.state}"


class Announcement(models.Model):
    """That one person hears of a notice: open until it has been told in the way they chose, or is true no more."""

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="announcements", db_index=False)
    person = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    made_at = models.DateTimeField()
    shown_at = models.DateTimeField(null=True, blank=True)
    """When it came on the page."""
    shown_in = models.ForeignKey(Notification, models.SET_NULL, null=True, blank=True, related_name="+")
    """The line on the page that tells of it, with others."""
    mail = models.ForeignKey(Outbox, models.SET_NULL, null=True, blank=True, related_name="+")
    """The mail that tells of it, also while that waits to be sent: until it has left it can be written anew."""
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notice", "person"], name="announced_once")]
        indexes = [
            models.Index(fields=["person", "id"], name="open_announcements", condition=Q(ended_at__isnull=True)),
            models.Index(fields=["person", "mail"], name="mailed_announcements", condition=Q(mail__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} for {self.person_id}"


class SweepRun(models.Model):
    """One run of the sweep. The newest is its heartbeat, the gaps between them are when it stood still."""

    started_at = models.DateTimeField(db_index=True)
    clocks = models.PositiveIntegerField(default=0)
    flags = models.PositiveIntegerField(default=0)
    late_s = models.PositiveIntegerField(default=0)
    """How long after its moment the oldest of its levels was found."""

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M:%S}"


class Edit(models.Model):
    """A change of a calendar, a policy or their order: first what it would do is counted, then it is applied to the
    clocks that run, bit by bit, as of the moment in which somebody said so."""

    class Kind(models.TextChoices):
        CALENDAR = "calendar"
        POLICY = "policy"
        ORDER = "order"
        DEFAULT = "default"
        """Another policy becomes the default one: ``target``."""

    class State(models.TextChoices):
        COUNTING = "counting"
        COUNTED = "counted"
        APPLYING = "applying"
        DONE = "done"
        DROPPED = "dropped"

    kind = models.CharField(max_length=8, choices=Kind.choices)
    target = models.BigIntegerField(null=True, blank=True)
    """The number of the calendar or the policy; None for a new one and for the order."""
    base = models.CharField(max_length=64, blank=True)
    """What the values were when they were shown to be changed, as a fingerprint."""
    before = models.JSONField(default=dict)
    proposed = models.JSONField()
    by = models.ForeignKey(User, models.CASCADE, related_name="+")
    made_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.COUNTING)
    total = models.PositiveIntegerField(default=0)
    """Tickets with open clocks: when it was proposed, and once it is applied those that it takes in."""
    reached = models.BigIntegerField(default=0)
    """The ticket at which counting stands."""
    most = models.PositiveIntegerField()
    """Counting stops after so many tickets, until somebody wants the rest."""
    counted = models.PositiveIntegerField(default=0)
    counted_at = models.DateTimeField(null=True, blank=True)
    changed = models.PositiveIntegerField(default=0)
    overdue = models.PositiveIntegerField(default=0)
    applied_at = models.DateTimeField(null=True, blank=True)
    """From when on it holds, whenever the turn of a ticket comes."""
    last_event = models.BigIntegerField(null=True, blank=True)
    """The newest event at that moment."""
    barrier = models.BigIntegerField(null=True, blank=True)
    """Transactions with a smaller number may have read what held before."""
    applied = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    ended_at = models.DateTimeField(null=True, blank=True)
    refused = models.CharField(max_length=300, blank=True)
    """Why it can no longer be done."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="applying"), name="one_edit_is_applied_at_a_time"
            )
        ]
        indexes = [models.Index(fields=["state", "id"], name="edits_by_state")]

    def __str__(self) -> str:
        return f"edit {self.pk}"


class Foreseen(models.Model):
    """A due time that an edit would change."""

    edit = models.ForeignKey(Edit, models.CASCADE, related_name="foreseen")
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="+")
    metric = models.CharField(max_length=16, choices=Metric.choices)
    due_at = models.DateTimeField(null=True)
    becomes_due_at = models.DateTimeField(null=True)
    is_overdue = models.BooleanField(default=False)
    """It would be overdue, and is not."""

    class Meta:
        indexes = [models.Index(fields=["edit", "-is_overdue", "id"], name="foreseen_worst_first")]

    def __str__(self) -> str:
        return f"#{self.ticket_id} {self.metric}"


class EditTicket(models.Model):
    """A ticket whose turn has not come yet in an edit that is applied."""

    edit = models.ForeignKey(Edit, models.CASCADE, related_name="left", db_index=False)
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["edit", "ticket"], name="once_in_an_edit")]

    def __str__(self) -> str:
        return f"#{self.ticket_id} in {self.edit_id}"


class Outlook(models.Model):
    """What a team has before it, as it was at ``at``: written each minute, the newest alone is kept."""

    team = models.OneToOneField(Team, models.CASCADE, primary_key=True, related_name="+")
    at = models.DateTimeField()
    picture = models.JSONField()
    """See `sla.figures.outlook`."""

    def __str__(self) -> str:
        return f"{self.team_id} {self.at:%Y-%m-%d %H:%M}"


class Tally(models.Model):
    """A sum over one week of one queue: how many of a kind, and how many of them did well. `sla.figures.tallies`."""

    week = models.DateField()
    """Its Monday, by the desk's clock."""
    queue = models.ForeignKey(Queue, models.CASCADE, related_name="+", db_index=False)
    figure = models.CharField(max_length=16)
    key = models.CharField(max_length=20, blank=True, default="")
    count = models.PositiveIntegerField()
    good = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["week", "queue", "figure", "key"], name="one_tally_of_a_kind")]

    def __str__(self) -> str:
        return f"{self.week} {self.queue_id} {self.figure} {self.key}: {self.good}/{self.count}"


class TalliedWeek(models.Model):
    """As of when a week was counted."""

    week = models.DateField(primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.week} {self.at:%Y-%m-%d %H:%M}"


class ReportReader(models.Model):
    """Somebody who wants last week's report by mail on Monday morning."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="+")
    since = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.user_id}"


class MailedWeek(models.Model):
    """A week whose report went out, to whoever wanted it then: the row that decides that it goes once."""

    week = models.DateField(primary_key=True)
    at = models.DateTimeField()
    mails = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.week}"
