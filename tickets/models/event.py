"""The record of every change, in an order that a reader can follow without ever skipping a late commit."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import BigIntegerField, F, Func, Q, TextField
from django.db.models.functions import Cast

from tickets.models.people import User
from tickets.models.ticket import Ticket


class Kind(models.TextChoices):
    """Past tense, one per action."""

    OPENED = "opened"
    REQUESTER_WROTE = "requester_wrote"
    REPLIED = "replied"
    REPLY_SUBMITTED = "reply_submitted"
    REPLY_RETURNED = "reply_returned"
    NOTED = "noted"
    ASSIGNED = "assigned"
    TAKEN = "taken"
    STATUS_CHANGED = "status_changed"
    PRIORITY_CHANGED = "priority_changed"
    QUEUE_CHANGED = "queue_changed"
    DELIVERY_FAILED = "delivery_failed"
    BOUNCED = "bounced"


def _as_number(function: str, *arguments: Func) -> Cast:
    return Cast(Cast(Func(*arguments, function=function), TextField()), BigIntegerField())


CURRENT_TRANSACTION = _as_number("pg_current_xact_id")
SETTLED_BEFORE = _as_number("pg_snapshot_xmin", Func(function="pg_current_snapshot"))
"""Every transaction below this number has ended: rows above it may still appear, and are not read yet."""


class EventQuerySet(models.QuerySet["Event"]):
    def settled_after(self, xid: int, event_id: int) -> EventQuerySet:
        """Events behind the cursor (xid, id), in that order, that no open transaction can still get in front of."""
        return self.filter(Q(xid__gt=xid) | Q(xid=xid, id__gt=event_id), xid__gte=xid, xid__lt=SETTLED_BEFORE).order_by(
            "xid", "id"
        )

    def visible_to(self, user: User | AnonymousUser, at: datetime) -> EventQuerySet:
        """Events of tickets the person works. Requesters see messages, never events."""
        return self.filter(ticket__in=Ticket.objects.worked_by(user, at).values("pk"))


class Event(models.Model):
    """One recorded change. ``data`` holds plain values: old and new ones for changes, ids for things."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="events")
    actor = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=24, choices=Kind.choices)
    at = models.DateTimeField()
    data = models.JSONField(default=dict, blank=True)
    xid = models.BigIntegerField(db_default=CURRENT_TRANSACTION, editable=False)

    objects = EventQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(F("xid"), F("id"), name="event_feed"),
            models.Index(fields=["ticket", "at", "id"], name="events_of_ticket"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.ticket_id}"
