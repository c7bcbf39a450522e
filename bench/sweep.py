"""What the sweep of promises costs when so many levels were newly passed, among a million clocks.

In `make bench` the rows stand in its table; alone, with the plans, in an empty database of its own:

    .venv/bin/python -m helpdesk.lib.embedded run --ephemeral -- .venv/bin/python -m bench.sweep
"""

import json
import os
import time
from datetime import UTC, datetime, timedelta

from bench.measuring import Budget, Row, backend_pid, cpu_ms_of

CLOCKS, RUNNING, CLOCKS_OF_A_TICKET = 1_000_000, 100_000, 4
NEWLY_DUE = {0: 2, 10: None, 300: 50, 3_881: 500, 40_000: None}
"""With the budget in milliseconds."""

BEGAN = datetime(2031, 3, 10, 7, 0, tzinfo=UTC)
"""Later than anything a demo holds, so that the clocks made here are due in the order of their tickets."""


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    print(f"{'newly due':>10} {'wall ms':>9} {'app ms':>8} {'DB ms':>8} {'SQL':>4}   the statement that finds them")
    for due, row, plan in measured():
        wall = f"{1000 * row.wall_s:9.1f}"
        print(f"{due:>10,} {wall} {row.app_ms:8.1f} {row.database_ms:8.1f} {row.statements:>4}   {plan}")


def rows() -> list[Row]:
    """The same for the table: one row for each amount."""
    found = []
    for due, cost, _ in measured():
        limit = NEWLY_DUE[due]
        work = f"sweep, {due:,} newly due of {CLOCKS:,} clocks"
        budget = Budget(cpu_ms=limit) if limit else Budget()
        found.append(Row(work, budget, app_ms=cost.app_ms, database_ms=cost.database_ms, statements=cost.statements))
    return found


class Cost:
    def __init__(self, wall_s: float, app_ms: float, database_ms: float, statements: int) -> None:
        self.wall_s, self.app_ms, self.database_ms, self.statements = wall_s, app_ms, database_ms, statements


