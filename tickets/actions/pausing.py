"""Bounces and what follows from them: mail to an address that bounced waits until a person says that it works again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from helpdesk.lib import prepared
from tickets import access, events
from tickets.actions import attaching
from tickets.actions.auditing import record_audit
from tickets.actions.errors import NotAllowed
from tickets.actions.following import follows_merges, locked_or_went_on
from tickets.actions.opening import MailFacts
from tickets.models import AuditEntry, Channel, Kind, Message, Outbox, PausedAddress, Ticket, User


@dataclass(frozen=True)
class Failure:
    """What a mail server says of one delivery. ``reason`` is a word of `channels.email.bounce_phrases.Reason`."""

    address: str
    reason: str
    is_hard: bool
    is_delay: bool = False
    status: str = ""
    detail: str = ""


@transaction.atomic
def record_bounce(
    *,
    sent: Outbox,
    failure: Failure,
    is_proven: bool,
    pauses: bool,
    text: str,
    mail: MailFacts,
    at: datetime,
    attachments: Iterable[attaching.File] = (),
) -> Message | None:
    """Keep a bounce of ``sent`` on its ticket, for the desk alone: it reopens nothing and is never answered.

    ``is_proven``: it shows that we wrote the mail it is about. Only then the mail counts as bounced and its assignee
    is told; with ``pauses`` (and unless it tells of a delay) its address is paused. Returns the message, or None for
    mail of no ticket.
    """
    counts = is_proven and not failure.is_delay
    message = (
        keep_bounce(
            ticket=sent.ticket,
            failure=failure,
            about=sent.message_id,
            address=sent.address,
            text=text,
            mail=mail,
            at=at,
            attachments=attachments,
        )
        if sent.ticket
        else None
    )
    is_paused = counts and pauses and _pause(sent, failure, message=message, at=at)
    if counts:
        Outbox.objects.filter(pk=sent.pk, bounced_at__isnull=True).update(
            bounced_at=at, bounce_reason=failure.reason, bounce_is_hard=failure.is_hard
        )
    if message:
        kind = Kind.BOUNCED if counts else Kind.NOTED
        events.record(
            message.ticket,
            by=None,
            kind=kind,
            at=at,
            message=message.pk,
            mail=sent.pk,
            address=sent.address,
            reason=failure.reason,
            is_hard=failure.is_hard,
            is_paused=is_paused,
        )
    return message


@follows_merges
@transaction.atomic
def keep_bounce(
    *,
    ticket: Ticket,
    failure: Failure,
    about: int | None,
    address: str,
    text: str,
    mail: MailFacts,
    at: datetime,
    attachments: Iterable[attaching.File],
) -> Message:
    """A note on the ticket, marked as the bounce of the message ``about``, which went to ``address``."""
    ticket = locked_or_went_on(ticket)
    message = Message.objects.create(
        ticket=ticket,
        kind=Message.Kind.NOTE,
        channel=Channel.EMAIL,
        text=text,
        at=at,
        bounce={
            "reason": failure.reason,
            "is_hard": failure.is_hard,
            "is_delay": failure.is_delay,
            "address": failure.address or address,
            "status": failure.status,
            "detail": failure.detail,
            "message": about,
        },
        **mail.as_fields(),
    )
    attaching.attach(message=message, files=list(attachments))
    ticket.updated_at = max(ticket.updated_at, at)
    ticket.save(update_fields=["updated_at"])
    return message


def _pause(sent: Outbox, failure: Failure, *, message: Message | None, at: datetime) -> bool:
    """Pause the address the mail went to. A mail that left before somebody ended a pause proves nothing new."""
    address = User.clean_email(sent.address) or ""
    left_at = sent.sent_at or sent.created_at
    if PausedAddress.objects.filter(address=address, cleared_at__gte=left_at).exists():
        return False
    facts = {
        "reason": failure.reason,
        "is_hard": failure.is_hard,
        "detail": failure.detail,
        "message": message,
        "paused_at": at,
    }
    PausedAddress.objects.in_force().get_or_create(address=address, defaults=facts)
    return True


def is_held(address: str, *, at: datetime) -> bool:
    """Whether mail to the address must wait, asked inside the transaction that writes that mail.

    The pause's row is locked until that transaction ends: whoever ends the pause meanwhile waits, and then sees the
    mail that was held because of it. Without this it would be held for ever.
    """
    return bool(prepared.rows((), _pauses, address=User.clean_email(address) or "", at=at))


def _pauses(address: str, at: datetime) -> QuerySet[PausedAddress]:
    pauses = PausedAddress.objects.in_force().filter(address=address, paused_at__lte=at)
    return pauses.select_for_update(no_key=True).order_by("pk")[:1]


def withhold(*, mail: Outbox, at: datetime) -> bool:
    """Whether ``mail``, whose row the caller has locked, must not leave now; then it is put aside.

    A person's reply waits for the end of the pause. What a machine wrote is let go, and so is account mail: its link
    would be too old by then, and must not lie in the database for its next reader.
    """
    if not is_held(mail.address, at=at):
        return False
    mail.state = Outbox.State.HELD if mail.kind in Outbox.PERSONAL else Outbox.State.DISMISSED
    mail.leased_until = None
    if mail.kind == Outbox.Kind.ACCOUNT:
        mail.payload = {}
    mail.save(update_fields=["state", "leased_until", "payload"])
    return True


@transaction.atomic
def clear_pause(*, address: str, by: User, at: datetime, ticket: Ticket | None = None) -> int:
    """End the pause of an address and let the mail go that waited for it. Returns how many mails did.

    The ticket that shows the bounce hears of it, the one it is ended from, and each with a mail that leaves now.

    From a ticket with that requester its team may do so; elsewhere those who manage mail. Ending a pause that is over
    already changes nothing. Raises `NotAllowed`.
    """
    address = User.clean_email(address) or ""
    is_requesters = ticket is not None and User.clean_email(ticket.requester.email or "") == address
    may_on_ticket = ticket is not None and is_requesters and access.can_clear_pause(by, ticket, at)
    if not may_on_ticket and not access.can_manage_mail(by):
        raise NotAllowed
    pauses = PausedAddress.objects.in_force().select_for_update(no_key=True).filter(address=address)
    if not (found := pauses.first()):
        return 0
    held = Outbox.objects.filter(state=Outbox.State.HELD, address__iexact=address)
    by_ticket = Counter(held.values_list("ticket_id", flat=True))
    found.released = held.update(state=Outbox.State.PENDING, next_at=at, leased_until=None, waits_since=at)
    found.cleared_at, found.cleared_by = at, by
    found.save(update_fields=["cleared_at", "cleared_by", "released"])
    concerned = {ticket and ticket.pk, found.message and found.message.ticket_id, *by_ticket}
    for one in Ticket.objects.filter(pk__in=[pk for pk in concerned if pk]).order_by("pk"):
        events.record(one, by=by, kind=Kind.PAUSE_ENDED, at=at, address=address, released=by_ticket[one.pk])
    record_audit(
        action=AuditEntry.Action.CHANGED,
        kind=AuditEntry.Kind.ADDRESS,
        by=by,
        at=at,
        of=found.pk,
        name=address,
        data={"paused_at": [found.paused_at.isoformat(), None]},
    )
    return found.released
