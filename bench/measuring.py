"""Rows of the table: what a piece of work costs in processor time and statements, or how often a second it is done."""

import gzip
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

CLIENTS = 8
TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")
WARM_UP = 5


@dataclass(frozen=True)
class Budget:
    """None where there is no limit. ``cpu_ms`` is application and database together."""

    cpu_ms: float | None = None
    statements: int | None = None
    rate_per_s: float | None = None
    bytes: int | None = None
    requests: int | None = None
    mib: float | None = None

    def __str__(self) -> str:
        parts = (
            ("≤ {:g} ms", self.cpu_ms),
            ("≤ {} SQL", self.statements),
            ("≥ {:g}/s", self.rate_per_s),
            ("≤ {:,} B", self.bytes),
            ("≤ {} requests", self.requests),
            ("≤ {:g} MiB", self.mib),
        )
        return ", ".join(form.format(value) for form, value in parts if value is not None)


NO_LIMIT = Budget()


@dataclass(frozen=True)
class Row:
    """One line of the table. Processor milliseconds are those of one request."""

    work: str
    budget: Budget = NO_LIMIT
    app_ms: float | None = None
    database_ms: float | None = None
    statements: int | None = None
    rate_per_s: float | None = None
    bytes: int | None = None
    requests: int | None = None
    mib: float | None = None

    @property
    def cpu_ms(self) -> float | None:
        return None if self.app_ms is None else self.app_ms + (self.database_ms or 0.0)

    @property
    def is_within(self) -> bool | None:
        """None without a budget."""
        budget = self.budget
        limits = (
            (self.cpu_ms, budget.cpu_ms),
            (self.statements, budget.statements),
            (self.bytes, budget.bytes),
            (self.requests, budget.requests),
            (self.mib, budget.mib),
        )
        verdicts = [value <= limit for value, limit in limits if value is not None and limit is not None]
        if self.rate_per_s is not None and budget.rate_per_s is not None:
            verdicts.append(self.rate_per_s >= budget.rate_per_s)
        return all(verdicts) if verdicts else None


def measured(
    work: str, call: Callable[[], object], rounds: int, budget: Budget = NO_LIMIT, *, keeps_nothing: bool = False
) -> Row:
    """Processor time of ``rounds`` calls after a warm-up, and the statements of one for which nothing is kept.

    Of the application the median is taken, of the database the mean. ``keeps_nothing`` empties the cache before each.
    """
    from django.core.cache import cache
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for _ in range(WARM_UP):
        call()
    cache.clear()
    with CaptureQueriesContext(connection) as captured:
        call()
    statements = len(captured)  # now: the next request empties the log behind it
    backend = backend_pid()
    application, database = [], cpu_ms_of(backend)
    for _ in range(rounds):
        if keeps_nothing:
            cache.clear()
        started = time.process_time()
        call()
        application.append((time.process_time() - started) * 1000)
    spent = (cpu_ms_of(backend) - database) / rounds
    return Row(work, budget, app_ms=statistics.median(application), database_ms=spent, statements=statements)


def backend_pid() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        return int(cursor.fetchone()[0])


def cpu_ms_of(pid: int) -> float:
    """Processor milliseconds a local process has used, 0 where that cannot be read (it is elsewhere)."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1_000_000
    except (OSError, ValueError, IndexError):
        pass
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) * TICK_MS


def rated(
    work: str,
    job: Callable[[int, int], None],
    count: int,
    budget: Budget = NO_LIMIT,
    *,
    clients: int = CLIENTS,
    is_warm: bool = True,
) -> Row:
    """How often a second ``job`` is done by ``clients`` processes at once, each with its own connection; and what one
    costs in processor time, which says more where others use the machine too."""
    from django.db import connections

    connections.close_all()
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(clients + 1)
    spent = context.SimpleQueue()
    share = count // clients

    def run(client: int) -> None:
        from django.db import connection

        connection.ensure_connection()
        backend = backend_pid()
        if is_warm:
            job(client, WARM_UP)
        barrier.wait()
        application, database = _own_cpu_ms(), cpu_ms_of(backend)
        job(client, share)
        spent.put((_own_cpu_ms() - application, cpu_ms_of(backend) - database))

    processes = [context.Process(target=run, args=(client,)) for client in range(clients)]
    for process in processes:
        process.start()
    barrier.wait()
    started = time.perf_counter()
    for process in processes:
        process.join()
    wall = time.perf_counter() - started
    assert all(process.exitcode == 0 for process in processes), "a client failed"
    done = share * clients
    app_ms, database_ms = (sum(each) / done for each in zip(*(spent.get() for _ in processes), strict=True))
    return Row(work, budget, app_ms=app_ms, database_ms=database_ms, rate_per_s=done / wall)


def _own_cpu_ms() -> float:
    """Of this process and of those it has waited for."""
    times = os.times()
    return 1000 * (times.user + times.system + times.children_user + times.children_system)


def expect(response: object, *parts: bytes) -> None:
    """The page is there and says so."""
    content: bytes = response.content  # type: ignore[attr-defined]
    if response.get("Content-Encoding") == "gzip":  # type: ignore[attr-defined]
        content = gzip.decompress(content)
    assert response.status_code == 200, response  # type: ignore[attr-defined]
    for part in parts:
        assert part in content, f"{part!r} is not on {response.request['PATH_INFO']}{response.request['QUERY_STRING']}"  # type: ignore[attr-defined]
