"""Time spent: measured by a page and never twice, clamped where it cannot be, corrected without losing what was."""

import threading

import pytest
from django.db import connection

from tests.factories import (
    AT,
    HOUR,
    MINUTE,
    SECOND,
    fresh,
    make_agent,
    make_queue,
    make_requester,
    make_team,
    make_ticket,
)
from tickets.actions import spending
from tickets.actions.errors import NotAllowed
from tickets.models import TimeSpent

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue():
    return make_queue(make_team())


@pytest.fixture
def agent(queue):
    return make_agent(queue.team)


@pytest.fixture
def ticket(queue):
    return make_ticket(queue)


def rows():
    return list(TimeSpent.objects.order_by("pk").values_list("seconds", "source"))


def measure(ticket, by, seconds, at=AT):
    return spending.measured(ticket=ticket, by=by, seconds=seconds, at=at)


def test_what_a_page_measured_is_kept(ticket, agent):
    measure(ticket, agent, 90)

    assert rows() == [(90, "page")]


def test_a_glance_is_no_work(ticket, agent):
    assert measure(ticket, agent, 9) is None
    assert rows() == []


def test_two_tabs_at_once_count_once(ticket, agent, queue):
    measure(ticket, agent, 300)
    measure(make_ticket(queue), agent, 300, at=AT + 20 * SECOND)
    measure(ticket, agent, 300, at=AT + 25 * SECOND)

    assert rows() == [(300, "page"), (20, "page")]


def test_no_visit_is_longer_than_four_hours(ticket, agent):
    measure(ticket, agent, 10**7)

    assert rows() == [(4 * 3600, "page")]


def test_times_of_two_people_are_two(ticket, agent, queue):
    measure(ticket, agent, 60)
    measure(ticket, make_agent(queue.team), 60)

    assert rows() == [(60, "page"), (60, "page")]


def test_a_correction_is_a_row_and_what_was_measured_stays(ticket, agent):
    measure(ticket, agent, 600)

    spending.correct(ticket=ticket, by=agent, minutes=4, at=AT + MINUTE)
    spending.correct(ticket=ticket, by=agent, minutes=4, at=AT + MINUTE)

    assert rows() == [(600, "page"), (-360, "by_hand")]


@pytest.mark.parametrize("minutes", [-1, 6001])
def test_an_impossible_time_is_refused(ticket, agent, minutes):
    with pytest.raises(spending.ImpossibleTime):
        spending.correct(ticket=ticket, by=agent, minutes=minutes, at=AT)


def test_only_who_works_the_ticket_spends_time_on_it(ticket):
    for stranger in (make_requester(), make_agent(make_team())):
        with pytest.raises(NotAllowed):
            measure(ticket, stranger, 60)
        with pytest.raises(NotAllowed):
            spending.correct(ticket=ticket, by=stranger, minutes=1, at=AT)


@pytest.mark.django_db(transaction=True)
def test_reports_that_come_at_the_same_moment_count_once(ticket, agent, queue):
    measure(ticket, agent, 60)
    others = [make_ticket(queue) for _each in range(3)]
    begin = threading.Barrier(3)

    def report(other):
        by = fresh(agent)
        begin.wait()
        measure(other, by, 600, at=AT + 30 * SECOND)
        connection.close()

    threads = [threading.Thread(target=report, args=[each]) for each in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(seconds for seconds, _source in rows()) == 90


def test_an_hour_later_an_hour_is_possible(ticket, agent):
    measure(ticket, agent, 60)
    measure(ticket, agent, 3500, at=AT + HOUR)

    assert rows() == [(60, "page"), (3500, "page")]
