"""SMTP servers that mail leaves by, and addresses that get none until somebody says so."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from helpdesk.lib import secrets
from helpdesk.lib.one_line import must_be_one_line
from tickets.models.mailbox import Security
from tickets.models.message import Message
from tickets.models.people import User
from tickets.models.queue import Queue

MINUTE = timedelta(minutes=1)


class MailSender(models.Model):
    """One SMTP account of a queue. Several share its mail in their order, each up to its rate.

    A queue without any sends by the site's own SMTP_URL. What the outbox knows of that server lies here too, in the one
    row without a queue, made when it first fails; its host and port are only there to be shown.
    """

    queue = models.ForeignKey(Queue, models.CASCADE, null=True, related_name="senders", verbose_name=_("queue"))
    name = models.CharField(_("name"), max_length=100, validators=[must_be_one_line])
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    host = models.CharField(_("SMTP server"), max_length=253, validators=[must_be_one_line])
    port = models.PositiveIntegerField(_("port"), default=587)
    security = models.CharField(_("encryption"), max_length=8, choices=Security.choices, default=Security.STARTTLS)
    username = models.CharField(_("user name"), max_length=254, blank=True, default="", validators=[must_be_one_line])
    sealed_password = models.BinaryField(editable=False, default=b"")
    per_minute = models.PositiveIntegerField(
        _("mails a minute"), null=True, blank=True, help_text=_("Empty: as many as there are.")
    )
    is_active = models.BooleanField(_("active"), default=True)

    # What the outbox knows: when the mails of the last minute were handed over, and whether the server answers.
    recent_at = ArrayField(models.DateTimeField(), default=list, blank=True, editable=False)
    away_until = models.DateTimeField(null=True, editable=False)
    last_sent_at = models.DateTimeField(null=True, editable=False)
    last_error = models.TextField(blank=True, default="", editable=False)
    failing_since = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("mail sender")
        verbose_name_plural = _("mail senders")
        ordering = ["queue", "position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["position"], condition=Q(queue__isnull=True), name="one_row_for_the_site"),
            models.CheckConstraint(condition=Q(per_minute__isnull=True) | Q(per_minute__gt=0), name="rate_is_a_rate"),
        ]

    def __str__(self) -> str:
        return self.name

    password = secrets.sealed_in("sealed_password")

    def is_away(self, at: datetime) -> bool:
        """Known not to answer at ``at``; nobody tries it before that time is over."""
        return self.away_until is not None and self.away_until > at

    def has_room(self, at: datetime) -> bool:
        """Whether one more mail keeps every span of 60 seconds within the rate."""
        return self.per_minute is None or len(self._last_minute(at)) < self.per_minute

    def count(self, at: datetime) -> None:
        """One more mail, at ``at``. The caller holds the row's lock, and saves."""
        if self.per_minute is not None:
            self.recent_at = [*self._last_minute(at), at]

    def _last_minute(self, at: datetime) -> list[datetime]:
        return [moment for moment in self.recent_at if moment > at - MINUTE]


class PausedAddressQuerySet(models.QuerySet["PausedAddress"]):
    def in_force(self) -> PausedAddressQuerySet:
        return self.filter(cleared_at__isnull=True)


class PausedAddress(models.Model):
    """An address that bounced: nothing is sent to it until somebody clears the pause."""

    address = models.CharField(_("address"), max_length=320)
    reason = models.CharField(_("reason"), max_length=32)
    is_hard = models.BooleanField(_("for good"), default=True)
    detail = models.TextField(_("what the mail server said"), blank=True, default="")
    message = models.ForeignKey(Message, models.SET_NULL, null=True, blank=True, related_name="+")
    paused_at = models.DateTimeField(pgettext_lazy("mail address", "paused"))
    cleared_at = models.DateTimeField(_("cleared"), null=True, blank=True)
    cleared_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    released = models.PositiveIntegerField(null=True, blank=True)
    """How many replies waited for the end and left then."""

    objects = PausedAddressQuerySet.as_manager()

    class Meta:
        verbose_name = _("paused address")
        verbose_name_plural = _("paused addresses")
        constraints = [
            models.UniqueConstraint(
                fields=["address"], condition=Q(cleared_at__isnull=True), name="one_pause_at_a_time"
            ),
            models.CheckConstraint(condition=Q(address=Lower("address")), name="paused_address_is_lower_case"),
        ]
        indexes = [models.Index(fields=["-paused_at", "-id"], name="pauses_in_order")]

    def __str__(self) -> str:
        return self.address


def is_paused(address: str, at: datetime) -> bool:
    """Whether nothing may be sent to this address at ``at``."""
    return PausedAddress.objects.in_force().filter(address=User.clean_email(address), paused_at__lte=at).exists()
