"""What the levels of a policy may be, and in which order a target passes them."""

from typing import Any

import pytest

from sla import levels

HOUR = 3600


def test_the_usual_levels_are_in_order_and_each_has_somebody_to_tell() -> None:
    usual = levels.read(levels.usual())

    assert [level.key for level in levels.in_order(usual, 4 * HOUR)] == ["used:75", "minutes:-30", "breach"]
    assert all(level.recipients for level in usual)


def test_what_would_lie_before_the_start_does_not_exist() -> None:
    usual = levels.read(levels.usual())

    assert [level.key for level in levels.in_order(usual, HOUR // 2)] == ["used:75", "breach"]
    # Of a short target the share comes after the minutes.
    assert [level.key for level in levels.in_order(usual, HOUR)] == ["minutes:-30", "used:75", "breach"]


def test_the_breach_is_always_a_level() -> None:
    (only,) = levels.read([])

    assert (only.key, only.recipients) == ("breach", ())


def test_the_end_is_the_breach_however_it_is_said() -> None:
    assert [level.key for level in levels.read([{"minutes": 0, "recipients": ["lead"]}])] == ["breach"]


@pytest.mark.parametrize(
    "wrong",
    [
        "used:75",
        [75],
        [{}],
        [{"used_percent": 0}],
        [{"used_percent": 75.5}],
        [{"used_percent": True}],
        [{"used_percent": 75, "minutes": -30}],
        [{"minutes": "30"}],
        [{"breach": False}],
        [{"breach": True, "recipients": ["everybody"]}],
        [{"breach": True, "recipients": "lead"}],
        [{"used_percent": 75}, {"used_percent": 75, "recipients": ["lead"]}],
        [{"breach": True}, {"minutes": 0}],
        [{"minutes": minute} for minute in range(1, 20)],
    ],
)
def test_what_cannot_be_meant_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        levels.read(wrong)
