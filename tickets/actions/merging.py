"""Putting one ticket into another, and taking it out again for thirty days.

What was said on the source, what is being written and what is agreed on it move to the target. Mails that wait to be
sent and the events stay with the source: they are what happened there. `Merge.moved` remembers what moved and every
value that the merge changed:

``messages``      ids that moved; ``public`` those that the source's readers could read
``hidden``        messages that were public and are notes on the target; ``revealed`` the other way round
``mails``         rows of the outbox that moved: of a ticket that is put back onto the one it was split off
``shares``        ids that moved; ``added_share`` the id of the one made for the source's requester, or None
``drafts``        ids that moved; ``joined_drafts`` those of the target that took the source's words in: id, the text
                  it had and got. The source's own row then stays where it is
``appointments``  ids that moved; ``time_spent`` and ``calls`` too (not in merges of before 2026-11-23)
``links``         (id, ticket, other) as they were before
``target``        values of the target before and after, by field; ``source_updated_at``
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from tickets import access, events
from tickets.actions import spending
from tickets.actions.errors import NotAllowed, Refused
from tickets.actions.linking import Relation, is_below, lock_families, relation_of, stored
from tickets.actions.locking import locked_pair
from tickets.actions.removing import refuse_removed
from tickets.actions.snoozing import wake_row
from tickets.actions.transitions import stamp_status
from tickets.models import (
    Appointment,
    Draft,
    Event,
    Kind,
    Link,
    Merge,
    Message,
    Outbox,
    PhoneCall,
    Share,
    Status,
    Ticket,
    TimeSpent,
    User,
)
from tickets.models.ticket import ACTIONABLE, RemovedAs

CHANGING = ("status", "hold_reason", "solved_at", "reopened_at", "snoozed_until", "snooze_reason", "updated_at")
"""Fields of the target that a merge may change."""


class MergedIntoItself(Refused):
    message = _("A ticket cannot be merged into itself.")


class TargetIsClosed(Refused):
    message = _("The ticket it should go into is closed for good. Choose another, or link the two.")


class ReplyIsLeaving(Refused):
    message = _("A reply on this ticket is about to leave. Try again in a few seconds.")


class ReplyWaitsForReview(Refused):
    message = _(
        "A reply on this ticket waits for a mentor. Decide about it first: after the merge it would go to others."
    )


class AlreadyUndone(Refused):
    message = _("This merge has been undone already.")


class TooLateToUndo(Refused):
    message = _("A merge can be undone for 30 days. Split the ticket instead.")


class MergedOn(Refused):
    message = _("The ticket that this one went into was itself merged into another since. Undo that merge first.")


@dataclass(frozen=True)
class Sides:
    """Who besides the desk reads the two tickets: their requesters and those they are shared with."""

    source: frozenset[int]
    target: frozenset[int]

    @property
    def new_on_target(self) -> frozenset[int]:
        """Readers of the source for whom the target's words would be new."""
        return self.source - self.target

    @property
    def new_on_source(self) -> frozenset[int]:
        return self.target - self.source

    @property
    def differ(self) -> bool:
        return self.source != self.target


def sides_of(source: Ticket, target: Ticket) -> Sides:
    readers: dict[int, set[int]] = {source.pk: {source.requester_id}, target.pk: {target.requester_id}}
    for ticket_id, user_id in Share.objects.filter(ticket__in=readers).values_list("ticket", "user"):
        readers[ticket_id].add(user_id)
    return Sides(frozenset(readers[source.pk]), frozenset(readers[target.pk]))


