"""What the desk's own history says of a week, and how many people a round wants of it."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from statistics import median
from zoneinfo import ZoneInfo

from django.db.models import Count
from django.db.models.functions import TruncHour

from rotations.models import Demand, Programme, Round, Shift
from rotations.problem import Need
from tickets.models import Channel, Ticket

HISTORY = timedelta(weeks=12)
USUAL_HANDLING_S = 15 * 60
"""Of a queue that has no history yet."""
STORM = 1.5
"""From so many times the ordinary load on, a part of the week is a storm; who is missing there counts three times."""
STORM_WEIGHT = 3
MOST = 9

Part = tuple[int, int]
"""From and to, in minutes after midnight."""
Place = tuple[int, Part, str]
"""A weekday, a part of it, a channel of `Demand.Channel`."""

GROUPS: dict[str, str] = {
    Channel.EMAIL: "tickets",
    Channel.WEB: "tickets",
    Channel.CHAT: "chat",
    Channel.MESSENGER: "messenger",
    Channel.PHONE: "phone",
}


def groups(channels: Iterable[str]) -> frozenset[str]:
    """Channels as the plan counts them: email and web are one."""
    return frozenset(GROUPS[each] for each in channels if each in GROUPS)


def channels_of(programme: Programme) -> list[Demand.Channel]:
    offered = groups(programme.channels)
    return [each for each in Demand.Channel if each in offered]


def parts(edges: Collection[int]) -> list[Part]:
    ordered = sorted(set(edges))
    return list(pairwise(ordered))


@lru_cache(64)
def _bank_holidays(country: str, year: int) -> frozenset[date]:
    import holidays  # 14 MB of countries: for whoever plans, not for every process

    return frozenset(holidays.country_holidays(country, years=year)) if country else frozenset()


def is_bank_holiday(programme: Programme, day: date) -> bool:
    return day in _bank_holidays(programme.country, day.year)


@dataclass(frozen=True)
class Seen:
    """What came in a part of the week, on an average week that had no bank holiday on that day."""

    arrivals: float
    load: float
    """People whom that keeps busy."""


def history(programme: Programme, at: datetime, weekdays: Collection[int]) -> dict[Place, Seen]:
    """Tickets opened in the programme's queues in the twelve weeks before ``at``; two statements. Nothing of them is
    read but when they came and how."""
    zone = ZoneInfo(programme.zone)
    queues = list(programme.queues.all())
    known = [queue.handling_s for queue in queues if queue.handling_s]
    handling_s = sum(known) / len(known) if known else USUAL_HANDLING_S
    since = at - HISTORY
    rows = _arrivals(programme, since, at, zone)
    first, last = since.astimezone(zone).date() + timedelta(days=1), at.astimezone(zone).date() - timedelta(days=1)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    open_days = {day for day in days if not is_bank_holiday(programme, day)}
    number_of = Counter(day.weekday() for day in open_days)
    cut = parts(programme.part_edges)
    came: Counter[Place] = Counter()
    for hour, channel, count in rows:
        local = hour.astimezone(zone)
        minutes = local.hour * 60
        part = next((each for each in cut if each[0] <= minutes < each[1]), None)
        if part is not None and local.date() in open_days and channel in GROUPS:
            came[local.weekday(), part, GROUPS[channel]] += count
    found = {}
    for weekday in weekdays:
        for part in cut:
            for channel in channels_of(programme):
                arrivals = came[weekday, part, channel] / number_of[weekday] if number_of[weekday] else 0.0
                load = arrivals * handling_s / ((part[1] - part[0]) * 60)
                found[weekday, part, str(channel)] = Seen(arrivals, load)
    return found


def _arrivals(
    programme: Programme, since: datetime, until: datetime, zone: ZoneInfo
) -> Iterable[tuple[datetime, str, int]]:
    came = Ticket.objects.filter(queue__in=programme.queues.values("pk"), opened_at__gte=since, opened_at__lt=until)
    counted = came.filter(removed_as="").annotate(hour=TruncHour("opened_at", tzinfo=zone)).order_by()
    return counted.values_list("hour", "channel").annotate(count=Count("pk"))


@dataclass(frozen=True)
class Wanted:
    people: int
    weight: int


def suggested(seen: Mapping[Place, Seen]) -> dict[Place, Wanted]:
    """The team is there for the ordinary part of its week, the median of a channel. What goes beyond that wants people,
    a started one is a whole one; in a storm each who is missing counts three times."""
    loads: defaultdict[str, list[float]] = defaultdict(list)
    for (_weekday, _part, channel), each in seen.items():
        loads[channel].append(each.load)
    found = {}
    for place, each in seen.items():
        ordinary = median(loads[place[2]])
        beyond = each.load - ordinary
        people = min(MOST, math.ceil(beyond)) if beyond > 0.05 else 0
        is_storm = people > 0 and each.load >= STORM * ordinary
        found[place] = Wanted(people, STORM_WEIGHT if is_storm else 1)
    return found


def weekdays_of(shifts: Iterable[Shift]) -> list[int]:
    """Those that some shift touches."""
    return sorted({day.day.weekday() for shift in shifts for day in shift.windows})


def parts_of(of: Round, demands: Collection[Demand]) -> list[Part]:
    """As the round's demand was entered, else as the programme has them."""
    return sorted({(each.starts, each.ends) for each in demands}) or parts(of.programme.part_edges)


def dates_of(of: Round) -> list[date]:
    return [of.starts_on + timedelta(days=n) for n in range((of.ends_on - of.starts_on).days + 1)]


def needs_of(of: Round, demands: Collection[Demand], cut: list[Part]) -> list[Need]:
    """By date, bank holidays left out. The part is its number in ``cut``."""
    by_weekday: defaultdict[int, list[Demand]] = defaultdict(list)
    for each in demands:
        if each.people:
            by_weekday[each.weekday].append(each)
    return [
        Need(day, cut.index((each.starts, each.ends)), each.channel, each.people, each.weight)
        for day in dates_of(of)
        if not is_bank_holiday(of.programme, day)
        for each in by_weekday[day.weekday()]
    ]


def covers(shift: Shift, cut: list[Part]) -> frozenset[tuple[date, int]]:
    """The parts of dates of which the shift holds at least half. What is after midnight counts for no part."""
    held = [
        n for n, (start, end) in enumerate(cut) if 2 * (min(end, shift.ends) - max(start, shift.starts)) >= end - start
    ]
    return frozenset((day.day, part) for day in shift.windows for part in held)
