"""Replies that can still be taken back: held for some seconds after Send, then they leave by themselves (DESIGN §4)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from tickets import access, events
from tickets.actions import attaching, macros
from tickets.actions.errors import NotAllowed, Refused
from tickets.actions.locking import lock_person, locked
from tickets.models import Draft, Kind, Message, Ticket, User


class HasLeft(Refused):
    message = _("It has left already.")


@transaction.atomic
def take_back(*, message: Message, by: User, at: datetime) -> Draft:
    """Undo Send: the reply never was, its words and files are its author's draft again, before what they wrote since.

    Raises `NotAllowed` for everybody else, `HasLeft`.
    """
    ticket = locked(message.ticket)
    held = _held(message, ticket)
    if held is None:
        raise HasLeft
    if held.author_id != by.pk:
        raise NotAllowed
    return _into_draft(held, at=at)


@transaction.atomic
def withdraw(*, message: Message, by: User) -> None:
    """As `take_back`, for words that were written for many tickets at once: they are kept elsewhere, so they become no
    draft of this ticket, and a draft that lies here stays alone. Raises `NotAllowed`, `HasLeft`."""
    ticket = locked(message.ticket)
    held = _held(message, ticket)
    if held is None:
        raise HasLeft
    if held.author_id != by.pk:
        raise NotAllowed
    held.delete()


@transaction.atomic
def release(*, message: Message, at: datetime) -> Message | None:
    """Let a held reply leave, with the changes of its macro; None when it was taken back or has left meanwhile.

    What cannot leave any more, since the ticket was closed or removed or lacks a field, becomes its author's draft
    again, and they are told why: nothing typed is lost, and nobody takes for sent what was not.
    """
    author = message.author
    if author is not None and access.caps_of(author, message.ticket, at) is not None:
        lock_person(author)
    ticket = locked(message.ticket)
    held = _held(message, ticket)
    if held is None or held.leaves_at is None or held.leaves_at > at:
        return None
    try:
        with transaction.atomic():
            macros.let_leave(ticket=ticket, message=held, at=at)
    except Refused as refusal:
        _into_draft(held, at=at)
        with translation.override(held.author.language if held.author else None):
            why = str(refusal)
        events.record(ticket, by=None, kind=Kind.REPLY_RETURNED, at=at, author=held.author_id, comment=why)
        return None
    return held


def _held(message: Message, ticket: Ticket) -> Message | None:
    """The current row, locked after its ticket; None unless it is still held here."""
    rows = Message.objects.select_for_update(of=("self",), no_key=True).select_related("author")
    held = rows.filter(pk=message.pk, ticket=ticket, state=Message.State.LEAVING).first()
    if held is not None:
        held.ticket = ticket
    return held


def _into_draft(held: Message, *, at: datetime) -> Draft:
    assert held.author is not None
    mine = {"ticket": held.ticket, "author": held.author, "kind": Message.Kind.PUBLIC}
    draft, is_new = Draft.objects.select_for_update(no_key=True).get_or_create(
        **mine, defaults={"text": held.text, "saved_at": at, "cc": ", ".join(held.copied_to)}
    )
    if not is_new:
        draft.text, draft.saved_at = "\n\n".join(filter(None, [held.text, draft.text])), at
        draft.cc = ", ".join(dict.fromkeys(filter(None, [*held.copied_to, draft.cc])))[:2000]
        draft.save(update_fields=["text", "saved_at", "cc"])
    attaching.put_beside(draft=draft, message=held)
    held.delete()
    return draft
