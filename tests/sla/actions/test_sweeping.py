"""The sweep on real tickets: each level once, at its true moment, whenever it looks and whoever else does."""

from __future__ import annotations

import multiprocessing
import random
import time
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from sla.actions import keeping, reconciling, sweeping
from sla.models import Clock, Flag, Notice, SweepRun
from tests.factories import (
    AT,
    HOUR,
    MINUTE,
    make_admin,
    make_agent,
    make_queue,
    make_reply,
    make_requester,
    make_ticket,
)
from tests.tickets import racing
from tests.tickets.racing import Crowd
from tickets.actions import changing, removing
from tickets.models import Priority, Ticket

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
LATE = sweeping.LAG
CHANGES = {"insert", "update", "select", "with", "delete"}


@pytest.fixture(autouse=True)
def policy() -> Any:
    """Four hours to the first reply, three days of eight to a solution; warned at 75 % and 30 minutes before."""
    keeping.make_usual_policy(at=AT)


def flags(ticket: Ticket, metric: str = "first_response") -> dict[str, datetime]:
    rows = Flag.objects.filter(ticket=ticket, metric=metric, revoked_at=None).order_by("at")
    return dict(rows.values_list("level", "at"))


def notices(ticket: Ticket, metric: str = "first_response") -> dict[str, str]:
    rows = Notice.objects.filter(flag__ticket=ticket, flag__metric=metric).order_by("flag__at")
    return dict(rows.values_list("flag__level", "state"))


def assert_right(at: datetime) -> None:
    for ticket in Ticket.objects.order_by("pk"):
        assert reconciling.reconcile(ticket.pk, at=at, fixes=False) == []
    assert Notice.objects.count() == Flag.objects.count()


def test_each_level_is_flagged_at_its_moment_and_once() -> None:
    ticket = make_ticket()

    assert sweeping.sweep(at=AT + 3 * HOUR + LATE - MINUTE).flags == 0
    assert sweeping.sweep(at=AT + 3 * HOUR + LATE).flags == 1
    assert sweeping.sweep(at=AT + 3 * HOUR + 10 * MINUTE).flags == 0
    assert sweeping.sweep(at=AT + 4 * HOUR - 20 * MINUTE).flags == 1
    swept = sweeping.sweep(at=AT + 4 * HOUR + MINUTE)

    assert (swept.flags, swept.breaches) == (1, 1)
    assert flags(ticket) == {
        "used:75": AT + 3 * HOUR,
        "minutes:-30": AT + 4 * HOUR - 30 * MINUTE,
        "breach": AT + 4 * HOUR,
    }
    assert set(notices(ticket).values()) == {"waiting"}
    assert Ticket.objects.get(pk=ticket.pk).breached_at == AT + 4 * HOUR
    assert_right(AT + 5 * HOUR)


def test_after_hours_of_standing_still_flags_carry_their_own_time_and_old_warnings_are_not_told() -> None:
    ticket = make_ticket()

    swept = sweeping.sweep(at=AT + 7 * HOUR)

    assert flags(ticket) == {
        "used:75": AT + 3 * HOUR,
        "minutes:-30": AT + 4 * HOUR - 30 * MINUTE,
        "breach": AT + 4 * HOUR,
    }
    assert notices(ticket) == {"used:75": "skipped", "minutes:-30": "skipped", "breach": "waiting"}
    assert set(Flag.objects.values_list("noticed_at", flat=True)) == {AT + 7 * HOUR}
    assert swept.late_s == 4 * 3600
    assert SweepRun.objects.get().late_s == 4 * 3600
    assert_right(AT + 7 * HOUR)


def test_of_several_warnings_only_the_last_is_told() -> None:
    ticket = make_ticket()

    sweeping.sweep(at=AT + 4 * HOUR - 10 * MINUTE)

    assert notices(ticket) == {"used:75": "skipped", "minutes:-30": "waiting"}


