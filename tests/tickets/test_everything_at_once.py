"""Merging, splitting, bulk changes, rules, macros and hands at once, by real processes on the same few tickets: what
their events tell is what the tickets are, and each merge is undone to the last byte."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import connection

from tests.factories import AT, HOUR, MINUTE, SECOND, make_admin, make_agent, make_note, make_queue, make_ticket
from tests.tickets import racing
from tests.tickets.actions.test_merging import state_of
from tests.tickets.actions.test_ruling import run
from tests.tickets.racing import Crowd
from tickets.actions import bulk, keeping_rules, merging, ruling
from tickets.models import BulkChange, BulkItem, CustomField, Event, Kind, Merge, Message, Rule, RuleFiring, Ticket

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

ROUNDS = 60
TOLD = ("status", "priority", "queue", "assignee", "subject", "requester", "tags", "snoozed_until", "removed_as")
"""What events tell as a pair of old and new."""


@pytest.fixture
def four(transactional_db: None) -> Iterator[Crowd]:
    crowd = Crowd(4, connection.settings_dict["NAME"])
    yield crowd
    crowd.end()


def properties(ticket: Ticket) -> dict[str, Any]:
    return {
        "status": ticket.status,
        "priority": ticket.priority,
        "queue": ticket.queue_id,
        "assignee": ticket.assignee_id,
        "subject": ticket.subject,
        "requester": ticket.requester_id,
        "tags": ticket.tags,
        "snoozed_until": ticket.snoozed_until and ticket.snoozed_until.isoformat(),
        "removed_as": ticket.removed_as,
        "fields": ticket.fields,
    }


def replayed(begin: dict[str, Any], ticket: Ticket) -> dict[str, Any]:
    """What the ticket became from ``begin`` on, by its events alone; each must begin where the one before it ended."""
    state = dict(begin)
    for event in Event.objects.filter(ticket=ticket).order_by("id"):
        if event.kind in (Kind.OPENED, Kind.SPLIT):
            continue
        for name in TOLD:
            if name in event.data:
                old, new = event.data[name]
                assert same(name, state[name], old), (event.kind, name, state[name], event.data)
                state[name] = new
        if event.kind == Kind.FIELD_CHANGED:
            old, new = event.data["value"]
            assert state["fields"].get(event.data["field"], "") == old
            state["fields"] = {**state["fields"], event.data["field"]: new}
    return state


def same(name: str, one: Any, other: Any) -> bool:
    if name == "snoozed_until" and one and other:
        return datetime.fromisoformat(one) == datetime.fromisoformat(other)
    return bool(one == other)


def test_events_tell_what_became_of_each_ticket_and_merges_are_undone_to_the_last_byte(four: Crowd) -> None:
    queue = make_queue()
    second = make_queue(queue.team)
    agents = [make_agent(queue.team) for _each in range(4)]
    CustomField.objects.create(key="serial", label="Numer", type="text")
    ruling.run_events(at=AT)
    change = [{"property": "priority", "to": 4}, {"property": "add_tags", "to": ["regula"]}]
    rule = Rule(name="Wiele", trigger="changed", conditions="tag:wiele", is_active=True)
    keeping_rules.save(rule=rule, changes=change, by=make_admin(), at=AT)
    tickets = [make_ticket(queue) for _each in range(8)]
    for ticket in tickets:
        make_note(ticket, agents[0], at=AT + SECOND)
    begun = {ticket.pk: properties(Ticket.objects.get(pk=ticket.pk)) for ticket in tickets}
    said = Message.objects.count()

    numbers, people, queues = list(begun), [each.pk for each in agents], [queue.pk, second.pk]
    rounds = [(number, numbers, people, queues, AT + number * MINUTE) for number in range(1, ROUNDS + 1)]
    results = four.press(racing.do_anything, *rounds)
    after = AT + 2 * HOUR
    while bulk.run_batch(at=after):
        pass
    run(after)

    done = Counter(name for each in results for name in each)
    assert {"merge", "many", "macro", "tag"} <= set(done), done
    assert not [name for name in done if name.endswith("Error")], done
    for ticket in Ticket.objects.all():
        begin = begun.get(ticket.pk)
        if begin is not None:
            told, found = replayed(begin, ticket), properties(ticket)
            assert told | {"snoozed_until": None} == found | {"snoozed_until": None}
            assert same("snoozed_until", told["snoozed_until"], found["snoozed_until"])
    assert set(BulkChange.objects.values_list("state", flat=True)) == {"done"}
    assert not BulkItem.objects.filter(done_at=None).exists()
    assert RuleFiring.objects.exists()
    assert Message.objects.count() == said + done["macro"]

    # With all that history on them: two become one, and each is again what it was.
    for merge in Merge.objects.filter(undone_at=None).order_by("-pk"):
        merging.unmerge(merge=merge, by=agents[0], at=after)
    assert not Ticket.objects.filter(removed_as="merged").exists()
    everything = list(Ticket.objects.order_by("pk"))
    for one, other in itertools.pairwise(everything):
        before = state_of(*everything)
        made = merging.merge(ticket=one, into=other, by=agents[0], at=after)
        assert state_of(*everything) != before
        merging.unmerge(merge=made, by=agents[0], at=after)
        assert state_of(*everything) == before
