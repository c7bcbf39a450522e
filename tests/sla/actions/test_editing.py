"""Edits of calendars and policies: what is foreseen is what happens, at once or bit by bit, and nothing else moves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sla import levels
from sla.actions import editing, keeping, reconciling
from sla.models import Agreement, Calendar, CalendarVersion, Clock, Edit, EditTicket, Policy, Standing
from tests.factories import (
    AT,
    HOUR,
    MINUTE,
    make_admin,
    make_lead,
    make_queue,
    make_reply,
    make_requester,
    make_requester_message,
    make_team,
    make_ticket,
)
from tickets.actions import changing, tagging
from tickets.actions.errors import NotAllowed, Refused
from tickets.models import AuditEntry, Event, Priority, Ticket, User

pytestmark = pytest.mark.django_db

OFFICE = {day: [("08:00", "16:00")] for day in range(5)}
TARGETS = {
    Priority.NORMAL: {"first_response": 4 * HOUR.seconds, "next_response": 8 * 3600, "resolution": 24 * 3600},
    Priority.URGENT: {"first_response": 3600, "next_response": 3600, "resolution": 4 * 3600},
}


@pytest.fixture
def admin() -> User:
    return make_admin()


@pytest.fixture
def calendar() -> Calendar:
    return keeping.make_calendar(name="Biuro", zone="Europe/Warsaw", weekly=OFFICE, at=AT - 30 * HOUR)


@pytest.fixture
def policy(calendar: Calendar) -> Policy:
    return keeping.make_policy(name="Reszta", calendar=calendar, targets=TARGETS, is_default=True, at=AT - 30 * HOUR)


def proposed(kind: str, target: int | None, by: User, at: Any = AT, **changes: Any) -> Edit:
    """What holds now with something else in it."""
    now = editing.current(kind, target)
    return editing.propose(
        kind=kind, target=target, base=editing.fingerprint(now), proposed={**now, **changes}, by=by, at=at
    )


def counted(edit: Edit, at: Any = AT) -> Edit:
    while editing.count_batch(edit.pk, at=at):
        pass
    edit.refresh_from_db()
    return edit


def applied(edit: Edit, by: User, at: Any = AT, then: Any = AT) -> Edit:
    editing.apply(edit=edit, by=by, at=at)
    while editing.apply_batch(edit.pk, at=then):
        pass
    edit.refresh_from_db()
    return edit


def due_times() -> dict[tuple[int, str, int], Any]:
    return {(row.ticket_id, row.metric, row.cycle): row.due_at for row in Clock.objects.all()}


def assert_clocks_are_what_events_say(at: Any = AT) -> None:
    for standing in Standing.objects.all():
        assert reconciling.reconcile(standing.pk, at=at, fixes=False) == []


def test_new_hours_move_what_runs_and_nothing_that_is_over(admin: User, calendar: Calendar, policy: Policy) -> None:
    queue = make_queue()
    runs = make_ticket(queue, at=AT)
    over = make_ticket(queue, at=AT)
    changing.change_status(ticket=over, to="solved", by=admin, at=AT + MINUTE)
    finished = Clock.objects.filter(ticket=over).values_list("pk", "due_at", "policy_version", "calendar_version")
    before = list(finished)

    edit = counted(proposed("calendar", calendar.pk, admin, AT + HOUR, weekly={"0": [["09:00", "10:00"]]}), AT + HOUR)
    assert (edit.state, edit.total, edit.counted, edit.changed) == ("counted", 1, 1, 2)
    assert CalendarVersion.objects.count() == 1 and not Agreement.objects.exclude(at=None).exists()
    edit = applied(edit, admin, AT + HOUR, AT + HOUR)

    assert (edit.state, edit.applied, edit.failed, edit.ended_at) == ("done", 1, 0, AT + HOUR)
    first = Clock.objects.get(ticket=runs, metric="first_response")
    # One hour was used by the old hours, three are left: Mondays alone, an hour each.
    assert first.due_at == AT + HOUR + timedelta(days=14) + HOUR
    assert list(finished) == before
    assert Ticket.objects.get(pk=runs.pk).due_at == first.due_at
    assert AuditEntry.objects.filter(kind="calendar", action="changed").count() == 1
    assert_clocks_are_what_events_say(AT + HOUR)


def test_shorter_targets_are_said_to_be_overdue(admin: User, policy: Policy) -> None:
    ticket = make_ticket(make_queue(), at=AT)
    at = AT + 2 * HOUR

    edit = counted(proposed("policy", policy.pk, admin, at, targets={"2": {"first_response": 3600}}), at)

    worst = edit.foreseen.order_by("-is_overdue").first()
    assert (edit.changed, edit.overdue) == (2, 1)
    assert worst is not None and (worst.ticket_id, worst.metric) == (ticket.pk, "first_response")
    assert worst.becomes_due_at == AT + HOUR
    applied(edit, admin, at, at)
    assert Clock.objects.get(ticket=ticket, metric="first_response").breached_at == AT + HOUR
    assert_clocks_are_what_events_say(at)


def test_a_new_policy_takes_the_tickets_that_fit_it(admin: User, calendar: Calendar, policy: Policy) -> None:
    queue = make_queue()
    fits, other = make_ticket(queue, at=AT), make_ticket(queue, at=AT)
    tagging.add_tags(ticket=fits, tags=["vip"], by=admin, at=AT)
    wanted = {
        "name": "VIP",
        "conditions": "tag:vip",
        "calendar": calendar.pk,
        "targets": {"2": {"first_response": 600}},
        "hold_pauses": True,
        "levels": levels.usual(),
    }

    edit = editing.propose(
        kind="policy", target=None, base=editing.fingerprint({}), proposed=wanted, by=admin, at=AT + MINUTE
    )
    edit = applied(counted(edit, AT + MINUTE), admin, AT + MINUTE, AT + MINUTE)

    assert edit.target == Policy.objects.get(name="VIP").pk
    assert Clock.objects.get(ticket=fits, metric="first_response").due_at == AT + 10 * MINUTE
    assert Clock.objects.get(ticket=other, metric="first_response").due_at == AT + 4 * HOUR
    assert_clocks_are_what_events_say(AT + MINUTE)


def test_another_order_is_another_first_fit(admin: User, calendar: Calendar, policy: Policy) -> None:
    one, two = (
        keeping.make_policy(
            name=name,
            conditions="priority:normal",
            calendar=calendar,
            targets={2: {"first_response": seconds}},
            position=position,
            at=AT,
        )
        for position, (name, seconds) in enumerate([("A", 600), ("B", 1200)])
    )
    ticket = make_ticket(make_queue(), at=AT)
    assert Clock.objects.get(ticket=ticket, metric="first_response").due_at == AT + 10 * MINUTE

    edit = applied(counted(proposed("order", None, admin, order=[two.pk, one.pk])), admin)

    assert edit.state == "done"
    assert keeping.order_now() == [two.pk, one.pk]
    assert Clock.objects.get(ticket=ticket, metric="first_response").due_at == AT + 20 * MINUTE
    assert_clocks_are_what_events_say()


def test_what_was_solved_has_the_terms_of_now_when_it_comes_back(
    admin: User, calendar: Calendar, policy: Policy
) -> None:
    ticket = make_ticket(make_queue(), at=AT)
    changing.change_status(ticket=ticket, to="solved", by=admin, at=AT + MINUTE)
    applied(proposed("policy", policy.pk, admin, AT + HOUR, targets={"2": {"resolution": 5 * 3600}}), admin, AT + HOUR)

    changing.change_status(ticket=ticket, to="open", by=admin, at=AT + 2 * HOUR)

    clock = Clock.objects.get(ticket=ticket, metric="resolution")
    assert (clock.target_s, clock.due_at) == (5 * 3600, AT + 2 * HOUR + 5 * HOUR - MINUTE)
    assert_clocks_are_what_events_say(AT + 2 * HOUR)


def test_a_ticket_that_changed_before_its_turn_is_as_if_it_had_been_first(
    admin: User, calendar: Calendar, policy: Policy
) -> None:
    queue, asker = make_queue(), make_requester()
    tickets = [make_ticket(queue, requester=asker, at=AT) for _number in range(4)]
    edit = proposed(
        "calendar", calendar.pk, admin, AT + HOUR, weekly={"0": [["08:00", "24:00"]], "1": [["08:00", "9:00"]]}
    )

    with transaction.atomic():
        _meanwhile(applied_first=True, edit=edit, tickets=tickets, admin=admin)
        at_once = due_times()
        transaction.set_rollback(True)
    _meanwhile(applied_first=False, edit=edit, tickets=tickets, admin=admin)

    assert due_times() == at_once
    assert_clocks_are_what_events_say(AT + 3 * HOUR)


def _meanwhile(*, applied_first: bool, edit: Edit, tickets: list[Ticket], admin: User) -> None:
    """Things happen to tickets after the edit began to hold and before, or after, their turn."""
    editing.apply(edit=edit, by=admin, at=AT + HOUR)
    if applied_first:
        while editing.apply_batch(edit.pk, at=AT + HOUR):
            pass
    changing.change_priority(ticket=tickets[0], to=Priority.URGENT, by=admin, at=AT + 2 * HOUR)
    make_reply(tickets[1], admin, at=AT + 2 * HOUR)
    changing.change_status(ticket=tickets[2], to="solved", by=admin, at=AT + 2 * HOUR)
    make_requester_message(tickets[3], at=AT + 2 * HOUR)
    while editing.apply_batch(edit.pk, at=AT + 3 * HOUR):
        pass


def test_who_may(calendar: Calendar, admin: User) -> None:
    lead = make_lead(make_team())

    with pytest.raises(NotAllowed):
        proposed("calendar", calendar.pk, lead, name="Inne")
    edit = proposed("calendar", calendar.pk, admin, name="Inne")
    for act in (editing.apply, editing.drop, editing.count_again):
        with pytest.raises(NotAllowed):
            act(edit=edit, by=lead, at=AT)


def test_what_somebody_else_changed_first_is_not_overwritten(admin: User, calendar: Calendar) -> None:
    mine = proposed("calendar", calendar.pk, admin, name="Moje")
    theirs = proposed("calendar", calendar.pk, make_admin(), name="Ich")
    applied(theirs, admin)

    with pytest.raises(editing.ChangedMeanwhile):
        editing.apply(edit=mine, by=admin, at=AT)

    assert Calendar.objects.get().name == "Ich"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"weekly": {}}, ValueError),
        ({"zone": "Mars/Olympus"}, ValueError),
        ({"weekly": {"0": [["08:00", "25:00"]]}}, ValueError),
        ({"weekly": {"0": [["08:00", "12:00"], ["11:00", "13:00"]]}}, ValueError),
        ({}, keeping.NothingChanged),
        ({"name": "Drugi"}, keeping.NameTaken),
    ],
)
def test_what_cannot_be_meant_leaves_nothing(
    admin: User, calendar: Calendar, changes: dict[str, Any], error: type[Exception]
) -> None:
    keeping.make_calendar(name="Drugi", zone="UTC", weekly=OFFICE, at=AT)

    with pytest.raises(error):
        proposed("calendar", calendar.pk, admin, **changes)

    assert not Edit.objects.exists()
    assert CalendarVersion.objects.count() == 2


def test_one_edit_is_applied_at_a_time(admin: User, calendar: Calendar, policy: Policy) -> None:
    make_ticket(make_queue(), at=AT)
    first = proposed("calendar", calendar.pk, admin, zone="UTC")
    second = proposed("policy", policy.pk, admin, hold_pauses=False)
    editing.apply(edit=first, by=admin, at=AT)

    with pytest.raises(editing.StillApplying):
        editing.apply(edit=second, by=admin, at=AT)
    while editing.apply_batch(first.pk, at=AT):
        pass
    editing.apply(edit=second, by=admin, at=AT)


def test_counting_stops_and_says_where(
    admin: User, calendar: Calendar, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = make_queue()
    for _number in range(5):
        make_ticket(queue, at=AT)
    monkeypatch.setattr(editing, "COUNTED_AT_FIRST", 3)
    monkeypatch.setattr(editing, "BATCH", 2)

    edit = counted(proposed("calendar", calendar.pk, admin, zone="UTC"))
    assert (edit.state, edit.counted, edit.total, edit.changed) == ("counted", 3, 5, 6)
    editing.count_again(edit=edit, by=admin, at=AT, everything=True)
    edit = counted(edit)

    assert (edit.state, edit.counted, edit.changed, edit.foreseen.count()) == ("counted", 5, 10, 10)


STEPS = st.lists(
    st.tuples(st.sampled_from(["say", "hear", "status", "priority", "tag"]), st.integers(0, 4), st.integers(0, 600)),
    min_size=2,
    max_size=12,
)
HOURS = st.dictionaries(
    st.integers(0, 6).map(str),
    st.sampled_from([[["06:00", "10:00"]], [["08:00", "12:00"], ["13:00", "18:00"]], [["20:00", "04:00"]]]),
    min_size=1,
)
SECONDS = st.sampled_from([60, 1800, 7200, 100_000])


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, hours=HOURS, seconds=SECONDS, kind=st.sampled_from(["calendar", "policy"]), cut=st.integers(0, 3))
def test_what_is_foreseen_is_what_happens(
    steps: list[tuple[str, int, int]], hours: dict[str, Any], seconds: int, kind: str, cut: int
) -> None:
    with transaction.atomic():
        _play(steps, hours, seconds, kind, cut)
        transaction.set_rollback(True)


def _play(steps: list[tuple[str, int, int]], hours: dict[str, Any], seconds: int, kind: str, cut: int) -> None:
    calendar = keeping.make_calendar(name="Biuro", zone="Europe/Warsaw", weekly=OFFICE, at=AT)
    policy = keeping.make_policy(name="Reszta", calendar=calendar, targets=TARGETS, is_default=True, at=AT)
    admin, queue, asker, at = make_admin(), make_queue(), make_requester(), AT
    tickets = [make_ticket(queue, requester=asker, at=AT) for _number in range(5)]
    for what, which, minutes in steps:
        at += minutes * MINUTE
        try:
            with transaction.atomic():
                _act(what, Ticket.objects.get(pk=tickets[which].pk), minutes, admin, at)
        except Refused:
            continue
    change: dict[str, Any] = (
        {"weekly": hours}
        if kind == "calendar"
        else {"targets": {"2": {"first_response": seconds, "resolution": seconds}}}
    )
    target = calendar.pk if kind == "calendar" else policy.pk
    before, events = due_times(), Event.objects.count()

    edit = counted(proposed(kind, target, admin, at, **change), at)
    assert due_times() == before
    foreseen = {(row.ticket_id, row.metric): row.becomes_due_at for row in edit.foreseen.all()}
    editing.apply(edit=edit, by=admin, at=at)
    assert EditTicket.objects.count() == edit.total
    applied_some = 0
    while editing.apply_batch(edit.pk, at=at + applied_some * cut * HOUR):
        applied_some += 1

    after = due_times()
    changed = {key[:2]: due_at for key, due_at in after.items() if due_at != before[key]}
    assert changed == foreseen
    assert Event.objects.count() == events
    assert_clocks_are_what_events_say(at)


def _act(what: str, ticket: Ticket, how: int, admin: User, at: Any) -> None:
    if what == "say":
        make_reply(ticket, admin, at=at)
    elif what == "hear":
        make_requester_message(ticket, at=at)
    elif what == "status":
        changing.change_status(ticket=ticket, to=["open", "waiting", "solved"][how % 3], by=admin, at=at)
    elif what == "priority":
        changing.change_priority(ticket=ticket, to=[Priority.NORMAL, Priority.URGENT][how % 2], by=admin, at=at)
    else:
        tagging.add_tags(ticket=ticket, tags=[f"tag{how % 2}"], by=admin, at=at)
