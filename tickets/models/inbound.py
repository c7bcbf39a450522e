"""Mail as it came: raw bytes first, understood later. Nothing that arrived is ever lost."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tickets.models.mailbox import Mailbox
from tickets.models.message import Message
from tickets.models.queue import Queue
from tickets.models.ticket import Ticket


class InboundMessage(models.Model):
    """One received mail, stored and committed before the sender's server or the mailbox is told that we have it."""

    class State(models.TextChoices):
        STORED = "stored", _("Stored")
        ACCEPTED = "accepted", _("Accepted")
        DUPLICATE = "duplicate", _("Duplicate")
        QUARANTINED = "quarantined", _("Quarantined")
        DISMISSED = "dismissed", _("Dismissed")

    mailbox = models.ForeignKey(Mailbox, models.PROTECT, null=True, blank=True, related_name="inbound")
    sha256 = models.CharField(max_length=64)
    raw = models.BinaryField()
    size = models.PositiveBigIntegerField()
    uidvalidity = models.BigIntegerField(null=True, blank=True)
    uid = models.BigIntegerField(null=True, blank=True)
    envelope_to = models.CharField(max_length=320, blank=True, default="")
    received_at = models.DateTimeField(_("received"))
    is_imported = models.BooleanField(default=False)
    """Carried over from an archive: nothing automatic follows from it, and it counts as of its own date."""
    queue = models.ForeignKey(Queue, models.SET_NULL, null=True, blank=True, related_name="+")
    """Of an archive: where its mail goes when no recipient is an address of a queue."""
    state = models.CharField(max_length=12, choices=State.choices, default=State.STORED)
    reason = models.TextField(_("reason"), blank=True, default="")
    why = models.CharField(max_length=200, blank=True, default="")
    sender = models.CharField(_("sender"), max_length=320, blank=True, default="")
    subject = models.CharField(_("subject"), max_length=300, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(default=0)
    waits_since = models.DateTimeField(null=True, blank=True)
    """When somebody had it read again; it waits since then, and not since it came."""
    processed_at = models.DateTimeField(null=True, blank=True)
    ticket = models.ForeignKey(Ticket, models.SET_NULL, null=True, blank=True, related_name="inbound")
    message = models.ForeignKey(Message, models.SET_NULL, null=True, blank=True, related_name="inbound")

    class Meta:
        verbose_name = _("inbound mail")
        verbose_name_plural = _("inbound mail")
        constraints = [
            models.UniqueConstraint(
                fields=["mailbox", "sha256"], nulls_distinct=False, name="one_inbound_per_mailbox_and_hash"
            )
        ]
        indexes = [
            models.Index(fields=["received_at", "id"], name="inbound_to_process", condition=Q(state="stored")),
            models.Index(fields=["-received_at", "-id"], name="inbound_quarantined", condition=Q(state="quarantined")),
            models.Index(fields=["mailbox", "uidvalidity", "uid"], name="inbound_by_uid"),
        ]

    def __str__(self) -> str:
        return f"inbound {self.pk} ({self.state})"
