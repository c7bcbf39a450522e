"""Messages on a ticket, their attachments, and drafts that are not messages yet."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tickets.models.channel import Channel
from tickets.models.people import User
from tickets.models.ticket import Ticket

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, user: User | AnonymousUser, at: datetime) -> MessageQuerySet:
        """Public messages of visible tickets; notes and replies under review only where the person works."""
        visible = Ticket.objects.visible_to(user, at).values("pk")
        worked = Ticket.objects.worked_by(user, at).values("pk")
        return self.filter(Q(ticket__in=worked) | (Q(ticket__in=visible) & self._public()))

    def public(self) -> MessageQuerySet:
        return self.filter(self._public())

    def public_or_leaving(self) -> MessageQuerySet:
        """What the desk has said or is about to: of two answers at once the second writer must hear of the first."""
        return self.filter(self._public() | Q(kind=Message.Kind.PUBLIC, state=Message.State.LEAVING))

    @staticmethod
    def _public() -> Q:
        return Q(kind=Message.Kind.PUBLIC, state=Message.State.SENT)


class Message(models.Model):
    """One utterance: a requester's message, a public reply or an internal note."""

    class Kind(models.TextChoices):
        PUBLIC = "public", _("Public")
        NOTE = "note", _("Internal note")

    class State(models.TextChoices):
        SENT = "sent", _("Sent")
        AWAITING_REVIEW = "review", _("Awaiting review")
        RETURNED = "returned", _("Returned")
        LEAVING = "leaving", _("Leaving")

    WAITING = (State.AWAITING_REVIEW, State.LEAVING)
    """Written to the requester and not theirs to read yet."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="messages")
    author = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="messages")
    is_from_requester = models.BooleanField(default=False)
    kind = models.CharField(max_length=6, choices=Kind.choices, default=Kind.PUBLIC)
    state = models.CharField(max_length=8, choices=State.choices, default=State.SENT)
    channel = models.CharField(max_length=12, choices=Channel.choices)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    at = models.DateTimeField()

    named = models.JSONField(null=True, blank=True)
    """Who is named in a note, as {"as": "@Jan Kowal", "person": 5}: these words mean this person; null for nobody."""

    # Mail facts; empty for messages of other channels.
    mail_id = models.CharField(max_length=998, blank=True, default="")
    mail_to = ArrayField(models.CharField(max_length=320), default=list, blank=True)
    mail_cc = ArrayField(models.CharField(max_length=320), default=list, blank=True)
    automatic = models.CharField(max_length=20, blank=True, default="")
    identity = models.CharField(max_length=64, null=True, blank=True, unique=True)
    mail_traits = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    """What a reader should know of the mail: signed, encrypted, a charset that lied (`channels.email.traits`)."""
    invitation = models.JSONField(null=True, blank=True)
    """The calendar invitation in the mail, as `channels.email.calendar` reads it."""
    folds = models.JSONField(null=True, blank=True, editable=False)
    """Where its text folds (`channels.email.quoting.folds`); null: found when it is shown."""
    bounce = models.JSONField(null=True, blank=True)
    """What a bounce says: ``reason``, ``is_hard``, ``address``, ``status`` (RFC 3463), ``detail``, ``message``."""

    # Replies under review.
    approved_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    review_opens_at = models.DateTimeField(null=True, blank=True)
    next_status = models.CharField(max_length=10, blank=True, default="")

    # Replies that can still be taken back. Until they leave they are no reply to anybody.
    leaves_at = models.DateTimeField(null=True, blank=True)
    """When it may leave, while it is held; null for what left at once or waits for a mentor."""
    changes = models.JSONField(null=True, editable=False)
    """What a macro changes together with it (`actions.changes`), kept until it leaves."""

    attachments: RelatedManager[Attachment]

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [
            models.Index(fields=["ticket", "at", "id"], name="messages_of_ticket"),
            GinIndex(
                fields=["named"], name="messages_naming", opclasses=["jsonb_path_ops"], condition=Q(named__isnull=False)
            ),
            models.Index(fields=["mail_id"], name="message_by_mail_id", condition=~Q(mail_id="")),
            models.Index(fields=["review_opens_at"], name="awaiting_review", condition=Q(state="review")),
            models.Index(fields=["leaves_at", "id"], name="leaving", condition=Q(state="leaving")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} on #{self.ticket_id}"

    @property
    def is_note(self) -> bool:
        return self.kind == self.Kind.NOTE

    @property
    def is_awaiting_review(self) -> bool:
        return self.state == self.State.AWAITING_REVIEW

    @property
    def copied_to(self) -> list[str]:
        """Who gets a copy of this reply of ours. Of a mail that came in its writer has sent the copies."""
        came_by_mail = self.is_from_requester or self.mail_id or self.mail_to or self.identity
        return [] if came_by_mail else self.mail_cc

    @property
    def is_leaving(self) -> bool:
        return self.state == self.State.LEAVING


class Attachment(models.Model):
    """A file of a message. Its bytes lie in storage under their SHA-256; its name is data, never a path."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=127)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    content_id = models.CharField(max_length=255, blank=True, default="")
    is_inline = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        indexes = [models.Index(fields=["sha256"], name="attachment_by_hash")]

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> str:
        return storage_path(self.sha256)


def storage_path(sha256: str) -> str:
    """Where the bytes with this hash lie in Django's default storage."""
    return f"attachments/{sha256[:2]}/{sha256}"


class DraftKind(models.TextChoices):
    """What the words would become: the three halves of the composer, and an answer, of which only files are kept."""

    PUBLIC = "public", _("Public")
    NOTE = "note", _("Internal note")
    ASK = "ask", _("Question")
    ANSWER = "answer", _("Answer to a question")


class Draft(models.Model):
    """What somebody is writing on a ticket: kept on the server so that nothing typed is lost."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="drafts")
    author = models.ForeignKey(User, models.CASCADE, related_name="drafts")
    kind = models.CharField(max_length=6, choices=DraftKind.choices, default=DraftKind.PUBLIC)
    text = models.TextField()
    saved_at = models.DateTimeField()
    cc = models.CharField(max_length=2000, blank=True, default="", db_default="")
    """Who shall get a copy of the reply, as it was typed."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "author", "kind"], name="one_draft_of_a_kind")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.author_id} on #{self.ticket_id}"


class DraftFile(models.Model):
    """A file that waits beside a draft. Its bytes lie in storage like those of an attachment."""

    draft = models.ForeignKey(Draft, models.CASCADE, related_name="files")
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=127)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(fields=["sha256"], name="draft_file_by_hash")]

    def __str__(self) -> str:
        return self.name
