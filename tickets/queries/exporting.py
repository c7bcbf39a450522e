"""Lists of tickets for taking out of the desk: which, in the order of the screen, and what a file tells of each.

The numbers of all tickets are read first, in one statement and 8 bytes each; what the file says of them is fetched in
parts while it is sent. So a list that moves meanwhile has no ticket twice, no transaction stays open for as long as
somebody's connection is slow, and who lost a right a moment ago gets what they had when they asked.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from django.db.models import OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tickets.models import (
    Channel,
    DueState,
    Merge,
    Message,
    Metric,
    Priority,
    Role,
    Status,
    Ticket,
    TimeSpent,
    User,
    View,
)
from tickets.models.ticket import RemovedAs, TicketQuerySet
from tickets.queries import cases, searching, views
from tickets.queries.custom_fields import custom_fields
from tickets.queries.queue import Filters, in_order, narrowed, order_of
from tickets.queries.ticket import seconds_of, with_files

AT_ONCE = 2000

Numbers: TypeAlias = "array[int]"


def of_queue(filters: Filters, user: User, at: datetime) -> Numbers:
    tickets = narrowed(_open_to(user, at), filters, user=user, at=at)
    return _numbers(in_order(tickets, order_of(filters)))


def of_search(text: str, user: User, at: datetime) -> Numbers:
    """Newest first; near words, or most of them, when nothing holds these very ones, as on the page. Raises
    `QueryError`."""
    for tickets in searching.in_turn(searching.read(text), user, at=at):
        if found := _numbers(_own(tickets, user).order_by("-pk")):
            break
    return found


def of_view(view: View, user: User, at: datetime) -> Numbers:
    """Raises `QueryError`."""
    tickets = _own(searching.everything(views.read(view.query), user, at=at), user)
    found = array("q")
    for part in views.in_order(tickets, view.sort):
        found.extend(_numbers(part))
    return found


def _open_to(user: User, at: datetime) -> TicketQuerySet:
    return _own(Ticket.objects.worked_by(user, at), user)


def _own(tickets: TicketQuerySet, user: User) -> TicketQuerySet:
    """Leads take out what is their teams', not what they see as somebody's mentor."""
    return tickets if user.role == Role.ADMIN else tickets.filter(queue__in=sorted(user.queue_ids))


def _numbers(tickets: TicketQuerySet) -> Numbers:
    return array("q", tickets.values_list("pk", flat=True).iterator(chunk_size=20_000))


# What is told of each ticket


@dataclass(frozen=True)
class Column:
    label: str
    source: str
    shown: Callable[[Any], Any] = lambda value: value


def columns() -> list[Column]:
    """Those of the lists, with ids and times. Words are in the language of whoever asks, ids and times are the same
    everywhere."""
    statuses = {each.value: str(each.label) for each in Status}
    priorities = {each.value: str(each.label) for each in Priority}
    channels = {each.value: str(each.label) for each in Channel}
    metrics = {each.value: str(each.label) for each in Metric}
    own = [Column(each.label, "fields", _of_field(each.key)) for each in custom_fields()]
    return [
        Column(pgettext("column", "Number"), "pk"),
        Column(_("Subject"), "subject"),
        Column(_("Status"), "status", statuses.get),
        Column(_("Priority"), "priority", priorities.get),
        Column(_("Channel"), "channel", channels.get),
        Column(_("Queue"), "queue__name"),
        Column(_("Queue ID"), "queue_id"),
        Column(_("Requester"), "requester__name"),
        Column(_("Requester's email"), "requester__email"),
        Column(_("Requester ID"), "requester_id"),
        Column(_("Organisation"), "organisation__name"),
        Column(_("Organisation ID"), "organisation_id"),
        Column(_("Assignee"), "assignee__name"),
        Column(_("Assignee ID"), "assignee_id"),
        Column(_("Tags"), "tags", " ".join),
        Column(pgettext("column", "Promise"), "sla_metric", metrics.get),
        Column(_("Due (UTC)"), "due_at"),
        Column(_("Opened (UTC)"), "opened_at"),
        Column(_("Last change (UTC)"), "updated_at"),
        Column(_("First reply (UTC)"), "first_reply_at"),
        Column(_("Solved (UTC)"), "solved_at"),
        Column(_("Closed (UTC)"), "closed_at"),
        Column(_("Snoozed until (UTC)"), "snoozed_until"),
        Column(_("Minutes spent"), "spent_s", lambda seconds: -(-max(seconds, 0) // 60)),
        *own,
    ]


def _of_field(key: str) -> Callable[[Any], Any]:
    return lambda values: values.get(key)


def rows(numbers: Numbers, columns: list[Column], user: User, at: datetime) -> Iterator[list[Any]]:
    """One per ticket, in this order, AT_ONCE from a statement. What is gone since is left out."""
    sources = [column.source for column in columns]
    for first in range(0, len(numbers), AT_ONCE):
        part = numbers[first : first + AT_ONCE]
        open_to = _open_to(user, at).filter(pk__in=part)
        spent = open_to.annotate(spent_s=seconds_of(TimeSpent.objects.filter(ticket=OuterRef("pk"))))
        found = {row[0]: row for row in spent.values_list("pk", "sla_state", *sources)}
        for number in part:
            if number in found:
                _pk, state, *values = found[number]
                yield [_told(column, value, state) for column, value in zip(columns, values, strict=True)]


def _told(column: Column, value: Any, state: str) -> Any:
    if column.source in ("due_at", "sla_metric") and state != DueState.RUNNING:
        return None  # the promise is kept, or its clock stands
    return None if value is None else column.shown(value)


# Everything a person may have of their own

OWN_AT_ONCE = 200


def own_columns() -> list[str]:
    return [
        pgettext("column", "Number"),
        _("Subject"),
        _("Status"),
        _("Opened (UTC)"),
        _("Written (UTC)"),
        pgettext("column", "From"),
        _("Text"),
        _("Files"),
    ]


def own_words(person: User, at: datetime, *, readable: Callable[[str], str]) -> Iterator[list[Any]]:
    """What was said in the person's own requests and they may read, oldest request first: a row per message, and one
    for a request without any. ``readable`` takes from a text what nobody should read."""
    statuses = {each.value: str(each.label) for each in Status}
    numbers = list(cases.own(person, at=at).order_by("pk").values_list("pk", flat=True))
    for first in range(0, len(numbers), OWN_AT_ONCE):
        tickets = cases.own(person, at=at).in_bulk(numbers[first : first + OWN_AT_ONCE])
        said: dict[int, list[Any]] = {number: [] for number in tickets}
        for number, message in _said_on(list(tickets.values())):
            said[number].append(message)
        for number in sorted(said):
            ticket = tickets[number]
            head = [number, ticket.subject, statuses.get(ticket.status), ticket.opened_at]
            for each in said[number]:
                files = ", ".join(file["name"] for file in each.files)
                yield [*head, each.at, each.author.name if each.author else "", readable(each.text), files]
            if not said[number]:
                yield [*head, None, "", "", ""]


def _said_on(tickets: list[Ticket]) -> Iterator[tuple[int, Message]]:
    """As `joined.said_on` has it, of many tickets in two statements. Each with the ticket on which it was said."""
    merged = [ticket for ticket in tickets if ticket.removed_as == RemovedAs.MERGED]
    merges = Merge.objects.filter(source__in=merged, undone_at__isnull=True) if merged else Merge.objects.none()
    before = {message: merge.source_id for merge in merges for message in merge.moved["public"]}
    there = Message.objects.public().filter(ticket__in=[ticket for ticket in tickets if ticket not in merged])
    for message in with_files(there):
        yield message.ticket_id, message
    for message in with_files(Message.objects.filter(pk__in=before)) if before else []:
        yield before[message.pk], message
