"""Before the end of a duty: each ticket in the volunteer's hands gets a next step, or a person who accepts it.

Locks: the volunteer, the shift, the ticket; whoever answers an offer: themselves, the ticket. An offer is read and
changed under its ticket's lock alone.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rotations.actions import mailing
from rotations.actions.locking import locked
from rotations.models import Duty, DutyEvent, HandedTicket
from rotations.queries import handover
from tickets import access as kernel
from tickets.actions import changing, notifying, noting, snoozing
from tickets.actions.assigning import NobodyThere, TicketIsOver, given, require_room
from tickets.actions.errors import NotAllowed, Refused
from tickets.actions.locking import lock_person
from tickets.actions.locking import locked as locked_ticket
from tickets.models import Kind, Message, Status, Ticket, User

Step, Answer = HandedTicket.Step, HandedTicket.Answer
OFFERED = "handover_offer"


class NotInHand(Refused):
    message = _("This ticket is not in your hands any more.")


class LooseEnds(Refused):
    message = _("Something is still in your hands. Give each ticket a next step first.")


class NobodyLooksAfterIt(Refused):
    message = _("None of your mentors can take this ticket. Give it back to the queue.")


class OfferIsOver(Refused):
    message = _("The ticket is not offered any more: somebody has it, or it went back to its queue.")


class NoNote(Refused):
    message = _("Write a sentence for whoever takes it next.")


@transaction.atomic
def solve(*, duty: Duty, ticket: Ticket, by: User, at: datetime) -> HandedTicket:
    """Nothing more is to be done for it."""
    ticket = _in_hand(duty, ticket, by=by, at=at)
    changing.change_status(ticket=ticket, to=Status.SOLVED, by=by, at=at)
    return _handed(duty, ticket, Step.SOLVED, at=at)


@transaction.atomic
def put_off(*, duty: Duty, ticket: Ticket, until: datetime, reason: str, by: User, at: datetime) -> HandedTicket:
    """Nothing can be done before ``until``; then it is the mentor's, of two the one who is not away. Raises what
    `snoozing.snooze` does, `NobodyLooksAfterIt`."""
    ticket = _in_hand(duty, ticket, by=by, at=at)
    able = (each for each in handover.who_looks_after(duty, at) if kernel.can_be_assignee(each, ticket, at))
    mentor = next(able, None)
    if mentor is None:
        raise NobodyLooksAfterIt
    ticket = snoozing.snooze(ticket=ticket, until=until, reason=reason, by=by, at=at)
    given(ticket, to=mentor, by=by, kind=Kind.ASSIGNED, at=at)
    return _handed(duty, ticket, Step.SNOOZED, to=mentor, text=reason, at=at)


@transaction.atomic
def give_back(*, duty: Duty, ticket: Ticket, text: str, by: User, at: datetime) -> HandedTicket:
    """Somebody else of the queue goes on, from what the note says."""
    ticket = _in_hand(duty, ticket, by=by, at=at)
    _note(ticket, text, by=by, at=at)
    given(locked_ticket(ticket), to=None, by=by, kind=Kind.ASSIGNED, at=at)
    return _handed(duty, ticket, Step.RETURNED, text=text, at=at)


@transaction.atomic
def offer(*, duty: Duty, ticket: Ticket, to: User, text: str, by: User, at: datetime) -> HandedTicket:
    """Ask a named person to go on. It stays in the volunteer's hands until they accept, or the duty ends."""
    ticket = _in_hand(duty, ticket, by=by, at=at)
    if to.pk == by.pk or not kernel.can_be_assignee(to, ticket, at):
        raise NobodyThere
    if text.strip():
        _note(ticket, text, by=by, at=at)
    made = _handed(duty, ticket, Step.OFFERED, to=to, text=text, at=at)
    notifying.tell(people=[to.pk], kind=OFFERED, ticket=ticket, at=at)
    return made


