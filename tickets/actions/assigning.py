"""Who has a ticket: giving it, taking it, taking the next one, handing it back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tickets import access
from tickets.actions.errors import NotAllowed, Refused
from tickets.actions.locking import lock_person, locked
from tickets.actions.removing import refuse_removed
from tickets.actions.saving import UNSEEN, refuse_conflict, saved
from tickets.models import Channel, Kind, Queue, Role, Ticket, User
from tickets.models.grant import Scope, scopes_of
from tickets.models.queue import WorkOrder
from tickets.models.ticket import NEVER, TicketQuerySet, due_between


class AlreadyAssigned(Refused):
    message = _("Somebody else has this ticket already.")


class NobodyThere(Refused):
    message = _("This person cannot open the ticket, so it cannot be given to them.")


class CapReached(Refused):
    message = _("You have as many tickets in hand as your duty allows. Finish or hand over one first.")


class TicketIsOver(Refused):
    message = _("The ticket is solved. Reopen it first.")


class NothingWaits(Refused):
    message = _("Nothing is waiting.")


@transaction.atomic
def assign(*, ticket: Ticket, to: User | None, by: User | None, at: datetime, seen: Any = UNSEEN) -> Ticket:
    """Give the ticket to ``to``, or to nobody. People on a grant may only hand their own back. ``by`` is None for the
    desk itself.

    ``seen`` is the id of the assignee the person saw, None for nobody. Giving it to whoever has it does nothing.
    Raises `NotAllowed`, `NobodyThere`, `TicketIsOver`, `TicketIsRemoved`, `Conflict`.
    """
    ticket = locked(ticket)
    if by is not None and not access.can_assign(by, ticket, at):
        is_hand_back = to is None and ticket.assignee_id == by.pk and access.can_work(by, ticket, at)
        if not is_hand_back:
            raise NotAllowed
    target = to.pk if to else None
    if target == ticket.assignee_id:
        return ticket
    refuse_removed(ticket)
    refuse_conflict("assignee", seen=seen, current=ticket.assignee_id, wanted=target)
    if not ticket.is_unsolved:
        raise TicketIsOver
    if to is not None and not access.can_be_assignee(to, ticket, at):
        raise NobodyThere
    return given(ticket, to=to, by=by, kind=Kind.ASSIGNED, at=at)


@transaction.atomic
def assign_me(*, ticket: Ticket, by: User, at: datetime) -> Ticket:
    """Take a ticket that nobody has. Taking one's own again does nothing.

    Raises `NotAllowed`, `AlreadyAssigned`, `CapReached`, `TicketIsOver`, `TicketIsRemoved`.
    """
    lock_person(by)
    ticket = locked(ticket)
    if not access.can_take(by, ticket, at):
        raise NotAllowed
    refuse_removed(ticket)
    if ticket.assignee_id == by.pk:
        return ticket
    if ticket.assignee_id is not None:
        raise AlreadyAssigned
    if not ticket.is_unsolved:
        raise TicketIsOver
    require_room(ticket, by=by, at=at)
    return given(ticket, to=by, by=by, kind=Kind.TAKEN, at=at)


@transaction.atomic
def take_next(*, by: User, at: datetime, familiar: Collection[str] = ()) -> Ticket:
    """Take the first unassigned ticket in work order that ``by`` may work; those with a ``familiar`` tag come first.

    In a queue that is overloaded (`Queue.work_order`) what can still be kept comes first, by due time, and only then
    what will be late anyway; so that it is not forgotten, every fourth of these takes goes to the oldest late one.

    Any number of people may press at once: a row that another transaction holds is skipped, never waited for, and never
    given twice. Raises `NothingWaits`, `CapReached`, `NotAllowed`.
    """
    if not access.can_use_desk(by, at):
        raise NotAllowed
    lock_person(by)
    waiting = Ticket.objects.worked_by(by, at).actionable().unassigned().in_work_order()
    has_room = _has_room(by, at)
    free = waiting.filter(has_room).select_for_update(skip_locked=True, of=("self",), no_key=True)
    known = free.filter(tags__overlap=sorted(familiar)).first() if familiar else None
    ticket = known or _next_of_overloaded(free, by, at) or free.first()
    if ticket is None:
        raise CapReached if waiting.exclude(has_room).exists() else NothingWaits
    return given(ticket, to=by, by=by, kind=Kind.TAKEN, at=at)


FOURTH = 4
"""Every so many takes from overloaded queues one goes to the oldest late ticket."""


def _next_of_overloaded(free: TicketQuerySet, by: User, at: datetime) -> Ticket | None:
    """What "take next" gives while a queue of the person's is overloaded; None while none is. The person is locked."""
    orders = {row.pk: row for row in Queue.objects.only("work_order", "handling_s") if _is_worked_in(row, by, at)}
    lengths = {pk: row.handling_s or 0 for pk, row in orders.items() if row.work_order == WorkOrder.FEASIBLE}
    if not lengths:
        return None
    taken = User.objects.values_list("next_takes", flat=True).get(pk=by.pk)
    ticket = None
    if taken % FOURTH == FOURTH - 1:
        ticket = free.filter(due_between(None, at), queue__in=lengths).first()
    ticket = ticket or free.filter(_feasible(lengths, at, is_all=len(lengths) == len(orders))).first()
    if ticket is not None and ticket.queue_id in lengths:
        User.objects.filter(pk=by.pk).update(next_takes=taken + 1)
    return ticket


