"""Questions as the conversation shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from tickets import access
from tickets.models import Consultation, Message, Ticket, User


@dataclass(frozen=True, slots=True)
class Asked:
    """Beside a message that asks or answers."""

    number: int
    names: str
    is_answer: bool
    is_for_mentors: bool
    is_closed: bool
    took_s: int | None
    """Seconds from the question to the answer."""
    answer_id: int | None
    waits: bool
    may_answer: bool
    may_close: bool


def asked_by_message(
    consultations: Mapping[int, Consultation], ticket: Ticket, user: User, at: datetime
) -> dict[int, Asked]:
    """By the number of the message, answers included. The people came with the consultations."""
    if not consultations:
        return {}
    may_close, may_note = access.can_ask(user, ticket, at), access.can_note(user, ticket, at)
    found: dict[int, Asked] = {}
    for message_id, each in consultations.items():
        asked = {row.person_id: str(row.person) for row in each.people.all()}
        is_open = each.closed_at is None and not ticket.removed_as
        question = Asked(
            number=each.pk,
            names=", ".join(asked.values()),
            is_answer=False,
            is_for_mentors=each.is_for_mentors,
            is_closed=each.closed_at is not None,
            took_s=each.seconds_to_answer,
            answer_id=each.answer_id,
            waits=is_open and each.answered_at is None,
            may_answer=is_open and each.answered_at is None and user.pk in asked and may_note,
            may_close=is_open and may_close,
        )
        found[message_id] = question
        if each.answer_id:
            found[each.answer_id] = Asked(
                number=each.pk,
                names=question.names,
                is_answer=True,
                is_for_mentors=each.is_for_mentors,
                is_closed=question.is_closed,
                took_s=question.took_s,
                answer_id=each.answer_id,
                waits=False,
                may_answer=False,
                may_close=question.may_close,
            )
    return found


def stand_beside(messages: Iterable[Message], asked: Mapping[int, Asked]) -> None:
    """Each message learns what it asks or answers (`message.asked`)."""
    for message in messages:
        message.asked = asked.get(message.pk)  # type: ignore[attr-defined]
