"""What promises are read from: versions, which are kept in memory, and rows of the ticket that a caller holds."""

from __future__ import annotations

import functools
import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any, NamedTuple

from django.core.cache import cache
from django.db import connection
from django.db.models import Case, Count, Exists, F, IntegerField, Max, OuterRef, Q, QuerySet, Subquery, Value, When

from helpdesk.lib import prepared
from helpdesk.lib.time_limit import time_limit
from sla import course, levels
from sla.business_time import BusinessCalendar
from sla.course import Course, Reached, Run, Terms
from sla.levels import Level
from sla.models import (
    Agreement,
    Calendar,
    CalendarVersion,
    Clock,
    Edit,
    Foreseen,
    Outlook,
    Policy,
    PolicyVersion,
    Standing,
)
from tickets.models import AuditEntry, Event, Kind, Role, Ticket, User
from tickets.queries import searching
from tickets.queries.searching.meaning import Reading
from tickets.searching import QueryError

log = logging.getLogger(__name__)

VERSIONS_KEPT = 256
LOOKING_MS = 2_000
COSTS_KEPT_S = 20


def hours(version: int) -> BusinessCalendar:
    """The calendar of a version, compiled once per process: versions never change."""
    return _hours(connection.settings_dict["NAME"], version)


@functools.lru_cache(VERSIONS_KEPT)
def _hours(database: str, version: int) -> BusinessCalendar:
    return compiled(CalendarVersion.objects.get(pk=version))


def compiled(row: CalendarVersion) -> BusinessCalendar:
    """Raises ValueError with a sentence."""
    weekly = {int(day): spans for day, spans in row.weekly.items()}
    return BusinessCalendar(row.zone, weekly, {date.fromisoformat(day): spans for day, spans in row.exceptions.items()})


def terms(policy_version: int, calendar_version: int, priority: int) -> Terms:
    return _terms(connection.settings_dict["NAME"], policy_version, calendar_version, priority)


@functools.lru_cache(VERSIONS_KEPT * 4)
def _terms(database: str, policy_version: int, calendar_version: int, priority: int) -> Terms:
    row = PolicyVersion.objects.get(pk=policy_version)
    return Terms(
        policy=policy_version,
        calendar=calendar_version,
        targets=row.targets.get(str(priority), {}),
        hold_pauses=row.hold_pauses,
        priority=priority,
        levels=levels.read(row.levels),
    )


def promised_lengths(least: int) -> list[tuple[int, int]]:
    """Which calendars' versions count promises of which length in seconds, now or in what is left of older terms;
    shorter ones than ``least`` as that."""
    rows = PolicyVersion.objects.order_by().values_list("targets", "calendar__versions").distinct()
    lengths = {
        (calendar, max(least, target_s))
        for targets, calendar in rows
        for promised in targets.values()
        for target_s in promised.values()
    }
    return sorted(lengths)


def levels_of(policy_version: int) -> tuple[Level, ...]:
    return _levels_of(connection.settings_dict["NAME"], policy_version)


@functools.lru_cache(VERSIONS_KEPT)
def _levels_of(database: str, policy_version: int) -> tuple[Level, ...]:
    return levels.read(PolicyVersion.objects.get(pk=policy_version).levels)


def terms_of(row: Agreement | Standing) -> Terms:
    return terms(row.policy_version_id, row.calendar_version_id, row.priority)


def forget_versions() -> None:
    """Where other versions have taken the numbers of those that were kept: a demo made anew, the next test."""
    for kept in (_hours, _terms, _levels_of):
        kept.cache_clear()


@prepared.planned_once
def _current_versions() -> QuerySet[PolicyVersion, Any]:
    """Number, that of its calendar's hours now, conditions, whether it is the default: in the order they are asked."""
    hours_now = CalendarVersion.objects.filter(calendar=OuterRef("calendar"), replaced_at__isnull=True)
    return (
        PolicyVersion.objects.filter(replaced_at__isnull=True)
        .order_by("policy__is_default", "policy__position", "policy")
        .values_list("pk", Subquery(hours_now.values("pk")[:1]), "policy__conditions", "policy__is_default")
    )


