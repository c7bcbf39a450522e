"""Mail that needs a person: what came and was not understood, what could not be sent. For those who manage mail."""

from __future__ import annotations

from helpdesk.lib.pagination import Page, keyset_page
from tickets.models import InboundMessage, Mailbox, Outbox

PAGE_SIZE = 50


def quarantined(*, cursor: str | None = None, size: int = PAGE_SIZE) -> Page[InboundMessage]:
    """Newest first, without the raw bytes; one statement. Raises `helpdesk.lib.pagination.BadCursor`."""
    rows = InboundMessage.objects.filter(state=InboundMessage.State.QUARANTINED).defer("raw").select_related("mailbox")
    return keyset_page(rows, by=("-received_at", "-id"), size=size, cursor=cursor)


def dead_letters(*, cursor: str | None = None, size: int = PAGE_SIZE) -> Page[Outbox]:
    """Newest first, with their tickets; one statement. Raises `helpdesk.lib.pagination.BadCursor`."""
    rows = Outbox.objects.filter(state=Outbox.State.DEAD).select_related("ticket", "recipient")
    return keyset_page(rows, by=("-created_at", "-id"), size=size, cursor=cursor)


def failing_mailboxes() -> list[Mailbox]:
    """Mailboxes whose last fetch failed."""
    return list(Mailbox.objects.filter(is_active=True).exclude(last_error="").order_by("name"))


def inbound(number: int) -> InboundMessage:
    """One mail with its raw bytes. Raises `InboundMessage.DoesNotExist`."""
    return InboundMessage.objects.get(pk=number)


def outgoing(number: int) -> Outbox:
    """Raises `Outbox.DoesNotExist`."""
    return Outbox.objects.get(pk=number)
