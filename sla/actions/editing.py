"""Changing what is promised: seen before it is done, done bit by bit, and the same whenever the turn of a ticket comes.

An edit of a calendar, a policy or their order is carried out for real in both steps. To count what it would do, each
bit is done inside a transaction that is taken back; nothing is estimated. Applied, it holds as of one moment for every
ticket: `Edit.applied_at`, with the newest event of that moment, says where in a ticket's story it stands, so a worker
that dies and goes on an hour later comes to the same times. What ended before that moment stays as it was; tickets that
are opened or come back later ask for the versions of their own time.

The locks, in this order: the edit or one of its tickets' rows, calendars and policies, then tickets by their numbers.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from sla import access, course, queries
from sla.actions import folding, keeping
from sla.actions.keeping import Values
from sla.course import Happening
from sla.models import Agreement, Calendar, Clock, Edit, EditTicket, Flag, Foreseen, Policy, Standing
from tickets.actions.errors import NotAllowed, Refused
from tickets.actions.locking import locked
from tickets.models import Event, Ticket, User
from tickets.searching import QueryError

log = logging.getLogger(__name__)

BATCH = 25
"""Tickets in one transaction: their rows are locked as long as it takes."""
COUNTED_AT_FIRST = 10_000
BATCHES_OF_A_RUN = 20
State = Edit.State


class ChangedMeanwhile(Refused):
    message = _("Somebody changed this in the meantime. Nothing was overwritten: choose which one holds.")


class StillApplying(Refused):
    message = _("Another change is just being applied. Wait until it is done.")


class NoLongerOpen(Refused):
    message = _("This change was applied or dropped already.")


class _TakenBack(Exception):
    """Ends a transaction in which something was tried."""


def current(kind: str, target: int | None) -> Values:
    """What can be changed, as it holds now; nothing for what is not there yet, or no longer."""
    if kind == Edit.Kind.ORDER:
        return {"order": keeping.order_now()}
    if kind == Edit.Kind.DEFAULT:
        return keeping.default_now(target)
    if target is None:
        return {}
    if kind == Edit.Kind.CALENDAR:
        return keeping.values_of_calendar(Calendar.objects.get(pk=target))
    return keeping.values_of_policy(Policy.objects.get(pk=target))


def fingerprint(values: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


@transaction.atomic
def propose(*, kind: str, target: int | None, base: str, proposed: Values, by: User, at: datetime) -> Edit:
    """Keep what somebody wants, after trying whether it can be done at all; to want nothing of something removes it.
    ``base`` is the `fingerprint` of what they saw. What the same person proposed of the same thing before is dropped.

    Raises `NotAllowed`, `ChangedMeanwhile`, what `keeping` refuses, and `QueryError`.
    """
    if not access.can_keep_promises(by):
        raise NotAllowed
    before = current(kind, target)
    if fingerprint(before) != base:
        raise ChangedMeanwhile
    edit = Edit(kind=kind, target=target, base=base, before=before, proposed=proposed, by=by, made_at=at)
    edit.most = COUNTED_AT_FIRST
    try:
        with transaction.atomic():
            _carry_out(edit, by=by, at=at)
            raise _TakenBack
    except _TakenBack:
        pass
    open_ones = Edit.objects.filter(state__in=(State.COUNTING, State.COUNTED), by=by, kind=kind, target=target)
    open_ones.update(state=State.DROPPED, ended_at=at)
    edit.total = queries.number_of_open_tickets()
    edit.save()
    return edit


@transaction.atomic
def drop(*, edit: Edit, by: User, at: datetime) -> None:
    """Nothing comes of it. Raises `NotAllowed` and `NoLongerOpen`."""
    if not access.can_keep_promises(by):
        raise NotAllowed
    open_ones = Edit.objects.filter(pk=edit.pk, state__in=(State.COUNTING, State.COUNTED))
    if not open_ones.update(state=State.DROPPED, ended_at=at):
        raise NoLongerOpen


@transaction.atomic
def count_again(*, edit: Edit, by: User, at: datetime, everything: bool = False) -> None:
    """From the beginning, or with ``everything`` the tickets that were left out."""
    if not access.can_keep_promises(by):
        raise NotAllowed
    edit = Edit.objects.select_for_update().get(pk=edit.pk)
    if edit.state not in (State.COUNTING, State.COUNTED):
        raise NoLongerOpen
    edit.state = State.COUNTING
    if everything:
        edit.most = 2_000_000_000
    else:
        edit.foreseen.all().delete()
        edit.reached = edit.counted = edit.changed = edit.overdue = 0
        edit.total = queries.number_of_open_tickets()
    edit.save()


@transaction.atomic
def count_batch(edit_id: int, *, at: datetime) -> bool:
    """What it would do to the next tickets, found by doing it and taking it back. Returns whether there are more."""
    edit = Edit.objects.select_for_update(skip_locked=True).filter(pk=edit_id, state=State.COUNTING).first()
    if edit is None:
        return False
    numbers = queries.open_tickets(after=edit.reached, most=min(BATCH, edit.most - edit.counted))
    try:
        found = _foreseen(edit, numbers, at=at)
    except (Refused, QueryError) as refusal:
        edit.state, edit.refused, edit.ended_at = State.DROPPED, str(refusal)[:300], at
        edit.save()
        return False
    Foreseen.objects.bulk_create(found)
    edit.counted += len(numbers)
    edit.changed += len(found)
    edit.overdue += sum(each.is_overdue for each in found)
    edit.reached = numbers[-1] if numbers else edit.reached
    edit.counted_at = at
    if len(numbers) < BATCH:
        edit.state = State.COUNTED
    edit.save()
    return edit.state == State.COUNTING


@transaction.atomic
def apply(*, edit: Edit, by: User, at: datetime) -> Edit:
    """Let it hold from ``at`` on, for clocks that run too: which tickets those are is fixed now, workers renew them.

    Raises `NotAllowed`, `NoLongerOpen`, `StillApplying`, `ChangedMeanwhile`, what `keeping` refuses and `QueryError`.
    """
    if not access.can_keep_promises(by):
        raise NotAllowed
    edit = Edit.objects.select_for_update().get(pk=edit.pk)
    if edit.state not in (State.COUNTING, State.COUNTED):
        raise NoLongerOpen
    _lock_settings()
    if Edit.objects.filter(state=State.APPLYING).exists():
        raise StillApplying
    if fingerprint(current(edit.kind, edit.target)) != edit.base:
        raise ChangedMeanwhile
    made = _carry_out(edit, by=by, at=at)
    if edit.target is None and made is not None:
        edit.target = made
    edit.state, edit.applied_at, edit.applied = State.APPLYING, at, 0
    edit.last_event = queries.newest_event()
    edit.save()
    edit.total = _take_in_open_tickets(edit)
    edit.save(update_fields=["total"])
    return edit


def run(*, at: datetime) -> bool:
    """Do some of what is to be counted and applied. Returns whether there is more to do at once."""
    is_more = False
    for edit in Edit.objects.filter(state__in=(State.COUNTING, State.APPLYING)).order_by("id"):
        one = count_batch if edit.state == State.COUNTING else apply_batch
        for _number in range(BATCHES_OF_A_RUN):
            if not (is_left := one(edit.pk, at=at)):
                break
        is_more = is_more or is_left
    return is_more


@transaction.atomic
def apply_batch(edit_id: int, *, at: datetime) -> bool:
    """Renew the clocks of the next tickets that nobody is at. Returns whether there are more to do now."""
    edit = Edit.objects.filter(pk=edit_id, state=State.APPLYING).first()
    if edit is None:
        return False
    rows = list(EditTicket.objects.select_for_update(skip_locked=True).filter(edit=edit).order_by("ticket_id")[:BATCH])
    if not rows:
        return _finish(edit, at=at)
    failed = 0
    assert edit.applied_at is not None and edit.last_event is not None
    for row in rows:
        try:
            with transaction.atomic():
                renew(row.ticket_id, at=edit.applied_at, last_event=edit.last_event)
        except (Refused, ValueError, ArithmeticError, LookupError):
            # One ticket that breaks must not keep the others waiting for ever; `sla_reconcile` finds it.
            log.exception("edit %s failed on ticket %s", edit.pk, row.ticket_id)
            failed += 1
    EditTicket.objects.filter(pk__in=[row.pk for row in rows]).delete()
    Edit.objects.filter(pk=edit.pk).update(applied=F("applied") + len(rows), failed=F("failed") + failed)
    return True


def renew(ticket_id: int, *, at: datetime, last_event: int) -> None:
    """Give the ticket the terms that hold since ``at``, after its events up to ``last_event``."""
    try:
        ticket = locked(Ticket(pk=ticket_id))
    except Ticket.DoesNotExist:
        return  # erased meanwhile
    standing = queries.standing_of(ticket_id)
    if standing is None:
        return
    before, later = queries.events_around(ticket_id, last_event)
    if before is None or any(folding.may_renegotiate(event.kind) for event in later):
        _renew_in_the_past(ticket, standing, before, later, at=at)
        return
    fitting = queries.fitting_version(ticket, at)
    if fitting is None:
        return
    agreed = (*fitting, ticket.priority)
    if agreed == _agreed(standing):
        return
    terms = _agree(ticket, before, at, agreed)
    if later or standing.at > at:
        folding.recompute(ticket, standing, why=Flag.Why.EDITED, at=at)
        return
    rows = queries.clocks_of(ticket_id)
    after = course.step(queries.course_of(standing, rows), Happening(at, terms=terms), queries.hours)
    folding.store(ticket, after, at, known=standing, rows=rows, why=Flag.Why.EDITED)


def _renew_in_the_past(
    ticket: Ticket, standing: Standing, before: Event | None, later: list[Event], *, at: datetime
) -> None:
    """The ticket was changed since, and asked for its policy anew then. Until then it had the same policy as before, in
    the version that holds now; and what it asked for is asked again if it still got an old version."""
    prior = queries.last_agreement(ticket.pk, before.pk) if before else None
    if prior is not None and before is not None:
        # A policy that was removed has none: then what fits now, for nobody remembers the ticket as it was.
        versions = queries.versions_now(prior.policy_version_id) or queries.fitting_version(ticket, at)
        if versions is not None and (*versions, prior.priority) != _agreed(prior):
            _agree(ticket, before, at, (*versions, prior.priority))
    latest = queries.last_agreement(ticket.pk, None)
    if latest is not None and queries.is_replaced(latest):
        fitting = queries.fitting_version(ticket, at)
        if fitting is not None and later:
            _agree(ticket, later[-1], max(at, later[-1].at), (*fitting, ticket.priority))
    folding.recompute(ticket, standing, why=Flag.Why.EDITED, at=at)


def _agreed(row: Standing | Agreement) -> tuple[int, int, int]:
    return row.policy_version_id, row.calendar_version_id, row.priority


def _agree(ticket: Ticket, event: Event, at: datetime, agreed: tuple[int, int, int]) -> course.Terms:
    policy_version, calendar_version, priority = agreed
    Agreement.objects.create(
        ticket=ticket,
        event=event,
        at=at,
        policy_version_id=policy_version,
        calendar_version_id=calendar_version,
        priority=priority,
    )
    return queries.terms(*agreed)


def _carry_out(edit: Edit, *, by: User, at: datetime) -> int | None:
    """Change the settings. Returns the number of what was made, if something was."""
    wanted = edit.proposed
    if edit.kind == Edit.Kind.ORDER:
        keeping.order_policies(order=wanted["order"], by=by, at=at)
        return None
    if edit.kind == Edit.Kind.DEFAULT:
        assert edit.target is not None
        policy = Policy.objects.get(pk=edit.target)
        keeping.make_default(policy=policy, conditions=wanted["conditions"], by=by, at=at)
        return None
    if not wanted:
        assert edit.target is not None
        if edit.kind == Edit.Kind.CALENDAR:
            keeping.remove_calendar(calendar=Calendar.objects.get(pk=edit.target), by=by, at=at)
            return None
        keeping.remove_policy(policy=Policy.objects.get(pk=edit.target), by=by, at=at)
        return None
    if edit.kind == Edit.Kind.CALENDAR and edit.target is not None:
        keeping.change_calendar(calendar=Calendar.objects.get(pk=edit.target), by=by, at=at, **hours_from(wanted))
        return None
    values = {
        "name": wanted["name"],
        "conditions": wanted["conditions"],
        "calendar": Calendar.objects.get(pk=wanted["calendar"]),
        "targets": {int(priority): targets for priority, targets in wanted["targets"].items()},
        "hold_pauses": wanted["hold_pauses"],
        "levels": wanted["levels"],
    }
    if edit.target is not None:
        keeping.change_policy(policy=Policy.objects.get(pk=edit.target), by=by, at=at, **values)
        return None
    is_default = not Policy.objects.filter(is_default=True).exists()
    position = max(Policy.objects.values_list("position", flat=True), default=0) + 1
    return keeping.make_policy(**values, is_default=is_default, position=position, by=by, at=at).pk


def hours_from(values: Values) -> dict[str, Any]:
    """Proposed hours, whose days are texts, as `keeping` takes them."""
    return {
        "name": values["name"],
        "zone": values["zone"],
        "weekly": {int(day): spans for day, spans in values["weekly"].items()},
        "exceptions": {date.fromisoformat(day): spans for day, spans in values["exceptions"].items()},
        "names": {date.fromisoformat(day): name for day, name in values["names"].items()},
    }


def _foreseen(edit: Edit, numbers: list[int], *, at: datetime) -> list[Foreseen]:
    found: list[Foreseen] = []
    try:
        with transaction.atomic():
            _carry_out(edit, by=edit.by, at=at)
            last_event = queries.newest_event()
            before = {row.pk: row for row in queries.open_clocks(numbers)}
            for number in numbers:
                renew(number, at=at, last_event=last_event)
            after = queries.clocks_by_number(before)
            raise _TakenBack
    except _TakenBack:
        pass
    for pk, was in before.items():
        will = after[pk]
        if was.due_at != will.due_at:
            is_overdue = _is_overdue(will, at) and not _is_overdue(was, at)
            due = {"due_at": was.due_at, "becomes_due_at": will.due_at}
            found.append(Foreseen(edit=edit, ticket_id=was.ticket_id, metric=was.metric, is_overdue=is_overdue, **due))
    return found


def _is_overdue(clock: Clock, at: datetime) -> bool:
    return clock.state == Clock.State.RUNNING and clock.due_at is not None and clock.due_at < at


def _lock_settings() -> None:
    """One edit after another begins to hold."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext('sla.edit'))")


def _take_in_open_tickets(edit: Edit) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into sla_editticket (edit_id, ticket_id) select distinct %s::bigint, ticket_id from sla_clock"
            " where state in ('running', 'paused', 'no_hours')",
            [edit.pk],
        )
        return int(cursor.rowcount)


def _finish(edit: Edit, *, at: datetime) -> bool:
    """Over, when every transaction is that may have read what held before, and nothing of theirs is left."""
    if EditTicket.objects.filter(edit=edit).exists():
        return False  # another worker is at the last ones
    if edit.barrier is None:
        Edit.objects.filter(pk=edit.pk, barrier=None).update(barrier=queries.next_transaction())
        return True
    if not queries.is_over(edit.barrier):
        return False  # beat asks again
    if left := queries.tickets_with_old_terms():
        EditTicket.objects.bulk_create((EditTicket(edit=edit, ticket_id=each) for each in left), ignore_conflicts=True)
        Edit.objects.filter(pk=edit.pk).update(total=F("total") + len(left))
        return True
    Edit.objects.filter(pk=edit.pk, state=State.APPLYING).update(state=State.DONE, ended_at=at)
    return False
