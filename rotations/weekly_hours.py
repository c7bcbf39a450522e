"""Weekly hours of one person, as wall times of a zone: read, checked, and turned into moments. Pure.

What holds where nothing is said otherwise is what `sla.business_time` has: a wall time that the clock leaves out reads
later, of a wall time that comes twice the first is meant, an end that is not after its beginning is on the next day.
Moments come out in UTC; a stretch holds its beginning and not its end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

Window = tuple[datetime, datetime]

DAY = 24 * 60
"""Minutes by the clock on the wall."""
WEEK = 7 * DAY

_APART = re.compile(r"[,;]+")
_SPAN = re.compile(r"(.+?)\s*[-–—]\s*(.+)")
_TIME = re.compile(r"([0-9]{1,2})(?:[:.]([0-9]{2}))?")


class WrongHours(ValueError):
    """What was written cannot be hours; str() is a sentence for whoever wrote it."""


@dataclass(frozen=True, order=True, slots=True)
class Block:
    """One stretch of work that begins on a weekday (Monday is 0), in minutes after that day's midnight.

    ``ends`` lies behind ``starts``, by a day at most; more than DAY is on the morning after.
    """

    weekday: int
    starts: int
    ends: int

    def __str__(self) -> str:
        return f"{clock_time(self.starts)}–{clock_time(self.ends if self.ends == DAY else self.ends % DAY)}"


@dataclass(frozen=True, slots=True)
class Version:
    """A person's week from the local date ``valid_from`` on, until a later version takes over."""

    valid_from: date
    zone: ZoneInfo
    blocks: tuple[Block, ...]


def read_day(text: str, weekday: int) -> list[Block]:
    """The blocks written as "8-12, 13:00-16:30"; none when nothing is written. Raises WrongHours."""
    blocks = []
    for part in filter(None, map(str.strip, _APART.split(text))):
        span = _SPAN.fullmatch(part)
        if not span:
            raise WrongHours(_("“%(text)s” is no time from and to. Write it like 8:00-16:00.") % {"text": part})
        starts, ends = _minutes(span[1].strip()), _minutes(span[2].strip())
        if starts == DAY:
            raise WrongHours(_("“%(text)s”: 24:00 can end work, not begin it.") % {"text": part})
        if starts == ends and starts:
            raise WrongHours(_("“%(text)s” lasts no time. A whole day is 0:00-24:00.") % {"text": part})
        blocks.append(Block(weekday, starts, ends if ends > starts else ends + DAY))
    return blocks


def write_day(blocks: Iterable[Block]) -> str:
    """The blocks as `read_day` reads them."""
    return ", ".join(str(block).replace("–", "-") for block in sorted(blocks))


def clock_time(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"


def checked(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """The blocks of a week in order. Raises WrongHours where two overlap, Sunday night with Monday included."""
    week = tuple(sorted(blocks))
    spans = [(block.weekday * DAY + block.starts, block.weekday * DAY + block.ends) for block in week]
    if spans:
        first = spans[0]
        spans.append((first[0] + WEEK, first[1] + WEEK))
    for number, ((_start, end), (start, _end)) in enumerate(pairwise(spans)):
        if start < end:
            two = {"first": str(week[number]), "second": str(week[(number + 1) % len(week)])}
            raise WrongHours(_("%(first)s and %(second)s overlap.") % two)
    return week


def windows(versions: Sequence[Version], a: datetime, b: datetime) -> list[Window]:
    """The stretches of work from ``a`` to ``b`` (aware), cut at both, in order and apart from each other."""
    found: list[Window] = []
    ordered = sorted(versions, key=lambda version: version.valid_from)
    for version, following in zip(ordered, [*ordered[1:], None], strict=True):
        first = max(version.valid_from, a.astimezone(version.zone).date() - timedelta(days=2))
        last = b.astimezone(version.zone).date()
        if following is not None:
            last = min(last, following.valid_from - timedelta(days=1))
        found += _windows_of(version, first, last)
    return cut(joined(found), a, b)


def joined(stretches: Iterable[Window]) -> list[Window]:
    """In order, with those that touch or overlap made one."""
    result: list[Window] = []
    for start, end in sorted(stretches):
        if result and start <= result[-1][1]:
            result[-1] = result[-1][0], max(end, result[-1][1])
        else:
            result.append((start, end))
    return result


def without(stretches: Iterable[Window], gaps: Iterable[Window]) -> list[Window]:
    """What is left of the stretches (in order, apart) when the gaps are taken out."""
    taken = joined(gaps)
    left: list[Window] = []
    for start, end in stretches:
        for gap_start, gap_end in taken:
            if gap_end <= start or end <= gap_start:
                continue
            if start < gap_start:
                left.append((start, gap_start))
            start = gap_end
            if end <= start:
                break
        if start < end:
            left.append((start, end))
    return left


def cut(stretches: Iterable[Window], a: datetime, b: datetime) -> list[Window]:
    within = ((max(start, a), min(end, b)) for start, end in stretches)
    return [(start, end) for start, end in within if start < end]


def moment(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """The moment of a wall time, in UTC; ``minutes`` after the date's midnight by the clock on the wall."""
    wall = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)
    return wall.replace(tzinfo=zone).astimezone(UTC)


def _windows_of(version: Version, first: date, last: date) -> list[Window]:
    found = []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        if moment(day, 0, version.zone) == moment(day, DAY, version.zone):  # a date that the zone left out
            continue
        for block in version.blocks:
            if block.weekday == day.weekday():
                start, end = moment(day, block.starts, version.zone), moment(day, block.ends, version.zone)
                if start < end:  # a clock change can swallow a short block
                    found.append((start, end))
    return found


def _minutes(text: str) -> int:
    match = _TIME.fullmatch(text)
    if match:
        hour, minute = int(match[1]), int(match[2] or 0)
        if minute < 60 and hour * 60 + minute <= DAY:
            return hour * 60 + minute
    raise WrongHours(_("“%(text)s” is no time of day. Times go from 0:00 to 24:00.") % {"text": text})
