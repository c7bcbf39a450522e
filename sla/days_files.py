"""Files of days: public holidays and own closures as an .ics or a .csv file holds them. Pure.

Read whole or refused with a sentence. The .ics is read here line by line: a parser of all that calendars can say takes
15 s for 246 KB of rubbish, and what it would understand beyond whole days (hours, rules of repetition) would be taken
for something else without a word.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import date, timedelta

from django.utils.translation import gettext as _

from helpdesk.lib.one_line import one_line
from rotations.weekly_hours import WrongHours, checked, read_day

Days = tuple[dict[date, str], dict[date, str]]
"""The names of the days, and the hours of those that have some."""

MOST_DAYS = 1000
LARGEST_FILE = 256 * 1024
LONGEST_NAME = 100
LONGEST_HOURS = 200

_PROPERTY = re.compile(r'([A-Za-z0-9_.-]+)((?:;[^:;="]+=(?:"[^"]*"|[^:;"]+)*)*):(.*)', re.DOTALL)
_DAY = re.compile(r"([0-9]{8})(?:T000000Z?)?")
_TIMED = re.compile(r"[0-9]{8}T[0-9]{6}Z?")
_LENGTH = re.compile(r"\+?P(?:([0-9]{1,6})W)?(?:([0-9]{1,6})D)?(?:T(?:0+[HMS])+)?")
_ESCAPED = re.compile(r"\\([\\;,nN])")


class WrongFile(ValueError):
    """str() is a sentence for whoever sent it."""


def read(content: bytes, name: str) -> Days:
    """What stands in the file of this name. All of it is right, or WrongFile is raised."""
    if len(content) > LARGEST_FILE:
        raise WrongFile(_("The file is larger than 256 KB: that is no list of days."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise WrongFile(_("The file is no text in UTF-8. Nothing was taken from it.")) from error
    found = _from_ics(text) if name.lower().endswith(".ics") else _from_csv(text)
    if not found[0]:
        raise WrongFile(_("The file holds no day."))
    if len(found[0]) > MOST_DAYS:
        raise _too_many()
    return found


def _from_ics(text: str) -> Days:
    names: dict[date, str] = {}
    for event in _events(text):
        said = one_line(_ESCAPED.sub(lambda each: " " if each[1] in "nN" else each[1], event.get("SUMMARY", "")))
        name = said[:LONGEST_NAME]
        if event.get("STATUS", "").strip().upper() == "CANCELLED":
            continue
        if event.keys() & {"RRULE", "RDATE", "EXRULE"}:
            raise WrongFile(
                _("“%(name)s” repeats by a rule. Write each of its days on its own. Nothing was taken from the file.")
                % {"name": name}
            )
        first, days = _day(event.get("DTSTART", ""), name), 1
        if "DTEND" in event:
            days = (_day(event["DTEND"], name) - first).days
            if days < 0:
                raise WrongFile(
                    _("“%(name)s” ends before it begins. Nothing was taken from the file.") % {"name": name}
                )
        elif "DURATION" in event:
            length = _LENGTH.fullmatch(event["DURATION"].strip())
            if length is None:
                raise _timed(name)
            days = int(length[1] or 0) * 7 + int(length[2] or 0)
        if days > MOST_DAYS:
            raise _too_many()
        try:
            for number in range(max(days, 1)):
                names.setdefault(first + timedelta(days=number), name)
        except OverflowError:
            raise _unreadable() from None
        if len(names) > MOST_DAYS:
            raise _too_many()
    return names, {}


def _events(text: str) -> Iterator[dict[str, str]]:
    """The properties of each event by their names; what stands in an alarm of it is not its own."""
    open_parts: list[str] = []
    event: dict[str, str] = {}
    was_closed = False
    for line in _unfolded(text):
        found = _PROPERTY.fullmatch(line)
        if found is None:
            raise _unreadable()
        name, value = found[1].upper(), found[3]
        if name == "BEGIN":
            open_parts.append(value.strip().upper())
            if open_parts[0] != "VCALENDAR" or len(open_parts) > 4:
                raise _unreadable()
            if open_parts == ["VCALENDAR", "VEVENT"]:
                event = {}
        elif name == "END":
            if not open_parts or open_parts[-1] != value.strip().upper():
                raise _unreadable()
            if open_parts == ["VCALENDAR", "VEVENT"]:
                yield event
            open_parts.pop()
            was_closed = not open_parts
        elif not open_parts:
            raise _unreadable()
        elif open_parts == ["VCALENDAR", "VEVENT"]:
            if name in event and name in ("DTSTART", "DTEND", "DURATION"):
                raise _unreadable()
            event.setdefault(name, value)
    if open_parts or not was_closed:
        raise _unreadable()


def _unfolded(text: str) -> Iterator[str]:
    """Logical lines: one that begins with a blank goes on where the one before ended."""
    parts: list[str] = []
    for line in re.split(r"\r\n|\n|\r", text):
        if line[:1] in (" ", "\t"):
            parts.append(line[1:])
            continue
        if parts and any(parts):
            yield "".join(parts)
        parts = [line]
    if any(parts):
        yield "".join(parts)


def _day(value: str, name: str) -> date:
    found = _DAY.fullmatch(value.strip())
    if found is None:
        raise _timed(name) if _TIMED.fullmatch(value.strip()) else _unreadable()
    try:
        return date.fromisoformat(found[1])
    except ValueError:
        raise _unreadable() from None


def _from_csv(text: str) -> Days:
    names: dict[date, str] = {}
    hours: dict[date, str] = {}
    separator = ";" if ";" in text.partition("\n")[0] else ","
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=separator, strict=True))
    except csv.Error as error:
        raise WrongFile(_("The file is no table that can be read. Nothing was taken from it.")) from error
    for number, row in enumerate(rows, start=1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or (number == 1 and not cells[0][:1].isdigit()):
            continue  # the names of the columns
        said = {"line": number, "text": one_line(cells[0][:40])}
        try:
            day = date.fromisoformat(cells[0])
        except ValueError as error:
            raise WrongFile(
                _("Line %(line)s: “%(text)s” is no date such as 2026-12-24. Nothing was taken from it.") % said
            ) from error
        if day in names:
            raise WrongFile(_("Line %(line)s: %(text)s stands there twice. Nothing was taken from it.") % said)
        names[day] = one_line(cells[1])[:LONGEST_NAME] if len(cells) > 1 else ""
        if len(cells) > 2 and cells[2]:
            if len(cells[2]) > LONGEST_HOURS:
                raise WrongFile(_("Line %(line)s: so many hours fit no day. Nothing was taken from it.") % said)
            try:
                checked(read_day(cells[2], 0))
            except WrongHours as wrong:
                raise WrongFile(_("Line %(line)s: %(why)s") % {"line": number, "why": wrong}) from wrong
            hours[day] = cells[2]
        if len(names) > MOST_DAYS:
            raise _too_many()
    return names, hours


def _too_many() -> WrongFile:
    return WrongFile(_("The file holds more than 1,000 days."))


def _timed(name: str) -> WrongFile:
    return WrongFile(
        _(
            "“%(name)s” begins or ends at an hour of the day; only whole days can be read from a calendar. For hours"
            " send a table: date, name, hours. Nothing was taken from the file."
        )
        % {"name": name}
    )


def _unreadable() -> WrongFile:
    return WrongFile(_("This is no calendar that can be read. Nothing was taken from it."))
