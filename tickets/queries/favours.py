"""What favours cost: sums for the page of favours, the list behind every number, and the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Count, DurationField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce, TruncWeek

from helpdesk.lib import prepared
from tickets.models import Queue, Role, Ticket, User, WalkUp

FULL_TIME_HOURS = 40
"""A full-time post, in hours of a week."""

WEEKS_SHOWN = 13
PAGE_SIZE = 100
FRESH = timedelta(minutes=10)
"""A snapshot tells of the favours that begin within so long after it: it is taken every five minutes."""
OPENS, CLOSES = 8, 18
"""The hours, Monday to Friday, that favours are compared with."""

PERIODS = {"this": 1, "last": 1, "4": 4, "13": 13}
"""Weeks; all but ``this`` are over."""


@dataclass(frozen=True)
class Period:
    """Whole weeks of the reader's time zone, ``begin`` a Monday, ``end`` the Monday behind the last one."""

    name: str
    begin: date
    end: date
    zone: ZoneInfo
    weeks: float
    """Of work: the days of the running week that are over, or running, count a fifth each."""

    @property
    def last_day(self) -> date:
        return self.end - timedelta(days=1)

    def span(self) -> tuple[datetime, datetime]:
        return moment(self.begin, self.zone), moment(self.end, self.zone)


