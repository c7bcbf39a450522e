"""A reader of iCalendar that shares no code with what writes ours: lines unfolded and split by RFC 5545, no more."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

_LINE = re.compile(
    r'([A-Za-z0-9-]+)((?:;[A-Za-z0-9-]+=(?:"[^"]*"|[^":;,]*)(?:,(?:"[^"]*"|[^":;,]*))*)*):(.*)', re.DOTALL
)


@dataclass
class Component:
    name: str
    values: dict[str, str] = field(default_factory=dict)
    parts: list[Component] = field(default_factory=list)

    def moment(self, name: str) -> datetime:
        return datetime.strptime(self.values[name], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def read(content: bytes) -> Component:
    """The calendar, after checking what other programs stumble over: ends of lines, their length, their order."""
    assert content.endswith(b"\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    unfolded = re.sub(rb"\r\n[ \t]", b"", content).decode()
    open_parts: list[Component] = [Component("")]
    for line in unfolded.removesuffix("\r\n").split("\r\n"):
        found = _LINE.fullmatch(line)
        assert found, line
        name, value = found[1].upper(), found[3]
        if name == "BEGIN":
            open_parts.append(Component(value))
        elif name == "END":
            done = open_parts.pop()
            assert done.name == value
            open_parts[-1].parts.append(done)
        else:
            assert name not in open_parts[-1].values, name
            open_parts[-1].values[name] = re.sub(r"\\(.)", lambda each: "\n" if each[1] in "nN" else each[1], value)
    (root,) = open_parts
    (calendar,) = root.parts
    assert calendar.name == "VCALENDAR"
    return calendar


def events(content: bytes) -> list[Component]:
    found = [each for each in read(content).parts if each.name == "VEVENT"]
    assert len({each.values["UID"] for each in found}) == len(found)
    return found
