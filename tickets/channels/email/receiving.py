"""Keeping mail first and understanding it afterwards. Nothing can be lost between the two: the bytes are committed
before anybody is told that we have them. They are read by a child that may die of them (`reading`), and what they say
is accepted in one transaction; both can be repeated."""

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.template.defaultfilters import filesizeformat

from tickets.actions.errors import Refused
from tickets.channels.email import importing, matching, reading, troubles
from tickets.channels.email.accepting import Outcome, accept
from tickets.channels.email.automated import Automation, Kind
from tickets.channels.email.bounds import GLANCE_BYTES
from tickets.channels.email.contents import CannotAccept
from tickets.channels.email.parsing import ParsedMail
from tickets.channels.email.reading import NotQuick, Unreadable
from tickets.models import InboundMessage, Mailbox, Outbox

MAX_ATTEMPTS = 5
_LOCK_CLASS = 0x444D4C  # "DML", of the advisory locks with one long key: apart from those with two
# SQLSTATE classes: connection, rollback (deadlock), resources (disk full), object in use, operator, system.
_OUTAGES = ("08", "40", "53", "55", "57", "58")
_OTHER_SCHEMA = {"42703", "42P01", "42501", "25006"}
"""A column, a table or a right that is not there, a database that only reads: another release's, or a standby."""

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


def process(inbound_id: int, *, at: datetime, waits: bool = False, is_quick: bool = False) -> InboundMessage | None:
    """Understand one stored mail. None when there is nothing to do: done already, or in another worker's hands.

    With `waits` a row in other hands is waited for and returned as they left it. Nothing a mail can hold escapes as an
    exception: what cannot be processed is quarantined with a reason, and the next mail goes on; what kills its reader
    is tried `MAX_ATTEMPTS` times. With `is_quick` only a mail that was never tried is, and one that costs much stays
    stored (`reading.NotQuick`). A database or a disk that is away or full is no fault of the mail: it stays stored
    for the next run, however often.
    """
    with _only_one(inbound_id, waits=waits) as is_ours:
        row = _process(inbound_id, at=at, waits=waits, is_quick=is_quick) if is_ours else None
        return _as_it_is(inbound_id) if row is None and waits else row


def _process(inbound_id: int, *, at: datetime, waits: bool, is_quick: bool) -> InboundMessage | None:
    """Count the attempt, read outside of any transaction, accept in one."""
    begun = _begin(inbound_id, is_first=is_quick)
    if begun is None:
        return None
    sender = subject = ""
    try:
        mail = _read(begun, is_quick=is_quick)
        sender, subject = mail.sender.address[:320] if mail.sender else "", mail.subject[:300]
        try:
            return _accepted(inbound_id, mail, at=at, waits=waits)
        except IntegrityError:
            # A copy of the same mail was accepted in this very moment; now it can be seen.
            return _accepted(inbound_id, mail, at=at, waits=waits)
    except NotQuick:
        return None
    except Unreadable as reason:
        return _quarantine(inbound_id, str(reason), sender=reason.sender, subject=reason.subject, at=at)
    except (CannotAccept, Refused) as reason:
        return _quarantine(inbound_id, str(reason), sender=sender, subject=subject, at=at)
    except Exception as error:
        if is_outage(error):
            log.warning("inbound mail %s waits: the machine could not do it now: %s", inbound_id, error)
            InboundMessage.objects.filter(pk=inbound_id).update(attempts=F("attempts") - 1)
            return None
        # The boundary to strangers: whatever their mail breaks must not stop the mails behind it.
        log.exception("inbound mail %s could not be processed", inbound_id)
        sentence = troubles.UNREADABLE % {"error": type(error).__name__}
        return _quarantine(inbound_id, sentence, sender=sender, subject=subject, at=at)


@contextmanager
def _only_one(inbound_id: int, *, waits: bool) -> Iterator[bool]:
    """Two workers must not read one mail at the same time. A row lock would need a transaction for as long as a bad
    mail takes, and an open transaction holds back the event feed; this lock needs none, and PostgreSQL drops it when
    the worker or its connection dies."""
    key = [_LOCK_CLASS << 32 | inbound_id]
    with connection.cursor() as cursor:
        if waits:
            cursor.execute("select pg_advisory_lock(%s)", key)
            is_ours = True
        else:
            cursor.execute("select pg_try_advisory_lock(%s)", key)
            (is_ours,) = cursor.fetchone()
    try:
        yield is_ours
    finally:
        if is_ours:
            try:
                with connection.cursor() as cursor:
                    cursor.execute("select pg_advisory_unlock(%s)", key)
            except (OperationalError, InterfaceError):
                pass  # the connection is gone, and the lock with it


