"""The ticket: one request, where it stands, who has it, and who may see it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tickets.models.channel import Channel
from tickets.models.grant import consulted_on, grace_of, mentees_of, scopes_of
from tickets.models.people import Organisation, Role, User
from tickets.models.queue import Queue

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from tickets.models.message import Draft, Message

AT_RISK = timedelta(hours=4)
"""A ticket is about to breach when its due time is this near (DESIGN §4)."""

NEVER = datetime(9999, 12, 31, tzinfo=UTC)


class Status(models.TextChoices):
    NEW = "new", _("New")
    OPEN = "open", _("Open")
    WAITING = "waiting", _("Waiting for requester")
    ON_HOLD = "on_hold", _("On hold")
    SOLVED = "solved", _("Solved")
    CLOSED = "closed", _("Closed")


UNSOLVED = (Status.NEW, Status.OPEN, Status.WAITING, Status.ON_HOLD)
ACTIONABLE = (Status.NEW, Status.OPEN)

TRANSITIONS: dict[str, frozenset[str]] = {
    Status.NEW: frozenset({Status.OPEN, Status.WAITING, Status.ON_HOLD, Status.SOLVED}),
    Status.OPEN: frozenset({Status.WAITING, Status.ON_HOLD, Status.SOLVED}),
    Status.WAITING: frozenset({Status.OPEN, Status.ON_HOLD, Status.SOLVED}),
    Status.ON_HOLD: frozenset({Status.OPEN, Status.WAITING, Status.SOLVED}),
    Status.SOLVED: frozenset({Status.OPEN, Status.CLOSED}),
    Status.CLOSED: frozenset(),
}
"""Which status may follow which. Closed is final: a late answer opens a linked follow-up."""


def has_tag(name: str) -> Q:
    """Which tickets carry the tag. The first condition is that of the partial index, unusable without it."""
    return ~Q(tags=[]) & Q(tags__contains=[name])


def has_field(key: str, value: str) -> Q:
    """Which tickets have exactly this value in a field of the desk's own, by the partial index like `has_tag`."""
    return ~Q(fields={}) & Q(fields__contains={key: value})


AWAKE = Q(snoozed_until__isnull=True)
"""Who is snoozed stays so until an event wakes the ticket: the sweep at its time, or the requester."""


def due_between(first: datetime | None, before: datetime) -> Q:
    """Which running promises fall due then: a piece of the work order, where nothing else stands before the end of
    time."""
    return Q(work_at__lt=before) if first is None else Q(work_at__gte=first, work_at__lt=before)


class Priority(models.IntegerChoices):
    LOW = 1, _("Low")
    NORMAL = 2, _("Normal")
    HIGH = 3, _("High")
    URGENT = 4, _("Urgent")


class RemovedAs(models.TextChoices):
    SPAM = "spam", _("Spam")
    DELETED = "deleted", _("Deleted")
    MERGED = "merged", _("Merged")


class DueState(models.TextChoices):
    RUNNING = "running", _("Running")
    PAUSED = "paused", _("Paused")
    MET = "met", _("Met")


class Metric(models.TextChoices):
    FIRST_RESPONSE = "first_response", _("First reply")
    NEXT_RESPONSE = "next_response", _("Next reply")
    RESOLUTION = "resolution", pgettext_lazy("promise", "Solved")


