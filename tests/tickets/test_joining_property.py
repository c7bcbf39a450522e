"""Random merges, splits, undos and words: each message is on exactly one ticket, and what is undone is as it was."""

from __future__ import annotations

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import (
    AT,
    MINUTE,
    make_agent,
    make_note,
    make_queue,
    make_reply,
    make_requester,
    make_ticket,
    share,
)
from tests.tickets.actions.test_merging import state_of
from tickets.actions import merging, replying, splitting
from tickets.actions.errors import Refused
from tickets.models import Event, Kind, Merge, Message, Ticket

pytestmark = pytest.mark.django_db

TICKETS = 4
steps = st.lists(
    st.one_of(
        st.tuples(st.just("merge"), st.integers(0, 5), st.integers(0, 5), st.booleans()),
        st.tuples(st.just("unmerge"), st.integers(0, 5)),
        st.tuples(st.just("split"), st.integers(0, 5), st.integers(0, 7)),
        st.tuples(st.just("hear"), st.integers(0, 3)),
        st.tuples(st.just("say"), st.integers(0, 5)),
    ),
    min_size=2,
    max_size=8,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_any_sequence(steps):
    with transaction.atomic():
        _play(steps)
        transaction.set_rollback(True)


def _play(steps):
    queue = make_queue()
    agent = make_agent(queue.team)
    asker = make_requester()
    tickets = [make_ticket(queue, requester=asker if n < 2 else None) for n in range(TICKETS)]
    share(tickets[0], make_requester())
    for ticket in tickets:
        make_note(ticket, agent)
    undos: list[tuple[Merge, dict]] = []
    said = 2 * TICKETS

    for number, (what, *which) in enumerate(steps, 1):
        at = AT + number * MINUTE
        tickets = list(Ticket.objects.order_by("pk"))
        ticket = tickets[which[0] % len(tickets)]
        try:
            with transaction.atomic():
                if what == "merge":
                    before = state_of(*tickets)
                    into = tickets[which[1] % len(tickets)]
                    made = merging.merge(ticket=ticket, into=into, by=agent, at=at, shows_all=which[2])
                    undos.append((made, before))
                elif what == "unmerge" and undos:
                    chosen = undos[which[0] % len(undos)]
                    merging.unmerge(merge=chosen[0], by=agent, at=at)
                    undos.remove(chosen)
                elif what == "split":
                    ids = list(Message.objects.filter(ticket=ticket).order_by("pk").values_list("pk", flat=True))
                    splitting.split(ticket=ticket, messages=ids[which[1] % (len(ids) or 1) :], by=agent, at=at)
                elif what == "hear":
                    replying.requester_wrote(ticket=ticket, author=ticket.requester, text="?", at=at, channel="web")
                    said += 1
                else:
                    make_reply(ticket, agent, at=at)
                    said += 1
        except Refused:
            pass
        if what != "merge":
            undos = [(made, {}) for made, _before in undos]
        _holds(said)

    # From the last one back: each undo restores what was before its merge, where nothing else came between.
    for made, before in reversed(undos):
        merging.unmerge(merge=Merge.objects.get(pk=made.pk), by=agent, at=AT + 60 * MINUTE)
        if before:
            assert state_of(*Ticket.objects.all()) == before
        _holds(said)


def _holds(said: int) -> None:
    assert Message.objects.count() == said
    for ticket in Ticket.objects.prefetch_related("messages"):
        is_merged = ticket.removed_as == "merged"
        assert is_merged == (ticket.merged_into_id is not None) == ticket.merges.filter(undone_at=None).exists()
        assert not (is_merged and ticket.messages.exists())
        # Its events alone tell whether it is a ticket of its own, and in which status it is.
        replayed = {"removed_as": "", "status": "new"}
        for event in Event.objects.filter(ticket=ticket).order_by("id"):
            replayed["status"] = event.data.get("begins_as", replayed["status"])
            if event.kind == Kind.SPLIT and "into" in event.data:
                continue
            for name in ("removed_as", "status"):
                if pair := event.data.get(name):
                    assert pair[0] == replayed[name]
                    replayed[name] = pair[1]
        assert replayed == {"removed_as": ticket.removed_as, "status": ticket.status}
