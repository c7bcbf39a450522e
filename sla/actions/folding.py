"""Keeping the clocks: each event moves them in the transaction that records it, so that they are never behind."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from helpdesk.lib import prepared_rows
from sla import course, queries
from sla.actions import flagging
from sla.course import Course, Terms
from sla.levels import Level
from sla.models import Agreement, Clock, Flag, Standing
from tickets.actions import facts
from tickets.models import Event, Kind, Ticket
from tickets.models.ticket import DueState

_TICK = timedelta(microseconds=1)

RENEGOTIATING = frozenset(
    {
        Kind.PRIORITY_CHANGED,
        Kind.QUEUE_CHANGED,
        Kind.SUBJECT_CHANGED,
        Kind.REQUESTER_CHANGED,
        Kind.TAGS_CHANGED,
        Kind.FIELD_CHANGED,
        Kind.UNDONE,
    }
)
"""After these another policy, or another of its targets, may be the ticket's."""


def begins(event: Event) -> bool:
    """Whether the event is a ticket's first."""
    return event.kind == Kind.OPENED or (event.kind == Kind.SPLIT and "source" in event.data)


def fold(event: Event) -> None:
    """Move the clocks of the event's ticket by what happened. The ticket's row is locked by the action, or new.

    Nothing is read for events that mean nothing to promises, and nothing is written for those that change none.
    """
    if queries.undoes_a_merge(event) or queries.undoes_a_change(event):
        if (known := queries.standing_of(event.ticket_id)) is not None:
            if may_renegotiate(event.kind):
                agree(event, known)
            recompute(event.ticket, known, why=Flag.Why.READ_AGAIN, at=event.at)
        return
    is_first = begins(event)
    asks_anew = is_first or may_renegotiate(event.kind)
    told = course.happening(event.kind, event.at, event.data)
    if not asks_anew and told is None:
        return
    standing = None if is_first else queries.standing_of(event.ticket_id)
    if standing is None and not is_first:
        return  # it was there before the desk promised anything: `manage.py sla_backfill`
    if standing is not None and told is not None and _comes_back(standing, told):
        # What is edited meanwhile is brought to clocks that run. This one did not.
        asks_anew = queries.is_replaced(standing)
    agreed = agree(event, standing) if asks_anew else None
    if standing is None and agreed is None:
        return
    told = course.happening(event.kind, event.at, event.data, agreed)
    if told is None:
        return
    if standing is None:
        store(event.ticket, course.step(Course(), told, queries.hours), event.at, known=None, rows=[])
    elif event.at < standing.at:
        recompute(event.ticket, standing, why=Flag.Why.LATE_EVENT, at=standing.at)
    else:
        rows = queries.clocks_of(event.ticket_id)
        if (seen := queries.seen_until(rows)) is not None and seen >= event.at:
            # A sweep has looked at the time after it already.
            recompute(event.ticket, standing, why=Flag.Why.LATE_EVENT, at=seen)
            return
        after = course.step(queries.course_of(standing, rows), told, queries.hours)
        store(event.ticket, after, event.at, known=standing, rows=rows)


def may_renegotiate(kind: str) -> bool:
    return kind in RENEGOTIATING


def _comes_back(standing: Standing, told: course.Happening) -> bool:
    """Solved or gone, it is worked on again."""
    if told.is_gone is False and standing.is_gone:
        return True
    return standing.status in course.DONE and told.status is not None and told.status not in course.DONE


def agree(event: Event, standing: Standing | None, *, as_of: datetime | None = None) -> Terms | None:
    """What is promised from the event on, when that is something else than before; by the policy that fits ``as_of``,
    which is the event's own time unless it is read again long after."""
    ticket = event.ticket
    fitting = queries.fitting_version(ticket, as_of or event.at)
    if fitting is None:
        return None
    agreed = (*fitting, ticket.priority)
    if standing and agreed == (standing.policy_version_id, standing.calendar_version_id, standing.priority):
        return None
    policy_version, calendar_version, priority = agreed
    prepared_rows.insert(
        Agreement(
            ticket=ticket,
            event=event,
            policy_version_id=policy_version,
            calendar_version_id=calendar_version,
            priority=priority,
        )
    )
    return queries.terms(*agreed)


def recompute(ticket: Ticket, standing: Standing | None, *, why: str, at: datetime) -> None:
    """Read the whole course again: an event came after others that happened later, or somebody asked to. ``why`` and
    ``at`` are told of flags that turn out to be wrong."""
    read, last = queries.replayed(ticket.pk)
    if last is not None and read.terms is not None:
        rows = queries.clocks_of(ticket.pk)
        if (seen := queries.seen_until(rows)) is not None and seen >= last:
            # What was passed since, and still is, stays found.
            read = course.at_rest(read, seen + _TICK, queries.hours)
        store(ticket, read, last, known=standing, rows=rows, why=why, noticed_at=at)


