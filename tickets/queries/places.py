"""Pages of other apps that stand in the kernel's menus: each app names its own once, when it is ready."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from tickets.models import User

Menu = Literal["sidebar", "settings"]


@dataclass(frozen=True, slots=True)
class Place:
    """``label`` is translated when it is shown; ``may_see`` says who is shown the link, the page itself asks again."""

    url_name: str
    label: Any
    icon: str
    menu: Menu
    may_see: Callable[[User], bool]
    act: str = ""
    """Its key (tickets/keys.py), for places of the sidebar."""


_places: dict[str, Place] = {}


def register(place: Place) -> None:
    _places[place.url_name] = place


def places_for(user: User, menu: Menu) -> list[Place]:
    """In the order they were registered. No statement of its own."""
    return [place for place in _places.values() if place.menu == menu and place.may_see(user)]


Start = Callable[[User, datetime], str]
"""The name of the page on which this person's work begins at that moment, or nothing."""

_starts: list[Start] = []


def register_start(start: Start) -> None:
    if start not in _starts:
        _starts.append(start)


def start_of(user: User, at: datetime) -> str:
    """Where an app above the kernel wants this person to begin."""
    return next((name for start in _starts if (name := start(user, at))), "")
