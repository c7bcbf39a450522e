"""Each line of the table of promises as a trace, and random courses against a model that counts minutes."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sla import levels
from sla.business_time import BusinessCalendar
from sla.course import Course, Terms, at_rest, happening, next_level, step

MONDAY = datetime(2026, 3, 9, 7, 0, tzinfo=UTC)  # 8:00 in Warsaw
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WEEKDAYS = BusinessCalendar("Europe/Warsaw", {day: [("08:00", "16:00")] for day in range(5)})
ALWAYS = BusinessCalendar("UTC", {day: [("00:00", "24:00")] for day in range(7)})
CALENDARS = {1: WEEKDAYS, 2: ALWAYS}

H = 3600
NORMAL = Terms(policy=1, calendar=1, targets={"first_response": H, "next_response": 2 * H, "resolution": 8 * H})
URGENT = Terms(policy=1, calendar=1, targets={"first_response": H // 2, "next_response": H, "resolution": 4 * H})
ROUND_THE_CLOCK = Terms(policy=2, calendar=2, targets=NORMAL.targets)


def run(*events: tuple[Any, ...], terms: Terms = NORMAL) -> Course:
    """The course after events, each (kind, time since Monday 8:00, data); ``terms`` hold from the first on."""
    course = Course()
    agreed: Terms | None = terms
    for kind, after, data in events:
        told = happening(kind, MONDAY + after, data, data.get("terms") or agreed)
        agreed = None
        if told is not None:
            course = step(course, told, CALENDARS.__getitem__)
    return course


def opened(after: timedelta = timedelta(0), **data: Any) -> tuple[Any, ...]:
    return "opened", after, data


def wrote(after: timedelta, **data: Any) -> tuple[Any, ...]:
    return "requester_wrote", after, data


def replied(after: timedelta, **data: Any) -> tuple[Any, ...]:
    return "replied", after, data


def moved(after: timedelta, before: str, status: str) -> tuple[Any, ...]:
    return "status_changed", after, {"status": [before, status]}


def agreed(after: timedelta, terms: Terms) -> tuple[Any, ...]:
    return "priority_changed", after, {"terms": terms}


def the(course: Course, metric: str, cycle: int = 1) -> Any:
    (found,) = [clock for clock in course.clocks if (clock.metric, clock.cycle) == (metric, cycle)]
    return found


def states(course: Course) -> dict[tuple[str, int], str]:
    return {(clock.metric, clock.cycle): clock.state for clock in course.clocks}


FIRST, NEXT, SOLVED = ("first_response", 1), ("next_response", 1), ("resolution", 1)


def test_a_request_starts_first_response_and_resolution() -> None:
    course = run(opened())

    assert states(course) == {FIRST: "running", SOLVED: "running"}
    assert the(course, "first_response").due_at == MONDAY + HOUR
    # Eight hours are used up exactly at closing, and it is due then.
    assert the(course, "resolution").due_at == MONDAY + 8 * HOUR


def test_a_request_at_night_counts_from_the_opening() -> None:
    course = run(opened(-10 * HOUR))

    assert the(course, "first_response").started_at == MONDAY - 10 * HOUR
    assert the(course, "first_response").due_at == MONDAY + HOUR


def test_the_first_reply_stops_first_response() -> None:
    course = run(opened(), replied(HOUR))

    clock = the(course, "first_response")
    assert (clock.state, clock.stopped_at, clock.used_s, clock.due_at) == ("met", MONDAY + HOUR, H, MONDAY + HOUR)
    assert states(course) == {FIRST: "met", SOLVED: "running"}


def test_a_second_after_the_due_time_is_missed() -> None:
    course = run(opened(), replied(HOUR + timedelta(seconds=1)))

    clock = the(course, "first_response")
    assert (clock.state, clock.breached_at) == ("missed", MONDAY + HOUR)


@pytest.mark.parametrize("data", [{"rule": {"id": 1}}, {"automatic": "auto-replied"}])
def test_an_automatic_reply_stops_nothing(data: dict[str, Any]) -> None:
    course = run(opened(), replied(HOUR, **data))

    assert the(course, "first_response").state == "running"


def test_a_note_means_nothing() -> None:
    assert happening("noted", MONDAY, {"message": 1}) is None


def test_first_response_is_never_paused() -> None:
    course = run(opened(), moved(10 * MINUTE, "new", "waiting"))

    assert states(course) == {FIRST: "running", SOLVED: "paused"}


def test_words_after_the_first_reply_start_next_response_once() -> None:
    course = run(opened(), replied(HOUR), wrote(2 * HOUR), wrote(3 * HOUR))

    clock = the(course, "next_response")
    assert (clock.started_at, clock.due_at) == (MONDAY + 2 * HOUR, MONDAY + 4 * HOUR)


def test_the_next_reply_stops_it_and_new_words_start_another() -> None:
    course = run(opened(), replied(HOUR), wrote(2 * HOUR), replied(3 * HOUR), wrote(4 * HOUR))

    assert the(course, "next_response").state == "met"
    assert the(course, "next_response", 2).started_at == MONDAY + 4 * HOUR


def test_words_before_the_first_reply_start_nothing_more() -> None:
    assert states(run(opened(), wrote(10 * MINUTE))) == {FIRST: "running", SOLVED: "running"}


@pytest.mark.parametrize("data", [{"automatic": "auto-replied"}, {"is_aside": True}])
def test_what_a_machine_or_a_stranger_writes_starts_nothing(data: dict[str, Any]) -> None:
    assert NEXT not in states(run(opened(), replied(HOUR), wrote(2 * HOUR, **data)))


def test_next_response_and_resolution_pause_while_waiting() -> None:
    course = run(
        opened(), replied(HOUR), wrote(2 * HOUR), moved(3 * HOUR, "open", "waiting"), moved(5 * HOUR, "waiting", "open")
    )

    assert the(course, "next_response").used_s == H
    assert the(course, "next_response").due_at == MONDAY + 6 * HOUR
    assert the(course, "resolution").due_at == MONDAY + DAY + 2 * HOUR


def test_resolution_pauses_on_hold_only_where_the_policy_says_so() -> None:
    strict = Terms(1, 1, NORMAL.targets, hold_pauses=False)
    held = [opened(), moved(HOUR, "new", "on_hold")]

    assert the(run(*held), "resolution").state == "paused"
    assert the(run(*held, terms=strict), "resolution").state == "running"


def test_a_reply_that_pauses_satisfies_first() -> None:
    course = run(opened(), replied(HOUR, status=["new", "waiting"]))

    assert states(course) == {FIRST: "met", SOLVED: "paused"}


def test_solving_ends_resolution() -> None:
    course = run(opened(), replied(HOUR, status=["new", "solved"]))

    assert states(course) == {FIRST: "met", SOLVED: "met"}
    assert the(course, "resolution").used_s == H


def test_solved_while_waiting_is_met_with_the_due_time_it_would_have_had() -> None:
    course = run(opened(), moved(HOUR, "new", "waiting"), moved(20 * DAY, "waiting", "solved"))

    clock = the(course, "resolution")
    assert (clock.state, clock.used_s, clock.stopped_at) == ("met", H, MONDAY + 20 * DAY)
    assert clock.due_at > clock.stopped_at


def test_reopened_within_fourteen_days_it_goes_on_with_the_time_used() -> None:
    course = run(opened(), replied(HOUR, status=["new", "solved"]), wrote(7 * DAY, status=["solved", "open"]))

    clock = the(course, "resolution")
    assert (clock.state, clock.used_s, clock.stopped_at) == ("running", H, None)
    assert clock.due_at == MONDAY + 7 * DAY + 7 * HOUR
    assert states(course) == {FIRST: "met", NEXT: "running", SOLVED: "running"}


def test_reopened_later_it_is_a_new_cycle_and_the_old_result_is_kept() -> None:
    solved = replied(HOUR, status=["new", "solved"])
    just = run(opened(), solved, wrote(HOUR + 14 * DAY, status=["solved", "open"]))
    later = run(opened(), solved, wrote(HOUR + 14 * DAY + MINUTE, status=["solved", "open"]))

    assert [state for (metric, _), state in states(just).items() if metric == "resolution"] == ["running"]
    assert [state for (metric, _), state in states(later).items() if metric == "resolution"] == ["met", "running"]
    assert the(later, "resolution", 2).due_at == MONDAY + HOUR + 14 * DAY + MINUTE + 8 * HOUR + 16 * HOUR


def test_a_missed_resolution_stays_missed_when_it_goes_on() -> None:
    course = run(
        opened(), moved(2 * DAY, "new", "solved"), moved(3 * DAY, "solved", "open"), moved(3 * DAY, "open", "solved")
    )

    assert the(course, "resolution").breached_at == MONDAY + 8 * HOUR
    assert the(course, "resolution").state == "missed"


def test_solved_without_a_reply_no_answer_is_waited_for() -> None:
    course = run(opened(), moved(10 * MINUTE, "new", "solved"))

    assert states(course) == {FIRST: "cancelled", SOLVED: "met"}


def test_reopened_without_a_reply_first_response_goes_on() -> None:
    course = run(opened(), moved(10 * MINUTE, "new", "solved"), wrote(2 * HOUR, status=["solved", "open"]))

    clock = the(course, "first_response")
    assert (clock.state, clock.used_s, clock.due_at) == ("running", 600, MONDAY + 2 * HOUR + 50 * MINUTE)
    assert NEXT not in states(course)


def test_solved_without_a_reply_after_the_due_time_is_missed() -> None:
    course = run(opened(), moved(2 * HOUR, "new", "solved"), moved(3 * HOUR, "solved", "open"))

    assert states(course) == {FIRST: "missed", SOLVED: "running"}


def test_answered_while_solved_it_is_answered() -> None:
    course = run(opened(), moved(10 * MINUTE, "new", "solved"), replied(HOUR), moved(2 * HOUR, "solved", "open"))

    assert states(course) == {FIRST: "met", SOLVED: "running"}


@pytest.mark.parametrize("kind", ["spam", "deleted", "merged"])
def test_a_removed_ticket_has_no_clock_and_a_restored_one_goes_on(kind: str) -> None:
    removed = ("removed", 30 * MINUTE, {"removed_as": ["", kind]})
    restored = ("restored", 5 * HOUR, {"removed_as": [kind, ""]})

    assert set(states(run(opened(), removed)).values()) == {"cancelled"}
    assert the(run(opened(), removed, restored), "first_response").due_at == MONDAY + 5 * HOUR + 30 * MINUTE


def test_words_on_spam_start_nothing_and_those_that_bring_a_deleted_ticket_back_do() -> None:
    spam = [opened(), replied(MINUTE), ("removed", HOUR, {"removed_as": ["", "spam"]})]
    deleted = [opened(), replied(MINUTE), ("removed", HOUR, {"removed_as": ["", "deleted"]})]

    assert NEXT not in states(run(*spam, wrote(2 * HOUR)))
    assert states(run(*deleted, wrote(2 * HOUR, removed_as=["deleted", ""])))[NEXT] == "running"


def test_a_favour_done_on_the_spot_has_no_clock_and_its_return_an_ordinary_one() -> None:
    done = [opened(favour="done"), ("status_changed", HOUR, {"status": ["new", "solved"], "favour": "done"})]

    assert run(*done).clocks == ()
    assert states(run(*done, wrote(2 * HOUR, status=["solved", "open"])))[SOLVED] == "running"


def test_imported_mail_promises_nothing_until_somebody_writes_now() -> None:
    imported = [opened(imported=True), replied(HOUR, imported=True, status=["new", "solved"])]

    assert run(*imported).clocks == ()
    assert states(run(*imported, wrote(2 * HOUR, status=["solved", "open"]))) == {NEXT: "running", SOLVED: "running"}


def test_a_higher_priority_keeps_start_used_time_and_pauses() -> None:
    course = run(opened(), moved(HOUR, "new", "waiting"), moved(3 * HOUR, "waiting", "open"), agreed(4 * HOUR, URGENT))

    clock = the(course, "resolution")
    assert (clock.started_at, clock.used_s, clock.target_s) == (MONDAY, H, 4 * H)
    assert clock.due_at == MONDAY + 6 * HOUR


def test_a_shorter_target_that_was_used_up_before_is_missed_since_then() -> None:
    course = run(opened(), agreed(45 * MINUTE, URGENT))

    assert the(course, "first_response").due_at == MONDAY + 30 * MINUTE
    assert the(course, "first_response").breached_at == MONDAY + 30 * MINUTE


def test_a_shorter_target_that_was_used_up_before_a_pause_is_missed_since_then() -> None:
    course = run(opened(), moved(5 * HOUR, "new", "waiting"), agreed(6 * HOUR, URGENT))

    assert the(course, "resolution").state == "paused"
    assert the(course, "resolution").breached_at == MONDAY + 4 * HOUR


def test_a_shorter_target_breaks_nothing_that_is_cancelled_until_it_goes_on() -> None:
    solved = (opened(), moved(45 * MINUTE, "new", "solved"), agreed(50 * MINUTE, URGENT))

    asked = the(run(*solved), "first_response")
    again = the(run(*solved, moved(55 * MINUTE, "solved", "open")), "first_response")

    assert (asked.state, asked.breached_at, asked.reached) == ("cancelled", None, ())
    assert (again.state, again.breached_at) == ("running", MONDAY + 30 * MINUTE)
    assert "breach" in {one.level for one in again.reached}


def test_a_longer_target_never_makes_a_breach_undone() -> None:
    course = run(opened(), agreed(40 * MINUTE, NORMAL), replied(50 * MINUTE), terms=URGENT)

    clock = the(course, "first_response")
    assert (clock.state, clock.breached_at) == ("missed", MONDAY + 30 * MINUTE)


def test_another_calendar_counts_from_the_change_on() -> None:
    course = run(opened(), agreed(7 * HOUR, ROUND_THE_CLOCK), moved(8 * HOUR + MINUTE, "new", "solved"))

    clock = the(course, "resolution")
    assert (clock.used_s, clock.due_at, clock.state) == (8 * H + 60, MONDAY + 8 * HOUR, "missed")


def test_without_a_target_it_runs_unseen_until_a_priority_has_one() -> None:
    without = Terms(1, 1, {"resolution": 8 * H})

    assert the(run(opened(), terms=without), "first_response").due_at is None
    assert the(run(opened(), agreed(MINUTE, NORMAL), terms=without), "first_response").due_at == MONDAY + HOUR
    assert the(run(opened(), replied(DAY), terms=without), "first_response").state == "met"


def test_a_target_beyond_all_years_has_no_due_time() -> None:
    course = run(opened(), terms=Terms(1, 1, {"first_response": 10**14}))

    assert the(course, "first_response").state == "no_hours"
    assert the(course, "first_response").due_at is None


def test_paused_in_the_second_it_is_due_a_promise_is_not_broken() -> None:
    course = run(opened(), moved(8 * HOUR, "new", "waiting"))

    assert the(at_rest(course, MONDAY + DAY, CALENDARS.__getitem__), "resolution").breached_at is None
    again = run(opened(), moved(8 * HOUR, "new", "waiting"), moved(DAY + HOUR, "waiting", "open"))
    assert the(again, "resolution").due_at == MONDAY + DAY + HOUR


def merged(after: timedelta, since: timedelta, first_reply_at: str | None = None, **data: Any) -> tuple[Any, ...]:
    opened_at = (MONDAY + since).isoformat()
    return "merged", after, {"source": 7, "opened_at": opened_at, "first_reply_at": first_reply_at, **data}


def test_the_target_of_a_merge_keeps_the_earlier_start_if_unanswered() -> None:
    course = run(opened(), merged(20 * MINUTE, -4 * DAY))

    clock = the(course, "first_response")
    assert clock.started_at == MONDAY - 4 * DAY
    assert (clock.state, clock.due_at) == ("running", MONDAY - 4 * DAY + HOUR)
    assert clock.breached_at == clock.due_at


def test_a_later_or_an_answered_source_changes_nothing() -> None:
    before = run(opened())

    assert run(opened(), merged(20 * MINUTE, 10 * MINUTE)).clocks == before.clocks
    assert (
        run(opened(), merged(20 * MINUTE, -4 * DAY, first_reply_at="2026-03-06T08:00:00+00:00")).clocks == before.clocks
    )


def test_an_unanswered_source_asks_an_answered_target() -> None:
    course = run(opened(), replied(MINUTE), merged(2 * HOUR, 30 * MINUTE))

    assert the(course, "next_response").started_at == MONDAY + 30 * MINUTE


def split(after: timedelta, since: timedelta, begins_as: str) -> tuple[Any, ...]:
    return "split", after, {"source": 7, "opened_at": (MONDAY + since).isoformat(), "begins_as": begins_as}


def test_a_ticket_split_off_counts_from_its_first_words() -> None:
    course = run(split(2 * HOUR, 30 * MINUTE, "new"))

    clock = the(course, "first_response")
    assert (clock.started_at, clock.breached_at) == (MONDAY + 30 * MINUTE, MONDAY + 90 * MINUTE)


def test_what_was_split_off_and_answered_waits_for_no_reply() -> None:
    kind, after, data = split(2 * HOUR, 30 * MINUTE, "open")
    course = run((kind, after, {**data, "asked_at": None}))

    assert [clock.metric for clock in course.clocks] == ["resolution"]
    assert the(course, "resolution").started_at == MONDAY + 30 * MINUTE


def taken_off(after: timedelta, left: timedelta | None = None) -> tuple[Any, ...]:
    return "split", after, {"into": 8, "left_at": None if left is None else (MONDAY + left).isoformat()}


def test_words_that_are_split_off_wait_here_no_longer() -> None:
    course = run(opened(), replied(MINUTE), wrote(HOUR), taken_off(2 * HOUR), moved(3 * HOUR, "open", "solved"))
    reopened = run(
        opened(),
        replied(MINUTE),
        wrote(HOUR),
        taken_off(2 * HOUR),
        moved(3 * HOUR, "open", "solved"),
        moved(4 * HOUR, "solved", "open"),
    )

    for each in (course, reopened):
        clock = the(each, "next_response")
        assert (clock.state, clock.stopped_at, clock.used_s) == ("cancelled", MONDAY + 2 * HOUR, 3600)


def test_other_words_wait_on_since_they_came() -> None:
    course = run(opened(), replied(MINUTE), wrote(HOUR), wrote(90 * MINUTE), taken_off(2 * HOUR, 90 * MINUTE))
    untouched = run(opened(), replied(MINUTE), wrote(HOUR), taken_off(2 * HOUR, HOUR))

    first, second = [clock for clock in course.clocks if clock.metric == "next_response"]
    assert (first.state, second.state, second.started_at) == ("cancelled", "running", MONDAY + 90 * MINUTE)
    assert the(untouched, "next_response").state == "running"


def test_a_ticket_whose_only_words_were_split_off_begins_with_the_next() -> None:
    course = run(opened(), taken_off(HOUR), wrote(2 * HOUR))

    first, second = [clock for clock in course.clocks if clock.metric == "first_response"]
    assert (first.state, second.state, second.started_at) == ("cancelled", "running", MONDAY + 2 * HOUR)


# Random courses against minutes counted one by one.


@dataclass(frozen=True)
class Counted:
    """What the slow model says of a metric's first clock."""

    used_s: int
    breached: bool
    is_over: bool


