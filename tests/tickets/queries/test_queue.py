"""The list: views and filters, order, pages, and one statement however long it is."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import (
    AT,
    HOUR,
    MINUTE,
    fresh,
    make_admin,
    make_agent,
    make_colleague,
    make_grant,
    make_queue,
    make_team,
    make_ticket,
)
from tickets.actions.facts import store_promise
from tickets.models import Channel, DueState, ListOrder, Priority, Status, Ticket
from tickets.models.ticket import AT_RISK
from tickets.queries.queue import Filters, queue_page, queues_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def queue(team):
    return make_queue(team)


@pytest.fixture
def agent(team):
    return make_agent(team)


def due(ticket, at, state=DueState.RUNNING):
    store_promise(ticket.pk, due_at=at, sla_state=state)
    return ticket


def listed(user, at=AT, **filters) -> list[Ticket]:
    return list(queue_page(fresh(user), Filters(**filters), at=at).rows)


def test_the_list_goes_by_due_time_then_by_number(queue, agent):
    plain, later = make_ticket(queue), due(make_ticket(queue), AT + 2 * HOUR)
    overdue, second = due(make_ticket(queue), AT - HOUR), make_ticket(queue)
    paused = due(make_ticket(queue), AT - 2 * HOUR, DueState.PAUSED)

    assert listed(agent) == [overdue, later, plain, second, paused]


def test_the_list_holds_what_the_person_works_and_is_unsolved(queue, agent):
    open_one = make_ticket(queue, status=Status.OPEN)
    make_ticket(queue, status=Status.SOLVED)
    make_ticket(queue, status=Status.CLOSED)
    make_ticket(requester=agent)
    Ticket.objects.filter(pk=make_ticket(queue).pk).update(removed_as="spam")

    assert listed(agent) == [open_one]


def test_about_to_breach_is_due_within_four_hours_and_not_before_now(queue, agent):
    now, late = due(make_ticket(queue), AT), due(make_ticket(queue), AT - timedelta(seconds=1))
    last = due(make_ticket(queue), AT + AT_RISK - timedelta(seconds=1))
    due(make_ticket(queue), AT + AT_RISK)
    due(make_ticket(queue), AT + HOUR, DueState.PAUSED)

    assert listed(agent, view="at_risk") == [now, last]
    assert listed(agent, view="overdue") == [late]


def test_views_of_mine_nobodys_and_waiting(queue, agent):
    mine, nobodys = make_ticket(queue, assignee=agent), make_ticket(queue)
    make_ticket(queue, assignee=make_agent(queue.team))
    waiting = make_ticket(queue, status=Status.WAITING)

    assert listed(agent, view="mine") == [mine]
    assert listed(agent, view="nobody") == [nobodys, waiting]
    assert listed(agent, view="waiting") == [waiting]


def test_solved_ones_come_latest_first(queue, agent):
    first = make_ticket(queue, status=Status.SOLVED, at=AT)
    second = make_ticket(queue, status=Status.SOLVED, at=AT + MINUTE)
    closed = make_ticket(queue, status=Status.CLOSED, at=AT + 2 * MINUTE)
    make_ticket(queue)

    assert listed(agent, view="solved") == [closed, second, first]
    assert listed(agent, status=Status.CLOSED) == [closed]


def test_filters_narrow_together(team, queue, agent):
    second_queue, other = make_queue(team), make_agent(team)
    wanted = make_ticket(queue, channel=Channel.PHONE, priority=Priority.HIGH, assignee=other)
    make_ticket(queue, channel=Channel.PHONE, priority=Priority.HIGH)
    make_ticket(queue, channel=Channel.EMAIL, priority=Priority.HIGH, assignee=other)
    make_ticket(queue, channel=Channel.PHONE, priority=Priority.LOW, assignee=other)
    elsewhere = make_ticket(second_queue, channel=Channel.PHONE, priority=Priority.HIGH, assignee=other)

    assert listed(agent, channel="phone", priority=3, assignee=str(other.pk), queue=queue.pk) == [wanted]
    assert listed(agent, queue=second_queue.pk) == [elsewhere]
    assert listed(agent, status=Status.WAITING) == []
    assert len(listed(agent, assignee="nobody")) == 1
    assert listed(other, assignee="me", queue=second_queue.pk) == [elsewhere]


def test_no_filter_reaches_beyond_what_the_person_works(queue, agent):
    foreign = make_ticket(make_queue(), assignee=None)
    assert listed(make_admin(), queue=foreign.queue_id) == [foreign]

    assert listed(agent, queue=foreign.queue_id) == []
    assert listed(agent, assignee="nobody", channel="email") == []


@pytest.mark.parametrize("count", [1, 3])
def test_a_page_is_one_statement_with_everything_a_row_shows(queue, agent, count, django_assert_num_queries):
    for _ in range(count):
        make_ticket(queue, assignee=agent)
    person = fresh(agent)
    assert person.queue_ids
    Ticket.objects.worked_by(person, AT).exists()

    with django_assert_num_queries(1):
        for ticket in queue_page(person, Filters(), at=AT).rows:
            assert ticket.requester.name
            assert ticket.assignee.name
            assert (ticket.subject, ticket.status, ticket.priority, ticket.channel, ticket.due_at) is not None


def test_pages_follow_each_other(queue, agent):
    tickets = [make_ticket(queue) for _ in range(5)]

    first = queue_page(agent, Filters(), at=AT, size=2)
    second = queue_page(agent, Filters(), at=AT, size=2, cursor=first.next_cursor)
    third = queue_page(agent, Filters(), at=AT, size=2, cursor=second.next_cursor)

    assert [*first.rows, *second.rows, *third.rows] == tickets
    assert third.next_cursor is None


def test_queues_of_everybody(team, queue):
    second, foreign, on_duty = make_queue(team, position=1), make_queue(position=2), make_colleague()
    make_grant(on_duty, foreign, end=AT + HOUR)

    assert list(queues_of(make_agent(team), AT)) == [queue, second]
    assert list(queues_of(make_admin(), AT)) == [queue, second, foreign]
    assert list(queues_of(fresh(on_duty), AT)) == [foreign]
    assert list(queues_of(fresh(on_duty), AT + HOUR)) == []


def test_only_lists_by_number_ask_for_the_index_by_number(queue, agent):
    """PostgreSQL would count by that index too, if it could, and read every row for it."""
    tickets = [make_ticket(queue) for _ in range(3)]
    asked = {}

    for order in ListOrder:
        with CaptureQueriesContext(connection) as sent:
            page = queue_page(agent, Filters(order=order), at=AT)
        asked[order] = '"tickets_ticket"."id" > 0' in sent.captured_queries[-1]["sql"]
        assert {each.pk for each in page.rows} == {each.pk for each in tickets}
    assert asked == {ListOrder.DUE: False, ListOrder.NEWEST: True, ListOrder.OLDEST: True}