@transaction.atomic
def merge(*, ticket: Ticket, into: Ticket, by: User, at: datetime, shows_all: bool = False) -> Merge:
    """Put ``ticket`` into ``into``. Words that nobody has answered yet bring a target back that is not worked on.

    With ``shows_all`` both tickets' requesters and followers read everything. Without it nobody outside the desk reads
    more than before: words of the source that the target's requester does not know are notes there, and the source's
    requester keeps to the source's own page.
    Raises `NotAllowed`, `MergedIntoItself`, `TicketIsRemoved`, `TargetIsClosed`, `ReplyWaitsForReview`.
    """
    if ticket.pk == into.pk:
        raise MergedIntoItself
    source, target = locked_pair(ticket, into)
    _require_rights(source, target, by=by, at=at)
    sides = sides_of(source, target)
    hides = bool(sides.new_on_source) and not shows_all
    hidden = _public(source) if hides else []
    return put_together(source, target, by=by, at=at, followers=sides.new_on_target if shows_all else (), hidden=hidden)


def put_together(
    source: Ticket,
    target: Ticket,
    *,
    by: User,
    at: datetime,
    followers: Collection[int] = (),
    hidden: Collection[int] = (),
    revealed: Collection[int] = (),
    mails: Collection[int] = (),
) -> Merge:
    """The merge of two locked tickets. ``followers``: readers of the source who follow the target from now on;
    ``hidden`` and ``revealed``: messages that become notes, and public. Raises what `merge` raises but for rights."""
    for each in (source, target):
        refuse_removed(each)
    if target.status == Status.CLOSED:
        raise TargetIsClosed
    states = set(Message.objects.filter(ticket=source, state__in=Message.WAITING).values_list("state", flat=True))
    if Message.State.AWAITING_REVIEW in states:
        raise ReplyWaitsForReview
    if states:
        raise ReplyIsLeaving
    before = _values(target)
    moved: dict[str, Any] = {
        "public": _public(source),
        "messages": _move_ids(Message.objects.filter(ticket=source), target),
        "hidden": list(hidden),
        "revealed": list(revealed),
        "mails": _move_ids(Outbox.objects.filter(ticket=source, pk__in=mails), target),
        **_let_follow(source, target, followers, by=by, at=at),
        **_move_drafts(source, target),
        "appointments": _move_ids(Appointment.objects.filter(ticket=source), target),
        "time_spent": _move_ids(TimeSpent.objects.filter(ticket=source), target),
        "calls": _move_ids(PhoneCall.objects.filter(ticket=source), target),
        "links": _move_links(source, target),
        "source_updated_at": _stamp(source.updated_at),
    }
    _turn(hidden, revealed)
    facts = {"opened_at": _stamp(_waits_since(source)), "first_reply_at": _stamp(source.first_reply_at)}
    woken = _bring_back(source, target, at=at)
    source.removed_as, source.removed_at, source.merged_into = RemovedAs.MERGED, at, target
    for each in (source, target):
        each.updated_at = at
        each.version += 1
    after = _values(target)
    moved["target"] = {name: [before[name], after[name]] for name in CHANGING}
    source.save(update_fields=["removed_as", "removed_at", "merged_into", "updated_at", "version"])
    target.save(update_fields=[*CHANGING, "version"])
    made = Merge.objects.create(source=source, target=target, by=by, at=at, moved=moved)
    events.record(
        source, by=by, kind=Kind.MERGED, at=at, into=target.pk, merge=made.pk, removed_as=["", RemovedAs.MERGED]
    )
    told = {"source": source.pk, "merge": made.pk, "messages": moved["messages"], **facts, **woken}
    events.record(target, by=by, kind=Kind.MERGED, at=at, **told)
    return made


