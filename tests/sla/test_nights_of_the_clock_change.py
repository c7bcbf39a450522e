"""What is promised is changed in the middle of the two nights in which the clock is changed: by real edits of hours and
policies, while tickets run, wait and come back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sla.actions import editing, keeping, reconciling, sweeping
from sla.models import Calendar, Clock, Edit, Policy
from tests.factories import AT, make_admin, make_queue, make_reply, make_requester_message, make_ticket
from tickets.actions import changing
from tickets.models import Priority, Ticket, User

pytestmark = pytest.mark.django_db

HOUR = 3600
ALWAYS = {str(day): [["00:00", "24:00"]] for day in range(7)}
NIGHT = {str(day): [["22:00", "06:00"]] for day in range(7)}


def wall(text: str) -> datetime:
    """In Warsaw, or with its own offset."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo("Europe/Warsaw"))


@pytest.fixture
def admin() -> User:
    return make_admin()


@pytest.fixture
def night() -> Calendar:
    return keeping.make_calendar(
        name="Noc", zone="Europe/Warsaw", weekly={day: [("22:00", "06:00")] for day in range(7)}, at=AT
    )


@pytest.fixture
def policy(night: Calendar) -> Policy:
    targets = {Priority.NORMAL: {"first_response": 6 * HOUR, "next_response": 2 * HOUR, "resolution": 12 * HOUR}}
    return keeping.make_policy(name="Nocne", calendar=night, targets=targets, is_default=True, at=AT)


def edit_hours(calendar: Calendar, admin: User, at: datetime, **changes: Any) -> None:
    now = keeping.values_of_calendar(calendar)
    _apply("calendar", calendar.pk, now, {**now, **changes}, admin, at)


def edit_policy(policy: Policy, admin: User, at: datetime, **changes: Any) -> None:
    now = keeping.values_of_policy(policy)
    _apply("policy", policy.pk, now, {**now, **changes}, admin, at)


def _apply(kind: str, target: int, now: Any, proposed: Any, admin: User, at: datetime) -> None:
    """As the page does it: foreseen first, then done."""
    edit = editing.propose(kind=kind, target=target, base=editing.fingerprint(now), proposed=proposed, by=admin, at=at)
    while editing.count_batch(edit.pk, at=at):
        pass
    foreseen = {(row.ticket_id, row.metric): row.becomes_due_at for row in edit.foreseen.all()}
    editing.apply(edit=edit, by=admin, at=at)
    while Edit.objects.get(pk=edit.pk).state != "done":
        editing.apply_batch(edit.pk, at=at + timedelta(hours=1))
    for (ticket, metric), due_at in foreseen.items():
        assert Clock.objects.filter(ticket=ticket, metric=metric, due_at=due_at).exists(), "not as it was foreseen"


def due(ticket: Ticket) -> dict[str, datetime | None]:
    return dict(Clock.objects.filter(ticket=ticket, state="running").values_list("metric", "due_at"))


def assert_replays(ticket: Ticket, at: datetime) -> None:
    assert reconciling.reconcile(ticket.pk, at=at, fixes=False) == []


def test_spring_hours_become_longer_in_the_hour_before_the_gap(night: Calendar, policy: Policy, admin: User) -> None:
    ticket = make_ticket(make_queue(), at=wall("2026-03-28 22:00"))
    assert due(ticket)["first_response"] == wall("2026-03-29 05:00")  # seven hours that night, six of them until five

    edit_hours(night, admin, wall("2026-03-29 01:30"), weekly=ALWAYS)

    # 3.5 h used; 2.5 h and 8.5 h are left, and an hour of the wall is left out.
    assert due(ticket) == {"first_response": wall("2026-03-29 05:00"), "resolution": wall("2026-03-29 11:00")}
    assert_replays(ticket, wall("2026-03-29 04:00"))


