"""Levels of a promise: how much of it is used up when somebody is told, and who. Pure.

A level is an amount of working time: a share of the target, minutes before or after its end, or the end itself. So what
pauses a clock moves its levels along, a level once passed is passed, and the next one is the smallest amount not used.
In JSON: {"used_percent": 75, "recipients": ["assignee"]}, {"minutes": -30, ...}, {"minutes": 15, ...}, {"breach": true,
...}. A level that would lie before the start (30 minutes before the end of 20) does not exist for that target.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

BREACH = "breach"
ASSIGNEE, TEAM, LEAD = RECIPIENTS = ("assignee", "team", "lead")

MOST_LEVELS = 12
MOST_PERCENT = 1000
MOST_MINUTES = 60 * 24 * 28


def usual() -> list[dict[str, Any]]:
    """What a policy has until somebody says otherwise, as it is stored."""
    return [
        {"used_percent": 75, "recipients": [ASSIGNEE]},
        {"minutes": -30, "recipients": [ASSIGNEE, TEAM]},
        {"breach": True, "recipients": [ASSIGNEE, LEAD]},
    ]


@dataclass(frozen=True)
class Level:
    """``key`` names it in what is stored: "used:75", "minutes:-30", "breach"."""

    key: str
    recipients: tuple[str, ...] = ()
    used_percent: int | None = None
    minutes: int = 0

    def amount(self, target_s: int) -> int:
        """Seconds of working time after which it is passed."""
        if self.used_percent is not None:
            return target_s * self.used_percent // 100
        return target_s + self.minutes * 60

    def is_warning(self, target_s: int) -> bool:
        """Whether it comes before the promise is broken."""
        return self.amount(target_s) < target_s


def named(key: str) -> Level:
    """The level of a stored key, whoever is told. A policy that has it no more does not change what it meant."""
    kind, _, number = key.partition(":")
    if kind == "used":
        return Level(key, used_percent=int(number))
    return Level(key, minutes=int(number)) if kind == "minutes" else USED_UP


USED_UP = Level(BREACH)
"""Every promise has this level, whether or not anybody is told."""


@lru_cache(1024)
def in_order(levels: tuple[Level, ...], target_s: int) -> list[Level]:
    """Those that a target has, as they will be passed."""
    return sorted(
        (level for level in levels if level.amount(target_s) > 0), key=lambda level: (level.amount(target_s), level.key)
    )


def read(stored: Sequence[Mapping[str, Any]]) -> tuple[Level, ...]:
    """What is stored in a policy's version, with `USED_UP` where it is not named.

    Raises ValueError with a sentence for what cannot be meant.
    """
    if not isinstance(stored, list | tuple):
        raise ValueError("Give a list of levels.")
    levels = [_level(each) for each in stored]
    if len(levels) > MOST_LEVELS:
        raise ValueError(f"A policy has at most {MOST_LEVELS} levels.")
    keys = [level.key for level in levels]
    if len(keys) != len(set(keys)):
        raise ValueError("Two levels say the same: leave one of them out.")
    return tuple(levels) if BREACH in keys else (*levels, USED_UP)


def _level(stored: Mapping[str, Any]) -> Level:
    if not isinstance(stored, Mapping):
        raise ValueError(f"{stored!r} is no level.")
    recipients = stored.get("recipients", [])
    if not isinstance(recipients, list | tuple) or any(one not in RECIPIENTS for one in recipients):
        raise ValueError("Those told at a level are its assignee, the team or its leads.")
    said = sorted(stored.keys() - {"recipients"})
    told = tuple(one for one in RECIPIENTS if one in recipients)
    if said == ["used_percent"]:
        percent = _whole(stored["used_percent"], 1, MOST_PERCENT)
        return Level(f"used:{percent}", told, used_percent=percent)
    if said == ["minutes"]:
        minutes = _whole(stored["minutes"], -MOST_MINUTES, MOST_MINUTES)
        return Level(f"minutes:{minutes}", told, minutes=minutes) if minutes else Level(BREACH, told)
    if said == ["breach"] and stored["breach"] is True:
        return Level(BREACH, told)
    raise ValueError("A level is a share of the time used, minutes before or after the end, or the breach itself.")


def _whole(value: Any, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"{value!r} is no such number: give a whole one from {least} to {most}.")
    return value
