"""Contact data of requesters as shown to people who may help them but not keep their addresses (`can_see_contact`)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

_ADDRESS = re.compile(r"\S+@\S+")
_NUMBER = re.compile(r"\+?[\d\s()./-]{5,}")


def mask_email(address: str) -> str:
    """``a…@x…``: enough to tell two people apart, not enough to write to either."""
    local, at, domain = address.rpartition("@")
    if not at:
        return f"{address[:1]}…" if address else ""
    return f"{local[:1]}…@{domain[:1]}…"


def mask_phone(number: str) -> str:
    """The last two digits, as banks show it: ``…67``."""
    digits = [character for character in number if character.isdigit()]
    return f"…{''.join(digits[-2:])}" if digits else ""


def mask_name(name: str) -> str:
    """A name as it is, unless it is an address or a number: people who told us no name are called by those."""
    if _NUMBER.fullmatch(name.strip()):
        return mask_phone(name)
    return _ADDRESS.sub(lambda found: mask_email(found[0]), name)


def withhold_bounces(messages: Iterable[Any]) -> None:
    """Change the loaded messages, and nothing stored: a mail that came back keeps its reason, and neither its words nor
    its files, which hold ours with the address it went to and the links that speak for its reader."""
    for message in messages:
        if message.bounce:
            message.text, message.html, message.files = "", "", []


def call_by_masked_names(people: Iterable[Any]) -> None:
    """Change the loaded people's names, and nothing stored: whatever shows them afterwards gives no address away."""
    for person in people:
        person.name = mask_name(str(person))