def _as_it_is(inbound_id: int) -> InboundMessage:
    return InboundMessage.objects.select_related("ticket").defer("raw").get(pk=inbound_id)


def is_outage(error: Exception) -> bool:
    """Whether database, storage or machine failed for a reason that lies with them: gone, full, busy, not migrated yet.
    Hours of that must not leave a person with a list of good mails to read again."""
    if isinstance(error, OperationalError | InterfaceError):
        code: str | None = getattr(error.__cause__, "pgcode", None)
        return code is None or code.startswith(_OUTAGES)
    if isinstance(error, DatabaseError):
        return getattr(error.__cause__, "pgcode", None) in _OTHER_SCHEMA
    return isinstance(error, OSError)


# Counts the attempt and hands out the mail, whole or, when it is too large to be read, its head.
_BEGIN = """
    update tickets_inboundmessage set attempts = attempts + 1
     where id = %(id)s and state = %(stored)s and (attempts = 0 or not %(is_first)s)
    returning attempts, size, case when size <= %(limit)s then raw else substring(raw from 1 for %(glance)s) end
"""


def _begin(inbound_id: int, *, is_first: bool) -> tuple[int, int, memoryview] | None:
    """Count the attempt, committed before the mail is read, so that one which kills its worker cannot do so for ever.

    Returns attempts, size and bytes; None when the mail does not wait to be processed, or with `is_first` was tried
    before. Only a mail within `MAIL_MAX_BYTES` is loaded whole.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _BEGIN,
            {
                "id": inbound_id,
                "stored": InboundMessage.State.STORED,
                "is_first": is_first,
                "limit": settings.MAIL_MAX_BYTES,
                "glance": GLANCE_BYTES,
            },
        )
        row: tuple[int, int, memoryview] | None = cursor.fetchone()
    return row


def _locked(inbound_id: int, *, waits: bool = False) -> InboundMessage | None:
    """The row, without its bytes, for us alone while it waits to be processed."""
    rows = InboundMessage.objects.select_for_update(skip_locked=not waits, of=("self",), no_key=True)
    rows = rows.filter(pk=inbound_id, state=InboundMessage.State.STORED).defer("raw").order_by()
    return rows.select_related("mailbox").first()


def _read(begun: tuple[int, int, memoryview], *, is_quick: bool) -> ParsedMail:
    """What the mail says. Raises `Unreadable` and `NotQuick`."""
    attempts, size, raw = begun
    if attempts > MAX_ATTEMPTS:
        raise _unread(raw, troubles.READ_TOO_OFTEN % {"times": MAX_ATTEMPTS})
    if size > settings.MAIL_MAX_BYTES:
        words = {"size": filesizeformat(size), "limit": filesizeformat(settings.MAIL_MAX_BYTES)}
        raise _unread(raw, troubles.TOO_LARGE % words)
    return reading.read(raw, is_quick=is_quick)


def _unread(head: bytes | memoryview, reason: str) -> Unreadable:
    sender, subject = reading.glance(head)
    return Unreadable(reason, sender=sender, subject=subject)


@transaction.atomic
def _accepted(inbound_id: int, mail: ParsedMail, *, at: datetime, waits: bool) -> InboundMessage | None:
    row = _locked(inbound_id, waits=waits)
    if row is None:
        return None
    row.sender, row.subject = mail.sender.address[:320] if mail.sender else "", mail.subject[:300]
    outcome = outcome_of(mail, row, at=at)
    row.state, row.why, row.reason = outcome.state, outcome.why[:200], "; ".join(mail.problems)[:2000]
    row.ticket, row.message, row.processed_at = outcome.ticket, outcome.message, at
    row.save(update_fields=["sender", "subject", "state", "why", "reason", "ticket", "message", "processed_at"])
    return row


def outcome_of(mail: ParsedMail, row: InboundMessage, *, at: datetime, open_for: timedelta | None = None) -> Outcome:
    """Accept the mail, by the way it came; `open_for` is for imports. Raises `CannotAccept` and the refusals
    of actions."""
    if mail.automation.kind is Kind.OWN:
        if matching.is_own(mail, at=at):
            return _own_mail(mail)
        automation = Automation(Kind.GENERATED, "our own header on a mail that we never sent")
        mail = replace(mail, automation=automation)
    return importing.accept(mail, row, at=at, open_for=open_for) if row.is_imported else accept(mail, row, at=at)


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
def _quarantine(inbound_id: int, reason: str, *, sender: str, subject: str, at: datetime) -> InboundMessage | None:
    row = _locked(inbound_id)
    if row is None:
        return None
    row.state, row.reason, row.processed_at = InboundMessage.State.QUARANTINED, reason, at
    row.sender, row.subject = sender, subject
    row.save(update_fields=["state", "reason", "processed_at", "sender", "subject"])
    return row
