"""Monday's backlog: what is new, what is answered and waits for us, what waits for others, and when it falls due."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from helpdesk.demo import hours, people, phrasing
from helpdesk.demo.cases import AGENT, Case, all_cases
from helpdesk.demo.hours import NOW, add, back
from helpdesk.demo.people import Person
from helpdesk.demo.phrasing import fill
from helpdesk.demo.story import Promise, Story
from helpdesk.demo.telling import BREAKDOWN_AT, PRIORITIES, SOLVED_TARGET_H, Line, Subject, Teller
from tickets.models import DueState, Metric, Priority, Status

FIRST_TARGET_H = {Priority.LOW: (16,), Priority.NORMAL: (4, 4, 8), Priority.HIGH: (2,), Priority.URGENT: (1,)}
NEXT_TARGET_H = {Priority.LOW: (16,), Priority.NORMAL: (4, 8), Priority.HIGH: (2,), Priority.URGENT: (1,)}
LONG_TARGET_H = {Priority.LOW: (24, 40), Priority.NORMAL: (8, 16, 16, 24), Priority.HIGH: (8,), Priority.URGENT: (8,)}
"""Targets of answers that are not due this morning."""
OVERDUE, AT_RISK, LATER = "overdue", "at_risk", "later"
NEAR_UNTIL = NOW + timedelta(hours=4)
LATER_FROM = NOW + timedelta(hours=5, minutes=30)
"""Nothing falls due between these two: what came over the weekend would all be due at noon, and the 300 that are about to
breach at eight o'clock would be 660 a minute later."""
FIRST_AGENT_HOLDS, FIRST_AGENT_RUNS = 23, 15
"""So many open tickets Agnieszka has in hand on that Monday, and so many of them wait for her and for nobody else."""


