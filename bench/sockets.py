"""`make bench-sockets`: many open pages and many changes a second, from the change to what a page shows.

The real stack serves; this process holds the sockets, makes the changes, and for some of the pages fetches what a page
fetches after a hint. "hint" is from a change's commit to the frame; "screen" adds the page's own wait and the answer
with the new rows. The load of the machine stands beside the figures: everything shares it.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import random
import tempfile
import threading
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")
os.environ.setdefault("LOG_LEVEL", "ERROR")

ROWS = 50
WAIT_S = (0.1, 0.5)
"""As static/js/live.js gathers hints."""
AFTER_S = 8.0


@dataclass
class Figures:
    made: dict[int, list[float]] = field(default_factory=dict)
    """When each ticket's changes were committed."""
    hint_s: list[float] = field(default_factory=list)
    screen_s: list[float] = field(default_factory=list)
    frames: int = 0
    bytes: int = 0
    errors: int = 0

    def newest(self, ticket: int, until: float) -> float | None:
        return next((at for at in reversed(self.made.get(ticket, [])) if at <= until), None)


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench-sockets", description=__doc__)
    parser.add_argument("--sockets", type=int, default=500)
    parser.add_argument("--pages", type=int, default=25, help="so many of them fetch what changed, as pages do")
    parser.add_argument("--changes", type=float, default=20, help="a second")
    parser.add_argument("--seconds", type=float, default=20)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dyzur-bench-") as folder:
        os.environ["DATA_DIR"] = folder
        django.setup()
        _prepare()
        _measure(arguments)


def _prepare() -> None:
    """A small demo: what a hint and a page of rows cost does not depend on how many tickets there are."""
    from django.conf import settings
    from django.core.management import call_command

    from helpdesk import supervisor

    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    call_command("demo", reset=True, tickets=1500, unsolved=500, verbosity=0)
    offset_s = supervisor.clock_offset_s()
    settings.CLOCK_OFFSET = timedelta(seconds=offset_s)
    os.environ["CLOCK_OFFSET_S"] = str(offset_s)


def _measure(arguments: argparse.Namespace) -> None:
    import psutil

    from bench import stack
    from helpdesk import launch
    from helpdesk.lib import processes
    from tickets.models import Ticket

    port = next(port for port in range(18800, 19800, 2) if processes.is_free(port) and processes.is_free(port + 1))
    shown = list(Ticket.objects.unsolved().order_by("work_at", "id").values_list("pk", flat=True)[: 4 * ROWS])
    figures = Figures()
    with stack._parts(port) as running:
        cookies = _cookies()
        live = psutil.Process(running[list(launch.PARTS).index("live")].pid)
        before = sum(live.cpu_times()[:2])
        began = time.monotonic()
        asyncio.run(_run(arguments, port, cookies, shown, figures))
        cpu = (sum(live.cpu_times()[:2]) - before) / (time.monotonic() - began)
    _print(arguments, figures, cpu)


def _cookies() -> list[str]:
    from django.conf import settings
    from django.test import Client

    from tickets.models import Role, User

    cookies = []
    for person in User.objects.filter(role__in=[Role.AGENT, Role.LEAD, Role.ADMIN], is_active=True).order_by("pk"):
        client = Client(HTTP_HOST="localhost")
        client.force_login(person)
        cookies.append(f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}")
    return cookies


