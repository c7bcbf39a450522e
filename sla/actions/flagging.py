"""Flags of levels that were passed, each with its notice: raised once, revoked when a late event disproves them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from django.db import connection
from django.db.models import QuerySet

from helpdesk.lib import array_literals
from sla import course
from sla.levels import Level
from sla.models import Clock, Flag, Notice
from sla.queries import ClockRow

NEWS_FOR = timedelta(hours=24)
"""What was passed longer ago is kept and nobody is told any more."""


@dataclass(frozen=True)
class Passed:
    clock_id: int
    ticket_id: int
    metric: str
    level: str
    time: int
    at: datetime
    notice: str


def passed(
    row: Clock | ClockRow, before: Sequence[course.Reached], clock: course.Clock, known: tuple[Level, ...], at: datetime
) -> Iterator[Passed]:
    """What ``clock`` passed beyond ``before``, with what becomes of the notices, as of ``at``.

    Of warnings only the last is told, and none once the promise is broken or does not run any more.
    """
    is_longer = clock.reached[: len(before)] == tuple(before)
    if is_longer and len(before) == len(clock.reached):
        return
    old = set() if is_longer else {(one.level, number) for one, number in numbered(before)}
    known_to_be_old = len(before) if is_longer else 0
    warnings = _warnings(clock.target_s, known)
    for place, (one, number) in enumerate(numbered(clock.reached)):
        if place < known_to_be_old or (one.level, number) in old:
            continue
        is_last = place == len(clock.reached) - 1
        is_news = clock.state == course.RUNNING and at - one.at <= NEWS_FOR
        is_told = is_news and (is_last or one.level not in warnings)
        state = Notice.State.WAITING if is_told else Notice.State.SKIPPED
        yield Passed(row.pk, row.ticket_id, clock.metric, one.level, number, one.at, str(state))


def numbered(reached: Iterable[course.Reached]) -> Iterator[tuple[course.Reached, int]]:
    """Each with how often its level was passed by then."""
    times: dict[str, int] = {}
    for one in reached:
        times[one.level] = time = times.get(one.level, 0) + 1
        yield one, time


@lru_cache(1024)
def _warnings(target_s: int | None, known: tuple[Level, ...]) -> frozenset[str]:
    if target_s is None:
        return frozenset()
    return frozenset(level.key for level in known if level.is_warning(target_s))


_RAISE = """
    with passed as (
        select * from unnest(
            %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::smallint[], %s::timestamptz[], %s::text[]
        ) as t (clock_id, ticket_id, metric, level, "time", at, notice)
    ), raised as (
        insert into sla_flag (clock_id, ticket_id, metric, level, "time", at, noticed_at, revoked_because)
        select clock_id, ticket_id, metric, level, "time", at, %s, '' from passed
        on conflict do nothing
        returning id, clock_id, level, "time"
    )
    insert into sla_notice (flag_id, state, made_at, done_at)
    select raised.id, notice, %s, case notice when 'waiting' then null else %s::timestamptz end
    from raised join passed using (clock_id, level, "time")
"""


def store(found: Sequence[Passed], *, at: datetime) -> int:
    """One flag for each that has none, one notice for each flag that this call really inserted; returns how many."""
    if not found:
        return 0
    columns = [
        array_literals.numbers(one.clock_id for one in found),
        array_literals.numbers(one.ticket_id for one in found),
        array_literals.texts(one.metric for one in found),
        array_literals.texts(one.level for one in found),
        array_literals.numbers(one.time for one in found),
        array_literals.moments(one.at for one in found),
        array_literals.texts(one.notice for one in found),
    ]
    with connection.cursor() as cursor:
        cursor.execute(_RAISE, [*columns, at, at, at])
        return int(cursor.rowcount)


def correct(
    row: Clock, before: Sequence[course.Reached], after: Sequence[course.Reached], *, why: str, at: datetime
) -> None:
    """Flags of what a late event shows to have been passed at another moment, or not at all."""
    wanted = {(one.level, number): one for one, number in numbered(after)}
    for one, number in numbered(before):
        flags = Flag.objects.filter(clock=row.pk, level=one.level, time=number, revoked_at=None)
        found = wanted.get((one.level, number))
        if found is None:
            revoke(flags, why=why, at=at)
        elif found.at != one.at:
            flags.update(at=found.at)


def settle(row: Clock, reached: Sequence[course.Reached], *, at: datetime) -> None:
    """Make the flags of a clock those of what it passed, whatever they were. Nobody is told."""
    wanted = {(one.level, number): one.at for one, number in numbered(reached)}
    for flag in Flag.objects.filter(clock=row.pk, revoked_at=None):
        if wanted.get((flag.level, flag.time)) != flag.at:
            revoke(Flag.objects.filter(pk=flag.pk), why=Flag.Why.READ_AGAIN, at=at)
    known = set(Flag.objects.filter(clock=row.pk, revoked_at=None).values_list("level", "time"))
    missing = [(one, number) for one, number in numbered(reached) if (one.level, number) not in known]
    store([_told_nobody(row, one, number) for one, number in missing], at=at)


def _told_nobody(row: Clock, one: course.Reached, number: int) -> Passed:
    return Passed(row.pk, row.ticket_id, row.metric, one.level, number, one.at, str(Notice.State.SKIPPED))


def revoke(flags: QuerySet[Flag], *, why: str, at: datetime) -> None:
    numbers = list(flags.values_list("pk", flat=True))
    Flag.objects.filter(pk__in=numbers).update(revoked_at=at, revoked_because=why)
    Notice.objects.filter(flag__in=numbers, state=Notice.State.WAITING).update(state=Notice.State.SKIPPED, done_at=at)
