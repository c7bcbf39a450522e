"""What a pill says at which moment."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import translation

from tests.factories import AT, HOUR, MINUTE, SECOND
from tickets.templatetags.promises import pill, promise

TWO_HOURS_S = 7200


def ticket(left=None, *, state="running", target_s=TWO_HOURS_S, metric="next_response"):
    due_at = None if left is None else AT + left
    return SimpleNamespace(
        due_at=due_at, sla_state=state, sla_metric=metric, sla_target_s=target_s, sla_calendar_id=None
    )


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (0 * SECOND, "0 s"),
        (59 * SECOND, "59 s"),
        (60 * SECOND, "1 min"),
        (12 * MINUTE + 59 * SECOND, "12 min"),
        (60 * MINUTE, "1 h 00"),
        (3 * HOUR + 5 * MINUTE, "3 h 05"),
        (47 * HOUR + 59 * MINUTE, "47 h 59"),
        (51 * HOUR + 59 * MINUTE, "51 h"),
        (-timedelta(milliseconds=500), "time is up"),
        (-1 * SECOND, "1 s late"),
        (-72 * MINUTE, "1 h 12 late"),
    ],
)
def test_time_left_in_words(left, words):
    assert promise(ticket(left), AT).words == words


@pytest.mark.parametrize(
    ("left", "target", "state"),
    [
        (30 * MINUTE + SECOND, HOUR, "track"),
        (30 * MINUTE, HOUR, "warning"),
        (2 * HOUR + SECOND, 8 * HOUR, "track"),
        (2 * HOUR, 8 * HOUR, "warning"),
        (31 * MINUTE, None, "track"),
        (30 * MINUTE, None, "warning"),
        (0 * SECOND, HOUR, "warning"),
        (-1 * SECOND, HOUR, "breached"),
    ],
)
def test_amber_at_a_quarter_or_thirty_minutes_whichever_comes_first(left, target, state):
    target_s = target and int(target / SECOND)

    assert promise(ticket(left, target_s=target_s), AT).state == state


@pytest.mark.parametrize(("left", "used"), [(2 * HOUR, 0), (HOUR, 50), (34 * MINUTE, 70), (SECOND, 95), (-HOUR, 100)])
def test_the_fuse_burns_in_steps_of_five_percent(left, used):
    assert promise(ticket(left), AT).used_percent == used


def test_without_a_running_promise_nothing_is_promised():
    assert promise(ticket(None), AT) is None
    assert promise(ticket(HOUR, state=""), AT) is None


def test_a_stopped_clock_says_so():
    assert promise(ticket(None, state="paused"), AT).words == "paused"
    assert promise(ticket(HOUR, state="met"), AT).state == "met"


def test_a_pill_carries_what_the_ticking_script_needs():
    html = pill(promise(ticket(timedelta(minutes=12)), AT))

    due = int((AT + 12 * MINUTE).timestamp())
    assert f'class="sla fuse-90" data-state="warning" data-due="{due}" data-target="7200"' in html
    assert "#sla-warning" in html
    assert 'title="Next reply, due Mon 8:12"' in html
    assert "(Next reply, due Mon 8:12)" in html
    assert "style=" not in html


def test_words_follow_the_language():
    with translation.override("pl"):
        words = promise(ticket(-72 * MINUTE), AT).words

    assert "1 h 12" in words
