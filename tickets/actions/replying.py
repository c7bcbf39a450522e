"""Public words on a ticket: what the requester writes, what we answer, and answers that wait for a mentor."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from helpdesk.lib import prepared_rows
from tickets import access, events
from tickets.actions import attaching, copying, drafting, filling, outgoing
from tickets.actions.assigning import CapReached, require_room
from tickets.actions.errors import NotAllowed, Refused
from tickets.actions.following import follows_merges, locked_or_went_on
from tickets.actions.locking import lock_person, locked
from tickets.actions.opening import MailFacts
from tickets.actions.removing import refuse_removed
from tickets.actions.snoozing import wake_row
from tickets.actions.transitions import may_follow, stamp_status
from tickets.models import Draft, Kind, Message, Status, Ticket, User
from tickets.models.ticket import TRANSITIONS, RemovedAs

REVIEW_WITHOUT_DUE = timedelta(hours=1)
"""How long a reply waits for the mentor alone when no promise runs on the ticket."""


class EmptyMessage(Refused):
    message = _("Write something first.")


class TicketIsClosed(Refused):
    message = _("This ticket is closed. Open a new one that follows it.")


class CannotFollow(Refused):
    message = _("The ticket cannot get this status from the one it has.")


class NotAwaitingReview(Refused):
    message = _("This reply does not wait for a review any more.")


class Crossed(Refused):
    """Newer public messages exist than the writer saw. The reply was not sent; ``newer`` holds what crossed it."""

    def __init__(self, newer: Sequence[Message]) -> None:
        self.newer = newer
        super().__init__(_("Somebody wrote while you were writing. Read it, then send yours or change it."))


@transaction.atomic
def reply(
    *,
    ticket: Ticket,
    by: User,
    text: str,
    at: datetime,
    html: str = "",
    next_status: str = "",
    attachments: Iterable[attaching.File] = (),
    kept_files: Collection[int] = (),
    cc: Sequence[str] = (),
    seen_message: int | None = None,
    mail: MailFacts | None = None,
    hold_s: int = 0,
    keeps_draft: bool = False,
    changes: Sequence[Mapping[str, Any]] = (),
) -> Message:
    """Answer the requester. A reply of somebody under review is kept for the mentor instead of sent.

    With ``hold_s`` it is held for so many seconds in which its author can take it back (`holding`): until then it
    changes nothing, and ``changes`` wait with it. ``kept_files`` are the files beside the draft that leave with it.
    With ``keeps_draft`` the draft is another text and stays. ``cc`` are addresses that get a copy (`copying`).
    ``seen_message`` is the newest public message the writer saw; None when that cannot be known (mail).
    ``next_status`` is the status wanted afterwards; empty means open for a new ticket, else unchanged. Answering a
    ticket that nobody has takes it, so that its author's mentor sees it too.
    Raises `NotAllowed`, `TicketIsClosed`, `TicketIsRemoved`, `EmptyMessage`, `CannotFollow`, `FieldsMissing`,
    `Crossed`, `CapReached`, `CannotCopy`.
    """
    if access.caps_of(by, ticket, at) is not None:
        lock_person(by)
    ticket = locked(ticket)
    if not access.can_reply(by, ticket, at):
        raise NotAllowed
    refuse_removed(ticket)
    if ticket.status == Status.CLOSED:
        raise TicketIsClosed
    if next_status in (Status.NEW, Status.CLOSED) or (next_status and not may_follow(ticket.status, next_status)):
        raise CannotFollow
    if next_status == Status.ON_HOLD:
        raise CannotFollow(_("Put the ticket on hold with a reason, after the reply."))
    files = list(attachments)
    kept = attaching.kept_by(by, ticket, Message.Kind.PUBLIC, kept_files, beside=files)
    if not text.strip() and not html.strip() and not files and not kept:
        raise EmptyMessage
    if seen_message is not None:
        said = Message.objects.public_or_leaving()
        newer = list(said.filter(ticket=ticket, pk__gt=seen_message).select_related("author"))
        if newer:
            raise Crossed(newer)
    if next_status == Status.SOLVED and ticket.status != Status.SOLVED and not changes:
        filling.refuse_missing(ticket)
    copies = copying.addresses(ticket, cc, by=by, at=at)
    takes = ticket.assignee_id is None and ticket.is_unsolved and access.can_take(by, ticket, at)
    if takes:
        require_room(ticket, by=by, at=at)

    is_reviewed = access.needs_review(by, ticket, at)
    is_held = bool(hold_s) and not is_reviewed
    facts = (mail or MailFacts()).as_fields()
    if mail is None:
        facts["mail_cc"] = copies
    message = Message(
        ticket=ticket,
        author=by,
        channel=ticket.channel,
        text=text,
        html=html,
        at=at,
        state=_state(is_reviewed=is_reviewed, is_held=is_held),
        review_opens_at=_review_opens_at(ticket, at) if is_reviewed else None,
        leaves_at=at + timedelta(seconds=hold_s) if is_held else None,
        next_status=next_status if is_reviewed or is_held else "",
        changes=list(changes) or None if is_held else None,
        **facts,
    )
    prepared_rows.insert(message)
    attaching.attach_kept(message=message, files=kept)
    attaching.attach(message=message, files=files)
    if not keeps_draft:
        drafting.forget(ticket, by, Message.Kind.PUBLIC)
    if is_held:
        return message
    data: dict[str, Any] = {"message": message.pk}
    if takes:
        ticket.assignee = by
        data["assignee"] = [None, by.pk]
    if is_reviewed:
        _save(ticket, at=at)
        events.record(ticket, by=by, kind=Kind.REPLY_SUBMITTED, at=at, **data)
    else:
        _release(ticket, message, by=by, next_status=next_status, at=at, data=data)
    return message


@transaction.atomic
def approve(*, message: Message, by: User, at: datetime, text: str | None = None) -> Message:
    """Send a reply that waited for review, as it is or with ``text`` as the mentor's wording.

    It counts as replied from ``at``, the mentor's press.
    Raises `NotAllowed`, `NotAwaitingReview`, `TicketIsClosed`, `TicketIsRemoved`, `EmptyMessage`, and `FieldsMissing`
    when a field was emptied since that the status it sets needs.
    """
    ticket = locked(message.ticket)
    message = Message.objects.select_for_update(of=("self",), no_key=True).select_related("author").get(pk=message.pk)
    message.ticket = ticket
    if not access.can_approve(by, message, at):
        raise NotAllowed
    if not message.is_awaiting_review:
        raise NotAwaitingReview
    refuse_removed(ticket)
    if ticket.status == Status.CLOSED:
        raise TicketIsClosed
    if message.next_status == Status.SOLVED and ticket.status != Status.SOLVED:
        filling.refuse_missing(ticket)
    if text is not None:
        if not text.strip():
            raise EmptyMessage
        message.text, message.html = text, ""
    wanted = message.next_status
    message.state, message.approved_by, message.at = Message.State.SENT, by, at
    message.save(update_fields=["state", "approved_by", "at", "text", "html"])
    is_possible = bool(wanted) and may_follow(ticket.status, wanted)
    data: dict[str, Any] = {"message": message.pk, "author": message.author_id}
    _release(ticket, message, by=by, next_status=wanted if is_possible else "", at=at, data=data)
    return message


@transaction.atomic
def return_to_author(*, message: Message, by: User, at: datetime, comment: str) -> Message:
    """Give a reply under review back with a comment; its text becomes the author's draft again.

    Raises `NotAllowed`, `NotAwaitingReview`, `EmptyMessage` (without a comment the author could not know why).
    """
    ticket = locked(message.ticket)
    message = Message.objects.select_for_update(of=("self",), no_key=True).select_related("author").get(pk=message.pk)
    message.ticket = ticket
    if not access.can_approve(by, message, at):
        raise NotAllowed
    if not message.is_awaiting_review:
        raise NotAwaitingReview
    if not comment.strip():
        raise EmptyMessage(_("Say in a sentence what should change."))
    message.state = Message.State.RETURNED
    message.save(update_fields=["state"])
    if message.author_id:
        Draft.objects.get_or_create(
            ticket=ticket,
            author_id=message.author_id,
            kind=Message.Kind.PUBLIC,
            defaults={"text": message.text, "saved_at": at, "cc": ", ".join(message.copied_to)},
        )
    events.record(
        ticket,
        by=by,
        kind=Kind.REPLY_RETURNED,
        at=at,
        message=message.pk,
        author=message.author_id,
        comment=comment.strip(),
    )
    return message


def requester_wrote(
    *,
    ticket: Ticket,
    author: User,
    text: str,
    at: datetime,
    channel: str,
    html: str = "",
    attachments: Iterable[attaching.File] = (),
    mail: MailFacts | None = None,
) -> Message:
    """Add what came from the requester's side. It brings a waiting, held, solved, snoozed or deleted ticket back, but
    not when it is automated. On spam it is kept where it is.

    Only the requester writes as the requester; with ``mail`` the mail's own proof has told that it belongs here. From
    somebody else than the requester and those the ticket is shared with it is kept as a note: with the address we gave
    them for their ticket, requesters could sign up elsewhere in our name and read here the link that confirms it.
    Automated mail is kept on a closed ticket too: it must not open a follow-up. Raises `TicketIsClosed`: the caller
    opens a follow-up. Raises `NotAllowed`, `EmptyMessage`. On a merged ticket it is about the one it was merged into.
    """
    if mail is None and not access.can_write_as_requester(author, ticket):
        raise NotAllowed
    return _heard(
        ticket=ticket,
        author=author,
        text=text,
        at=at,
        channel=channel,
        html=html,
        files=list(attachments),
        facts=mail or MailFacts(),
    )


@follows_merges
@transaction.atomic
def _heard(
    *,
    ticket: Ticket,
    author: User,
    text: str,
    at: datetime,
    channel: str,
    html: str,
    files: list[attaching.File],
    facts: MailFacts,
) -> Message:
    ticket = locked_or_went_on(ticket)
    if ticket.status == Status.CLOSED and not facts.automatic:
        raise TicketIsClosed
    if not text.strip() and not html.strip() and not files:
        raise EmptyMessage
    message = Message(
        ticket=ticket,
        author=author,
        is_from_requester=True,
        kind=Message.Kind.PUBLIC if _is_on_requesters_side(author, ticket) else Message.Kind.NOTE,
        channel=channel,
        text=text,
        html=html,
        at=at,
        **facts.as_fields(),
    )
    prepared_rows.insert(message)
    attaching.attach(message=message, files=files)
    data: dict[str, Any] = {"message": message.pk}
    if message.is_note:
        data["is_aside"] = True  # of somebody whom no answer is promised
    if facts.automatic:
        data["automatic"] = facts.automatic
    elif ticket.removed_as != RemovedAs.SPAM:
        data |= _brought_back(ticket, at=at)
    _save(ticket, at=at)
    events.record(ticket, by=author, kind=Kind.REQUESTER_WROTE, at=at, **data)
    return message


def _brought_back(ticket: Ticket, *, at: datetime) -> dict[str, Any]:
    """End on the unsaved row what kept it from being worked. Returns what the event should remember of that."""
    data = wake_row(ticket)
    if ticket.removed_as == RemovedAs.DELETED:
        data["removed_as"] = [ticket.removed_as, ""]
        ticket.removed_as, ticket.removed_at = "", None
    if Status.OPEN in TRANSITIONS[ticket.status] and ticket.status != Status.NEW:
        data["status"] = [ticket.status, Status.OPEN]
        stamp_status(ticket, Status.OPEN, at=at)
    return data


def _is_on_requesters_side(person: User, ticket: Ticket) -> bool:
    return person.pk == ticket.requester_id or ticket.shares.filter(user=person).exists()


def let_leave(*, ticket: Ticket, message: Message, at: datetime) -> None:
    """Make a held reply real; it counts from the moment its author pressed Send. Both rows are locked by the caller.

    What the requester wrote meanwhile must not be solved away: then the status wanted with it is left out.
    Raises `TicketIsClosed`, `TicketIsRemoved`, `FieldsMissing`.
    """
    author = message.author
    assert author is not None
    refuse_removed(ticket)
    if ticket.status == Status.CLOSED:
        raise TicketIsClosed
    since = Message.objects.filter(ticket=ticket, pk__gt=message.pk, is_from_requester=True, automatic="")
    wanted = message.next_status
    if wanted and (not may_follow(ticket.status, wanted) or since.exists()):
        wanted = ""
    if wanted == Status.SOLVED and ticket.status != Status.SOLVED:
        filling.refuse_missing(ticket)
    data: dict[str, Any] = {"message": message.pk}
    if ticket.assignee_id is None and ticket.is_unsolved and access.can_take(author, ticket, at):
        with contextlib.suppress(CapReached):
            require_room(ticket, by=author, at=at)
            ticket.assignee = author
            data["assignee"] = [None, author.pk]
    message.state, message.leaves_at, message.changes = Message.State.SENT, None, None
    message.save(update_fields=["state", "leaves_at", "changes"])
    _release(ticket, message, by=author, next_status=wanted, at=message.at, data=data, now=at)


def _state(*, is_reviewed: bool, is_held: bool) -> Message.State:
    if is_reviewed:
        return Message.State.AWAITING_REVIEW
    return Message.State.LEAVING if is_held else Message.State.SENT


def _release(
    ticket: Ticket,
    message: Message,
    *,
    by: User,
    next_status: str,
    at: datetime,
    data: dict[str, Any],
    now: datetime | None = None,
) -> None:
    """Make a reply real: stamps, mail, event, all of ``at``; ``now`` when that is over. The caller holds the ticket."""
    wanted = next_status or (Status.OPEN if ticket.status == Status.NEW else "")
    if wanted and wanted != ticket.status:
        data["status"] = [ticket.status, wanted]
        stamp_status(ticket, wanted, at=at)
        if wanted == Status.SOLVED:
            data |= wake_row(ticket)
    if ticket.first_reply_at is None or at < ticket.first_reply_at:
        ticket.first_reply_at = at
    _save(ticket, at=now or at)
    outgoing.send_reply(ticket=ticket, message=message, at=now or at)
    copying.send(ticket=ticket, message=message, at=now or at)
    events.record(ticket, by=by, kind=Kind.REPLIED, at=at, **data)


def _save(ticket: Ticket, *, at: datetime) -> None:
    ticket.updated_at = at
    ticket.version += 1
    prepared_rows.update(ticket)


def _review_opens_at(ticket: Ticket, at: datetime) -> datetime:
    """When the whole team may approve: after half the time left (DESIGN §4), at once when the promise is broken."""
    if ticket.due_at is None:
        return at + REVIEW_WITHOUT_DUE
    return at + max(ticket.due_at - at, timedelta(0)) / 2
