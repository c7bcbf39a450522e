"""Keeping what somebody is writing. A draft is nobody else's business and no event."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tickets import access
from tickets.actions.errors import NotAllowed
from tickets.models import Draft, Ticket, User


@transaction.atomic
def save_draft(*, ticket: Ticket, by: User, kind: str, text: str, at: datetime) -> Draft | None:
    """Keep ``text`` as the person's draft of this kind; an empty text discards it. Raises `NotAllowed`."""
    if not access.can_work(by, ticket, at):
        raise NotAllowed
    if not text.strip():
        Draft.objects.filter(ticket=ticket, author=by, kind=kind).delete()
        return None
    draft, _created = Draft.objects.update_or_create(
        ticket=ticket, author=by, kind=kind, defaults={"text": text, "saved_at": at}
    )
    return draft