def _is_worked_in(queue: Queue, by: User, at: datetime) -> bool:
    if by.role == Role.ADMIN or (by.is_support and queue.pk in by.queue_ids):
        return True
    return any(queue.pk in scope.queue_ids for scope in scopes_of(by, at))


def _feasible(lengths: Mapping[int, int], at: datetime, *, is_all: bool) -> Q:
    """Promises that somebody who begins at ``at`` keeps, of overloaded queues with the ``lengths`` of their tickets in
    seconds, and all of other queues. ``is_all``: there are no others, so that the index is read from the first one."""
    within = Q(pk__in=[]) if is_all else ~Q(queue__in=lengths)
    for queue, seconds in lengths.items():
        within |= Q(queue=queue, work_at__gte=at + timedelta(seconds=seconds))
    first = at + timedelta(seconds=min(lengths.values())) if is_all else None
    return due_between(first, NEVER) & within


def require_room(ticket: Ticket, *, by: User, at: datetime) -> None:
    """Raises `CapReached` when the grant on which ``by`` could take this ticket allows no more in hand."""
    scope = access.caps_of(by, ticket, at)
    if scope is not None and ticket.channel not in _free_channels(scope, _in_hand(by)):
        raise CapReached


def _has_room(by: User, at: datetime) -> Q:
    """Where the person may take one more: anywhere in own teams, on a grant up to its caps."""
    if by.role == Role.ADMIN:
        return Q()
    room = Q(queue_id__in=sorted(by.queue_ids)) if by.is_support else Q(pk__in=[])
    scopes = scopes_of(by, at)
    in_hand = _in_hand(by) if scopes else Counter()
    for scope in scopes:
        room |= Q(queue_id__in=sorted(scope.queue_ids), channel__in=sorted(_free_channels(scope, in_hand)))
    return room


def _free_channels(scope: Scope, in_hand: Counter[str]) -> frozenset[str]:
    if in_hand.total() >= scope.cap:
        return frozenset()
    return scope.channels - {Channel.CHAT} if in_hand[Channel.CHAT] >= scope.chat_cap else scope.channels


def _in_hand(person: User) -> Counter[str]:
    """How many unsolved tickets of each channel the person has."""
    return Counter(Ticket.objects.unsolved().filter(assignee=person).values_list("channel", flat=True))


def hand_back_lost(tickets: TicketQuerySet, *, by: User, at: datetime) -> int:
    """Of these, put those back into their queues whose assignee could not open them any more. Returns how many.

    Inside a transaction; rights are those that stand in the database now.
    """
    handed_back = 0
    for number in list(tickets.unsolved().filter(assignee__isnull=False).order_by("pk").values_list("pk", flat=True)):
        ticket = locked(Ticket(pk=number))
        if (
            ticket.assignee is not None
            and ticket.is_unsolved
            and not access.can_be_assignee(ticket.assignee, ticket, at)
        ):
            given(ticket, to=None, by=by, kind=Kind.ASSIGNED, at=at)
            handed_back += 1
    return handed_back


def given(ticket: Ticket, *, to: User | None, by: User | None, kind: Kind, at: datetime) -> Ticket:
    """Store whose the locked ticket is now. Whether it may be theirs is asked before."""
    before, ticket.assignee = ticket.assignee_id, to
    return saved(ticket, by=by, kind=kind, at=at, assignee=[before, to.pk if to else None])