class TicketQuerySet(models.QuerySet["Ticket"]):
    def visible_to(self, user: User | AnonymousUser, at: datetime) -> TicketQuerySet:
        """What ``user`` may see at ``at``: the one rule for every page, count, search, export, feed, socket and API.

        Own and shared requests, and whatever the person works (`worked_by`). Nobody else sees anything.
        """
        if not isinstance(user, User) or not user.is_active:
            return self.none()
        if user.role == Role.ADMIN:
            return self
        # Two index scans put together; an OR of the two conditions would read the whole table.
        asked = Ticket.objects.filter(requester=user).order_by().values("pk")
        shared = Share.objects.filter(user=user).values("ticket")
        own = Q(pk__in=asked.union(shared)) & ~Q(removed_as__in=[RemovedAs.SPAM, RemovedAs.DELETED])
        return self.filter(own | self._work_condition(user, at))

    def worked_by(self, user: User | AnonymousUser, at: datetime) -> TicketQuerySet:
        """What ``user`` may work at ``at``, notes included: queues of own teams, mentees' tickets, active grants,
        tickets one is consulted on."""
        if not isinstance(user, User) or not user.is_active:
            return self.none()
        if user.role == Role.ADMIN:
            return self
        return self.filter(self._work_condition(user, at))

    @staticmethod
    def _work_condition(user: User, at: datetime) -> Q:
        condition = Q(pk__in=[])
        if user.is_support:
            if user.queue_ids:
                condition |= Q(queue_id__in=sorted(user.queue_ids))
            if mentees := mentees_of(user, at):
                condition |= Q(assignee_id__in=sorted(mentees))
        if user.role != Role.REQUESTER:
            for scope in scopes_of(user, at):
                condition |= Q(channel__in=sorted(scope.channels), queue_id__in=sorted(scope.queue_ids))
            if consulted := consulted_on(user, at):
                condition |= Q(pk__in=sorted(consulted))
        if user.role == Role.COLLEAGUE:
            for scope in grace_of(user, at):
                condition |= Q(
                    assignee=user,
                    channel__in=sorted(scope.channels),
                    queue_id__in=sorted(scope.queue_ids),
                    pk__in=user.drafts.values("ticket"),
                )
        return condition

    def present(self) -> TicketQuerySet:
        """Without spam, deleted and merged."""
        return self.filter(removed_as="")

    def unsolved(self) -> TicketQuerySet:
        """Everything that still waits for somebody. The literal condition matches the partial indexes."""
        return self.present().filter(status__in=UNSOLVED)

    def actionable(self) -> TicketQuerySet:
        """What somebody could take and answer now."""
        return self.present().filter(AWAKE, status__in=ACTIONABLE)

    def awake(self) -> TicketQuerySet:
        """Without those that are snoozed: working lists. Promises run on, so lists of what breaches show all."""
        return self.filter(AWAKE)

    def snoozed(self) -> TicketQuerySet:
        return self.unsolved().filter(snoozed_until__isnull=False)

    def unassigned(self) -> TicketQuerySet:
        return self.filter(assignee__isnull=True)

    def at_risk(self, at: datetime) -> TicketQuerySet:
        """About to breach: due within the next four hours and the promise still running."""
        return self.unsolved().filter(due_between(at, at + AT_RISK))

    def overdue(self, at: datetime) -> TicketQuerySet:
        return self.unsolved().filter(due_between(None, at))

    def in_work_order(self) -> TicketQuerySet:
        """Running promises by due time, then those without one; the number breaks ties."""
        return self.order_by("work_at", "id")


