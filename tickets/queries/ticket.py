"""Everything the ticket page shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum, When, Window
from django.db.models.functions import Coalesce, JSONObject
from django.utils import timezone

from helpdesk.lib import prepared
from tickets import access
from tickets.models import (
    Appointment,
    Attachment,
    Consultation,
    Consulted,
    Draft,
    DraftFile,
    DraftKind,
    Event,
    InboundMessage,
    Link,
    Message,
    Outbox,
    PausedAddress,
    Queue,
    Role,
    Ticket,
    TimeSpent,
    User,
)
from tickets.models.grant import rights_key
from tickets.models.ticket import TicketQuerySet
from tickets.queries import alongside, locks
from tickets.queries.joined import said_on


def ticket_for_page(user: User, number: int, *, at: datetime) -> Ticket:
    """The ticket with everybody the page names, the person's own drafts and the requester's other tickets.

    Raises `Ticket.DoesNotExist`.
    """

    @prepared.planned_once
    def build(number: int, now: datetime) -> TicketQuerySet:
        visible = Ticket.objects.visible_to(user, at)
        return _with_all_beside(visible.filter(pk=number), visible, user, now)

    return _only(prepared.rows(rights_key(user, at), build, number=number, now=timezone.now()))


def worked_ticket_for_page(user: User, number: int, *, at: datetime) -> Ticket:
    """The same for the desk, where only those come who work the ticket. Raises `Ticket.DoesNotExist`."""

    @prepared.planned_once
    def build(number: int, now: datetime) -> TicketQuerySet:
        worked = Ticket.objects.worked_by(user, at)
        return _with_all_beside(worked.filter(pk=number), worked, user, now).annotate(**alongside.expressions())

    return _only(prepared.rows(rights_key(user, at), build, number=number, now=timezone.now()))


def _only(found: list[Ticket]) -> Ticket:
    if not found:
        raise Ticket.DoesNotExist
    return found[0]


def _with_all_beside(tickets: TicketQuerySet, seen: TicketQuerySet, user: User, now: datetime) -> TicketQuerySet:
    """``seen`` is what the reader sees of the requester's other tickets, ``now`` a real time."""
    written = Draft.objects.filter(ticket=OuterRef("pk"))
    drafts = written.filter(author=user).values("text")
    writers = written.exclude(author=user).exclude(kind=DraftKind.ANSWER).order_by("author__sort_key", "pk")
    writer = JSONObject(pk="author", name="author__name", email="author__email", kind="kind", saved_at="saved_at")
    open_to = Consulted.objects.filter(Q(until=None) | Q(until__gt=now), ticket=OuterRef("pk"))
    person = {"person": "person", "name": "person__name", "email": "person__email", "by": "consultation__asked_by"}
    pauses = PausedAddress.objects.in_force().filter(address=OuterRef("requester__email"))
    shape = JSONObject(reason="reason", is_hard="is_hard", paused_at="paused_at")
    people = ("queue", "queue__team", "requester", "requester__organisation", "organisation", "assignee")
    return tickets.select_related(*people).annotate(
        draft_reply=Subquery(drafts.filter(kind=Message.Kind.PUBLIC)[:1]),
        draft_cc=Subquery(written.filter(author=user, kind=Message.Kind.PUBLIC).values("cc")[:1]),
        draft_note=Subquery(drafts.filter(kind=Message.Kind.NOTE)[:1]),
        draft_ask=Subquery(drafts.filter(kind=DraftKind.ASK)[:1]),
        has_questions=Exists(Consultation.objects.filter(message__ticket=OuterRef("pk"), is_mention=False)),
        draft_times=ArraySubquery(written.filter(author=user).values(shape=JSONObject(kind="kind", at="saved_at"))),
        draft_files=ArraySubquery(
            DraftFile.objects.filter(draft__ticket=OuterRef("pk"), draft__author=user)
            .order_by("pk")
            .values(shape=JSONObject(pk="pk", name="name", size="size", kind="draft__kind"))
        ),
        writers=ArraySubquery(writers.values(shape=writer)),
        paused=Subquery(pauses.values(shape=shape)[:1]),
        looks_in=ArraySubquery(open_to.order_by("person__sort_key", "pk").values(shape=JSONObject(**person))),
        has_links=Exists(Link.objects.filter(Q(ticket=OuterRef("pk")) | Q(other=OuterRef("pk")))),
        has_appointments=Exists(Appointment.objects.filter(ticket=OuterRef("pk"), cancelled_at__isnull=True)),
        locked=locks.newest_lock_of(OuterRef("requester__email"), now),
        others=_others(seen),
        spent_s=seconds_of(TimeSpent.objects.filter(ticket=OuterRef("pk"))),
        own_spent_s=seconds_of(TimeSpent.objects.filter(ticket=OuterRef("pk"), person=user)),
    )


