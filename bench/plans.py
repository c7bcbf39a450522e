"""How PostgreSQL finds what lists, searches and counts show: every statement of each, explained as it is run."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from bench.reading import AGENT, works

LARGE = (
    "tickets_ticket", "tickets_message", "tickets_event", "tickets_attachment", "tickets_outbox",
    "tickets_notification", "tickets_searchtext", "tickets_searchword",
    "sla_clock", "sla_standing", "sla_agreement", "sla_flag", "sla_notice",
)  # fmt: skip
SMALL_ROWS = 1000
"""Reading the whole of a table is no fault as long as it has no more rows than this."""


@dataclass(frozen=True)
class Plan:
    """One statement: how long it took, pages of 8 KB it looked at, how each large table was read."""

    work: str
    ms: float
    pages: int
    scans: tuple[str, ...]
    reads_whole_table: bool


def explained() -> list[Plan]:
    """Of each piece of reading the statements that touch large tables, and of taking the next ticket."""
    plans = [plan for work in works() for plan in _plans(work.name, work.call)]
    return plans + _plans("take next", _take_next)


def _take_next() -> None:
    from helpdesk.lib import clock
    from tickets.actions import assigning
    from tickets.models import User

    assert assigning.take_next(by=User.objects.get(email=AGENT), at=clock.now()).assignee


def _plans(work: str, call: Callable[[], object]) -> list[Plan]:
    """What the work changes is taken back."""
    from django.core.cache import cache
    from django.db import connection, transaction
    from django.test.utils import CaptureQueriesContext

    cache.clear()
    with transaction.atomic():
        with CaptureQueriesContext(connection) as captured:
            call()
        transaction.set_rollback(True)
    found = []
    for sql in dict.fromkeys(query["sql"] for query in captured.captured_queries):
        if not sql.lstrip().lower().startswith("select") or not any(table in sql for table in LARGE):
            continue
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("explain (analyze, buffers, format json) " + sql.replace("%", "%%"), [])
            plan = cursor.fetchone()[0]
            transaction.set_rollback(True)
        found.append(_plan(work, (json.loads(plan) if isinstance(plan, str) else plan)[0]))
    return [plan for plan in found if plan.scans]


def _plan(work: str, explained: dict[str, Any]) -> Plan:
    root = explained["Plan"]
    nodes = list(_walk(root))
    scans = [node for node in nodes if node.get("Relation Name") in LARGE or node["Node Type"] == "Bitmap Index Scan"]
    whole = [
        node
        for node in scans
        if node["Node Type"] == "Seq Scan"
        and (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"] > SMALL_ROWS
    ]
    return Plan(
        work=work,
        ms=explained["Planning Time"] + explained["Execution Time"],
        pages=root.get("Shared Hit Blocks", 0) + root.get("Shared Read Blocks", 0),
        scans=tuple(dict.fromkeys(_said(node) for node in scans if node["Node Type"] != "Bitmap Heap Scan")),
        reads_whole_table=bool(whole),
    )


def _walk(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", []):
        yield from _walk(child)


def _said(node: dict[str, Any]) -> str:
    """As "unsolved_in_order", or "tickets_ticket, whole"."""
    if node["Actual Loops"] == 0:
        return f"({node.get('Index Name') or node.get('Relation Name')})"
    name = node.get("Index Name")
    return str(name) if name else f"{node.get('Relation Name')} WHOLE"


def print_plans(plans: list[Plan]) -> None:
    print(
        "\nHow it is found (EXPLAIN ANALYZE: planning and running, pages of 8 KB, indexes; in brackets: not needed)\n"
    )
    last = ""
    for plan in plans:
        name = plan.work if plan.work != last else ""
        last = plan.work
        mark = "WHOLE TABLE READ: " if plan.reads_whole_table else ""
        print(f"{name[:46]:46} {plan.ms:8.2f} ms {plan.pages:7d}   {mark}{', '.join(plan.scans)}")
