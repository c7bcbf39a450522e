"""Agreeing a time with the requester: an invitation by mail, its move, its end, and waking the ticket when it comes."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from helpdesk.lib.one_line import one_line
from tickets import access
from tickets.actions import outgoing
from tickets.actions.assigning import require_room
from tickets.actions.errors import NotAllowed, Refused
from tickets.actions.locking import lock_person, locked
from tickets.actions.removing import refuse_removed
from tickets.actions.replying import TicketIsClosed
from tickets.actions.saving import saved
from tickets.actions.snoozing import wake_row
from tickets.actions.transitions import stamp_status
from tickets.models import Appointment, Kind, Message, Status, Ticket, User

FARTHEST = timedelta(days=366)
SHORTEST, LONGEST = timedelta(minutes=5), timedelta(hours=24)


class NotAhead(Refused):
    message = gettext_lazy("Choose a time that is still to come, within a year.")


class WrongLength(Refused):
    message = gettext_lazy("An appointment takes between 5 minutes and 24 hours.")


class NoTitle(Refused):
    message = gettext_lazy("Say what the appointment is about.")


class IsOver(Refused):
    message = gettext_lazy("This appointment is over or was cancelled.")


class ChangedMeanwhile(Refused):
    message = gettext_lazy("Somebody changed this appointment in the meantime. Look at it again.")


@transaction.atomic
def appoint(
    *, ticket: Ticket, starts_at: datetime, ends_at: datetime, title: str, place: str = "", by: User, at: datetime
) -> Appointment:
    """Agree a time (aware moments) with the requester and send them the invitation. It is a public answer like a reply:
    a new ticket becomes open, and one that nobody has becomes that of ``by``.

    Raises `NotAllowed`, `TicketIsRemoved`, `TicketIsClosed`, `NotAhead`, `WrongLength`, `NoTitle`, `CapReached`.
    """
    if access.caps_of(by, ticket, at) is not None:
        lock_person(by)
    ticket = locked(ticket)
    _refuse(ticket, by=by, at=at)
    title = _refuse_time(starts_at, ends_at, title, at=at)
    appointment = Appointment.objects.create(
        ticket=ticket,
        person=ticket.requester,
        starts_at=starts_at,
        ends_at=ends_at,
        title=title,
        place=one_line(place)[:200],
        by=by,
        made_at=at,
        uid=f"{secrets.token_hex(16)}@{urlsplit(settings.SITE_URL).hostname or 'localhost'}",
    )
    data: dict[str, Any] = _facts(appointment)
    if ticket.assignee_id is None and ticket.is_unsolved and access.can_take(by, ticket, at):
        require_room(ticket, by=by, at=at)
        ticket.assignee = by
        data["assignee"] = [None, by.pk]
    if ticket.status == Status.NEW:
        stamp_status(ticket, Status.OPEN, at=at)
        data["status"] = [Status.NEW, Status.OPEN]
    if ticket.first_reply_at is None:
        ticket.first_reply_at = at
    data["message"] = _tell(ticket, appointment, by=by, at=at).pk
    saved(ticket, by=by, kind=Kind.APPOINTED, at=at, **data)
    return appointment


@transaction.atomic
def move(
    *,
    appointment: Appointment,
    starts_at: datetime,
    ends_at: datetime,
    title: str,
    place: str = "",
    by: User,
    at: datetime,
    seen: int | None = None,
) -> Appointment:
    """Change when, how long, what or where, and send the changed invitation. Nothing changed: nothing is sent.

    ``seen`` is the ``sequence`` the person saw. Raises `NotAllowed`, `TicketIsRemoved`, `TicketIsClosed`, `IsOver`,
    `ChangedMeanwhile`, `NotAhead`, `WrongLength`, `NoTitle`.
    """
    ticket, appointment = _locked(appointment, by=by, at=at, seen=seen)
    title = _refuse_time(starts_at, ends_at, title, at=at)
    place = one_line(place)[:200]
    wanted = (starts_at, ends_at, title, place)
    if wanted == (appointment.starts_at, appointment.ends_at, appointment.title, appointment.place):
        return appointment
    before = appointment.starts_at
    appointment.starts_at, appointment.ends_at, appointment.title, appointment.place = wanted
    appointment.sequence += 1
    message = _tell(ticket, appointment, by=by, at=at)
    data = {**_facts(appointment), "starts_at": [_stamp(before), _stamp(starts_at)], "message": message.pk}
    saved(ticket, by=by, kind=Kind.APPOINTMENT_MOVED, at=at, **data)
    return appointment


@transaction.atomic
def cancel(*, appointment: Appointment, by: User, at: datetime, seen: int | None = None) -> Appointment:
    """Call it off, and take it out of the requester's calendar. Raises `NotAllowed`, `IsOver`, `ChangedMeanwhile`,
    `TicketIsRemoved`, `TicketIsClosed`."""
    ticket, appointment = _locked(appointment, by=by, at=at, seen=seen)
    appointment.cancelled_at = at
    appointment.sequence += 1
    message = _tell(ticket, appointment, by=by, at=at)
    saved(ticket, by=by, kind=Kind.APPOINTMENT_CANCELLED, at=at, **_facts(appointment), message=message.pk)
    return appointment


@transaction.atomic
def wake(*, appointment: Appointment, at: datetime) -> bool:
    """Bring the ticket back when its appointment begins, once, whoever sweeps: a waiting, held or snoozed one is open
    again. Returns whether it was this call. The ticket of a merged or removed one is left alone."""
    ticket = locked(appointment.ticket)
    row = _row(appointment)
    if row.ticket_id != ticket.pk or row.woken_at or row.cancelled_at or row.starts_at > at:
        return False
    row.woken_at = at
    row.save(update_fields=["woken_at"])
    if ticket.removed_as:
        return False
    data = wake_row(ticket)
    if ticket.status in (Status.WAITING, Status.ON_HOLD):
        data["status"] = [ticket.status, Status.OPEN]
        stamp_status(ticket, Status.OPEN, at=at)
    saved(ticket, by=None, kind=Kind.WOKEN, at=at, why="appointment", **_facts(row), agreed_by=row.by_id, **data)
    return True


def _locked(appointment: Appointment, *, by: User, at: datetime, seen: int | None) -> tuple[Ticket, Appointment]:
    ticket = locked(appointment.ticket)
    _refuse(ticket, by=by, at=at)
    row = _row(appointment)
    if row.ticket_id != ticket.pk or (seen is not None and seen != row.sequence):
        raise ChangedMeanwhile
    if row.cancelled_at or row.ends_at <= at:
        raise IsOver
    return ticket, row


def _row(appointment: Appointment) -> Appointment:
    rows = Appointment.objects.select_for_update(of=("self",), no_key=True).select_related("person", "by")
    return rows.get(pk=appointment.pk)


def _refuse(ticket: Ticket, *, by: User, at: datetime) -> None:
    if not access.can_appoint(by, ticket, at):
        raise NotAllowed
    refuse_removed(ticket)
    if ticket.status == Status.CLOSED:
        raise TicketIsClosed


def _refuse_time(starts_at: datetime, ends_at: datetime, title: str, *, at: datetime) -> str:
    """Returns the title as it is kept."""
    if not at < starts_at <= at + FARTHEST:
        raise NotAhead
    if not SHORTEST <= ends_at - starts_at <= LONGEST:
        raise WrongLength
    title = one_line(title)[:200].strip()
    if not title:
        raise NoTitle
    return title


def _tell(ticket: Ticket, appointment: Appointment, *, by: User, at: datetime) -> Message:
    """The public message that says it, with the invitation, and the mail that carries both. With whom it was agreed
    before the ticket became somebody else's hears of it by mail; on the ticket it is a note then."""
    person = appointment.person or ticket.requester
    is_theirs = person.pk == ticket.requester_id or ticket.shares.filter(user=person).exists()
    message = Message.objects.create(
        ticket=ticket,
        author=by,
        kind=Message.Kind.PUBLIC if is_theirs else Message.Kind.NOTE,
        channel=ticket.channel,
        text=words(appointment, person),
        invitation=as_invitation(appointment, organiser=ticket.queue.name),
        at=at,
    )
    appointment.message = message
    appointment.save()
    own_page = ticket if is_theirs else Ticket.objects.filter(merged_into=ticket, requester=person).first() or ticket
    outgoing.send_invitation(ticket=own_page, message=message, to=person, at=at)
    return message


