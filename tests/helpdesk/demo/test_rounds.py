"""Rounds of duties in the demo: five that are over, one that runs since this minute."""

from __future__ import annotations

import random
from collections import Counter, defaultdict

import pytest

from helpdesk.demo import people, seed
from helpdesk.demo.hours import NOW as WALL
from helpdesk.demo.hours import utc
from rotations.actions import closing_duties, running
from rotations.models import Duty, DutyEvent, Finding, Round, SignUp
from rotations.queries import discussing, inviting, my_duty, qualifications, reflections
from tests.helpdesk.demo.test_seed import SMALL
from tickets.models import Grant, User

NOW = utc(WALL)


@pytest.fixture
def company(db: None) -> None:
    cast = people.make_cast(random.Random(1), requesters=SMALL.requesters, firms=SMALL.firms)
    seed.write_company(cast, random.Random(1))
    seed.duty.write(cast)


def test_the_sixth_runs_and_five_are_over(company: None) -> None:
    states = Counter(Round.objects.values_list("state", flat=True))
    assert states == {Round.State.RUNNING: 1, Round.State.CLOSED: 5, Round.State.SIGNUP: 1, Round.State.DRAFT: 1}
    assert SignUp.objects.filter(round__state=Round.State.RUNNING).count() == 60
    assert Counter(Duty.objects.values_list("state", flat=True)) == {
        "completed": 68, "withdrawn": 2, "active": 4, "confirmed": 7, "proposed": 1,
    }  # fmt: skip
    departments = defaultdict(set)
    for number, name in Duty.objects.values_list("shift__round__number", "person__organisation__name"):
        departments[number].add(name)
    assert min(map(len, departments.values())) >= 5
    on_duty = Duty.objects.filter(state=Duty.State.ACTIVE).values_list("person__organisation__name", flat=True)
    assert {"Bursztyn, marketing", "Bursztyn, programiści", "Bursztyn, zarząd"} < set(on_duty)
    for duty in Duty.objects.prefetch_related("events"):
        kinds = [DutyEvent.Kind(each.kind) for each in duty.events.order_by("at", "pk")]
        assert [DutyEvent.LEADS_TO[kind] for kind in kinds if kind in DutyEvent.LEADS_TO][-1] == duty.state
    assert Finding.objects.filter(settled_at=None).exists()
    assert reflections.for_everybody(NOW)


def test_the_next_two_are_asked_for_and_talked_over(company: None) -> None:
    asked = Round.objects.get(state=Round.State.SIGNUP)
    told = inviting.progress(asked, NOW)
    draft = Round.objects.get(state=Round.State.DRAFT)

    assert (told.invited, told.signed_up, told.declined, told.waiting) == (24, 3, 1, 0)
    assert told.opened > told.signed_up
    assert discussing.tally(draft) == (3, 1)
    assert [each.state for each in qualifications.held(User.objects.get(pk=draft.made_by_id), NOW)] == [
        "soon", "valid", "valid",
    ]  # fmt: skip
    assert qualifications.due_reminders(NOW) == []


def test_hers_is_a_real_duty_with_its_right(company: None) -> None:
    volunteer = User.objects.get(name=people.ON_DUTY)

    duty = my_duty.duty_of(volunteer, NOW)

    assert duty is not None
    assert duty.grant == Grant.objects.get(user=volunteer)
    clock = my_duty.clock_of(duty, NOW)
    assert clock is not None
    assert (clock.is_running, clock.number, clock.total, clock.left_s) == (True, 1, 3, 8 * 3600)
    assert {duty.mentor.name, duty.deputy.name} == set(people.MENTORS)
    assert my_duty.start(volunteer, NOW) == "my_duty"


def test_nothing_is_behind_its_time(company: None) -> None:
    assert running.move_all(at=NOW) == 0
    assert closing_duties.return_all(at=NOW) == 0
