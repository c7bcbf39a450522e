"""The figures of one reader: of their teams' queues, of all for an administrator."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import accumulate
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.utils.safestring import SafeString

from helpdesk.lib import prepared
from sla.figures import outlook, tallies
from sla.figures.outlook import Picture
from sla.figures.tallies import Sums
from sla.intervals import FEW, wilson
from sla.models import Policy, TalliedWeek
from tickets.models import Queue, Role, Team, Ticket, User

FRESH = timedelta(minutes=3)
"""An outlook is written each minute; an older one is no longer believed but counted anew."""
COUNTED = timedelta(minutes=20)
"""The same for the sums of the running weeks, which are counted every five minutes."""
SWEPT = timedelta(minutes=5)
COUNT_KEPT = timedelta(minutes=1)
"""Where nothing is written the whole desk is counted, which takes long: once a minute, not once for each page."""
KEPT_S = 300


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
    at: datetime = datetime.min
    """As of when it was counted."""


@dataclass(frozen=True)
class Written:
    """What the scheduled tasks have written down for one reader, as one picture of the database.

    ``pictures`` are the teams' outlooks that are fresh, each with its moment; ``weeks``, when which week was counted;
    ``people``, by number, name and address of those whom the outlooks name; ``problems``, the subjects of the tickets
    that others wait on, of the reader's teams.
    """

    scope: Scope
    at: datetime
    pictures: dict[int, tuple[Picture, datetime]]
    weeks: dict[date, datetime]
    last_sweep: datetime | None
    policies: dict[str, str]
    people: dict[int, Person]
    problems: dict[int, str]

    @property
    def is_counted_anew(self) -> bool:
        """Whether nothing was written lately of one of the teams."""
        return any(pk not in self.pictures for pk, _name in self.scope.teams)


@dataclass(frozen=True)
class Person:
    name: str
    email: str

    def __str__(self) -> str:
        return self.name or self.email


# One statement for all that the dashboard says, but for sums and favours. Who administers sees every team.
_WRITTEN = """
    with outlooks as (
        select team_id, at, picture from sla_outlook
         where at > %(fresh)s and at <= %(at)s and (%(is_all)s = 1 or team_id = any(%(teams)s))
    )
    select (select json_agg(json_build_array(id, name) order by name, id) from tickets_team
             where %(is_all)s = 1 or id = any(%(teams)s)),
           (select json_agg(json_build_array(id, name) order by position, id) from tickets_queue
             where %(is_all)s = 1 or team_id = any(%(teams)s)),
           (select json_agg(json_build_array(team_id, at, picture) order by team_id) from outlooks),
           (select json_agg(json_build_array(week, at)) from sla_talliedweek
             where week >= %(first)s::date and at <= %(at)s),
           (select max(started_at) from sla_sweeprun where started_at <= %(at)s),
           (select json_agg(json_build_array(id, name) order by id) from sla_policy),
           (select json_agg(json_build_array(id, name, email)) from tickets_user where id in (
                select (each ->> 'person')::bigint
                  from outlooks cross join lateral jsonb_array_elements(picture -> 'overloaded') each)),
           (select json_agg(json_build_array(ticket.id, ticket.subject))
              from tickets_ticket ticket join tickets_queue queue on queue.id = ticket.queue_id
             where (%(is_all)s = 1 or queue.team_id = any(%(teams)s)) and ticket.id in (
                select (each ->> 'ticket')::bigint
                  from outlooks cross join lateral jsonb_array_elements(picture -> 'problems') each))
"""


def written(user: User, at: datetime) -> Written:
    """For leads and agents of their teams, for administrators of all. One statement."""
    is_all = user.role == Role.ADMIN
    values: dict[str, prepared.Value] = {
        "at": at,
        "fresh": at - FRESH,
        "first": tallies.weeks(at)[0].isoformat(),
        "is_all": int(is_all),
        "teams": [0] if is_all else sorted(user.team_ids) or [0],
    }
    teams, queues, pictures, weeks, last_sweep, policies, people, problems = prepared.written(_WRITTEN, values)[0]
    named = [tuple((pk, name) for pk, name in rows or []) for rows in (teams, queues)]
    return Written(
        scope=Scope(teams=named[0], queues=named[1], is_all=is_all),
        at=at,
        pictures={team: (Picture(**each), datetime.fromisoformat(then)) for team, then, each in pictures or []},
        weeks={date.fromisoformat(week): datetime.fromisoformat(then) for week, then in weeks or []},
        last_sweep=last_sweep,
        policies={str(pk): name for pk, name in policies or []},
        people={pk: Person(name, email) for pk, name, email in people or []},
        problems=dict(problems or []),
    )


def subjects(scope: Scope, numbers: set[int]) -> dict[int, str]:
    """Of tickets in the queues of the scope."""
    rows = Ticket.objects.filter(pk__in=numbers, queue__in=[pk for pk, _name in scope.queues])
    return dict(rows.values_list("pk", "subject"))


def scope_of(user: User) -> Scope:
    """Leads and agents: their teams. Two statements."""
    is_all = user.role == Role.ADMIN
    teams, queues = Team.objects.order_by("name", "pk"), Queue.objects.order_by("position", "pk")
    if not is_all:
        teams, queues = teams.filter(pk__in=user.team_ids), queues.filter(team__in=user.team_ids)
    return Scope(tuple(teams.values_list("pk", "name")), tuple(queues.values_list("pk", "name")), is_all)


def ahead(known: Written) -> tuple[dict[int, Picture], datetime]:
    """What each team of the scope has before it, and as of when: as it was written, or counted where nothing was
    written lately. Such a count is of every team and kept for `COUNT_KEPT`; each reader takes their teams' of it."""
    wanted = [pk for pk, _name in known.scope.teams]
    if all(pk in known.pictures for pk in wanted):
        found = {pk: known.pictures[pk] for pk in wanted}
        as_of = min((at for _picture, at in found.values()), default=known.at)
        return {pk: picture for pk, (picture, _at) in found.items()}, as_of
    counted, at = _counted("pictures", known.at, lambda: outlook.pictures(known.at))
    return {team: counted.get(team) or Picture() for team in wanted}, at


