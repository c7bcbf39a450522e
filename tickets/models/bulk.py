"""Changing many tickets at once, with what became of each."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from tickets.models.people import User
from tickets.models.ticket import Ticket


class BulkChangeQuerySet(models.QuerySet["BulkChange"]):
    def visible_to(self, user: User | AnonymousUser) -> BulkChangeQuerySet:
        return self.filter(by=user) if isinstance(user, User) and user.is_active else self.none()


class BulkChange(models.Model):
    """One change of a selection or of a whole search. Its rows are fixed when it begins."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        CANCELLED = "cancelled"

    by = models.ForeignKey(User, models.CASCADE, related_name="bulk_changes")
    at = models.DateTimeField()
    query = models.CharField(max_length=500, blank=True)
    """The search it was made of; empty for a selection by hand."""
    changes = models.JSONField(default=list)
    text = models.TextField(blank=True, default="", db_default="")
    """Words for every ticket, with the variables of macros; empty for none."""
    text_en = models.TextField(blank=True, default="", db_default="")
    """The same for requesters who read English; empty where they get the other ones."""
    is_note = models.BooleanField(default=False, db_default=False)
    """Whether the words are an internal note instead of a reply."""
    seen_message = models.BigIntegerField(null=True, blank=True)
    """The newest message there was when the words were asked about: a public one after it crosses them."""
    key = models.CharField(max_length=64, blank=True, default="", db_default="")
    """Made by the page that asks: pressed twice, it begins once."""
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    total = models.PositiveIntegerField(default=0)
    undoes = models.OneToOneField("self", models.CASCADE, null=True, blank=True, related_name="undone_by")
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = BulkChangeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["by", "key"], name="a_bulk_change_begins_once", condition=~Q(key=""))
        ]

    def __str__(self) -> str:
        return f"bulk change {self.pk}"

    @property
    def has_words(self) -> bool:
        return bool(self.text or self.text_en)


class BulkItem(models.Model):
    """One ticket of a bulk change: waiting, done, or refused with the sentence why."""

    change = models.ForeignKey(BulkChange, models.CASCADE, related_name="items")
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="+")
    done_at = models.DateTimeField(null=True, blank=True)
    refused = models.CharField(max_length=300, blank=True, default="")
    before = models.JSONField(default=dict)
    """``changed``: what each property was and became, so that undo restores exactly that; ``version``: the ticket's
    afterwards; ``message``: the reply or note that was written. Of an undo ``left``: properties changed since, which
    stay as they are."""
    seen: Ticket | None
    """The ticket where the reader sees it; set by `queries.bulk`."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["change", "ticket"], name="once_in_a_bulk_change")]
        indexes = [
            models.Index(fields=["change", "id"], name="bulk_items_to_do", condition=Q(done_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"#{self.ticket_id} in {self.change_id}"
