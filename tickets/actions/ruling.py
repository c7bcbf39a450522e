"""Rules at work: what happened is read in the order of the feed, and each rule that fits makes its changes.

Nothing is lost: how far the events are read stands in one row, moved on in the transaction that makes the changes. A
nudge after the commit only saves the wait for beat. A rule does not fire on what it brought about itself, however many
rules are in between; one that fires too often on a ticket is paused with the reason.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import DatabaseError, OperationalError, transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from psycopg2 import errorcodes

from tickets import events
from tickets.actions import auditing
from tickets.actions.changes import Change, carry_out
from tickets.actions.errors import Refused
from tickets.actions.locking import locked
from tickets.models import Event, Kind, Rule, RuleCursor, RuleFiring, Ticket
from tickets.models.ticket import TicketQuerySet
from tickets.queries import searching
from tickets.queries.searching.meaning import Reading
from tickets.searching import QueryError

MOST_AN_HOUR = 5
"""Firings of one rule on one ticket within an hour; the next one pauses the rule."""
READ_AT_ONCE = 200
FOUND_AT_ONCE = 100

log = logging.getLogger(__name__)
Trigger = Rule.Trigger
Answer = TypeVar("Answer")

TRIGGERS: dict[str, str] = {
    Kind.OPENED: Trigger.OPENED,
    Kind.REQUESTER_WROTE: Trigger.REQUESTER_WROTE,
    Kind.REPLIED: Trigger.REPLIED,
    **dict.fromkeys(
        (
            Kind.ASSIGNED,
            Kind.TAKEN,
            Kind.STATUS_CHANGED,
            Kind.PRIORITY_CHANGED,
            Kind.QUEUE_CHANGED,
            Kind.SUBJECT_CHANGED,
            Kind.REQUESTER_CHANGED,
            Kind.TAGS_CHANGED,
            Kind.FIELD_CHANGED,
            Kind.SNOOZED,
            Kind.WOKEN,
            Kind.REMOVED,
            Kind.RESTORED,
            Kind.UNDONE,
        ),
        Trigger.CHANGED,
    ),
}
"""Which event is which trigger. What a machine wrote, and what was imported, is none."""


def run_events(*, at: datetime) -> bool:
    """Read on for up to READ_AT_ONCE events. Returns whether there is more; False while another worker reads."""
    return all(_next_event(at=at) for _each in range(READ_AT_ONCE))


@transaction.atomic
def _next_event(*, at: datetime) -> bool:
    """Move on to the next event that a rule waits for and let the rules act on it. False when there is none."""
    cursor = RuleCursor.objects.select_for_update(skip_locked=True).first()
    if cursor is None:
        if not RuleCursor.objects.exists():
            _begin_now()
        return False
    rules = list(_active().exclude(trigger=Trigger.TIME))
    settled = Event.objects.settled_after(cursor.xid, cursor.event)
    kinds = [kind for kind, trigger in TRIGGERS.items() if any(rule.trigger == trigger for rule in rules)]
    # The last one first: what settles between the two statements must not be passed over.
    last = settled.reverse().first()
    event = settled.filter(kind__in=kinds).first() if kinds else None
    reached = event or last
    if reached is None:
        return False
    RuleCursor.objects.filter(pk=cursor.pk).update(xid=reached.xid, event=reached.pk)
    if event is not None and not _is_passed_over(event):
        _act_on(event, [rule for rule in rules if rule.trigger == TRIGGERS[event.kind]], at=at)
    return event is not None


def _is_passed_over(event: Event) -> bool:
    """It happened long ago and elsewhere, or a machine wrote it: rules that answer machines would never end."""
    is_by_machine = event.kind == Kind.REQUESTER_WROTE and event.data.get("automatic")
    return bool(event.data.get("imported") or is_by_machine)


def _begin_now() -> None:
    """Rules begin with what happens from now on."""
    last = Event.objects.settled_after(0, 0).reverse().first()
    RuleCursor.objects.get_or_create(pk=1, defaults={"xid": last.xid if last else 0, "event": last.pk if last else 0})


def _act_on(event: Event, rules: Sequence[Rule], *, at: datetime) -> None:
    chain = event.data.get("rule", {}).get("chain", [])
    for rule in rules:
        if rule.pk in chain:
            continue
        if _fire_if_it_fits(rule, event.ticket_id, event=event, chain=chain, at=at) and rule.stops:
            return


def run_time(*, at: datetime) -> int:
    """Fire the rules of time, once on a ticket until something else changes it. Returns how often."""
    fired = 0
    for rule in _active().filter(trigger=Trigger.TIME):
        numbers = _asked(_found, rule, at=at) or []
        for number in numbers:
            with transaction.atomic():
                locked(Ticket(pk=number))
                rule.refresh_from_db()
                is_on = rule.is_active and not rule.paused_because
                if is_on and _asked(_is_due, rule, number, at=at):
                    fired += _fire_if_it_fits(rule, number, event=None, chain=[], at=at)
    return fired


def _found(rule: Rule, *, at: datetime) -> list[int]:
    return list(due_for(rule, at=at).order_by("id").values_list("pk", flat=True)[:FOUND_AT_ONCE])


def _is_due(rule: Rule, number: int, *, at: datetime) -> bool:
    return due_for(rule, at=at).filter(pk=number).exists()


def due_for(rule: Rule, *, at: datetime) -> TicketQuerySet:
    """Unsolved tickets on which a rule of time would fire now. Raises `QueryError`."""
    since = at - timedelta(minutes=rule.after_minutes or 0)
    fired = RuleFiring.objects.filter(rule=rule, ticket=OuterRef("pk"), at__gte=OuterRef("updated_at"))
    unsolved = Ticket.objects.unsolved().filter(updated_at__lte=since).exclude(Exists(fired))
    return unsolved.filter(fitting(rule.conditions, at))


def fitting(conditions: str, at: datetime, *, is_of_many: bool = False) -> Any:
    """The conditions as a `Q`, asked by nobody. ``is_of_many`` looks words up in the index, and not ticket by ticket.

    Raises `QueryError`.
    """
    reading = Reading(None, at, is_by_ticket=not is_of_many)
    return searching.conditions(searching.read(conditions), None, at, reading=reading)


def _fire_if_it_fits(rule: Rule, number: int, *, event: Event | None, chain: list[int], at: datetime) -> bool:
    """Whether the rule fired on this ticket as it stands. What it could not do is in its log."""
    ticket = locked(Ticket(pk=number))
    if not _asked(_fits, rule, number, at=at):
        return False
    recent = RuleFiring.objects.filter(rule=rule, ticket=number, at__gt=at - timedelta(hours=1)).count()
    if recent >= MOST_AN_HOUR:
        why_paused = _("It fired %(times)d times within an hour on #%(number)d.") % {"times": recent, "number": number}
        _pause(rule, why_paused, at=at)
        return False
    why = {
        "trigger": rule.trigger,
        "conditions": rule.conditions,
        "ticket": {
            "status": ticket.status,
            "priority": ticket.priority,
            "queue": ticket.queue_id,
            "assignee": ticket.assignee_id,
            "tags": ticket.tags,
        },
    }
    with events.caused_by(rule={"id": rule.pk, "name": rule.name, "chain": [*chain, rule.pk]}):
        done = [_made(ticket, change, at=at) for change in rule.changes]
    RuleFiring.objects.create(rule=rule, ticket=ticket, event=event, at=at, why=why, done=done)
    return True


def _fits(rule: Rule, number: int, *, at: datetime) -> bool:
    return Ticket.objects.present().filter(pk=number).filter(fitting(rule.conditions, at)).exists()


def _asked(ask: Callable[..., Answer], rule: Rule, *of: int, at: datetime) -> Answer | None:
    """What the conditions say. When they cannot be asked the rule is paused with the reason, and the others go on."""
    try:
        with transaction.atomic():
            return ask(rule, *of, at=at)
    except QueryError as error:
        _pause(rule, str(error), at=at)
    except (DatabaseError, ArithmeticError, LookupError, ValueError) as error:
        if isinstance(error, OperationalError) and not _is_too_much(error):
            raise
        log.exception("the conditions of rule %s cannot be asked", rule.pk)
        _pause(rule, _("Its conditions cannot be asked. Change them, then switch it on again."), at=at)
    return None


def _is_too_much(error: OperationalError) -> bool:
    """Whether the statement is to blame. Of a server that went away the rule is innocent."""
    return str(getattr(error.__cause__, "pgcode", "")).startswith(errorcodes.CLASS_PROGRAM_LIMIT_EXCEEDED)


def _made(ticket: Ticket, change: Change, *, at: datetime) -> dict[str, Any]:
    """One change, or why it was refused: the others are made all the same."""
    try:
        with transaction.atomic():
            carry_out(ticket, [change], by=None, at=at)
    except Refused as refusal:
        return {"change": change, "refused": str(refusal)[:300]}
    except Exception:
        # One ticket that breaks must not keep the feed waiting for ever.
        log.exception("a rule's change failed on ticket %s", ticket.pk)
        return {"change": change, "refused": _("Something went wrong with this ticket. It is as it was.")}
    return {"change": change}


def _active() -> Any:
    return Rule.objects.filter(is_active=True, paused_because="").order_by("position", "id")


@transaction.atomic
def _pause(rule: Rule, why: str, *, at: datetime) -> None:
    log.warning("rule %s paused itself", rule.pk)
    rule.paused_because = why[:300]
    Rule.objects.filter(pk=rule.pk).update(paused_because=rule.paused_because)
    reason = {"paused_because": ["", rule.paused_because]}
    auditing.record_audit(action=auditing.Action.PAUSED, kind=auditing.Kind.RULE, by=None, at=at, of=rule, data=reason)
