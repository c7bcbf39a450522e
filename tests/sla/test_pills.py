"""Pills count working time: what they say, and what they give the page that ticks on without the server."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from sla.actions import keeping
from sla.business_time import BusinessCalendar
from tests.factories import AT, HOUR, MINUTE, SECOND, make_queue, make_ticket
from tickets.models import Ticket
from tickets.queries import working_time
from tickets.templatetags.promises import pill, promise

WARSAW = ZoneInfo("Europe/Warsaw")
OFFICE = BusinessCalendar("Europe/Warsaw", {day: [("08:00", "16:00")] for day in range(5)})
NIGHTS = BusinessCalendar("Europe/Warsaw", {day: [("22:00", "06:00")] for day in range(7)})
ALWAYS = BusinessCalendar("Europe/Warsaw", {day: [("00:00", "24:00")] for day in range(7)})
LUNCH = BusinessCalendar(
    "Europe/Warsaw",
    {day: [("08:00", "12:00"), ("13:00", "17:00")] for day in range(6)},
    {date(2026, 3, 11): [], date(2026, 3, 14): [("10:00", "11:30")]},
)
SHUT = BusinessCalendar(
    "Europe/Warsaw",
    {0: [("08:00", "16:00")]},
    {date(2026, 2, 2) + timedelta(weeks=week): [] for week in range(20)},
)
CALENDARS = {1: OFFICE, 2: NIGHTS, 3: ALWAYS, 4: LUNCH, 5: SHUT}


@pytest.fixture(autouse=True)
def hours(monkeypatch):
    monkeypatch.setattr(working_time, "_find", CALENDARS.__getitem__)


def warsaw(*parts):
    return datetime(*parts, tzinfo=WARSAW)


def ticket(due_at, calendar=1, target_s=4 * 3600):
    return SimpleNamespace(
        due_at=due_at, sla_state="running", sla_metric="resolution", sla_target_s=target_s, sla_calendar_id=calendar
    )


def said(at, due_at, calendar=1, **more):
    found = promise(ticket(due_at, calendar, **more), at)
    return found.words, found.state


def ticked(work, at):
    """What static/js/countdown.js makes of what the pill carries."""
    left, start, *lengths = (int(part) for part in work.split())
    for place, length in enumerate(lengths):
        if place % 2 == 0:
            left -= min(max(at - start, 0), length)
        start += length
    return left


@pytest.mark.parametrize(
    ("at", "due_at", "calendar", "words"),
    [
        # Friday afternoon, due on Monday: the weekend is not counted
        (warsaw(2026, 3, 6, 15, 30), warsaw(2026, 3, 9, 9, 10), 1, ("1 h 40", "track")),
        (warsaw(2026, 3, 7, 12, 0), warsaw(2026, 3, 9, 9, 10), 1, ("1 h 10", "track")),
        (warsaw(2026, 3, 7, 23, 0), warsaw(2026, 3, 9, 9, 10), 1, ("1 h 10", "track")),
        (warsaw(2026, 3, 9, 8, 45), warsaw(2026, 3, 9, 9, 10), 1, ("25 min", "warning")),
        # Broken on Friday at 15:30, looked at through the weekend: half an hour late and no more
        (warsaw(2026, 3, 6, 16, 0), warsaw(2026, 3, 6, 15, 30), 1, ("30 min late", "breached")),
        (warsaw(2026, 3, 8, 12, 0), warsaw(2026, 3, 6, 15, 30), 1, ("30 min late", "breached")),
        (warsaw(2026, 3, 9, 8, 5), warsaw(2026, 3, 6, 15, 30), 1, ("35 min late", "breached")),
        # Used up exactly at closing: over, and not a second late until work goes on
        (warsaw(2026, 3, 6, 16, 0), warsaw(2026, 3, 6, 16, 0), 1, ("0 s", "warning")),
        (warsaw(2026, 3, 7, 16, 0), warsaw(2026, 3, 6, 16, 0), 1, ("time is up", "breached")),
        (warsaw(2026, 3, 9, 8, 1), warsaw(2026, 3, 6, 16, 0), 1, ("1 min late", "breached")),
        # The night to 29 March has an hour less, the one to 25 October an hour more
        (warsaw(2026, 3, 28, 22, 0), warsaw(2026, 3, 29, 6, 0), 2, ("7 h 00", "track")),
        (warsaw(2026, 10, 24, 22, 0), warsaw(2026, 10, 25, 6, 0), 2, ("9 h 00", "track")),
        (warsaw(2026, 3, 28, 12, 0), warsaw(2026, 3, 28, 23, 0), 2, ("1 h 00", "warning")),
        (warsaw(2026, 3, 29, 12, 0), warsaw(2026, 3, 29, 3, 0), 2, ("3 h 00 late", "breached")),
        # Round the clock, over the change and over the end of the year
        (warsaw(2026, 3, 28, 12, 0), warsaw(2026, 3, 29, 12, 0), 3, ("23 h 00", "track")),
        (warsaw(2026, 12, 31, 23, 0), warsaw(2027, 1, 1, 2, 0), 3, ("3 h 00", "track")),
        # Over lunch, a closed Wednesday and a short Saturday
        (warsaw(2026, 3, 10, 12, 30), warsaw(2026, 3, 12, 9, 0), 4, ("5 h 00", "track")),
        (warsaw(2026, 3, 13, 16, 0), warsaw(2026, 3, 14, 11, 0), 4, ("2 h 00", "track")),
        # Closed for weeks
        (warsaw(2026, 4, 1, 12, 0), warsaw(2026, 6, 22, 9, 0), 5, ("1 h 00", "warning")),
    ],
)
def test_what_is_left_is_working_time(at, due_at, calendar, words):
    assert said(at, due_at, calendar) == words


def test_amber_and_fuse_go_by_working_time():
    found = promise(ticket(warsaw(2026, 3, 9, 9, 0)), warsaw(2026, 3, 6, 15, 0))

    assert (found.state, found.used_percent, found.words) == ("track", 50, "2 h 00")


def test_what_is_due_is_said_in_the_zone_of_the_reader():
    with timezone.override("America/New_York"):
        near, far = (promise(ticket(due), AT).due for due in (AT + HOUR, warsaw(2026, 4, 1, 9, 0)))

    assert (near, far) == ("due Mon 4:00", "due 1 Apr 3:00")


@pytest.mark.parametrize("calendar", sorted(CALENDARS))
@pytest.mark.parametrize(
    "night", [warsaw(2026, 3, 27, 15, 0), warsaw(2026, 10, 23, 15, 0), warsaw(2026, 12, 30, 15, 0)]
)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_page_left_open_says_what_a_new_one_would(calendar, night, data):
    at = night + timedelta(minutes=data.draw(st.integers(0, 4 * 24 * 60)))
    due_at = at.astimezone(UTC) + timedelta(minutes=data.draw(st.integers(-5 * 24 * 60, 9 * 24 * 60)))
    later = at.astimezone(UTC) + timedelta(minutes=data.draw(st.integers(0, 3 * 24 * 60)))
    work = promise(ticket(due_at, calendar), at).work

    hours = CALENDARS[calendar]
    assert ticked(work, int(later.timestamp())) == hours.elapsed(later, due_at) - hours.elapsed(due_at, later)


def test_what_a_pill_carries_is_the_same_all_day():
    carried = {promise(ticket(warsaw(2026, 3, 10, 9, 0)), AT + hour * HOUR).work for hour in range(8)}

    assert len(carried) == 1
    assert f'data-work="{carried.pop()}"' in pill(promise(ticket(warsaw(2026, 3, 10, 9, 0)), AT))


@pytest.mark.django_db
def test_the_row_of_a_ticket_knows_its_hours(monkeypatch, django_assert_num_queries):
    from sla.queries import hours

    monkeypatch.setattr(working_time, "_find", hours)
    keeping.make_usual_policy(at=AT)
    made = make_ticket(make_queue(), at=AT - HOUR)

    found = Ticket.objects.get(pk=made.pk)
    assert found.sla_calendar_id is not None
    with django_assert_num_queries(0):
        before, after = (promise(found, at).words for at in (AT - HOUR, AT + 10 * MINUTE + SECOND))
    assert (before, after) == ("4 h 00", "3 h 49")