def words(appointment: Appointment, reader: User) -> str:
    """What the reader is told, in their language and time zone."""
    with translation.override(reader.language):
        if appointment.cancelled_at:
            first = _("The appointment is cancelled:")
        elif appointment.sequence:
            first = _("The appointment has changed:")
        else:
            first = _("We have agreed on a time:")
        lines = [appointment.title, when(appointment, reader), appointment.place]
        return f"{first}\n\n" + "\n".join(line for line in lines if line)


def when(appointment: Appointment, reader: User) -> str:
    """Thursday 12 March 2026, 10:00–11:30 (CET): by the reader's clock, in the active language."""
    zone = ZoneInfo(reader.time_zone)
    starts, ends = appointment.starts_at.astimezone(zone), appointment.ends_at.astimezone(zone)
    day = _day(starts)
    last = "" if ends.date() == starts.date() else f"{_day(ends)}, "
    names = list(dict.fromkeys([starts.tzname(), ends.tzname()]))
    return f"{day}, {date_format(starts, 'G:i')}–{last}{date_format(ends, 'G:i')} ({'/'.join(filter(None, names))})"


def _day(moment: datetime) -> str:
    day = date_format(moment, "l j E Y")
    return day.lower() if translation.get_language() == "pl" else day


def as_invitation(appointment: Appointment, *, organiser: str) -> dict[str, Any]:
    """In the shape in which messages keep the invitations that come in (`channels.email.calendar`)."""
    return {
        "method": "cancel" if appointment.cancelled_at else "request",
        "uid": appointment.uid,
        "sequence": appointment.sequence,
        "summary": appointment.title,
        "location": appointment.place,
        "description": "",
        "status": "cancelled" if appointment.cancelled_at else "confirmed",
        "organiser": {"name": organiser, "address": ""},
        "starts": _minute(appointment.starts_at),
        "ends": _minute(appointment.ends_at),
        "is_all_day": False,
        "zone": "UTC",
        "repeats": None,
        "people": [],
        "link": "",
    }


def _minute(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")


def _facts(appointment: Appointment) -> dict[str, Any]:
    return {
        "appointment": appointment.pk,
        "title": appointment.title,
        "starts_at": _stamp(appointment.starts_at),
        "ends_at": _stamp(appointment.ends_at),
    }


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
