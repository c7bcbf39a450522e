"""What was undone has never been: promises are counted as if nobody had made the change, and no figure keeps it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sla.actions import folding, keeping, reconciling, sweeping
from sla.models import Clock, Flag
from tests.factories import AT, HOUR, MINUTE, make_admin, make_queue, make_reply, make_requester_message, make_ticket
from tickets.actions import bulk, changing
from tickets.models import BulkChange, Kind, Priority, Ticket

pytestmark = pytest.mark.django_db

TARGETS = {
    Priority.NORMAL: {"first_response": 8 * 3600, "next_response": 8 * 3600, "resolution": 16 * 3600},
    Priority.URGENT: {"first_response": 600, "next_response": 600, "resolution": 1200},
}
CHANGES = [
    {"property": "priority", "to": Priority.URGENT},
    {"property": "status", "to": "waiting"},
    {"property": "status", "to": "solved"},
    {"property": "add_tags", "to": ["vip"]},
    {"property": "removed_as", "to": "spam"},
]
OWN = ("id", "due_rev")
"""Of a clock's row what tells one writing from another."""


@pytest.fixture
def promise() -> None:
    hours = {day: [("08:00", "16:00")] for day in range(7)}
    calendar = keeping.make_calendar(name="Biuro", zone="Europe/Warsaw", weekly=hours, at=AT)
    keeping.make_policy(name="Reszta", calendar=calendar, targets=TARGETS, is_default=True, at=AT)
    always = keeping.make_calendar(
        name="Doba", zone="UTC", weekly={day: [("00:00", "24:00")] for day in range(7)}, at=AT
    )
    vip = {priority: {"first_response": 60} for priority in (Priority.NORMAL, Priority.URGENT)}
    keeping.make_policy(name="VIP", calendar=always, targets=vip, conditions="tag:vip", position=1, at=AT)


def promised(ticket: Ticket) -> list[Any]:
    """Everything that is stored of the ticket's promises, byte for byte."""
    clocks = Clock.objects.filter(ticket=ticket).order_by("metric", "cycle")
    names = [field.attname for field in Clock._meta.concrete_fields if field.name not in OWN]
    flags = Flag.objects.filter(clock__ticket=ticket, revoked_at=None).order_by("clock__metric", "level", "time")
    facts = Ticket.objects.filter(pk=ticket.pk).values_list(*folding.NOTHING_PROMISED, "status", "priority", "tags")
    return [list(clocks.values_list(*names)), list(flags.values_list("clock__metric", "level", "at")), list(facts)]


def of_many(ticket: Ticket, changes: list[Any], by: Any, at: datetime) -> BulkChange:
    made = bulk.start(tickets=Ticket.objects.filter(pk=ticket.pk), changes=changes, by=by, at=at)
    while bulk.run_batch(at=at):
        pass
    return made


def undo(made: BulkChange, by: Any, at: datetime) -> None:
    bulk.undo(change=made, by=by, at=at)
    while bulk.run_batch(at=at):
        pass


def test_a_promise_that_only_the_mistake_broke_is_kept_again(promise: None) -> None:
    admin, ticket = make_admin(), make_ticket(make_queue(), at=AT)
    at = AT + 2 * HOUR
    sweeping.sweep(at=at)
    before = promised(ticket)
    made = of_many(ticket, CHANGES[:1], admin, at)
    sweeping.sweep(at=at + MINUTE)
    ticket.refresh_from_db()
    assert ticket.breached_at == AT + 10 * MINUTE, "the mistake breaks promises backwards"
    assert Flag.objects.filter(level="breach", revoked_at=None).count() == 2

    undo(made, admin, at + 2 * MINUTE)

    assert promised(ticket) == before
    assert reconciling.reconcile(ticket.pk, at=at + 2 * MINUTE, fixes=False) == []
    assert not Flag.objects.filter(level="breach", revoked_at=None).exists()


