"""What a planner writes a line each: names with addresses, and tasks."""

from __future__ import annotations


def pairs_of(text: str) -> list[tuple[str, str]]:
    """ "Name https://…" of each line that has both. Raises nothing: a line that fits not is no link."""
    pairs = (line.strip().rpartition(" ") for line in text.splitlines())
    return [(name.strip(), address) for name, _space, address in pairs if name and is_address(address)]


def is_address(text: str) -> bool:
    return text.startswith(("https://", "http://")) and len(text) > len("https://")


def lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
