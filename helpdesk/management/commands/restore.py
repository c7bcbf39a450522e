from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from helpdesk.backup import contents, restoring
from helpdesk.lib import postgres_tools


class Command(BaseCommand):
    help = "Check a backup and put it into an empty database (or, told so, in place of a desk); says what it found."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="the backup")
        parser.add_argument("--overwrite", action="store_true", help="replace the desk that the database holds")
        parser.add_argument(
            "--check-only", action="store_true", help="read every byte of the backup and change nothing"
        )

    def handle(self, *args: Any, folder: Path, overwrite: bool, check_only: bool, **options: Any) -> None:
        try:
            if check_only:
                manifest = contents.check(folder.resolve())
                self.stdout.write(f"{folder} of {manifest.made_at} is whole.")
                return
            report = restoring.restore(folder.resolve(), overwrite=overwrite, say=self.stdout.write)
        except (contents.Broken, restoring.CannotRestore, postgres_tools.CannotRun, OSError) as error:
            raise CommandError(str(error)) from error
        for mark, lines in (("ok ", report.holds), ("BAD", report.broken)):
            for subject, sentence in lines:
                self.stdout.write(f"  {mark} {subject:<12} {sentence}")
        for note in report.notes:
            self.stdout.write(f"Note: {note}")
        if report.broken:
            raise CommandError("The restored desk is not what was backed up; see the lines marked BAD.")
        self.stdout.write("The desk is as it was at the backup.")