def test_autumn_hours_become_shorter_in_the_hour_that_comes_twice(night: Calendar, policy: Policy, admin: User) -> None:
    ticket = make_ticket(make_queue(), at=wall("2026-10-24 22:00"))
    assert due(ticket)["first_response"] == wall("2026-10-25 03:00+01:00")

    edit_hours(night, admin, wall("2026-10-25 02:30+01:00"), weekly={**NIGHT, "5": [["22:00", "02:45"]]})

    # 5.5 h used at the second half past two. Of two 2:45 the first one closes, so it closed: on to Sunday night.
    assert due(ticket) == {
        "first_response": wall("2026-10-25 22:30"),
        "resolution": wall("2026-10-26 04:30"),
    }
    assert_replays(ticket, wall("2026-10-25 12:00"))


def test_autumn_the_zone_itself_is_changed(night: Calendar, policy: Policy, admin: User) -> None:
    ticket = make_ticket(make_queue(), at=wall("2026-10-25 01:00+02:00"))

    edit_hours(night, admin, wall("2026-10-25 02:00+01:00"), zone="UTC")

    # Two hours used by 1:00 UTC; in UTC the night ends at six: five hours, and the rest the night after.
    assert due(ticket) == {
        "first_response": wall("2026-10-25 05:00+00:00"),
        "resolution": wall("2026-10-26 03:00+00:00"),
    }
    assert_replays(ticket, wall("2026-10-25 12:00"))


def test_autumn_a_shorter_target_while_it_waits_and_after_it_comes_back(
    night: Calendar, policy: Policy, admin: User
) -> None:
    queue = make_queue()
    paused, running = make_ticket(queue, at=wall("2026-10-24 22:00")), make_ticket(queue, at=wall("2026-10-24 22:00"))
    make_reply(paused, admin, at=wall("2026-10-25 02:30+02:00"), next_status="waiting")
    shorter = {"2": {"first_response": 4 * HOUR, "next_response": HOUR, "resolution": 6 * HOUR}}

    edit_policy(policy, admin, wall("2026-10-25 02:30+01:00"), targets=shorter)
    make_requester_message(paused, at=wall("2026-10-25 03:00+01:00"))

    # Nobody was late when it was answered after 4.5 h of six; that promise is over, the edit does not reach it.
    answered = Clock.objects.get(ticket=paused, metric="first_response")
    assert (answered.state, answered.used_s, answered.target_s) == ("met", int(4.5 * HOUR), 6 * HOUR)
    assert due(paused) == {
        "next_response": wall("2026-10-25 04:00+01:00"),
        "resolution": wall("2026-10-25 04:30+01:00"),
    }
    # 5.5 h had passed when four were agreed: used up at two, the first one.
    assert due(running)["first_response"] == wall("2026-10-25 02:00+02:00")
    assert due(running)["resolution"] == wall("2026-10-25 03:00+01:00")
    sweeping.sweep(at=wall("2026-10-25 05:00+01:00"))
    late = Clock.objects.get(ticket=running, metric="first_response")
    assert late.breached_at == wall("2026-10-25 02:00+02:00")
    for ticket in (paused, running):
        assert_replays(ticket, wall("2026-10-25 05:00+01:00"))


def test_spring_held_over_the_gap_while_the_policy_ceases_to_pause(
    night: Calendar, policy: Policy, admin: User
) -> None:
    ticket = make_ticket(make_queue(), at=wall("2026-03-28 22:00"))
    make_reply(ticket, admin, at=wall("2026-03-28 23:00"))
    changing.change_status(ticket=ticket, to="on_hold", by=admin, at=wall("2026-03-29 01:00"), reason="dostawca")
    assert due(ticket) == {}

    edit_policy(policy, admin, wall("2026-03-29 03:30"), hold_pauses=False)

    # Three hours used before the hold; from half past three on it runs: 2.5 h to six, 6.5 h of the next night.
    assert due(ticket) == {"resolution": wall("2026-03-30 04:30")}
    assert_replays(ticket, wall("2026-03-29 12:00"))
