"""What a team has before it: who is there, what is due, why it will be late, and the order it is worked in."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rotations.actions import keeping_hours
from rotations.weekly_hours import read_day
from sla.actions import looking_ahead
from sla.figures import handling, outlook
from sla.models import Outlook
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
    make_reply,
    make_team,
)
from tests.factories import make_ticket as new_ticket
from tickets.actions import linking
from tickets.actions.facts import store_promise, store_work_order
from tickets.models import Channel, DueState, Event, Queue, Team, Ticket, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team("Shop team")


@pytest.fixture
def queue(team: Team) -> Queue:
    found = make_queue(team)
    store_work_order(found.pk, work_order="due", handling_s=600)
    return found


@pytest.fixture
def agent(team: Team) -> User:
    return at_work(make_agent(team))


def at_work(person: User, hours: str = "8-16") -> User:
    blocks = [block for day in range(5) for block in read_day(hours, day)]
    keeping_hours.set_hours(
        person=fresh(person), zone="Europe/Warsaw", blocks=blocks, valid_from=date(2026, 3, 9), by=fresh(person), at=AT
    )
    return person


def due(queue: Queue, at: datetime, **fields: Any) -> Ticket:
    ticket = new_ticket(queue, **fields)
    store_promise(ticket.pk, due_at=at, sla_state=DueState.RUNNING)
    return ticket


def test_the_bound_comes_with_its_arithmetic_and_turns_the_order(queue: Queue, agent: User, team: Team) -> None:
    for number in range(8):
        due(queue, AT + HOUR + number * MINUTE)

    looking_ahead.look_ahead(at=AT)

    picture = outlook.Picture(**Outlook.objects.get(team=team).picture)
    assert picture.bound is not None
    # eight times ten minutes are due by 9:07, one person works 67 minutes until then
    assert (picture.bound["due"], picture.bound["doable"], picture.bound["breaks"]) == (8, 6, 2)
    assert (picture.bound["capacity_s"], picture.bound["people"], picture.bound["lengths"]) == (67 * 60, 1, [[600, 8]])
    assert Queue.objects.get(pk=queue.pk).work_order == "feasible"
    Ticket.objects.filter(queue=queue).update(due_at=AT + 7 * HOUR)
    looking_ahead.look_ahead(at=AT)
    assert Queue.objects.get(pk=queue.pk).work_order == "due"
    assert Outlook.objects.count() == Team.objects.count()


def test_each_promise_at_risk_stands_under_the_first_cause_that_holds(queue: Queue, team: Team) -> None:
    late_riser = at_work(make_agent(team), "10-16")
    colleague = make_colleague()
    make_grant(colleague, queue, channels=[Channel.CHAT], start=AT, end=AT + 8 * HOUR)
    early = due(queue, AT + HOUR, channel=Channel.EMAIL)
    due(queue, AT + HOUR, channel=Channel.CHAT)  # somebody is there for it
    for _each in range(8):
        due(queue, AT + 3 * HOUR, assignee=late_riser)  # of eight times ten minutes only six fit between 10 and 11
    due(queue, AT + 5 * HOUR)  # not at risk yet

    picture = outlook.pictures(AT)[team.pk]

    until = (AT + 2 * HOUR).isoformat()
    assert picture.without_anybody == [{"queue": queue.pk, "channel": early.channel, "count": 1, "until": until}]
    assert picture.overloaded == [{"person": late_riser.pk, "count": 8, "doable": 6}]
    assert (picture.free, picture.rest) == (1, 0)
    assert picture.at_risk == 10 == 1 + 8 + picture.free + picture.rest
    assert picture.on_duty == 1


def test_what_waits_on_a_problem_that_several_share_has_that_cause_first(queue: Queue, agent: User, team: Team) -> None:
    problem, alone, over = new_ticket(queue), new_ticket(queue), new_ticket(queue)
    part = due(queue, AT + HOUR, channel=Channel.CHAT)
    same = due(queue, AT + HOUR, channel=Channel.CHAT, assignee=agent)
    elsewhere = due(make_queue(), AT + HOUR)
    late, later = due(queue, AT - HOUR), due(queue, AT + 5 * HOUR)
    single, finished = due(queue, AT + HOUR), due(queue, AT + HOUR)
    of_both = due(queue, AT + HOUR)
    for ticket, relation, other in (
        (part, "child_of", problem),
        (same, "duplicate_of", problem),
        (elsewhere, "duplicate_of", problem),
        (late, "child_of", problem),
        (later, "child_of", problem),
        (single, "child_of", alone),
        (finished, "child_of", over),
        (new_ticket(queue), "child_of", over),
        (of_both, "child_of", over),
        (of_both, "duplicate_of", problem),
        (due(queue, AT + HOUR), "related", problem),
    ):
        linking.link(ticket=ticket, other=other, relation=relation, by=make_admin(), at=AT)
    Ticket.objects.filter(pk=over.pk).update(status="solved", solved_at=AT)

    picture = outlook.pictures(AT)[team.pk]

    assert picture.problems == [{"ticket": problem.pk, "linked": 6, "tickets": [part.pk, same.pk, of_both.pk]}]
    assert picture.at_risk == 6 == 3 + picture.free + picture.rest
    causes = outlook.causes([team.pk], AT)
    assert [pk for pk, cause in sorted(causes.items()) if cause == f"problem-{problem.pk}"] == [
        part.pk, same.pk, of_both.pk
    ]  # fmt: skip
    assert len(causes) == 6


def test_one_look_at_all_teams_takes_as_many_statements_however_many_problems_there_are(queue: Queue) -> None:
    def problems(number: int) -> None:
        for _each in range(number):
            problem = new_ticket(queue)
            for _ticket in range(2):
                ticket = due(queue, AT + HOUR)
                linking.link(ticket=ticket, other=problem, relation="child_of", by=make_admin(), at=AT)

    problems(1)
    with CaptureQueriesContext(connection) as one:
        outlook.pictures(AT)
    problems(3)
    with CaptureQueriesContext(connection) as four:
        outlook.pictures(AT)

    assert len(one) == len(four)


def test_the_numbers_are_those_of_plain_counts(queue: Queue, agent: User, team: Team) -> None:
    due(queue, AT - 3 * HOUR, assignee=agent)
    due(queue, AT - 20 * HOUR)
    due(queue, AT + HOUR)
    due(queue, AT + 5 * MINUTE)
    due(make_queue(), AT - HOUR)
    new_ticket(queue, status="on_hold", at=AT - 48 * HOUR)

    picture = outlook.pictures(AT)[team.pk]

    assert (picture.open, picture.overdue, picture.at_risk) == (5, 2, 2)
    assert picture.oldest_due == (AT - 20 * HOUR).isoformat()
    assert picture.hopeless == 2
    assert picture.ages == {"1": 4, "3": 1, "7": 0, "28": 0, "more": 0}
    assert picture.states == {"new": 4, "on_hold": 1}


def test_how_long_a_ticket_takes_is_the_median_between_two_replies(queue: Queue, agent: User) -> None:
    for number in range(handling.ENOUGH + 1):
        ticket = new_ticket(queue, assignee=agent)
        make_reply(ticket, agent, at=AT + number * (7 * MINUTE))
    make_reply(ticket, agent, at=AT + 10 * HOUR)  # a long break, and the same ticket
    quiet = make_queue(queue.team)

    assert Event.objects.filter(kind="replied").count() == handling.ENOUGH + 2
    looking_ahead.measure_handling()

    assert Queue.objects.get(pk=queue.pk).handling_s == 420
    assert Queue.objects.get(pk=quiet.pk).handling_s == 420  # what the whole desk needs


def test_where_nothing_is_known_a_ticket_takes_ten_minutes(queue: Queue) -> None:
    looking_ahead.measure_handling()

    assert Queue.objects.get(pk=queue.pk).handling_s == handling.USUAL_S