def test_what_broke_days_ago_is_no_news() -> None:
    ticket = make_ticket(at=AT - 7 * DAY)

    sweeping.sweep(at=AT)

    assert notices(ticket)["breach"] == "skipped"
    assert Ticket.objects.get(pk=ticket.pk).breached_at is not None


def test_a_level_passed_before_an_action_is_flagged_by_the_action() -> None:
    """The sweep stands still; a reply after the promise was broken says so, and nobody need be told any more."""
    ticket = make_ticket()
    make_reply(ticket, make_agent(ticket.queue.team), at=AT + 5 * HOUR)

    assert flags(ticket)["breach"] == AT + 4 * HOUR
    assert set(notices(ticket).values()) == {"skipped"}
    assert sweeping.sweep(at=AT + 5 * HOUR + MINUTE).flags == 0
    assert_right(AT + 6 * HOUR)


def test_a_change_that_leaves_the_clock_running_tells_what_was_passed() -> None:
    ticket = make_ticket()
    changing.change_priority(ticket=ticket, to=Priority.URGENT, by=make_admin(), at=AT + 90 * MINUTE)

    # The first hour would have been enough: it was due after one.
    assert flags(ticket) == {"minutes:-30": AT + 30 * MINUTE, "used:75": AT + 45 * MINUTE, "breach": AT + HOUR}
    assert notices(ticket)["breach"] == "waiting"
    assert_right(AT + 2 * HOUR)


def test_a_reply_that_came_in_time_and_late_revokes_the_flag() -> None:
    """Held, recorded after the sweep: it counts from the press of Send."""
    ticket = make_ticket()
    sweeping.sweep(at=AT + 4 * HOUR + MINUTE)
    assert "breach" in flags(ticket)

    note_after = AT + 4 * HOUR + 2 * MINUTE
    changing.change_priority(ticket=ticket, to=Priority.LOW, by=make_admin(), at=note_after)
    make_reply(ticket, make_agent(ticket.queue.team), at=AT + 4 * HOUR - MINUTE)

    revoked = Flag.objects.get(ticket=ticket, metric="first_response", level="breach")
    assert revoked.revoked_at is not None
    assert revoked.revoked_because == Flag.Why.LATE_EVENT
    assert notices(ticket)["breach"] == "skipped"
    assert "used:75" in flags(ticket)
    assert Clock.objects.get(ticket=ticket, metric="first_response").state == "met"
    assert Ticket.objects.get(pk=ticket.pk).breached_at is None
    assert_right(AT + 5 * HOUR)


def test_removed_and_waiting_tickets_pass_nothing() -> None:
    removed, waiting = make_ticket(), make_ticket()
    removing.remove(ticket=removed, removed_as="deleted", by=make_admin(), at=AT + HOUR)
    make_reply(waiting, make_agent(waiting.queue.team), at=AT + HOUR, next_status="waiting")

    assert sweeping.sweep(at=AT + 30 * DAY).flags == 0


@pytest.mark.parametrize("amount", [1, 30])
def test_a_batch_costs_the_same_statements_however_much_it_finds(amount: int) -> None:
    queue, requester = make_queue(), make_requester()
    for _ in range(amount):
        make_ticket(queue, requester=requester)
    sweeping.sweep(at=AT)  # the calendar is read once in a process

    with CaptureQueriesContext(connection) as captured:
        swept = sweeping.sweep(at=AT + 8 * DAY)

    assert (swept.clocks, swept.breaches) == (2 * amount, 2 * amount)
    said = [query["sql"].split()[0].lower() for query in captured.captured_queries]
    assert len([one for one in said if one in CHANGES]) <= 6
    assert len(said) <= 10


def test_a_run_of_many_batches_ends_and_leaves_one_heartbeat() -> None:
    queue, requester = make_queue(), make_requester()
    for _ in range(5):
        make_ticket(queue, requester=requester)

    swept = sweeping.sweep(at=AT + 8 * DAY, at_once=3)

    assert (swept.batches, swept.clocks) == (4, 10)
    run = SweepRun.objects.get()
    assert (run.clocks, run.flags) == (10, 30)


