"""Raise the flags of promises that are about to break or have broken: `manage.py sla_sweep --once`."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from helpdesk.lib import clock
from sla.actions import announcing, sweeping

EVERY_S = 30


class Command(BaseCommand):
    help = (
        "Raise a flag for every level that a running clock has passed, and tell whom it concerns. The worker does the "
        "same every 30 seconds; beside it, and beside others, this is safe. Without --once it goes on until stopped."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="one run, then end")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        while True:
            began = time.monotonic()
            swept = sweeping.sweep(at=clock.database_now())
            took_ms = (time.monotonic() - began) * 1000
            told = announcing.announce(at=swept.at)
            self.stdout.write(
                f"{swept.at:%Y-%m-%d %H:%M:%S} UTC: {swept.clocks:,} clocks passed a level, {swept.flags:,} flags "
                f"raised, {swept.breaches:,} promises broken, oldest found {swept.late_s:,} s late; {took_ms:.1f} ms. "
                f"{told:,} people told."
            )
            if once:
                return
            time.sleep(EVERY_S)
