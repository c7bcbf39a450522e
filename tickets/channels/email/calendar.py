"""The invitation in a mail (iCalendar, RFC 5545; iTIP, RFC 5546) as plain data: what, when, where, who asks.

The lines of a calendar are a stranger's: a time zone may be written as a rule that fires each second for ten thousand
years. So only the first event and zones with yearly rules reach the library that reads them.
"""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tickets.channels.email.charsets import decode, tidy

MAX_BYTES = 512 * 1024
MAX_LINES = 5_000
MAX_ATTENDEES = 50
MAX_DESCRIPTION = 4_000
_MAX_ZONES, _MAX_ZONE_LINES = 5, 200
_METHODS = {"request", "cancel", "reply", "publish", "counter", "declinecounter", "add", "refresh"}
_ANSWERS = {"accepted", "declined", "tentative", "needs-action", "delegated"}
_EVERY = {"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year"}
_LEAST = {"BEGIN", "END", "UID", "SUMMARY", "DTSTART"}
_NEEDED = _LEAST | {"DTEND", "DURATION", "LOCATION", "ORGANIZER", "DESCRIPTION"}
_FOLD = re.compile(r"\r?\n[ \t]")
_YEARLY = re.compile(
    r"RRULE:FREQ=YEARLY(?:;(?:INTERVAL|COUNT|UNTIL|WKST|BYMONTH|BYDAY|BYMONTHDAY|BYSETPOS)=[^;,]{1,20}(?:,-?\d{1,2})*)*",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"^mailto:", re.IGNORECASE)
_LINKS = ("X-GOOGLE-CONFERENCE", "X-MICROSOFT-SKYPETEAMSMEETINGURL", "CONFERENCE", "URL")


def read_invitation(raw: bytes, *, charset: str = "", method: str = "") -> dict[str, Any] | None:
    """The first event of a calendar, or None when there is none that says when it is.

    ``method``: request, cancel, reply, publish, ... ``starts`` and ``ends``: ISO 8601 in UTC ("...Z"), without a zone
    when the event floats (the same clock time anywhere), or dates alone when ``is_all_day`` (``ends`` is the last day).
    ``zone`` is the zone it was planned in. ``repeats``: ``every`` day, week, month or year, ``interval``, ``count``,
    ``until``, ``days`` (two-letter names). Strings are data of strangers. Never raises.
    """
    text = tidy(decode(raw[:MAX_BYTES], charset or "utf-8")[0])
    event, zones, said_method = _blocks(_FOLD.sub("", text))
    if not event:
        return None
    said = _one_of(said_method or method, _METHODS) or "publish"
    # The library is strict where strangers are not: an event it refuses is read again with its most needed lines.
    for needed in (None, _NEEDED, _LEAST):
        lines = [line for line in event if _is_line_of(line, needed)]
        try:
            return _read(lines, zones, method=said)
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError):
            continue
    return None


def _is_line_of(line: str, names: set[str] | None) -> bool:
    """Whether it is a content line at all, and one of `names`."""
    name = re.match(r"[A-Za-z0-9-]+(?=[;:])", line)
    return name is not None and (names is None or name.group().upper() in names)


def _blocks(text: str) -> tuple[list[str], list[str], str]:
    """Lines of the first event without its alarms, lines of zones that are harmless, and the method."""
    event: list[str] = []
    zones: list[str] = []
    method, count = "", 0
    stack: list[tuple[str, list[str]]] = []
    for line in text.split("\n")[:MAX_LINES]:
        word = line.strip().upper()
        if word.startswith("BEGIN:"):
            stack.append((word[6:], [line.strip()]))
        elif word.startswith("END:"):
            if word[4:] not in (name for name, _ in stack):
                continue
            while stack[-1][0] != word[4:]:
                stack.pop()  # never closed
            name, lines = stack.pop()
            lines.append(line.strip())
            if name == "VEVENT" and (not event or (_is_exception(event) and not _is_exception(lines))):
                event = lines
            elif name in {"STANDARD", "DAYLIGHT"} and stack and stack[-1][0] == "VTIMEZONE":
                stack[-1][1].extend(lines)
            elif name == "VTIMEZONE" and count < _MAX_ZONES and _is_harmless(lines):
                zones.extend(lines)
                count += 1
        elif stack:
            if word.startswith("METHOD:") and stack[-1][0] == "VCALENDAR":
                method = word[7:]
            stack[-1][1].append(line)
    for name, lines in stack:
        if name == "VEVENT" and not event:
            event = [*lines, "END:VEVENT"]  # cut off
    return event, zones, method


def _is_exception(lines: list[str]) -> bool:
    """One moved or cancelled day of a series: the series itself says more."""
    return any(line.upper().startswith("RECURRENCE-ID") for line in lines)


def _is_harmless(lines: list[str]) -> bool:
    rules = [line.strip() for line in lines if line.upper().startswith(("RRULE", "EXRULE"))]
    return len(lines) <= _MAX_ZONE_LINES and len(rules) <= 20 and all(_YEARLY.fullmatch(rule) for rule in rules)