def is_late(last_sweep: datetime | None, at: datetime) -> bool:
    """Whether the sweep ran last too long ago; not where it has never begun."""
    return last_sweep is not None and at - last_sweep > SWEPT


def past(scope: Scope, at: datetime) -> Past:
    """From the kept sums. Weeks that nobody counted, or not lately, are counted now."""
    shown = tallies.weeks(at)
    return _read(scope, shown, shown[-1], at, _known(shown, at))


def of_week(scope: Scope, week: date, at: datetime) -> Past:
    """The figures of one week alone, the same that the dashboard has of it; the running week up to ``at``."""
    return _read(scope, [week], None, at, _known([week], at))


@dataclass(frozen=True)
class Said:
    """Parts of a page, of sums as they were counted at ``at``."""

    at: datetime
    parts: list[SafeString]


def said_of_the_past(known: Written, language: str, say: Callable[[Past], list[SafeString]]) -> Said:
    """What a page says of the past to every reader of these teams, in one language: said once for each count.

    It is kept by everything that ``say`` is made of and nothing else goes into it: the sums, which depend on the teams
    and on when they were counted, and the names of teams, queues and policies.
    """
    shown = tallies.weeks(known.at)
    weeks = {week: at for week, at in known.weeks.items() if week in shown}
    state = _State.of(known.scope, shown, known.at, weeks)
    names = hashlib.sha256(repr((known.scope, known.policies)).encode()).hexdigest()
    key = f"said:{language}:{names}:{state.key}"
    kept: Said | None = cache.get(key)
    if kept is None or not state.is_still(kept.at, known.at):
        found = _read(known.scope, shown, shown[-1], known.at, weeks)
        kept = Said(found.at, say(found))
        cache.set(key, kept, KEPT_S)
    return kept


def _known(shown: list[date], at: datetime) -> dict[date, datetime]:
    return dict(TalliedWeek.objects.filter(week__in=shown, at__lte=at).values_list("week", "at"))


@dataclass(frozen=True)
class _State:
    """Which weeks must be counted now, and the key of sums that are made of the others as they were written."""

    key: str
    as_of: datetime
    stale: frozenset[date]

    @classmethod
    def of(cls, scope: Scope, shown: list[date], at: datetime, known: dict[date, datetime]) -> _State:
        changing = set(tallies.weeks(at)[-2:])
        stale = {week for week in shown if week not in known}
        stale |= {week for week in known.keys() & changing if at - known[week] > COUNTED}
        as_of = max((moment for week, moment in known.items() if week not in stale), default=at)
        counted = "live" if len(stale) == len(shown) else as_of.isoformat()
        span = f"{shown[0]}:{shown[-1]}:{counted}:{len(stale)}"
        key = f"past:{connection.settings_dict['NAME']}:{scope.key}:{span}"
        return cls(key, as_of, frozenset(stale))

    def is_still(self, then: datetime, at: datetime) -> bool:
        """Whether sums that were made ``then`` are those of ``at``."""
        return not self.stale or timedelta() <= at - then < COUNT_KEPT


def _read(scope: Scope, shown: list[date], running: date | None, at: datetime, known: dict[date, datetime]) -> Past:
    state = _State.of(scope, shown, at, known)
    kept: Past | None = cache.get(state.key)
    if kept is not None and state.is_still(kept.at, at):
        return kept
    found = _sum(scope, shown, state.stale, running, at)
    found.at = found.at if state.stale else state.as_of
    cache.set(state.key, found, KEPT_S)
    return found


def _counted(what: str, at: datetime, count: Callable[[], Any]) -> tuple[Any, datetime]:
    """What is counted for the whole desk because nothing is written, and as of when; kept by each process."""
    key = f"counted:{connection.settings_dict['NAME']}:{what}"
    kept: tuple[datetime, Any] | None = cache.get(key)
    if kept is None or not timedelta() <= at - kept[0] < COUNT_KEPT:
        kept = (at, count())
        cache.set(key, kept, KEPT_S)
    return kept[1], kept[0]


_SUMS = """
    select figure, case when figure in ('kept', 'opened') then week when figure = 'solved' then week end as week,
           case when figure = 'kept' then queue_id end, key, week = %s, sum(count), sum(good)
      from sla_tally where queue_id = any(%s) and week = any(%s)
     group by figure, 2, 3, 4, 5
"""


def _sum(scope: Scope, shown: list[date], stale: frozenset[date], running: date | None, at: datetime) -> Past:
    queues = [pk for pk, _name in scope.queues]
    rows: list[tuple[Any, ...]] = []
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, [running, queues, [week for week in shown if week not in stale]])
        rows += cursor.fetchall()
    moments = [at]
    for week in sorted(stale):
        sums, counted_at = _sums_of(week, at)
        moments.append(counted_at)
        for (queue, figure, key), (count, good) in sums.items():
            if queue in queues:
                rows.append((figure, week, queue, key, week == running, count, good))
    result = Past(weeks=shown, at=min(moments))
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


def _sums_of(week: date, at: datetime) -> tuple[Sums, datetime]:
    found: tuple[Sums, datetime] = _counted(f"week:{week}", at, lambda: tallies.of_week(week, at))
    return found


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
