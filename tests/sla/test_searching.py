"""What promises can be searched by, as of any moment and with no sweep."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from sla.actions import keeping
from tests.factories import (
    AT,
    HOUR,
    MINUTE,
    fill_work_order,
    make_agent,
    make_queue,
    make_reply,
    make_requester,
    make_ticket,
)
from tickets.models import Ticket
from tickets.queries import searching
from tickets.queries.searching.meaning import Reading
from tickets.searching import QueryError
from tickets.templatetags.promises import promise

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def found(text: str, at: timedelta) -> set[str]:
    asked = searching.conditions(searching.read(text), None, AT + at, reading=Reading(None, AT + at))
    return set(Ticket.objects.filter(asked).values_list("subject", flat=True))


@pytest.fixture(autouse=True)
def tickets() -> None:
    """Four hours to the first reply, 24 of work to the solution."""
    keeping.make_usual_policy(at=AT)
    queue, requester = make_queue(), make_requester()
    agent = make_agent(queue.team)

    def opened(subject: str) -> Ticket:
        return make_ticket(queue, requester=requester, subject=subject)

    opened("new")
    make_reply(opened("answered"), agent, at=AT + HOUR)
    make_reply(opened("asked back"), agent, at=AT + HOUR, next_status="waiting")
    make_reply(opened("solved"), agent, at=AT + HOUR, next_status="solved")
    make_reply(opened("solved late"), agent, at=AT + 5 * HOUR, next_status="solved")


def test_what_runs_waits_and_was_kept() -> None:
    assert found("sla:running", 5 * HOUR) == {"new", "answered"}
    assert found("sla:paused", 5 * HOUR) == {"asked back"}
    assert found("sla:met", 5 * HOUR) == {"solved", "solved late"}
    assert found("sla:missed", 5 * HOUR) == {"solved late"}


def test_what_turns_amber_as_the_pill_does() -> None:
    assert found("sla:warning", 3 * HOUR - MINUTE) == set()
    assert found("sla:warning", 3 * HOUR) == {"new"}
    assert found("sla:warning", 4 * HOUR - MINUTE) == {"new"}
    assert found("sla:warning", 4 * HOUR + MINUTE) == set()


@pytest.mark.parametrize("zone", ["Europe/Warsaw", "America/New_York"])
def test_amber_by_working_time_is_what_the_pills_say(zone: str) -> None:
    """Over nights, lunches, weekends and the night with an hour less, of promises of many lengths."""
    lunch = [("08:00", "12:00"), ("12:30", "16:00")]
    calendar = keeping.make_calendar(name="Z przerwą", zone=zone, weekly=dict.fromkeys(range(5), lunch), at=AT)
    nights = keeping.make_calendar(
        name="Noce", zone=zone, weekly={day: [("22:00", "06:00")] for day in range(7)}, at=AT
    )
    for name, hours, other in (
        ("long", calendar, 40),
        ("short", calendar, 3),
        ("night", nights, 9),
        ("day", nights, 1),
    ):
        targets = {priority: {"resolution": other * 3600 + 7} for priority in (1, 2, 3, 4)}
        keeping.make_policy(name=name, conditions=f'subject:"{name}"', calendar=hours, targets=targets, at=AT)
    queue, requester = make_queue(), make_requester()
    for name in ("long", "short", "night", "day"):
        for opened in (-19, -9, -3, 0, 2, 5):
            at = AT + opened * timedelta(hours=7, minutes=13)
            make_ticket(queue, requester=requester, subject=f"{name} {opened}", at=at)
    assert Ticket.objects.filter(sla_metric="resolution", sla_calendar_id__isnull=False).count() >= 24

    seen = set()
    for hour in range(0, 21 * 24 * 2, 3):
        at = hour * 30 * MINUTE
        pills = [(ticket.subject, promise(ticket, AT + at)) for ticket in Ticket.objects.all()]
        amber = {subject for subject, pill in pills if pill is not None and pill.state == "warning"}
        assert found("sla:warning", at) == amber, at
        seen |= amber
    assert len(seen) >= 12


def test_amber_where_every_hour_counts() -> None:
    Ticket.objects.filter(subject="new").update(sla_calendar_id=None)
    assert found("sla:warning", 3 * HOUR) == {"new"}


def test_amber_looks_at_a_stretch_of_the_work_order_alone(django_assert_num_queries: Any) -> None:
    reading = Reading(None, AT)
    query = searching.read("sla:warning")
    with django_assert_num_queries(1):
        asked = searching.conditions(query, None, AT, reading=reading)
    rows = Ticket.objects.unsolved().filter(asked)
    fill_work_order(make_queue())

    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
    plan = rows.explain()

    assert re.search(r"Index Cond: .*work_at >= .*work_at < ", plan), plan


def test_what_is_broken_is_so_without_a_sweep() -> None:
    assert found("sla:breached", 4 * HOUR) == {"solved late"}
    assert found("sla:breached", 4 * HOUR + MINUTE) == {"new", "solved late"}
    assert found("sla:breached -sla:missed", 4 * HOUR + MINUTE) == {"new"}


def test_by_what_is_due_next() -> None:
    assert found("metric:first_response", 2 * HOUR) == {"new"}
    assert found("metric:resolution", 2 * HOUR) == {"answered", "asked back"}
    assert found("due<4h metric:first", 2 * HOUR) == {"new"}


def test_words_of_a_pole() -> None:
    assert found("sla:przekroczone", 5 * HOUR) == found("sla:breached", 5 * HOUR)


def test_an_unknown_word_is_refused() -> None:
    with pytest.raises(QueryError):
        found("sla:nonsense", HOUR)
