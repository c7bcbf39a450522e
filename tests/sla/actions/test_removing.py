"""Policies and calendars that are removed: foreseen and applied like any edit, and what was promised stays."""

from __future__ import annotations

from typing import Any

import pytest

from sla.actions import editing, keeping
from sla.models import Calendar, Clock, Edit, Policy
from tests.factories import AT, HOUR, make_admin, make_queue, make_ticket
from tests.sla.actions.test_editing import OFFICE, TARGETS, applied, assert_clocks_are_what_events_say, counted
from tickets.actions import tagging
from tickets.actions.errors import Refused
from tickets.models import AuditEntry, Ticket, User

pytestmark = pytest.mark.django_db
FAST = {2: {"first_response": 3600, "resolution": 2 * 3600}}


@pytest.fixture
def admin() -> User:
    return make_admin()


@pytest.fixture
def calendar() -> Calendar:
    return keeping.make_calendar(name="Biuro", zone="Europe/Warsaw", weekly=OFFICE, at=AT - 30 * HOUR)


@pytest.fixture
def default(calendar: Calendar) -> Policy:
    return keeping.make_policy(name="Reszta", calendar=calendar, targets=TARGETS, is_default=True, at=AT - 30 * HOUR)


@pytest.fixture
def vip(calendar: Calendar, default: Policy) -> Policy:
    return keeping.make_policy(
        name="VIP", calendar=calendar, targets=FAST, conditions="tag:vip", position=1, at=AT - 30 * HOUR
    )


def removal(kind: str, target: int, by: User, at: Any = AT) -> Edit:
    base = editing.fingerprint(editing.current(kind, target))
    return editing.propose(kind=kind, target=target, base=base, proposed={}, by=by, at=at)


def test_its_tickets_get_the_next_policy_that_fits(admin: User, vip: Policy, default: Policy) -> None:
    ticket = make_ticket(make_queue(), at=AT)
    tagging.add_tags(ticket=ticket, tags=["vip"], by=admin, at=AT)
    assert Clock.objects.get(ticket=ticket, metric="first_response").due_at == AT + HOUR

    edit = counted(removal("policy", vip.pk, admin, AT + HOUR / 2), AT + HOUR / 2)
    assert edit.changed == 2 and Ticket.objects.get(pk=ticket.pk).due_at == AT + HOUR
    edit = applied(edit, admin, AT + HOUR / 2, AT + HOUR / 2)

    assert edit.state == Edit.State.DONE
    clock = Clock.objects.get(ticket=ticket, metric="first_response")
    assert clock.policy_version.policy == default and clock.due_at == AT + 4 * HOUR
    assert AuditEntry.objects.get(kind="policy", action="removed").object_id == str(vip.pk)
    assert editing.current("policy", vip.pk) == {} and keeping.order_now() == []
    assert_clocks_are_what_events_say(AT + HOUR)


def test_what_cannot_go_is_refused_and_stays(admin: User, calendar: Calendar, default: Policy) -> None:
    with pytest.raises(keeping.DefaultStays):
        removal("policy", default.pk, admin)
    with pytest.raises(Refused, match="Reszta"):
        removal("calendar", calendar.pk, admin)

    assert editing.current("policy", default.pk) and editing.current("calendar", calendar.pk)
    assert not Edit.objects.exists()


def test_a_calendar_that_nobody_counts_by_goes_and_comes_back_under_its_name(admin: User, default: Policy) -> None:
    other = keeping.make_calendar(name="Noc", zone="UTC", weekly={0: [("22:00", "06:00")]}, at=AT)
    applied(removal("calendar", other.pk, admin), admin)

    with pytest.raises(Refused):
        keeping.make_policy(name="Nocna", calendar=other, targets=FAST, conditions="tag:noc", at=AT)
    again = keeping.make_calendar(name="Noc", zone="UTC", weekly=OFFICE, at=AT + HOUR)

    assert again.pk == other.pk and again.versions.count() == 2
    assert keeping.values_of_calendar(again)["weekly"]["0"] == [["08:00", "16:00"]]


def test_a_change_of_what_was_removed_meanwhile_is_refused(admin: User, vip: Policy) -> None:
    now = editing.current("policy", vip.pk)
    mine = editing.propose(
        kind="policy",
        target=vip.pk,
        base=editing.fingerprint(now),
        proposed={**now, "hold_pauses": False},
        by=admin,
        at=AT,
    )
    applied(removal("policy", vip.pk, make_admin()), admin)

    with pytest.raises(editing.ChangedMeanwhile):
        editing.apply(edit=mine, by=admin, at=AT)
