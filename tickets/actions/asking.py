"""Questions on a ticket: asking mentors or a colleague, answering, closing. Question and answer are notes.

Whoever is asked sees the ticket and its notes until a day after the question is closed. They note and answer; they
never reply. Whoever is only named with an @ is asked nothing (`actions.mentioning`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tickets import access, events
from tickets.actions import attaching, drafting, mentioning
from tickets.actions.assigning import TicketIsOver
from tickets.actions.errors import NotAllowed, Refused
from tickets.actions.locking import locked
from tickets.actions.removing import refuse_removed
from tickets.actions.replying import EmptyMessage
from tickets.models import Consultation, Consulted, Draft, DraftFile, DraftKind, Kind, Message, Ticket, User
from tickets.models.consultation import LOOKS_IN
from tickets.models.grant import mentors_of


class NobodyToAsk(Refused):
    message = _("Choose whom you ask.")


class NotToBeAsked(Refused):
    message = _("This person cannot be asked: only colleagues can, and never whoever the ticket is from.")


class AnsweredAlready(Refused):
    message = _("Somebody else has answered this question. Your text is still here: leave it as a note.")


class QuestionIsOver(Refused):
    message = _("This question is closed. You can leave a note.")


@transaction.atomic
def ask(
    *,
    ticket: Ticket,
    by: User,
    text: str,
    to: User | None,
    at: datetime,
    let_in: Collection[int] = (),
    attachments: Iterable[attaching.File] = (),
    kept_files: Collection[int] = (),
) -> Consultation:
    """Ask ``to``, or the mentors of ``by`` when it is None. The question is open until `close`, or until the ticket is
    solved. ``let_in`` are those of the others named in it who may look in too, ``kept_files`` the files beside its
    draft that belong to it.

    Raises `NotAllowed`, `TicketIsRemoved`, `TicketIsOver`, `EmptyMessage`, `TooLarge`, `NobodyToAsk`, `NotToBeAsked`,
    and what `mentioning.naming_in` refuses.
    """
    ticket = locked(ticket)
    if not access.can_ask(by, ticket, at):
        raise NotAllowed
    refuse_removed(ticket)
    if not ticket.is_unsolved:
        raise TicketIsOver
    if not text.strip():
        raise EmptyMessage
    files = list(attachments)
    kept = attaching.kept_by(by, ticket, DraftKind.ASK, kept_files, beside=files)
    people = _mentors(by, ticket, at) if to is None else [to]
    if to is not None and (to.pk == by.pk or not access.can_be_asked(to, ticket)):
        raise NotToBeAsked
    asked = sorted(person.pk for person in people)
    naming = mentioning.naming_in(text, ticket=ticket, by=by, at=at, let_in=let_in, beside=asked)
    message = _noted(ticket, by=by, text=text, at=at, naming=naming)
    question = Consultation.objects.create(
        ticket=ticket, message=message, asked_by=by, is_for_mentors=to is None, asked_at=at
    )
    _open_for(question, asked)
    attaching.attach_kept(message=message, files=kept)
    attaching.attach(message=message, files=files)
    Draft.objects.filter(ticket=ticket, author=by, kind=DraftKind.ASK).delete()
    data = {"message": message.pk, "question": question.pk, "to": asked, **naming.facts}
    events.record(ticket, by=by, kind=Kind.ASKED, at=at, **data)
    return question


@transaction.atomic
def answer(
    *,
    question: Consultation,
    by: User,
    text: str,
    at: datetime,
    let_in: Collection[int] = (),
    attachments: Iterable[attaching.File] = (),
    kept_files: Collection[int] = (),
) -> Message:
    """Answer as one who was asked, in words or with files alone. Of two at once the first counts, the other is told so
    and keeps both.

    Raises `NotAllowed`, `TicketIsRemoved`, `QuestionIsOver`, `AnsweredAlready`, `EmptyMessage`, `TooLarge`, and what
    `mentioning.naming_in` refuses.
    """
    ticket = locked(question.ticket)
    question = _locked(question)
    is_asked = question.people.filter(person=by).exists()
    if not is_asked or question.is_mention or not access.can_note(by, ticket, at):
        raise NotAllowed
    refuse_removed(ticket)
    if question.closed_at:
        raise QuestionIsOver
    if question.answered_at:
        raise AnsweredAlready
    files = list(attachments)
    kept = attaching.kept_by(by, ticket, DraftKind.ANSWER, kept_files, beside=files)
    if not text.strip() and not files and not kept:
        raise EmptyMessage
    naming = mentioning.naming_in(text, ticket=ticket, by=by, at=at, let_in=let_in)
    message = _noted(ticket, by=by, text=text, at=at, naming=naming)
    question.answer, question.answered_by, question.answered_at = message, by, max(at, question.asked_at)
    question.save(update_fields=["answer", "answered_by", "answered_at"])
    attaching.attach_kept(message=message, files=kept)
    attaching.attach(message=message, files=files)
    if Consultation.objects.waiting().filter(ticket=ticket, people__person=by).exists():
        # What else waits beside an answer of theirs may belong to the other one.
        DraftFile.objects.filter(pk__in=[each.pk for each in kept]).delete()
    else:
        drafting.forget(ticket, by, DraftKind.ANSWER)
    data = {"message": message.pk, "question": question.pk, "asked_by": question.asked_by_id, **naming.facts}
    events.record(ticket, by=by, kind=Kind.ANSWERED, at=at, **data)
    return message


@transaction.atomic
def close(*, question: Consultation, by: User, at: datetime) -> Consultation:
    """End the question, answered or not: by whoever asked, or whoever else serves the ticket. Whoever was asked looks
    in for a day more. Closing it again does nothing. Raises `NotAllowed`."""
    ticket = locked(question.ticket)
    question = _locked(question)
    if question.is_mention or not access.can_ask(by, ticket, at):
        raise NotAllowed
    if question.closed_at is None:
        _close([question.pk], at)
        question.closed_at = at
        events.record(ticket, by=by, kind=Kind.QUESTION_CLOSED, at=at, question=question.pk)
    return question


def close_all(*, ticket: Ticket, at: datetime) -> None:
    """The ticket is solved or removed: nothing waits for an answer any more. Tells nobody; the ticket's event does."""
    _close(list(Consultation.objects.filter(ticket=ticket, closed_at=None).values_list("pk", flat=True)), at)