def store(
    ticket: Ticket,
    read: Course,
    at: datetime,
    *,
    known: Standing | None,
    rows: list[Clock],
    why: str = "",
    noticed_at: datetime | None = None,
) -> None:
    """Write what differs from ``known`` and ``rows``, the rows that are there, and the facts that lists read."""
    assert read.terms is not None
    _store_standing(ticket, read, at, known)
    stored = {(row.metric, row.cycle): row for row in rows}
    levels, noticed_at = read.terms.levels, noticed_at or at
    new: list[tuple[Clock, course.Clock]] = []
    passed: list[flagging.Passed] = []
    for clock in read.clocks:
        row = stored.pop((clock.metric, clock.cycle), None)
        values = columns(clock, levels)
        if row is None:
            new.append((Clock(ticket=ticket, metric=clock.metric, cycle=clock.cycle, **values), clock))
            continue
        if changed := {name: value for name, value in values.items() if getattr(row, name) != value}:
            if "due_at" in changed:
                changed["due_rev"] = row.due_rev + 1
            prepared_rows.change(Clock, row.pk, **changed)
        if "reached" in changed:
            before = queries.reached(row)
            flagging.correct(row, before, clock.reached, why=why, at=noticed_at)
            passed += flagging.passed(row, before, clock, levels, noticed_at)
    if new:
        Clock.objects.bulk_create(row for row, _ in new)
        for row, clock in new:
            passed += flagging.passed(row, (), clock, levels, noticed_at)
    flagging.store(passed, at=noticed_at)
    if stored:
        gone = [row.pk for row in stored.values()]
        flagging.revoke(Flag.objects.filter(clock__in=gone, revoked_at=None), why=why, at=noticed_at)
        Clock.objects.filter(pk__in=gone).delete()
    _store_facts(ticket, promise(read.clocks))


def _store_standing(ticket: Ticket, read: Course, at: datetime, known: Standing | None) -> None:
    assert read.terms is not None
    values: dict[str, Any] = {
        "at": at,
        "status": read.status,
        "is_gone": read.is_gone,
        "is_answered": read.is_answered,
        "policy_version_id": read.terms.policy,
        "calendar_version_id": read.terms.calendar,
        "priority": read.terms.priority,
    }
    if known is None:
        prepared_rows.insert(Standing(ticket=ticket, **values))
    elif changed := {name: value for name, value in values.items() if getattr(known, name) != value}:
        prepared_rows.change(Standing, known.pk, **changed)


def columns(clock: course.Clock, levels: tuple[Level, ...], hours: course.Hours = queries.hours) -> dict[str, Any]:
    """What is stored of a clock."""
    level, at = course.next_level(clock, levels, hours) or ("", None)
    return {
        "state": clock.state,
        "policy_version_id": clock.policy,
        "calendar_version_id": clock.calendar,
        "target_s": clock.target_s,
        "started_at": clock.started_at,
        "runs": [[run.started_at.isoformat(), run.stopped_at.isoformat(), run.calendar] for run in clock.runs],
        "used_s": clock.used_s,
        "running_since": clock.running_since,
        "stopped_at": clock.stopped_at,
        "due_at": clock.due_at,
        "breached_at": clock.breached_at,
        "reached": [list(one) for one in queries.as_stored(clock.reached)],
        "is_withdrawn": clock.is_withdrawn,
        "overdue_s": clock.overdue_s,
        "next_at": at,
        "next_level": level,
    }


NOTHING_PROMISED: dict[str, Any] = {
    "due_at": None,
    "sla_state": "",
    "sla_metric": "",
    "sla_since": None,
    "sla_target_s": None,
    "sla_calendar_id": None,
    "breached_at": None,
}


def promise(clocks: Iterable[course.Clock]) -> dict[str, Any]:
    """The facts that the kernel stores: of running clocks the one that is due first, else one that is paused, else the
    one that ended last, if it was met. ``breached_at`` is that of the first promise broken."""
    promised = [clock for clock in clocks if clock.target_s is not None and clock.state != course.CANCELLED]
    broken = [clock.breached_at for clock in promised if clock.breached_at is not None]
    facts_of = NOTHING_PROMISED | {"breached_at": min(broken, default=None)}
    running = [clock for clock in promised if clock.state == course.RUNNING and clock.due_at is not None]
    if running:
        first = min(running, key=lambda clock: (clock.due_at, clock.metric))
        return (
            facts_of
            | _shown(first, DueState.RUNNING)
            | {
                "due_at": first.due_at,
                "sla_calendar_id": first.calendar,
            }
        )
    paused = [clock for clock in promised if clock.state == course.PAUSED]
    if paused:
        return facts_of | _shown(paused[-1], DueState.PAUSED)
    ended = [clock for clock in promised if clock.stopped_at is not None]
    if ended:
        last = max(ended, key=lambda clock: (clock.stopped_at, clock.metric))
        if last.state == course.MET:
            return facts_of | _shown(last, DueState.MET)
    return facts_of


def _shown(clock: course.Clock, state: str) -> dict[str, Any]:
    return {
        "sla_state": str(state),
        "sla_metric": clock.metric,
        "sla_since": clock.started_at,
        "sla_target_s": clock.target_s,
    }


def _store_facts(ticket: Ticket, promised: dict[str, Any]) -> None:
    if changed := {name: value for name, value in promised.items() if getattr(ticket, name) != value}:
        facts.store_promise(ticket.pk, **changed)
        for name, value in changed.items():
            # The action may save this very row again, all of it.
            setattr(ticket, name, value)