def test_the_command_says_what_it_did(clock: Any) -> None:
    make_ticket()
    clock.move_to(AT + 4 * HOUR + MINUTE)
    said = StringIO()

    call_command("sla_sweep", "--once", stdout=said)

    assert "1 clocks passed a level, 3 flags raised, 1 promises broken" in said.getvalue()


# Several at once, in processes of their own.


@pytest.mark.django_db(transaction=True)
def test_sweepers_that_are_killed_leave_exactly_one_flag_and_one_notice_each() -> None:
    """Three sweep at once in small batches; one after the other is killed in the middle of it and begun again."""
    queue, requester = make_queue(), make_requester()
    for number in range(60):
        make_ticket(queue, requester=requester, at=AT + number * MINUTE)
    at = AT + 8 * DAY
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.tickets.racing_preload"])
    chance = random.Random(6)

    def begun() -> Any:
        process = context.Process(target=_sweep, args=(connection.settings_dict["NAME"], at), daemon=True)
        process.start()
        return process

    sweepers = [begun() for _ in range(3)]
    for _ in range(12):
        raised = Flag.objects.count()
        while Flag.objects.count() == raised and Clock.objects.filter(next_at__lte=at).exists():
            time.sleep(chance.uniform(0, 0.02))  # until one of them is at work
        place = chance.randrange(3)
        sweepers[place].kill()
        sweepers[place].join()
        sweepers[place] = begun()
    for process in sweepers:
        process.join(60)
        assert process.exitcode == 0

    sweeping.sweep(at=at)
    expected = {(clock, level, 1) for clock in Clock.objects.values_list("pk", flat=True) for level in LEVELS}
    raised = list(Flag.objects.values_list("clock", "level", "time"))
    assert set(raised) == expected
    assert len(raised) == len(expected)
    assert Notice.objects.count() == len(expected)
    assert Ticket.objects.filter(breached_at=None).count() == 0
    assert_right(at)


LEVELS = ["used:75", "minutes:-30", "breach"]


def _sweep(database: str, at: datetime) -> None:
    connection.settings_dict["NAME"] = database
    sweeping.sweep(at=at, at_once=4)


@pytest.mark.django_db(transaction=True)
def test_sweeps_beside_actions_wait_for_nobody_in_a_circle() -> None:
    """Two sweep while two change the same tickets: whoever comes first, the levels are flagged once."""
    queue, admin = make_queue(), make_admin()
    tickets = [make_ticket(queue, requester=admin, at=AT) for _ in range(24)]
    crowd = Crowd(4, connection.settings_dict["NAME"])
    try:
        rounds = [([ticket.pk], admin.pk, AT + 8 * DAY) for ticket in tickets]
        results = crowd.press(racing.sweep_or_change, *rounds)
    finally:
        crowd.end()

    assert {str(result) for one in results for result in one} == {"done"}
    sweeping.sweep(at=AT + 8 * DAY + MINUTE)
    assert_right(AT + 9 * DAY)
    breaches = Flag.objects.filter(level="breach", revoked_at=None)
    assert breaches.count() == len(set(breaches.values_list("clock", flat=True)))


@pytest.mark.django_db(transaction=True)
def test_a_ticket_in_somebodys_hands_is_left_for_the_next_run() -> None:
    held, free = make_ticket(), make_ticket()
    crowd = Crowd(1, connection.settings_dict["NAME"])
    try:
        with transaction.atomic():
            list(Ticket.objects.select_for_update(no_key=True).filter(pk=held.pk))
            ((swept,),) = crowd.press(racing.sweep, (AT + 8 * DAY,))
    finally:
        crowd.end()

    assert swept == 6
    assert flags(held) == {}
    assert sweeping.sweep(at=AT + 8 * DAY).flags == 6
    assert len(flags(free)) == 3
