"""Questions on a ticket to people who do not work it, and people named in its notes: both may look in for a while."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tickets.models.message import Message
from tickets.models.people import User
from tickets.models.ticket import Ticket

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

LOOKS_IN = timedelta(hours=24)
"""How long after the end of a question whoever was asked still sees the ticket (DESIGN §4)."""


class ConsultationQuerySet(models.QuerySet["Consultation"]):
    def visible_to(self, user: User, at: datetime) -> ConsultationQuerySet:
        """Those of tickets the person works: the question is a note, and whoever is asked reads the notes."""
        return self.filter(ticket__in=Ticket.objects.worked_by(user, at).values("pk"))

    def waiting(self) -> ConsultationQuerySet:
        """Questions that nobody has answered. The literal condition is that of the partial index."""
        return self.filter(closed_at__isnull=True, answered_at__isnull=True, is_mention=False)


class Consultation(models.Model):
    """One question, or one note in which people are named. Its words are a note, so is the answer."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="consultations")
    message = models.ForeignKey(Message, models.CASCADE, related_name="consultations")
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    is_mention = models.BooleanField(default=False)
    """People who did not see the ticket are named in the message and let in: nothing waits for an answer. A question
    may name somebody besides."""
    is_for_mentors = models.BooleanField(default=False)
    asked_at = models.DateTimeField()
    answer = models.ForeignKey(Message, models.SET_NULL, null=True, blank=True, related_name="+")
    answered_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    people: RelatedManager[Consulted]

    objects = ConsultationQuerySet.as_manager()

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True) | Q(answered_at__gte=F("asked_at")),
                name="answered_after_it_was_asked",
            ),
            models.UniqueConstraint(fields=["message", "is_mention"], name="asked_and_named_once"),
        ]
        indexes = [
            models.Index(fields=["ticket", "id"], name="consultations_of_ticket"),
            models.Index(
                fields=["asked_at", "id"],
                name="waiting_questions",
                condition=Q(closed_at__isnull=True, answered_at__isnull=True, is_mention=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{'mention' if self.is_mention else 'question'} {self.pk} on #{self.ticket_id}"

    @property
    def seconds_to_answer(self) -> int | None:
        return round((self.answered_at - self.asked_at).total_seconds()) if self.answered_at else None


class Consulted(models.Model):
    """Who is asked or named: they see the ticket and its notes before ``until``; None while it is open."""

    consultation = models.ForeignKey(Consultation, models.CASCADE, related_name="people")
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="consulted")
    person = models.ForeignKey(User, models.CASCADE, related_name="consulted")
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["consultation", "person"], name="consulted_once")]
        indexes = [models.Index(fields=["person", "until"], name="consulted_by_person")]

    def __str__(self) -> str:
        return f"{self.person_id} on #{self.ticket_id}"
