"""A person's notifications."""

from __future__ import annotations

from datetime import datetime

from helpdesk.lib.pagination import Page, keyset_page
from tickets.models import Notification, User

PAGE_SIZE = 50


def notification_page(
    person: User, *, at: datetime, cursor: str | None = None, size: int = PAGE_SIZE
) -> Page[Notification]:
    """Newest first, with their tickets and who acted; one statement. Raises `helpdesk.lib.pagination.BadCursor`."""
    rows = Notification.objects.visible_to(person, at).select_related("ticket", "event", "event__actor")
    return keyset_page(rows, by=("-created_at", "-id"), size=size, cursor=cursor)
