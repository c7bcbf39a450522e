"""Taking messages off a ticket into a new one, and back. The mails' threads follow the messages."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from helpdesk.lib.one_line import one_line
from tickets import access, events
from tickets.actions.errors import NotAllowed, Refused
from tickets.actions.linking import Relation, stored
from tickets.actions.locking import locked, locked_pair
from tickets.actions.merging import ReplyIsLeaving, put_together
from tickets.actions.opening import SUBJECT_LENGTH
from tickets.actions.removing import refuse_removed
from tickets.models import Event, Kind, Link, Merge, Message, Outbox, Status, Ticket, User


class NothingChosen(Refused):
    message = _("Choose the messages that become a ticket of their own.")


class NothingLeft(Refused):
    message = _("Leave at least one message here: a ticket without words is none.")


class NotAsker(Refused):
    message = _("The new ticket belongs to the requester of this one or to somebody who wrote one of these messages.")


class ReviewIsOpen(Refused):
    message = _("One of these replies waits for a mentor. Decide about it first.")


class HasGoneOn(Refused):
    message = _("Something was said on one of the two tickets since. Merge them instead.")


@transaction.atomic
def split(
    *,
    ticket: Ticket,
    messages: Collection[int],
    by: User,
    at: datetime,
    subject: str = "",
    requester: User | None = None,
) -> Ticket:
    """Make a new ticket of ``messages`` (ids), in the same queue, with the same assignee, linked to the old one.

    It belongs to the same requester or to ``requester``, who must have written one of the messages; what they wrote
    from there was kept from the first requester as a note, and is theirs to read on the new ticket. It began when its
    first message was written. Mails that carried its replies belong to it, so that answers to them find it.
    Raises `NotAllowed`, `TicketIsRemoved`, `NothingChosen`, `NothingLeft`, `ReviewIsOpen`, `NotAsker`.
    """
    old = locked(ticket)
    if not access.can_join(by, old, at):
        raise NotAllowed
    refuse_removed(old)
    there = list(Message.objects.filter(ticket=old).order_by("at", "id"))
    moving = [message for message in there if message.pk in set(messages)]
    if not moving:
        raise NothingChosen
    if len(moving) == len(there):
        raise NothingLeft
    if any(message.is_awaiting_review for message in moving):
        raise ReviewIsOpen
    if any(message.is_leaving for message in moving):
        raise ReplyIsLeaving
    whose = requester or old.requester
    if whose.pk != old.requester_id and whose.pk not in {m.author_id for m in moving if m.is_from_requester}:
        raise NotAsker
    replies = [message for message in moving if _is_reply(message)]
    new = Ticket.objects.create(
        subject=one_line(subject)[:SUBJECT_LENGTH] or old.subject,
        queue=old.queue,
        requester=whose,
        organisation_id=old.organisation_id if whose.pk == old.requester_id else whose.organisation_id,
        channel=moving[0].channel,
        status=Status.OPEN if replies else Status.NEW,
        priority=old.priority,
        assignee=old.assignee,
        opened_at=moving[0].at,
        first_reply_at=replies[0].at if replies else None,
        updated_at=at,
    )
    ids = [message.pk for message in moving]
    shown = [m.pk for m in moving if m.is_note and m.is_from_requester and m.author_id == whose.pk and not m.bounce]
    # Our answers to the first requester are not for the second.
    hidden = [m.pk for m in replies] if whose.pk != old.requester_id else []
    Message.objects.filter(pk__in=ids).update(ticket=new)
    Message.objects.filter(pk__in=shown).update(kind=Message.Kind.PUBLIC)
    Message.objects.filter(pk__in=hidden).update(kind=Message.Kind.NOTE)
    sent = Outbox.objects.filter(ticket=old, message__in=ids) if whose.pk == old.requester_id else Outbox.objects.none()
    mails = list(sent.order_by("pk").values_list("pk", flat=True))
    Outbox.objects.filter(pk__in=mails).update(ticket=new)
    first, second, kind = stored(new.pk, old.pk, Relation.RELATED)
    link = Link.objects.create(ticket_id=first, other_id=second, kind=kind, by=by, at=at)
    old.updated_at = at
    old.version += 1
    old.save(update_fields=["updated_at", "version"])
    moved = {"messages": ids, "shown": shown, "hidden": hidden, "mails": mails, "link": link.pk}
    events.record(old, by=by, kind=Kind.SPLIT, at=at, into=new.pk, **moved, **_left_waiting(there, set(ids)))
    theirs = [m for m in moving if m.pk not in hidden and (not m.is_note or m.pk in shown)]
    asked_at = next((message.at for message in _waiting(theirs)), None)
    facts = {"queue": new.queue_id, "requester": whose.pk, "channel": new.channel, "begins_as": new.status}
    since = {"opened_at": new.opened_at.isoformat(), "asked_at": asked_at.isoformat() if asked_at else None}
    events.record(new, by=by, kind=Kind.SPLIT, at=at, source=old.pk, **moved, **since, **facts)
    return new


@transaction.atomic
def unsplit(*, ticket: Ticket, by: User, at: datetime) -> Merge:
    """Put a ticket that was split off back, as long as nothing was said on it since. It is a merge, which can be undone
    like any other. Raises `NotAllowed`, `HasGoneOn` and what `merge` raises."""
    event = split_of(ticket)
    if event is None:
        raise HasGoneOn
    new, old = locked_pair(ticket, Ticket(pk=event.data["source"]))
    if not (access.can_join(by, new, at) and access.can_join(by, old, at)):
        raise NotAllowed
    moved = event.data
    if set(Message.objects.filter(ticket=new).values_list("pk", flat=True)) != set(moved["messages"]):
        raise HasGoneOn
    return put_together(new, old, by=by, at=at, hidden=moved["shown"], revealed=moved["hidden"], mails=moved["mails"])


def split_of(ticket: Ticket) -> Event | None:
    """The event by which the ticket came about, when it was split off another."""
    return Event.objects.filter(ticket=ticket, kind=Kind.SPLIT, data__has_key="source").first()


def _is_reply(message: Message) -> bool:
    return not message.is_note and not message.is_from_requester and message.state == Message.State.SENT


def _waiting(messages: list[Message]) -> list[Message]:
    """The requester's words since our last reply among ``messages``, which are in the order of their times."""
    answered = max((place for place, message in enumerate(messages) if _is_reply(message)), default=-1)
    return [m for m in messages[answered + 1 :] if m.is_from_requester and not m.automatic]


def _left_waiting(there: list[Message], moving: set[int]) -> dict[str, str | None]:
    """When the first words that are left and wait for an answer came, if those that waited longest are taken off."""
    waiting = _waiting([message for message in there if not message.is_note])
    if not waiting or waiting[0].pk not in moving:
        return {}
    left = next((message.at for message in waiting if message.pk not in moving), None)
    return {"left_at": left.isoformat() if left else None}
