"""Read the IMAP mailboxes now: `manage.py fetch_mail [--mailbox NAME] [--loop]`."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error, close_old_connections

from tickets.channels.email import imap, processing
from tickets.models import Mailbox


class Command(BaseCommand):
    requires_system_checks = []
    help = "Store and process what is new in the active mailboxes (the worker does the same every 15 seconds)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--mailbox", help="name of one mailbox; else all active ones")
        parser.add_argument("--loop", action="store_true", help="go on until stopped")
        parser.add_argument("--pause", type=float, default=5.0, help="seconds between two rounds of --loop")

    def handle(self, *args: Any, **options: Any) -> None:
        while True:
            try:
                is_good = self._round(options["mailbox"])
                processing.process_stored()
            except Error as error:
                if not options["loop"]:
                    raise
                self.stderr.write(f"The database is away: {error}")
            else:
                if not options["loop"] and not is_good:
                    raise CommandError("Not all mailboxes could be read.")
            if not options["loop"]:
                return
            time.sleep(options["pause"])
            close_old_connections()

    def _round(self, name: str | None) -> bool:
        folders = Mailbox.objects.filter(kind=Mailbox.Kind.IMAP)
        mailboxes = folders.filter(name=name) if name else folders.filter(is_active=True)
        if name and not mailboxes:
            raise CommandError(f"There is no IMAP folder named {name!r}.")
        is_good = True
        for mailbox in mailboxes:
            stored = imap.fetch(mailbox, waits=True)
            mailbox.refresh_from_db(fields=["last_error"])
            is_good &= not mailbox.last_error
            self.stdout.write(f"{mailbox.name}: {mailbox.last_error or f'{stored} new'}")
        return is_good
