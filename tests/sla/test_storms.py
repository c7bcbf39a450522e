"""Random things happen to real tickets, some recorded late; what is stored is always what all the events give."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sla.actions import keeping, reconciling, sweeping
from sla.models import Clock, Flag, Notice, Standing
from tests.factories import (
    AT,
    MINUTE,
    make_admin,
    make_queue,
    make_reply,
    make_requester,
    make_requester_message,
    make_ticket,
)
from tickets.actions import bulk, changing, merging, removing, splitting, tagging
from tickets.actions.errors import Refused
from tickets.models import BulkChange, Merge, Message, Priority, Ticket

pytestmark = pytest.mark.django_db

OFFICE = {day: [("08:00", "12:00"), ("13:00", "16:00")] for day in range(5)}
VIP = {Priority.NORMAL: {"first_response": 600, "resolution": 7200}, Priority.URGENT: {"next_response": 60}}

ACTS = [
    "open",
    "say",
    "hear",
    "status",
    "priority",
    "tag",
    "queue",
    "remove",
    "merge",
    "split",
    "many",
    "undo",
    "sweep",
]
MANY = [
    {"property": "priority", "to": Priority.URGENT},
    {"property": "status", "to": "solved"},
    {"property": "add_tags", "to": ["vip"]},
    {"property": "removed_as", "to": "spam"},
]

STEPS = st.lists(
    st.tuples(
        st.sampled_from(ACTS),
        st.integers(0, 7),
        st.integers(0, 7),
        # How long after the step before; some are recorded after what happened later.
        st.one_of(st.integers(1, 300), st.integers(-200, 1), st.integers(5000, 30000)),
    ),
    min_size=3,
    max_size=10,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
@example(steps=[("open", 0, 0, 1), ("open", 0, 0, 1), ("sweep", 0, 0, 179), ("say", 0, 0, -1)])
@example(steps=[("open", 0, 0, 1), ("open", 0, 0, 1), ("many", 0, 1, 9)])
@example(steps=[("many", 0, 0, 60), ("sweep", 0, 0, 300), ("hear", 0, 0, -30), ("undo", 0, 0, 400)])
@example(steps=[("open", 0, 0, 1), ("sweep", 0, 0, 300), ("say", 0, 0, -30), ("sweep", 0, 0, 400)])
def test_what_is_stored_is_what_the_events_give(steps: list[tuple[str, int, int, int]]) -> None:
    with transaction.atomic():
        _play(steps)
        transaction.set_rollback(True)


def _play(steps: list[tuple[str, int, int, int]]) -> None:
    _promise()
    queues, admin, asker = [make_queue(), make_queue()], make_admin(), make_requester()
    make_ticket(queues[0], requester=asker)
    make_ticket(queues[0], requester=asker)
    at = AT
    for what, which, how, minutes in steps:
        now = at + minutes * MINUTE
        tickets = list(Ticket.objects.order_by("pk"))
        try:
            with transaction.atomic():
                _act(what, tickets[which % len(tickets)], tickets[how % len(tickets)], how, queues, admin, now)
        except Refused:
            continue
        at = max(at, now)
    sweeping.sweep(at=at)
    for ticket in Ticket.objects.order_by("pk"):
        assert reconciling.reconcile(ticket.pk, at=at, fixes=False) == []
    for standing in Standing.objects.select_related("ticket"):
        assert standing.status == standing.ticket.status
        assert standing.is_gone == bool(standing.ticket.removed_as)
    assert Standing.objects.count() == Ticket.objects.count()
    assert Clock.objects.count() >= 4
    standing = Flag.objects.filter(revoked_at=None)
    assert Notice.objects.count() == Flag.objects.count()
    assert not Notice.objects.filter(flag__revoked_at__isnull=False, state="waiting").exists()
    assert set(standing.filter(level="breach").values_list("clock", "at")) == set(
        Clock.objects.exclude(breached_at=None).values_list("pk", "breached_at")
    )
    assert not Clock.objects.filter(next_at__lt=at - sweeping.LAG).exists()


def _promise() -> None:
    calendar = keeping.make_calendar(name="Biuro", zone="Europe/Warsaw", weekly=OFFICE, at=AT)
    keeping.make_policy(name="Reszta", calendar=calendar, targets=keeping.USUAL_TARGETS, is_default=True, at=AT)
    always = keeping.make_calendar(
        name="Doba", zone="UTC", weekly={day: [("00:00", "24:00")] for day in range(7)}, at=AT
    )
    keeping.make_policy(
        name="VIP", calendar=always, targets=VIP, conditions="tag:vip", position=1, hold_pauses=False, at=AT
    )


def _act(what: str, ticket: Ticket, other: Ticket, how: int, queues: list[Any], admin: Any, at: Any) -> None:
    if what == "sweep":
        sweeping.sweep(at=at)
    elif what == "open":
        make_ticket(queues[0], at=at)
    elif what == "say":
        make_reply(ticket, admin, at=at, next_status=["", "waiting", "solved"][how % 3])
    elif what == "hear":
        make_requester_message(ticket, at=at)
    elif what == "status":
        to = ["open", "waiting", "on_hold", "solved"][how % 4]
        changing.change_status(ticket=ticket, to=to, by=admin, at=at, reason="dostawca")
    elif what == "priority":
        changing.change_priority(ticket=ticket, to=1 + how % 4, by=admin, at=at)
    elif what == "tag":
        act = tagging.add_tags if how % 2 else tagging.remove_tags
        act(ticket=ticket, tags=["vip"], by=admin, at=at)
    elif what == "queue":
        changing.change_queue(ticket=ticket, to=queues[how % 2], by=admin, at=at)
    elif what == "many":
        many = [MANY[how % len(MANY)], MANY[(how + 1) % len(MANY)]][: 1 + how % 2]
        bulk.start(tickets=Ticket.objects.filter(pk__in=[ticket.pk, other.pk]), changes=many, by=admin, at=at)
        while bulk.run_batch(at=at):
            pass
    elif what == "undo" and (made := BulkChange.objects.filter(undoes=None, at__lte=at).last()):
        bulk.undo(change=made, by=admin, at=at)
        while bulk.run_batch(at=at):
            pass
    elif what == "remove" and ticket.removed_as:
        removing.restore(ticket=ticket, by=admin, at=at)
    elif what == "remove":
        removing.remove(ticket=ticket, removed_as=["spam", "deleted"][how % 2], by=admin, at=at)
    elif what == "merge" and (merge := Merge.objects.filter(undone_at=None).first()) and how % 2:
        merging.unmerge(merge=merge, by=admin, at=at)
    elif what == "merge":
        merging.merge(ticket=ticket, into=other, by=admin, at=at)
    elif what == "split" and (
        said := list(Message.objects.filter(ticket=ticket).order_by("pk").values_list("pk", flat=True))
    ):
        ones = [said[how % len(said)]] if how < 5 else said[-2:]
        splitting.split(ticket=ticket, messages=ones, by=admin, at=at)
