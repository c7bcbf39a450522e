"""What the desk does by itself or at one press: macros, rules and whose turn it is."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from helpdesk.lib.one_line import must_be_one_line
from tickets.models.event import Event
from tickets.models.people import Team, User
from tickets.models.queue import Queue
from tickets.models.ticket import Ticket

MACRO_VARIABLES = ("requester", "first name", "agent", "ticket", "subject", "queue")
"""What the text of a macro may name in braces: the requester's whole and first name, whoever writes, the ticket's
number and subject, its queue."""
_BRACES = re.compile(r"\{([^{}\n]*)\}")


def knows_macro_variables(text: str) -> None:
    """A validator: refuses {anything} that nobody would fill in. A brace alone is only a brace."""
    for name in _BRACES.findall(text):
        if name not in MACRO_VARIABLES:
            raise ValidationError(
                _("{%(name)s} means nothing in a macro: it knows %(known)s."),
                code="unknown_variable",
                params={"name": name, "known": ", ".join(f"{{{each}}}" for each in MACRO_VARIABLES)},
            )


class Macro(models.Model):
    """A reply with variables, and changes that go with it. ``changes`` is a list of `actions.changes` entries."""

    name = models.CharField(_("name"), max_length=100, validators=[must_be_one_line])
    team = models.ForeignKey(
        Team, models.CASCADE, null=True, blank=True, related_name="macros", verbose_name=_("team"),
        help_text=_("Whose macro it is; without a team everybody has it."),
    )  # fmt: skip
    text = models.TextField(_("text"), blank=True, validators=[knows_macro_variables])
    text_en = models.TextField(
        _("text in English"),
        blank=True,
        validators=[knows_macro_variables],
        help_text=_("For requesters who read English. Without it they get the other one."),
    )
    is_note = models.BooleanField(_("writes an internal note"), default=False)
    changes = models.JSONField(default=list, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("macro")
        verbose_name_plural = _("macros")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name


class Rule(models.Model):
    """When something happens to a ticket, or when it stays as it is for a time, and it matches ``conditions`` (the
    language of the search), the desk makes ``changes``."""

    class Trigger(models.TextChoices):
        OPENED = "opened", _("a ticket is opened")
        REQUESTER_WROTE = "requester_wrote", _("the requester writes")
        REPLIED = "replied", _("a reply is sent")
        CHANGED = "changed", _("a property changes")
        TIME = "time", _("time passes")

    name = models.CharField(_("name"), max_length=100, validators=[must_be_one_line])
    trigger = models.CharField(_("when"), max_length=16, choices=Trigger.choices)
    after_minutes = models.PositiveIntegerField(
        _("after (minutes)"), null=True, blank=True, help_text=_("For rules of time: since the ticket last changed.")
    )
    conditions = models.CharField(_("if the ticket matches"), max_length=500, blank=True)
    changes = models.JSONField(default=list, blank=True)
    stops = models.BooleanField(_("no further rules after it"), default=False)
    is_active = models.BooleanField(_("in use"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    made_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    paused_because = models.CharField(max_length=300, blank=True, default="")
    """Why the desk stopped the rule by itself; empty while it may run."""

    class Meta:
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name


class RuleFiring(models.Model):
    """One time that a rule fired: on what, why, and what came of it."""

    rule = models.ForeignKey(Rule, models.CASCADE, related_name="firings")
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="rule_firings")
    event = models.ForeignKey(Event, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    why = models.JSONField(default=dict)
    """The trigger, the conditions as they stood, and the values that matched them."""
    done = models.JSONField(default=list)
    """One entry per change: what it was, and the refusal if it was refused."""

    class Meta:
        indexes = [
            models.Index(fields=["rule", "-at", "-id"], name="firings_of_rule_in_order"),
            models.Index(fields=["ticket", "-id"], name="firings_on_ticket"),
        ]

    def __str__(self) -> str:
        return f"rule {self.rule_id} on #{self.ticket_id}"


class RuleCursor(models.Model):
    """How far the rules have read the events (`EventQuerySet.settled_after`). One row; whoever holds its lock reads."""

    xid = models.BigIntegerField()
    event = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.xid}/{self.event}"


class AssignmentTurn(models.Model):
    """When a person last got a ticket of a queue by itself: whose turn it is goes by the oldest."""

    queue = models.ForeignKey(Queue, models.CASCADE, related_name="turns")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["queue", "user"], name="one_turn_each")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.queue_id}"
