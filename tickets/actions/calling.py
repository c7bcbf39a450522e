"""Telephone calls: logged while they go on, on a new ticket or on one that is there, and what was written meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from helpdesk.lib.one_line import one_line
from tickets import access, events, phone_numbers
from tickets.actions import assigning, changing, noting, opening, snoozing, spending
from tickets.actions.errors import NotAllowed, Refused
from tickets.actions.locking import lock_person, locked
from tickets.actions.removing import refuse_removed
from tickets.models import CallDraft, Channel, Kind, PersonNumber, PhoneCall, Queue, Status, Ticket, User
from tickets.models.call import LONGEST_S

Direction, Outcome = PhoneCall.Direction, PhoneCall.Outcome

EARLIEST = timedelta(hours=12)
"""So long after it began a call is logged as one that has just been; what is older is logged as of then."""
MOST_DRAFTS = 20
"""Calls somebody has begun and not logged; the oldest gives way."""


class NobodyCalls(Refused):
    message = _("Write who is on the phone: a number, a name or an address.")


class NothingSaid(Refused):
    message = _("Write what the call was about.")


class TooLong(Refused):
    message = _("A call takes up to 12 hours.")


class WhenToCall(Refused):
    message = _("Choose when to call back.")


class UnknownOutcome(Refused):
    message = _("This outcome is not known.")


@dataclass(frozen=True)
class Caller:
    """Who is on the phone: a person the desk knows, or what they say of themselves."""

    person: User | None = None
    name: str = ""
    number: str = ""
    email: str = ""


@dataclass(frozen=True)
class Said:
    """What it was about. ``subject`` is for a new ticket; there the beginning of the notes stands in for it."""

    subject: str = ""
    notes: str = ""


@dataclass(frozen=True)
class Next:
    """What becomes of the ticket. ``call_back_at`` goes with the outcome "call_back"; ``is_mine``: whoever has talked
    keeps it, if nobody else has it."""

    outcome: str
    call_back_at: datetime | None = None
    is_mine: bool = False


@transaction.atomic
def log_call(
    *,
    who: Caller,
    about: Queue | Ticket,
    said: Said,
    then: Next,
    direction: str,
    began_at: datetime,
    seconds: int,
    by: User,
    at: datetime,
    key: str,
    remembers_number: bool = False,
) -> PhoneCall:
    """Log a call of ``seconds``, which may leave out pauses, that began at ``began_at``, and what came of it.

    ``about`` is the queue for a new ticket, whose clocks start when the call did, or the ticket it belongs to: there
    the notes are an internal note, and a call that leaves it open reopens it. With ``remembers_number`` a number of a
    known person that the desk did not know is theirs from now on. The same ``key`` of the same person is logged once.
    Raises `NotAllowed`, `NobodyCalls`, `NothingSaid`, `TooLong`, `WhenToCall`, `UnknownOutcome` and the refusals of
    what it does: `CapReached`, `FieldsMissing`, `NotAhead`, `TicketIsRemoved`.
    """
    lock_person(by)
    if known := PhoneCall.objects.filter(agent=by, key=key).select_related("ticket", "person").first():
        return known
    if not access.can_log_calls(by, at):
        raise NotAllowed
    if direction not in Direction.values or then.outcome not in Outcome.values:
        raise UnknownOutcome
    if not 0 <= seconds <= LONGEST_S:
        raise TooLong
    if then.outcome == Outcome.CALL_BACK and then.call_back_at is None:
        raise WhenToCall
    began_at = max(min(began_at, at), at - EARLIEST)
    if isinstance(about, Ticket):
        ticket = locked(about)
        if not access.can_note(by, ticket, at):
            raise NotAllowed
        refuse_removed(ticket)
        person = who.person or (_somebody(who, ticket.queue) if _says_anything(who) else ticket.requester)
    else:
        if not (said.subject.strip() or said.notes.strip()):
            raise NothingSaid
        person = who.person or _somebody(who, about)
        ticket = _open(person, about, said, by=by, began_at=began_at, at=at)
    call = PhoneCall.objects.create(
        ticket=ticket,
        agent=by,
        person=person,
        number=one_line(who.number)[: phone_numbers.LONGEST],
        direction=direction,
        outcome=then.outcome,
        began_at=began_at,
        logged_at=at,
        seconds=seconds,
        key=key,
    )
    spending.talked(ticket=ticket, by=by, seconds=seconds, at=at)
    events.record(ticket, by=by, kind=Kind.CALLED, at=at, call=call.pk, direction=direction, seconds=seconds)
    if isinstance(about, Ticket) and said.notes.strip():
        noting.note(ticket=ticket, by=by, text=said.notes, at=at, names_people=False)
    call.ticket = _go_on(ticket, then, by=by, at=at)
    # Only who sees contact data whole can tell that a number is new to the desk.
    if remembers_number and who.person and access.can_see_contact(by, call.ticket, at):
        keep_number(who.person, who.number, at=at)
    CallDraft.objects.filter(agent=by, key=key).delete()
    return call


def _open(person: User, queue: Queue, said: Said, *, by: User, began_at: datetime, at: datetime) -> Ticket:
    if not access.can_open_in(by, queue, Channel.PHONE, at):
        raise NotAllowed(_("You may not open tickets in this queue."))
    # A duty may have begun during the call: then its first ticket is of when it began.
    since = began_at if access.can_open_in(by, queue, Channel.PHONE, began_at) else at
    return opening.open_ticket(
        requester=person,
        queue=queue,
        channel=Channel.PHONE,
        subject=said.subject,
        text=said.notes or said.subject,
        by=by,
        at=since,
    )


def _go_on(ticket: Ticket, then: Next, *, by: User, at: datetime) -> Ticket:
    if then.is_mine and ticket.assignee_id is None and ticket.is_unsolved and access.can_take(by, ticket, at):
        ticket = assigning.assign_me(ticket=ticket, by=by, at=at)
    if then.outcome == Outcome.SOLVED:
        return changing.change_status(ticket=ticket, to=Status.SOLVED, by=by, at=at)
    if then.outcome in (Outcome.OPEN, Outcome.CALL_BACK) and ticket.status in _REOPENED:
        ticket = changing.change_status(ticket=ticket, to=Status.OPEN, by=by, at=at)
    if then.outcome == Outcome.CALL_BACK:
        assert then.call_back_at is not None
        with override(by.language):
            reason = gettext("Call back")
        return snoozing.snooze(ticket=ticket, until=then.call_back_at, reason=reason, by=by, at=at)
    return ticket


_REOPENED = (Status.WAITING, Status.ON_HOLD, Status.SOLVED)


def _says_anything(who: Caller) -> bool:
    return bool(one_line(who.name) or who.email.strip() or phone_numbers.significant(who.number))


def _somebody(who: Caller, queue: Queue) -> User:
    """Whoever has this address, else a new person with what they say of themselves."""
    if not _says_anything(who):
        raise NobodyCalls
    number = one_line(who.number)[: phone_numbers.LONGEST]
    return opening.find_or_create_requester(
        email=who.email or None, name=who.name, phone=number, language=queue.language
    )


def keep_number(person: User, number: str, *, at: datetime) -> None:
    """Let the person be found by this number too; nothing where it is one of theirs in another spelling."""
    number = one_line(number)[: phone_numbers.LONGEST]
    if not phone_numbers.significant(number):
        return
    if not person.phone:
        person.phone = number
        person.save(update_fields=["phone"])
        return
    theirs = [person.phone, *PersonNumber.objects.filter(person=person).values_list("number", flat=True)]
    if not any(phone_numbers.are_one(number, each) for each in theirs):
        PersonNumber.objects.get_or_create(person=person, number=number, defaults={"added_at": at})


# Drafts


@transaction.atomic
def save_draft(*, by: User, key: str, began_at: datetime, values: Mapping[str, str], at: datetime) -> CallDraft | None:
    """Keep what was typed so far. None once the call is logged: a draft that comes late brings nothing back."""
    lock_person(by)
    if not access.can_log_calls(by, at):
        raise NotAllowed
    if PhoneCall.objects.filter(agent=by, key=key).exists():
        return None
    fields = {"began_at": began_at, "values": dict(values), "saved_at": at}
    draft, _is_new = CallDraft.objects.update_or_create(agent=by, key=key, defaults=fields)
    kept = CallDraft.objects.filter(agent=by).order_by("-saved_at", "-pk").values("pk")[:MOST_DRAFTS]
    CallDraft.objects.filter(agent=by).exclude(pk__in=list(kept.values_list("pk", flat=True))).delete()
    return draft


def discard(*, by: User, key: str) -> None:
    """Throw a call away that was begun and not logged."""
    CallDraft.objects.filter(agent=by, key=key).delete()
