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
from helpdesk.demo.rows import Made
from helpdesk.demo.seed import empty, fill, tidy
from tickets.models import User


class Command(BaseCommand):
    """The demo company's Monday morning, in an empty database."""

    help = "Fill an empty database with the demo: one company, its people, its tickets, on Monday 9 March 2026 at 8:00."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=1, help="the same number makes the same data (1)")
        parser.add_argument("--reset", action="store_true", help="first throw away everything that is in the database")

    def handle(self, *args: Any, seed: int, reset: bool, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("DEMO=0: this is not a demo, and its people shall not get a password anyone can read.")
        if User.objects.exists():
            if not reset:
                raise CommandError("The database has people in it already. --reset throws everything away first.")
            empty()
        started = time.monotonic()
        made = self._fill(seed)
        if "CLOCK_OFFSET_S" not in os.environ:
            path = supervisor.clock_path(settings.DATA_DIR)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(str(supervisor.clock_offset_s()))
        self.stdout.write(
            f"The demo is ready: {made.unsolved:,} open and {made.solved:,} solved tickets, "
            f"{made.messages:,} messages, {made.files:,} files, {made.people:,} people "
            f"({time.monotonic() - started:.0f} s)."
        )

    def _fill(self, seed: int) -> Made:
        bars: list[tqdm[Any]] = []

        def progress(what: str, total: int) -> Callable[[int], Any]:
            for bar in bars:
                bar.close()
            bars.append(tqdm(total=total, desc=what, unit="", leave=False, mininterval=0.2))
            return bars[-1].update

        try:
            made = fill(seed=seed, progress=progress)
        finally:
            for bar in bars:
                bar.close()
        tidy()
        return made
