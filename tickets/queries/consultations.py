"""Questions: those of one ticket, those that wait for a person, and whom one may ask."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from tickets.models import Consultation, Role, Ticket, User
from tickets.models.grant import mentors_of, scopes_of

FOUND = 8


def consultations_on(ticket: Ticket) -> dict[int, Consultation]:
    """By the number of the message that asks. No statement where nothing was ever asked, if the ticket came
    with ``has_questions``."""
    if not getattr(ticket, "has_questions", True):
        return {}
    asked = Consultation.objects.filter(message__ticket=ticket, is_mention=False)
    return {each.message_id: each for each in _with_people(asked)}


def questions_to(user: User, *, at: datetime) -> list[Consultation]:
    """What waits for the person's answer, the oldest first."""
    waiting = Consultation.objects.visible_to(user, at).waiting().filter(people__person=user)
    return list(_listed(waiting))


def questions_of(user: User, *, at: datetime) -> list[Consultation]:
    """What the person has asked and not closed, the oldest first: answered ones are to be looked at."""
    asked = Consultation.objects.visible_to(user, at).filter(asked_by=user, is_mention=False, closed_at=None)
    return list(_listed(asked))


def waiting_questions(user: User, *, at: datetime) -> list[Consultation]:
    """Everything in the person's sight that somebody else waits for an answer to, and is not asked of them."""
    waiting = Consultation.objects.visible_to(user, at).waiting()
    return list(_listed(waiting.exclude(people__person=user).exclude(asked_by=user))[:MOST])


MOST = 200


def question(user: User, number: int, *, at: datetime) -> Consultation:
    """One in the person's sight. Raises `Consultation.DoesNotExist`."""
    return Consultation.objects.visible_to(user, at).filter(is_mention=False).select_related("ticket").get(pk=number)


def mentors_to_ask(user: User, ticket: Ticket, *, at: datetime) -> list[User]:
    """The mentors whom the person may ask on this ticket; none for people without a grant."""
    if user.role == Role.REQUESTER or not scopes_of(user, at):
        return []
    mentors = User.objects.filter(pk__in=mentors_of(user.pk, at), is_active=True).exclude(pk=ticket.requester_id)
    return list(mentors.order_by("sort_key", "pk"))


def colleagues(user: User, ticket: Ticket, words: str = "") -> QuerySet[User]:
    """Whom the person may ask or name on this ticket: active employees, by the beginnings of their names."""
    people = User.objects.filter(is_active=True, merged_into=None).exclude(role=Role.REQUESTER)
    people = people.exclude(pk__in=[user.pk, ticket.requester_id])
    for word in words.split()[:5]:
        people = people.filter(Q(name__istartswith=word) | Q(name__icontains=f" {word}") | Q(email__istartswith=word))
    return people.order_by("sort_key", "pk")


def _listed(questions: QuerySet[Consultation]) -> QuerySet[Consultation]:
    return _with_people(questions).select_related("ticket", "message", "asked_by", "answered_by")


def _with_people(questions: QuerySet[Consultation]) -> QuerySet[Consultation]:
    return (
        questions.select_related("asked_by", "answered_by")
        .prefetch_related("people__person")
        .order_by("asked_at", "pk")
    )