async def _run(
    arguments: argparse.Namespace, port: int, cookies: list[str], shown: list[int], figures: Figures
) -> None:
    ready = asyncio.Semaphore(25)  # so many sign on at once
    up = 0
    over = asyncio.Event()

    async def page(number: int) -> None:
        nonlocal up
        from websockets.asyncio.client import connect

        cookie = cookies[number % len(cookies)]
        mine = set(random.sample(shown, ROWS))
        try:
            async with ready:
                address, headers = f"ws://127.0.0.1:{port + 1}/live/", {"Cookie": cookie}
                line = await connect(address, origin=f"http://localhost:{port}", additional_headers=headers)
        except (OSError, TimeoutError):
            figures.errors += 1
            return
        await line.send(json.dumps({"type": "shows", "tickets": sorted(mine)}))
        await line.send(json.dumps({"type": "here", "ticket": random.choice(shown), "doing": "reading"}))
        up += 1
        reading = asyncio.create_task(_listen(line, mine, number < arguments.pages, port, cookie, figures))
        await over.wait()
        reading.cancel()
        await line.close()

    pages = [asyncio.create_task(page(number)) for number in range(arguments.sockets)]
    while up + figures.errors < arguments.sockets:
        await asyncio.sleep(0.2)
    print(f"{up} sockets are open. Changing for {arguments.seconds:.0f} s ...", flush=True)
    changing = threading.Thread(target=_change, args=(arguments, shown, figures))
    changing.start()
    while changing.is_alive():
        await asyncio.sleep(0.2)
    await asyncio.sleep(AFTER_S)
    over.set()
    await asyncio.gather(*pages)


async def _listen(line: Any, mine: set[int], fetches: bool, port: int, cookie: str, figures: Figures) -> None:
    from bench import stack

    waiting: dict[int, float] = {}
    asking: asyncio.Task[None] | None = None

    async def ask() -> None:
        await asyncio.sleep(random.uniform(*WAIT_S))
        asked = dict(waiting)
        waiting.clear()
        path = f"/queue/rows/?numbers={','.join(map(str, asked))}"
        await asyncio.to_thread(stack._get, port, path, cookie)
        figures.screen_s.extend(time.monotonic() - at for at in asked.values())

    async for text in line:
        now = time.monotonic()
        frame = json.loads(text)
        figures.frames += 1
        figures.bytes += len(text)
        for ticket in frame.get("tickets", []) if frame["type"] == "changed" else []:
            at = figures.newest(ticket, now)
            if at is not None:
                figures.hint_s.append(now - at)
                if fetches and ticket in mine:
                    waiting.setdefault(ticket, at)
        if waiting and (asking is None or asking.done()):
            asking = asyncio.create_task(ask())


def _change(arguments: argparse.Namespace, shown: list[int], figures: Figures) -> None:
    from django.db import connection

    from helpdesk.lib import clock
    from tickets.actions.changing import change_priority
    from tickets.models import Role, Ticket, User

    admin = User.objects.filter(role=Role.ADMIN, is_active=True).order_by("pk").first()
    began = time.monotonic()
    for number in itertools.count():
        due = began + number / arguments.changes
        if due > began + arguments.seconds:
            break
        time.sleep(max(0.0, due - time.monotonic()))
        ticket = Ticket.objects.get(pk=shown[number % len(shown)])
        change_priority(ticket=ticket, to=1 + ticket.priority % 4, by=admin, at=clock.now())
        figures.made.setdefault(ticket.pk, []).append(time.monotonic())
    connection.close()


def _print(arguments: argparse.Namespace, figures: Figures, cpu: float) -> None:
    made = sum(len(times) for times in figures.made.values())
    print(f"\n{arguments.sockets} sockets, {made} changes in {arguments.seconds:.0f} s, {arguments.pages} pages fetch")
    load, cores = os.getloadavg()[0], os.cpu_count()
    print(f"load of the machine {load:.1f} on {cores} cores; {figures.errors} sockets did not open\n")
    print(f"{'from a change to':18} {'number':>9} {'p50 s':>8} {'p95 s':>8} {'p99 s':>8} {'most s':>8}")
    for name, found in (("the hint", figures.hint_s), ("the screen", figures.screen_s)):
        ordered = sorted(found) or [0.0]
        at = [ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in (0.5, 0.95, 0.99, 1)]
        print(f"{name:18} {len(found):9,} " + " ".join(f"{each:8.2f}" for each in at))
    sent = f"{figures.frames:,} frames, {figures.bytes / 2**20:.1f} MiB"
    print(f"\n{sent}; the live process took {100 * cpu:.0f} % of a core")


if __name__ == "__main__":
    main()
