"""What a desk says about its tickets beyond status and queue: tags, its own fields, links, merges, appointments."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from helpdesk.lib.one_line import must_be_one_line
from tickets.models.message import Message
from tickets.models.people import Joining, User
from tickets.models.queue import Queue
from tickets.models.ticket import Ticket

must_be_a_tag = RegexValidator(
    r"^[^\W_][\w.:/+-]{0,49}$",
    _("A tag is one word of at most 50 letters, digits and - _ . : / +, and begins with a letter or a digit."),
)


class Tag(models.Model):
    """A tag that has been used, for suggestions. Which tickets carry it is said by ``Ticket.tags`` alone."""

    name = models.CharField(_("name"), max_length=50, unique=True, validators=[must_be_a_tag])
    becomes = models.CharField(max_length=50, null=True, blank=True)  # noqa: DJ001  null: nothing is happening to it
    """Set while the desk renames it everywhere: the new name, or empty while it is taken off everywhere."""

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class CustomFieldQuerySet(models.QuerySet["CustomField"]):
    def on(self, queue_id: int) -> CustomFieldQuerySet:
        """The fields in use that tickets of this queue have, in their order."""
        somewhere = CustomField.queues.through.objects.filter(customfield=OuterRef("pk"))
        here = Exists(somewhere.filter(queue=queue_id)) | ~Exists(somewhere)
        return self.filter(here, is_active=True).order_by("position", "id")


class CustomField(models.Model):
    """A field that a desk adds to its tickets. Values stand in ``Ticket.fields`` under ``key``: text as a string,
    a number as a decimal string, a date as YYYY-MM-DD, a choice as one of ``choices``."""

    class Type(models.TextChoices):
        TEXT = "text", _("Text")
        NUMBER = "number", _("Number")
        DATE = "date", pgettext_lazy("type of a field", "Date")
        CHOICE = "choice", _("Choice")

    key = models.SlugField(
        _("key"), max_length=50, unique=True, help_text=_("What searches call it. It cannot be changed later.")
    )
    label = models.CharField(_("name"), max_length=100, validators=[must_be_one_line])
    type = models.CharField(_("type"), max_length=6, choices=Type.choices)
    choices = ArrayField(models.CharField(max_length=100), default=list, blank=True, verbose_name=_("choices"))
    queues = models.ManyToManyField(
        Queue,
        blank=True,
        related_name="custom_fields",
        verbose_name=_("queues"),
        help_text=_("Where tickets have it; no queue chosen means everywhere."),
    )
    is_required_to_solve = models.BooleanField(_("required to solve"), default=False)
    is_active = models.BooleanField(_("in use"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = CustomFieldQuerySet.as_manager()

    class Meta:
        verbose_name = _("field")
        verbose_name_plural = _("fields")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.label


class Link(models.Model):
    """Two tickets that belong together. ``related`` has no direction and is stored with the lower number first;
    ``duplicate``: `ticket` is a duplicate of `other`; ``parent``: `ticket` is the parent of `other`."""

    class Kind(models.TextChoices):
        RELATED = "related", _("Related")
        DUPLICATE = "duplicate", _("Duplicate")
        PARENT = "parent", _("Parent")

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="links")
    other = models.ForeignKey(Ticket, models.CASCADE, related_name="links_here")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket", "other", "kind"], name="linked_once"),
            models.UniqueConstraint(fields=["other"], condition=Q(kind="parent"), name="one_parent"),
            models.CheckConstraint(condition=~Q(ticket=F("other")), name="link_has_two_ends"),
        ]

    def __str__(self) -> str:
        return f"#{self.ticket_id} {self.kind} #{self.other_id}"


class Merge(Joining):
    """One ticket put into another; `actions.merging` writes what moved."""

    source = models.ForeignKey(Ticket, models.CASCADE, related_name="merges")
    target = models.ForeignKey(Ticket, models.CASCADE, related_name="merged_here")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source"], condition=Q(undone_at__isnull=True), name="merged_once"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="merge_has_two_ends"),
        ]

    def __str__(self) -> str:
        return f"#{self.source_id} into #{self.target_id}"


class Appointment(models.Model):
    """A time agreed with the requester. ``uid`` and ``sequence`` as RFC 5545 wants them in the invitation."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="appointments")
    person = models.ForeignKey(User, models.SET_NULL, null=True, related_name="appointments")
    """With whom it is agreed: they hear of a move even when the ticket has become somebody else's."""
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    title = models.CharField(_("what"), max_length=200, validators=[must_be_one_line])
    place = models.CharField(_("where"), max_length=200, blank=True, validators=[must_be_one_line])
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()
    uid = models.CharField(max_length=100, unique=True)
    sequence = models.PositiveIntegerField(default=0)
    message = models.ForeignKey(Message, models.SET_NULL, null=True, blank=True, related_name="+")
    """The public message that told the requester."""
    woken_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="appointment_is_forward"),
        ]
        indexes = [
            models.Index(
                fields=["starts_at"],
                name="appointments_to_wake",
                condition=Q(woken_at__isnull=True, cancelled_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M} #{self.ticket_id}"
