"""What a person should know, kept until read."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tickets import notices
from tickets.models.event import Event
from tickets.models.people import User
from tickets.models.ticket import Ticket

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class NotificationQuerySet(models.QuerySet["Notification"]):
    def visible_to(self, user: User, at: datetime) -> NotificationQuerySet:
        """A person's own, and of a ticket only while that is still theirs to see."""
        seen = Ticket.objects.visible_to(user, at).values("pk")
        return self.filter(Q(ticket=None) | Q(ticket__in=seen), person=user)

    def unread(self) -> NotificationQuerySet:
        return self.filter(read_at__isnull=True)


class Notification(models.Model):
    class Kind(models.TextChoices):
        """Those of the kernel. What they are called, and those of other apps, is in `tickets.notices`."""

        ASSIGNED = "assigned"
        REQUESTER_WROTE = "requester_wrote"
        REVIEW_ASKED = "review_asked"
        REPLY_APPROVED = "reply_approved"
        REPLY_RETURNED = "reply_returned"
        QUESTION = "question"
        ANSWER = "answer"
        MENTIONED = "mentioned"
        DELIVERY_FAILED = "delivery_failed"
        WOKEN = "woken"
        APPOINTMENT_DUE = "appointment_due"

    person = models.ForeignKey(User, models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=32)
    ticket = models.ForeignKey(Ticket, models.CASCADE, null=True, blank=True, related_name="notifications")
    """None for what is no ticket's: that is told in ``about``, in the person's language, and stands at ``path``."""
    about = models.CharField(max_length=200, blank=True, default="", db_default="")
    path = models.CharField(max_length=200, blank=True, default="", db_default="")
    event = models.ForeignKey(Event, models.CASCADE, null=True, blank=True, related_name="notifications")
    """What it tells of; None for what only time has brought about."""
    more = models.PositiveIntegerField(default=0)
    """Of how many other tickets it tells besides: what concerns many at once is one notification."""
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = [
            models.UniqueConstraint(fields=["person", "event"], name="notified_once"),
            models.CheckConstraint(condition=Q(ticket=None) ^ Q(path=""), name="tells_of_a_ticket_or_a_page"),
        ]
        indexes = [
            models.Index(fields=["person", "-id"], name="notifications_of_person"),
            models.Index(fields=["person"], name="unread_of_person", condition=Q(read_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.person_id}"

    @property
    def label(self) -> StrOrPromise:
        label: StrOrPromise = notices.kind(self.kind).label
        return label

    @property
    def icon(self) -> str:
        return notices.kind(self.kind).icon

    @property
    def actor(self) -> User | None:
        return self.event.actor if self.event else None
