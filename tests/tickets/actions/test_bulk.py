"""Changing many tickets: rights as of then, refusals per ticket, undo, a worker that dies, two at once."""

import threading

import pytest
from django.db import connection

from tests.factories import AT, HOUR, fresh, make_agent, make_queue, make_team, make_ticket
from tickets.actions import bulk, changing, filling, tagging
from tickets.actions.restoring import values_of
from tickets.models import BulkChange, BulkItem, CustomField, Event, Kind, Membership, Status, Ticket

pytestmark = pytest.mark.django_db

SOLVE = [{"property": "add_tags", "to": ["fala"]}, {"property": "status", "to": "solved"}]


@pytest.fixture
def queue():
    return make_queue(make_team())


@pytest.fixture
def agent(queue):
    return make_agent(queue.team, language="en")


def start(agent, tickets, changes=SOLVE):
    chosen = Ticket.objects.filter(pk__in=[each.pk for each in tickets])
    return bulk.start(tickets=chosen, changes=changes, by=agent, at=AT)


def run(at=AT):
    while bulk.run_batch(at=at):
        pass


def values(ticket):
    return values_of(Ticket.objects.get(pk=ticket.pk))


def test_each_ticket_is_changed_or_says_why_not(queue, agent):
    good, closed = make_ticket(queue), make_ticket(queue, status=Status.CLOSED)
    before = values(closed)
    change = start(agent, [good, closed])

    run()

    change.refresh_from_db()
    items = {item.ticket_id: item for item in change.items.all()}
    assert (change.state, change.total) == ("done", 2)
    assert items[closed.pk].refused == "The ticket cannot get this status from the one it has."
    assert values(closed) == before  # the tag before it was taken back too
    good.refresh_from_db()
    assert (good.status, good.tags, items[good.pk].refused) == (Status.SOLVED, ["fala"], "")
    assert Event.objects.filter(ticket=good, data__bulk=change.pk, actor=agent).count() == 2


def test_rights_are_those_of_the_moment(queue, agent):
    ticket = make_ticket(queue)
    change = start(agent, [ticket])
    Membership.objects.filter(user=agent).delete()

    run()

    assert change.items.get().refused == "You may not do this to this ticket."
    assert Ticket.objects.get(pk=ticket.pk).status == Status.NEW


@pytest.mark.parametrize(
    "changes",
    [
        SOLVE,
        [{"property": "status", "to": "on_hold", "reason": "dostawca"}],
        [{"property": "priority", "to": 4}, {"property": "subject", "to": "Inny"}, {"property": "tags", "to": ["b"]}],
        [{"property": "assignee", "to": "me"}, {"property": "snooze", "to": 60, "reason": "jutro"}],
        [{"property": "field", "field": "serial", "to": "A1"}, {"property": "removed_as", "to": "spam"}],
    ],
)
def test_undo_restores_exactly_what_was_there(queue, agent, changes):
    CustomField.objects.create(key="serial", label="Serial", type="text")
    ticket = tagging.add_tags(ticket=make_ticket(queue), tags=["a"], by=agent, at=AT)
    before = values(ticket)
    change = start(agent, [ticket], changes)
    run()
    assert values(ticket) != before

    bulk.undo(change=change, by=fresh(agent), at=AT + HOUR)
    run(AT + HOUR)

    assert values(ticket) == before
    event = Event.objects.filter(ticket=ticket).latest("id")
    assert (event.kind, event.actor) == (Kind.UNDONE, agent)
    with pytest.raises(bulk.AlreadyUndone):
        bulk.undo(change=change, by=agent, at=AT + HOUR)


