"""What a team has before it: what is open, late and at risk now, why, and what breaks whatever the order of work."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import F, Func, IntegerField

from rotations.queries import windows
from sla import bound
from sla.bound import Due, Window
from sla.figures.handling import USUAL_S
from sla.figures.tallies import zone
from tickets.models import GrantWindow, Membership, Queue, Team
from tickets.models.ticket import AT_RISK

HORIZON = timedelta(hours=24)
AGES = ("1", "3", "7", "28", "more")
"""Days since a ticket was opened: less than one, three, seven, twenty-eight, and more."""
REASONS_KEPT = 50
"""Of each team, so that the most frequent of several teams are counted whole."""


@dataclass
class Problem:
    """Promises at risk of tickets that wait on another one: a defect that several share."""

    ticket: int
    """The one that they are part of, or duplicates of."""
    linked: int
    """All unsolved tickets that are linked to it so, of any team."""
    tickets: list[int]
    """Those at risk, of this team."""

    @property
    def count(self) -> int:
        return len(self.tickets)


@dataclass
class Nobody:
    """Promises at risk of one channel of a queue that are due before somebody works there again."""

    queue: int
    channel: str
    count: int
    until: str | None
    """When that is; None: not within the next day."""


@dataclass
class Overloaded:
    """Promises at risk in the hands of one person who cannot keep all of them."""

    person: int
    count: int
    doable: int


@dataclass
class Picture:
    """Numbers of one team; times in ISO. ``bound``: until, due, capacity_s, doable, breaks, people, lengths."""

    open: int = 0
    nobody: int = 0
    """Open and nobody's."""
    overdue: int = 0
    at_risk: int = 0
    breached_today: int = 0
    oldest_due: str | None = None
    hopeless: int = 0
    """Nobody's, and late or due before somebody who takes them now is done: they wait when what can still be kept
    comes first."""
    on_duty: int = 0
    present: list[int] = field(default_factory=list)
    """Those on duty: whoever is in several teams is one person."""
    bound: dict[str, Any] | None = None
    problems: list[dict[str, Any]] = field(default_factory=list)
    without_anybody: list[dict[str, Any]] = field(default_factory=list)
    overloaded: list[dict[str, Any]] = field(default_factory=list)
    free: int = 0
    """At risk, with none of these causes, and nobody has taken it."""
    rest: int = 0
    ages: dict[str, int] = field(default_factory=dict)
    states: dict[str, int] = field(default_factory=dict)
    reasons: list[list[Any]] = field(default_factory=list)


# One pass over what is unsolved; the literal condition is that of the partial indexes.
_STANDING = """
    select ticket.queue_id, ticket.status,
           case when ticket.opened_at > %(at)s - interval '1 day' then '1'
                when ticket.opened_at > %(at)s - interval '3 days' then '3'
                when ticket.opened_at > %(at)s - interval '7 days' then '7'
                when ticket.opened_at > %(at)s - interval '28 days' then '28' else 'more' end,
           count(*), count(*) filter (where ticket.assignee_id is null and ticket.snoozed_until is null),
           count(*) filter (where ticket.work_at < %(at)s), min(ticket.work_at) filter (where ticket.work_at < %(at)s),
           count(*) filter (where ticket.work_at >= %(at)s and ticket.work_at < %(risk)s),
           count(*) filter (where ticket.assignee_id is null and ticket.snoozed_until is null
               and ticket.work_at < %(at)s + make_interval(secs => coalesce(queue.handling_s, %(usual)s)))
      from tickets_ticket ticket join tickets_queue queue on queue.id = ticket.queue_id
     where ticket.removed_as = '' and ticket.status in ('new', 'open', 'waiting', 'on_hold')
     group by 1, 2, 3
"""

_REASONS = """
    select queue_id, hold_reason, count(*) from tickets_ticket
     where removed_as = '' and status = 'on_hold' group by 1, 2 order by 3 desc, 2
"""

# Promises broken since midnight, also where nobody has noticed yet.
_BREACHED_TODAY = """
    select ticket.queue_id, count(*)
      from sla_clock clock join tickets_ticket ticket on ticket.id = clock.ticket_id
     where ticket.removed_as = '' and clock.target_s is not null and clock.state <> 'cancelled' and (
           (clock.breached_at >= %(midnight)s and clock.breached_at <= %(at)s)
        or (clock.breached_at is null and clock.state = 'running'
            and clock.due_at >= %(midnight)s and clock.due_at < %(at)s))
     group by 1
"""

_AHEAD = """
    select queue_id, channel, assignee_id, work_at, count(*) from tickets_ticket
     where removed_as = '' and status in ('new', 'open', 'waiting', 'on_hold')
       and work_at >= %(at)s and work_at < %(until)s
     group by 1, 2, 3, 4 order by 4, 1, 2, 3
"""


