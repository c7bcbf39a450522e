"""Queues, the addresses that feed them and the mailboxes that are read for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from helpdesk.lib import secrets
from tickets.models.people import Language, Team

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class Queue(models.Model):
    """A place tickets wait in, owned by one team."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    slug = models.SlugField(_("short name"), max_length=50, unique=True)
    team = models.ForeignKey(Team, models.PROTECT, related_name="queues", verbose_name=_("team"))
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices, default=Language.POLISH)
    acknowledges = models.BooleanField(
        _("acknowledges mail"), default=True, help_text=_("Send an automatic answer when a mail opens a ticket.")
    )
    closes_after_days = models.PositiveSmallIntegerField(
        _("closes after (days)"), default=28, help_text=_("A solved ticket is closed for good after this many days.")
    )

    addresses: RelatedManager[QueueAddress]

    class Meta:
        verbose_name = _("queue")
        verbose_name_plural = _("queues")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def sender_address(self) -> str | None:
        """The address mail of this queue leaves from; None when the queue has none. Reads prefetched addresses."""
        addresses = sorted(self.addresses.all(), key=lambda row: (not row.is_sender, row.pk))
        return addresses[0].address if addresses else None


class QueueAddress(models.Model):
    """An address whose mail lands in the queue. One of them is the sender of the queue's own mail."""

    queue = models.ForeignKey(Queue, models.CASCADE, related_name="addresses", verbose_name=_("queue"))
    address = models.EmailField(_("address"), max_length=254, unique=True)
    is_sender = models.BooleanField(_("sends the queue's mail"), default=False)

    class Meta:
        verbose_name = _("queue address")
        verbose_name_plural = _("queue addresses")
        constraints = [
            models.UniqueConstraint(fields=["queue"], condition=models.Q(is_sender=True), name="one_sender_per_queue"),
            models.CheckConstraint(condition=models.Q(address=Lower("address")), name="queue_address_is_lower_case"),
        ]

    def __str__(self) -> str:
        return self.address

    def save(self, **kwargs: Any) -> None:
        self.address = self.address.strip().lower()
        super().save(**kwargs)


class Mailbox(models.Model):
    """An IMAP folder that is read for tickets. Which queue a mail goes to is decided by its recipient address first."""

    class Security(models.TextChoices):
        TLS = "tls", _("TLS")
        STARTTLS = "starttls", _("STARTTLS")
        PLAIN = "plain", _("None (only inside a trusted network)")

    name = models.CharField(_("name"), max_length=100, unique=True)
    queue = models.ForeignKey(
        Queue,
        models.PROTECT,
        related_name="mailboxes",
        verbose_name=_("queue"),
        help_text=_("Where mail goes when no recipient is an address of a queue."),
    )
    host = models.CharField(_("IMAP server"), max_length=253)
    port = models.PositiveIntegerField(_("port"), default=993)
    security = models.CharField(_("encryption"), max_length=8, choices=Security.choices, default=Security.TLS)
    username = models.CharField(_("user name"), max_length=254)
    sealed_password = models.BinaryField(editable=False, default=b"")
    folder = models.CharField(_("folder"), max_length=254, default="INBOX")
    authserv_id = models.CharField(
        _("authentication server name"),
        max_length=253,
        blank=True,
        help_text=_("The name this mail server writes first in Authentication-Results. Empty: no mail is trusted."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    uidvalidity = models.BigIntegerField(null=True, editable=False)
    last_uid = models.BigIntegerField(null=True, editable=False)
    last_fetch_at = models.DateTimeField(null=True, editable=False)
    last_error = models.TextField(blank=True, editable=False)

    class Meta:
        verbose_name = _("mailbox")
        verbose_name_plural = _("mailboxes")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def password(self) -> str:
        return secrets.unseal(bytes(self.sealed_password)) if self.sealed_password else ""

    @password.setter
    def password(self, value: str) -> None:
        self.sealed_password = secrets.seal(value)