def _read(lines: list[str], zones: list[str], *, method: str) -> dict[str, Any] | None:
    from icalendar import Calendar  # half a second to import, for the few mails that need it
    from icalendar.timezone import tzp

    tzp.use_zoneinfo()  # forgets the zones of the mail before: names of zones are a stranger's choice
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-"]
    source = "\r\n".join([*head, *zones, *lines, "END:VCALENDAR", ""])
    event = next(iter(Calendar.from_ical(source).walk("VEVENT")), None)
    start = _value(event, "DTSTART") if event is not None else None
    if not isinstance(start, date):
        return None
    is_all_day = not isinstance(start, datetime)
    organiser = _first(event, "ORGANIZER")
    return {
        "method": method,
        "uid": _text(event, "UID", 255),
        "sequence": _number(_first(event, "SEQUENCE")),
        "summary": _text(event, "SUMMARY", 300),
        "location": _text(event, "LOCATION", 500),
        "description": _text(event, "DESCRIPTION", MAX_DESCRIPTION, one_line=False),
        "status": _text(event, "STATUS", 20).lower(),
        "organiser": _person(organiser) if organiser is not None else None,
        "starts": _moment(start),
        "ends": _ends(event, start),
        "is_all_day": is_all_day,
        "zone": "" if is_all_day else _zone(event, start),
        "repeats": _repeats(event),
        "people": [{**_person(each), "answer": _answer(each)} for each in _people(event)],
        "link": _link(event),
    }


def _first(event: Any, name: str) -> Any:
    value = event.get(name)
    return value[0] if isinstance(value, list) else value


def _value(event: Any, name: str) -> date | datetime | timedelta | None:
    value = getattr(_first(event, name), "dt", None)
    return value if isinstance(value, date | timedelta) else None


def _text(event: Any, name: str, length: int, *, one_line: bool = True) -> str:
    said = tidy(str(_first(event, name) or "")).strip()
    said = " ".join(said.split()) if one_line else re.sub(r"\n{3,}", "\n\n", said)
    return said if len(said) <= length else said[: length - 1] + "…"


def _number(value: Any) -> int:
    return max(0, min(int(value), 1_000_000)) if value is not None else 0


def _one_of(value: str, known: set[str]) -> str:
    word = value.strip().lower()
    return word if word in known else ""


def _person(value: Any) -> dict[str, str]:
    address = _ADDRESS.sub("", tidy(str(value)).strip())[:254]
    name = " ".join(tidy(str(getattr(value, "params", {}).get("CN", ""))).split())[:200]
    return {"name": name.strip("'\""), "address": address if "@" in address else ""}


def _answer(value: Any) -> str:
    return _one_of(str(getattr(value, "params", {}).get("PARTSTAT", "")), _ANSWERS)


def _people(event: Any) -> list[Any]:
    found = event.get("ATTENDEE") or []
    return (found if isinstance(found, list) else [found])[:MAX_ATTENDEES]


def _moment(value: Any) -> str:
    """ISO 8601: in UTC, or without a zone when the event has none."""
    if not isinstance(value, datetime):
        return str(value.isoformat())
    if value.tzinfo is None:
        return value.isoformat(timespec="minutes")
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")


def _ends(event: Any, start: date) -> str:
    """The end, or "" when it says none. Of a day-long event the last day: iCalendar names the one after."""
    end = _value(event, "DTEND")
    if end is None and (duration := _value(event, "DURATION")) is not None and isinstance(duration, timedelta):
        end = start + duration
    if not isinstance(end, date) or isinstance(end, datetime) != isinstance(start, datetime):
        return ""
    if not isinstance(end, datetime):
        return (max(end - timedelta(days=1), start)).isoformat()
    if (end.tzinfo is None) != (getattr(start, "tzinfo", None) is None) or end < start:
        return ""
    return _moment(end)


def _zone(event: Any, start: Any) -> str:
    said = str(getattr(_first(event, "DTSTART"), "params", {}).get("TZID", ""))
    return tidy(said or ("UTC" if getattr(start, "tzinfo", None) else ""))[:100]


def _repeats(event: Any) -> dict[str, Any] | None:
    rule = _first(event, "RRULE")
    every = _EVERY.get(str((rule.get("FREQ") or [""])[0]).upper()) if rule else None
    if not every:
        return None
    until = (rule.get("UNTIL") or [None])[0]
    return {
        "every": every,
        "interval": max(1, _number((rule.get("INTERVAL") or [1])[0])),
        "count": _number((rule.get("COUNT") or [0])[0]),
        "until": _moment(until) if isinstance(until, date) else "",
        "days": [day for each in rule.get("BYDAY") or [] if (day := str(each)[-2:].upper())][:7],
    }


def _link(event: Any) -> str:
    for name in _LINKS:
        link = tidy(str(_first(event, name) or "")).strip()
        if re.fullmatch(r"https?://[^\s<>\"']{3,1000}", link):
            return link
    return ""
