"""What a person should know, kept until read."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tickets.models.event import Event
from tickets.models.people import User
from tickets.models.ticket import Ticket


class NotificationQuerySet(models.QuerySet["Notification"]):
    def visible_to(self, user: User, at: datetime) -> NotificationQuerySet:
        """A person's own, and only while the ticket behind it is still theirs to see."""
        return self.filter(person=user, ticket__in=Ticket.objects.visible_to(user, at).values("pk"))

    def unread(self) -> NotificationQuerySet:
        return self.filter(read_at__isnull=True)


class Notification(models.Model):
    class Kind(models.TextChoices):
        ASSIGNED = "assigned", _("Assigned to you")
        REQUESTER_WROTE = "requester_wrote", _("The requester wrote")
        REVIEW_ASKED = "review_asked", _("A reply waits for your review")
        REPLY_APPROVED = "reply_approved", _("Your reply was approved and sent")
        REPLY_RETURNED = "reply_returned", _("Your reply came back with a comment")
        DELIVERY_FAILED = "delivery_failed", _("A mail could not be delivered")
        WOKEN = "woken", _("A snoozed ticket is back")
        APPOINTMENT_DUE = "appointment_due", _("It is time for an appointment")

    person = models.ForeignKey(User, models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="notifications")
    event = models.ForeignKey(Event, models.CASCADE, related_name="notifications")
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = [models.UniqueConstraint(fields=["person", "event"], name="notified_once")]
        indexes = [
            models.Index(fields=["person", "-id"], name="notifications_of_person"),
            models.Index(fields=["person"], name="unread_of_person", condition=Q(read_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.person_id}"
