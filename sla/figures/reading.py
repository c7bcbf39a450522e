"""The figures of one reader: of their teams' queues, of all for an administrator."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import accumulate
from typing import Any

from django.core.cache import cache
from django.db import connection

from sla.figures import outlook, tallies
from sla.figures.outlook import Picture
from sla.intervals import FEW, wilson
from sla.models import Outlook, Policy, SweepRun, TalliedWeek
from tickets.models import Queue, Role, Team, User

FRESH = timedelta(minutes=3)
"""An outlook is written each minute; an older one is no longer believed but counted anew."""
COUNTED = timedelta(minutes=20)
"""The same for the sums of the running weeks, which are counted every five minutes."""
SWEPT = timedelta(minutes=5)


@dataclass(frozen=True)
class Scope:
    """The teams a reader sees the figures of, by name, and those teams' queues."""

    teams: tuple[tuple[int, str], ...]
    queues: tuple[tuple[int, str], ...]
    is_all: bool

    @property
    def key(self) -> str:
        return "-".join(str(pk) for pk, _name in self.teams) or "none"


@dataclass(frozen=True)
class Share:
    """``good`` of ``count``."""

    count: int = 0
    good: int = 0

    @property
    def missed(self) -> int:
        return self.count - self.good

    @property
    def percent(self) -> float | None:
        return 100 * self.good / self.count if self.count else None

    @property
    def interval(self) -> tuple[float, float]:
        low, high = wilson(self.good, self.count)
        return 100 * low, 100 * high

    @property
    def is_few(self) -> bool:
        return self.count < FEW

    def __add__(self, other: Share) -> Share:
        return Share(self.count + other.count, self.good + other.good)


@dataclass(frozen=True)
class Length:
    """Median and ninth decile in minutes, by working hours or by the calendar; None where nothing ended."""

    count: int = 0
    median: int | None = None
    p90: int | None = None


@dataclass
class Past:
    """What was, over the whole weeks that are shown and, by week, the running one besides."""

    weeks: list[date]
    kept: Share = field(default_factory=Share)
    by_week: dict[date, Share] = field(default_factory=dict)
    by: dict[str, dict[str, Share]] = field(default_factory=dict)
    """Kept promises by ``queue``, ``policy``, ``channel``, ``priority``, ``metric`` and ``hour``."""
    lengths: dict[str, Length] = field(default_factory=dict)
    """``reply_work``, ``reply_wall``, ``solve_work``, ``solve_wall``."""
    opened: dict[date, int] = field(default_factory=dict)
    solved: dict[date, int] = field(default_factory=dict)
    stayed: Share = field(default_factory=Share)
    """Solved tickets that had not come back."""
    first_contact: Share = field(default_factory=Share)
    at: datetime | None = None


def scope_of(user: User) -> Scope:
    """Leads and agents: their teams. Two statements."""
    is_all = user.role == Role.ADMIN
    teams, queues = Team.objects.order_by("name", "pk"), Queue.objects.order_by("position", "pk")
    if not is_all:
        teams, queues = teams.filter(pk__in=user.team_ids), queues.filter(team__in=user.team_ids)
    return Scope(tuple(teams.values_list("pk", "name")), tuple(queues.values_list("pk", "name")), is_all)


def ahead(scope: Scope, at: datetime) -> tuple[dict[int, Picture], datetime]:
    """What each team of the scope has before it, and as of when: as it was written, or counted now where nothing was
    written lately."""
    wanted = [pk for pk, _name in scope.teams]
    rows = list(Outlook.objects.filter(team__in=wanted, at__gt=at - FRESH, at__lte=at).order_by("team"))
    if len(rows) == len(wanted):
        return {row.team_id: Picture(**row.picture) for row in rows}, min((row.at for row in rows), default=at)
    counted = outlook.pictures(at)
    return {team: counted[team] for team in wanted}, at


def last_sweep(at: datetime) -> datetime | None:
    """When the sweep ran last, if that is too long ago: None where it runs as it should, or has never begun."""
    last = SweepRun.objects.filter(started_at__lte=at).order_by("-started_at").values_list("started_at", flat=True)[:1]
    return next((started for started in last if at - started > SWEPT), None)


