"""Reading IMAP mailboxes. A mail is marked as seen only after its bytes are committed here, so a fetcher may die at any
moment; what two fetchers read at once is one row by its hash."""

import imaplib
import logging
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection
from imapclient import SEEN, IMAPClient
from imapclient.exceptions import IMAPClientError, LoginError

from helpdesk.lib import clock, egress, secrets
from tickets.channels.email import receiving, troubles
from tickets.models import InboundMessage, Mailbox

TIMEOUT_S = 30
RECONNECTS = 3
_LOCK_CLASS = 0x4D41494C  # "MAIL": our half of PostgreSQL's advisory locks

log = logging.getLogger(__name__)


class CannotConnect(OSError):
    """The mailbox cannot be opened. str() is a sentence for the admin, without the password."""


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
        error = ""
        for _ in range(RECONNECTS):
            try:
                for is_new in _fetched(mailbox):
                    stored += is_new
                error = ""
                break
            except (egress.Refused, CannotConnect, secrets.CannotUnseal) as reason:
                error = str(reason)
                break
            except (IMAPClientError, OSError) as reason:
                # A connection that drops: what was committed is known by its UID, and reading goes on from there.
                where = {"folder": mailbox.folder, "host": mailbox.host}
                error = troubles.READING_FAILED % {**where, "error": str(reason)[:400]}
        if error:
            log.warning("mailbox %s: %s", mailbox.pk, error)
        Mailbox.objects.filter(pk=mailbox.pk).update(last_fetch_at=clock.now(), last_error=error)
        return stored


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
    with _session(mailbox) as client:
        folder = client.select_folder(mailbox.folder)
        uidvalidity, uid_next = int(folder[b"UIDVALIDITY"]), int(folder.get(b"UIDNEXT", 0))
        if mailbox.uidvalidity != uidvalidity:
            # The server has numbered its mail anew: numbers that we know say nothing any more, hashes still do.
            mailbox.uidvalidity, mailbox.last_uid = uidvalidity, None
        uids = _new_uids(client, mailbox)
        rows = InboundMessage.objects.filter(mailbox=mailbox, uidvalidity=uidvalidity)
        known = dict(rows.filter(uid__in=uids).values_list("uid", "pk"))
        sizes = _sizes(client, [uid for uid in uids if uid not in known])
        for uid in uids:
            if uid in known:
                # An earlier visit ended between the commit and the flag.
                client.add_flags([uid], [SEEN], silent=True)
                receiving.process(known[uid], at=clock.now())
            elif uid in sizes:
                yield _take(client, mailbox, uid=uid, size=sizes[uid], at=clock.now())
        if uid_next:
            mailbox.last_uid = max(uid_next - 1, mailbox.last_uid or 0)
        mailbox.save(update_fields=["uidvalidity", "last_uid"])


def _new_uids(client: IMAPClient, mailbox: Mailbox) -> list[int]:
    """Unseen mail, and everything that came after our last visit: somebody may have read it in another program."""
    uids = {int(uid) for uid in client.search(["UNSEEN", "UNDELETED"])}
    if mailbox.last_uid is not None:
        # "n:*" always names the last mail, even below n.
        later = client.search(["UID", f"{mailbox.last_uid + 1}:*", "UNDELETED"])
        uids |= {int(uid) for uid in later if uid > mailbox.last_uid}
    return sorted(uids)


def _sizes(client: IMAPClient, uids: list[int]) -> dict[int, int]:
    sizes: dict[int, int] = {}
    for start in range(0, len(uids), 500):
        answers = client.fetch(uids[start : start + 500], ["RFC822.SIZE"])
        sizes.update({int(uid): int(data[b"RFC822.SIZE"]) for uid, data in answers.items()})
    return sizes


def _take(client: IMAPClient, mailbox: Mailbox, *, uid: int, size: int, at: datetime) -> bool:
    """Fetch, commit, flag, process; in this order. A mail above the limit leaves its body on the server."""
    is_too_large = size > settings.MAIL_MAX_BYTES
    item = "BODY.PEEK[HEADER]" if is_too_large else "BODY.PEEK[]"
    answer = client.fetch([uid], [item]).get(uid, {})
    raw = answer.get(item.replace(".PEEK", "").encode())
    if raw is None:
        return False  # somebody else has removed it meanwhile
    row, is_new = receiving.store(
        raw, mailbox=mailbox, at=at, uidvalidity=mailbox.uidvalidity, uid=uid, size=size if is_too_large else None
    )
    try:
        client.add_flags([uid], [SEEN], silent=True)
    finally:
        receiving.process(row.pk, at=at)  # the mail is ours, whatever happens to the line
    return is_new


@contextmanager
def _session(mailbox: Mailbox) -> Iterator[IMAPClient]:
    client = _connected(mailbox)
    try:
        yield client
        client.logout()
    finally:
        try:
            client.shutdown()
        except (OSError, IMAPClientError):
            pass  # closed already, by either side


def _connected(mailbox: Mailbox) -> IMAPClient:
    """A client that is logged in. Raises `CannotConnect` with the sentence that the admin reads."""
    try:
        client = _Client(mailbox)
        if mailbox.security == Mailbox.Security.STARTTLS:
            client.starttls(ssl.create_default_context())
    except egress.Refused:
        raise
    except ssl.SSLCertVerificationError as error:
        raise CannotConnect(troubles.BAD_CERTIFICATE % {"host": mailbox.host, "error": error.verify_message}) from error
    except (OSError, IMAPClientError) as error:
        raise CannotConnect(
            troubles.CANNOT_REACH % {"host": mailbox.host, "port": mailbox.port, "error": error}
        ) from error
    try:
        client.login(mailbox.username, mailbox.password)
    except LoginError as error:
        client.shutdown()
        raise CannotConnect(troubles.WRONG_PASSWORD % {"host": mailbox.host}) from error
    return client


class _Client(IMAPClient):
    """IMAPClient over a connection that `egress` has judged."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._is_tls = mailbox.security == Mailbox.Security.TLS
        super().__init__(mailbox.host, mailbox.port, ssl=self._is_tls, timeout=TIMEOUT_S)

    def _create_IMAP4(self) -> imaplib.IMAP4:
        return _Transport(self.host, self.port, ssl.create_default_context() if self._is_tls else None)


class _Transport(imaplib.IMAP4):
    def __init__(self, host: str, port: int, context: ssl.SSLContext | None) -> None:
        self._context = context
        super().__init__(host, port, timeout=TIMEOUT_S)

    def _create_socket(self, timeout: Any = None) -> socket.socket:
        plain = egress.connect(self.host, self.port, timeout=TIMEOUT_S)
        return self._context.wrap_socket(plain, server_hostname=self.host) if self._context else plain
