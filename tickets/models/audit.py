"""Who changed a setting and who looked at something sensitive."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tickets.models.people import User


class AuditEntry(models.Model):
    """One line of the audit. It is only ever added: no action changes or removes it.

    Only `actions.auditing` writes it.
    """

    class Action(models.TextChoices):
        ADDED = "added", pgettext_lazy("audit", "added")
        CHANGED = "changed", pgettext_lazy("audit", "changed")
        REMOVED = "removed", pgettext_lazy("audit", "removed")
        PAUSED = "paused", pgettext_lazy("audit", "paused")
        MERGED = "merged", pgettext_lazy("audit", "merged")
        UNMERGED = "unmerged", pgettext_lazy("audit", "taken apart again")
        RESET = "reset", pgettext_lazy("audit", "reset")
        UNLOCKED = "unlocked", pgettext_lazy("audit", "unlocked")
        READ = "read", pgettext_lazy("audit", "read")
        EXPORTED = "exported", pgettext_lazy("audit", "exported")

    class Kind(models.TextChoices):
        PERSON = "person", _("Person")
        TEAM = "team", _("Team")
        ORGANISATION = "organisation", _("Organisation")
        QUEUE = "queue", _("Queue")
        MAILBOX = "mailbox", _("Mailbox")
        SENDER = "sender", _("Mail sender")
        FIELD = "field", _("Field")
        TAG = "tag", _("Tag")
        MACRO = "macro", _("Macro")
        RULE = "rule", _("Rule")
        VIEW = "view", _("View")
        SIGN_IN_RULES = "sign_in_rules", _("Rules for signing in")
        SENDING = "sending", _("Sending")
        SECOND_FACTORS = "second_factors", _("Second factors")
        ADDRESS = "address", _("Address")
        RAW_MAIL = "raw_mail", _("Raw mail")
        TICKETS = "tickets", _("List of tickets")
        FAVOURS = "favours", _("List of favours")
        PEOPLE = "people", _("List of people")
        ORGANISATIONS = "organisations", _("List of organisations")
        AUDIT = "audit", _("Audit")
        LIST = "list", _("List")
        FIGURES = "figures", _("Figures of the dashboard")
        WORKING_HOURS = "working_hours", _("Working hours")
        ABSENCE = "absence", _("Absence")
        PROGRAMME = "programme", _("Programme of duties")
        QUALIFICATION = "qualification", _("Sign-off for a channel")
        CALENDAR = "calendar", _("Calendar of working time")
        POLICY = "policy", _("SLA policy")

    at = models.DateTimeField()
    actor = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    actor_name = models.CharField(max_length=200, blank=True)
    """As it was then: the line must still tell when the person is gone."""
    address = models.GenericIPAddressField(null=True, blank=True)
    action = models.CharField(max_length=40)
    """An `Action`: what was done."""
    kind = models.CharField(max_length=40)
    """A `Kind`: on what kind of thing."""
    object_id = models.CharField(max_length=40, blank=True)
    name = models.CharField(max_length=200, blank=True)
    data = models.JSONField(default=dict, blank=True)
    """Old and new value by field, as a pair; of secrets the word ``changed``. Anything else is a fact of the act."""

    class Meta:
        indexes = [
            models.Index(fields=["-at", "-id"], name="audit_in_order"),
            models.Index(fields=["actor", "-at", "-id"], name="audit_of_person"),
            models.Index(fields=["kind", "-at", "-id"], name="audit_of_kind"),
            models.Index(fields=["kind", "object_id", "-id"], name="audit_of_object"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.kind} {self.object_id}"

    @property
    def action_in_words(self) -> str:
        return str(self.Action(self.action).label)

    @property
    def kind_in_words(self) -> str:
        return str(self.Kind(self.kind).label)
