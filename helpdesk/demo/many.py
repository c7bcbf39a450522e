"""The demo as large as asked for: half a year of a desk with up to a million tickets.

Days are cut into slices. Each is told by itself from chance of its own, in as many processes as there are cores, and
loaded in turn by COPY into tables without indexes and foreign keys, which are built when all is there: one transaction.
Numbers go by time from slice to slice and within each.
"""

from __future__ import annotations

import multiprocessing
import os
import random
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

from django.db import connection, transaction
from django.db.models import Model

from helpdesk.demo import files, hours, people, phrasing, promises, properties, rows, seed
from helpdesk.demo.backlog import OVERDUE, Backlog
from helpdesk.demo.copying import Sheet, count_on, load
from helpdesk.demo.hours import NOW
from helpdesk.demo.past import Past
from helpdesk.demo.people import Cast
from helpdesk.demo.rows import FIRST_NUMBER, Made, Numbers, Progress, silent
from helpdesk.demo.story import Story
from helpdesk.demo.telling import Teller
from tickets.models import Attachment, Event, Message, Notification, Outbox, SearchText, Status, Ticket

LEAST, MOST = 100, 1_000_000
WEEKS = 26
SLICE = 3000
"""So many tickets at most are told at once."""
ROWS_OF_A_TICKET = 25
"""More messages, events or mails than a slice has for each of its tickets: their numbers begin so far apart."""
PROCESSES = 4
VARIANTS = 8
"""Of each kind of file: a million tickets share two hundred files."""
LOADED = (Ticket, Message, Event, Attachment, Outbox, Notification, SearchText, *promises.TABLES)

MIX = {"at_risk": 0.04, "overdue": 0.2, "waiting": 0.24, "on_hold": 0.12}
"""Shares of the unsolved; the others fall due later. Waiting is an old age, and so is being overdue."""
LAST_DAY = NOW.replace(hour=0) - timedelta(days=3)
"""Friday. What came later is not solved yet, and what nobody has looked at yet came last."""


@dataclass(frozen=True)
class Slice:
    """What is told at once: tickets whose time was between `start` and `end`, or that fall due from Monday on."""

    place: int
    start: datetime
    end: datetime
    solved: int = 0
    overdue: int = 0
    waiting: int = 0
    on_hold: int = 0
    at_risk: int = 0
    later: int = 0
    first: int = FIRST_NUMBER
    has_breakdown: bool = False
    has_bounce: bool = False

    @property
    def tickets(self) -> int:
        return self.solved + self.overdue + self.waiting + self.on_hold + self.at_risk + self.later

    @property
    def numbers(self) -> Numbers:
        after = 1 + self.place * SLICE * ROWS_OF_A_TICKET
        return Numbers(ticket=self.first, letter=after, event=after, mail=after)


@dataclass(frozen=True)
class Written:
    """What came of a slice."""

    tickets: int
    unsolved: int
    sheets: list[Sheet]
    tags: set[str]
    breakdown: dict[int, Story]