def test_undo_brings_back_what_went_out_of_sight_while_nobody_touched_it(queue, agent):
    far = make_queue()
    mine, touched = make_ticket(queue, assignee=agent), make_ticket(queue)
    change = start(agent, [mine, touched], [{"property": "queue", "to": far.pk}])
    run()
    changing.change_priority(ticket=touched, to=4, by=make_agent(far.team), at=AT)

    undo = bulk.undo(change=change, by=fresh(agent), at=AT)
    run()

    mine.refresh_from_db()
    touched.refresh_from_db()
    assert (mine.queue, mine.assignee, touched.queue) == (queue, agent, far)
    assert undo.items.get(ticket=touched).refused == "You may not do this to this ticket."


def test_undo_leaves_what_was_changed_since_and_names_it(queue, agent):
    for key in ("serial", "floor"):
        CustomField.objects.create(key=key, label=key, type="text")
    ticket = make_ticket(queue)
    change = start(agent, [ticket], [*SOLVE, {"property": "field", "field": "serial", "to": "A1"}])
    run()
    changing.change_status(ticket=ticket, to="open", by=agent, at=AT + HOUR)
    filling.fill(ticket=ticket, key="floor", to="2", by=agent, at=AT + HOUR)

    undo = bulk.undo(change=change, by=fresh(agent), at=AT + HOUR)
    run(AT + HOUR)

    ticket.refresh_from_db()
    assert (ticket.status, ticket.tags, ticket.fields) == (Status.OPEN, [], {"floor": "2"})
    assert undo.items.get().before == {"left": ["status"]}


def test_a_cancelled_one_stops_and_what_is_done_can_be_undone(queue, agent, monkeypatch):
    monkeypatch.setattr(bulk, "BATCH", 1)
    tickets = [make_ticket(queue) for _each in range(3)]
    change = start(agent, tickets)
    bulk.run_batch(at=AT)

    bulk.cancel(change=change, by=agent, at=AT)
    run()

    assert Ticket.objects.filter(status=Status.SOLVED).count() == 1
    undo = bulk.undo(change=change, by=agent, at=AT)
    run()
    undo.refresh_from_db()
    assert (undo.total, undo.state) == (1, "done")
    assert not Ticket.objects.filter(status=Status.SOLVED).exists()


class Died(BaseException):
    """What a killed worker looks like from inside: nothing catches it."""


def test_it_goes_on_after_a_worker_died(queue, agent, monkeypatch):
    tickets = [make_ticket(queue) for _each in range(3)]
    change = start(agent, tickets)
    carry_out, calls = bulk.carry_out, []

    def dies_at_the_second(ticket, *args, **kwargs):
        calls.append(ticket.pk)
        carried = carry_out(ticket, *args, **kwargs)
        if len(calls) == 2:
            raise Died
        return carried

    monkeypatch.setattr(bulk, "carry_out", dies_at_the_second)
    with pytest.raises(Died):
        run()
    assert Ticket.objects.filter(status=Status.SOLVED).count() == 1

    run()

    change.refresh_from_db()
    assert change.state == "done"
    assert calls == [tickets[0].pk, tickets[1].pk, tickets[1].pk, tickets[2].pk]
    assert Event.objects.filter(kind=Kind.STATUS_CHANGED).count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_at_once_on_the_same_tickets_by_three_workers(queue, agent):
    tickets = [make_ticket(queue) for _each in range(12)]
    one = start(agent, tickets, [{"property": "add_tags", "to": ["raz"]}])
    other = start(agent, tickets, [{"property": "add_tags", "to": ["dwa"]}, {"property": "priority", "to": 4}])
    barrier = threading.Barrier(3)

    def work():
        try:
            barrier.wait()
            run()
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _each in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run()

    assert set(BulkChange.objects.values_list("state", flat=True)) == {"done"}
    assert not BulkItem.objects.exclude(refused="", done_at=AT).exists()
    assert {tuple(each.tags) for each in Ticket.objects.all()} == {("dwa", "raz")}
    assert Event.objects.filter(kind=Kind.TAGS_CHANGED).count() == 24
    assert [one.items.count(), other.items.count()] == [12, 12]