_AT_RISK = """
    select queue_id, channel, assignee_id, work_at, 1, id from tickets_ticket
     where removed_as = '' and status in ('new', 'open', 'waiting', 'on_hold')
       and work_at >= %(at)s and work_at < %(until)s and queue_id = any(%(queues)s)
     order by work_at, id
"""

SHARED_BY = 2
"""So many unsolved tickets that are part of one, or duplicates of it, make it a problem that they wait on."""

# Begins with what is at risk: so many rows it looks at and no more, however many links there are.
_ON_A_PROBLEM = """
    with at_risk as materialized (
        select id, queue_id, channel, assignee_id, work_at from tickets_ticket
         where removed_as = '' and status in ('new', 'open', 'waiting', 'on_hold')
           and work_at >= %(at)s and work_at < %(until)s
    ), waits as (
        select link.other_id as id, link.ticket_id as problem, 0 as place
          from at_risk join tickets_link link on link.other_id = at_risk.id where link.kind = 'parent'
         union all
        select link.ticket_id, link.other_id, 1
          from at_risk join tickets_link link on link.ticket_id = at_risk.id where link.kind = 'duplicate'
    ), problems as (
        select problem.id, (
                   select count(distinct waiting.id)
                     from tickets_link link join tickets_ticket waiting
                       on waiting.id = case link.kind when 'parent' then link.other_id else link.ticket_id end
                    where ((link.kind = 'parent' and link.ticket_id = problem.id)
                           or (link.kind = 'duplicate' and link.other_id = problem.id))
                      and waiting.removed_as = '' and waiting.status in ('new', 'open', 'waiting', 'on_hold')
               ) as linked
          from tickets_ticket problem
         where problem.id in (select problem from waits)
           and problem.removed_as = '' and problem.status in ('new', 'open', 'waiting', 'on_hold')
    )
    select distinct on (at_risk.id) at_risk.queue_id, at_risk.channel, at_risk.assignee_id, at_risk.work_at,
           at_risk.id, problems.id, problems.linked
      from at_risk join waits using (id) join problems on problems.id = waits.problem
     where problems.linked >= %(shared_by)s
     order by at_risk.id, waits.place, problems.id
"""


class OnAProblem(Func):
    """How many unsolved tickets wait on the known problem that a ticket waits on, itself among them; None where it
    waits on none. For the page of one ticket, beside which it is read (`sla.beside`): as of now, and also where it is
    overdue."""

    output_field = IntegerField()
    template = """(
        select waits.linked from (
            select link.place, problem.id, (
                       select count(distinct waiting.id)
                         from tickets_link each join tickets_ticket waiting
                           on waiting.id = case each.kind when 'parent' then each.other_id else each.ticket_id end
                        where ((each.kind = 'parent' and each.ticket_id = problem.id)
                               or (each.kind = 'duplicate' and each.other_id = problem.id))
                          and waiting.removed_as = '' and waiting.status in ('new', 'open', 'waiting', 'on_hold')
                   ) as linked
              from (select ticket_id as problem, 0 as place from tickets_link
                     where kind = 'parent' and other_id = %(expressions)s
                     union all
                    select other_id, 1 from tickets_link
                     where kind = 'duplicate' and ticket_id = %(expressions)s) link
              join tickets_ticket problem on problem.id = link.problem
             where problem.removed_as = '' and problem.status in ('new', 'open', 'waiting', 'on_hold')
        ) waits where waits.linked >= %(shared_by)s order by waits.place, waits.id limit 1)"""


def on_a_problem() -> OnAProblem:
    return OnAProblem(F("pk"), shared_by=SHARED_BY)


FREE, REST, OTHERS = "free", "rest", "others"
"""At risk without a cause: what nobody has taken, what somebody has time for; and all causes that are not shown."""


@dataclass(frozen=True)
class _Waiting:
    """A ticket at risk that waits on another one."""

    queue: int
    channel: str
    assignee: int | None
    due_at: datetime
    ticket: int
    problem: int
    linked: int


@dataclass
class _Promise:
    queue: int
    channel: str
    assignee: int | None
    due_at: datetime
    count: int
    ticket: int = 0