def fill(
    *, tickets: int, unsolved: int, seed_number: int = 1, processes: int | None = None, progress: Progress = silent
) -> Made:
    """Fill an empty database. The same numbers give the same rows, however many processes tell them."""
    rng = random.Random(seed_number)
    cast = people.make_cast(
        rng,
        requesters=max(200, min(60_000, tickets // 10)),
        firms=max(40, min(2000, tickets // 100)),
        more_agents=tickets // 10_000,
    )
    slices = plan(tickets, unsolved)
    scribe = Scribe(cast, seed_number)
    written = scribe.write_all(slices, processes or min(PROCESSES, os.cpu_count() or 1))
    counts: Counter[type[Model]] = Counter()
    open_ones, tags, breakdown = 0, set[str](), dict[int, Story]()
    with transaction.atomic():
        seed.empty()
        seed.write_company(cast, rng)
        promises.write()
        with unindexed(LOADED, progress):
            advance = progress("Tickets", tickets)
            for part in written:
                for page in part.sheets:
                    counts[page.model] += load(page, counts=False)
                open_ones += part.unsolved
                tags |= part.tags
                breakdown |= part.breakdown
                advance(part.tickets)
            count_on(*LOADED)
        properties.write(tags)
        with connection.cursor() as cursor:
            cursor.execute("analyze")
        seed.write_today(cast, breakdown)
    return Made(
        unsolved=open_ones,
        solved=counts[Ticket] - open_ones,
        people=len(cast.everybody),
        messages=counts[Message],
        events=counts[Event],
        files=counts[Attachment],
    )


# When things were


def plan(tickets: int, unsolved: int) -> list[Slice]:
    """The slices of the half year, oldest first, then what falls due from now on."""
    mix = {name: int(unsolved * share) for name, share in MIX.items()}
    mix["later"] = unsolved - sum(mix.values())
    days = [LAST_DAY - timedelta(days=n) for n in range(WEEKS * 7, -1, -1)]
    busy = [1.0 if hours.is_working_day(day.date()) else 0.25 for day in days]
    amounts = {
        "solved": _spread(tickets - unsolved, busy),
        "overdue": _spread(mix["overdue"], _by_age(busy, 5)),
        "waiting": _spread(mix["waiting"], _by_age(busy, 21)),
        "on_hold": _spread(mix["on_hold"], _by_age(busy, 35)),
    }
    parts: list[Slice] = []
    for n, day in enumerate(days):
        of_day: dict[str, Any] = {name: by_day[n] for name, by_day in amounts.items()}
        one = Slice(0, day, day + timedelta(days=1), **of_day)
        if parts and parts[-1].tickets + one.tickets <= SLICE:
            parts[-1] = _together(parts[-1], one)
        else:
            parts += _pieces(one, SLICE)
    parts[-1] = replace(parts[-1], has_bounce=True)
    breaking = mix["at_risk"] >= 100 and mix["later"] >= 100
    running = _pieces(Slice(0, LAST_DAY, NOW, at_risk=mix["at_risk"], later=mix["later"]), SLICE)
    parts += [replace(piece, has_breakdown=breaking and n == 0) for n, piece in enumerate(running)]
    parts = [part for part in parts if part.tickets]
    firsts = accumulate((part.tickets for part in parts), initial=FIRST_NUMBER)
    return [replace(part, place=n, first=first) for n, (part, first) in enumerate(zip(parts, firsts, strict=False))]


def _by_age(weights: list[float], days: float) -> list[float]:
    """Half of them younger than `days`, half of the others younger than twice that."""
    return [weight * 0.5 ** ((len(weights) - 1 - n) / days) for n, weight in enumerate(weights)]


def _spread(total: int, weights: Iterable[float]) -> list[int]:
    """`total` in whole parts by these weights."""
    sums = list(accumulate(weights))
    ends = [round(total * each / sums[-1]) for each in sums]
    return [end - start for start, end in zip([0, *ends], ends, strict=False)]


AMOUNTS = ("solved", "overdue", "waiting", "on_hold", "at_risk", "later")


def _together(one: Slice, other: Slice) -> Slice:
    sums: dict[str, Any] = {name: getattr(one, name) + getattr(other, name) for name in AMOUNTS}
    return replace(one, end=other.end, **sums)


def _pieces(one: Slice, most: int) -> list[Slice]:
    """The same stretch of time, as several slices of at most `most` tickets each."""
    count = -(-one.tickets // (most - len(AMOUNTS))) or 1
    shares = {name: _spread(getattr(one, name), [1.0] * count) for name in AMOUNTS}
    parts: list[dict[str, Any]] = [{name: share[n] for name, share in shares.items()} for n in range(count)]
    return [replace(one, **part) for part in parts]


# Telling and writing down


class Scribe:
    """Tells slices and writes them down as rows. Every process has one."""

    def __init__(self, cast: Cast, seed_number: int) -> None:
        self.cast, self.seed_number = cast, seed_number
        self._teller = Teller(cast, random.Random(0), total=SLICE, make_file=_FewFiles(cast))
        number_of = {firm.name: number for number, firm in enumerate(cast.firms, 1)}
        self._organisation = {person.number: number_of[person.organisation] for person in cast.everybody}
        self._kept: set[str] = set()

    def write_all(self, slices: list[Slice], processes: int) -> Iterator[Written]:
        """In order; at once when there is little to do, else by so many processes, which begin now."""
        if processes < 2 or len(slices) < 3:
            return map(self.write, slices)
        if not connection.in_atomic_block:
            connection.close()  # the processes shall not share it
        pool = ProcessPoolExecutor(processes, multiprocessing.get_context("fork"), initializer=_begin, initargs=(self,))
        return _in_order(pool, slices, processes * 2)

    def write(self, part: Slice) -> Written:
        chance = f"{self.seed_number} {part.place}"
        self._teller.begin_anew(random.Random(chance))
        with seed.without_collector():
            stories = sorted(_tell(part, self._teller), key=lambda story: story.opened_at)
            properties.tell(stories, seed=chance)
            promises.tell(stories, seed=chance)
            numbers = part.numbers
            sheets = rows.sheets(stories, self._organisation, numbers, has_bounce=part.has_bounce, kept=self._kept)
            pages = [page for page in sheets if page.count]
        assert all(page.count < SLICE * ROWS_OF_A_TICKET for page in pages)
        return Written(
            tickets=len(stories),
            unsolved=sum(story.solved_at is None for story in stories),
            sheets=pages,
            tags={tag for story in stories for tag in story.tags},
            breakdown={n: story for n, story in enumerate(stories, numbers.ticket) if story.is_of_breakdown},
        )


_scribe: Scribe | None = None


def _begin(scribe: Scribe) -> None:
    global _scribe
    _scribe = scribe


def _write(part: Slice) -> Written:
    assert _scribe is not None
    return _scribe.write(part)


def _in_order(pool: ProcessPoolExecutor, slices: list[Slice], ahead: int) -> Iterator[Written]:
    """The first slices are begun at once; so many at most wait to be loaded."""
    waiting = iter(slices)
    begun: deque[Future[Written]] = deque(
        pool.submit(_write, part) for _n, part in zip(range(ahead), waiting, strict=False)
    )

    def results() -> Iterator[Written]:
        with pool:
            while begun:
                done = begun.popleft().result()
                begun.extend(pool.submit(_write, part) for _n, part in zip(range(1), waiting, strict=False))
                yield done

    return results()


def _tell(part: Slice, teller: Teller) -> Iterator[Story]:
    rng = teller.rng
    if running := part.at_risk + part.later:
        backlog = Backlog(teller, first_agent_works=part.has_breakdown)
        yield from backlog.tell(
            unsolved=running,
            at_risk=part.at_risk,
            overdue=0,
            waiting=0,
            on_hold=0,
            has_breakdown=part.has_breakdown,
        )
    old, past = Backlog(teller, first_agent_works=False), Past(teller)
    arrivals = hours.Arrivals(part.start, min(part.end, NOW))

    def at_work() -> datetime:
        """A moment of the desk's hours."""
        return hours.back(arrivals.draw(rng), rng.uniform(0, 4 * 3600))

    for _n in range(part.overdue):
        yield old.running(OVERDUE, at_work)
    for status, count in ((Status.WAITING, part.waiting), (Status.ON_HOLD, part.on_hold)):
        for _n in range(count):
            yield old.paused(status, since=at_work())
    left = part.solved
    while left:
        if solved := past.solved(arrivals):
            left -= 1
            yield solved


class _FewFiles:
    """Makes each kind of file in a few variants only."""

    def __init__(self, cast: Cast) -> None:
        self._cast = cast
        self._made: dict[tuple[str, int], bytes] = {}

    def __call__(self, kind: str, slots: dict[str, str], rng: random.Random) -> bytes:
        key = kind, rng.randrange(VARIANTS)
        if key not in self._made:
            own = random.Random(f"{kind} {key[1]}")
            cast = self._cast
            slots = phrasing.make_slots(
                language="pl",
                at=LAST_DAY,
                requester=cast.requesters[0],
                agent=cast.agents[0],
                mate=cast.agents[1],
                developer=people.DEVELOPERS[0],
                shop=next(firm for firm in cast.firms if firm.kind == "shop"),
                rng=own,
            )
            self._made[key] = files.make(kind, slots, own)
        return self._made[key]


# Loading


@contextmanager
def unindexed(tables: Iterable[type[Model]], progress: Progress) -> Iterator[None]:
    """Within a transaction: the tables without indexes and foreign keys, which come back at the end, the same as they
    were. What keeps rows unique stays. The triggers of search work on."""
    names = [model._meta.db_table for model in tables]
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute(
            "select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint "
            "where contype = 'f' and conrelid = any(%s::regclass[]) order by 1, 2",
            [names],
        )
        keys = cursor.fetchall()
        cursor.execute(
            "select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index "
            "where indrelid = any(%s::regclass[]) and not indisunique order by 1",
            [names],
        )
        indexes = cursor.fetchall()
        for table, name, _definition in keys:
            cursor.execute(f"alter table {table} drop constraint {connection.ops.quote_name(name)}")
        for name, _definition in indexes:
            cursor.execute(f"drop index {name}")
        cursor.execute("set local maintenance_work_mem = '256MB'")
        cursor.execute("set local work_mem = '32MB'")
        yield
        advance: Callable[[int], None] = progress("Indexes", len(indexes) + len(keys))
        for _name, definition in indexes:
            cursor.execute(definition)
            advance(1)
        for table, name, definition in keys:
            cursor.execute(f"alter table {table} add constraint {connection.ops.quote_name(name)} {definition}")
            advance(1)
        cursor.execute("set constraints all deferred")
