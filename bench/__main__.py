"""`make bench`: what the work of a desk costs, on this machine, in this run.

Each row does bounded work, checks its answer and prints processor time, which is steadier than wall time on a busy
machine: this process plus the PostgreSQL backend it talks to. The first rows are the calibration: a bare view and
`SELECT 1`. Compare ratios inside one table, never figures of two machines.
"""

import argparse
import base64
import hashlib
import multiprocessing
import os
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")
os.environ.setdefault("LOG_LEVEL", "ERROR")

CLIENTS = 8
MAIL_WORKERS = 2
TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Row:
    """One line of the table. ``cpu_ms`` is processor milliseconds per request, application and database."""

    work: str
    cpu_ms: float | None = None
    database_ms: float | None = None
    statements: int | None = None
    rate_per_s: float | None = None
    budget: str = ""


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=60, help="requests per row, after a warm-up")
    parser.add_argument("--writes", type=int, default=800, help="tickets opened, and replies written, by all clients")
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory(prefix="dyzur-bench-") as folder:
        os.environ["DATA_DIR"] = folder  # what the demo stores must not mix with a running desk's
        django.setup()
        run(arguments.rounds, arguments.writes)


def run(rounds: int, writes_count: int) -> None:
    from django.conf import settings
    from django.core.management import call_command

    from helpdesk import supervisor

    print("Preparing the demo's data (1,546 open tickets, 10,000 solved) ...", flush=True)
    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    call_command("demo")
    settings.CLOCK_OFFSET = timedelta(seconds=supervisor.clock_offset_s())
    rows = [*calibration(rounds), *pages(rounds), *writes(writes_count), *mails(writes_count)]
    print_table(rows)


def calibration(rounds: int) -> list[Row]:
    from django.db import connection
    from django.test import Client

    client = Client(HTTP_HOST="localhost")

    def select_one() -> None:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
            assert cursor.fetchone() == (1,)

    return [
        measured("calibration: bare view", lambda: expect(client.get("/healthz"), b"ok"), rounds * 5),
        measured("calibration: SELECT 1", select_one, rounds * 20),
    ]


def pages(rounds: int) -> list[Row]:
    from django.test import Client

    from helpdesk.lib import clock
    from tickets.models import Ticket, User

    agent = User.objects.get(email="agnieszka.wrona@bursztyn.example")
    client = Client(HTTP_HOST="localhost")
    client.force_login(agent)
    ticket = Ticket.objects.worked_by(agent, clock.now()).unsolved().filter(messages__kind="note").in_work_order()[0]
    subject = ticket.subject.split("&")[0].split("'")[0].encode()
    return [
        measured("queue page, 50 rows", lambda: expect(client.get("/queue/"), b'class="row'), rounds, "15 ms, 8"),
        measured(
            "queue page, about to breach",
            lambda: expect(client.get("/queue/?view=at_risk"), b'class="row'),
            rounds,
            "15 ms, 8",
        ),
        measured(
            "ticket page", lambda: expect(client.get(f"/tickets/{ticket.pk}/"), subject[:12]), rounds, "15 ms, 10"
        ),
    ]


def measured(work: str, call: Callable[[], None], rounds: int, budget: str = "") -> Row:
    """Processor time of ``rounds`` calls after five warm-up calls, and the statements of one."""
    from django.core.cache import cache
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for _ in range(5):
        call()
    cache.clear()
    with CaptureQueriesContext(connection) as captured:
        call()
    statements = len(captured)  # now: the next request empties the log behind it
    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        backend = cursor.fetchone()[0]
    application, database = [], backend_ms(backend)
    for _ in range(rounds):
        started = time.process_time()
        call()
        application.append((time.process_time() - started) * 1000)
    spent = (backend_ms(backend) - database) / rounds
    return Row(work, statistics.median(application) + spent, spent, statements, budget=budget)


def writes(count: int) -> list[Row]:
    return [
        Row(f"tickets opened, {CLIENTS} clients", rate_per_s=rate(open_tickets, count), budget="300/s"),
        Row(f"replies written, {CLIENTS} clients", rate_per_s=rate(write_replies, count), budget="300/s"),
        Row(f"take next, {CLIENTS} clients", rate_per_s=rate(take_next, min(count, 400))),
    ]


def mails(count: int) -> list[Row]:
    """Two workers, as in production; each reads in a child of its own."""
    bombs = count // 10
    return [
        Row("mails read and accepted, 2 workers", rate_per_s=rate(receive_mails, count, MAIL_WORKERS), budget="50/s"),
        Row(
            f"good mails beside {bombs} bombs",
            rate_per_s=rate(receive_mails_and_bombs, count, MAIL_WORKERS),
            budget="all of them",
        ),
    ]


def rate(job: Callable[[int, int], None], count: int, clients: int = CLIENTS) -> float:
    """How often a second ``job`` is done by ``clients`` processes at once, each with its own connection."""
    from django.db import connections

    connections.close_all()
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(clients + 1)
    share = count // clients

    def run(client: int) -> None:
        from django.db import connection

        connection.ensure_connection()
        barrier.wait()
        job(client, share)

    processes = [context.Process(target=run, args=(client,)) for client in range(clients)]
    for process in processes:
        process.start()
    barrier.wait()
    started = time.perf_counter()
    for process in processes:
        process.join()
    wall = time.perf_counter() - started
    assert all(process.exitcode == 0 for process in processes), "a client failed"
    return share * clients / wall


