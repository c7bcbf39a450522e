"""The story of clocks: what it says happened, and that what it counts adds up to what the clocks stand at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from sla import queries, story
from sla.actions import keeping
from sla.models import Clock
from tests.factories import (
    AT,
    HOUR,
    MINUTE,
    SECOND,
    make_admin,
    make_agent,
    make_queue,
    make_reply,
    make_requester_message,
    make_ticket,
)
from tickets.actions import changing, merging
from tickets.models import Queue, Ticket, User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def policy() -> Any:
    keeping.make_usual_policy(at=AT)


@pytest.fixture
def queue() -> Queue:
    return make_queue()


@pytest.fixture
def ewa(queue: Queue) -> User:
    return make_agent(queue.team, language="en")


@pytest.fixture
def sign_in() -> Callable[[User], Client]:
    def client_of(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return client_of


def told(ticket: Ticket, at: Any) -> dict[str, story.Story]:
    return {each.clock.metric: each for each in story.stories(queries.happened_on(ticket.pk), at, queries.hours)}


def assert_adds_up(ticket: Ticket, at: Any) -> None:
    for each in told(ticket, at).values():
        row = Clock.objects.get(ticket=ticket, metric=each.clock.metric, cycle=each.clock.cycle)
        running_s = queries.hours(row.calendar_version_id).elapsed(row.running_since, at) if row.running_since else 0
        assert each.used_s == row.used_s + running_s
        assert each.clock.due_at == row.due_at
        assert [line.at for line in each.lines] == sorted(line.at for line in each.lines)


def test_a_day_of_a_ticket(queue: Queue, ewa: User) -> None:
    ticket = make_ticket(queue)
    make_reply(ticket, ewa, at=AT + 70 * MINUTE, next_status="waiting")
    make_requester_message(ticket, at=AT + 3 * HOUR)
    changing.change_status(ticket=ticket, to="on_hold", by=ewa, at=AT + 4 * HOUR, reason="dostawca")
    changing.change_status(ticket=ticket, to="open", by=ewa, at=AT + 5 * HOUR + 7 * SECOND)
    at = AT + 6 * HOUR

    solution = told(ticket, at)["resolution"]
    assert [(line.what, line.at - AT, line.counted_s) for line in solution.lines] == [
        ("started", timedelta(0), None),
        ("waits", 70 * MINUTE, 70 * 60),
        ("goes_on", 3 * HOUR, None),
        ("on_hold", 4 * HOUR, 3600),
        ("goes_on", 5 * HOUR + 7 * SECOND, None),
        ("now", 6 * HOUR, 3600 - 7),
    ]
    assert solution.used_s == 70 * 60 + 3600 + 3600 - 7
    first = told(ticket, at)["first_response"]
    assert [(line.what, line.counted_s) for line in first.lines] == [("started", None), ("ended", 70 * 60)]
    assert_adds_up(ticket, at)


def test_another_priority_and_another_day_are_told(queue: Queue, ewa: User) -> None:
    ticket = make_ticket(queue, at=AT + 7 * HOUR)
    changing.change_priority(ticket=ticket, to=4, by=make_admin(), at=AT + 25 * HOUR)
    at = AT + 30 * HOUR

    first = told(ticket, at)["first_response"]

    assert [line.what for line in first.lines if line.what != "level"] == ["started", "agreed", "now"]
    assert [line.level for line in first.lines if line.what == "level"][-1] == "breach"
    assert [line.target_s for line in first.lines if line.target_s] == [4 * 3600, 3600]
    # An hour before the end of Monday, and Tuesday from eight.
    assert first.used_s == 7 * 3600
    assert_adds_up(ticket, at)


def test_solved_and_reopened(queue: Queue, ewa: User) -> None:
    ticket = make_ticket(queue)
    make_reply(ticket, ewa, at=AT + HOUR, next_status="solved")
    make_requester_message(ticket, at=AT + 3 * HOUR)
    at = AT + 4 * HOUR

    assert [line.what for line in told(ticket, at)["resolution"].lines] == ["started", "ended", "goes_on", "now"]
    assert told(ticket, at)["resolution"].used_s == 2 * 3600
    assert_adds_up(ticket, at)


def test_a_merge_begins_earlier_and_adds_up(queue: Queue, ewa: User) -> None:
    source = make_ticket(queue)
    into = make_ticket(queue, requester=source.requester, at=AT + 2 * HOUR)
    merging.merge(ticket=source, into=into, by=ewa, at=AT + 3 * HOUR)

    assert "earlier" in [line.what for line in told(into, AT + 4 * HOUR)["first_response"].lines]
    assert told(into, AT + 4 * HOUR)["first_response"].used_s == 4 * 3600
    assert told(source, AT + 4 * HOUR)["first_response"].lines[-1].what == "cancelled"
    assert_adds_up(into, AT + 4 * HOUR)


def test_the_page_says_it_with_versions_and_sums(sign_in: Any, clock: Any, queue: Queue, ewa: User) -> None:
    ticket = make_ticket(queue)
    make_reply(ticket, ewa, at=AT + 70 * MINUTE, next_status="waiting")
    clock.move_to(AT + 2 * HOUR)

    said = sign_in(ewa).get(f"/tickets/{ticket.pk}/promises/").content.decode()

    assert "It starts: 24 h of working time. Policy Podstawowe (1), hours Biuro (1)." in said
    assert "Paused: it waits for the requester." in said
    assert "1 h 10 min of 24 h are used, 22 h 50 min are left." in said
    assert "Answered." in said


def test_it_opens_from_the_ticket_also_without_a_script(sign_in: Any, queue: Queue, ewa: User) -> None:
    ticket = make_ticket(queue)

    said = sign_in(ewa).get(f"/tickets/{ticket.pk}/").content.decode()

    assert f'href="/tickets/{ticket.pk}/promises/"' in said


def test_its_requester_and_strangers_find_nothing(sign_in: Any, queue: Queue, ewa: User) -> None:
    ticket = make_ticket(queue)

    assert sign_in(ewa).get(f"/tickets/{ticket.pk}/promises/").status_code == 200
    assert sign_in(ticket.requester).get(f"/tickets/{ticket.pk}/promises/").status_code == 404
    assert sign_in(make_agent()).get(f"/tickets/{ticket.pk}/promises/").status_code == 404
