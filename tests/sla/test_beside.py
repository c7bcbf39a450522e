"""The rail of a ticket: every clock as the list's pill says it, and one sentence about what is red."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from sla.actions import keeping
from sla.models import Clock, Outlook
from tests.factories import AT, HOUR, MINUTE, make_admin, make_agent, make_queue, make_reply, make_requester_message
from tests.factories import make_ticket as new_ticket
from tests.tickets.views.conftest import shown, statements
from tickets.actions import assigning, changing, linking
from tickets.models import Channel, Queue, Status, Ticket, User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _policy(clock: Any) -> None:
    keeping.make_usual_policy(at=AT - 9 * HOUR)


@pytest.fixture
def queue() -> Queue:
    return make_queue()


@pytest.fixture
def ewa(queue: Queue) -> User:
    return make_agent(queue.team, name="Ewa Lis", language="en")


@pytest.fixture
def desk(ewa: User) -> Client:
    client = Client()
    client.force_login(ewa)
    return client


def again(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


def rail(client: Client, ticket: Ticket) -> list[tuple[str, str]]:
    """Metric and state of each clock, in order."""
    section = promises(client, ticket)
    return re.findall(r'<b>([^<]+)</b>.*?class="sla[^"]*" data-state="(\w+)"', section, re.S)


def promises(client: Client, ticket: Ticket) -> str:
    page = shown(client.get(f"/tickets/{ticket.pk}/"))
    found = re.search(r'<section class="section" id="promises">.*?</section>', page, re.S)
    assert found
    return found[0]


def test_every_open_clock_stands_in_the_rail_what_is_due_next_first(desk: Client, queue: Queue, ewa: User) -> None:
    ticket = new_ticket(queue, at=AT)

    assert rail(desk, ticket) == [("First reply", "track"), ("Solved", "track")]

    make_reply(ticket, ewa, at=AT + 10 * MINUTE)
    make_requester_message(ticket, at=AT + 20 * MINUTE)

    assert rail(desk, ticket) == [("Next reply", "track"), ("Solved", "track"), ("First reply", "met")]
    assert "after 10 min" in promises(desk, ticket)


def test_paused_clocks_say_what_is_left_and_broken_ones_when(desk: Client, queue: Queue, ewa: User) -> None:
    ticket = new_ticket(queue, at=AT - 5 * MINUTE)
    make_reply(ticket, ewa, at=AT - 4 * MINUTE)
    changing.change_status(ticket=again(ticket), to=Status.WAITING, by=ewa, at=AT)

    assert ("Solved", "paused") in rail(desk, ticket)
    left_s = Clock.objects.get(ticket=ticket, metric="resolution")
    assert left_s.target_s is not None
    assert f"{left_s.target_s // 3600} h 00 left" in promises(desk, ticket)

    Clock.objects.filter(ticket=ticket, metric="resolution").update(breached_at=AT - HOUR)
    assert "broken 7:00" in promises(desk, ticket)


def test_it_agrees_with_the_pill_of_the_list(desk: Client, queue: Queue, ewa: User, clock: Any) -> None:
    ticket = new_ticket(queue, at=AT)
    due_at = again(ticket).due_at
    for away in (5 * HOUR, 29 * MINUTE, -MINUTE):
        clock.move_to(due_at - away)
        listed = re.search(r'class="sla[^"]*" data-state="(\w+)"', shown(desk.get("/queue/?view=all")))
        assert listed
        assert rail(desk, ticket)[0] == ("First reply", listed[1])


def test_what_is_red_says_why_once(desk: Client, queue: Queue, ewa: User, clock: Any) -> None:
    ticket = new_ticket(queue, at=AT, channel=Channel.CHAT)
    at = clock.move_to(again(ticket).due_at - HOUR)
    picture: dict[str, Any] = {"without_anybody": [], "overloaded": []}
    row = Outlook.objects.create(team=queue.team, at=at, picture=picture)

    def why() -> str:
        found = re.findall(r"<p[^>]*data-why><b>(.*?)</b> (.*?)</p>", promises(desk, ticket))
        assert len(found) == 1
        return " ".join(found[0])

    assert why() == "Why at risk? It is in nobody&#x27;s hands."
    until = (at + 2 * HOUR).isoformat()
    row.picture["without_anybody"] = [{"queue": queue.pk, "channel": "chat", "count": 1, "until": until}]
    row.save()
    assert why().startswith("Why at risk? Nobody is on duty for Chat until ")
    row.at = at - timedelta(minutes=11)  # nobody has looked ahead since: it may have changed
    row.save()
    assert why() == "Why at risk? It is in nobody&#x27;s hands."

    assigning.assign(ticket=again(ticket), to=ewa, by=ewa, at=at)
    row.at, row.picture = at, {"without_anybody": [], "overloaded": [{"person": ewa.pk, "count": 9, "doable": 3}]}
    row.save()
    assert why() == "Why at risk? Ewa Lis has more in hand that is due soon than one person can keep."
    row.delete()
    clock.move_to(at + 2 * HOUR)
    assert why() == "Why red? Its time ran out. Ewa Lis has it."


def test_a_known_problem_is_the_first_cause_also_of_what_is_overdue(
    desk: Client, queue: Queue, ewa: User, clock: Any
) -> None:
    problem, ticket, second, third = (new_ticket(queue, at=AT) for _number in range(4))
    linking.link(ticket=ticket, other=problem, relation="child_of", by=make_admin(), at=AT)
    clock.move_to(again(ticket).due_at - MINUTE)
    assert "known problem" not in promises(desk, ticket)  # it alone makes none
    linking.link(ticket=second, other=problem, relation="duplicate_of", by=make_admin(), at=AT)
    linking.link(ticket=third, other=problem, relation="duplicate_of", by=make_admin(), at=AT)

    at_risk = "<b>Why at risk?</b> It waits on a known problem, as do 2 other unsolved tickets."
    assert at_risk in promises(desk, ticket) and at_risk in promises(desk, third)
    clock.move_to(again(ticket).due_at + HOUR)
    overdue = "<b>Why red?</b> It waits on a known problem, as do 2 other unsolved tickets."
    assert overdue in promises(desk, ticket) and overdue in promises(desk, second)
    assert "known problem" not in promises(desk, problem)
    changing.change_status(ticket=again(third), to=Status.SOLVED, by=ewa, at=AT + 6 * HOUR)
    assert "as does 1 other unsolved ticket." in promises(desk, ticket)
    changing.change_status(ticket=again(problem), to=Status.SOLVED, by=ewa, at=AT + 6 * HOUR)  # it is one no more
    assert "Its time ran out" in promises(desk, ticket)


def test_nothing_is_explained_where_nothing_is_at_risk(desk: Client, queue: Queue) -> None:
    keeping.make_policy(
        name="Slow", conditions="priority:normal", calendar=keeping.Calendar.objects.get(),
        targets={priority: {"resolution": 40 * 3600} for priority in (1, 2, 3, 4)}, at=AT, position=1,
    )  # fmt: skip
    ticket = new_ticket(queue, at=AT)

    assert rail(desk, ticket) == [("Solved", "track")]
    assert "data-why" not in promises(desk, ticket)


def test_a_ticket_without_promises_says_so(desk: Client, queue: Queue) -> None:
    ticket = new_ticket(queue, at=AT)
    Clock.objects.filter(ticket=ticket).delete()
    Ticket.objects.filter(pk=ticket.pk).update(sla_state="", due_at=None)

    assert "No clock is running." in promises(desk, ticket)


def test_clocks_cost_no_statement(desk: Client, queue: Queue, ewa: User) -> None:
    bare, full = new_ticket(queue, at=AT), new_ticket(queue, at=AT)
    Clock.objects.filter(ticket=bare).delete()
    make_reply(full, ewa, at=AT)
    make_requester_message(full, at=AT)
    desk.get(f"/tickets/{bare.pk}/")

    counts: list[int] = []
    read: Callable[[Ticket], object] = lambda ticket: desk.get(f"/tickets/{ticket.pk}/")  # noqa: E731
    for ticket in (bare, full):
        with statements() as sent:
            read(ticket)
        counts.append(len(sent))

    assert counts[0] == counts[1] <= 10
