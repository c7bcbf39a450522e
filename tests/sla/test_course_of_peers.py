"""Courses that other products promise, as their own test suites and manuals tell them: Zammad and Znuny.

Two things differ by definition, and each such line says so: for us the first response is never paused, and a question
that a reply has answered runs no further (Zammad begins its update time anew with each reply).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest

from sla.business_time import BusinessCalendar
from sla.course import Clock, Course, Terms, at_rest, happening, step

MINUTE = 60
ALL_WEEK = range(7)
WEEKDAYS = range(5)
CALENDARS = {
    1: BusinessCalendar("Europe/Berlin", {day: [("08:00", "18:00")] for day in WEEKDAYS}),
    2: BusinessCalendar("Europe/Berlin", {day: [("09:00", "18:00")] for day in ALL_WEEK}),
    3: BusinessCalendar("Europe/Berlin", {day: [("08:00", "17:00")] for day in ALL_WEEK}, {date(2015, 9, 22): []}),
    4: BusinessCalendar("Europe/Berlin", {day: [("08:00", "20:00")] for day in WEEKDAYS}, {date(2016, 11, 1): []}),
    5: BusinessCalendar("UTC", {day: [("00:00", "24:00")] for day in ALL_WEEK}),
}
OPENED, HEARD, SAID = ("opened", {}), ("requester_wrote", {}), ("replied", {})


@dataclass(frozen=True)
class Trace:
    name: str
    calendar: int
    minutes: tuple[int, int, int]
    """Promised: first response, next response, resolution."""
    events: list[tuple[str, tuple[str, dict[str, Any]]]]
    found: dict[str, dict[str, Any]]
    """By metric what its only clock is; times as in ``events``, in UTC."""


def to(before: str, after: str, kind: str = "status_changed") -> tuple[str, dict[str, Any]]:
    return kind, {"status": [before, after]}


THURSDAY = "2013-03-21 "
JUNE = "2013-06-04 "
ASKED = [(THURSDAY + "09:30", OPENED)]
WAITING_FROM_THE_START = [(JUNE + "09:00", OPENED), (JUNE + "09:00", to("new", "waiting"))]

TRACES = [
    Trace(
        "Zammad: a mail comes in",
        1,
        (60, 120, 180),
        ASKED,
        {
            "first_response": {"state": "running", "due_at": THURSDAY + "10:30"},
            "resolution": {"state": "running", "due_at": THURSDAY + "12:30"},
        },
    ),
    Trace(
        "Zammad: answered in time",
        1,
        (60, 120, 180),
        [*ASKED, (THURSDAY + "10:00", SAID)],
        {"first_response": {"state": "met", "used_s": 30 * MINUTE, "due_at": THURSDAY + "10:30"}},
    ),
    Trace(
        "Zammad: answered late",
        1,
        (60, 120, 180),
        [*ASKED, (THURSDAY + "14:00", SAID)],
        {
            "first_response": {
                "state": "missed",
                "used_s": 270 * MINUTE,
                "overdue_s": 210 * MINUTE,
                "breached_at": THURSDAY + "10:30",
            },
            "resolution": {"state": "running", "breached_at": THURSDAY + "12:30"},
        },
    ),
    Trace(
        "Zammad: the customer writes again",
        1,
        (60, 120, 180),
        [*ASKED, (THURSDAY + "12:00", SAID), (THURSDAY + "12:05", HEARD)],
        {"next_response": {"state": "running", "due_at": THURSDAY + "14:05"}},
    ),
    Trace(
        "Zammad: and is answered five minutes later; for us nothing runs on",
        1,
        (60, 120, 180),
        [*ASKED, (THURSDAY + "12:00", SAID), (THURSDAY + "12:05", HEARD), (THURSDAY + "12:10", SAID)],
        {"next_response": {"state": "met", "used_s": 5 * MINUTE, "due_at": THURSDAY + "14:05"}},
    ),
    Trace(
        "Zammad: closed in time",
        1,
        (60, 120, 180),
        [*ASKED, (THURSDAY + "11:30", to("open", "solved"))],
        {"resolution": {"state": "met", "used_s": 120 * MINUTE, "due_at": THURSDAY + "12:30"}},
    ),
    Trace(
        "Zammad: closed late",
        1,
        (60, 120, 180),
        [*ASKED, (THURSDAY + "13:00", to("open", "solved"))],
        {"resolution": {"state": "missed", "used_s": 210 * MINUTE, "overdue_s": 30 * MINUTE}},
    ),
    Trace(
        "Zammad: asked at night, answered three seconds after the opening",
        1,
        (60, 120, 180),
        [("2013-03-28 23:49", OPENED), ("2013-03-29 07:00:03", SAID)],
        {"first_response": {"state": "met", "used_s": 3, "due_at": "2013-03-29 08:00"}},
    ),
    Trace(
        "Zammad: a note is no answer",
        1,
        (60, 120, 180),
        [("2013-03-28 23:49", OPENED), ("2013-03-28 23:52", ("noted", {})), ("2013-03-28 23:55", SAID)],
        {"first_response": {"state": "met", "used_s": 0, "stopped_at": "2013-03-28 23:55"}},
    ),
    Trace(
        "Zammad: over a holiday",
        3,
        (120, 180, 240),
        [("2015-09-21 14:30", OPENED)],
        {
            "first_response": {"due_at": "2015-09-23 07:30"},
            "resolution": {"due_at": "2015-09-23 09:30"},
        },
    ),
    Trace(
        "Zammad: pending, open, closed, reopened; the first response was not paused while pending, theirs is due 11:45",
        2,
        (120, 180, 250),
        [
            (JUNE + "09:00", OPENED),
            (JUNE + "09:30", to("open", "waiting")),
            (JUNE + "09:45", to("waiting", "open")),
            (JUNE + "10:00", to("open", "solved")),
            (JUNE + "10:30", to("solved", "open")),
        ],
        {
            "first_response": {"state": "running", "due_at": JUNE + "11:30"},
            "resolution": {"state": "running", "used_s": 45 * MINUTE, "due_at": JUNE + "13:55"},
        },
    ),
    Trace(
        "Zammad: pending over most of the day; the rest is due the next one",
        2,
        (120, 180, 250),
        [
            (JUNE + "09:00", OPENED),
            (JUNE + "10:00", to("open", "waiting")),
            (JUNE + "15:00", to("waiting", "open")),
        ],
        {
            "first_response": {"state": "running", "breached_at": JUNE + "11:00"},
            "resolution": {"state": "running", "used_s": 60 * MINUTE, "due_at": "2013-06-05 09:10"},
        },
    ),
    Trace(
        "Zammad: pending for half an hour, answered, closed; theirs counts 75 minutes to the answer",
        2,
        (120, 180, 250),
        [
            (JUNE + "09:00", OPENED),
            (JUNE + "10:00", to("open", "waiting")),
            (JUNE + "10:30", to("waiting", "open")),
            (JUNE + "10:45", SAID),
            (JUNE + "12:00", to("open", "solved")),
        ],
        {
            "first_response": {"state": "met", "used_s": 105 * MINUTE},
            "resolution": {"state": "met", "used_s": 150 * MINUTE, "due_at": JUNE + "13:40"},
        },
    ),
    Trace(
        "Zammad: pending from the start and closed",
        2,
        (120, 180, 240),
        [*WAITING_FROM_THE_START, (JUNE + "12:00", to("waiting", "solved"))],
        {"resolution": {"state": "met", "used_s": 0, "due_at": JUNE + "16:00"}},
    ),
    Trace(
        "Zammad: pending, open for half an hour, pending, closed",
        2,
        (120, 180, 240),
        [
            *WAITING_FROM_THE_START,
            (JUNE + "10:30", to("waiting", "open")),
            (JUNE + "11:00", to("open", "waiting")),
            (JUNE + "12:00", to("waiting", "solved")),
        ],
        {"resolution": {"state": "met", "used_s": 30 * MINUTE, "due_at": JUNE + "15:30"}},
    ),
    Trace(
        "Zammad: pending, open twice for half an hour, closed",
        2,
        (120, 180, 240),
        [
            *WAITING_FROM_THE_START,
            (JUNE + "10:30", to("waiting", "open")),
            (JUNE + "11:00", to("open", "waiting")),
            (JUNE + "11:30", to("waiting", "open")),
            (JUNE + "12:00", to("open", "solved")),
        ],
        {"resolution": {"state": "met", "used_s": 60 * MINUTE, "due_at": JUNE + "15:00"}},
    ),
    Trace(
        "Zammad: on a holiday asked, answered with a pause, asked again",
        4,
        (120, 1200, 6000),
        [
            ("2016-11-01 13:56:21", OPENED),
            ("2016-11-01 15:25:40", to("new", "waiting", "replied")),
            ("2016-11-01 15:59:14", to("waiting", "open", "requester_wrote")),
        ],
        {
            "first_response": {"state": "met", "used_s": 0, "due_at": "2016-11-02 09:00"},
            "next_response": {"state": "running", "due_at": "2016-11-03 15:00"},
        },
    ),
    Trace(
        "Zammad: paused for days and asked on; theirs rounds to the minute, 09:27",
        4,
        (120, 1200, 6000),
        [
            ("2016-11-01 13:56:21", OPENED),
            ("2016-11-01 15:25:40", to("new", "waiting", "replied")),
            ("2016-11-01 15:59:14", to("waiting", "open", "requester_wrote")),
            ("2016-11-01 15:59:58", to("open", "waiting")),
            ("2016-11-07 13:26:36", to("waiting", "open", "requester_wrote")),
        ],
        {"next_response": {"state": "running", "used_s": 0, "due_at": "2016-11-09 09:26:36"}},
    ),
    Trace(
        "Zammad: and answered an hour later",
        4,
        (120, 1200, 6000),
        [
            ("2016-11-01 13:56:21", OPENED),
            ("2016-11-01 15:25:40", to("new", "waiting", "replied")),
            ("2016-11-01 15:59:14", to("waiting", "open", "requester_wrote")),
            ("2016-11-01 15:59:58", to("open", "waiting")),
            ("2016-11-07 13:26:36", to("waiting", "open", "requester_wrote")),
            ("2016-11-07 14:26:36", SAID),
        ],
        {"next_response": {"state": "met", "used_s": 3600, "stopped_at": "2016-11-07 14:26:36"}},
    ),
    Trace(
        "Znuny: suspended while it waits for the customer",
        5,
        (600, 600, 120),
        [
            ("2026-03-09 08:00", OPENED),
            ("2026-03-09 09:00", to("open", "waiting")),
            ("2026-03-09 10:05", to("waiting", "open", "requester_wrote")),
        ],
        {"resolution": {"state": "running", "due_at": "2026-03-09 11:05", "breached_at": "2026-03-09 11:05"}},
    ),
]


@pytest.mark.parametrize("trace", TRACES, ids=[trace.name for trace in TRACES])
def test_trace(trace: Trace) -> None:
    metrics = ("first_response", "next_response", "resolution")
    targets = {metric: minutes * MINUTE for metric, minutes in zip(metrics, trace.minutes, strict=True)}
    agreed: Terms | None = Terms(policy=1, calendar=trace.calendar, targets=targets)
    course = Course()
    for when, (kind, data) in trace.events:
        told = happening(kind, utc(when), data, agreed)
        agreed = None
        if told is not None:
            course = step(course, told, CALENDARS.__getitem__)
    rested = at_rest(course, utc("2026-12-31 00:00"), CALENDARS.__getitem__)
    for metric, expected in trace.found.items():
        # What is still promised at the last event; what broke, a long time after.
        now, later = the(course, metric), the(rested, metric)
        for name, value in expected.items():
            looked_at = later if name == "breached_at" else now
            assert getattr(looked_at, name) == (utc(value) if name.endswith("_at") else value), (metric, name)


def the(course: Course, metric: str) -> Clock:
    (found,) = [clock for clock in course.clocks if clock.metric == metric]
    return found


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