def test_a_change_by_hand_is_taken_back_the_same_way(promise: None, client: Any, clock: Any) -> None:
    admin, ticket = make_admin(language="en"), make_ticket(make_queue(), at=AT)
    clock.move_to(AT + 2 * HOUR)
    sweeping.sweep(at=AT + 2 * HOUR)
    before = promised(ticket)
    client.force_login(admin)
    told = {"priority": Priority.URGENT, "seen": Priority.NORMAL}
    page = client.post(reverse("change_priority", args=[ticket.pk]), told, follow=True)
    ticket.refresh_from_db()
    assert ticket.breached_at is not None
    way = next(each.extra_tags for each in page.context["messages"] if "undo" in str(each.extra_tags))

    clock.move_to(AT + 2 * HOUR + MINUTE)
    client.post(next(word for word in way.split() if word.startswith("/undo/")))

    assert promised(ticket) == before


def test_what_others_did_meanwhile_stands(promise: None) -> None:
    """The reply was late by what was promised when it was given? Not any more: nobody had meant those ten minutes."""
    admin, ticket = make_admin(), make_ticket(make_queue(), at=AT)
    made = of_many(ticket, CHANGES[:1], admin, AT + HOUR)
    make_reply(ticket, admin, at=AT + 2 * HOUR)
    sweeping.sweep(at=AT + 3 * HOUR)

    undo(made, admin, AT + 3 * HOUR)

    first = Clock.objects.get(ticket=ticket, metric="first_response")
    assert (first.state, first.breached_at, first.used_s) == ("met", None, 2 * 3600)
    assert reconciling.reconcile(ticket.pk, at=AT + 3 * HOUR, fixes=False) == []


def test_what_is_taken_back_in_part_has_been(promise: None) -> None:
    """Somebody has changed the status since: it stays, and so does what the change did to promises."""
    admin, ticket = make_admin(), make_ticket(make_queue(), at=AT)
    made = of_many(ticket, [CHANGES[0], CHANGES[1]], admin, AT + HOUR)
    changing.change_status(ticket=Ticket.objects.get(pk=ticket.pk), to="open", by=admin, at=AT + 2 * HOUR)

    undo(made, admin, AT + 3 * HOUR)

    ticket.refresh_from_db()
    assert (ticket.priority, ticket.breached_at) == (Priority.NORMAL, AT + 10 * MINUTE)
    event = ticket.events.filter(kind=Kind.UNDONE).get()
    assert "undoes" not in event.data
    assert reconciling.reconcile(ticket.pk, at=AT + 3 * HOUR, fixes=False) == []


LIFE = st.lists(
    st.tuples(st.sampled_from(["hear", "say", "wait", "priority", "sweep"]), st.integers(1, 400)), max_size=5
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    life=LIFE,
    changes=st.lists(st.sampled_from(CHANGES), min_size=1, max_size=2, unique_by=str),
    minutes=st.integers(1, 900),
)
def test_undone_is_as_never_done(promise: None, life: list[Any], changes: list[Any], minutes: int) -> None:
    with transaction.atomic():
        admin, ticket, at = make_admin(), make_ticket(make_queue(), at=AT), AT
        for what, passed in life:
            at += passed * MINUTE
            live(what, ticket, admin, at)
        later = at + minutes * MINUTE
        without = transaction.savepoint()
        sweeping.sweep(at=later)
        expected = promised(ticket)
        transaction.savepoint_rollback(without)

        made = of_many(ticket, changes, admin, at)
        sweeping.sweep(at=later)
        if made.items.exclude(before={}).exists():
            undo(made, admin, later)
            sweeping.sweep(at=later)

        assert promised(ticket) == expected
        assert reconciling.reconcile(ticket.pk, at=later, fixes=False) == []
        transaction.set_rollback(True)


def live(what: str, ticket: Ticket, by: Any, at: datetime) -> None:
    ticket = Ticket.objects.get(pk=ticket.pk)
    if what == "hear":
        make_requester_message(ticket, at=at)
    elif what == "say":
        make_reply(ticket, by, at=at)
    elif what == "wait":
        to = "open" if ticket.status == "waiting" else "waiting"
        changing.change_status(ticket=ticket, to=to, by=by, at=at)
    elif what == "priority":
        to = Priority.NORMAL if ticket.priority == Priority.URGENT else Priority.URGENT
        changing.change_priority(ticket=ticket, to=to, by=by, at=at)
    else:
        sweeping.sweep(at=at)
