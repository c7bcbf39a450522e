"""Queues and the addresses that feed them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from helpdesk.lib.one_line import must_be_one_line
from tickets.models.people import Language, Team

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


SIGNATURE_VARIABLES = ("agent", "queue")
"""What a signature may name: whoever wrote the reply, and the queue."""
_BRACES = re.compile(r"\{([^{}\n]*)\}")


def knows_its_variables(signature: str) -> None:
    """A validator: refuses {anything} that nobody would fill in. A brace alone is only a brace."""
    for name in _BRACES.findall(signature):
        if name not in SIGNATURE_VARIABLES:
            raise ValidationError(
                _("{%(name)s} means nothing in a signature: it knows {agent} and {queue}."),
                code="unknown_variable",
                params={"name": name},
            )


class Assignment(models.TextChoices):
    OFF = "off", _("Off")
    ROUND_ROBIN = "round_robin", _("In turn")
    LEAST_LOADED = "least_loaded", _("To whoever has the fewest")


class WorkOrder(models.TextChoices):
    DUE = "due", _("By due time")
    FEASIBLE = "feasible", _("What can still be kept first")


class Queue(models.Model):
    """A place tickets wait in, owned by one team."""

    name = models.CharField(_("name"), max_length=100, unique=True, validators=[must_be_one_line])
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

    assignment = models.CharField(
        _("automatic assignment"), max_length=12, choices=Assignment.choices, default=Assignment.OFF
    )
    assignment_cap = models.PositiveSmallIntegerField(
        _("most tickets in hand"), default=20, help_text=_("Nobody who has as many open tickets is given more.")
    )

    signature = models.TextField(
        _("signature"),
        blank=True,
        default="",
        validators=[knows_its_variables],
        help_text=_(
            "Stands under every reply, after the agent's words. Plain text; {agent} becomes the name of whoever "
            "replies, {queue} the name of the queue."
        ),
    )

    # Facts that upper apps compute and store through tickets.actions.facts; the kernel only reads them.
    work_order = models.CharField(
        max_length=8, choices=WorkOrder.choices, default=WorkOrder.DUE, db_default=WorkOrder.DUE, editable=False
    )
    """In which order "take next" goes: see `actions.assigning`."""
    handling_s = models.PositiveIntegerField(null=True, blank=True, editable=False)
    """How long one ticket takes here, in seconds of somebody's work."""

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

    def signature_of(self, agent: str) -> str:
        """The signature as it stands under a reply of this person; empty where the queue has none."""
        values = {"agent": agent or self.name, "queue": self.name}
        # Stored before this rule or past it, an unknown {word} stays as it was written: a mail must still leave.
        return _BRACES.sub(lambda found: values.get(found[1], found[0]), self.signature).strip()


class QueueAddress(models.Model):
    """An address whose mail lands in the queue. One of them is the sender of the queue's own mail."""

    queue = models.ForeignKey(Queue, models.CASCADE, related_name="addresses", verbose_name=_("queue"))
    address = models.EmailField(_("address"), max_length=254, unique=True, validators=[must_be_one_line])
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
