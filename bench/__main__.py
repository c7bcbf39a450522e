"""`make bench`: what the work of a desk costs, on this machine, in this run.

Each row does bounded work, checks its answer and prints processor time, which is steadier than wall time on a busy
machine: this process plus the PostgreSQL backend it talks to. The first rows are the calibration: a bare view and
`SELECT 1`. Compare ratios inside one table, never figures of two machines.

Sizes: S1 is the demo (1,546 open tickets and 10,000 solved), S2 has 100,000 tickets (20,000 open), S3 1,000,000
(100,000 open) and takes long to make.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from datetime import timedelta

import django

from bench.measuring import Row

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")
os.environ.setdefault("LOG_LEVEL", "ERROR")

SIZES = {"S1": None, "S2": (100_000, 20_000), "S3": (1_000_000, 100_000)}


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--size", choices=SIZES, action="append", help="S1, S2 or S3; several in turn (S1 and S2)")
    parser.add_argument("--rounds", type=int, default=60, help="requests per row, after a warm-up")
    parser.add_argument("--writes", type=int, default=800, help="tickets opened, and replies written, by all clients")
    parser.add_argument("--reads-only", action="store_true", help="no writing, no mails, no running stack")
    parser.add_argument("--as-it-is", action="store_true", help="measure the database as it is, with a demo in it")
    parser.add_argument("--prepare-only", action="store_true", help="make the demo and measure nothing")
    arguments = parser.parse_args()

    sizes = arguments.size or ["S1", "S2"]
    if arguments.prepare_only:
        django.setup()
        for size in sizes:
            prepare(size)
        return
    with tempfile.TemporaryDirectory(prefix="dyzur-bench-") as folder:
        os.environ["DATA_DIR"] = folder  # what the demo stores must not mix with a running desk's
        django.setup()
        for size in sizes:
            if not arguments.as_it_is:
                # Not here: what a million tickets leave in memory would slow down all that is measured after.
                subprocess.run([sys.executable, "-m", "bench", "--prepare-only", "--size", size], check=True)
            run(size, arguments.rounds, 0 if arguments.reads_only else arguments.writes)


def prepare(size: str) -> None:
    from django.core.cache import cache
    from django.core.management import call_command

    began = time.monotonic()
    print(f"\nPreparing {size} ...", flush=True)
    call_command("migrate", verbosity=0)
    cache.clear()
    amount = SIZES[size]
    if amount is None:
        call_command("demo", reset=True)
    else:
        call_command("demo", reset=True, tickets=amount[0], unsolved=amount[1])
    print(f"{size} was prepared in {time.monotonic() - began:.0f} s.", flush=True)


def run(size: str, rounds: int, writes: int) -> None:
    from django.conf import settings
    from django.core.management import call_command

    from bench import plans, reading, stack, sweep, writing
    from helpdesk import supervisor

    call_command("collectstatic", verbosity=0, interactive=False)
    offset_s = supervisor.clock_offset_s()
    settings.CLOCK_OFFSET = timedelta(seconds=offset_s)
    os.environ["CLOCK_OFFSET_S"] = str(offset_s)
    sizes = sizes_now()
    rows = [*reading.calibration(rounds), *reading.rows(rounds)]
    explained = plans.explained()
    if writes:
        rows += [*stack.rows(), *writing.rows(writes), *sweep.rows()]
    print_table(size, sizes, rows)
    plans.print_plans(explained)


def sizes_now() -> tuple[int, int]:
    """How many tickets there are, and how many of them are open."""
    from tickets.models import Ticket

    return Ticket.objects.count(), Ticket.objects.unsolved().count()


def print_table(size: str, sizes: tuple[int, int], rows: list[Row]) -> None:
    everything, unsolved = sizes
    bare = rows[0].cpu_ms or 1.0
    print(f"\n{size}: {everything:,} tickets, {unsolved:,} of them open\n")
    print(f"{'work':46} {'CPU ms':>8} {'app':>7} {'DB':>7} {'SQL':>4} {'x bare':>7}  {'':22} {'budget':24}")
    for row in rows:
        numbers = [_cell(row.cpu_ms, 8, 2), _cell(row.app_ms, 7, 2), _cell(row.database_ms, 7, 2)]
        numbers += [_cell(row.statements, 4, 0), _cell(row.cpu_ms and row.cpu_ms / bare, 7, 1)]
        verdict = {True: "", False: "MISSED", None: ""}[row.is_within]
        print(f"{row.work[:46]:46} {' '.join(numbers)}  {_said(row):22} {row.budget!s:24} {verdict}".rstrip())


def _cell(value: float | None, width: int, digits: int) -> str:
    return " " * width if value is None else f"{value:{width}.{digits}f}"


def _said(row: Row) -> str:
    parts = []
    if row.rate_per_s is not None:
        parts.append(f"{row.rate_per_s:,.0f}/s")
    if row.bytes is not None:
        parts.append(f"{row.bytes:,} B, {row.requests} requests")
    if row.mib is not None:
        parts.append(f"{row.mib:,.0f} MiB")
    return ", ".join(parts)


if __name__ == "__main__":
    main()