@transaction.atomic
def unmerge(*, merge: Merge, by: User, at: datetime) -> Ticket:
    """Take the source out again, with all that moved and is still on the target. What came since stays there.

    The target's status goes back too unless something else has happened on it. Returns the source.
    Raises `NotAllowed`, `AlreadyUndone`, `TooLateToUndo`, `MergedOn`, `TicketIsRemoved`.
    """
    source, target = locked_pair(merge.source, merge.target)
    merge = Merge.objects.select_for_update(no_key=True).get(pk=merge.pk)
    _require_rights(source, target, by=by, at=at)
    if merge.undone_at is not None:
        raise AlreadyUndone
    if at > merge.at + Merge.UNDOABLE:
        raise TooLateToUndo
    if target.removed_as == RemovedAs.MERGED:
        raise MergedOn
    refuse_removed(target)
    moved = merge.moved
    back = list(
        Message.objects.filter(pk__in=moved["messages"], ticket=target).order_by("pk").values_list("pk", flat=True)
    )
    Message.objects.filter(pk__in=back).update(ticket=source)
    _turn(hidden=set(moved["revealed"]) & set(back), revealed=set(moved["hidden"]) & set(back))
    Share.objects.filter(pk=moved["added_share"], ticket=target).delete()
    for model, name in (
        (Share, "shares"),
        (Draft, "drafts"),
        (Appointment, "appointments"),
        (Outbox, "mails"),
        (TimeSpent, "time_spent"),
        (PhoneCall, "calls"),
    ):
        model._default_manager.filter(pk__in=moved.get(name, []), ticket=target).update(ticket=source)
    spending.even_out(ticket=target, at=at)
    for draft_id, old, joined in moved["joined_drafts"]:
        Draft.objects.filter(pk=draft_id, ticket=target, text=joined).update(text=old)
    _links_back(moved["links"], source, target)
    restored = _put_back(target, moved["target"], at=at)
    source.removed_as, source.removed_at, source.merged_into = "", None, None
    source.updated_at = _moment(moved["source_updated_at"]) or at
    for each in (source, target):
        each.version += 1
    source.save(update_fields=["removed_as", "removed_at", "merged_into", "updated_at", "version"])
    target.save(update_fields=[*CHANGING, "version"])
    merge.undone_at, merge.undone_by = at, by
    merge.save(update_fields=["undone_at", "undone_by"])
    out = {"out_of": target.pk, "merge": merge.pk, "removed_as": [RemovedAs.MERGED, ""], "messages": back}
    events.record(source, by=by, kind=Kind.UNMERGED, at=at, **out)
    events.record(target, by=by, kind=Kind.UNMERGED, at=at, source=source.pk, merge=merge.pk, **restored)
    return source


def _require_rights(source: Ticket, target: Ticket, *, by: User, at: datetime) -> None:
    if not (access.can_join(by, source, at) and access.can_join(by, target, at)):
        raise NotAllowed


def _public(ticket: Ticket) -> list[int]:
    return list(Message.objects.public().filter(ticket=ticket).order_by("pk").values_list("pk", flat=True))


def _turn(hidden: Iterable[int], revealed: Iterable[int]) -> None:
    Message.objects.filter(pk__in=hidden).update(kind=Message.Kind.NOTE)
    Message.objects.filter(pk__in=revealed).update(kind=Message.Kind.PUBLIC)


def _let_follow(
    source: Ticket, target: Ticket, followers: Collection[int], *, by: User, at: datetime
) -> dict[str, Any]:
    shares = _move_ids(Share.objects.filter(ticket=source, user__in=followers), target)
    added = None
    if source.requester_id in followers:
        added = Share.objects.create(ticket=target, user_id=source.requester_id, added_by=by, added_at=at).pk
    return {"shares": shares, "added_share": added}


def _move_drafts(source: Ticket, target: Ticket) -> dict[str, Any]:
    """One draft of a kind per person: where the target has one, it takes in what was written on the source."""
    there = {(draft.author_id, draft.kind): draft for draft in Draft.objects.filter(ticket=target)}
    moved, joined = [], []
    for draft in Draft.objects.filter(ticket=source).order_by("pk"):
        own = there.get((draft.author_id, draft.kind))
        if own is None:
            moved.append(draft.pk)
            continue
        text = f"{own.text}\n\n{draft.text}"
        joined.append([own.pk, own.text, text])
        Draft.objects.filter(pk=own.pk).update(text=text)
        draft.files.update(draft=own)
    Draft.objects.filter(pk__in=moved).update(ticket=target)
    return {"drafts": moved, "joined_drafts": joined}