def measured() -> list[tuple[int, Cost, str]]:
    from sla.actions import sweeping

    make()
    at, swept, found = BEGAN, 0, []
    for _ in range(10):  # warm: what is compiled once, and connections
        sweeping.sweep(at=at)
    for due in NEWLY_DUE:
        # The next clock is due a second after the one before.
        at = BEGAN + timedelta(seconds=swept + due) + sweeping.LAG
        plan = _plan(at)
        costs = [_cost(at, due if turn == 0 else 0) for turn in range(1 if due else 20)]
        found.append((due, sorted(costs, key=lambda cost: cost.wall_s)[len(costs) // 2], plan))
        swept += due
    return found


def _cost(at: datetime, expected: int) -> Cost:
    from django.db import connection

    from sla.actions import sweeping

    count = 0

    def counted(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        nonlocal count
        count += 1
        return execute(sql, params, many, context)

    backend = backend_pid()
    application, database, wall = time.process_time(), cpu_ms_of(backend), time.perf_counter()
    with connection.execute_wrapper(counted):
        swept = sweeping.sweep(at=at)
    cost = Cost(
        time.perf_counter() - wall,
        1000 * (time.process_time() - application),
        cpu_ms_of(backend) - database,
        count,
    )
    assert (swept.flags, swept.breaches) == (expected, expected), swept
    return cost


def _plan(at: datetime) -> str:
    """How the rows of one batch are found: rows, pages of 8 KB, milliseconds."""
    from django.db import connection, transaction

    from sla.actions import sweeping

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "explain (analyze, buffers, format json) " + sweeping.PASSED, [at - sweeping.LAG, sweeping.BATCH]
        )
        answer = cursor.fetchone()[0]
        transaction.set_rollback(True)
    (top,) = answer if isinstance(answer, list) else json.loads(answer)
    plan = top["Plan"]
    scans = sorted(set(_scans(plan)))
    pages = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    return f"{plan['Actual Rows']:.0f} rows, {pages:,} pages, {top['Execution Time']:.2f} ms: {', '.join(scans)}"


def _scans(plan: dict) -> list[str]:  # type: ignore[type-arg]
    own = [f"{plan['Node Type']} {plan.get('Index Name', '')}".strip()] if "Relation Name" in plan else []
    return own + [scan for part in plan.get("Plans", []) for scan in _scans(part)]


def make() -> None:
    """A million clocks, a tenth of them running and warned already, by SQL: one falls due a second from `BEGAN` on."""
    from django.db import connection

    from sla.actions import keeping
    from sla.models import PolicyVersion
    from tickets.models import Queue, Team, Ticket, User

    began = time.monotonic()
    calendar = keeping.make_calendar(
        name="Pomiar", zone="UTC", weekly={day: [("00:00", "24:00")] for day in range(7)}, at=BEGAN
    )
    policy = keeping.make_policy(
        name="Pomiar", calendar=calendar, targets={2: {"resolution": 14_400}}, conditions="tag:pomiar", at=BEGAN
    )
    version = PolicyVersion.objects.get(policy=policy)
    calendar_version = calendar.versions.get().pk
    queue = Queue.objects.first() or Queue.objects.create(name="Pomiar", team=Team.objects.create(name="Pomiar"))
    requester = User.objects.create(email="pomiar@bench.example", name="Pomiar", role="requester")
    first = Ticket.objects.create(
        subject="Pomiar", queue=queue, requester=requester, channel="email", opened_at=BEGAN, updated_at=BEGAN
    )
    columns = [each.column for each in Ticket._meta.local_concrete_fields if each.column != "id" and not each.generated]
    promised = {
        "due_at": "case when n <= %s then %s + n * interval '1 second' end",
        "sla_state": "case when n <= %s then 'running' else '' end",
        "sla_metric": "case when n <= %s then 'resolution' else '' end",
    }
    with connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")  # no look-up of foreign keys, row by row
        cursor.execute(
            f"""
            with made as (
                insert into tickets_ticket ({", ".join(columns)})
                select {", ".join(promised.get(column, "t." + column) for column in columns)}
                from tickets_ticket t, generate_series(1, %s) n where t.id = %s returning id
            ), numbered as (select id, row_number() over (order by id) n from made)
            insert into sla_clock (ticket_id, metric, cycle, state, policy_version_id, calendar_version_id, target_s,
                started_at, runs, used_s, running_since, stopped_at, due_at, breached_at, reached, overdue_s, due_rev,
                next_at, next_level)
            select id, case c when 1 then 'resolution' else 'next_response' end, c,
                case when c > 1 then 'met' when n <= %s then 'running' else 'paused' end,
                %s, %s, 14400, %s + (n - 14400) * interval '1 second', '[]', 0,
                case when c = 1 and n <= %s then %s + (n - 14400) * interval '1 second' end, null,
                case when c = 1 and n <= %s then %s + n * interval '1 second' end, null,
                case when c = 1 and n <= %s then jsonb_build_array(
                    jsonb_build_array('used:75', %s + (n - 3600) * interval '1 second', false),
                    jsonb_build_array('minutes:-30', %s + (n - 1800) * interval '1 second', false)
                ) else '[]' end, 0, 0,
                case when c = 1 and n <= %s then %s + n * interval '1 second' end,
                case when c = 1 and n <= %s then 'breach' else '' end
            from numbered, generate_series(1, %s) c
            """,  # noqa: S608  names of our own columns
            [
                *(RUNNING, BEGAN, RUNNING, RUNNING, CLOCKS // CLOCKS_OF_A_TICKET, first.pk),
                *(RUNNING, version.pk, calendar_version, BEGAN, RUNNING, BEGAN, RUNNING, BEGAN),
                *(RUNNING, BEGAN, BEGAN, RUNNING, BEGAN, RUNNING, CLOCKS_OF_A_TICKET),
            ],
        )
        cursor.execute("set session_replication_role = origin")
        for table in ("sla_clock", "tickets_ticket"):
            cursor.execute(f"vacuum (analyze) {table}")
    print(f"{CLOCKS:,} clocks made in {time.monotonic() - began:.0f} s.", flush=True)


if __name__ == "__main__":
    main()