OPEN_MINUTES = [WEEKDAYS.is_open(MONDAY + minute * MINUTE) for minute in range(8000)]


def counted(events: list[tuple[Any, ...]], metric: str, until: timedelta) -> Counted:
    """Walks through the minutes: which event holds now, does the clock run, is the minute one of work."""
    target, status, gone, over = NORMAL.targets[metric], "new", False, False
    used, breached = 0, False
    # Minutes run since the last one of work, without a pause between: a target used up at closing is due then.
    idle, worked = 0, False
    by_minute: dict[int, list[tuple[Any, ...]]] = {}
    for event in events:
        by_minute.setdefault(event[1] // MINUTE, []).append(event)
    for minute in range(until // MINUTE + 1):
        for kind, _after, data in by_minute.get(minute, []):
            if "terms" in data:
                target = data["terms"].targets[metric]
                breached = breached or (not over and (used > target or (used == target and idle > 0)))
            gone = data["removed_as"][1] != "" if "removed_as" in data else gone
            status = data["status"][1] if "status" in data else status
            if metric == "first_response":
                over = over or kind == "replied" or (status == "solved" and breached)
            else:
                over = status == "solved"  # reopened within 14 days, which is all this model lives
        is_paused = metric == "resolution" and status in ("waiting", "on_hold")
        if over or gone or status == "solved" or is_paused:
            worked = False
        elif minute < until // MINUTE and OPEN_MINUTES[minute]:
            used, idle, worked = used + 60, 0, True
        elif minute < until // MINUTE and worked:
            idle += 1
        breached = breached or (not over and (used > target or (used == target and worked and idle > 0)))
    return Counted(used, breached, over)


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[Any, ...]]:
    events: list[tuple[Any, ...]] = [opened()]
    status, gone, minute = "new", False, 0
    for _ in range(draw(st.integers(0, 8))):
        minute += draw(st.integers(1, 400))
        after = minute * MINUTE
        what = draw(st.sampled_from(["status", "reply", "words", "terms", "gone"]))
        if gone or what == "gone":
            events.append(("removed", after, {"removed_as": ["", "deleted"] if not gone else ["deleted", ""]}))
            gone = not gone
        elif what == "reply":
            events.append(replied(after))
        elif what == "words":
            data = {"status": [status, "open"]} if status in ("waiting", "on_hold", "solved") else {}
            status = "open" if data else status
            events.append(wrote(after, **data))
        elif what == "terms":
            events.append(agreed(after, draw(st.sampled_from([NORMAL, URGENT]))))
        else:
            to = draw(st.sampled_from(["open", "waiting", "on_hold", "solved"]))
            events.append(moved(after, status, to))
            status = to
    return events


@given(histories(), st.sampled_from(["first_response", "resolution"]), st.integers(0, 2000))
@settings(max_examples=150)
def test_a_course_is_what_counting_minutes_gives(events: list[Any], metric: str, more: int) -> None:
    until = events[-1][1] + more * MINUTE
    expected = counted(events, metric, until)

    clock = the(at_rest(run(*events), MONDAY + until, CALENDARS.__getitem__), metric)

    used = clock.used_s
    if clock.running_since is not None:
        used += WEEKDAYS.elapsed(clock.running_since, MONDAY + until)
    assert (used, clock.breached_at is not None, clock.is_finished) == (
        expected.used_s,
        expected.breached,
        expected.is_over,
    )


# Levels.

LEVELS = levels.read([*levels.usual(), {"minutes": 15, "recipients": ["lead"]}])
WATCHED = Terms(policy=1, calendar=1, targets=NORMAL.targets, levels=LEVELS)
WATCHED_URGENT = Terms(policy=1, calendar=1, targets=URGENT.targets, levels=LEVELS)


def reached(course: Course, metric: str) -> list[tuple[str, timedelta, bool]]:
    return [(one.level, one.at - MONDAY, one.lies_ahead) for one in the(course, metric).reached]


def ahead(course: Course, metric: str) -> tuple[str, timedelta] | None:
    found = next_level(the(course, metric), LEVELS, CALENDARS.__getitem__)
    return found and (found[0], found[1] - MONDAY)


def rest(course: Course, after: timedelta) -> Course:
    return at_rest(course, MONDAY + after, CALENDARS.__getitem__)


def test_levels_are_passed_at_their_moments_whenever_somebody_looks() -> None:
    course = run(opened(), terms=WATCHED)

    assert ahead(course, "resolution") == ("used:75", 6 * HOUR)
    late = rest(course, 2 * DAY)
    assert reached(late, "resolution") == [
        ("used:75", 6 * HOUR, False),
        ("minutes:-30", 7 * HOUR + 30 * MINUTE, False),
        ("breach", 8 * HOUR, False),
        # Working time: a quarter of an hour after closing is the next morning.
        ("minutes:15", DAY + 15 * MINUTE, False),
    ]
    assert ahead(late, "resolution") is None


def test_a_pause_moves_levels_along_and_repeats_none() -> None:
    course = run(
        opened(), moved(6 * HOUR + MINUTE, "open", "waiting"), moved(7 * HOUR, "waiting", "open"), terms=WATCHED
    )

    assert reached(course, "resolution") == [("used:75", 6 * HOUR, False)]
    assert ahead(course, "resolution") == ("minutes:-30", DAY + 29 * MINUTE)
    assert ahead(run(opened(), moved(HOUR, "open", "waiting"), terms=WATCHED), "resolution") is None


def test_a_longer_target_warns_again_and_a_shorter_one_not_twice() -> None:
    urgent = run(opened(), agreed(3 * HOUR + MINUTE, WATCHED), terms=WATCHED_URGENT)
    assert reached(urgent, "resolution") == [("used:75", 3 * HOUR, True)]
    assert ahead(urgent, "resolution") == ("used:75", 6 * HOUR)
    assert reached(rest(urgent, 7 * HOUR), "resolution") == [
        ("used:75", 3 * HOUR, True),
        ("used:75", 6 * HOUR, False),
    ]

    normal = run(opened(), agreed(6 * HOUR + MINUTE, WATCHED_URGENT), terms=WATCHED)
    assert reached(normal, "resolution") == [
        ("used:75", 6 * HOUR, False),
        ("minutes:-30", 3 * HOUR + 30 * MINUTE, False),
        ("breach", 4 * HOUR, False),
        ("minutes:15", 4 * HOUR + 15 * MINUTE, False),
    ]


def test_what_is_broken_warns_no_more() -> None:
    course = run(opened(), agreed(5 * HOUR, WATCHED), terms=WATCHED_URGENT)

    assert ahead(course, "resolution") is None
    assert [level for level, _, _ in reached(course, "resolution")] == [
        "used:75",
        "minutes:-30",
        "breach",
        "minutes:15",
    ]


def test_in_time_nothing_is_passed_but_what_was() -> None:
    course = run(opened(), replied(30 * MINUTE), moved(7 * HOUR, "open", "solved"), terms=WATCHED)

    assert reached(rest(course, 9 * DAY), "first_response") == []
    assert reached(rest(course, 9 * DAY), "resolution") == [("used:75", 6 * HOUR, False)]


@given(histories(), st.lists(st.integers(0, 4000), max_size=6))
@settings(max_examples=150)
def test_looking_changes_nothing(events: list[Any], looks: list[int]) -> None:
    """Sweeps between the events, at whatever moments, leave the same course as none at all."""
    watched = [(kind, after, _watched(data)) for kind, after, data in events]
    until = watched[-1][1] + 4000 * MINUTE
    expected = rest(run(*watched, terms=WATCHED), until)

    course = Course()
    sweeps = [("sweep", minute * MINUTE, {}) for minute in looks]
    for kind, after, data in sorted([*watched, *sweeps], key=lambda one: (one[1], one[0] != "sweep")):
        if kind == "sweep":
            course = rest(course, after)
            continue
        told = happening(kind, MONDAY + after, data, data.get("terms") or (WATCHED if kind == "opened" else None))
        course = course if told is None else step(course, told, CALENDARS.__getitem__)

    assert rest(course, until) == expected


@given(histories())
@settings(max_examples=150)
def test_the_next_level_is_the_next_one_passed(events: list[Any]) -> None:
    course = run(*((kind, after, _watched(data)) for kind, after, data in events), terms=WATCHED)

    for clock in course.clocks:
        found = next_level(clock, LEVELS, CALENDARS.__getitem__)
        if found is None:
            last = the(rest(course, 900 * DAY), clock.metric, clock.cycle)
            assert last.reached == clock.reached
            continue
        level, at = found
        until = the(rest(course, at - MONDAY), clock.metric, clock.cycle)
        after = the(rest(course, at - MONDAY + timedelta(microseconds=1)), clock.metric, clock.cycle)
        assert until.reached == clock.reached
        assert (after.reached[len(clock.reached)].level, after.reached[len(clock.reached)].at) == (level, at)
        assert at >= MONDAY + events[-1][1]


def _watched(data: dict[str, Any]) -> dict[str, Any]:
    if data.get("terms") is None:
        return data
    return {**data, "terms": WATCHED_URGENT if data["terms"] is URGENT else WATCHED}
