"""Who changed a setting and who looked at something sensitive."""

from __future__ import annotations

from django.db import models

from tickets.models.people import User


class AuditEntry(models.Model):
    """One line of the audit. It is only ever added: no action changes or removes it."""

    at = models.DateTimeField()
    actor = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    actor_name = models.CharField(max_length=200, blank=True)
    """As it was then: the line must still tell when the person is gone."""
    address = models.GenericIPAddressField(null=True, blank=True)
    action = models.CharField(max_length=40)
    """What was done, in the past tense: ``changed``, ``added``, ``removed``, ``read``, ``exported``, ``unlocked``."""
    kind = models.CharField(max_length=40)
    """On what kind of thing: ``queue``, ``mailbox``, ``person``, ``raw_mail``, ``tickets``."""
    object_id = models.CharField(max_length=40, blank=True)
    name = models.CharField(max_length=200, blank=True)
    data = models.JSONField(default=dict, blank=True)
    """Old and new values by field; of secrets only that they changed."""

    class Meta:
        indexes = [
            models.Index(fields=["-at", "-id"], name="audit_in_order"),
            models.Index(fields=["kind", "object_id", "-id"], name="audit_of_object"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.kind} {self.object_id}"