def moment(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def period_of(name: str, at: datetime, zone: ZoneInfo) -> Period:
    """The period of this name; the last whole week for any other."""
    today = at.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    if name == "this":
        return Period(name, monday, monday + timedelta(days=7), zone, min(5, today.weekday() + 1) / 5)
    name = name if name in PERIODS else "last"
    weeks = PERIODS[name]
    return Period(name, monday - timedelta(weeks=weeks), monday, zone, weeks)


@dataclass(frozen=True)
class Narrowed:
    """What of the favours in sight is asked for. ``unit`` 0: of nobody's organisation."""

    unit: int | None = None
    agent: int | None = None
    outcome: str = ""
    week: date | None = None
    has_breach: bool = False


@dataclass(frozen=True)
class Share:
    """One bar: whose favours, how many, how long."""

    key: Any
    name: str
    minutes: int
    count: int


@dataclass(frozen=True)
class Meanwhile:
    """What stood in the reader's queues, on average, when favours began, and over all hours of the desk."""

    moments: int
    open: float
    at_risk: float
    overdue: float
    usual_open: float | None
    usual_at_risk: float | None
    usual_overdue: float | None


@dataclass(frozen=True)
class Figures:
    period: Period
    minutes: int
    count: int
    outcomes: dict[str, int]
    filed: int
    """Of those asked to file."""
    weeks: list[Share]
    """The last `WEEKS_SHOWN` up to the period's last, each by its Monday."""
    units: list[Share]
    agents: list[Share]
    """Only who chose to be shown, and the reader."""
    unnamed: Share | None
    """Everybody else together."""
    meanwhile: Meanwhile | None
    """None where no snapshot was taken at those moments."""
    breached: int
    breached_in_all: int
    """In the period; 0 also where nobody keeps clocks yet, and then the page says nothing of breaches."""
    this_week: tuple[int, int] = field(default=(0, 0))

    @property
    def full_time(self) -> float:
        """Posts: hours ÷ (weeks x `FULL_TIME_HOURS`)."""
        return self.minutes / 60 / (self.period.weeks * FULL_TIME_HOURS)


def rows_of(user: User, period: Period, narrowed: Narrowed, *, at: datetime) -> QuerySet[WalkUp]:
    """The favours in sight in the period, newest first."""
    begin, end = period.span()
    if narrowed.week:
        begin = moment(narrowed.week, period.zone)
        end = moment(narrowed.week + timedelta(days=7), period.zone)
    rows: QuerySet[WalkUp] = WalkUp.objects.visible_to(user, at).counted().filter(at__gte=begin, at__lt=end)
    if narrowed.unit is not None:
        rows = rows.filter(organisation=narrowed.unit or None)
    if narrowed.agent is not None:
        rows = rows.filter(_named_to(user), agent=narrowed.agent)
    if narrowed.outcome:
        rows = rows.filter(outcome=narrowed.outcome)
    if narrowed.has_breach:
        within = _breached(user, at).filter(breached_at__gte=OuterRef("at"), breached_at__lt=OuterRef("over_at"))
        rows = _with_end(rows).filter(Exists(within))
    return rows.select_related("requester", "organisation", "agent", "queue").order_by("-at", "-pk")


def figures(user: User, period: Period, *, at: datetime) -> Figures:
    """Everything the page says, in a fixed number of statements."""
    rows = rows_of(user, period, Narrowed(), at=at).order_by().select_related(None)
    found = rows.aggregate(
        minutes=Coalesce(Sum("minutes"), 0),
        count=Count("pk"),
        filed=Count("pk", filter=Q(filed_at__isnull=False)),
        **{outcome: Count("pk", filter=Q(outcome=outcome)) for outcome in WalkUp.Outcome.values},
    )
    agents, unnamed = _by_agent(rows, user)
    breached, breached_in_all = _breaches(user, rows, period, at)
    this_week = period_of("this", at, period.zone)
    weeks = _by_week(user, period, at=at)
    running = next((each for each in weeks if each.key == this_week.begin), None)
    return Figures(
        period=period,
        minutes=found["minutes"],
        count=found["count"],
        outcomes={outcome: found[outcome] for outcome in WalkUp.Outcome.values},
        filed=found["filed"],
        weeks=weeks,
        units=_by_unit(rows),
        agents=agents,
        unnamed=unnamed,
        meanwhile=_meanwhile(user, rows, period) if found["count"] else None,
        breached=breached,
        breached_in_all=breached_in_all,
        this_week=(running.count, running.minutes) if running else (0, 0),
    )


@dataclass(frozen=True)
class Week:
    """A week's favours in sight, and the minutes twelve weeks before."""

    minutes: int
    count: int
    units: list[Share]
    minutes_then: int
    period: Period

    @property
    def full_time(self) -> float:
        return self.minutes / 60 / (self.period.weeks * FULL_TIME_HOURS)


def of_last_week(user: User, *, at: datetime, zone: ZoneInfo) -> Week:
    """For a page that says more than favours: one statement."""
    return of_week(user, period_of("last", at, zone).begin, at=at, zone=zone)


def of_week(user: User, begin: date, *, at: datetime, zone: ZoneInfo) -> Week:
    """The same for any week, by its Monday."""
    period = Period("last", begin, begin + timedelta(days=7), zone, 1)
    since, until = period.span()
    earlier = timedelta(weeks=WEEKS_SHOWN - 1)
    since_then, until_then = replace(period, begin=period.begin - earlier, end=period.end - earlier).span()

    def build(since: datetime, until: datetime, since_then: datetime, until_then: datetime) -> Any:
        """Sums of both weeks, by whose the favours were."""
        this, that = Q(at__gte=since, at__lt=until), Q(at__gte=since_then, at__lt=until_then)
        rows = WalkUp.objects.visible_to(user, at).counted().filter(this | that).order_by()
        sums = rows.values("organisation", "organisation__name").annotate(
            spent=Coalesce(Sum("minutes", filter=this), 0),
            number=Count("pk", filter=this),
            spent_then=Coalesce(Sum("minutes", filter=that), 0),
        )
        columns = ("organisation", "organisation__name", "spent", "number", "spent_then")
        return sums.order_by("-spent", "organisation").values_list(*columns)

    key = (user.pk, user.role, user.is_active, tuple(sorted(user.queue_ids)))
    spans = {"since": since, "until": until, "since_then": since_then, "until_then": until_then}
    found = prepared.tuples(key, build, **spans)
    units = [Share(unit or 0, name or "", minutes, count) for unit, name, minutes, count, _then in found if count]
    then = sum(row[4] for row in found)
    return Week(sum(each.minutes for each in units), sum(each.count for each in units), units, then, period)


def _by_week(user: User, period: Period, *, at: datetime) -> list[Share]:
    """Up to the running week, so that the page of last week shows that this one goes on."""
    this = period_of("this", at, period.zone)
    begin = this.end - timedelta(weeks=WEEKS_SHOWN + 1)
    span = replace(period, begin=begin, end=this.end)
    rows = rows_of(user, span, Narrowed(), at=at).order_by().select_related(None)
    week = TruncWeek("at", tzinfo=period.zone)
    sums = rows.annotate(week=week).values("week").annotate(minutes=Sum("minutes"), count=Count("pk"))
    by_week = {row["week"].date(): row for row in sums}
    mondays = [begin + timedelta(weeks=number) for number in range(WEEKS_SHOWN + 1)]
    none = {"minutes": 0, "count": 0}
    return [
        Share(monday, "", by_week.get(monday, none)["minutes"], by_week.get(monday, none)["count"])
        for monday in mondays
    ]


def _by_unit(rows: QuerySet[WalkUp]) -> list[Share]:
    sums = rows.values("organisation", "organisation__name").annotate(minutes=Sum("minutes"), count=Count("pk"))
    return [
        Share(row["organisation"] or 0, row["organisation__name"] or "", row["minutes"], row["count"])
        for row in sums.order_by("-minutes", "organisation")
    ]


def _named_to(user: User) -> Q:
    return Q(agent=user) | Q(agent__shows_favours=True)


def _by_agent(rows: QuerySet[WalkUp], user: User) -> tuple[list[Share], Share | None]:
    sums = rows.values("agent", "agent__name", "agent__shows_favours").annotate(
        minutes=Sum("minutes"), count=Count("pk")
    )
    named, minutes, count = [], 0, 0
    for row in sums.order_by("-minutes", "agent"):
        if row["agent__shows_favours"] or row["agent"] == user.pk:
            named.append(Share(row["agent"], row["agent__name"], row["minutes"], row["count"]))
        else:
            minutes, count = minutes + row["minutes"], count + row["count"]
    return named, Share(None, "", minutes, count) if count else None


def _with_end(rows: QuerySet[WalkUp]) -> QuerySet[Any]:
    length = ExpressionWrapper(F("minutes") * Value(timedelta(minutes=1)), output_field=DurationField())
    return rows.annotate(over_at=F("at") + length)


def _breached(user: User, at: datetime) -> QuerySet[Ticket]:
    return Ticket.objects.worked_by(user, at).present().order_by()


def _breaches(user: User, rows: QuerySet[WalkUp], period: Period, at: datetime) -> tuple[int, int]:
    """Tickets in sight whose promise broke while a favour in sight was being done, and all that broke in the period."""
    begin, end = period.span()
    within = _with_end(rows).filter(at__lte=OuterRef("breached_at"), over_at__gt=OuterRef("breached_at"))
    broke = _breached(user, at).filter(breached_at__gte=begin, breached_at__lt=end)
    found = broke.aggregate(all=Count("pk"), within=Count("pk", filter=Exists(within)))
    return found["within"], found["all"]


_MEANWHILE = """
    with moments as (
        select favour.id, (
            select max(at) from tickets_queuesnapshot
             where at <= favour.at and at > favour.at - %s
        ) as at from ({favours}) favour
    ), seen as (
        select moments.id, sum(open) as open, sum(at_risk) as at_risk, sum(overdue) as overdue
          from moments join tickets_queuesnapshot snapshot on snapshot.at = moments.at
         where snapshot.queue_id = any(%s) group by moments.id
    ), usually as (
        select at, sum(open) as open, sum(at_risk) as at_risk, sum(overdue) as overdue
          from tickets_queuesnapshot
         where at >= %s and at < %s and queue_id = any(%s)
           and extract(isodow from at at time zone %s) < 6
           and extract(hour from at at time zone %s) >= %s and extract(hour from at at time zone %s) < %s
         group by at
    )
    select count(*), avg(open), avg(at_risk), avg(overdue),
           (select avg(open) from usually), (select avg(at_risk) from usually), (select avg(overdue) from usually)
      from seen
"""


def _meanwhile(user: User, rows: QuerySet[WalkUp], period: Period) -> Meanwhile | None:
    queues = list(Queue.objects.values_list("pk", flat=True)) if user.role == Role.ADMIN else sorted(user.queue_ids)
    if not queues:
        return None
    begin, end = period.span()
    favours, of_favours = rows.values("id", "at").query.sql_with_params()
    zone = str(period.zone)
    values: list[Any] = [FRESH, *of_favours, queues, begin, end, queues, zone, zone, OPENS, zone, CLOSES]
    with connection.cursor() as cursor:
        cursor.execute(_MEANWHILE.format(favours=favours), values)
        moments, *averages = cursor.fetchone()
    if not moments:
        return None
    return Meanwhile(moments, *(None if each is None else float(each) for each in averages))  # type: ignore[arg-type]


COLUMNS = ("at", "minutes", "asker", "unit", "what", "outcome", "queue", "ticket", "helper", "filed")


def cells(user: User, rows: QuerySet[WalkUp]) -> Iterator[list[Any]]:
    """The rows of the file, in the order of `COLUMNS`. Who helped stands there only for whoever chose it."""
    for each in rows.iterator(chunk_size=1000):
        is_named = each.agent_id == user.pk or each.agent.shows_favours
        yield [
            each.at,
            each.minutes,
            each.asker,
            each.organisation.name if each.organisation else "",
            each.what,
            each.get_outcome_display(),
            each.queue.name,
            each.ticket_id or "",
            str(each.agent) if is_named else "",
            each.filed_at,
        ]
