"""Favours: what somebody asked for in person or in passing, and what the queues looked like meanwhile."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tickets.contact import mask_name
from tickets.models.people import Organisation, Role, User
from tickets.models.queue import Queue
from tickets.models.ticket import Ticket

LONGEST_MINUTES = 720
"""A favour that takes longer than twelve hours is a project."""


class WalkUpQuerySet(models.QuerySet["WalkUp"]):
    def visible_to(self, user: User | AnonymousUser, at: datetime) -> WalkUpQuerySet:
        """Everybody's own; leads those of their teams' queues, admins all. Nobody else's are anybody's business.

        ``at`` is there as in every scope: whether there is a desk now at all is asked by `access.can_log_walk_ups`.
        """
        if not isinstance(user, User) or not user.is_active or user.role == Role.REQUESTER:
            return self.none()
        if user.role == Role.ADMIN:
            return self
        own = Q(agent=user)
        if user.is_lead and user.queue_ids:
            own |= Q(queue_id__in=sorted(user.queue_ids))
        return self.filter(own)

    def counted(self) -> WalkUpQuerySet:
        """Without those that were taken back."""
        return self.filter(undone_at__isnull=True)


class WalkUp(models.Model):
    """One favour: who asked, who helped, how long it took, and what became of it."""

    class Outcome(models.TextChoices):
        DONE = "done", _("Done on the spot")
        QUEUED = "queued", _("Made a ticket")
        ASKED_TO_FILE = "asked_to_file", _("Asked to file it")

    requester = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="walk_ups")
    asker_name = models.CharField(max_length=200, blank=True, default="")
    """What somebody nobody knows yet is called; a person takes its place once there is one."""
    agent = models.ForeignKey(User, models.PROTECT, related_name="walk_ups_helped")
    organisation = models.ForeignKey(Organisation, models.SET_NULL, null=True, blank=True, related_name="walk_ups")
    """The asker's at the time: who moves to another department takes no old favours along."""
    queue = models.ForeignKey(Queue, models.PROTECT, related_name="walk_ups")
    what = models.CharField(max_length=300)
    minutes = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    at = models.DateTimeField()
    """When it began, which may be long before it was logged."""
    logged_at = models.DateTimeField()
    ticket = models.OneToOneField(Ticket, models.SET_NULL, null=True, blank=True, related_name="walk_up")
    """None until it is filed, where the asker was asked to; and when the ticket was erased."""
    key = models.CharField(max_length=64)
    """Made by the page that logs: pressed twice, it is logged once. Part of what the link's token is made of."""
    token_sha256 = models.CharField(max_length=64, null=True, blank=True, unique=True)
    mailed_at = models.DateTimeField(null=True, blank=True)
    filed_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = WalkUpQuerySet.as_manager()

    class Meta:
        verbose_name = _("favour")
        verbose_name_plural = _("favours")
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=["done", "queued", "asked_to_file"]), name="walk_up_outcome_is_known"
            ),
            models.CheckConstraint(
                condition=Q(minutes__gte=1, minutes__lte=LONGEST_MINUTES), name="walk_up_took_some_minutes"
            ),
            models.CheckConstraint(
                condition=Q(requester__isnull=False) | ~Q(asker_name=""), name="walk_up_was_asked_by_somebody"
            ),
            models.CheckConstraint(condition=~Q(what=""), name="walk_up_was_about_something"),
            models.CheckConstraint(condition=Q(at__lte=F("logged_at")), name="walk_up_happened_before_it_was_logged"),
            models.CheckConstraint(
                condition=Q(outcome="asked_to_file", token_sha256__isnull=False)
                | (~Q(outcome="asked_to_file") & Q(token_sha256__isnull=True)),
                name="walk_up_to_file_has_a_link",
            ),
            models.CheckConstraint(
                condition=Q(outcome="asked_to_file") | Q(filed_at__isnull=True, mailed_at__isnull=True),
                name="walk_up_is_filed_where_asked",
            ),
            models.UniqueConstraint(fields=["agent", "key"], name="walk_up_logged_once"),
        ]
        indexes = [
            models.Index(fields=["queue", "-at", "-id"], name="walk_ups_of_queue", condition=Q(undone_at__isnull=True)),
            models.Index(fields=["agent", "-at", "-id"], name="walk_ups_of_agent"),
            models.Index(fields=["requester", "-at"], name="walk_ups_of_requester"),
            models.Index(fields=["-at", "-id"], name="walk_ups_in_order", condition=Q(undone_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.asker}: {self.what}"

    @property
    def asker(self) -> str:
        """By name; whoever told no name but an address is not given away by it."""
        return mask_name(str(self.requester) if self.requester else self.asker_name)

    @property
    def ends_at(self) -> datetime:
        return self.at + timedelta(minutes=self.minutes)

    @property
    def is_waiting_to_be_filed(self) -> bool:
        return self.outcome == self.Outcome.ASKED_TO_FILE and self.filed_at is None


class QueueSnapshot(models.Model):
    """How full a queue was at a moment: written every five minutes, never changed."""

    queue = models.ForeignKey(Queue, models.CASCADE, related_name="snapshots")
    at = models.DateTimeField()
    open = models.PositiveIntegerField()
    """Unsolved tickets, whatever they wait for."""
    at_risk = models.PositiveIntegerField()
    overdue = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["queue", "at"], name="one_snapshot_of_a_moment")]
        indexes = [models.Index(fields=["at"], name="snapshots_in_order")]

    def __str__(self) -> str:
        return f"{self.queue_id} {self.at:%Y-%m-%d %H:%M}"
