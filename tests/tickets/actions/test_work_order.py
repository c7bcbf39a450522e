"""What "take next" gives where more is due than can be kept."""

import threading

import pytest
from django.db import connection

from tests.factories import (
    AT,
    HOUR,
    MINUTE,
    fill_work_order,
    fresh,
    make_agent,
    make_colleague,
    make_grant,
    make_queue,
    make_team,
)
from tests.factories import make_ticket as new_ticket
from tickets.actions import assigning
from tickets.actions.assigning import NothingWaits, take_next
from tickets.actions.facts import store_promise, store_work_order
from tickets.models import DueState, Event, Kind, Queue, Ticket, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def queue(team):
    found = make_queue(team)
    store_work_order(found.pk, work_order="feasible", handling_s=600)
    return found


@pytest.fixture
def agent(team):
    return make_agent(team)


def due(queue, at):
    ticket = new_ticket(queue)
    store_promise(ticket.pk, due_at=at, sla_state=DueState.RUNNING)
    return ticket


def test_what_can_be_kept_comes_first_and_every_fourth_is_the_oldest_late_one(queue, agent):
    oldest, late = due(queue, AT - 2 * HOUR), due(queue, AT - HOUR)
    hopeless = due(queue, AT + 9 * MINUTE)
    just = due(queue, AT + 10 * MINUTE)
    later = [due(queue, AT + number * HOUR) for number in (1, 2, 3)]
    plain = new_ticket(queue)

    taken = [take_next(by=fresh(agent), at=AT) for _ in range(8)]

    assert taken == [just, *later[:2], oldest, later[2], late, hopeless, plain]
    assert Event.objects.filter(kind=Kind.TAKEN).count() == 8
    with pytest.raises(NothingWaits):
        take_next(by=fresh(agent), at=AT)


def test_a_queue_that_is_not_overloaded_keeps_its_order_beside_one_that_is(team, queue, agent):
    calm = make_queue(team)
    late_here, late_there = due(queue, AT - 2 * HOUR), due(calm, AT - HOUR)
    soon_here, soon_there = due(queue, AT + HOUR), due(calm, AT + 2 * HOUR)

    taken = [take_next(by=fresh(agent), at=AT) for _ in range(4)]

    assert taken == [late_there, soon_here, soon_there, late_here]


def test_once_nothing_is_overloaded_the_order_is_by_due_time_again(queue, agent):
    late, soon = due(queue, AT - HOUR), due(queue, AT + HOUR)
    store_work_order(queue.pk, work_order="due", handling_s=600)

    assert [take_next(by=fresh(agent), at=AT) for _ in range(2)] == [late, soon]
    assert User.objects.get(pk=agent.pk).next_takes == 0


def test_a_person_on_duty_follows_the_order_of_their_queues_alone(queue):
    colleague, elsewhere = make_colleague(), make_queue()
    make_grant(colleague, elsewhere)
    late, soon = due(elsewhere, AT - HOUR), due(elsewhere, AT + HOUR)

    assert [take_next(by=fresh(colleague), at=AT) for _ in range(2)] == [late, soon]


@pytest.mark.parametrize("length", [None, 480])
def test_the_facts_of_a_queue_are_stored_also_where_one_was_unknown(queue, length):
    for each in (None, length, 600, length):
        store_work_order(queue.pk, work_order="feasible", handling_s=each)

    assert Queue.objects.values_list("work_order", "handling_s").get(pk=queue.pk) == ("feasible", length)


def test_the_next_one_is_read_from_the_index(queue, agent):
    """From the first that can be kept: what will be late anyway, however much there is, is never read."""
    free = Ticket.objects.worked_by(agent, AT).actionable().unassigned().in_work_order()
    found = free.filter(assigning._feasible({queue.pk: 600}, AT, is_all=True))
    fill_work_order(queue)

    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
        cursor.execute("set local enable_sort = off")
    plan = found[:1].explain()

    condition = next(line for line in plan.splitlines() if "Index Cond" in line)
    assert "work_at" in condition and "unsolved" in plan


@pytest.mark.django_db(transaction=True)
def test_nothing_is_given_twice_and_every_fourth_take_of_each_person_is_a_late_one():
    team = make_team()
    queue = make_queue(team)
    store_work_order(queue.pk, work_order="feasible", handling_s=600)
    late = {due(queue, AT - HOUR).pk for _ in range(6)}
    for number in range(30):
        due(queue, AT + HOUR + number * MINUTE)
    people = [make_agent(team) for _ in range(3)]
    barrier = threading.Barrier(6)
    taken: list[tuple[int, int]] = []

    def press(person: User) -> None:
        try:
            barrier.wait()
            taken.extend((person.pk, take_next(by=fresh(person), at=AT).pk) for _ in range(4))
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=[person]) for person in people * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(taken) == len({ticket for _person, ticket in taken}) == 24
    assert [sum(ticket in late for whose, ticket in taken if whose == person.pk) for person in people] == [2, 2, 2]
