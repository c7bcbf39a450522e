"""Internal notes: words for the team, never for the requester. Drafts of notes and replies."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import transaction

from tickets import access, events
from tickets.actions import attaching, drafting, mentioning
from tickets.actions.errors import NotAllowed
from tickets.actions.locking import locked
from tickets.actions.removing import refuse_removed
from tickets.actions.replying import EmptyMessage
from tickets.models import Kind, Message, Ticket, User


@transaction.atomic
def note(
    *,
    ticket: Ticket,
    by: User,
    text: str,
    at: datetime,
    attachments: Iterable[attaching.File] = (),
    kept_files: Collection[int] = (),
    keeps_draft: bool = False,
    let_in: Collection[int] = (),
    names_people: bool = True,
) -> Message:
    """Leave a note. It changes no status and stops no clock, and is possible on a closed ticket too. ``kept_files``
    are the files beside its draft that belong to it; with ``keeps_draft`` the draft is another text. ``let_in`` are
    people named in it who may look in from now on; without ``names_people`` an @ means nothing.

    Raises `NotAllowed`, `TicketIsRemoved`, `EmptyMessage`, and what `mentioning.naming_in` refuses.
    """
    ticket = locked(ticket)
    if not access.can_note(by, ticket, at):
        raise NotAllowed
    refuse_removed(ticket)
    files = list(attachments)
    kept = attaching.kept_by(by, ticket, Message.Kind.NOTE, kept_files, beside=files)
    if not text.strip() and not files and not kept:
        raise EmptyMessage
    naming = mentioning.Naming()
    if names_people:
        naming = mentioning.naming_in(text, ticket=ticket, by=by, at=at, let_in=let_in)
    message = Message.objects.create(
        ticket=ticket, author=by, kind=Message.Kind.NOTE, channel=ticket.channel, text=text, named=naming.stored, at=at
    )
    mentioning.open_for(naming, message=message, by=by, at=at)
    attaching.attach_kept(message=message, files=kept)
    attaching.attach(message=message, files=files)
    if not keeps_draft:
        drafting.forget(ticket, by, Message.Kind.NOTE)
    ticket.updated_at = at
    ticket.save(update_fields=["updated_at"])
    events.record(ticket, by=by, kind=Kind.NOTED, at=at, message=message.pk, **naming.facts)
    return message
