"""Spam and deleted tickets: out of every list at once, back by one press for thirty days, then gone for good."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tickets import access
from tickets.actions.errors import NotAllowed, Refused
from tickets.actions.locking import locked
from tickets.actions.saving import saved
from tickets.models import InboundMessage, Kind, Ticket, User
from tickets.models.ticket import RemovedAs

KEPT = timedelta(days=30)
"""How long a removed ticket can be restored, counted from its removal or from the last mail to it."""

BY_HAND = (RemovedAs.SPAM, RemovedAs.DELETED)
"""Merging has its own action and its own way back."""


class TicketIsRemoved(Refused):
    message = _("This ticket was removed. Restore it first.")


class NotRemoved(Refused):
    message = _("This ticket is not removed.")


class NotYet(Refused):
    message = _("This ticket may still be restored.")


class UnknownRemoval(Refused):
    message = _("A ticket is removed as spam or as deleted.")


def refuse_removed(ticket: Ticket) -> None:
    """Raises `TicketIsRemoved`: nobody works on what no list shows."""
    if ticket.removed_as == RemovedAs.MERGED:
        raise TicketIsRemoved(_("This ticket was merged into another: go on there."))
    if ticket.removed_as:
        raise TicketIsRemoved


@transaction.atomic
def remove(*, ticket: Ticket, removed_as: str, by: User | None, at: datetime) -> Ticket:
    """Take the ticket out of every list. Removing it in the same way again does nothing; spam may become deleted.

    Raises `NotAllowed`, `UnknownRemoval`, `TicketIsRemoved` (merged into another).
    """
    ticket = locked(ticket)
    if by is not None and not access.can_remove(by, ticket, at):
        raise NotAllowed
    if removed_as not in BY_HAND:
        raise UnknownRemoval
    if ticket.removed_as == removed_as:
        return ticket
    if ticket.removed_as == RemovedAs.MERGED:
        refuse_removed(ticket)
    before, ticket.removed_as, ticket.removed_at = ticket.removed_as, removed_as, at
    return saved(ticket, by=by, kind=Kind.REMOVED, at=at, removed_as=[before, removed_as])


@transaction.atomic
def restore(*, ticket: Ticket, by: User | None, at: datetime) -> Ticket:
    """Bring a ticket back as it was. Restoring one that is in use does nothing. Raises `NotAllowed`, `NotRemoved`."""
    ticket = locked(ticket)
    if by is not None and not access.can_remove(by, ticket, at):
        raise NotAllowed
    if not ticket.removed_as:
        return ticket
    if ticket.removed_as not in BY_HAND:
        raise NotRemoved(_("This ticket was merged into another. Undo the merge instead."))
    before, ticket.removed_as, ticket.removed_at = ticket.removed_as, "", None
    return saved(ticket, by=by, kind=Kind.RESTORED, at=at, removed_as=[before, ""])


@transaction.atomic
def erase(*, ticket: Ticket, at: datetime) -> None:
    """End a removed ticket for good, by time and not by a person: its words, its events, the mails it came in.

    Of a mail only its hash stays, so that the same one is not taken for new. Files that nothing names any more go with
    the next sweep (`attaching.sweep_orphans`). Raises `NotRemoved`, `NotYet`.
    """
    ticket = locked(ticket)
    if ticket.removed_as not in BY_HAND or ticket.removed_at is None:
        raise NotRemoved
    if max(ticket.removed_at, ticket.updated_at) > at - KEPT:
        raise NotYet
    InboundMessage.objects.filter(ticket=ticket).update(raw=b"", sender="", subject="", envelope_to="", reason="")
    ticket.delete()
