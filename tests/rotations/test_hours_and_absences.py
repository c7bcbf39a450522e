"""Entering hours and absences: what is refused, what the database holds, and that presence follows at once."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from rotations import queries, tasks
from rotations.actions import being_away, keeping_hours, presence
from rotations.models import Absence, WorkingBlock, WorkingHours
from rotations.weekly_hours import DAY, WrongHours, read_day
from tests.factories import (
    AT,
    HOUR,
    MINUTE,
    make_admin,
    make_agent,
    make_colleague,
    make_grant,
    make_lead,
    make_queue,
    make_requester,
    make_team,
)
from tests.tickets.views.conftest import statements
from tickets.actions import facts
from tickets.actions.errors import NotAllowed, Refused
from tickets.models import AuditEntry, Presence, User
from tickets.queries import sidebar

MONDAY = date(2026, 3, 9)
DAY_LONG = timedelta(days=1)
ZONE = "Europe/Warsaw"


def week(*days: str) -> list[Any]:
    return [block for day, text in enumerate(days) for block in read_day(text, day)]


OFFICE = week("8-16", "8-16", "8-16", "8-16", "8-16")


def set_hours(person: User, blocks: list[Any] = OFFICE, *, since: date = MONDAY, **more: Any) -> WorkingHours:
    told = {"person": person, "zone": ZONE, "blocks": blocks, "valid_from": since, "by": person, "at": AT, **more}
    return keeping_hours.set_hours(**told)


def away(person: User, start: datetime, end: datetime, **more: Any) -> Absence:
    told = {"person": person, "kind": "holiday", "zone": ZONE, "by": person, "at": AT, **more}
    return being_away.add_absence(starts_at=start, ends_at=end, **told)


def present(person: User) -> list[tuple[datetime, datetime]]:
    rows = Presence.objects.filter(user=person).order_by("starts_at")
    return list(rows.values_list("starts_at", "ends_at"))


def test_hours_make_a_person_present_for_the_days_to_come(agent: User) -> None:
    set_hours(agent)

    there = present(agent)
    assert there[:2] == [(AT, AT + 8 * HOUR), (AT + DAY_LONG, AT + DAY_LONG + 8 * HOUR)]
    assert len(there) == 10
    assert queries.on_duty(at=AT) == sidebar.on_duty(AT) == {agent.pk: AT + 8 * HOUR}
    assert queries.on_duty(at=AT + 8 * HOUR) == {}
    assert not AuditEntry.objects.exists()


def test_an_absence_takes_them_away_at_once_and_its_removal_brings_them_back(agent: User) -> None:
    set_hours(agent)

    doctor = away(agent, AT + 2 * HOUR, AT + 3 * HOUR, kind="other")
    assert present(agent)[:2] == [(AT, AT + 2 * HOUR), (AT + 3 * HOUR, AT + 8 * HOUR)]
    assert queries.on_duty(at=AT + 2 * HOUR) == {}
    being_away.remove_absence(absence=doctor, by=agent, at=AT)
    assert present(agent)[0] == (AT, AT + 8 * HOUR)
    being_away.restore_absence(absence=doctor, by=agent, at=AT)

    assert present(agent)[0] == (AT, AT + 2 * HOUR)


def test_a_new_week_begins_on_its_date_and_can_be_taken_back_before_it_was_in_force(agent: User) -> None:
    set_hours(agent)
    later = set_hours(agent, week("10-18", "10-18"), since=MONDAY + 7 * DAY_LONG)
    assert present(agent)[5:] == [
        (AT + 7 * DAY_LONG + 2 * HOUR, AT + 7 * DAY_LONG + 10 * HOUR),
        (AT + 8 * DAY_LONG + 2 * HOUR, AT + 8 * DAY_LONG + 10 * HOUR),
    ]

    keeping_hours.remove_hours(hours=later, by=agent, at=AT)
    assert len(present(agent)) == 10
    keeping_hours.restore_hours(hours=later, by=agent, at=AT)
    assert len(present(agent)) == 7

    with pytest.raises(keeping_hours.InForce):
        keeping_hours.remove_hours(hours=later, by=agent, at=AT + 8 * DAY_LONG)


def test_a_week_for_the_same_date_is_replaced_and_one_without_blocks_ends_the_hours(agent: User) -> None:
    first = set_hours(agent)

    again = set_hours(agent, week("9-12"))
    assert (again.pk, len(present(agent))) == (first.pk, 2)
    set_hours(agent, [], since=MONDAY + DAY_LONG)

    assert present(agent) == [(AT + HOUR, AT + 4 * HOUR)]
    assert WorkingHours.objects.count() == 2


def test_what_cannot_be_hours_is_refused_and_nothing_is_half_saved(agent: User) -> None:
    for refused, wrong in (
        (keeping_hours.NothingKept, {"blocks": []}),
        (keeping_hours.InForce, {"since": MONDAY - DAY_LONG}),
        (Refused, {"since": MONDAY + 800 * DAY_LONG}),
        (WrongHours, {"blocks": week("8-12, 11-16")}),
    ):
        with pytest.raises(refused):
            set_hours(agent, **wrong)

    assert not WorkingHours.objects.exists()
    assert present(agent) == []


def test_an_absence_that_cannot_be_is_refused(agent: User) -> None:
    away(agent, AT, AT + DAY_LONG)
    for start, end in (
        (AT + HOUR, AT),
        (AT + 2 * DAY_LONG, AT + 500 * DAY_LONG),
        (AT + 800 * DAY_LONG, AT + 801 * DAY_LONG),
        (AT + 23 * HOUR, AT + 30 * HOUR),
    ):
        with pytest.raises(Refused):
            away(agent, start, end)

    away(agent, AT + DAY_LONG, AT + 2 * DAY_LONG)  # they may touch
    assert Absence.objects.count() == 2


def test_an_absence_does_not_come_back_over_another(agent: User) -> None:
    first = away(agent, AT, AT + DAY_LONG)
    being_away.remove_absence(absence=first, by=agent, at=AT)
    away(agent, AT, AT + HOUR)

    with pytest.raises(being_away.AlreadyAway):
        being_away.restore_absence(absence=first, by=agent, at=AT)


def test_the_database_itself_refuses_what_overlaps(agent: User) -> None:
    hours = set_hours(agent)
    away(agent, AT, AT + DAY_LONG)
    more = {"person": agent, "kind": "sick", "zone": ZONE, "added_at": AT}
    for make in (
        lambda: WorkingBlock.objects.create(hours=hours, weekday=0, starts=900, ends=1000),
        lambda: WorkingBlock.objects.create(hours=hours, weekday=6, starts=900, ends=900),
        lambda: WorkingBlock.objects.create(hours=hours, weekday=6, starts=DAY, ends=DAY + 1),
        lambda: WorkingBlock.objects.create(hours=hours, weekday=7, starts=0, ends=1),
        lambda: WorkingHours.objects.create(person=agent, zone=ZONE, valid_from=MONDAY, added_at=AT),
        lambda: Absence.objects.create(starts_at=AT + HOUR, ends_at=AT + 2 * DAY_LONG, **more),
        lambda: Absence.objects.create(starts_at=AT + 9 * DAY_LONG, ends_at=AT + 9 * DAY_LONG, **more),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            make()


def test_leads_enter_for_their_teams_and_the_audit_says_so_without_the_note(agent: User, team: Any) -> None:
    lead, admin = make_lead(team), make_admin()

    set_hours(agent, by=lead)
    absence = away(agent, AT, AT + DAY_LONG, by=lead, note="Złamana noga")
    being_away.remove_absence(absence=absence, by=admin, at=AT)

    lines = list(AuditEntry.objects.order_by("id"))
    assert [(line.actor, line.action, line.kind, line.object_id) for line in lines] == [
        (lead, "changed", "working_hours", str(agent.pk)),
        (lead, "added", "absence", str(agent.pk)),
        (admin, "removed", "absence", str(agent.pk)),
    ]
    assert lines[0].data == {
        "valid_from": ["", "2026-03-09"],
        "zone": ["", ZONE],
        **{f"weekday_{day}": ["", "8:00-16:00"] for day in range(5)},
    }
    assert lines[1].data == {"starts_at": ["", "2026-03-09 08:00"], "ends_at": ["", "2026-03-10 08:00"]}
    assert lines[2].data == {"starts_at": ["2026-03-09 08:00", ""], "ends_at": ["2026-03-10 08:00", ""]}
    assert "noga" not in str([line.data for line in lines])


def test_nobody_else_does_and_only_support_keeps_a_week(agent: User, team: Any) -> None:
    elsewhere = make_team()
    make_queue(elsewhere)
    colleague = make_colleague()
    for by, person in (
        (make_agent(team), agent),
        (make_lead(elsewhere), agent),
        (make_requester(), agent),
        (colleague, agent),
        (make_admin(), make_requester()),
    ):
        with pytest.raises(NotAllowed):
            away(person, AT, AT + DAY_LONG, by=by)
        with pytest.raises(NotAllowed):
            set_hours(person, by=by)
    with pytest.raises(NotAllowed):
        set_hours(colleague)

    assert away(colleague, AT, AT + DAY_LONG).person == colleague


def test_a_duty_counts_like_hours_and_an_absence_takes_it_away(team: Any) -> None:
    volunteer = make_colleague()
    make_grant(volunteer, team.queues.get(), start=AT - HOUR, end=AT + 2 * HOUR)
    assert queries.on_duty(at=AT) == {volunteer.pk: AT + 2 * HOUR}
    tasks.write_presence()
    assert present(volunteer) == [(AT - HOUR, AT + 2 * HOUR)]

    away(volunteer, AT + HOUR, AT + 3 * HOUR)

    assert present(volunteer) == [(AT - HOUR, AT + HOUR)]


def test_the_task_writes_what_is_missing_once_and_takes_away_what_holds_no_longer(agent: User, clock: Any) -> None:
    set_hours(agent)
    gone = make_agent()
    facts.store_presence(gone, [(AT, AT + HOUR)], after=AT)
    Presence.objects.filter(user=agent).delete()

    assert presence.write_everybody(at=AT) == 2
    kept = list(Presence.objects.order_by("id").values_list("id", flat=True))
    assert presence.write_everybody(at=AT + HOUR) == 0

    assert list(Presence.objects.order_by("id").values_list("id", flat=True)) == kept
    assert {row.user for row in Presence.objects.all()} == {agent}
    clock.move_to(AT + DAY_LONG)
    tasks.write_presence()
    assert present(agent)[-1][1] > AT + 11 * DAY_LONG


def test_what_was_two_days_ago_is_not_written_anew(agent: User) -> None:
    set_hours(agent)

    presence.write_everybody(at=AT + 4 * DAY_LONG)
    away(agent, AT + MINUTE, AT + 5 * DAY_LONG, at=AT + 4 * DAY_LONG)

    assert present(agent)[0] == (AT, AT + 8 * HOUR)
    assert (AT + 3 * DAY_LONG, AT + 3 * DAY_LONG + 8 * HOUR) not in present(agent)


def test_somebody_who_left_works_no_more(agent: User) -> None:
    set_hours(agent)
    User.objects.filter(pk=agent.pk).update(is_active=False)

    presence.write_everybody(at=AT)

    assert present(agent) == []
    assert queries.windows([agent.pk], AT, AT + DAY_LONG) == {agent.pk: []}


def test_many_people_cost_as_many_statements_as_one(agent: User, team: Any) -> None:
    def sent() -> int:
        with statements() as found:
            queries.windows(None, AT, AT + 7 * DAY_LONG)
        return len(found)

    set_hours(agent)
    alone = sent()
    for _number in range(3):
        person = make_agent(team)
        set_hours(person)
        away(person, AT, AT + HOUR)

    assert sent() == alone == 4
