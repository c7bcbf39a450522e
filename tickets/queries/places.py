"""Pages of other apps that stand in the kernel's menus: each app names its own once, when it is ready."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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
