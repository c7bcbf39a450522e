"""Where mail comes in: IMAP folders that are read, and endpoints that a mail server hands its mail to."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from helpdesk.lib import secrets
from helpdesk.lib.one_line import must_be_one_line
from tickets.models.queue import Queue


class Security(models.TextChoices):
    """How the connection to a mail server is protected."""

    TLS = "tls", _("TLS")
    STARTTLS = "starttls", _("STARTTLS")
    PLAIN = "plain", _("None (only inside a trusted network)")


class Mailbox(models.Model):
    """One IMAP folder, or one endpoint for raw mail. A mail's queue is decided by its recipient address first."""

    Security = Security

    class Kind(models.TextChoices):
        IMAP = "imap", _("IMAP folder")
        PUSH = "push", _("Mail handed over by a mail server (HTTP)")

    class Login(models.TextChoices):
        PASSWORD = "password", _("Password")
        OAUTH2 = "oauth2", _("OAuth 2.0")

    name = models.CharField(_("name"), max_length=100, validators=[must_be_one_line], unique=True)
    kind = models.CharField(_("way in"), max_length=8, choices=Kind.choices, default=Kind.IMAP)
    queue = models.ForeignKey(
        Queue,
        models.PROTECT,
        related_name="mailboxes",
        verbose_name=_("queue"),
        help_text=_("Where mail goes when no recipient is an address of a queue."),
    )
    host = models.CharField(_("IMAP server"), max_length=253, validators=[must_be_one_line], blank=True, default="")
    port = models.PositiveIntegerField(_("port"), default=993)
    security = models.CharField(_("encryption"), max_length=8, choices=Security.choices, default=Security.TLS)
    username = models.CharField(_("user name"), max_length=254, validators=[must_be_one_line], blank=True, default="")
    login = models.CharField(_("signs in with"), max_length=8, choices=Login.choices, default=Login.PASSWORD)
    sealed_password = models.BinaryField(editable=False, default=b"")
    folder = models.CharField(_("folder"), max_length=254, validators=[must_be_one_line], default="INBOX")
    processed_folder = models.CharField(
        _("folder for mail that was read"),
        max_length=254,
        validators=[must_be_one_line],
        blank=True,
        default="",
        help_text=_("Empty: read mail stays where it is and is marked as seen."),
    )
    uses_idle = models.BooleanField(
        _("hears of new mail at once"),
        default=True,
        help_text=_("IMAP IDLE where the server knows it. The folder is read every 15 seconds all the same."),
    )
    authserv_id = models.CharField(
        _("authentication server name"),
        max_length=253,
        validators=[must_be_one_line],
        blank=True,
        help_text=_("The name this mail server writes first in Authentication-Results. Empty: no mail is trusted."),
    )
    is_active = models.BooleanField(_("active"), default=True)

    # OAuth 2.0: with a refresh token on behalf of a person, without one as the application itself (RFC 6749 §4.4, §6).
    token_url = models.URLField(_("token address"), max_length=500, blank=True, default="")
    client_id = models.CharField(_("client id"), max_length=254, validators=[must_be_one_line], blank=True, default="")
    scope = models.CharField(_("scope"), max_length=500, validators=[must_be_one_line], blank=True, default="")
    sealed_client_secret = models.BinaryField(editable=False, default=b"")
    sealed_refresh_token = models.BinaryField(editable=False, default=b"")
    sealed_access_token = models.BinaryField(editable=False, default=b"")
    access_token_until = models.DateTimeField(null=True, editable=False)

    # Of a push endpoint only the SHA-256 of its token is kept.
    push_token_sha256 = models.CharField(max_length=64, null=True, blank=True, unique=True, editable=False)

    # What the fetcher knows. ``first_uid``: mail below it, older than this mailbox's life here, is left alone.
    uidvalidity = models.BigIntegerField(null=True, editable=False)
    last_uid = models.BigIntegerField(null=True, editable=False)
    first_uid = models.BigIntegerField(null=True, editable=False)
    reading_since = models.DateTimeField(null=True, editable=False)
    """When reading was last switched on. Mail that lay there before has not been waiting for us."""
    last_fetch_at = models.DateTimeField(null=True, editable=False)
    last_read_at = models.DateTimeField(null=True, editable=False)
    """When the folder was last read to its end; `last_fetch_at` moves on with visits that fail, too."""
    last_error = models.TextField(blank=True, editable=False)
    failing_since = models.DateTimeField(null=True, editable=False)
    lag_s = models.PositiveIntegerField(null=True, editable=False)
    """Seconds between the newest fetched mail's arrival at the server, or `reading_since`, and its arrival here."""

    class Meta:
        verbose_name = _("mailbox")
        verbose_name_plural = _("mailboxes")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    password = secrets.sealed_in("sealed_password")
    client_secret = secrets.sealed_in("sealed_client_secret")
    refresh_token = secrets.sealed_in("sealed_refresh_token")
    access_token = secrets.sealed_in("sealed_access_token")