def fitting_version(ticket: Ticket, at: datetime) -> tuple[int, int] | None:
    """The numbers of the policy version and the calendar version that a ticket has as it stands: the first policy that
    fits. None on a desk without a default policy."""
    versions = prepared.tuples((), _current_versions)
    if not versions or not versions[-1][-1]:
        return None
    wanted = [
        (place, conditions) for place, (*_numbers, conditions, is_default) in enumerate(versions) if not is_default
    ]
    place = _first_fitting(ticket, wanted, at)
    version, hours_now, *_policy = versions[-1] if place is None else versions[place]
    return version, hours_now


def _first_fitting(ticket: Ticket, wanted: list[tuple[int, str]], at: datetime) -> int | None:
    """The place of the first conditions that the ticket meets, by one statement for all of them."""
    asking: list[tuple[int, Q]] = []
    for place, conditions in wanted:
        try:
            asked = searching.conditions(searching.read(conditions), None, at, reading=Reading(None, at))
        except QueryError as error:
            # Somebody renamed what it names: the next policies decide, and nobody's reply fails for it.
            log.warning("A policy's conditions cannot be read: %s", error)
            continue
        asking.append((place, asked))
    if not asking:
        return None

    @prepared.planned_once
    def found(number: int) -> QuerySet[Any, Any]:
        whens = [
            When(Exists(Ticket.objects.filter(asked, pk=OuterRef("pk"))), then=Value(place)) for place, asked in asking
        ]
        first = Case(*whens, default=None, output_field=IntegerField())
        return Ticket.objects.order_by().filter(pk=number).values_list(first)

    keys = [(place, prepared.key_of(asked)) for place, asked in asking]
    if any(key is None for _place, key in keys):
        rows = list(found(ticket.pk))
    else:
        rows = prepared.tuples(tuple(keys), found, number=ticket.pk)
    return rows[0][0] if rows else None


def holds(ticket: Ticket, conditions: str, at: datetime) -> bool:
    """Whether the ticket is as they say. Raises `QueryError`."""
    asked = searching.conditions(searching.read(conditions), None, at, reading=Reading(None, at))
    return Ticket.objects.filter(pk=ticket.pk).filter(asked).exists()


def number_fitting(conditions: str, user: User, at: datetime) -> int:
    """How many tickets the reader sees are as they say, to 10,000. Raises `QueryError`, and `TooSlow`."""
    asked = searching.conditions(searching.read(conditions), None, at, reading=Reading(None, at))
    with time_limit(LOOKING_MS):
        return Ticket.objects.visible_to(user, at).filter(asked).order_by()[:10_000].count()


def standing_of(ticket_id: int) -> Standing | None:
    found = prepared.rows((), _standing, number=ticket_id)
    return found[0] if found else None


@prepared.planned_once
def _standing(number: int) -> QuerySet[Standing]:
    return Standing.objects.filter(ticket=number)


def clocks_of(ticket_id: int) -> list[Clock]:
    """In the order in which they began."""
    return prepared.rows((), _clocks, number=ticket_id)


@prepared.planned_once
def _clocks(number: int) -> QuerySet[Clock]:
    return Clock.objects.filter(ticket=number).order_by("id")


def course_of(standing: Standing, rows: list[Clock]) -> Course:
    return Course(
        clocks=tuple(clock_of(row) for row in rows),
        terms=terms(standing.policy_version_id, standing.calendar_version_id, standing.priority),
        status=standing.status,
        is_gone=standing.is_gone,
        is_answered=standing.is_answered,
    )


class ClockRow(NamedTuple):
    """What of a `Clock` says how it stands, under the same names: a model of each takes as long as reading them."""

    pk: int
    ticket_id: int
    metric: str
    cycle: int
    state: str
    started_at: datetime
    policy_version_id: int
    calendar_version_id: int
    target_s: int | None
    used_s: int
    running_since: datetime | None
    stopped_at: datetime | None
    due_at: datetime | None
    breached_at: datetime | None
    runs: list[Any]
    reached: list[Any]
    is_withdrawn: bool = False


