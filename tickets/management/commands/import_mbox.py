"""Carry an archive over: `manage.py import_mbox FILE|MAILDIR`; `--help` tells the rest."""

import argparse
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import InterfaceError, OperationalError
from tqdm import tqdm

from helpdesk.lib import clock
from tickets.channels.email import archives, carrying, importing
from tickets.models import Mailbox, Queue


def _days(text: str) -> int:
    if not text.isdecimal() or int(text) > 36500:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days")
    return int(text)


class Command(BaseCommand):
    requires_system_checks = []
    help = (
        "Import the mail of an mbox file or a Maildir. Nothing is sent and nobody is told; each mail counts as of its "
        "own date. Stop it whenever you like and start it again: what is here already is left out."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("archive", type=Path, help="an mbox file, or a Maildir with cur and new in it")
        parser.add_argument("--mailbox", help="name of the mailbox the mail came by, if it is known here")
        parser.add_argument("--queue", help="slug of the queue for mail that names none of our addresses")
        parser.add_argument(
            "--open-days",
            type=_days,
            default=importing.OPEN_FOR.days,
            help="what the requester wrote last, less than so many days ago, stays open (default: %(default)s); what "
            "the desk wrote last is solved, what is older is closed",
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would become of the mail")

    def handle(self, *args: Any, **options: Any) -> None:
        mailbox = self._named(Mailbox, "name", options["mailbox"])
        queue = self._named(Queue, "slug", options["queue"])
        path: Path = options["archive"]
        try:
            archive = archives.opened(path)
        except archives.NotAnArchive as error:
            raise CommandError(f"{path} is no archive of mail: {error}.") from error
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
        with tqdm(total=len(archive), unit=" mails", file=sys.stderr, disable=options["verbosity"] == 0) as bar:
            try:
                if options["dry_run"]:
                    self._foresee(archive, mailbox, bar)
                else:
                    open_for = timedelta(days=options["open_days"])
                    terms = carrying.Terms(at=clock.now(), mailbox=mailbox, queue=queue, open_for=open_for)
                    self._carry(archive, terms, bar)
            except (OperationalError, InterfaceError) as error:
                raise CommandError(f"Stopped, the database is away: {error} Start again to go on.") from error
            except OSError as error:
                raise CommandError(f"Stopped: {error}. Start again to go on.") from error

    def _carry(self, archive: archives.Archive, terms: carrying.Terms, bar: Any) -> None:
        done = carrying.carry(archive, terms, seen=bar.update)
        bar.close()
        self._say(len(archive), f"{done.tickets} new tickets, {done.joins} messages on tickets", done, archive)
        if done.gone:
            self.stdout.write(f"{done.gone} files were moved away meanwhile: start again to import them.")

    def _foresee(self, archive: archives.Archive, mailbox: Any, bar: Any) -> None:
        would = carrying.foresee(archive, mailbox=mailbox, at=clock.now(), seen=bar.update)
        bar.close()
        words = f"would be {would.tickets} new tickets, {would.joins} messages on tickets"
        self._say(len(archive), words, would, archive)
        self.stdout.write(f"{would.automated} of them were written by machines. Nothing was imported.")

    def _say(self, count: int, words: str, done: Any, archive: archives.Archive) -> None:
        reasons: Counter[str] = done.reasons
        self.stdout.write(
            f"{count} mails: {words}, {done.duplicates} here already, {reasons.total()} quarantined"
            + (f"; {archive.skipped} drafts and the like left out." if archive.skipped else ".")
        )
        for reason, times in reasons.most_common():
            self.stdout.write(f"  {times} × {reason}")

    def _named(self, model: Any, field: str, value: str | None) -> Any:
        if not value:
            return None
        found = model.objects.filter(**{field: value}).first()
        if found is None:
            raise CommandError(f"There is no {model._meta.verbose_name} named {value!r}.")
        return found
