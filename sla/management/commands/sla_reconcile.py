"""Are all clocks what their events say? `manage.py sla_reconcile`, and `--fix` to make them so."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from helpdesk.lib import clock
from sla.actions import reconciling
from sla.models import Standing

SHOWN = 100


class Command(BaseCommand):
    help = (
        "Read the events of every ticket again and report each difference from its stored clocks. Ends with an error "
        "when there is one that is not mended. Safe beside a running desk, and to run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--fix", action="store_true", help="store what the events give")

    def handle(self, *args: Any, fix: bool, verbosity: int, **options: Any) -> None:
        after, read, differing = 0, 0, 0
        with tqdm(total=Standing.objects.count(), unit=" tickets", file=sys.stderr, disable=verbosity == 0) as bar:
            while numbers := reconciling.standing_tickets(after):
                # Times are read anew: what the sweep finds meanwhile is no difference, and a large desk takes minutes.
                for number in reconciling.suspected(numbers, at=clock.database_now()):
                    found = reconciling.reconcile(number, at=clock.database_now(), fixes=fix)
                    differing += bool(found)
                    if differing <= SHOWN:
                        for difference in found:
                            self.stdout.write(str(difference))
                bar.update(len(numbers))
                read, after = read + len(numbers), numbers[-1]
        said = f"{read:,} tickets read, {differing:,} differed"
        if differing and not fix:
            raise CommandError(f"{said}. --fix stores what the events give.")
        self.stdout.write(f"{said}{', all mended' if differing else ''}.")