def clock_of(row: Clock | ClockRow) -> course.Clock:
    return course.Clock(
        metric=row.metric,
        cycle=row.cycle,
        state=row.state,
        started_at=row.started_at,
        policy=row.policy_version_id,
        calendar=row.calendar_version_id,
        target_s=row.target_s,
        runs=tuple(
            Run(datetime.fromisoformat(since), datetime.fromisoformat(to), calendar) for since, to, calendar in row.runs
        ),
        used_s=row.used_s,
        running_since=row.running_since,
        stopped_at=row.stopped_at,
        due_at=row.due_at,
        breached_at=row.breached_at,
        reached=reached(row),
        is_withdrawn=row.is_withdrawn,
    )


def as_stored(passed: tuple[Reached, ...]) -> list[tuple[str, str, bool]]:
    return [(one.level, one.at.isoformat(), one.lies_ahead) for one in passed]


def reached(row: Clock | ClockRow) -> tuple[Reached, ...]:
    return tuple(Reached(level, datetime.fromisoformat(at), ahead) for level, at, ahead in row.reached)


def seen_until(rows: Iterable[Clock]) -> datetime | None:
    """When the last of the levels that these clocks are known to have passed was passed."""
    return max((one.at for row in rows for one in reached(row)), default=None)


OPEN = (course.RUNNING, course.PAUSED, course.NO_HOURS)


def open_tickets(*, after: int, most: int) -> list[int]:
    """The next tickets with clocks that are not over, by number."""
    rows = Clock.objects.filter(state__in=OPEN, ticket__gt=after).order_by("ticket").values_list("ticket", flat=True)
    return list(rows.distinct()[:most])


def number_of_open_tickets() -> int:
    return Clock.objects.filter(state__in=OPEN).values("ticket").distinct().count()


def open_clocks(tickets: Iterable[int]) -> list[Clock]:
    return list(Clock.objects.filter(ticket__in=tickets, state__in=OPEN).order_by("id"))


def clocks_by_number(numbers: Iterable[int]) -> dict[int, Clock]:
    return Clock.objects.in_bulk(list(numbers))


def events_around(ticket_id: int, last_event: int) -> tuple[Event | None, list[Event]]:
    """The last event of a ticket up to ``last_event``, and those that were recorded after it."""
    events = Event.objects.filter(ticket=ticket_id).order_by("id")
    return events.filter(pk__lte=last_event).last(), list(events.filter(pk__gt=last_event))


def newest_event() -> int:
    return Event.objects.aggregate(newest=Max("pk"))["newest"] or 0


def last_agreement(ticket_id: int, up_to: int | None) -> Agreement | None:
    """The last one of a ticket, of those that stand at events up to that number."""
    rows = Agreement.objects.filter(ticket=ticket_id)
    if up_to is not None:
        rows = rows.filter(event__lte=up_to)
    return rows.order_by("event", F("at").asc(nulls_first=True), "id").last()


def versions_now(policy_version: int) -> tuple[int, int] | None:
    """The current versions of the policy and of its calendar, of a policy that some version is of."""
    policy = PolicyVersion.objects.filter(pk=policy_version).values("policy")
    found = _current_versions().filter(policy__in=policy).first()
    return found[:2] if found else None


def is_replaced(row: Agreement | Standing) -> bool:
    """Whether its policy or its calendar has a newer version."""
    policies = PolicyVersion.objects.filter(pk=row.policy_version_id, replaced_at__isnull=False)
    calendars = CalendarVersion.objects.filter(pk=row.calendar_version_id, replaced_at__isnull=False)
    return policies.exists() or calendars.exists()


def tickets_with_old_terms() -> list[int]:
    """Tickets with open clocks under versions that were replaced."""
    old = Q(policy_version__replaced_at__isnull=False) | Q(calendar_version__replaced_at__isnull=False)
    rows = Standing.objects.filter(old, ticket__clocks__state__in=OPEN).order_by("ticket")
    return list(rows.values_list("ticket", flat=True).distinct())


