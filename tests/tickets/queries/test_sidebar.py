"""Counts beside every page: right for everybody, few statements, kept for seconds and never shared across scopes."""

import pytest
from django.core.cache import cache

from tests.factories import (
    AT,
    HOUR,
    SECOND,
    fresh,
    make_admin,
    make_agent,
    make_colleague,
    make_grant,
    make_queue,
    make_requester,
    make_team,
    make_ticket,
)
from tickets.actions.facts import store_presence, store_promise
from tickets.models import Channel, DueState, Event, Notification, Status, View
from tickets.queries.sidebar import KEPT_S, counts, on_duty

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


def test_counts_of_a_desk(team, queue, agent):
    second = make_queue(team)
    store_promise(make_ticket(queue, assignee=agent).pk, due_at=AT + HOUR, sla_state=DueState.RUNNING)
    store_promise(make_ticket(queue).pk, due_at=AT - HOUR, sla_state=DueState.RUNNING)
    store_promise(make_ticket(queue, status=Status.WAITING).pk, due_at=AT - HOUR, sla_state=DueState.PAUSED)
    make_ticket(second, channel=Channel.PHONE)
    make_ticket(queue, status=Status.SOLVED, assignee=agent)
    make_ticket()

    found = counts(fresh(agent), AT)

    assert (found.all, found.nobody, found.mine, found.at_risk, found.overdue, found.waiting) == (4, 3, 1, 1, 1, 1)
    assert found.by_queue == {queue.pk: 3, second.pk: 1}
    assert found.by_channel == {"email": 3, "phone": 1}


def test_unread_notifications_count_for_their_person(queue, agent):
    other, ticket = make_agent(queue.team), make_ticket(queue)
    for person, read_at in ((agent, None), (agent, AT), (other, None)):
        event = Event.objects.create(ticket=ticket, kind="noted", at=AT)
        Notification.objects.create(
            person=person, ticket=ticket, kind="assigned", event=event, created_at=AT, read_at=read_at
        )

    assert counts(fresh(agent), AT).unread == 1


def test_counts_are_one_statement_and_a_small_one_while_kept(queue, agent, django_assert_num_queries):
    make_ticket(queue)
    person = fresh(agent)
    counts(person, AT)
    cache.clear()

    with django_assert_num_queries(1) as sent:
        assert counts(person, AT).all == 1
    assert sent[0]["sql"].count("GROUP BY") == 1
    with django_assert_num_queries(1) as sent:
        assert counts(person, AT).all == 1
    assert "GROUP BY" not in sent[0]["sql"]


def test_counts_are_never_older_than_they_may_be(queue, agent):
    counts(fresh(agent), AT)
    make_ticket(queue)

    assert counts(fresh(agent), AT + (KEPT_S - 1) * SECOND).all == 0
    assert counts(fresh(agent), AT + KEPT_S * SECOND).all == 1
    assert counts(fresh(agent), AT - KEPT_S * SECOND).all == 1


def test_people_share_counts_only_with_those_who_see_the_same(team, queue, agent):
    make_ticket(queue)
    mentor, volunteer = make_agent(team), make_colleague()
    elsewhere = make_queue()
    make_ticket(elsewhere, assignee=None)
    make_grant(volunteer, elsewhere, mentors=[mentor])
    held = make_ticket(elsewhere, assignee=volunteer)

    totals = [counts(fresh(person), AT).all for person in (agent, mentor, volunteer, make_admin(), held.requester)]

    assert totals == [1, 2, 2, 3, 0]


def test_counts_end_with_the_duty(queue):
    volunteer = make_colleague()
    make_grant(volunteer, queue, end=AT + HOUR)
    make_ticket(queue)

    assert counts(fresh(volunteer), AT).all == 1
    assert counts(fresh(volunteer), AT + HOUR).all == 0
    assert counts(fresh(make_requester()), AT).all == 0


def test_who_is_on_duty_and_until_when(agent):
    off = make_agent()
    store_presence(agent, [(AT - HOUR, AT + HOUR)], after=AT - HOUR)
    store_presence(off, [(AT + HOUR, AT + 2 * HOUR)], after=AT)

    assert on_duty(AT) == {agent.pk: AT + HOUR}
    assert on_duty(AT + HOUR) == {off.pk: AT + 2 * HOUR}


def test_people_whose_rights_are_alike_share_a_statement_and_count_their_own(team, queue, agent):
    other, lead = make_agent(team), make_agent(make_team())
    mentored = make_colleague()
    make_grant(mentored, queue, mentors=[lead])
    for person, count in ((agent, 1), (other, 2), (mentored, 4)):
        for _each in range(count):
            make_ticket(queue, assignee=person)
    for person in (agent, other, lead, mentored):
        View.objects.create(name=f"of {person.pk}", query="faktura", owner=person)

    for _turn in range(2):
        for person, count in ((agent, 1), (other, 2), (lead, 0), (mentored, 4)):
            found = counts(fresh(person), AT)
            assert (found.mine, [view.name for view in found.views]) == (count, [f"of {person.pk}"])