class Backlog:
    """Tells unsolved tickets. Which of them fall due when is fixed before they are told.

    `first_agent_works`: whether Agnieszka takes her share of these.
    """

    def __init__(self, teller: Teller, *, first_agent_works: bool = True) -> None:
        self.teller, self.rng = teller, teller.rng
        self.first_agent_works = first_agent_works
        self._in_hand: Counter[int] = Counter()

    def tell(
        self, *, unsolved: int, at_risk: int, overdue: int, waiting: int, on_hold: int, has_breakdown: bool
    ) -> Iterator[Story]:
        """Monday's backlog: what is new, what is answered and waits for us, what waits for others."""
        running = unsolved - waiting - on_hold
        plan = [AT_RISK] * at_risk + [OVERDUE] * overdue
        plan += [LATER] * (running - len(plan))
        self.rng.shuffle(plan)
        of_breakdown = _breakdown(self.rng) if has_breakdown else {AT_RISK: [], LATER: [], OVERDUE: []}
        for when in plan:
            case = of_breakdown[when].pop() if of_breakdown[when] else None
            yield self.running(when, due_time(self.rng, when), case=case)
        for _n in range(waiting):
            yield self.paused(Status.WAITING)
        for _n in range(on_hold):
            yield self.paused(Status.ON_HOLD)

    def running(self, when: str, due: Callable[[], datetime], *, case: Case | None = None) -> Story:
        """The desk's turn: a first reply, the next answer or the solution falls due."""
        if self.rng.random() < (0.7 if case else 0.62):
            return self.new(when, due, case=case, is_taken=self.rng.random() < 0.1)
        return self.answered(when, due, case=case, is_held=self.rng.random() < 0.6)

    def new(self, when: str, due: Callable[[], datetime], *, case: Case | None = None, is_taken: bool = False) -> Story:
        """Nobody has answered yet: the first reply is what is due."""
        rng = self.rng
        opened_at, target, priority = self._since(when, due, FIRST_TARGET_H, case)
        subject = self.teller.begin(opened_at, case=case, is_backlog=True)
        story = subject.story
        if priority != Priority.NORMAL:
            self.teller.prioritise(subject, self._triage_time(opened_at), priority)
        if is_taken:
            agent = self._holder(subject)
            at = self._triage_time(story.latest)
            if rng.random() < 0.3:
                story.assigned(at, self.teller.lead_of(subject.case.queue), agent)
            else:
                story.taken(at, agent)
            if rng.random() < 0.5:
                self._note_if_any(subject, self._triage_time(story.latest))
        elif rng.random() < 0.08 and NOW - opened_at > timedelta(hours=20) and self._can_write(story):
            at = hours.daylight(_between(rng, max(opened_at, story.latest), NOW, 0.5, 0.95), rng)
            if at < NOW:
                self.teller.perform(subject, self.teller.pool_line("requester", phrasing.NUDGES, subject.language), at)
        self._promise(story, when, Metric.FIRST_RESPONSE, opened_at, target)
        return story

    def answered(self, when: str, due: Callable[[], datetime], *, case: Case | None = None, is_held: bool) -> Story:
        """Open, and the requester waits for the next answer (or, now and then, for the solution)."""
        rng = self.rng
        if case is None and rng.random() < 0.25:
            return self._in_work(when, due, is_held=is_held)
        since, target, priority = self._since(when, due, NEXT_TARGET_H, case)
        while True:
            opened_at = self._opening_before(since, case)
            subject = self.teller.begin(opened_at, case=case, is_backlog=True)
            story = subject.story
            if story.requester.email:
                break
            self.teller.forget(story)
        lines = self._until_question(subject)
        times = self._times(rng, opened_at, since, len(lines) - 1)
        subject.agent = self._holder(subject) if is_held else subject.agent
        if priority != Priority.NORMAL:
            self.teller.prioritise(subject, min(times[0], opened_at + timedelta(minutes=2)), priority)
        for line, at in zip(lines, [*times, since], strict=True):
            status = Status.WAITING if line.who == "agent" and line.asks else ""
            self.teller.perform(subject, line, at, next_status=status)
        if not is_held:
            self._hand_back(subject)
        self._promise(story, when, Metric.NEXT_RESPONSE, since, target)
        return story

    def _in_work(self, when: str, due: Callable[[], datetime], *, is_held: bool) -> Story:
        """Open, answered with "I am looking into it"; the solution is due."""
        rng = self.rng
        opened_at, target, priority = self._since(when, due, SOLVED_TARGET_H, None)
        subject = self.teller.begin(opened_at, is_backlog=True)
        story = subject.story
        subject.agent = self._holder(subject) if is_held else subject.agent
        first = add(opened_at, rng.randint(600, 9000))
        limit = back(NOW, 1800)
        if first >= limit:
            first = opened_at + (limit - opened_at) / 2 if opened_at < limit else opened_at + timedelta(seconds=30)
        if priority != Priority.NORMAL:
            self.teller.prioritise(subject, min(first, opened_at + timedelta(minutes=4)), priority)
        self.teller.perform(subject, self.teller.pool_line("agent", phrasing.LOOKING, subject.language), first)
        if story.status == Status.NEW:  # called back instead of mailed
            story.status_changed(story.latest + timedelta(seconds=15), subject.agent, Status.OPEN)
        if story.assignee is None and is_held:
            story.taken(story.latest + timedelta(seconds=10), subject.agent)
        note_at = add(story.latest, rng.randint(900, 5400))
        if note_at < NOW:
            self._note_if_any(subject, note_at)
        if not is_held and story.assignee is not None:
            self._hand_back(subject)
        self._promise(story, when, Metric.RESOLUTION, opened_at, target)
        return story

    def paused(self, status: str, *, since: datetime | None = None) -> Story:
        """Waiting for the requester, or on hold for somebody else: answered, and no promise runs."""
        rng = self.rng
        last = since or back(NOW, rng.uniform(0.2, 95) * 3600)
        while True:
            opened_at = back(last, rng.uniform(0.5, 14) * 3600) - timedelta(minutes=rng.randint(0, 50))
            subject = self.teller.begin(opened_at, is_backlog=True)
            story = subject.story
            lines = self._until_pause(subject, status)
            if lines and story.requester.email:
                break
            self.teller.forget(story)
        subject.agent = self._holder(subject, most=FIRST_AGENT_HOLDS)
        times = self._times(rng, opened_at, last, len(lines) - 1)
        self.teller.prioritise(subject, min((times or [last])[0], opened_at + timedelta(minutes=5)))
        for n, (line, at) in enumerate(zip(lines, [*times, last], strict=True)):
            is_last = n == len(lines) - 1
            waits = line.who == "agent" and (line.asks or (is_last and status == Status.WAITING))
            self.teller.perform(subject, line, at, next_status=Status.WAITING if waits else "")
        if status == Status.ON_HOLD:
            reason = fill(rng.choice(subject.case.hold), subject.slots, writer=0, reader=0, rng=rng)
            story.status_changed(add(story.latest, rng.randint(20, 400)), subject.agent, Status.ON_HOLD, reason=reason)
        target = rng.choice(SOLVED_TARGET_H[Priority(story.priority)]) * 3600
        story.promise = Promise(DueState.PAUSED, Metric.RESOLUTION, opened_at, target)
        return story

    def _until_question(self, subject: Subject) -> list[Line]:
        """Up to the requester's answer in the written thread; else a nudge after a first word."""
        lines = self.teller.thread(subject)
        ends = next((n for n, line in enumerate(lines) if line.who == "requester"), None)
        if ends is not None and any(line.who == AGENT for line in lines[:ends]):
            return lines[: ends + 1]
        return [
            self.teller.pool_line("agent", phrasing.LOOKING, subject.language),
            self.teller.pool_line("requester", phrasing.NUDGES, subject.language),
        ]

    def _until_pause(self, subject: Subject, status: str) -> list[Line]:
        lines = self.teller.thread(subject)
        if status == Status.ON_HOLD:
            notes = [line for line in lines[:2] if line.who == "note"][:1]
            return (
                [self.teller.pool_line("agent", phrasing.LOOKING, subject.language), *notes]
                if subject.case.hold
                else []
            )
        question = next((n for n, line in enumerate(lines) if line.who == AGENT and line.asks), None)
        return [] if question is None else lines[: question + 1]

    def _since(
        self, when: str, due: Callable[[], datetime], targets: dict[Priority, tuple[int, ...]], case: Case | None
    ) -> tuple[datetime, int, int]:
        """When the running promise began, its target in seconds and the priority behind it."""
        rng = self.rng
        weights = case.priorities if case else (8, 70, 19, 3)
        is_first, is_long = targets is FIRST_TARGET_H, targets is SOLVED_TARGET_H
        if when == LATER and not is_long:
            targets = LONG_TARGET_H
        for attempt in itertools.count():
            if attempt % 25 == 0:  # long enough that the rare priorities are not the ones that fit most easily
                priority = rng.choices(PRIORITIES, weights=weights)[0]
            target = rng.choice(targets[priority]) * 3600
            if case is not None:
                since = self._since_breakdown(is_first, when)
                due_at = add(since, target)
                is_wanted = due_at < NEAR_UNTIL if when == AT_RISK else due_at >= LATER_FROM
                if is_wanted:
                    return since, target, priority
            elif when == LATER:
                since = back(NOW, rng.uniform(0.1, 36) * 3600) if is_long else self._recent.draw(rng)
                if add(since, target) >= LATER_FROM:
                    return since, target, priority
            else:
                since = back(due(), target)
                if since < NOW - timedelta(minutes=3):
                    return since, target, priority
        raise AssertionError("unreachable")

    _recent = hours.Arrivals(datetime(2026, 3, 4, 12), NOW - timedelta(minutes=3))

    def _since_breakdown(self, is_first: bool, when: str) -> datetime:
        """Blank invoices: many noticed before the desk closed on Friday, the others over the weekend."""
        rng = self.rng
        if is_first and rng.random() < (0.8 if when == AT_RISK else 0.2):
            return BREAKDOWN_AT + timedelta(seconds=rng.randint(60, 1190))
        start = BREAKDOWN_AT + timedelta(minutes=rng.randint(19, 240))
        weekend = hours.Arrivals(start, NOW - timedelta(minutes=3))
        return weekend.draw(rng)

    def _opening_before(self, since: datetime, case: Case | None) -> datetime:
        if case is not None:
            return min(BREAKDOWN_AT + timedelta(seconds=self.rng.randint(40, 500)), since - timedelta(minutes=9))
        return back(since, self.rng.uniform(1, 16) * 3600) - timedelta(minutes=self.rng.randint(0, 240))

    def _times(self, rng: random.Random, start: datetime, end: datetime, count: int) -> list[datetime]:
        """`count` moments of desk time between two others, in order."""
        open_s = hours.elapsed(start, end)
        if open_s < 240:
            return [start + (end - start) * (n + 1) / (count + 1) for n in range(count)]
        moments = sorted(rng.uniform(0.05, 0.95) * open_s for _ in range(count))
        return [add(start, seconds) for seconds in moments]

    def _triage_time(self, earliest: datetime) -> datetime:
        """Soon after, in desk hours; what came over the weekend was looked at from half past seven on Monday."""
        at = add(earliest, self.rng.randint(60, 2400))
        if at < NOW:
            return at
        return _between(self.rng, max(earliest, NOW - timedelta(minutes=30)), NOW, 0.05, 0.5)

    def _holder(self, subject: Subject, *, most: int = FIRST_AGENT_RUNS) -> Person:
        """Who has it in hand: somebody at work today, Agnieszka until she has her share."""
        queue = subject.case.queue
        first = self.teller.cast.agents[0]
        is_hers = self.first_agent_works and queue == "billing"
        if is_hers and self._in_hand[first.number] < most and self.rng.random() < 0.45:
            holder = first
        else:
            team = [
                p
                for p in self.teller.team_of(queue)
                if p.name not in people.AWAY and p is not first and p.role == "agent"
            ]
            holder = self.rng.choice(team)
        self._in_hand[holder.number] += 1
        return holder

    def _hand_back(self, subject: Subject) -> None:
        """Given back to the queue after the last answer, as at the end of a day."""
        story = subject.story
        holder = story.assignee
        assert holder is not None
        at = min(add(story.latest, self.rng.randint(300, 5400)), NOW - timedelta(seconds=self.rng.randint(30, 900)))
        story.assigned(max(at, story.latest + timedelta(seconds=2)), holder, None)

    def _note_if_any(self, subject: Subject, at: datetime) -> None:
        note = next((line for line in self.teller.thread(subject) if line.who == "note"), None)
        if note is not None:
            self.teller.perform(subject, note, at)

    def _can_write(self, story: Story) -> bool:
        return bool(story.requester.email) or story.channel != "phone"

    def _promise(self, story: Story, when: str, metric: str, since: datetime, target: int) -> None:
        due_at = add(since, target)
        story.promise = Promise(DueState.RUNNING, metric, since, target, due_at, due_at if when == OVERDUE else None)


def _breakdown(rng: random.Random) -> dict[str, list[Case]]:
    """The tickets of Friday's breakdown, by when they fall due: two in three this morning."""
    cases = [case for case in all_cases() for _n in range(case.exactly or 0)]
    rng.shuffle(cases)
    near = len(cases) * 2 // 3
    return {AT_RISK: cases[:near], LATER: cases[near:], OVERDUE: []}


def due_time(rng: random.Random, when: str) -> Callable[[], datetime]:
    if when == OVERDUE:
        return lambda: hours.back(NOW, rng.triangular(60, 11 * 3600, 600))

    def soon() -> datetime:
        start, end = rng.choices(((0, 30), (30, 120), (120, 240)), weights=(38, 121, 141))[0]
        return NOW + timedelta(minutes=rng.randrange(start, end), seconds=rng.randrange(1, 59))

    return soon


def _between(rng: random.Random, start: datetime, end: datetime, low: float, high: float) -> datetime:
    return start + (end - start) * rng.uniform(low, high)