def next_transaction() -> int:
    """A number that every transaction which has begun to write by now stays below."""
    return _number("select pg_snapshot_xmax(pg_current_snapshot())::text::bigint")


def is_over(barrier: int) -> bool:
    """Whether all transactions below the barrier have ended, but for this one."""
    return bool(
        _number(
            "select (not exists (select from pg_snapshot_xip(pg_current_snapshot()) as running"
            " where running::text::bigint < %s"
            " and running is distinct from pg_current_xact_id_if_assigned()"
            # Other databases of the server are not waited for; there the number has 32 bits.
            " and running::text::bigint & 4294967295 in (select backend_xid::text::bigint from pg_stat_activity"
            " where datname = current_database() and backend_xid is not null)))::int",
            barrier,
        )
    )


def _number(statement: str, *parameters: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.fetchone()[0])


def replayed(ticket_id: int) -> tuple[Course, datetime | None]:
    """The course of a ticket read from all its events anew, in the order of their times, and when the last one that
    counted happened. It believes the agreements and nothing else that is stored."""
    return read_anew(happened_on(ticket_id))


def read_anew(happened: list[course.Happening]) -> tuple[Course, datetime | None]:
    read = Course()
    for each in happened:
        read = course.step(read, each, hours)
    return read, happened[-1].at if happened else None


def undoes_a_merge(event: Event) -> bool:
    """Whether another ticket was taken out of the event's again."""
    return event.kind == Kind.UNMERGED and "source" in event.data


def undoes_a_change(event: Event) -> bool:
    """Whether a change was taken back whole, so that promises are counted as if it had not been."""
    return event.kind == Kind.UNDONE and "undoes" in event.data


def happened_on(ticket_id: int) -> list[course.Happening]:
    """What happened to the promises of a ticket, in the order of its times, from its events and agreements. The words
    of a ticket that was taken out again have never waited on this one, and what was undone has never been."""
    return happened_on_each([ticket_id])[ticket_id]


def happened_on_each(tickets: Iterable[int]) -> dict[int, list[course.Happening]]:
    """The same of each of these tickets. Two statements."""
    numbers = list(tickets)
    agreed: dict[int, dict[int, list[Agreement]]] = {number: {} for number in numbers}
    for row in Agreement.objects.filter(ticket__in=numbers).order_by(F("at").asc(nulls_first=True), "id"):
        agreed[row.ticket_id].setdefault(row.event_id, []).append(row)
    events: dict[int, list[Event]] = {number: [] for number in numbers}
    for event in Event.objects.filter(ticket__in=numbers).order_by("id").only("ticket", "kind", "at", "data"):
        events[event.ticket_id].append(event)
    return {number: _happened(events[number], agreed[number]) for number in numbers}


def _happened(events: list[Event], agreed: dict[int, list[Agreement]]) -> list[course.Happening]:
    told: list[course.Happening | None] = []
    taken_apart = {event.data.get("merge") for event in events if undoes_a_merge(event)}
    undone = {number for event in events if undoes_a_change(event) for number in event.data["undoes"]}
    terms: course.Terms | None = None
    for event in events:
        mine = agreed.get(event.pk, [])
        of_event = next((terms_of(row) for row in mine if row.at is None), None)
        if event.pk in undone:
            of_event = None
        elif undoes_a_change(event) and of_event == terms:
            of_event = None  # they were never left
        terms = of_event or terms
        said = course.happening(event.kind, event.at, event.data, of_event)
        if said is not None and said.merged_since is not None and event.data.get("merge") in taken_apart:
            said = replace(said, merged_since=None)
        told.append(said if event.pk not in undone else None)
        for row in mine:
            if row.at is not None:
                terms = terms_of(row)
                told.append(course.Happening(row.at, terms=terms))
    return course.in_order(each for each in told if each is not None)