def pictures(at: datetime) -> dict[int, Picture]:
    """Every team's, in a fixed number of statements, however much there is."""
    queues = {row.pk: row for row in Queue.objects.only("team_id", "handling_s")}
    people: dict[int, set[int]] = {team: set() for team in Team.objects.values_list("pk", flat=True)}
    for team, person in Membership.objects.values_list("team", "user"):
        people[team].add(person)
    there = {person: stretches for person, stretches in windows(None, at, at + HORIZON).items() if stretches}
    guests = _guests(at)
    found = {team: Picture() for team in people}
    _count(found, queues, at)
    ahead: defaultdict[int, list[_Promise]] = defaultdict(list)
    for promise in (_Promise(*row) for row in _rows(_AHEAD, at=at, until=at + HORIZON)):
        ahead[queues[promise.queue].team_id].append(promise)
    waiting: defaultdict[int, list[_Waiting]] = defaultdict(list)
    for each in _on_a_problem(at):
        waiting[queues[each.queue].team_id].append(each)
    for team, picture in found.items():
        own = [pk for pk, row in queues.items() if row.team_id == team]
        everybody = people[team] | {person for queue in own for person, _channels in guests[queue]}
        picture.present = sorted(person for person in everybody if person in there and there[person][0][0] <= at)
        picture.on_duty = len(picture.present)
        _look_ahead(picture, ahead[team], everybody, there, queues, at)
        picture.problems = [asdict(each) for each in _problems(waiting[team])]
        explained = _without(ahead[team], waiting[team])
        _explain(picture, explained, people[team], there, guests, queues, at)
    return found


def _on_a_problem(at: datetime) -> list[_Waiting]:
    return [_Waiting(*row) for row in _rows(_ON_A_PROBLEM, at=at, until=at + AT_RISK, shared_by=SHARED_BY)]


def _problems(waiting: Iterable[_Waiting]) -> list[Problem]:
    """Those that most of what is at risk waits on first."""
    found: dict[int, Problem] = {}
    for each in waiting:
        found.setdefault(each.problem, Problem(each.problem, each.linked, [])).tickets.append(each.ticket)
    return sorted(found.values(), key=lambda each: (-each.count, each.ticket))


def _without(ahead: Iterable[_Promise], waiting: Iterable[_Waiting]) -> Iterator[_Promise]:
    """What is due, less what has its cause already."""
    explained = Counter((each.queue, each.channel, each.assignee, each.due_at) for each in waiting)
    for each in ahead:
        left = each.count - explained[each.queue, each.channel, each.assignee, each.due_at]
        if left:
            yield replace(each, count=left)


def _count(found: dict[int, Picture], queues: dict[int, Queue], at: datetime) -> None:
    ages: defaultdict[int, Counter[str]] = defaultdict(Counter)
    states: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for queue, status, age, count, nobody, overdue, oldest, at_risk, hopeless in _rows(
        _STANDING, at=at, risk=at + AT_RISK, usual=USUAL_S
    ):
        team = queues[queue].team_id
        picture = found[team]
        ages[team][age] += count
        states[team][status] += count
        picture.open += count
        picture.nobody += nobody if status in ("new", "open") else 0
        picture.overdue += overdue
        picture.at_risk += at_risk
        picture.hopeless += hopeless if status in ("new", "open") else 0
        if oldest is not None:
            told = oldest.astimezone(UTC).isoformat()
            picture.oldest_due = min(picture.oldest_due or told, told)
    local = at.astimezone(zone())
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
    for queue, count in _rows(_BREACHED_TODAY, at=at, midnight=midnight):
        found[queues[queue].team_id].breached_today += count
    reasons: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for queue, reason, count in _rows(_REASONS):
        reasons[queues[queue].team_id][reason] += count
    for team, picture in found.items():
        picture.ages = {age: ages[team][age] for age in AGES}
        picture.states = dict(states[team])
        picture.reasons = [list(each) for each in reasons[team].most_common(REASONS_KEPT)]


def _look_ahead(
    picture: Picture,
    ahead: Iterable[_Promise],
    people: Collection[int],
    there: dict[int, list[Window]],
    queues: dict[int, Queue],
    at: datetime,
) -> None:
    """What no order of work can keep, with its arithmetic."""
    stretches = [stretch for person in people for stretch in there.get(person, [])]
    due = [Due(each.due_at, queues[each.queue].handling_s or USUAL_S, each.count) for each in ahead]
    worst = bound.unavoidable(due, stretches, at=at)
    if worst is not None:
        working = sum(any(start < worst.until for start, _end in there.get(person, [])) for person in people)
        told = asdict(worst) | {"until": worst.until.astimezone(UTC).isoformat(), "people": working}
        picture.bound = told | {"breaks": worst.breaks, "lengths": [list(each) for each in worst.lengths]}