def open_tickets(client: int, count: int) -> None:
    from helpdesk.lib import clock
    from tickets.actions import opening
    from tickets.models import Queue, User

    queue = Queue.objects.first()
    requester = User.objects.filter(role="requester")[client]
    assert queue is not None
    for number in range(count):
        opening.open_ticket(
            requester=requester,
            queue=queue,
            channel="web",
            subject=f"Measured {client}-{number}",
            text="Nie działa drukarka etykiet.",
            by=requester,
            at=clock.now(),
        )


def write_replies(client: int, count: int) -> None:
    from helpdesk.lib import clock
    from tickets.actions import replying
    from tickets.models import Ticket, User

    agent = User.objects.get(email="agnieszka.wrona@bursztyn.example")
    tickets = Ticket.objects.worked_by(agent, clock.now()).unsolved().order_by("id")
    mine = list(tickets[client * count : (client + 1) * count])
    assert len(mine) == count, "not enough tickets"
    for ticket in mine:
        replying.reply(ticket=ticket, by=agent, text="Sprawdzamy to teraz.", at=clock.now())


def take_next(client: int, count: int) -> None:
    from helpdesk.lib import clock
    from tickets.actions import assigning
    from tickets.models import User

    agent = list(User.objects.filter(role="agent").order_by("id"))[client]
    for _ in range(count):
        try:
            assigning.take_next(by=agent, at=clock.now())
        except assigning.NothingWaits:
            return


def receive_mails(client: int, count: int) -> None:
    assert states_of([mail(f"{client}-{number}") for number in range(count)]) == {"accepted": count}


def receive_mails_and_bombs(client: int, count: int) -> None:
    """Before every tenth mail one that is beyond a bound, or that costs what a mail can cost within them."""
    raws = []
    for number in range(count):
        if number % 10 == 0:
            raws.append(BOMBS[number // 10 % len(BOMBS)].replace(b"NUMBER", b"%d-%d" % (client, number)))
        raws.append(mail(f"beside-{client}-{number}"))
    states = states_of(raws)
    assert sum(states.values()) == len(raws), states
    assert states["accepted"] >= count, states


def states_of(raws: list[bytes]) -> Counter[str]:
    """How the mails ended, stored and processed one by one as a mailbox's fetcher does it."""
    from helpdesk.lib import clock
    from tickets.channels.email import receiving

    states: Counter[str] = Counter()
    for raw in raws:
        row, _ = receiving.store(raw, mailbox=None, at=clock.now())
        states[(receiving.process(row.pk, at=clock.now(), waits=True) or row).state] += 1
    return states


def mail(name: str) -> bytes:
    """Text and HTML, a picture in it, a file: about what an office program sends."""
    text = "Dzień dobry,\n\nod rana nie działa drukarka etykiet w magazynie.\n\nPozdrawiam\nŻaneta\n" * 4
    page = text.replace("\n\n", "<p>").replace("\n", "<br>")
    file = base64.encodebytes(b"%PDF-1.4\n" + hashlib.sha256(name.encode()).digest() * 1000).decode()
    return f"""From: Żaneta Gęś <zaneta-{name}@sklep.example>
To: it@bursztyn.example
Subject: =?utf-8?q?Nie_dzia=C5=82a_drukarka?= {name}
Message-ID: <{name}@bench.example>
Content-Type: multipart/mixed; boundary=a

--a
Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/plain; charset=utf-8

{text}
--b
Content-Type: text/html; charset=utf-8

<html><body><div>{page}</div></body></html>
--b--
--a
Content-Type: application/pdf; name=etykieta.pdf
Content-Transfer-Encoding: base64

{file}
--a--
""".encode()


_BOMB = b"From: eve@bombs.example\nTo: it@bursztyn.example\nMessage-ID: <NUMBER@bombs.example>\n"
BOMBS = [
    _BOMB + b"To: " + b"(" * 1000 + b"a@b.example" + b")" * 1000 + b"\n\nwords\n",
    _BOMB + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(2000)),
    _BOMB + b"Content-Type: a/b" + b"".join(b";\n name*%d*=%%41" % n for n in range(3000)) + b"\n\nwords\n",
    _BOMB + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 100_000,
    _BOMB + b"Content-Type: text/html\n\n" + b"<div>" * 200_000,
    _BOMB + b"X: y\n" * 100_000 + b"\nwords\n",
]


def expect(response: object, part: bytes) -> None:
    content: bytes = response.content  # type: ignore[attr-defined]
    assert response.status_code == 200, response  # type: ignore[attr-defined]
    assert part in content, f"{part!r} is not on the page"


def backend_ms(pid: int) -> float:
    """Processor milliseconds a local PostgreSQL backend has used, 0 where that cannot be read (it is elsewhere)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) * TICK_MS


def print_table(rows: list[Row]) -> None:
    print(f"\n{'work':34} {'CPU ms':>8} {'of it DB':>9} {'SQL':>5} {'per second':>11}   budget")
    for row in rows:
        cells = [
            f"{row.cpu_ms:8.2f}" if row.cpu_ms is not None else " " * 8,
            f"{row.database_ms:9.2f}" if row.database_ms is not None else " " * 9,
            f"{row.statements:5d}" if row.statements is not None else " " * 5,
            f"{row.rate_per_s:11.0f}" if row.rate_per_s is not None else " " * 11,
        ]
        print(f"{row.work:34} {' '.join(cells)}   {row.budget}")
    bare = rows[0].cpu_ms or 1
    ratios = [f"{row.work} {row.cpu_ms / bare:.0f}x" for row in rows[2:] if row.cpu_ms]
    print(f"\nAgainst the bare view: {', '.join(ratios)}.")


if __name__ == "__main__":
    main()