def _open_for(consultation: Consultation, people: Collection[int]) -> None:
    """These people see the ticket and its notes from now on."""
    Consulted.objects.bulk_create(
        Consulted(consultation=consultation, ticket_id=consultation.ticket_id, person_id=person)
        for person in sorted(people)
    )


def _mentors(by: User, ticket: Ticket, at: datetime) -> list[User]:
    found = User.objects.filter(pk__in=mentors_of(by.pk, at), is_active=True).order_by("pk")
    mentors = [person for person in found if access.can_be_asked(person, ticket)]
    if not mentors:
        raise NobodyToAsk
    return mentors


def _noted(ticket: Ticket, *, by: User, text: str, at: datetime, naming: mentioning.Naming) -> Message:
    message = Message.objects.create(
        ticket=ticket, author=by, kind=Message.Kind.NOTE, channel=ticket.channel, text=text, named=naming.stored, at=at
    )
    mentioning.open_for(naming, message=message, by=by, at=at)
    ticket.updated_at = at
    ticket.save(update_fields=["updated_at"])
    return message


def _locked(question: Consultation) -> Consultation:
    return Consultation.objects.select_for_update(no_key=True, of=("self",)).get(pk=question.pk)


def _close(questions: list[int], at: datetime) -> None:
    if questions:
        Consultation.objects.filter(pk__in=questions).update(closed_at=at)
        # Whoever was let go before stays out.
        Consulted.objects.filter(consultation__in=questions, until=None).update(until=at + LOOKS_IN)
