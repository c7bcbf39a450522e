"""The event feed: nobody who reads it by its cursor ever skips a late commit."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import pytest
from django.db import connection, transaction

from tests.factories import (
    AT,
    make_agent,
    make_colleague,
    make_grant,
    make_note,
    make_queue,
    make_requester,
    make_ticket,
)
from tickets.actions.assigning import assign
from tickets.actions.changing import change_queue
from tickets.models import Event, Kind
from tickets.queries import live

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def open_note(ticket, by) -> Iterator[None]:
    """A note recorded by another connection at the beginning of the block and committed only at its end."""
    recorded, may_commit, failures = threading.Event(), threading.Event(), []

    def write() -> None:
        try:
            with transaction.atomic():
                make_note(ticket, by, text="late")
                recorded.set()
                may_commit.wait(60)
        except Exception as error:
            failures.append(error)
            recorded.set()
        finally:
            connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    recorded.wait(60)
    try:
        yield
    finally:
        may_commit.set()
        thread.join(60)
    assert failures == []


def settled(cursor, *, wanted) -> tuple:
    """Read on until ``wanted`` events were met: what just ended elsewhere may hold the feed back for a moment."""
    met = []
    for _look in range(20_000):
        cursor, changes = live.changes_after(cursor)
        met += [ticket for ticket, _groups in changes]
        if len(met) >= wanted:
            return cursor, met
    raise AssertionError(f"only {met} settled")


@pytest.fixture
def queue():
    return make_queue()


@pytest.fixture
def agent(queue):
    return make_agent(queue.team)


@pytest.fixture
def cursor(queue, agent):
    """Behind everything that happened so far."""
    make_ticket(queue)
    newest = Event.objects.latest("id")
    return newest.xid, newest.pk


def test_what_began_first_and_commits_last_is_read_first(queue, agent, cursor):
    early, late = make_ticket(queue), make_ticket(queue)
    cursor, _ = settled(cursor, wanted=2)

    with open_note(late, agent):
        make_note(early, agent)
        assert Event.objects.filter(kind=Kind.NOTED).get().ticket == early
        held_back = live.changes_after(cursor)
    read_after = settled(cursor, wanted=2)[1]

    assert held_back == (cursor, [])
    assert read_after == [late.pk, early.pk]


def test_a_reader_that_begins_meanwhile_meets_the_late_commit_too(queue, agent, cursor):
    early, late = make_ticket(queue), make_ticket(queue)
    settled(cursor, wanted=2)

    with open_note(late, agent):
        make_note(early, agent)
        beginning = live.newest_cursor()

    assert late.pk in settled(beginning, wanted=2)[1]


def test_a_change_taken_back_leaves_no_gap(queue, agent, cursor):
    ticket = make_ticket(queue)
    with pytest.raises(KeyError), transaction.atomic():
        make_note(ticket, agent)
        raise KeyError
    make_note(ticket, agent)

    assert settled(cursor, wanted=2)[1] == [ticket.pk, ticket.pk]
    assert Event.objects.filter(kind=Kind.NOTED).count() == 1


def test_events_of_one_transaction_come_in_their_order(queue, agent, cursor):
    first, second = make_ticket(queue), make_ticket(queue)
    with transaction.atomic():
        make_note(second, agent)
        make_note(first, agent)
        make_note(second, agent)

    assert settled(cursor, wanted=5)[1][2:] == [second.pk, first.pk, second.pk]


def test_the_feed_is_read_in_batches_without_loss(queue, agent, cursor, monkeypatch):
    monkeypatch.setattr(live, "BATCH", 2)
    ticket = make_ticket(queue)
    with transaction.atomic():
        for _ in range(5):
            make_note(ticket, agent)

    assert len(settled(cursor, wanted=6)[1]) == 6


def test_nothing_new_leaves_the_cursor_where_it_was(cursor):
    cursor, _ = settled((0, 0), wanted=1)

    assert live.changes_after(cursor) == (cursor, [])


def test_an_empty_desk_has_a_beginning():
    assert live.newest_cursor() == (0, 0)
    assert live.changes_after((0, 0)) == ((0, 0), [])


# Who may hear


def groups_of_last(cursor, *, wanted) -> frozenset[str]:
    changes = []
    while len(changes) < wanted:
        cursor, more = live.changes_after(cursor)
        changes += more
    return changes[-1][1]


def test_a_change_is_for_its_queue_its_scope_and_its_assignees_mentors(queue, agent, cursor):
    ticket = make_ticket(queue, assignee=agent)

    groups = groups_of_last(cursor, wanted=2)

    asked = f"ticket-{ticket.pk}"
    assert groups == {"all", f"queue-{queue.pk}", f"scope-{queue.pk}-email", f"assignee-{agent.pk}", asked}


def test_whoever_loses_a_ticket_hears_that_it_went(queue, agent, cursor):
    other, target = make_agent(queue.team), make_queue(queue.team)
    ticket = make_ticket(queue, assignee=agent)

    assign(ticket=ticket, to=other, by=agent, at=AT)
    assert {f"assignee-{agent.pk}", f"assignee-{other.pk}"} <= groups_of_last(cursor, wanted=3)
    change_queue(ticket=ticket, to=target, by=agent, at=AT)

    moved = groups_of_last(cursor, wanted=4)
    assert {f"queue-{queue.pk}", f"queue-{target.pk}", f"scope-{queue.pk}-email"} <= moved


def test_people_join_the_groups_of_what_they_work(queue, agent):
    volunteer, mentor = make_colleague(), make_agent()
    make_grant(volunteer, queue, channels=["email", "chat"], mentors=[mentor])

    assert live.groups_of(agent, AT) == {f"queue-{queue.pk}"}
    assert live.groups_of(volunteer, AT) == {f"scope-{queue.pk}-email", f"scope-{queue.pk}-chat"}
    assert live.groups_of(mentor, AT) == {f"assignee-{volunteer.pk}"}
    assert live.groups_of(make_requester(), AT) == frozenset()


@contextmanager
def open_elsewhere() -> Iterator[None]:
    """A transaction that writes in another database of the same server, open for the time of the block."""
    elsewhere = psycopg2.connect(urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path="/postgres")))
    try:
        with elsewhere.cursor() as cursor:
            cursor.execute("select pg_current_xact_id()")
        yield
    finally:
        elsewhere.close()


def test_a_transaction_of_another_database_holds_nothing_back(queue, agent, cursor):
    ticket = make_ticket(queue)

    with open_elsewhere():
        make_note(ticket, agent)
        assert settled(cursor, wanted=2)[1] == [ticket.pk, ticket.pk]


def test_what_the_reader_writes_itself_is_read_when_it_is_committed(queue, agent, cursor):
    with open_elsewhere(), transaction.atomic():
        ticket = make_ticket(queue)
        own = live.changes_after(cursor)

    assert own == (cursor, [])
    assert settled(cursor, wanted=1)[1] == [ticket.pk]
