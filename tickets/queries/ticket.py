"""Everything the ticket page shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, QuerySet, Subquery, Window
from django.db.models.functions import JSONObject

from tickets import access
from tickets.models import Attachment, Draft, Event, Message, Outbox, Queue, Role, Ticket, User


def ticket_for_page(user: User, number: int, *, at: datetime) -> Ticket:
    """The ticket with everybody the page names, and the person's own drafts. Raises `Ticket.DoesNotExist`."""
    drafts = Draft.objects.filter(ticket=OuterRef("pk"), author=user).values("text")
    return (
        Ticket.objects.visible_to(user, at)
        .select_related("queue", "queue__team", "requester", "requester__organisation", "organisation", "assignee")
        .annotate(
            draft_reply=Subquery(drafts.filter(kind=Message.Kind.PUBLIC)[:1]),
            draft_note=Subquery(drafts.filter(kind=Message.Kind.NOTE)[:1]),
        )
        .get(pk=number)
    )


def messages_of(ticket: Ticket, user: User, *, at: datetime) -> QuerySet[Message]:
    """The messages the person may read, oldest first, each with ``files`` and ``delivery`` (state, error; or None)."""
    messages = Message.objects.filter(ticket=ticket)
    if not access.can_read_notes(user, ticket, at):
        messages = messages.public()
    return with_files(messages).annotate(
        delivery=Subquery(
            Outbox.objects.filter(message=OuterRef("pk"), kind=Outbox.Kind.REPLY)
            .order_by("-pk")
            .values(answer=JSONObject(state="state", error="last_error", address="address"))[:1]
        )
    )


def with_files(messages: QuerySet[Message]) -> QuerySet[Message]:
    """Messages in order with their author and ``files``: a list of dicts id, name, size, content_type, is_inline."""
    files = Attachment.objects.filter(message=OuterRef("pk")).order_by("pk")
    shape = JSONObject(id="pk", name="name", size="size", content_type="content_type", is_inline="is_inline")
    return (
        messages.select_related("author", "approved_by")
        .annotate(files=ArraySubquery(files.values(shape=shape)))
        .order_by("at", "id")
    )


def events_of(ticket: Ticket) -> QuerySet[Event]:
    return Event.objects.filter(ticket=ticket).select_related("actor").order_by("at", "id")


@dataclass(frozen=True)
class History:
    """Other requests of the same person: how many the reader may see, and the newest of them."""

    count: int
    newest: list[Ticket]


def history_of(ticket: Ticket, user: User, *, at: datetime, newest: int = 4) -> History:
    others = (
        Ticket.objects.visible_to(user, at)
        .present()
        .filter(requester=ticket.requester_id)
        .exclude(pk=ticket.pk)
        .annotate(total=Window(Count("pk")))
        .only("subject", "status", "opened_at", "solved_at")
        .order_by("-id")[:newest]
    )
    rows = list(others)
    return History(count=getattr(rows[0], "total", 0) if rows else 0, newest=rows)


@dataclass(frozen=True)
class Choices:
    """What the properties form offers on this ticket."""

    assignees: list[User]
    queues: list[Queue]


def choices_for(ticket: Ticket, user: User, *, at: datetime) -> Choices:
    """Members of the ticket's team, and the queues it may be moved to: any, or a misrouted ticket would be stuck."""
    people = User.objects.filter(
        is_active=True, role__in=[Role.AGENT, Role.LEAD, Role.ADMIN], memberships__team=ticket.queue.team_id
    ).order_by("sort_key", "id")
    return Choices(assignees=list(people), queues=list(Queue.objects.order_by("position", "id")))


def why_no_mail(ticket: Ticket) -> str:
    """Why a reply cannot leave by mail: "no_address", or empty when it can. The composer says it in words."""
    return "" if ticket.requester.email else "no_address"


def last_public_id(messages: list[Message]) -> int:
    """The newest public message the reader has before them, 0 when there is none; a reply names it as seen."""
    public = [message.pk for message in messages if not message.is_note and message.state == Message.State.SENT]
    return max(public, default=0)