def _explain(
    picture: Picture,
    ahead: Iterable[_Promise],
    team: Collection[int],
    there: dict[int, list[Window]],
    guests: dict[int, list[tuple[int, frozenset[str]]]],
    queues: dict[int, Queue],
    at: datetime,
) -> None:
    """Why the rest of what is at risk will be late: the first cause that holds (DESIGN §5)."""
    nobody: dict[tuple[int, str], Nobody] = {}
    in_hand: defaultdict[int, list[_Promise]] = defaultdict(list)
    for each, first in _at_risk(ahead, team, there, guests, at):
        if first is None or each.due_at <= first:
            told = first.astimezone(UTC).isoformat() if first else None
            cause = nobody.setdefault((each.queue, each.channel), Nobody(each.queue, each.channel, 0, told))
            cause.count += each.count
        elif each.assignee is None:
            picture.free += each.count
        else:
            in_hand[each.assignee].append(each)
    picture.without_anybody = [asdict(each) for each in sorted(nobody.values(), key=lambda each: -each.count)]
    for person, theirs in in_hand.items():
        count = sum(each.count for each in theirs)
        if breaks := _breaks_in_hand(theirs, there.get(person, []), queues, at):
            picture.overloaded.append(asdict(Overloaded(person, count, count - breaks)))
        else:
            picture.rest += count
    picture.overloaded.sort(key=lambda each: (-each["count"], each["person"]))


def _at_risk(
    ahead: Iterable[_Promise],
    team: Collection[int],
    there: dict[int, list[Window]],
    guests: dict[int, list[tuple[int, frozenset[str]]]],
    at: datetime,
) -> Iterator[tuple[_Promise, datetime | None]]:
    """What is at risk, and when somebody is there for its channel; None where nobody is within the horizon."""
    for each in ahead:
        if each.due_at < at + AT_RISK:
            able = [*team, *(person for person, channels in guests[each.queue] if each.channel in channels)]
            yield each, min((there[person][0][0] for person in able if person in there), default=None)


def _breaks_in_hand(theirs: Iterable[_Promise], hours: list[Window], queues: dict[int, Queue], at: datetime) -> int:
    """How many of those one person cannot keep."""
    due = [Due(each.due_at, queues[each.queue].handling_s or USUAL_S, each.count) for each in theirs]
    worst = bound.unavoidable(due, hours, at=at)
    return worst.breaks if worst is not None else 0


def problem_key(ticket: int) -> str:
    return f"problem-{ticket}"


def nobody_key(queue: int, channel: str) -> str:
    return f"nobody-{queue}-{channel}"


def overloaded_key(team: int, person: int) -> str:
    return f"overloaded-{team}-{person}"


def causes(teams: Collection[int], at: datetime) -> dict[int, str]:
    """By ticket the cause of everything that these teams have at risk: the tickets of the numbers in `pictures`."""
    queues = {row.pk: row for row in Queue.objects.filter(team__in=teams).only("team_id", "handling_s")}
    people: dict[int, set[int]] = {team: set() for team in teams}
    for team, person in Membership.objects.filter(team__in=teams).values_list("team", "user"):
        people[team].add(person)
    there = {person: stretches for person, stretches in windows(None, at, at + HORIZON).items() if stretches}
    guests = _guests(at)
    found = {each.ticket: problem_key(each.problem) for each in _on_a_problem(at) if each.queue in queues}
    ahead: defaultdict[int, list[_Promise]] = defaultdict(list)
    for promise in (_Promise(*row) for row in _rows(_AT_RISK, at=at, until=at + AT_RISK, queues=list(queues))):
        if promise.ticket in found:
            continue
        ahead[queues[promise.queue].team_id].append(promise)
    for team, promises in ahead.items():
        in_hand: defaultdict[int, list[_Promise]] = defaultdict(list)
        for each, first in _at_risk(promises, people[team], there, guests, at):
            if first is None or each.due_at <= first:
                found[each.ticket] = nobody_key(each.queue, each.channel)
            elif each.assignee is None:
                found[each.ticket] = FREE
            else:
                in_hand[each.assignee].append(each)
        for person, theirs in in_hand.items():
            breaks = _breaks_in_hand(theirs, there.get(person, []), queues, at)
            found |= {each.ticket: overloaded_key(team, person) if breaks else REST for each in theirs}
    return found


def _guests(at: datetime) -> dict[int, list[tuple[int, frozenset[str]]]]:
    """People on a duty within the horizon, and for which channels, by queue."""
    rows = GrantWindow.objects.filter(
        grant__revoked_at=None, grant__user__is_active=True, starts_at__lt=at + HORIZON, ends_at__gt=at
    )
    found: defaultdict[int, list[tuple[int, frozenset[str]]]] = defaultdict(list)
    columns = ("grant__queues", "grant__user", "grant__channels")
    for queue, person, channels in rows.order_by("id").values_list(*columns):
        if queue is not None and (person, frozenset(channels)) not in found[queue]:
            found[queue].append((person, frozenset(channels)))
    return found


def _rows(statement: str, **values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