class Ticket(models.Model):
    """One request. The number people see is the primary key."""

    subject = models.CharField(_("subject"), max_length=300, blank=True)
    """Empty for a mail that came without one; pages show "(no subject)" in their reader's language."""
    queue = models.ForeignKey(Queue, models.PROTECT, related_name="tickets", verbose_name=_("queue"))
    requester = models.ForeignKey(User, models.PROTECT, related_name="requests", verbose_name=_("requester"))
    organisation = models.ForeignKey(
        Organisation, models.SET_NULL, null=True, blank=True, related_name="tickets", verbose_name=_("organisation")
    )
    channel = models.CharField(_("channel"), max_length=12, choices=Channel.choices)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.NEW)
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority.choices, default=Priority.NORMAL)
    assignee = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="assigned_tickets", verbose_name=_("assignee")
    )
    hold_reason = models.CharField(_("reason for the hold"), max_length=300, blank=True)
    tags = ArrayField(models.CharField(max_length=50), default=list, blank=True, verbose_name=_("tags"))
    """In alphabetical order, without doubles."""
    fields = models.JSONField(default=dict, blank=True)
    """Values of the desk's own fields by `CustomField.key`; a field without a value is absent."""
    snoozed_until = models.DateTimeField(_("snoozed until"), null=True, blank=True)
    snooze_reason = models.CharField(_("reason for the snooze"), max_length=300, blank=True, default="")
    merged_into = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="merged")
    removed_as = models.CharField(max_length=8, choices=RemovedAs.choices, blank=True, default="")
    removed_at = models.DateTimeField(null=True, blank=True)
    follow_up_of = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="follow_ups")
    version = models.PositiveIntegerField(default=1)

    opened_at = models.DateTimeField(_("opened"))
    updated_at = models.DateTimeField(_("changed"))
    first_reply_at = models.DateTimeField(null=True, blank=True)
    solved_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    reopened_at = models.DateTimeField(null=True, blank=True)

    # Facts that upper apps compute and store through tickets.actions.facts; the kernel only reads them.
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    sla_state = models.CharField(max_length=8, choices=DueState.choices, blank=True, default="")
    sla_metric = models.CharField(max_length=16, choices=Metric.choices, blank=True, default="")
    sla_since = models.DateTimeField(null=True, blank=True)
    sla_target_s = models.PositiveIntegerField(null=True, blank=True)
    sla_calendar_id = models.BigIntegerField(null=True, blank=True, editable=False)
    """By which hours the running promise counts (tickets.queries.working_time); None: by all."""
    breached_at = models.DateTimeField(null=True, blank=True)

    work_at = models.GeneratedField(
        expression=models.Case(
            models.When(sla_state=DueState.RUNNING, then=Coalesce("due_at", Value(NEVER))), default=Value(NEVER)
        ),
        output_field=models.DateTimeField(),
        db_persist=True,
    )
    """Where the ticket stands in the work order: its due time while a promise runs, else the end of time."""

    messages: RelatedManager[Message]
    shares: RelatedManager[Share]
    drafts: RelatedManager[Draft]

    objects = TicketQuerySet.as_manager()

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=Status.values), name="status_is_known"),
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="channel_is_known"),
            models.CheckConstraint(condition=Q(priority__in=Priority.values), name="priority_is_known"),
            models.CheckConstraint(condition=~Q(status=Status.ON_HOLD) | ~Q(hold_reason=""), name="hold_has_a_reason"),
            models.CheckConstraint(
                condition=Q(status__in=[Status.SOLVED, Status.CLOSED], solved_at__isnull=False)
                | Q(status__in=UNSOLVED, solved_at__isnull=True),
                name="solved_has_its_time",
            ),
        ]
        indexes = [
            # Lists of unsolved tickets: in work order everything, by queue, by assignee, nobody's; and by number.
            models.Index(
                fields=["work_at", "id"], name="unsolved_in_order", condition=Q(status__in=UNSOLVED, removed_as="")
            ),
            # Every number is above 0. Only lists by number say so: else counting would go by this index, and so read
            # each of the rows.
            models.Index(
                fields=["id"], name="unsolved_by_number", condition=Q(status__in=UNSOLVED, removed_as="", id__gt=0)
            ),
            models.Index(
                fields=["queue", "work_at", "id"],
                name="unsolved_by_queue",
                condition=Q(status__in=UNSOLVED, removed_as=""),
            ),
            models.Index(
                fields=["assignee", "work_at", "id"],
                name="unsolved_by_assignee",
                condition=Q(status__in=UNSOLVED, removed_as=""),
            ),
            # Counts of the sidebar: one index-only scan over the unsolved.
            models.Index(
                fields=["queue", "channel", "status"],
                include=["assignee", "sla_state", "due_at", "snoozed_until"],
                name="unsolved_counts",
                condition=Q(status__in=UNSOLVED, removed_as=""),
            ),
            models.Index(fields=["requester", "-id"], name="by_requester"),
            # Lists of solved ones, latest first: everything, by queue, by assignee.
            models.Index(
                fields=["-solved_at", "-id"],
                name="solved_in_order",
                condition=Q(solved_at__isnull=False, removed_as=""),
            ),
            models.Index(
                fields=["queue", "-solved_at", "-id"],
                name="solved_in_queue",
                condition=Q(solved_at__isnull=False, removed_as=""),
            ),
            models.Index(
                fields=["assignee", "-solved_at", "-id"],
                name="solved_by_assignee",
                condition=Q(solved_at__isnull=False, removed_as=""),
            ),
            GinIndex(fields=["tags"], name="by_tag", condition=~Q(tags=[])),
            GinIndex(fields=["fields"], name="by_field", opclasses=["jsonb_path_ops"], condition=~Q(fields={})),
            models.Index(fields=["snoozed_until"], name="to_wake", condition=Q(snoozed_until__isnull=False)),
            models.Index(fields=["breached_at"], name="breached", condition=Q(breached_at__isnull=False)),
            # Rows lie in the order they came: what a week brought is found by the pages it lies on.
            BrinIndex(fields=["opened_at"], name="opened_in_time", pages_per_range=32),
            models.Index(fields=["removed_at"], name="removed", condition=~Q(removed_as="")),
            models.Index(
                fields=["solved_at"], name="solved_to_close", condition=Q(status=Status.SOLVED, removed_as="")
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.subject}".rstrip()

    def get_absolute_url(self) -> str:
        return f"/tickets/{self.pk}/"

    @property
    def is_unsolved(self) -> bool:
        return self.status in UNSOLVED


class Share(models.Model):
    """A person besides the requester who may follow a ticket, because somebody of the team said so."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="shares")
    user = models.ForeignKey(User, models.CASCADE, related_name="shares")
    added_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "ticket"], name="shared_once")]

    def __str__(self) -> str:
        return f"#{self.ticket_id} with {self.user_id}"
