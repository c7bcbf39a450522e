"""What leaves by mail: rows in the outbox, written in the transaction of their cause. Sending happens afterwards."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from helpdesk.lib import prepared_rows
from tickets import access, events
from tickets.actions import pausing
from tickets.actions.errors import NotAllowed
from tickets.actions.locking import lock_person
from tickets.models import InboundMessage, Kind, Message, Outbox, Ticket, User
from tickets.models.sender import is_paused

AUTOMATIC_PER_DAY = 5
"""Automatic answers one address gets in 24 hours over all queues: two machines answering each other stop so. Whatever
stands behind a "+" makes no other address: a machine may write from a new one each time."""


def send_reply(*, ticket: Ticket, message: Message, at: datetime) -> Outbox | None:
    """Mail a public reply to the requester; None when there is no address to send it to.

    While the address is on pause the mail is written all the same, and held until somebody ends the pause.
    """
    requester = ticket.requester
    if not requester.email:
        return None
    is_held = pausing.is_held(requester.email, at=at)
    mail = Outbox(
        kind=Outbox.Kind.REPLY,
        ticket=ticket,
        message=message,
        recipient=requester,
        address=requester.email,
        state=Outbox.State.HELD if is_held else Outbox.State.PENDING,
        created_at=at,
        next_at=at,
    )
    return prepared_rows.insert(mail)


def send_copies(*, ticket: Ticket, message: Message, to: Collection[User], at: datetime) -> None:
    """Mail the words of a reply to others than the requester, each with an identity of their own. What was said before
    does not go with it. Who is on pause gets none: a copy that comes late tells what was, and they did not ask."""
    for person in to:
        if person.email and not is_paused(person.email, at):
            Outbox.objects.create(
                kind=Outbox.Kind.COPY,
                ticket=ticket,
                message=message,
                recipient=person,
                address=person.email,
                created_at=at,
                next_at=at,
            )


def send_invitation(*, ticket: Ticket, message: Message, to: User, at: datetime) -> Outbox | None:
    """Mail an appointment, as ``message.invitation`` says it, to whom it is agreed with; None without an address."""
    if not to.email:
        return None
    return Outbox.objects.create(
        kind=Outbox.Kind.INVITATION,
        ticket=ticket,
        message=message,
        recipient=to,
        address=to.email,
        state=Outbox.State.HELD if pausing.is_held(to.email, at=at) else Outbox.State.PENDING,
        created_at=at,
        next_at=at,
    )


def acknowledge(*, ticket: Ticket, message: Message, at: datetime) -> Outbox | None:
    """Tell the requester that the ticket is open, where the queue wants that and the address's budget allows it.

    The caller has made sure that ``message`` is a person's and fresh: automated, imported and old mail gets no answer.
    """
    address = ticket.requester.email
    if not ticket.queue.acknowledges or not address or message.automatic:
        return None
    lock_person(ticket.requester)  # two mails at once share one budget
    if _automatic_since(at - timedelta(days=1), address) >= AUTOMATIC_PER_DAY:
        return None
    if is_paused(address, at):
        return None
    return Outbox.objects.create(
        kind=Outbox.Kind.ACKNOWLEDGEMENT,
        ticket=ticket,
        message=message,
        recipient=ticket.requester,
        address=address,
        is_automatic=True,
        created_at=at,
        next_at=at,
    )


def _automatic_since(since: datetime, address: str) -> int:
    local, _, domain = address.rpartition("@")
    bare = local.partition("+")[0] or local
    theirs = Q(address=f"{bare}@{domain}") | Q(address__startswith=f"{bare}+", address__endswith=f"@{domain}")
    return Outbox.objects.filter(theirs, is_automatic=True, created_at__gt=since).count()


def send_account_mail(
    *, address: str, subject: str, text: str, html: str, at: datetime, recipient: User | None = None, stop: str = ""
) -> Outbox | None:
    """Password resets and the like: no ticket, no token, never answered automatically.

    None while the address is on pause: nothing would arrive, and a link must not wait here for its next reader. The
    page that asked says the same as ever, so strangers learn nothing of the address. ``stop`` is the address of
    `tickets.stop_links` that ends such mails.
    """
    if is_paused(address, at):
        return None
    payload: dict[str, Any] = {"subject": subject, "text": text, "html": html}
    if stop:
        payload["stop"] = stop
    return Outbox.objects.create(
        kind=Outbox.Kind.ACCOUNT,
        recipient=recipient,
        address=address,
        payload=payload,
        is_automatic=False,
        created_at=at,
        next_at=at,
    )


def still_here(numbers: Collection[int], *, at: datetime) -> list[Outbox] | None:
    """Of these mails those that have not left, locked; None while one of them is on its way."""
    rows = Outbox.objects.filter(pk__in=numbers, state=Outbox.State.PENDING)
    found = list(rows.select_for_update(skip_locked=True, of=("self",)).order_by("pk"))
    is_leaving = len(found) < rows.count() or any(row.leased_until and row.leased_until > at for row in found)
    return None if is_leaving else found


def write_anew(*, mail: Outbox, subject: str, text: str, html: str, stop: str = "") -> None:
    """Other words for an account mail of `still_here`; ``stop`` as in `send_account_mail`."""
    mail.payload = {"subject": subject, "text": text, "html": html} | ({"stop": stop} if stop else {})
    mail.save(update_fields=["payload"])


def take_back(*, mail: Outbox) -> None:
    """Let a mail of `still_here` never leave."""
    mail.state = Outbox.State.DISMISSED
    mail.save(update_fields=["state"])


@transaction.atomic
def give_up(*, mail: Outbox, reason: str, at: datetime) -> Outbox:
    """Keep a mail that cannot be delivered as a dead letter with its ``reason``, and tell its ticket."""
    # Without its ticket: that of a mail which a split moved while we waited for the lock would be missing.
    mail = Outbox.objects.select_for_update(no_key=True).get(pk=mail.pk)
    if mail.state != Outbox.State.PENDING:
        return mail
    mail.state, mail.leased_until, mail.last_error = Outbox.State.DEAD, None, reason
    mail.save(update_fields=["state", "leased_until", "last_error"])
    if mail.ticket:
        data = {"mail": mail.pk, "message": mail.message_id, "address": mail.address, "reason": reason}
        events.record(mail.ticket, by=None, kind=Kind.DELIVERY_FAILED, at=at, **data)
    return mail


@transaction.atomic
def retry(*, mail: Outbox, by: User, at: datetime) -> Outbox:
    """Put a dead letter back into the outbox, with all its attempts before it. Raises `NotAllowed`."""
    _require_mail_rights(by)
    mail = Outbox.objects.select_for_update().get(pk=mail.pk)
    if mail.state in (Outbox.State.DEAD, Outbox.State.DISMISSED):
        mail.state, mail.attempts, mail.next_at, mail.leased_until = Outbox.State.PENDING, 0, at, None
        mail.waits_since = at
        mail.save(update_fields=["state", "attempts", "next_at", "leased_until", "waits_since"])
    return mail


@transaction.atomic
def dismiss(*, mail: Outbox | InboundMessage, by: User) -> None:
    """Take a dead letter or quarantined mail off the list; it stays stored and can be retried. Raises `NotAllowed`."""
    _require_mail_rights(by)
    waiting = (Outbox.State.DEAD, InboundMessage.State.QUARANTINED)
    type(mail)._default_manager.filter(pk=mail.pk, state__in=waiting).update(state="dismissed")


def _require_mail_rights(by: User) -> None:
    if not access.can_manage_mail(by):
        raise NotAllowed