@transaction.atomic
def accept_offer(*, offer: HandedTicket, by: User, at: datetime) -> Ticket:
    """It is theirs from now on. Raises `NotAllowed`, `OfferIsOver`, `CapReached`."""
    lock_person(by)
    offer, ticket = _offered(offer, by)
    if offer.answer == Answer.ACCEPTED and ticket.assignee_id == by.pk:
        return ticket
    if offer.answered_at or not ticket.is_unsolved or ticket.assignee_id != offer.duty.person_id:
        raise OfferIsOver
    if not kernel.can_be_assignee(by, ticket, at):
        raise NotAllowed
    require_room(ticket, by=by, at=at)
    _answer(offer, Answer.ACCEPTED, at)
    return given(ticket, to=by, by=by, kind=Kind.ASSIGNED, at=at)


@transaction.atomic
def decline_offer(*, offer: HandedTicket, by: User, at: datetime) -> HandedTicket:
    """The ticket stays where it is, and the volunteer sees that it needs another step."""
    offer, _ticket = _offered(offer, by)
    if offer.answered_at is None:
        _answer(offer, Answer.DECLINED, at)
    return offer


@transaction.atomic
def say_done(*, duty: Duty, note: str, by: User, at: datetime) -> Duty:
    """Nothing is left: a mentor may accept the handover. May be said again, with other words, until one did.

    Raises `NotAllowed`, `LooseEnds`, `Refused`."""
    duty = _own(duty, by)
    if duty.closed_at:
        raise Refused(_("The handover is accepted already."))
    if handover.in_hand(duty).exists():
        raise LooseEnds
    is_said_anew = duty.offered_at is not None
    duty.handover_note, duty.offered_at = note.strip(), at
    duty.save(update_fields=["handover_note", "offered_at"])
    DutyEvent.objects.create(duty=duty, kind=DutyEvent.Kind.OFFERED, actor=by, at=at)
    if not is_said_anew:
        mailing.tell_of_handover(duty, at)
    return duty


def _own(duty: Duty, by: User) -> Duty:
    if by.pk != duty.person_id:
        raise NotAllowed
    locked(person_id=duty.person_id, shift_id=duty.shift_id)
    duty = Duty.objects.select_related("mentor", "deputy", "grant").get(pk=duty.pk)
    if duty.state not in (Duty.State.ACTIVE, Duty.State.HANDING_OVER):
        raise Refused(_("There is nothing to hand over: the duty does not run."))
    return duty


def _in_hand(duty: Duty, ticket: Ticket, *, by: User, at: datetime) -> Ticket:
    _own(duty, by)
    ticket = locked_ticket(ticket)
    if ticket.assignee_id != by.pk or not kernel.can_serve(by, ticket, at):
        raise NotInHand
    if not ticket.is_unsolved:
        raise TicketIsOver
    return ticket


def _note(ticket: Ticket, text: str, *, by: User, at: datetime) -> Message:
    if not text.strip():
        raise NoNote
    return noting.note(ticket=ticket, by=by, text=text, at=at, keeps_draft=True, names_people=False)


def _handed(
    duty: Duty, ticket: Ticket, step: HandedTicket.Step, *, at: datetime, to: User | None = None, text: str = ""
) -> HandedTicket:
    """An older offer of the ticket that nobody answered is over by this."""
    waiting = HandedTicket.objects.filter(ticket=ticket, step=Step.OFFERED, answered_at=None)
    waiting.update(answer=Answer.GONE, answered_at=at)
    return HandedTicket.objects.create(duty=duty, ticket=ticket, step=step, to=to, text=text.strip(), at=at)


def _offered(offer: HandedTicket, by: User) -> tuple[HandedTicket, Ticket]:
    if offer.step != Step.OFFERED or offer.to_id != by.pk:
        raise NotAllowed
    ticket = locked_ticket(Ticket(pk=offer.ticket_id))
    return HandedTicket.objects.select_related("duty").get(pk=offer.pk), ticket


def _answer(offer: HandedTicket, answer: HandedTicket.Answer, at: datetime) -> None:
    offer.answer, offer.answered_at = answer, at
    offer.save(update_fields=["answer", "answered_at"])
