"""Reading IMAP mailboxes. A mail is marked as seen only after its bytes are committed here, so a fetcher may die at any
moment; what two fetchers read at once is one row by its hash."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Value
from django.db.models.functions import Coalesce
from imapclient import DELETED, SEEN, IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from helpdesk.lib import clock, egress, secrets
from tickets.actions import mailboxes
from tickets.channels.email import connecting, receiving, troubles
from tickets.channels.email.connecting import CannotConnect
from tickets.models import InboundMessage, Mailbox

RECONNECTS = 3
VISIT_S = 120
"""A visit ends after so many seconds, so that a full mailbox leaves room for the others; the next one goes on."""
MAX_HEADER_BYTES = 256 * 1024
"""What is fetched of a mail too large to keep."""
_AT_ONCE = 500
_LOCK_CLASS = 0x4D41494C  # "MAIL": our half of PostgreSQL's advisory locks

log = logging.getLogger(__name__)


class CannotMove(IMAPClientError):
    """What was read could not be moved to the folder for read mail; it is stored and marked as seen."""


def fetch(mailbox: Mailbox, *, waits: bool = False) -> int:
    """Store and process what is new in the mailbox; returns how many mails were stored. Never raises for the server's
    faults: they stand in `Mailbox.last_error`, and the next run tries again.

    One fetcher per mailbox works at a time; the others return at once, or wait for their turn with `waits`. That only
    saves work: what keeps it right is the key of the rows.
    """
    with _only_one(mailbox, waits=waits) as is_mine:
        if not is_mine:
            return 0
        stored = 0
        error, is_read = "", True
        numbers = mailbox.uidvalidity, mailbox.last_uid, mailbox.first_uid
        for _ in range(RECONNECTS):
            # A visit that broke off may have forgotten them for new ones without having looked at all mail.
            mailbox.uidvalidity, mailbox.last_uid, mailbox.first_uid = numbers
            try:
                for is_new in _fetched(mailbox):
                    stored += is_new
                error, is_read = "", True
                break
            except CannotMove as reason:
                error, is_read = str(reason), True
                break
            except (egress.Refused, CannotConnect, secrets.CannotUnseal) as reason:
                error, is_read = str(reason), False
                break
            except (IMAPClientError, OSError) as reason:
                # A connection that drops: what was committed is known by its UID, and reading goes on from there.
                where = {"folder": mailbox.folder, "host": mailbox.host}
                error, is_read = troubles.READING_FAILED % {**where, "error": str(reason)[:400]}, False
        if error:
            log.warning("mailbox %s: %s", mailbox.pk, error)
        _note(mailbox, error, is_read=is_read, at=clock.now())
        return stored


def _note(mailbox: Mailbox, error: str, *, is_read: bool, at: datetime) -> None:
    failing_since = None if is_read else Coalesce("failing_since", Value(at))
    rows = Mailbox.objects.filter(pk=mailbox.pk, **_place(mailbox))
    if not rows.update(last_fetch_at=at, last_error=error, failing_since=failing_since, lag_s=mailbox.lag_s):
        # Turned elsewhere during the visit, which has kept mail with numbers of the old folder since.
        mailboxes.forget_numbers(mailbox)


def _place(mailbox: Mailbox) -> dict[str, Any]:
    return {name: getattr(mailbox, name) for name in ("host", "username", "folder")}


@contextmanager
def _only_one(mailbox: Mailbox, *, waits: bool) -> Iterator[bool]:
    """A lock that PostgreSQL drops by itself when the fetcher or its connection dies."""
    with connection.cursor() as cursor:
        if waits:
            cursor.execute("select pg_advisory_lock(%s, %s)", [_LOCK_CLASS, mailbox.pk])
            is_mine = True
        else:
            cursor.execute("select pg_try_advisory_lock(%s, %s)", [_LOCK_CLASS, mailbox.pk])
            (is_mine,) = cursor.fetchone()
    try:
        yield is_mine
    finally:
        if is_mine:
            with connection.cursor() as cursor:
                cursor.execute("select pg_advisory_unlock(%s, %s)", [_LOCK_CLASS, mailbox.pk])


def _fetched(mailbox: Mailbox) -> Iterator[bool]:
    """One visit: yields for each mail whether it was new. Processing follows the flag, mail by mail."""
    began_at = clock.now()
    with connecting.session(mailbox) as client:
        folder = connecting.open_folder(client, mailbox)
        uidvalidity, uid_next = int(folder[b"UIDVALIDITY"]), int(folder.get(b"UIDNEXT", 0))
        is_renumbered = mailbox.uidvalidity not in (None, uidvalidity)
        if mailbox.uidvalidity != uidvalidity:
            # The server has numbered its mail anew: numbers that we know say nothing any more, hashes still do.
            mailbox.uidvalidity, mailbox.last_uid = uidvalidity, None
        uids = _renumbered_uids(client, mailbox, uid_next) if is_renumbered else _new_uids(client, mailbox)
        shelf = _Shelf(client, mailbox)
        handled = mailbox.last_uid or 0
        until = time.monotonic() + VISIT_S
        while uids and time.monotonic() < until:
            rows = InboundMessage.objects.filter(mailbox=mailbox, uidvalidity=uidvalidity, uid__in=uids)
            known = {uid: pk for uid, pk in rows.values_list("uid", "pk") if uid is not None}
            _finish(client, shelf, known)
            for uid, (size, came_at) in _sizes(client, [uid for uid in uids if uid not in known]):
                yield _take(client, shelf, mailbox, uid=uid, size=size, came_at=came_at)
                handled = max(handled, uid)
                if time.monotonic() > until:
                    break
            else:
                handled = max(handled, uids[-1])
                uids = [uid for uid in _new_uids(client, mailbox) if uid > handled]  # what came meanwhile
        if not uids:
            handled = max(handled, uid_next - 1)
            mailbox.last_read_at = began_at
        _remember(mailbox, handled)
        if shelf.error:
            where = {"folder": mailbox.processed_folder, "error": shelf.error}
            raise CannotMove(troubles.MOVING_FAILED % where)


def _remember(mailbox: Mailbox, handled: int) -> None:
    """How far the folder is read, unless the mailbox has been turned to another folder meanwhile."""
    mailbox.last_uid = handled or None
    Mailbox.objects.filter(pk=mailbox.pk, **_place(mailbox)).update(
        uidvalidity=mailbox.uidvalidity,
        last_uid=mailbox.last_uid,
        first_uid=mailbox.first_uid,
        last_read_at=mailbox.last_read_at,
    )


def _new_uids(client: IMAPClient, mailbox: Mailbox) -> list[int]:
    """Unseen mail, and everything that came after our last visit: somebody may have read it in another program."""
    uids = {int(uid) for uid in client.search(["UNSEEN", "UNDELETED"])}
    if mailbox.last_uid is not None:
        # "n:*" always names the last mail, even below n.
        later = client.search(["UID", f"{mailbox.last_uid + 1}:*", "UNDELETED"])
        uids |= {int(uid) for uid in later if uid > mailbox.last_uid}
    return sorted(uid for uid in uids if uid >= (mailbox.first_uid or 0))


def _renumbered_uids(client: IMAPClient, mailbox: Mailbox, uid_next: int) -> list[int]:
    """What may be new where all numbers are: what came since a day before the folder was last read to its end, read by
    somebody or not, and all unseen mail unless old mail is to be left alone. Hashes tell what we have."""
    recent = {int(uid) for uid in client.search(["SINCE", _day_before_it_was_read(mailbox), "UNDELETED"])}
    if mailbox.first_uid is None:
        recent |= {int(uid) for uid in client.search(["UNSEEN", "UNDELETED"])}
    else:
        mailbox.first_uid = min(recent, default=uid_next)
    return sorted(recent)


def _day_before_it_was_read(mailbox: Mailbox) -> date:
    ago = clock.now() - (mailbox.last_read_at or clock.now())
    return (clock.real_now() - ago - timedelta(days=1)).date()


def _sizes(client: IMAPClient, uids: list[int]) -> Iterator[tuple[int, tuple[int, datetime | None]]]:
    """Each mail that is still there, with its size and when it came to the server."""
    for start in range(0, len(uids), _AT_ONCE):
        some = uids[start : start + _AT_ONCE]
        answers = client.fetch(some, ["RFC822.SIZE", "INTERNALDATE"])
        for uid in some:
            if data := answers.get(uid):
                yield uid, (int(data[b"RFC822.SIZE"]), data.get(b"INTERNALDATE"))


def _take(
    client: IMAPClient, shelf: "_Shelf", mailbox: Mailbox, *, uid: int, size: int, came_at: datetime | None
) -> bool:
    """Fetch, commit, flag, move, process; in this order. A mail above the limit leaves its body on the server."""
    at = clock.now()
    is_too_large = size > settings.MAIL_MAX_BYTES
    item = f"BODY.PEEK[HEADER]<0.{MAX_HEADER_BYTES}>" if is_too_large else "BODY.PEEK[]"
    raw = client.fetch([uid], [item]).get(uid, {}).get(b"BODY[HEADER]<0>" if is_too_large else b"BODY[]")
    if raw is None:
        return False  # somebody else has removed it meanwhile
    row, is_new = receiving.store(
        raw, mailbox=mailbox, at=at, uidvalidity=mailbox.uidvalidity, uid=uid, size=size if is_too_large else None
    )
    if came_at is not None and is_new:
        mailbox.lag_s = max(0, round((clock.real_now() - came_at).total_seconds()))
    try:
        client.add_flags([uid], [SEEN], silent=True)
        if not is_too_large:
            shelf.put([uid])
    finally:
        receiving.process(row.pk, at=at)  # the mail is ours, whatever happens to the line
    return is_new


def _finish(client: IMAPClient, shelf: "_Shelf", known: dict[int, int]) -> None:
    """What an earlier visit committed before it ended: flag and move it, and process what still waits."""
    uids = sorted(known)
    for start in range(0, len(uids), _AT_ONCE):
        some = uids[start : start + _AT_ONCE]
        client.add_flags(some, [SEEN], silent=True)
        shelf.put(some)
    waiting = InboundMessage.objects.filter(pk__in=known.values(), state=InboundMessage.State.STORED)
    for pk in waiting.order_by("pk").values_list("pk", flat=True):
        receiving.process(pk, at=clock.now())


class _Shelf:
    """The folder for mail that was read, made when it is missing. What cannot be moved stays where it is, marked as
    seen: `error` says why, and nothing more is tried in this visit."""

    def __init__(self, client: IMAPClient, mailbox: Mailbox) -> None:
        self.client = client
        self.typed = "" if mailbox.processed_folder == mailbox.folder else mailbox.processed_folder
        self.folder = ""
        self.error = ""

    def put(self, uids: list[int]) -> None:
        if not self.typed or self.error or not uids:
            return
        try:
            self.folder = self.folder or self._found()
            self._move(uids)
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            self.error = str(error)[:300]

    def _found(self) -> str:
        return connecting.known_as(self.client, self.typed) or connecting.created(self.client, self.typed)

    def _move(self, uids: list[int]) -> None:
        """Without MOVE (RFC 6851) by copying. Without UIDPLUS only the mark is left for mail programs to clean up:
        a plain EXPUNGE would remove what others have marked."""
        if self.client.has_capability("MOVE"):
            self.client.move(uids, self.folder)
            return
        self.client.copy(uids, self.folder)
        self.client.add_flags(uids, [DELETED], silent=True)
        if self.client.has_capability("UIDPLUS"):
            self.client.uid_expunge(uids)
