"""Mail that needs a person: what came and was not understood, what could not be sent. For those who manage mail."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from helpdesk.lib.pagination import Page, keyset_page
from tickets.models import InboundMessage, Mailbox, MailSender, Outbox, PausedAddress
from tickets.queries.mail_settings import with_stand_in

PAGE_SIZE = 50
LATE = timedelta(hours=1)
UNREAD = timedelta(minutes=15)
"""Mail that waits for longer waits for somebody: a server that puts it off, or workers that do not run."""


def quarantined(*, cursor: str | None = None, size: int = PAGE_SIZE) -> Page[InboundMessage]:
    """Newest first, without the raw bytes; one statement. Raises `helpdesk.lib.pagination.BadCursor`."""
    rows = InboundMessage.objects.filter(state=InboundMessage.State.QUARANTINED).defer("raw").select_related("mailbox")
    return keyset_page(rows, by=("-received_at", "-id"), size=size, cursor=cursor)


def dead_letters(*, cursor: str | None = None, size: int = PAGE_SIZE) -> Page[Outbox]:
    """Newest first, with their tickets; one statement. Raises `helpdesk.lib.pagination.BadCursor`."""
    rows = Outbox.objects.filter(state=Outbox.State.DEAD).select_related("ticket", "recipient")
    return keyset_page(rows, by=("-created_at", "-id"), size=size, cursor=cursor)


def stuck_mail(at: datetime, *, size: int | None = PAGE_SIZE) -> list[Outbox]:
    """Mail that has waited to be sent for an hour or more, the oldest first; one statement."""
    rows = Outbox.objects.filter(state=Outbox.State.PENDING).alias(since=Coalesce("waits_since", "created_at"))
    rows = rows.filter(since__lt=at - LATE).select_related("ticket", "sender")
    return list(rows.order_by("created_at", "id")[:size])


def unread_mail(at: datetime) -> int:
    """How many mails have waited to be read for a quarter of an hour or more."""
    waiting = InboundMessage.objects.filter(state=InboundMessage.State.STORED)
    return waiting.alias(since=Coalesce("waits_since", "received_at")).filter(since__lt=at - UNREAD).count()


def paused_addresses(*, search: str = "", cursor: str | None = None, size: int = PAGE_SIZE) -> Page[PausedAddress]:
    """Addresses on pause, newest first, each with ``held``: how many mails wait for its end. One statement.

    ``search``: a part of the address. Raises `helpdesk.lib.pagination.BadCursor`.
    """
    held = Outbox.objects.filter(state=Outbox.State.HELD, address=OuterRef("address")).order_by()
    counted = held.values("address").annotate(count=Count("pk")).values("count")
    rows = PausedAddress.objects.in_force().filter(address__icontains=search).select_related("message__ticket")
    rows = rows.annotate(held=Coalesce(Subquery(counted), 0))
    return keyset_page(rows, by=("-paused_at", "-id"), size=size, cursor=cursor)


def ended_pauses(*, search: str = "", cursor: str | None = None, size: int = PAGE_SIZE) -> Page[PausedAddress]:
    """Pauses that somebody ended, by when they began, newest first. One statement.

    ``search``: a part of the address. Raises `helpdesk.lib.pagination.BadCursor`.
    """
    rows = PausedAddress.objects.filter(cleared_at__isnull=False, address__icontains=search)
    rows = rows.select_related("message__ticket", "cleared_by")
    return keyset_page(rows, by=("-paused_at", "-id"), size=size, cursor=cursor)


def pause(number: int) -> PausedAddress:
    """Raises `PausedAddress.DoesNotExist`."""
    return PausedAddress.objects.get(pk=number)


def failing_mailboxes() -> list[Mailbox]:
    """Mailboxes whose last fetch failed."""
    return list(Mailbox.objects.filter(is_active=True).exclude(last_error="").order_by("name"))


def failing_senders() -> list[MailSender]:
    """Senders whose server did not let mail out at its last try, with their queues and ``stand_in``: the name of the
    sender that takes their mail meanwhile, or None where it waits. The site's own has no queue and no stand-in."""
    rows = MailSender.objects.filter(Q(is_active=True) | Q(queue=None), failing_since__isnull=False)
    return list(with_stand_in(rows).select_related("queue").order_by("failing_since", "id"))


def inbound(number: int) -> InboundMessage:
    """One mail with its raw bytes. Raises `InboundMessage.DoesNotExist`."""
    return InboundMessage.objects.get(pk=number)


def outgoing(number: int) -> Outbox:
    """Raises `Outbox.DoesNotExist`."""
    return Outbox.objects.get(pk=number)
