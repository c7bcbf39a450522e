from __future__ import annotations

import os
import time
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from helpdesk import supervisor
from helpdesk.demo import many
from helpdesk.demo.rows import Made
from helpdesk.demo.seed import empty, fill, tidy
from tickets.models import User


class Command(BaseCommand):
    """The demo company's Monday morning, in an empty database."""

    help = "Fill an empty database with the demo: one company, its people, its tickets, on Monday 9 March 2026 at 8:00."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=1, help="the same number makes the same data (1)")
        parser.add_argument(
            "--tickets",
            type=_number,
            help="instead of Monday's backlog half a year of so many tickets, 100 to 1,000,000",
        )
        parser.add_argument("--open", type=_number, dest="unsolved", help="so many of --tickets are open (one in ten)")
        parser.add_argument("--reset", action="store_true", help="first throw away everything that is in the database")

    def handle(
        self,
        *args: Any,
        seed: int,
        reset: bool,
        tickets: int | None = None,
        unsolved: int | None = None,
        **options: Any,
    ) -> None:
        if tickets is None and unsolved is not None:
            raise CommandError("--open goes with --tickets.")
        if tickets is not None and not many.LEAST <= tickets <= many.MOST:
            raise CommandError(f"--tickets must be between {many.LEAST} and {many.MOST:,}.")
        if tickets is not None and unsolved is not None and not 1 <= unsolved <= tickets // 2:
            raise CommandError("--open must be between 1 and half of --tickets.")
        if not settings.DEMO:
            raise CommandError("DEMO=0: this is not a demo, and its people shall not get a password anyone can read.")
        if User.objects.exists():
            if not reset:
                raise CommandError("The database has people in it already. --reset throws everything away first.")
            empty()
        started = time.monotonic()
        made = self._fill(seed, tickets, unsolved or (tickets or 0) // 10)
        if "CLOCK_OFFSET_S" not in os.environ:
            path = supervisor.clock_path(settings.DATA_DIR)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(str(supervisor.clock_offset_s()))
        self.stdout.write(
            f"The demo is ready: {made.unsolved:,} open and {made.solved:,} solved tickets, "
            f"{made.messages:,} messages, {made.files:,} files, {made.people:,} people "
            f"({time.monotonic() - started:.0f} s)."
        )

    def _fill(self, seed: int, tickets: int | None, unsolved: int) -> Made:
        bars: list[tqdm[Any]] = []

        def progress(what: str, total: int) -> Callable[[int], Any]:
            for bar in bars:
                bar.close()
            bars.append(tqdm(total=total, desc=what, unit="", leave=False, mininterval=0.2))
            return bars[-1].update

        try:
            if tickets is None:
                made = fill(seed=seed, progress=progress)
            else:
                made = many.fill(tickets=tickets, unsolved=unsolved, seed_number=seed, progress=progress)
        finally:
            for bar in bars:
                bar.close()
        tidy()
        return made


def _number(text: str) -> int:
    """A whole number, with commas or without: 100,000."""
    return int(text.replace(",", "").replace("_", ""))
