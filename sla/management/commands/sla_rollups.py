"""Count the dashboard's weekly sums anew, or prove that they are those of the raw tickets."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from helpdesk.lib import clock
from sla.actions import tallying
from sla.models import Tally


class Command(BaseCommand):
    help = "Counts the dashboard's weekly sums anew. With --check: fails where the raw count differs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="Change nothing; say where kept and raw count differ.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["check"]:
            tallying.count_all(at=clock.database_now())
            self.stdout.write(f"{Tally.objects.count():,} sums are kept.")
            return
        with transaction.atomic():
            if not connection.savepoint_ids:  # inside another transaction the picture is that one's
                with connection.cursor() as cursor:
                    cursor.execute("set transaction isolation level repeatable read")
            found = tallying.differences()
            count = Tally.objects.count()
        for each in found[:50]:
            queue, figure, key = each.what
            self.stdout.write(
                f"{each.week} queue {queue} {figure} {key}: kept {each.kept[1]} of {each.kept[0]}, "
                f"counted {each.counted[1]} of {each.counted[0]}"
            )
        if found:
            raise CommandError(f"{len(found):,} of {count:,} sums differ from the raw count.")
        self.stdout.write(f"All {count:,} sums are those of the raw count.")
