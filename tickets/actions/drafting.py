"""Keeping what somebody is writing. A draft is no event; others see that there is one, and not what it says."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from helpdesk.lib import prepared
from tickets import access
from tickets.actions import attaching
from tickets.actions.errors import NotAllowed, Refused
from tickets.actions.saving import UNSEEN
from tickets.models import Draft, DraftFile, DraftKind, Ticket, User


class DraftElsewhere(Refused):
    """The person has saved another text from another window or device since; ``draft`` is that one."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        super().__init__(_("You wrote something else here in another window. Nothing was overwritten."))


@transaction.atomic
def save_draft(
    *, ticket: Ticket, by: User, kind: str, text: str, at: datetime, cc: str | None = None, seen: Any = UNSEEN
) -> Draft | None:
    """Keep ``text`` as the person's draft of this kind; an empty text discards it. ``cc`` is who shall get a copy, as
    typed; None leaves what was kept of that.

    ``seen`` is when the draft was saved that the writer began with, None for none. A text that holds the whole of what
    was saved meanwhile goes on with it. Raises `NotAllowed` where the text itself could not be sent, `DraftElsewhere`.
    """
    _require_words(ticket, by, kind, at)
    mine = Draft.objects.select_for_update(no_key=True).filter(ticket=ticket, author=by, kind=kind)
    kept = mine.first()
    if kept is not None and seen is not UNSEEN and seen != kept.saved_at and kept.text not in text:
        raise DraftElsewhere(kept)
    if not text.strip() and not (kept and kept.files.exists()):
        mine.delete()
        return None
    draft, _created = Draft.objects.update_or_create(
        ticket=ticket,
        author=by,
        kind=kind,
        defaults={"text": text, "saved_at": at} | ({} if cc is None else {"cc": cc}),
    )
    return draft


@transaction.atomic
def keep_files(
    *, ticket: Ticket, by: User, kind: str, files: Collection[attaching.File], at: datetime
) -> list[DraftFile]:
    """Keep files beside the person's draft of this kind; one without words yet is begun.

    Raises `NotAllowed` like `save_draft`, `TooLarge` for more than a message may carry.
    """
    _require_words(ticket, by, kind, at)
    draft, _created = Draft.objects.select_for_update(no_key=True).get_or_create(
        ticket=ticket, author=by, kind=kind, defaults={"text": "", "saved_at": at}
    )
    return attaching.keep_beside(draft=draft, files=files)


@transaction.atomic
def move_files(*, ticket: Ticket, by: User, kind: str, into: str, at: datetime) -> None:
    """The files beside one draft of the person wait beside another: what they were for cannot be sent any more."""
    _require_words(ticket, by, into, at)
    files = DraftFile.objects.filter(draft__ticket=ticket, draft__author=by, draft__kind=kind)
    if files.exists():
        draft, _created = Draft.objects.get_or_create(
            ticket=ticket, author=by, kind=into, defaults={"text": "", "saved_at": at}
        )
        files.update(draft=draft)
        forget(ticket, by, kind)


def forget(ticket: Ticket, by: User, kind: str) -> None:
    """Throw away the person's draft of this kind: what it says has been said."""
    for draft in prepared.rows((), _of, ticket_id=ticket.pk, author_id=by.pk, kind=str(kind)):
        draft.delete()


def _of(ticket_id: int, author_id: int, kind: str) -> QuerySet[Draft]:
    return Draft.objects.filter(ticket=ticket_id, author=author_id, kind=kind)


def _require_words(ticket: Ticket, by: User, kind: str, at: datetime) -> None:
    may_write = {DraftKind.PUBLIC: access.can_reply, DraftKind.ASK: access.can_ask}.get(
        DraftKind(kind), access.can_note
    )
    if not may_write(by, ticket, at):
        raise NotAllowed