def _move_ids(rows: QuerySet[Any], target: Ticket) -> list[int]:
    """Hang the rows on the target. Returns their ids."""
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    rows.model._default_manager.filter(pk__in=ids).update(ticket=target)
    return ids


def _move_links(source: Ticket, target: Ticket) -> list[list[int]]:
    """Links of the source become links of the target. What would link it to itself, twice, under two parents or in a
    circle stays where it is, out of sight."""
    links = list(Link.objects.filter(Q(ticket=source) | Q(other=source)).order_by("pk"))
    if any(each.kind == Link.Kind.PARENT for each in links):
        lock_families()
    moved = []
    for each in links:
        far = each.other_id if each.ticket_id == source.pk else each.ticket_id
        relation = relation_of(each, seen_from=source.pk)
        if far != target.pk and _fits(target.pk, far, relation):
            moved.append([each.pk, each.ticket_id, each.other_id])
            first, second, _kind = stored(target.pk, far, relation)
            Link.objects.filter(pk=each.pk).update(ticket=first, other=second)
    return moved


def _fits(ticket_id: int, far: int, relation: Relation) -> bool:
    first, second, kind = stored(ticket_id, far, relation)
    if Link.objects.filter(ticket=first, other=second, kind=kind).exists():
        return False
    if kind != Link.Kind.PARENT:
        return True
    # The row that is being moved is still there, on the source.
    has_parent = relation == Relation.CHILD_OF and Link.objects.filter(other=second, kind=kind).exists()
    return not has_parent and not is_below(first, second)


def _links_back(moved: Iterable[list[int]], source: Ticket, target: Ticket) -> None:
    for link_id, ticket_id, other_id in moved:
        there = Link.objects.filter(Q(ticket=target) | Q(other=target), pk=link_id)
        there.update(ticket=ticket_id, other=other_id)


def _waits_since(source: Ticket) -> datetime:
    """When the first words came that go along: its own, or those of a ticket without a reply that went into it."""
    undone = set(Merge.objects.filter(target=source).exclude(undone_at=None).values_list("pk", flat=True))
    taken_in = Event.objects.filter(ticket=source, kind=Kind.MERGED).order_by("pk").values_list("data", flat=True)
    since = [source.opened_at]
    for data in taken_in:
        if "source" in data and data["merge"] not in undone and not data["first_reply_at"]:
            since.append(datetime.fromisoformat(data["opened_at"]))
    return min(since)


def _bring_back(source: Ticket, target: Ticket, *, at: datetime) -> dict[str, Any]:
    """As when the requester writes: words that wait for somebody open the ticket they are on."""
    if source.status not in ACTIONABLE or source.snoozed_until is not None:
        return {}
    data = wake_row(target)
    if target.status not in ACTIONABLE:
        data["status"] = [target.status, Status.OPEN]
        stamp_status(target, Status.OPEN, at=at)
    return data


def _put_back(target: Ticket, changed: dict[str, list[Any]], *, at: datetime) -> dict[str, Any]:
    """The target's own values as before the merge, unless it has been worked on since."""
    now = _values(target)
    if any(now[name] != after for name, (_before, after) in changed.items()):
        target.updated_at = at
        return {}
    data: dict[str, Any] = {}
    for name, (before, _after) in changed.items():
        if name in ("status", "snoozed_until") and now[name] != before:
            data[name] = [now[name], before]
        setattr(target, name, _moment(before) if name.endswith(("_at", "_until")) else before)
    return data


def _values(ticket: Ticket) -> dict[str, Any]:
    values = {name: getattr(ticket, name) for name in CHANGING}
    return {name: _stamp(value) if isinstance(value, datetime) else value for name, value in values.items()}


def _stamp(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat() if at else None


def _moment(stamp: str | None) -> datetime | None:
    return parse_datetime(stamp) if stamp else None
