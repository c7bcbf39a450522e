"""The record of every change, in an order that a reader can follow without ever skipping a late commit."""

from __future__ import annotations

from datetime import datetime

from django.apps import apps as django_apps
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
    ASKED = "asked"
    ANSWERED = "answered"
    QUESTION_CLOSED = "question_closed"
    LET_GO = "let_go"
    LET_BACK = "let_back"
    ASSIGNED = "assigned"
    TAKEN = "taken"
    STATUS_CHANGED = "status_changed"
    PRIORITY_CHANGED = "priority_changed"
    QUEUE_CHANGED = "queue_changed"
    DELIVERY_FAILED = "delivery_failed"
    BOUNCED = "bounced"
    PAUSE_ENDED = "pause_ended"
    SUBJECT_CHANGED = "subject_changed"
    REQUESTER_CHANGED = "requester_changed"
    TAGS_CHANGED = "tags_changed"
    FIELD_CHANGED = "field_changed"
    SNOOZED = "snoozed"
    WOKEN = "woken"
    REMOVED = "removed"
    RESTORED = "restored"
    LINKED = "linked"
    UNLINKED = "unlinked"
    MERGED = "merged"
    UNMERGED = "unmerged"
    SPLIT = "split"
    APPOINTED = "appointed"
    APPOINTMENT_MOVED = "appointment_moved"
    APPOINTMENT_CANCELLED = "appointment_cancelled"
    SHARED = "shared"
    UNSHARED = "unshared"
    UNDONE = "undone"
    CALLED = "called"


def _as_number(function: str, *arguments: Func) -> Cast:
    return Cast(Cast(Func(*arguments, function=function), TextField()), BigIntegerField())


CURRENT_TRANSACTION = _as_number("pg_current_xact_id")


class SettledBefore(Func):
    """Every transaction of this database below this number has ended: rows above it may still appear, and are not read
    yet. Transactions are numbered for the whole server; those that are seen to belong to another of its databases
    (and so write no event of ours) hold nothing back. Who may not see whose a transaction is waits for it.
    """

    output_field = BigIntegerField()
    arity = 0
    template = """(
        SELECT least(
            min(open.xid), pg_current_xact_id_if_assigned()::text::bigint,
            pg_snapshot_xmax(pg_current_snapshot())::text::bigint
        )
        FROM (
            SELECT xid8::text::bigint AS xid, xid8::xid AS short FROM pg_snapshot_xip(pg_current_snapshot()) xid8
        ) open
        WHERE NOT EXISTS (
            SELECT FROM pg_stat_get_activity(NULL) backend
            WHERE backend.backend_xid = open.short
            AND backend.datid <> (SELECT oid FROM pg_database WHERE datname = current_database())
        )
    )"""


SETTLED_BEFORE = SettledBefore()


class EventQuerySet(models.QuerySet["Event"]):
    def settled_after(self, xid: int, event_id: int) -> EventQuerySet:
        """Events behind the cursor (xid, id), in that order, that no open transaction can still get in front of."""
        return self.filter(Q(xid__gt=xid) | Q(xid=xid, id__gt=event_id), xid__gte=xid, xid__lt=SETTLED_BEFORE).order_by(
            "xid", "id"
        )

    def settle_all(self) -> None:
        """After a restore: give every event a number below all that transactions of this server will ever have.

        Numbers of another server mean nothing here; events with higher ones than the next transaction's would stay
        unread until it had counted so far. Their order stays as it is.
        """
        highest = self.aggregate(highest=models.Max("xid"))["highest"]
        if highest is not None:
            self.update(xid=F("xid") - highest - 1)
            # How far the rules have read is counted in the same numbers.
            django_apps.get_model("tickets", "RuleCursor").objects.update(xid=F("xid") - highest - 1)

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
