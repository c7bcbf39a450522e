"""Mail of an archive, put where it belongs without anybody being told: it happened long ago."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from tickets import events
from tickets.actions import attaching, opening
from tickets.actions.locking import locked
from tickets.actions.opening import MailFacts
from tickets.models import Channel, Kind, Message, Queue, Ticket, User


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
) -> Message:
    """Open a ticket as of the mail's own date ``at``. ``is_ours``: the mail was written by the desk (by ``author``, if
    that is known) to the requester. Raises `NothingSaid`."""
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
) -> Message:
    """Add a mail to a ticket as of its own date ``at``. Nothing follows from it: no status, no promise, no mail.

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
    ticket.updated_at = max(ticket.updated_at, at)
    ticket.version += 1
    ticket.save(update_fields=["first_reply_at", "updated_at", "version"])
    kind = Kind.REPLIED if is_ours else Kind.REQUESTER_WROTE
    events.record(ticket, by=author, kind=kind, at=at, message=message.pk, imported=True)
    return message
