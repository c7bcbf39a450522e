"""Whatever people do in whatever order, and however much time passes between: what must hold of duties holds."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from rotations.actions import (
    being_away,
    closing_duties,
    covering,
    leaving,
    mailing,
    placing,
    proposing,
    publishing,
    rounds,
    running,
    signing_up,
    waiting,
)
from rotations.models import CoverRequest, Duty, Qualification, Round, Shift, WaitlistEntry, Wish
from tests.factories import AT, HOUR, make_agent, make_lead, make_queue, make_team
from tests.rotations.duties import make_programme, make_round, volunteer
from tests.rotations.invariants import broken, misremembered, past_days
from tickets.actions.errors import Refused

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

PEOPLE = 5
numbers = st.integers(min_value=0, max_value=999)
channels = st.sampled_from([["email"], ["email", "chat"], ["email"], ["phone"], ["email", "phone"]])
DEEDS = [
    *("take_seat", "take_seat", "confirm", "confirm", "take_cover", "take_cover", "take_cover", "agree", "agree"),
    *("wait", "wait", "withdraw", "accept", "accept", "undo", "ask_cover", "turn_down", "take_request_back"),
    *("time_passes", "time_passes", "waive", "leave", "be_away", "decline", "call_off"),
    *("leave_a_part", "leave_a_part", "take_left", "take_left", "take_left"),
    *("sign_up", "step", "propose", "propose_plan", "publish"),
]
"""What is written twice is done twice as often."""
DONE: Counter[str] = Counter()
"""What was done and not refused, over all courses."""


class Course(RuleBasedStateMachine):
    """Five people, a planner and a mentor, four shifts of one or two seats. A refusal is an answer like any other;
    anything else that is raised fails."""

    def __init__(self) -> None:
        super().__init__()
        self._undone = transaction.atomic()
        self._undone.__enter__()
        self.at: datetime = AT
        team = make_team()
        make_queue(team)
        self.lead, self.mentor = make_lead(team), make_agent(team)
        self.people = [volunteer() for _number in range(PEOPLE)]
        Qualification.objects.create(person=self.people[0], channel="phone", signed_off_by=self.lead, signed_off_at=AT)
        self.round = make_round(make_programme(team, seats=1), self.lead, state=Round.State.SIGNUP)
        self.shifts = list(self.round.shifts.order_by("starts_at", "id"))
        Shift.objects.filter(pk=self.shifts[0].pk).update(capacity=2)
        self.past: dict[int, tuple[object, ...]] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self._undone.__exit__(None, None, None)

    def act(self, deed: Callable[..., Any], **told: Any) -> None:
        try:
            deed(at=self.at, **told)
            DONE[deed.__name__] += 1
        except Refused:
            pass

    def one(self, rows: Any, number: int) -> Any:
        found = list(rows.order_by("pk"))
        return found[number % len(found)] if found else None

    def person(self, number: int) -> Any:
        return self.people[number % PEOPLE]

    def shift(self, number: int) -> Shift:
        return self.shifts[number % 4]

    def duty(self, number: int, *states: str) -> Any:
        return self.one(Duty.objects.filter(state__in=states or Duty.LIVE).select_related("person"), number)

    def request(self, number: int, *states: str) -> Any:
        rows = CoverRequest.objects.filter(state__in=states).select_related("duty__person", "offered", "taker")
        return self.one(rows, number)

    def entry(self, number: int, *states: str) -> Any:
        return self.one(WaitlistEntry.objects.filter(state__in=states).select_related("person"), number)

    def begin(self, steps: int) -> None:
        """Mostly with a plan that is published: there is most to go wrong."""
        for person in self.people[1:]:
            told = {"wishes": {}, "channels": ["email", "chat"], "quota": 2, "has_read": 1}
            self.act(signing_up.sign_up, of=self.round, by=person, **told)
        for number in range(steps):
            self.step(0, 0, 0, [])
            if number == 0:
                self.propose_plan(0, 0, 0, [])
        for number in range(8):  # some wait from the beginning: until one of two accepts, much must have happened
            self.wait(number % 2, number // 2, 0, ["email"])

    @initialize(steps=st.sampled_from([2, 2, 2, 1, 0, 3]))
    def started(self, steps: int) -> None:
        self.begin(steps)

    @rule(said=st.lists(st.tuples(st.sampled_from(DEEDS), numbers, numbers, numbers, channels), min_size=6, max_size=9))
    def people_act(self, said: list[tuple[str, int, int, int, list[str]]]) -> None:
        """One rule for all, and several deeds at once: rules are switched off by turns and courses are kept short, and
        it takes a few deeds to get anywhere."""
        for deed, a, b, c, chosen in said:
            getattr(self, deed)(a, b, c, chosen)
            self.everything_holds()

    # Before the plan

    def sign_up(self, a: int, b: int, c: int, said: list[str]) -> None:
        wish = Wish.Value.values[c % 4]
        told = {"wishes": {self.shifts[0].pk: wish}, "channels": said, "quota": b % 3, "has_read": 1}
        self.act(signing_up.sign_up, of=self.round, by=self.person(a), **told)

    def step(self, a: int, b: int, c: int, said: list[str]) -> None:
        state = Round.objects.get(pk=self.round.pk).state
        later = [each for each in rounds.STEPS[state] if each not in ("cancelled", "signup", "reflecting")]
        if later:
            self.act(rounds.move_on, of=self.round, to=later[0], by=self.lead)

    # The planner

    def propose(self, a: int, b: int, c: int, said: list[str]) -> None:
        told = {"shift": self.shift(b), "person": self.person(a), "channels": said, "mentor": self.mentor}
        self.act(placing.propose, by=self.lead, **told)

    def propose_plan(self, a: int, b: int, c: int, said: list[str]) -> None:
        self.act(proposing.propose_plan, of=Round.objects.get(pk=self.round.pk), by=self.lead)

    def publish(self, a: int, b: int, c: int, said: list[str]) -> None:
        self.act(publishing.publish_changes, of=self.round, by=self.lead)

    def call_off(self, a: int, b: int, c: int, said: list[str]) -> None:
        if duty := self.duty(a):
            self.act(leaving.call_off, duty=duty, by=self.lead)

    # Volunteers

    def confirm(self, a: int, b: int, c: int, said: list[str]) -> None:
        if duty := self.duty(a, "proposed"):
            self.act(placing.confirm, duty=duty, by=duty.person)

    def decline(self, a: int, b: int, c: int, said: list[str]) -> None:
        if duty := self.duty(a, "proposed"):
            self.act(leaving.decline, duty=duty, by=duty.person)

    def withdraw(self, a: int, b: int, c: int, said: list[str]) -> None:
        if duty := self.duty(a, "confirmed", "active", "handing_over"):
            self.act(leaving.withdraw, duty=duty, by=duty.person)

    def take_seat(self, a: int, b: int, c: int, said: list[str]) -> None:
        self.act(placing.take_seat, shift=self.shift(b), channels=said, by=self.person(a))

    def be_away(self, a: int, b: int, c: int, said: list[str]) -> None:
        span = {"starts_at": self.at + b % 12 * 24 * HOUR, "ends_at": self.at + (b % 12 + 1) * 24 * HOUR}
        person = self.person(a)
        self.act(being_away.add_absence, person=person, by=person, kind="holiday", zone="Europe/Warsaw", **span)

    # Covers and swaps

    def ask_cover(self, a: int, b: int, c: int, said: list[str]) -> None:
        if duty := self.duty(a, "confirmed", "active"):
            held = list(duty.days.filter(is_live=True).order_by("day"))
            chosen = [each.pk for place, each in enumerate(held) if b % 2 or (b // 2 + place) % 2]
            alone = self.person(c) if c % 7 == 0 and self.person(c) != duty.person else None
            kind, by = "swap" if c % 2 else "give", self.lead if c % 5 == 0 else duty.person
            self.act(covering.ask_cover, duty=duty, days=chosen, kind=kind, by=by, to=alone)

    def take_cover(self, a: int, b: int, c: int, said: list[str]) -> None:
        if (request := self.request(a, "open")) is None:
            self.ask_cover(a, b, c, said)
            request = self.request(a, "open")
        if request is not None:
            mine = Duty.objects.filter(state="confirmed").exclude(person=request.duty.person).select_related("person")
            offered = self.one(mine, c) if request.kind == "swap" else None
            by = offered.person if offered is not None else self.person(b)
            self.act(covering.take_cover, request=request, by=by, offered=offered)

    def agree(self, a: int, b: int, c: int, said: list[str]) -> None:
        if self.request(a, "pending") is None:
            self.ask_cover(a, 1, 1, said)  # a swap, of all days
            self.take_cover(a, b, c, said)
        if request := self.request(a, "pending"):
            self.act(covering.agree, request=request, offered=request.offered, by=request.duty.person)

    def turn_down(self, a: int, b: int, c: int, said: list[str]) -> None:
        if request := self.request(a, "pending"):
            self.act(covering.turn_down, request=request, by=request.duty.person)

    def take_request_back(self, a: int, b: int, c: int, said: list[str]) -> None:
        if request := self.request(a, "open", "pending"):
            self.act(covering.take_back, request=request, by=request.duty.person)

    def undo(self, a: int, b: int, c: int, said: list[str]) -> None:
        if request := self.request(a, "applied"):
            for by in (request.duty.person, request.taker):
                self.act(covering.undo, request=CoverRequest.objects.get(pk=request.pk), by=by)

    def leave_a_part(self, a: int, b: int, c: int, said: list[str]) -> None:
        """Whoever shares a seat leaves, or is taken off it."""
        shared = Duty.objects.filter(state__in=["confirmed", "active"]).exclude(part_of=None)
        if (duty := self.one(shared.select_related("person", "part_of__person"), a)) is None:
            self.ask_cover(a, 0, 0, said)
            self.take_cover(a, b, 0, said)
            duty = self.one(shared.select_related("person", "part_of__person"), a)
        if duty is not None:
            leaver = duty.part_of if b % 2 and duty.part_of.is_live else duty
            deed, by = (leaving.call_off, self.lead) if c % 4 == 0 else (leaving.withdraw, leaver.person)
            self.act(deed, duty=leaver, by=by)

    def take_left(self, a: int, b: int, c: int, said: list[str]) -> None:
        rows = CoverRequest.objects.filter(state="open", is_left_over=True).select_related("duty__person")
        if request := self.one(rows, a):
            self.act(covering.take_cover, request=request, by=self.person(b))
            request.refresh_from_db(fields=["state"])
            DONE["take_left"] += request.state == "applied"

    # The waitlist

    def wait(self, a: int, b: int, c: int, said: list[str]) -> None:
        self.act(waiting.wait, shift=self.shift(b), channels=["email"], by=self.person(a))

    def accept(self, a: int, b: int, c: int, said: list[str]) -> None:
        if entry := self.entry(a, "offered"):
            self.act(waiting.accept, entry=entry, by=entry.person)

    def leave(self, a: int, b: int, c: int, said: list[str]) -> None:
        if entry := self.entry(a, "waiting", "offered"):
            self.act(waiting.leave, entry=entry, by=entry.person)

    # Time, and what it does

    def time_passes(self, a: int, b: int, c: int, said: list[str]) -> None:
        self.at += timedelta(hours=(1, 6, 25, 49, 75)[a % 5])
        if b % 2:
            running.move_all(at=self.at)
            waiting.offer_all(at=self.at)
            mailing.remind_all(at=self.at)

    def waive(self, a: int, b: int, c: int, said: list[str]) -> None:
        if duty := self.duty(a, "handing_over"):
            self.act(closing_duties.waive, duty=duty, by=self.lead)

    @invariant()
    def everything_holds(self) -> None:
        assert broken(self.at) == {}
        assert misremembered() == {}

    @invariant()
    def what_is_over_stays_as_it_was(self) -> None:
        now = past_days(self.at)
        assert {number: now.get(number) for number in self.past} == self.past
        self.past = now


def test_no_course_of_a_round_breaks_what_must_hold(clock: object) -> None:
    """About the same courses at each run (what else is imported changes some); COURSES=200 tries others."""
    courses = int(os.environ.get("COURSES", "0"))
    patient = settings(
        max_examples=courses or 16,
        stateful_step_count=10,
        deadline=None,
        derandomize=not courses,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )

    DONE.clear()

    run_state_machine_as_test(Course, settings=patient)

    assert {"sign_up", "propose_plan", "confirm", "ask_cover", "wait"} <= DONE.keys()
    if courses >= 100:
        assert {"agree", "undo", "accept", "take_cover", "withdraw"} <= DONE.keys()  # else it is not about what it says
        assert DONE["take_left"]