def seconds_of(rows: QuerySet[TimeSpent]) -> Coalesce:
    """The sum of these rows of one ticket, 0 for none."""
    summed = rows.order_by().values("ticket").annotate(sum=Sum("seconds")).values("sum")
    return Coalesce(Subquery(summed), 0)


@dataclass(frozen=True)
class LooksIn:
    """Somebody who sees the ticket because they were asked or named on it, and who let them in."""

    person: int
    name: str
    by: frozenset[int | None]


def looking_in(ticket: Ticket) -> list[LooksIn]:
    """By name; everybody once. The ticket came from `ticket_for_page`."""
    by: dict[tuple[int, str], set[int | None]] = {}
    for each in getattr(ticket, "looks_in", ()):
        by.setdefault((each["person"], each["name"] or each["email"]), set()).add(each["by"])
    return [LooksIn(person, name, frozenset(letting)) for (person, name), letting in by.items()]


@dataclass(frozen=True)
class Spent:
    """Whole minutes, a begun one counts: of everybody together, and of the reader."""

    minutes: int
    own_minutes: int


def spent_on(ticket: Ticket) -> Spent:
    """What `worked_ticket_for_page` brought along; no statement of its own."""
    everybody, own = getattr(ticket, "spent_s", 0), getattr(ticket, "own_spent_s", 0)
    return Spent(-(-max(everybody, 0) // 60), -(-max(own, 0) // 60))


_DELIVERY = {
    "state": "state",
    "error": "last_error",
    "address": "address",
    "bounced_at": "bounced_at",
    "bounce_reason": "bounce_reason",
    "bounce_is_hard": "bounce_is_hard",
}

_FAILED = {"address": "address", "reason": "bounce_reason"}

_CAME_IN = {
    "pk": "pk",
    "at": "received_at",
    "mailbox": "mailbox__name",
    "is_imported": "is_imported",
    "state": "state",
    "why": "why",
    "reason": "reason",
}


def messages_of(ticket: Ticket, user: User, *, at: datetime) -> QuerySet[Message]:
    """The messages the person may read, oldest first, each with ``files`` and ``delivery`` or None: a dict of state,
    error, address, and bounced_at, bounce_reason, bounce_is_hard; ``failed_copies``, each a dict of address and reason;
    and ``came_in``, the stored mails it came by."""
    is_worker = access.can_read_notes(user, ticket, at)
    return _with_mails(Message.objects.filter(ticket=ticket) if is_worker else said_on(ticket))


def conversation_of(ticket: Ticket, user: User, *, at: datetime) -> list[Message]:
    """`messages_of` as a list, for the desk's pages."""
    if not access.can_read_notes(user, ticket, at):
        return list(messages_of(ticket, user, at=at))
    return prepared.rows((), _all_messages, ticket_id=ticket.pk)


@prepared.planned_once
def _all_messages(ticket_id: int) -> QuerySet[Message]:
    return _with_mails(Message.objects.filter(ticket=ticket_id))


def _with_mails(messages: QuerySet[Message]) -> QuerySet[Message]:
    mails = InboundMessage.objects.filter(message=OuterRef("pk")).order_by("pk")
    copies = Outbox.objects.filter(
        Q(state=Outbox.State.DEAD) | Q(bounced_at__isnull=False), message=OuterRef("pk"), kind=Outbox.Kind.COPY
    ).order_by("pk")
    return with_files(messages).annotate(
        came_in=ArraySubquery(mails.values(answer=JSONObject(**_CAME_IN))),
        delivery=Subquery(
            Outbox.objects.filter(message=OuterRef("pk"), kind__in=Outbox.PERSONAL)
            .order_by("-pk")
            .values(answer=JSONObject(**_DELIVERY))[:1]
        ),
        failed_copies=Case(
            When(~Q(mail_cc=[]), then=ArraySubquery(copies.values(answer=JSONObject(**_FAILED)))), default=None
        ),
    )


def with_files(messages: QuerySet[Message]) -> QuerySet[Message]:
    """Messages in order with their author and ``files``: a list of dicts id, name, size, content_type, is_inline,
    content_id."""
    files = Attachment.objects.filter(message=OuterRef("pk")).order_by("pk")
    shape = JSONObject(
        id="pk", name="name", size="size", content_type="content_type", is_inline="is_inline", content_id="content_id"
    )
    return (
        messages.select_related("author", "approved_by")
        .annotate(files=ArraySubquery(files.values(shape=shape)))
        .order_by("at", "id")
    )


def events_of(ticket: Ticket) -> list[Event]:
    """What happened to it, with who did it, oldest first."""
    return prepared.rows((), _all_events, ticket_id=ticket.pk)


@prepared.planned_once
def _all_events(ticket_id: int) -> QuerySet[Event]:
    return Event.objects.filter(ticket=ticket_id).select_related("actor").order_by("at", "id")


@dataclass(frozen=True)
class Writer:
    """Somebody else with an unsent text on this ticket. What it says is theirs."""

    pk: int
    name: str
    is_note: bool
    saved_at: datetime
    is_writing: bool


WRITING = timedelta(minutes=2)
"""Who saved this short ago is still at it: the page saves a second after each pause."""


def writers_on(ticket: Ticket, at: datetime) -> list[Writer]:
    """What `worked_ticket_for_page` brought along; no statement of its own."""
    return [
        Writer(
            pk=row["pk"],
            name=row["name"] or row["email"],
            is_note=row["kind"] != Message.Kind.PUBLIC,
            saved_at=datetime.fromisoformat(row["saved_at"]),
            is_writing=datetime.fromisoformat(row["saved_at"]) > at - WRITING,
        )
        for row in getattr(ticket, "writers", [])
    ]


def draft_times(ticket: Ticket) -> dict[str, str]:
    """When the reader's own drafts were saved (ISO 8601), by kind; no statement of its own."""
    rows = getattr(ticket, "draft_times", [])
    return {row["kind"]: datetime.fromisoformat(row["at"]).isoformat() for row in rows}


@dataclass(frozen=True)
class Pause:
    """Mail to the requester's address waits, since a mail came back."""

    reason: str
    is_hard: bool
    since: datetime


def pause_of(ticket: Ticket) -> Pause | None:
    """What `worked_ticket_for_page` brought along; no statement of its own."""
    row = getattr(ticket, "paused", None)
    return Pause(row["reason"], row["is_hard"], datetime.fromisoformat(row["paused_at"])) if row else None


@dataclass(frozen=True)
class Past:
    """Another request of the same person, as the ticket page lists it."""

    pk: int
    subject: str
    status: str
    opened_at: datetime


@dataclass(frozen=True)
class History:
    """Other requests of the same person: how many the reader may see, and the newest of them."""

    count: int
    newest: list[Past]


def history_in(ticket: Ticket) -> History:
    """What `ticket_for_page` brought along; no statement of its own."""
    rows = getattr(ticket, "others", [])
    past = [Past(row["pk"], row["subject"], row["status"], datetime.fromisoformat(row["opened_at"])) for row in rows]
    return History(count=rows[0]["total"] if rows else 0, newest=past)


def _others(tickets: TicketQuerySet, newest: int = 4) -> ArraySubquery:
    """The newest other requests of the ticket's requester among ``tickets``, each with how many there are."""
    others = (
        tickets.present()
        .filter(requester=OuterRef("requester"))
        .exclude(pk=OuterRef("pk"))
        .annotate(total=Window(Count("pk")))
        .order_by("-id")
    )
    shape = JSONObject(pk="pk", subject="subject", status="status", opened_at="opened_at", total="total")
    return ArraySubquery(others.values(shape=shape)[:newest])


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
    """The newest public message the reader has before them, 0 when there is none; a reply names it as seen. One that is
    just leaving stands before them too: it crosses nothing they write now."""
    seen = (Message.State.SENT, Message.State.LEAVING)
    return max((message.pk for message in messages if not message.is_note and message.state in seen), default=0)


@dataclass(frozen=True)
class KeptFile:
    """A file beside the reader's own draft."""

    pk: int
    name: str
    size: int
    kind: str


def files_beside_drafts(ticket: Ticket) -> dict[str, list[KeptFile]]:
    """By the draft's kind; no statement of its own."""
    files = [KeptFile(**row) for row in getattr(ticket, "draft_files", [])]
    return {kind: [file for file in files if file.kind == kind] for kind in DraftKind.values}
