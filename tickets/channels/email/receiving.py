"""Keeping mail first and understanding it afterwards. Nothing can be lost between the two: the bytes are committed
before anybody is told that we have them, and processing is one transaction that can be repeated."""

import hashlib
import logging
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import F
from django.template.defaultfilters import filesizeformat

from tickets.actions.errors import Refused
from tickets.channels.email import identity, troubles
from tickets.channels.email.accepting import CannotAccept, Outcome, accept
from tickets.channels.email.automated import Kind
from tickets.channels.email.mime import TooComplex
from tickets.channels.email.parsing import ParsedMail, parse
from tickets.models import InboundMessage, Mailbox, Outbox

MAX_ATTEMPTS = 5
# SQLSTATE classes: connection, rollback (deadlock), resources (disk full), object in use, operator, system.
_OUTAGES = ("08", "40", "53", "55", "57", "58")

log = logging.getLogger(__name__)


def store(
    raw: bytes,
    *,
    mailbox: Mailbox | None,
    at: datetime,
    envelope_to: str = "",
    uidvalidity: int | None = None,
    uid: int | None = None,
    size: int | None = None,
) -> tuple[InboundMessage, bool]:
    """Keep a mail and commit. Returns the row and whether it is new; the same bytes in the same mailbox are one row.

    `size` differs from the length of `raw` only for a mail too large to fetch, of which just the header is kept.
    """
    digest = hashlib.sha256(raw).hexdigest()
    mine = InboundMessage.objects.filter(mailbox=mailbox, sha256=digest).defer("raw")
    if found := mine.first():
        return found, False
    try:
        with transaction.atomic():
            row = InboundMessage.objects.create(
                mailbox=mailbox,
                sha256=digest,
                raw=raw,
                size=len(raw) if size is None else size,
                uidvalidity=uidvalidity,
                uid=uid,
                envelope_to=envelope_to[:320],
                received_at=at,
            )
    except IntegrityError:
        return mine.get(), False  # another fetcher was faster by a moment
    return row, True


def process(inbound_id: int, *, at: datetime, waits: bool = False) -> InboundMessage | None:
    """Understand one stored mail. None when there is nothing to do: done already, or in another worker's hands.

    With `waits` a row in other hands is waited for and returned as they left it. Nothing a mail can hold escapes as an
    exception: what cannot be processed is quarantined with a reason, and the next mail goes on; what kills its reader
    is tried `MAX_ATTEMPTS` times. A database or a disk that is away or full is no fault of the mail: it stays stored
    for the next run, however often.
    """
    attempts = _begin(inbound_id, waits=waits)
    if attempts is None:
        return _as_it_is(inbound_id) if waits else None
    if attempts > MAX_ATTEMPTS:
        return _quarantine(inbound_id, troubles.READ_TOO_OFTEN % {"times": MAX_ATTEMPTS}, at=at)
    try:
        try:
            row = _processed(inbound_id, at=at, waits=waits)
        except IntegrityError:
            # A copy of the same mail was accepted in this very moment; now it can be seen.
            row = _processed(inbound_id, at=at, waits=waits)
        return _as_it_is(inbound_id) if row is None and waits else row
    except (CannotAccept, Refused, TooComplex) as reason:
        return _quarantine(inbound_id, str(reason), at=at)
    except Exception as error:
        if _is_outage(error):
            log.warning("inbound mail %s waits: database or storage could not do it now: %s", inbound_id, error)
            InboundMessage.objects.filter(pk=inbound_id).update(attempts=F("attempts") - 1)
            return None
        # The boundary to strangers: whatever their mail breaks must not stop the mails behind it.
        log.exception("inbound mail %s could not be processed", inbound_id)
        return _quarantine(inbound_id, _unread(error), at=at)


def _as_it_is(inbound_id: int) -> InboundMessage:
    return InboundMessage.objects.select_related("ticket").defer("raw").get(pk=inbound_id)


def _is_outage(error: Exception) -> bool:
    """Whether database or storage failed for a reason that lies with them: gone, full, busy. Hours of that must not
    leave a person with a list of good mails to read again."""
    if isinstance(error, OperationalError | InterfaceError):
        code: str | None = getattr(error.__cause__, "pgcode", None)
        return code is None or code.startswith(_OUTAGES)
    return isinstance(error, OSError)


def _unread(error: Exception) -> str:
    return troubles.UNREADABLE % {"error": type(error).__name__}


def _begin(inbound_id: int, *, waits: bool) -> int | None:
    """Count the attempt and commit, so that a mail which kills its reader cannot do so for ever."""
    with transaction.atomic():
        row = _locked(inbound_id, waits=waits, unread=True)
        if row is None:
            return None
        row.attempts += 1
        row.save(update_fields=["attempts"])
        return row.attempts


def _locked(inbound_id: int, *, waits: bool = False, unread: bool = False) -> InboundMessage | None:
    """The row for us alone while it waits to be processed; with `unread` without its bytes."""
    rows = InboundMessage.objects.select_for_update(skip_locked=not waits, of=("self",), no_key=True)
    rows = rows.filter(pk=inbound_id, state=InboundMessage.State.STORED)
    if unread:
        rows = rows.defer("raw")
    return rows.select_related("mailbox", "mailbox__queue").first()


@transaction.atomic
def _processed(inbound_id: int, *, at: datetime, waits: bool) -> InboundMessage | None:
    row = _locked(inbound_id, waits=waits)
    if row is None:
        return None
    if row.size > settings.MAIL_MAX_BYTES:
        raise CannotAccept(
            troubles.TOO_LARGE % {"size": filesizeformat(row.size), "limit": filesizeformat(settings.MAIL_MAX_BYTES)}
        )
    mail = parse(bytes(row.raw), own_instance=identity.instance())
    row.sender, row.subject = mail.sender.address[:320] if mail.sender else "", mail.subject[:300]
    outcome = _own_mail(mail) if mail.automation.kind is Kind.OWN else accept(mail, row, at=at)
    row.state, row.why, row.reason = outcome.state, outcome.why[:200], "; ".join(mail.problems)[:2000]
    row.ticket, row.message, row.processed_at = outcome.ticket, outcome.message, at
    row.save(update_fields=["sender", "subject", "state", "why", "reason", "ticket", "message", "processed_at"])
    return row


def _own_mail(mail: ParsedMail) -> Outcome:
    """Our own mail came back to one of our mailboxes: what it says is on its ticket already."""
    sent = Outbox.objects.select_related("ticket", "message").filter(mail_id=mail.message_id).first()
    return Outcome(
        InboundMessage.State.DUPLICATE,
        sent.ticket if sent else None,
        sent.message if sent else None,
        "sent by this desk itself",
    )


@transaction.atomic
def _quarantine(inbound_id: int, reason: str, *, at: datetime) -> InboundMessage | None:
    row = _locked(inbound_id)
    if row is None:
        return None
    row.state, row.reason, row.processed_at = InboundMessage.State.QUARANTINED, reason, at
    row.sender, row.subject = _glance(bytes(row.raw[:65536]))
    row.save(update_fields=["state", "reason", "processed_at", "sender", "subject"])
    return row


def _glance(head: bytes) -> tuple[str, str]:
    """Sender and subject for the list of failures, as far as they can be read at all."""
    try:
        mail = parse(head.partition(b"\r\n\r\n")[0].partition(b"\n\n")[0] + b"\n\n")
    except Exception:
        return "", ""  # the raw mail is there for whoever wants to know
    return mail.sender.address[:320] if mail.sender else "", mail.subject[:300]
