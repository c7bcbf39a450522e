"""Mail of an archive, put where it belongs without anybody being told: it happened long ago.

A conversation stands as its last mail leaves it: over when that mail is old, solved when the desk had the last word,
else open or new. A ticket on which anything has happened here keeps the status that it has.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from tickets import events
from tickets.actions import attaching, opening, pausing
from tickets.actions.locking import locked
from tickets.actions.opening import MailFacts
from tickets.models import Channel, Kind, Message, Queue, Status, Ticket, User


@transaction.atomic(savepoint=False)
def open_archived(
    *,
    requester: User,
    queue: Queue,
    subject: str,
    text: str,
    at: datetime,
    html: str = "",
    attachments: Iterable[attaching.File] = (),
    mail: MailFacts,
    is_ours: bool = False,
    author: User | None = None,
    is_over: bool = False,
) -> Message:
    """Open a ticket as of the mail's own date ``at``. ``is_ours``: the mail was written by the desk (by ``author``, if
    that is known) to the requester. ``is_over``: the mail is so old that nobody waits any more.
    Raises `NothingSaid`."""
    ticket = opening.open_ticket(
        requester=requester,
        queue=queue,
        channel=Channel.EMAIL,
        subject=subject,
        text=text,
        html=html,
        by=requester,
        at=at,
        attachments=attachments,
        mail=mail,
        is_imported=True,
    )
    message = Message.objects.get(ticket=ticket)
    message.ticket = ticket
    if is_ours:
        message.author, message.is_from_requester = author, False
        message.save(update_fields=["author", "is_from_requester"])
    if status := _settle(ticket, is_ours=is_ours, is_over=is_over, at=at):
        ticket.save(update_fields=[*_STANDING])
        events.record(ticket, by=None, kind=Kind.STATUS_CHANGED, at=at, status=status, imported=True)
    return message


@transaction.atomic(savepoint=False)
def add_archived(
    *,
    ticket: Ticket,
    author: User | None,
    is_ours: bool,
    text: str,
    at: datetime,
    html: str = "",
    attachments: Iterable[attaching.File] = (),
    mail: MailFacts,
    is_over: bool = False,
) -> Message:
    """Add a mail to a ticket as of its own date ``at``. Nothing follows from it: no promise, no mail.

    As in `replying.requester_wrote`, what comes from others than the requester's side is for the desk alone.
    """
    ticket = locked(ticket)
    is_public = is_ours or (
        author is not None and (author.pk == ticket.requester_id or ticket.shares.filter(user=author).exists())
    )
    message = Message.objects.create(
        ticket=ticket,
        author=author,
        is_from_requester=not is_ours,
        kind=Message.Kind.PUBLIC if is_public else Message.Kind.NOTE,
        channel=Channel.EMAIL,
        text=text,
        html=html,
        at=at,
        **mail.as_fields(),
    )
    attaching.attach(message=message, files=attachments)
    if is_ours and (ticket.first_reply_at is None or ticket.first_reply_at > at):
        ticket.first_reply_at = at
    data: dict[str, Any] = {}
    if at >= ticket.updated_at and not _has_a_life_here(ticket):
        status = _settle(ticket, is_ours=is_ours, is_over=is_over, at=at)
        data = {"status": status} if status else {}
    ticket.updated_at = max(ticket.updated_at, at)
    ticket.version += 1
    ticket.save(update_fields=[*_STANDING, "first_reply_at", "updated_at", "version"])
    kind = Kind.REPLIED if is_ours else Kind.REQUESTER_WROTE
    events.record(ticket, by=author, kind=kind, at=at, message=message.pk, imported=True, **data)
    return message


@transaction.atomic(savepoint=False)
def add_archived_bounce(
    *,
    ticket: Ticket,
    failure: pausing.Failure,
    about: int | None,
    text: str,
    at: datetime,
    attachments: Iterable[attaching.File] = (),
    mail: MailFacts,
) -> Message:
    """Keep a bounce of an archive on the ticket of the message ``about`` that came back then: a note with its reason,
    which changes no status and pauses nobody."""
    message = pausing.keep_bounce(
        ticket=ticket, failure=failure, about=about, address="", text=text, mail=mail, at=at, attachments=attachments
    )
    events.record(
        message.ticket,
        by=None,
        kind=Kind.NOTED,
        at=at,
        message=message.pk,
        address=failure.address,
        reason=failure.reason,
        is_hard=failure.is_hard,
        is_paused=False,
        imported=True,
    )
    return message


_STANDING = ("status", "solved_at", "closed_at")


def _settle(ticket: Ticket, *, is_ours: bool, is_over: bool, at: datetime) -> list[str]:
    """Put the row as a mail of ``at`` leaves the conversation. Returns the status before and after, [] if it stays."""
    before = ticket.status
    if is_over:
        ticket.status = Status.CLOSED
    elif is_ours:
        ticket.status = Status.SOLVED
    else:
        ticket.status = Status.OPEN if ticket.first_reply_at else Status.NEW
    ticket.solved_at = at if ticket.status in (Status.SOLVED, Status.CLOSED) else None
    ticket.closed_at = at if ticket.status == Status.CLOSED else None
    return [before, ticket.status] if ticket.status != before else []


def _has_a_life_here(ticket: Ticket) -> bool:
    """Whether anything happened on the ticket but imports."""
    return ticket.events.filter(~Q(data__has_key="imported")).exists()
