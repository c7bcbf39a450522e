"""A meeting as Outlook packs it into a winmail.dat (MS-OXOCAL, MS-OXTNEF), in the shape of `calendar.read_invitation`.

Pure: properties by their number, those with a name of their own by the set they belong to and their number there.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

Key = int | tuple[bytes, int]
_APPOINTMENT = bytes.fromhex("0220060000000000c000000000000046")
_MEETING = bytes.fromhex("90dad86e0b451b1098da00aa003f1305")
_START, _END, _LOCATION = (_APPOINTMENT, 0x820D), (_APPOINTMENT, 0x820E), (_APPOINTMENT, 0x8208)
_SEQUENCE, _ZONE = (_APPOINTMENT, 0x8201), (_APPOINTMENT, 0x8234)
_WHERE, _UID = (_MEETING, 0x0002), (_MEETING, 0x0003)
_PR_START, _PR_END, _PR_SUBJECT = 0x0060, 0x0061, 0x0037
_PR_NAME, _PR_ADDRESS, _PR_SMTP_ADDRESS = 0x0042, 0x0065, 0x5D02

# What the class of the message says: the method, and for an answer which one. The second half is as old as Exchange 4.
_CLASSES = {
    "ipm.schedule.meeting.request": ("request", ""),
    "ipm.schedule.meeting.canceled": ("cancel", ""),
    "ipm.schedule.meeting.resp.pos": ("reply", "accepted"),
    "ipm.schedule.meeting.resp.neg": ("reply", "declined"),
    "ipm.schedule.meeting.resp.tent": ("reply", "tentative"),
    "ipm.microsoft schedule.mtgreq": ("request", ""),
    "ipm.microsoft schedule.mtgcncl": ("cancel", ""),
    "ipm.microsoft schedule.mtgrespp": ("reply", "accepted"),
    "ipm.microsoft schedule.mtgrespn": ("reply", "declined"),
    "ipm.microsoft schedule.mtgrespa": ("reply", "tentative"),
}
_FIRST_MOMENT = datetime(1601, 1, 1, tzinfo=UTC)


def read_meeting(
    message_class: str, properties: Mapping[Key, bytes], string: Callable[[bytes], str]
) -> dict[str, Any] | None:
    """The meeting, or None for another message and for one that does not say when it is. ``string`` reads a value as
    text."""
    method, answer = _CLASSES.get(message_class.strip().lower(), ("", ""))
    starts = _moment(properties, _START, _PR_START)
    if not method or starts is None:
        return None
    ends = _moment(properties, _END, _PR_END)

    def text(*keys: Key, length: int) -> str:
        said = next((said for key in keys if (said := " ".join(string(properties.get(key, b"")).split()))), "")
        return said if len(said) <= length else said[: length - 1] + "…"

    address = text(_PR_SMTP_ADDRESS, _PR_ADDRESS, length=254)
    sender = {"name": text(_PR_NAME, length=200), "address": address if "@" in address else ""}
    is_known = bool(sender["name"] or sender["address"])
    return {
        "method": method,
        "uid": properties.get(_UID, b"")[:127].hex().upper(),
        "sequence": min(int.from_bytes(properties.get(_SEQUENCE, b"")[:4], "little"), 1_000_000),
        "summary": text(_PR_SUBJECT, length=300),
        "location": text(_LOCATION, _WHERE, length=500),
        "description": "",
        "status": "",
        "organiser": sender if is_known and method != "reply" else None,
        "starts": _written(starts),
        "ends": _written(ends) if ends is not None and ends >= starts else "",
        "is_all_day": False,
        "zone": text(_ZONE, length=100),
        "repeats": None,
        "people": [{**sender, "answer": answer}] if is_known and answer else [],
        "link": "",
    }


def _moment(properties: Mapping[Key, bytes], *keys: Key) -> datetime | None:
    """The first that is there: tenths of microseconds since 1601, in UTC."""
    value = next((properties[key] for key in keys if len(properties.get(key, b"")) == 8), b"")
    try:
        return _FIRST_MOMENT + timedelta(microseconds=int.from_bytes(value, "little") // 10) if any(value) else None
    except OverflowError:
        return None


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%MZ}"
