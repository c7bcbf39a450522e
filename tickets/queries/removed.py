"""Spam and deleted tickets, for those who may bring them back."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef

from helpdesk.lib.pagination import Page, keyset_page
from tickets.models import Event, Kind, Message, Role, Ticket, User
from tickets.models.ticket import RemovedAs

PAGE_SIZE = 50


def removed_page(user: User, *, at: datetime, cursor: str | None = None, size: int = PAGE_SIZE) -> Page[Ticket]:
    """Removed tickets of the queues in which the person may restore, the latest first, one statement.

    Each has ``removers``, a list with the name of whoever removed it, and ``wrote_again``: somebody has written to it
    since. Raises `BadCursor`.
    """
    tickets = Ticket.objects.worked_by(user, at).filter(
        removed_as__in=[RemovedAs.SPAM, RemovedAs.DELETED], removed_at__isnull=False
    )
    if user.role != Role.ADMIN:
        tickets = tickets.filter(queue__in=sorted(user.queue_ids))
    # The literal condition of the partial index.
    tickets = tickets.exclude(removed_as="").select_related("requester", "queue")
    removals = Event.objects.filter(ticket=OuterRef("pk"), kind=Kind.REMOVED).order_by("-at", "-id")
    later = Message.objects.filter(ticket=OuterRef("pk"), is_from_requester=True, at__gt=OuterRef("removed_at"))
    tickets = tickets.annotate(removers=ArraySubquery(removals.values("actor__name")[:1]), wrote_again=Exists(later))
    return keyset_page(tickets, by=("-removed_at", "-id"), size=size, cursor=cursor)