def past(scope: Scope, at: datetime) -> Past:
    """From the kept sums. Weeks that nobody counted, or not lately, are counted now."""
    shown = tallies.weeks(at)
    return _read(scope, shown, shown[-1], at)


def of_week(scope: Scope, week: date, at: datetime) -> Past:
    """The figures of one week alone, the same that the dashboard has of it; the running week up to ``at``."""
    return _read(scope, [week], None, at)


def _read(scope: Scope, shown: list[date], running: date | None, at: datetime) -> Past:
    known = dict(TalliedWeek.objects.filter(week__in=shown, at__lte=at).values_list("week", "at"))
    changing = set(tallies.weeks(at)[-2:])
    stale = {week for week in shown if week not in known}
    stale |= {week for week in known.keys() & changing if at - known[week] > COUNTED}
    as_of = max((moment for week, moment in known.items() if week not in stale), default=at)
    span = f"{shown[0]}:{shown[-1]}:{as_of.isoformat()}:{len(stale)}"
    key = f"past:{connection.settings_dict['NAME']}:{scope.key}:{span}"
    kept: Past | None = cache.get(key)
    if kept is not None and kept.at is not None and (not stale or timedelta() <= at - kept.at < timedelta(minutes=1)):
        return kept
    found = _sum(scope, shown, stale, running, at)
    found.at = at if stale else as_of
    cache.set(key, found, 300)
    return found


_SUMS = """
    select figure, case when figure in ('kept', 'opened') then week when figure = 'solved' then week end as week,
           case when figure = 'kept' then queue_id end, key, week = %s, sum(count), sum(good)
      from sla_tally where queue_id = any(%s) and week = any(%s)
     group by figure, 2, 3, 4, 5
"""


def _sum(scope: Scope, shown: list[date], stale: set[date], running: date | None, at: datetime) -> Past:
    queues = [pk for pk, _name in scope.queues]
    rows: list[tuple[Any, ...]] = []
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, [running, queues, [week for week in shown if week not in stale]])
        rows += cursor.fetchall()
    for week in sorted(stale):
        for (queue, figure, key), (count, good) in tallies.of_week(week, at).items():
            if queue in queues:
                rows.append((figure, week, queue, key, week == running, count, good))
    result = Past(weeks=shown)
    by: defaultdict[str, defaultdict[str, Share]] = defaultdict(lambda: defaultdict(Share))
    lengths: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for figure, week, queue, key, is_running, count, good in rows:
        share = Share(int(count), int(good))
        if figure == "kept":
            result.by_week[week] = result.by_week.get(week, Share()) + share
            if not is_running:
                result.kept += share
                by["queue"][str(queue)] += share
        elif figure == "opened":
            result.opened[week] = result.opened.get(week, 0) + share.count
        elif figure == "solved":
            result.solved[week] = result.solved.get(week, 0) + share.count
            result.stayed += share if not is_running else Share()
        elif is_running:
            continue
        elif figure == "first_contact":
            result.first_contact += share
        elif figure in ("policy", "channel", "priority", "metric", "hour"):
            by[figure][key] += share
        else:
            lengths[figure][int(key)] += share.count
    result.by = {name: dict(shares) for name, shares in by.items()}
    result.lengths = {name: length_of(counted) for name, counted in lengths.items()}
    return result


def length_of(counted: Counter[int]) -> Length:
    """Median and ninth decile of values with how often each came: the first that has half, nine tenths, at or below."""
    total = counted.total()
    values = sorted(counted)
    sums = list(accumulate(counted[value] for value in values))

    def at_share(share: float) -> int | None:
        return next((value for value, below in zip(values, sums, strict=True) if below >= share * total), None)

    return Length(total, at_share(0.5), at_share(0.9)) if total else Length()


def policy_names() -> dict[str, str]:
    return {str(pk): name for pk, name in Policy.objects.values_list("pk", "name")}
