"""Changing many tickets: rights as of then, refusals per ticket, undo, a worker that dies, two at once."""

import threading

import pytest
from django.db import connection

from tests.factories import (
    AT,
    HOUR,
    SECOND,
    fresh,
    make_agent,
    make_colleague,
    make_draft,
    make_grant,
    make_queue,
    make_requester,
    make_requester_message,
    make_team,
    make_ticket,
)
from tickets.actions import bulk, changing, filling, holding, removing, tagging
from tickets.actions.restoring import values_of
from tickets.models import (
    BulkChange,
    BulkItem,
    CustomField,
    Draft,
    Event,
    Kind,
    Membership,
    Message,
    Outbox,
    Status,
    Ticket,
)

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


# Words for many


WORDS = bulk.Words("Dzień dobry {first name}, już działa ({ticket}).", "Hello {first name}, it works again ({ticket}).")


def write(agent, tickets, words=WORDS, changes=(), **more):
    chosen = Ticket.objects.filter(pk__in=[each.pk for each in tickets])
    return bulk.start(tickets=chosen, changes=list(changes), by=agent, at=AT, words=words, **more)


def release(at):
    for message in Message.objects.filter(state="leaving"):
        holding.release(message=message, at=at)


def test_everybody_is_told_in_their_language_half_a_minute_later(queue, agent):
    polish = make_ticket(queue, requester=make_requester(name="Anna Kowal", language="pl"))
    english = make_ticket(queue, requester=make_requester(name="Ann Smith", language="en"))
    write(agent, [polish, english], changes=[{"property": "status", "to": "solved"}])

    run()

    held = {each.ticket_id: each for each in Message.objects.filter(state="leaving")}
    assert held[polish.pk].text == f"Dzień dobry Anna, już działa (#{polish.pk})."
    assert held[english.pk].text == f"Hello Ann, it works again (#{english.pk})."
    assert not Outbox.objects.filter(message__in=held.values()).exists()
    release(AT + 29 * SECOND)
    assert Message.objects.filter(state="leaving").count() == 2
    release(AT + 30 * SECOND)
    assert Outbox.objects.filter(message__in=held.values()).count() == 2
    assert set(Ticket.objects.values_list("status", flat=True)) == {"solved"}


def test_taken_back_nobody_is_told_and_nothing_is_changed(queue, agent):
    tickets = [make_ticket(queue) for _each in range(3)]
    before = [values(each) for each in tickets]
    draft = make_draft(tickets[0], agent, text="Mój szkic")
    change = write(agent, tickets, changes=[{"property": "status", "to": "solved"}])
    run()

    bulk.undo(change=change, by=agent, at=AT + 20 * SECOND)
    run(AT + 20 * SECOND)
    release(AT + HOUR)

    assert not Message.objects.filter(author=agent).exists()
    assert [values(each) for each in tickets] == before
    assert [each.text for each in Draft.objects.all()] == [draft.text]


def test_too_late_to_take_back_is_said_per_ticket(queue, agent):
    ticket = make_ticket(queue)
    change = write(agent, [ticket])
    run()
    release(AT + HOUR)

    undone = bulk.undo(change=change, by=agent, at=AT + HOUR)
    run(AT + HOUR)

    assert undone.items.get().refused == "It has left already."
    assert Message.objects.get(author=agent).state == "sent"


def test_half_way_it_is_stopped_and_taken_back_at_one_press(queue, agent, monkeypatch):
    monkeypatch.setattr(bulk, "BATCH", 2)
    tickets = [make_ticket(queue) for _each in range(5)]
    change = write(agent, tickets)
    bulk.run_batch(at=AT)
    assert Message.objects.filter(state="leaving").count() == 2

    undone = bulk.undo(change=change, by=agent, at=AT)
    run()

    assert undone.total == 2
    assert not Message.objects.filter(author=agent).exists()


def test_who_cannot_be_told_is_named_with_the_reason(queue, agent):
    crossed, closed, mute = (
        make_ticket(queue),
        make_ticket(queue),
        make_ticket(queue, requester=make_requester(email=None)),
    )
    removed, good = make_ticket(queue), make_ticket(queue)
    seen = Message.objects.order_by("-pk").first().pk
    changing.change_status(ticket=closed, to="solved", by=agent, at=AT)
    changing.close(ticket=closed, at=AT)
    removing.remove(ticket=removed, removed_as="spam", by=agent, at=AT)
    make_requester_message(crossed)

    change = write(agent, [crossed, closed, mute, removed, good], bulk.Words("Już działa.", seen_message=seen))
    run()

    refused = {item.ticket_id: item.refused for item in change.items.all()}
    assert refused[crossed.pk].startswith("Somebody wrote while you were writing.")
    assert refused[closed.pk].startswith("This ticket is closed.")
    assert refused[mute.pk].startswith("There is no email address")
    assert refused[removed.pk]
    assert refused[good.pk] == ""
    assert Message.objects.filter(author=agent).count() == 1


def test_who_is_under_review_writes_one_by_one(queue):
    colleague = make_colleague(language="en")
    make_grant(colleague, queue, is_reviewed=True)

    change = write(fresh(colleague), [make_ticket(queue)])
    run()

    assert change.items.get().refused.startswith("Your replies here wait for a mentor")
    assert not Message.objects.filter(author=colleague).exists()


def test_a_note_for_many_is_seen_by_no_requester_and_keeps_the_draft(queue, agent):
    ticket = make_ticket(queue)
    make_draft(ticket, agent, kind="note", text="Mój szkic")

    write(agent, [ticket], bulk.Words("Awaria {ticket}", is_note=True), SOLVE)
    run()

    assert Message.objects.get(kind="note").text == f"Awaria #{ticket.pk}"
    assert Draft.objects.get().text == "Mój szkic"
    assert Ticket.objects.get().status == "solved"


def test_sent_twice_from_one_page_it_begins_once(queue, agent):
    tickets = [make_ticket(queue)]

    assert write(agent, tickets, key="a" * 16) == write(agent, tickets, key="a" * 16)
    run()

    assert Message.objects.filter(author=agent).count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_workers_and_an_undo_in_between_tell_nobody_twice_and_nobody_after(queue, agent, monkeypatch):
    """Whatever a worker is at when everything is taken back, no reply is left behind that would leave."""
    monkeypatch.setattr(bulk, "BATCH", 1)
    tickets = [make_ticket(queue) for _each in range(12)]
    change = write(agent, tickets)
    begin = threading.Barrier(4)

    def work():
        begin.wait()
        for _each in range(12):
            bulk.run_batch(at=AT)
        connection.close()

    def take_back():
        begin.wait()
        bulk.run_batch(at=AT)
        bulk.undo(change=change, by=fresh(agent), at=AT)
        connection.close()

    threads = [threading.Thread(target=each) for each in (work, work, work, take_back)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run()

    written = list(Message.objects.filter(author=agent).values_list("ticket", flat=True))
    assert written == []
    assert not BulkItem.objects.filter(change__undoes=change, refused__gt="").exists()


def test_a_guest_changes_no_whole_queue_at_once(queue, agent):
    guest = make_colleague(language="en")
    make_grant(guest, queue)
    tickets = [make_ticket(queue) for _each in range(bulk.MOST_AS_GUEST + 1)]

    with pytest.raises(bulk.TooManyForGuest):
        start(guest, tickets)

    assert start(guest, tickets[1:]).total == bulk.MOST_AS_GUEST
    assert start(agent, tickets).total == len(tickets)
