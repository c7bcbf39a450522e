"""The course of one ticket's promises: what each thing that happens on it does to its clocks (DESIGN §5). Pure.

    course = Course()
    for happened in ticket_happenings:  # in the order of their times
        course = step(course, happened, hours)

Everything follows from the times of what happened, nothing from when somebody looked. What the table leaves open:

* A solved ticket waits for no reply: an unanswered question is cancelled with it, or missed if its time was over.
  Reopened and still unanswered it goes on with the time it had used. So do clocks of a ticket that is restored.
* A metric for which its priority has no target runs without one (``target_s`` None): a later priority finds its start,
  its used time and its pauses. It breaks nothing and is shown nowhere.
* A shorter target may have been used up before the change: then it was due when it was used up. A longer one makes
  nothing undone: what is breached stays so. Another calendar counts from the change on; time used before keeps the
  hours of the old one.
* Paused in the very second in which the target is used up, a promise is not broken; it is due when it goes on.
* Words that were split off wait on the new ticket, since they came. Their clock here is cancelled for good; where other
  words wait on, one of their own counts since those came.
* What was undone whole has never been: neither what it broke nor what it stopped. Taken back in part, it has.
* A level is passed once. A longer target makes those lie ahead again that it has not used up yet, so that somebody is
  warned of it too; what is broken warns no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sla.business_time import BusinessCalendar
from sla.levels import BREACH, USED_UP, Level
from sla.levels import in_order as levels_in_order

FIRST_RESPONSE, NEXT_RESPONSE, RESOLUTION = METRICS = ("first_response", "next_response", "resolution")
RUNNING, PAUSED, MET, MISSED, CANCELLED, NO_HOURS = STATES = (
    "running",
    "paused",
    "met",
    "missed",
    "cancelled",
    "no_hours",
)
GOES_ON_WITHIN = timedelta(days=14)
"""Reopened so soon after it was solved, a ticket goes on with the time used; later it is a new cycle."""

FINISHED = (MET, MISSED)
DONE = ("solved", "closed")

Hours = Callable[[int], BusinessCalendar]
"""The hours of a calendar version by its number."""


@dataclass(frozen=True)
class Terms:
    """What is promised from some moment on: numbers of the versions, targets in seconds of working time by metric."""

    policy: int
    calendar: int
    targets: Mapping[str, int] = field(default_factory=dict)
    hold_pauses: bool = True
    priority: int = 0
    """The one that these targets are for."""
    levels: tuple[Level, ...] = (USED_UP,)


@dataclass(frozen=True)
class Run:
    """A stretch in which a clock ran, by the hours of one calendar version."""

    started_at: datetime
    stopped_at: datetime
    calendar: int


@dataclass(frozen=True)
class Reached:
    """A level was passed at a moment, and may lie ahead once more since a longer target was agreed."""

    level: str
    at: datetime
    lies_ahead: bool = False


@dataclass(frozen=True)
class Clock:
    """``used_s`` counts the ``runs``, not the one that goes on since ``running_since``. ``due_at`` is None while it is
    not known: paused, cancelled, without a target or hours. ``stopped_at`` is when it ended or was cancelled.
    """

    metric: str
    cycle: int
    state: str
    started_at: datetime
    policy: int
    calendar: int
    target_s: int | None
    runs: tuple[Run, ...] = ()
    used_s: int = 0
    running_since: datetime | None = None
    stopped_at: datetime | None = None
    due_at: datetime | None = None
    breached_at: datetime | None = None
    reached: tuple[Reached, ...] = ()
    is_withdrawn: bool = False
    """Cancelled for good: the words that it waited for an answer to stand on another ticket."""

    @property
    def is_finished(self) -> bool:
        return self.state in FINISHED or self.is_withdrawn

    @property
    def overdue_s(self) -> int:
        """Working time beyond the target of a promise that ended broken."""
        return max(0, self.used_s - self.target_s) if self.state == MISSED and self.target_s is not None else 0


@dataclass(frozen=True)
class Happening:
    """What an event tells about promises. None and False: nothing about that."""

    at: datetime
    terms: Terms | None = None
    status: str | None = None
    is_gone: bool | None = None
    asked_at: datetime | None = None
    """Since when words of the requester wait for an answer."""
    is_answer: bool = False
    begun_at: datetime | None = None
    """Since when there is a ticket to solve, also if no words wait on it."""
    are_words_taken: bool = False
    """The words that waited for an answer were split off; ``left_at`` is when the first of those came that still do."""
    left_at: datetime | None = None
    begins_answered: bool = False
    """A ticket that was split off came with our reply to it."""
    merged_since: datetime | None = None
    """When the first words of a ticket came that went into this one and had no reply yet."""
    is_quiet: bool = False
    """Imported, or a favour done on the spot: remembered, and nothing follows from it."""


@dataclass(frozen=True)
class Course:
    clocks: tuple[Clock, ...] = ()
    terms: Terms | None = None
    status: str = "new"
    is_gone: bool = False
    is_answered: bool = False


def happening(kind: str, at: datetime, data: Mapping[str, Any], terms: Terms | None = None) -> Happening | None:
    """What a recorded event of the kernel means here; None when it means nothing and brings no new terms."""
    asked_at = begun_at = left_at = merged_since = None
    begins_answered = False
    status = data["status"][1] if isinstance(data.get("status"), list) else None
    if kind == "opened" or (kind == "requester_wrote" and not data.get("automatic") and not data.get("is_aside")):
        asked_at = at
    elif kind == "split" and "source" in data:
        begun_at = datetime.fromisoformat(data["opened_at"])
        asked_at = _moment(data.get("asked_at", data["opened_at"]))
        status = data["begins_as"]
        begins_answered = status != "new"
    elif kind == "split" and "left_at" in data:
        left_at = _moment(data["left_at"])
    elif kind == "merged" and "source" in data and not data["first_reply_at"]:
        merged_since = datetime.fromisoformat(data["opened_at"])
    told = Happening(
        at=at,
        terms=terms,
        status=status,
        is_gone=bool(data["removed_as"][1]) if isinstance(data.get("removed_as"), list) else None,
        asked_at=asked_at,
        is_answer=kind == "replied" and not data.get("automatic") and "rule" not in data,
        begun_at=begun_at,
        are_words_taken=kind == "split" and "left_at" in data,
        left_at=left_at,
        begins_answered=begins_answered,
        merged_since=merged_since,
        is_quiet=bool(data.get("imported") or data.get("favour") == "done"),
    )
    return None if told == Happening(at=at, is_quiet=told.is_quiet) else told


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def in_order(recorded: Iterable[Happening]) -> list[Happening]:
    """What was recorded, in the order of its times. Words count as of their own time however late they are recorded;
    what a ticket was set to never counts earlier than what it was set to before, for the last word stands."""
    found: list[Happening] = []
    reached: datetime | None = None
    for told in recorded:
        if told.status is None and told.is_gone is None and told.terms is None:
            found.append(told)
            continue
        if reached is not None and told.at < reached:
            set_to = Happening(
                reached, terms=told.terms, status=told.status, is_gone=told.is_gone, is_quiet=told.is_quiet
            )
            found += [replace(told, terms=None, status=None, is_gone=None), set_to]
        else:
            found.append(told)
            reached = told.at
    return sorted(found, key=lambda told: told.at)


def step(course: Course, told: Happening, hours: Hours) -> Course:
    """The course after ``told``, which is not earlier than anything before it."""
    before, levels_before = course.status, course.terms.levels if course.terms is not None else ()
    course = replace(
        course,
        terms=told.terms or course.terms,
        status=told.status or course.status,
        is_gone=course.is_gone if told.is_gone is None else told.is_gone,
        is_answered=course.is_answered or told.begins_answered or (told.is_quiet and told.is_answer),
    )
    if told.is_quiet or course.terms is None:
        return course
    dial = _Dial(course.terms, told.at, hours)
    clocks = [lapsed(clock, told.at, levels_before, hours) for clock in course.clocks]
    if told.terms is not None:
        clocks = [clock if clock.is_finished else dial.agreed(clock) for clock in clocks]
    if told.are_words_taken:
        _take_off(clocks, course, told.left_at, dial)
    if told.asked_at is not None and not course.is_gone:
        _ask(clocks, course, told.asked_at, dial)
    if told.begun_at is not None and not course.is_gone:
        _begin(clocks, course, told.begun_at, dial)
    if told.is_answer:
        # Also when the ticket was solved before it was answered: the question is no longer open.
        clocks = [dial.finished(clock) if _waits_for_words(clock) else clock for clock in clocks]
        course = replace(course, is_answered=True)
    if course.status in DONE:
        clocks = [dial.finished(clock) if _ends_when_solved(clock) else clock for clock in clocks]
    elif before in DONE:
        _reopen(clocks, dial)
    if told.merged_since is not None and not course.is_gone:
        _take_in(clocks, course, told.merged_since, dial)
    return replace(course, clocks=tuple(dial.lapsed(_settled(clock, course, dial)) for clock in clocks))


def at_rest(course: Course, at: datetime, hours: Hours) -> Course:
    """The course as it stands at ``at``, when nothing has happened since: what was due before is breached."""
    levels = course.terms.levels if course.terms is not None else ()
    return replace(course, clocks=tuple(lapsed(clock, at, levels, hours) for clock in course.clocks))


def lapsed(clock: Clock, at: datetime, levels: tuple[Level, ...], hours: Hours) -> Clock:
    """The clock with everything that it passed before ``at``, when nothing has happened since."""
    breached_at = clock.breached_at
    if clock.state == RUNNING and clock.due_at is not None and clock.due_at < at and breached_at is None:
        breached_at = clock.due_at
    found = []
    for level in _levels_ahead(clock, levels):
        passed_at = breached_at if level.key == BREACH else _passed_at(clock, level, hours)
        if passed_at is None or passed_at >= at:
            break
        found.append(Reached(level.key, passed_at))
    if not found and breached_at == clock.breached_at:
        return clock
    return replace(clock, breached_at=breached_at, reached=(*clock.reached, *found))


def next_level(clock: Clock, levels: tuple[Level, ...], hours: Hours) -> tuple[str, datetime] | None:
    """The level that the clock passes next, and when, if nothing happens before."""
    if clock.state != RUNNING:
        return None
    for level in _levels_ahead(clock, levels):
        passed_at = _passed_at(clock, level, hours)
        return None if passed_at is None else (level.key, passed_at)
    return None


def _levels_ahead(clock: Clock, levels: tuple[Level, ...]) -> Iterator[Level]:
    if clock.target_s is None or clock.state in (CANCELLED, NO_HOURS):
        return
    passed = {reached.level for reached in clock.reached if not reached.lies_ahead}
    for level in levels_in_order(levels, clock.target_s):
        is_over = clock.is_finished and level.key != BREACH
        is_idle = BREACH in passed and level.is_warning(clock.target_s)
        if level.key not in passed and not is_over and not is_idle:
            yield level


def _passed_at(clock: Clock, level: Level, hours: Hours) -> datetime | None:
    """When so much is used up, or was; None while that is not known."""
    assert clock.target_s is not None
    if level.key == BREACH:
        return clock.due_at
    over_at, left = _used_up_at(clock, level.amount(clock.target_s), hours)
    if over_at is not None or clock.running_since is None:
        return over_at
    try:
        return hours(clock.calendar).due(clock.running_since, left)
    except ValueError:  # beyond all years
        return None


def _used_up_at(clock: Clock, amount: int, hours: Hours) -> tuple[datetime | None, int]:
    """When ``amount`` was used up in a run that is over, or None and what was left of it after all of them."""
    left = amount
    for run in clock.runs:
        calendar = hours(run.calendar)
        used = calendar.elapsed(run.started_at, run.stopped_at)
        if left <= used and (over_at := calendar.due(run.started_at, left)) < run.stopped_at:
            return over_at, 0
        left = max(0, left - used)
    return None, left


class _Dial:
    """Setting clocks at one moment, by the terms that hold then."""

    def __init__(self, terms: Terms, at: datetime, hours: Hours) -> None:
        self.terms, self.at, self.hours = terms, at, hours

    def started(self, metric: str, cycle: int, since: datetime) -> Clock:
        terms = self.terms
        clock = Clock(metric, cycle, RUNNING, since, terms.policy, terms.calendar, terms.targets.get(metric))
        return self.running(clock, since)

    def running(self, clock: Clock, since: datetime) -> Clock:
        clock = replace(clock, running_since=since, stopped_at=None)
        try:
            return replace(clock, state=RUNNING, due_at=self._due(clock, since))
        except ValueError:  # it lies beyond all years
            return replace(clock, state=NO_HOURS, due_at=None)

    def stopped(self, clock: Clock) -> Clock:
        """No longer running, with the time used."""
        if clock.running_since is None:
            return clock
        runs = clock.runs
        if clock.running_since < self.at:
            runs = (*runs, Run(clock.running_since, self.at, clock.calendar))
        return replace(clock, runs=runs, used_s=self._used(runs), running_since=None, due_at=None)

    def finished(self, clock: Clock) -> Clock:
        due_at = clock.due_at
        stopped = self.stopped(clock)
        if due_at is None:
            try:
                due_at = self._due(stopped, self.at)
            except ValueError:
                pass
        breached_at = clock.breached_at
        if due_at is not None and due_at < self.at:
            breached_at = breached_at or due_at
        state = MISSED if breached_at else MET
        return replace(stopped, state=state, stopped_at=self.at, due_at=due_at, breached_at=breached_at)

    def withdrawn(self, clock: Clock) -> Clock:
        stopped = self.stopped(clock)
        return replace(stopped, state=CANCELLED, stopped_at=self.at, due_at=None, is_withdrawn=True)

    def agreed(self, clock: Clock) -> Clock:
        """The clock under the terms that hold now, with its start, its used time and its pauses."""
        terms = self.terms
        since = clock.running_since
        if since is not None and clock.calendar != terms.calendar:
            clock = self.stopped(clock)
            since = max(since, self.at)
        target_s = terms.targets.get(clock.metric)
        clock = replace(clock, policy=terms.policy, calendar=terms.calendar, target_s=target_s)
        if clock.state != CANCELLED:  # which breaks nothing; what it has used up counts when it goes on
            clock = replace(clock, breached_at=clock.breached_at or self._used_up_at(clock)[0])
        clock = clock if since is None else self.running(clock, since)
        return self.lapsed(self._rearmed(clock))

    def begun_earlier(self, clock: Clock, since: datetime) -> Clock:
        if since >= clock.started_at:
            return clock
        runs = (Run(since, clock.started_at, clock.calendar), *clock.runs)
        clock = replace(clock, started_at=since, runs=runs, used_s=self._used(runs))
        clock = replace(clock, breached_at=clock.breached_at or self._used_up_at(clock)[0])
        return clock if clock.running_since is None else self.running(clock, clock.running_since)

    def lapsed(self, clock: Clock) -> Clock:
        return lapsed(clock, self.at, self.terms.levels, self.hours)

    def _rearmed(self, clock: Clock) -> Clock:
        """Warnings that another target, or another start, has not used up yet lie ahead again."""
        if clock.target_s is None or clock.breached_at is not None:
            return clock
        used_s = clock.used_s
        if clock.running_since is not None:
            used_s += self.hours(clock.calendar).elapsed(clock.running_since, self.at)
        ahead = {level.key for level in self.terms.levels if level.amount(clock.target_s) > used_s}
        if not any(one.level in ahead and not one.lies_ahead for one in clock.reached):
            return clock
        reached = tuple(replace(one, lies_ahead=one.lies_ahead or one.level in ahead) for one in clock.reached)
        return replace(clock, reached=reached)

    def _used(self, runs: tuple[Run, ...]) -> int:
        return sum(self.hours(run.calendar).elapsed(run.started_at, run.stopped_at) for run in runs)

    def _used_up_at(self, clock: Clock) -> tuple[datetime | None, int]:
        """When the target was used up in a run that is over, or None and what was left of it after all of them."""
        return (None, 0) if clock.target_s is None else _used_up_at(clock, clock.target_s, self.hours)

    def _due(self, clock: Clock, since: datetime) -> datetime | None:
        if clock.target_s is None:
            return None
        over_at, left = self._used_up_at(clock)
        return over_at or self.hours(clock.calendar).due(since, left)


def _ask(clocks: list[Clock], course: Course, since: datetime, dial: _Dial) -> None:
    metric = NEXT_RESPONSE if course.is_answered else FIRST_RESPONSE
    asked = [clock for clock in clocks if clock.metric == metric]
    is_waiting = any(not clock.is_finished for clock in asked)
    is_first_over = metric == FIRST_RESPONSE and not all(clock.is_withdrawn for clock in asked)
    if not is_waiting and not is_first_over:
        clocks.append(dial.started(metric, len(asked) + 1, since))
    _begin(clocks, course, since, dial)


def _begin(clocks: list[Clock], course: Course, since: datetime, dial: _Dial) -> None:
    if not any(clock.metric == RESOLUTION for clock in clocks) and course.status not in DONE:
        clocks.append(dial.started(RESOLUTION, 1, since))


def _take_off(clocks: list[Clock], course: Course, left_at: datetime | None, dial: _Dial) -> None:
    """The words that waited stand on another ticket now. What has waited here since, waits on."""
    is_taken = False
    for place, clock in enumerate(clocks):
        if _waits_for_words(clock) and (left_at is None or left_at > clock.started_at):
            clocks[place], is_taken = dial.withdrawn(clock), True
    if is_taken and left_at is not None and not course.is_gone:
        _ask(clocks, course, left_at, dial)


def _reopen(clocks: list[Clock], dial: _Dial) -> None:
    """The last resolution goes on, or a new one begins."""
    solved = [place for place, clock in enumerate(clocks) if clock.metric == RESOLUTION]
    if not solved:
        clocks.append(dial.started(RESOLUTION, 1, dial.at))
        return
    last = clocks[solved[-1]]
    if not last.is_finished or last.stopped_at is None:
        return
    if dial.at - last.stopped_at <= GOES_ON_WITHIN:
        waiting = replace(last, state=PAUSED, stopped_at=None, due_at=None)
        clocks[solved[-1]] = dial.agreed(waiting)
    else:
        clocks.append(dial.started(RESOLUTION, len(solved) + 1, dial.at))


def _take_in(clocks: list[Clock], course: Course, since: datetime, dial: _Dial) -> None:
    """Unanswered words of another ticket came here: they have waited since then, whatever ticket they stood on."""
    if course.is_answered:
        _ask(clocks, course, since, dial)
    for place, clock in enumerate(clocks):
        is_same_wait = clock.metric == NEXT_RESPONSE if course.is_answered else clock.metric != NEXT_RESPONSE
        if is_same_wait and _is_open(clock):
            clocks[place] = dial.begun_earlier(clock, since)


def _is_open(clock: Clock) -> bool:
    return clock.state in (RUNNING, PAUSED, NO_HOURS)


def _ends_when_solved(clock: Clock) -> bool:
    return _is_open(clock) and (clock.metric == RESOLUTION or clock.breached_at is not None)


def _waits_for_words(clock: Clock) -> bool:
    return clock.metric != RESOLUTION and not clock.is_finished


def _settled(clock: Clock, course: Course, dial: _Dial) -> Clock:
    """An open clock as the ticket now stands: running, paused or cancelled."""
    if clock.is_finished:
        return clock
    wanted = _wanted(clock, course)
    if wanted == RUNNING:
        return clock if clock.running_since is not None else dial.running(clock, dial.at)
    if clock.state == wanted:
        return clock
    return replace(dial.stopped(clock), state=wanted, stopped_at=dial.at if wanted == CANCELLED else None)


def _wanted(clock: Clock, course: Course) -> str:
    assert course.terms is not None
    if course.is_gone or course.status in DONE:
        return CANCELLED
    if clock.metric != FIRST_RESPONSE and course.status == "waiting":
        return PAUSED
    if clock.metric == RESOLUTION and course.status == "on_hold" and course.terms.hold_pauses:
        return PAUSED
    return RUNNING
