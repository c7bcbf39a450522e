"""The sweep: levels that were passed while nothing happened become flags. Any number of workers, at any time.

What it costs depends on what was newly passed alone: it reads an index of what comes next. A batch locks each ticket
and its clock and waits for neither: an action that holds one moves its clocks itself, and the next batch or run finds
what is left. So the sweep waits for nobody, and no circle of locks can close. Killed at any moment it has stored whole
batches only.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection, transaction

from helpdesk.lib import array_literals
from sla import course, queries
from sla.actions import flagging
from sla.models import SweepRun
from sla.queries import ClockRow
from tickets.actions import facts

BATCH = 500
LAG = timedelta(seconds=20)
"""Clocks of machines differ a little, and what happened just before a level should be known before it is told."""

_TICK = timedelta(microseconds=1)

Moved = tuple[ClockRow, course.Clock, tuple[str, datetime] | None]
"""A row, how it stands now, and the level that comes next."""


@dataclass
class Swept:
    """What a run did. ``late_s`` is how long after its moment the oldest of its levels was found."""

    at: datetime
    clocks: int = 0
    flags: int = 0
    breaches: int = 0
    late_s: int = 0
    batches: int = 0
    _run: SweepRun | None = field(default=None, repr=False)


def sweep(*, at: datetime, at_once: int = BATCH) -> Swept:
    """Raise all flags of levels passed by ``at``, the database's time, less `LAG`; so many clocks in a transaction."""
    swept = Swept(at)
    while _batch(swept, at_once) == at_once:
        pass
    return swept


@transaction.atomic
def _batch(swept: Swept, at_once: int) -> int:
    rows = _passed_by(swept.at - LAG, at_once)
    moved: list[Moved] = []
    passed: list[flagging.Passed] = []
    broken: list[tuple[int, datetime]] = []
    for row in rows:
        levels = queries.levels_of(row.policy_version_id)
        before = queries.clock_of(row)
        after = course.lapsed(before, swept.at - LAG + _TICK, levels, queries.hours)
        passed += flagging.passed(row, before.reached, after, levels, swept.at)
        moved.append((row, after, course.next_level(after, levels, queries.hours)))
        if after.breached_at is not None and before.breached_at is None:
            broken.append((row.ticket_id, after.breached_at))
    swept.flags += flagging.store(passed, at=swept.at)
    _move(moved)
    facts.store_breaches(broken)
    swept.batches += 1
    swept.clocks += len(rows)
    swept.breaches += len(broken)
    oldest = min((one.at for one in passed), default=swept.at)
    swept.late_s = max(swept.late_s, int((swept.at - oldest).total_seconds()))
    _beat(swept)
    return len(rows)


PASSED = """
    select c.id, c.ticket_id, c.metric, c.cycle, c.state, c.started_at, c.policy_version_id, c.calendar_version_id,
           c.target_s, c.used_s, c.running_since, c.stopped_at, c.due_at, c.breached_at, c.runs, c.reached
      from sla_clock c join tickets_ticket t on t.id = c.ticket_id
    where c.next_at <= %s order by c.next_at limit %s
    for no key update of t, c skip locked
"""


def _passed_by(seen: datetime, at_once: int) -> list[ClockRow]:
    with connection.cursor() as cursor:
        cursor.execute(PASSED, [seen, at_once])
        rows = cursor.fetchall()
    return [ClockRow._make([*row, json.loads(runs), json.loads(reached), False]) for *row, runs, reached in rows]


_MOVE = """
    update sla_clock c set breached_at = v.breached_at, reached = v.reached, next_at = v.next_at,
        next_level = v.next_level
    from unnest(%s::bigint[], %s::timestamptz[], %s::jsonb[], %s::timestamptz[], %s::text[])
        as v (id, breached_at, reached, next_at, next_level)
    where c.id = v.id
"""


def _move(moved: Sequence[Moved]) -> None:
    if not moved:
        return
    ahead = [following or ("", None) for _row, _clock, following in moved]
    values = [
        array_literals.numbers(row.pk for row, _clock, _following in moved),
        array_literals.moments(clock.breached_at for _row, clock, _following in moved),
        array_literals.texts(json.dumps(queries.as_stored(clock.reached)) for _row, clock, _following in moved),
        array_literals.moments(at for _level, at in ahead),
        array_literals.texts(level for level, _at in ahead),
    ]
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, values)


def _beat(swept: Swept) -> None:
    """The heartbeat, in the transaction of the batch."""
    run = swept._run or SweepRun(started_at=swept.at)
    run.clocks, run.flags, run.late_s = swept.clocks, swept.flags, swept.late_s
    run.save()
    swept._run = run


def forget_old_runs(*, at: datetime) -> int:
    """What was swept more than four weeks ago."""
    return SweepRun.objects.filter(started_at__lt=at - timedelta(weeks=4)).delete()[0]
