"""Take one mail from a mail server: `manage.py receive_mail [--mailbox NAME] < message`."""

import json
import logging
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error

from helpdesk.lib import clock
from tickets.channels.email import receiving
from tickets.models import InboundMessage, Mailbox

MAX_BYTES = 256 * 1024 * 1024
"""More than that is refused unread: it would not fit into a row. What is above the limit for mail is quarantined."""
TRY_AGAIN_LATER = 75  # EX_TEMPFAIL of sysexits.h: the mail server keeps the mail and comes back
DATA_ERROR = 65  # EX_DATAERR

log = logging.getLogger(__name__)


class Command(BaseCommand):
    requires_system_checks = []  # a mail server starts this for each mail: no need to load every page first
    help = "Store one mail from standard input and process it. Prints one line of JSON; exits 0 once the mail is kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--mailbox", help="name of the mailbox it came by; else the recipient address chooses")
        parser.add_argument(
            "--recipient", default="", help="the address of the envelope, where the mail server knows it"
        )
        parser.add_argument("--no-process", action="store_true", help="only keep it; a worker processes it")

    def handle(self, *args: Any, **options: Any) -> None:
        raw = sys.stdin.buffer.read(MAX_BYTES + 1)
        if not raw.strip():
            raise CommandError("There is no mail on standard input.", returncode=DATA_ERROR)
        if len(raw) > MAX_BYTES:
            raise CommandError(f"The mail is larger than {MAX_BYTES} bytes.", returncode=DATA_ERROR)
        try:
            row, is_new = self._stored(raw, **options)
        except Error as error:
            raise CommandError(f"The mail is not kept: {error}", returncode=TRY_AGAIN_LATER) from error
        was_processed = row.state != InboundMessage.State.STORED
        if not options["no_process"]:
            try:
                row = receiving.process(row.pk, at=clock.now(), waits=True) or row
            except Error:
                # It is kept; that is all a mail server needs to know. A worker goes on with it.
                log.exception("inbound mail %s is kept but was not processed", row.pk)
        came_before = not is_new and was_processed and row.state == InboundMessage.State.ACCEPTED
        state = InboundMessage.State.DUPLICATE if came_before else row.state
        answer = {"inbound": row.pk, "state": state, "ticket": row.ticket_id, "message": row.message_id}
        self.stdout.write(json.dumps(answer))

    def _stored(self, raw: bytes, *, mailbox: str | None, recipient: str, **_: Any) -> tuple[InboundMessage, bool]:
        source = None
        if mailbox:
            source = Mailbox.objects.filter(name=mailbox).first()
            if source is None:
                raise CommandError(f"There is no mailbox named {mailbox!r}.", returncode=TRY_AGAIN_LATER)
        return receiving.store(raw, mailbox=source, at=clock.now(), envelope_to=recipient)