def names_of(policies: Iterable[int], calendars: Iterable[int]) -> tuple[dict[int, str], dict[int, str]]:
    """Names and numbers of versions, by their row: "Shop Plus, 3"."""
    policy_rows = PolicyVersion.objects.filter(pk__in=set(policies)).values_list("pk", "policy__name", "number")
    calendar_rows = CalendarVersion.objects.filter(pk__in=set(calendars)).values_list("pk", "calendar__name", "number")
    told = [{pk: f"{name} ({number})" for pk, name, number in rows} for rows in (policy_rows, calendar_rows)]
    return told[0], told[1]


def calendars() -> list[Calendar]:
    """All of them with their ``version`` of now and the number of policies that count by them, ``used``."""
    used = Count("policyversion", filter=Q(policyversion__replaced_at=None))
    versions = {each.calendar_id: each for each in CalendarVersion.objects.filter(replaced_at=None)}
    rows: list[Calendar] = list(Calendar.objects.filter(pk__in=versions).annotate(used=used).order_by("name", "pk"))
    for row in rows:
        row.version = versions[row.pk]  # type: ignore[attr-defined]
    return rows


def calendars_in_force() -> QuerySet[Calendar]:
    """Without those that were removed."""
    return Calendar.objects.filter(versions__replaced_at=None).order_by("name", "pk")


def policies_in_force() -> QuerySet[Policy]:
    return Policy.objects.filter(versions__replaced_at=None)


def policies_counting_by(calendar: Calendar) -> list[Policy]:
    rows = Policy.objects.filter(versions__replaced_at=None, versions__calendar=calendar)
    return list(rows.order_by("is_default", "position", "pk"))


def policies() -> list[Policy]:
    """In the order in which they are asked, the default one last, with their ``version`` of now."""
    rows = PolicyVersion.objects.filter(replaced_at=None).select_related("policy", "calendar")
    found = []
    for version in rows.order_by("policy__is_default", "policy__position", "policy"):
        version.policy.version = version  # type: ignore[attr-defined]
        found.append(version.policy)
    return found


def costs_of_overload() -> dict[int, int]:
    """Of teams that have more due than they can do, how many tickets nobody has taken wait longer because what can
    still be kept comes first. One statement, kept for a while in each process."""
    kept: dict[int, int] | None = cache.get("costs_of_overload")
    if kept is None:
        rows = Outlook.objects.exclude(picture__bound=None).values_list("team", "picture__hopeless")
        kept = {team: int(number or 0) for team, number in rows}
        cache.set("costs_of_overload", kept, COSTS_KEPT_S)
    return kept


def history_of(kind: str, number: int) -> list[AuditEntry]:
    """The last changes of a calendar or a policy, the newest first."""
    rows = AuditEntry.objects.filter(kind=kind, object_id=str(number)).exclude(action=AuditEntry.Action.READ)
    return list(rows.select_related("actor").order_by("-at", "-id")[:50])


def edits() -> QuerySet[Edit]:
    return Edit.objects.select_related("by").order_by("-id")


def foreseen(edit: Edit, user: User, at: datetime, *, first: int, most: int) -> list[Foreseen]:
    return list(all_foreseen(edit, user, at)[first : first + most])


def all_foreseen(edit: Edit, user: User, at: datetime) -> QuerySet[Foreseen]:
    """What it would change on tickets that the reader works, the worst first. Numbers and times of other teams' tickets
    are told to nobody; how many there are is."""
    rows = Foreseen.objects.filter(edit=edit)
    if user.role != Role.ADMIN:  # who works them all, which are not to be looked up
        rows = rows.filter(ticket__in=Ticket.objects.worked_by(user, at).values("pk"))
    return rows.select_related("ticket").order_by("-is_overdue", "id")


def number_foreseen_elsewhere(edit: Edit, user: User, at: datetime) -> int:
    """How many due times of tickets that the reader does not work it would change."""
    if user.role == Role.ADMIN:
        return 0
    rows = Foreseen.objects.filter(edit=edit)
    return rows.exclude(ticket__in=Ticket.objects.worked_by(user, at).values("pk")).count()
