"""What must leave the database: written in the transaction that caused it, sent afterwards until it is really gone."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tickets.models.message import Message
from tickets.models.people import User
from tickets.models.sender import MailSender
from tickets.models.ticket import Ticket


class Outbox(models.Model):
    """One mail to one address. Attempts share one Message-ID, so a repeated delivery is recognisable as the same."""

    class Kind(models.TextChoices):
        REPLY = "reply", _("Reply")
        COPY = "copy", _("Copy of a reply")
        ACKNOWLEDGEMENT = "acknowledgement", _("Acknowledgement")
        INVITATION = "invitation", _("Invitation")
        ACCOUNT = "account", _("Account mail")

    PERSONAL = (Kind.REPLY, Kind.INVITATION)
    """A person's own words: they wait while an address is on pause, where a machine's are let go."""

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting to be sent")
        HELD = "held", _("Held: the address is on pause")
        SENT = "sent", _("Sent")
        DEAD = "dead", _("Could not be sent")
        DISMISSED = "dismissed", _("Dismissed")

    kind = models.CharField(max_length=16, choices=Kind.choices)
    ticket = models.ForeignKey(Ticket, models.CASCADE, null=True, blank=True, related_name="outbox")
    message = models.ForeignKey(Message, models.CASCADE, null=True, blank=True, related_name="outbox")
    recipient = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="outbox")
    address = models.CharField(_("address"), max_length=320)
    payload = models.JSONField(default=dict, blank=True)
    is_automatic = models.BooleanField(default=False)
    sender = models.ForeignKey(MailSender, models.SET_NULL, null=True, blank=True, related_name="outbox")
    """The SMTP account that took it; None for the site's own."""
    mail_id = models.CharField(max_length=998, blank=True, default="")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    next_at = models.DateTimeField()
    waits_since = models.DateTimeField(null=True, blank=True)
    """When somebody had it sent again, or ended the pause it was held for; it waits since then."""
    leased_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True, default="")
    bounced_at = models.DateTimeField(null=True, blank=True)
    bounce_reason = models.CharField(max_length=32, blank=True, default="")
    bounce_is_hard = models.BooleanField(null=True, blank=True)

    class Meta:
        verbose_name = _("outgoing mail")
        verbose_name_plural = _("outgoing mail")
        indexes = [
            models.Index(fields=["next_at", "id"], name="outbox_to_send", condition=Q(state="pending")),
            models.Index(fields=["-created_at", "-id"], name="outbox_dead", condition=Q(state="dead")),
            models.Index(fields=["mail_id"], name="outbox_by_mail_id", condition=~Q(mail_id="")),
            models.Index(
                fields=["address", "created_at"],
                name="outbox_automatic_to",
                condition=Q(is_automatic=True),
                opclasses=["varchar_pattern_ops", "timestamptz_ops"],
            ),
            models.Index(fields=["ticket"], name="outbox_of_ticket"),
            models.Index(fields=["address"], name="outbox_held", condition=Q(state="held")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} ({self.state})"
