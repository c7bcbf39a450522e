import signal
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from helpdesk.backup import contents, making
from helpdesk.lib import postgres_tools


class Command(BaseCommand):
    help = "Write a checked backup of the database and all attachments, while the desk works."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--into", type=Path, default=settings.BACKUP_DIR, help="the folder of all backups (BACKUP_DIR)"
        )
        parser.add_argument("--keep", type=int, help="delete all but so many of the newest")

    def handle(self, *args: Any, into: Path, keep: int | None, **options: Any) -> None:
        if keep is not None and keep < 1:
            raise CommandError("--keep must be at least 1: the new backup is one of them.")
        signal.signal(signal.SIGTERM, _leave)
        try:
            folder, manifest = making.back_up(into.resolve(), keep=keep, say=self.stdout.write)
        except (making.CannotBackUp, contents.Broken, postgres_tools.CannotRun, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{folder}\n  {sum(manifest.rows.values()):,} rows in {len(manifest.rows)} tables, "
            f"{manifest.files:,} attachments ({manifest.bytes / 1e6:,.1f} MB), written and read again."
        )
        if manifest.lost:
            raise CommandError(
                f"The backup is there, but {len(manifest.lost)} attachments that the database names are missing or "
                f"damaged in the storage, first {manifest.lost[0]}: look for them in an older backup."
            )


def _leave(number: int, frame: object) -> None:
    raise SystemExit(128 + number)
