"""Reading IMAP mailboxes. A mail is marked as seen only after its bytes are committed here, so a fetcher may die at any
moment; what two fetchers read at once is one row by its hash. Mail is stored some at a time and processed beside that
(`processing`): what one costs keeps no other on the server."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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
from tickets.channels.email import connecting, processing, reaching, receiving, troubles
from tickets.channels.email.connecting import CannotConnect
from tickets.models import InboundMessage, Mailbox

RECONNECTS = 3
VISIT_S = 120
"""A visit ends after so many seconds, so that a full mailbox leaves room for the others; the next one goes on."""
MAX_HEADER_BYTES = 256 * 1024
"""What is fetched of a mail too large to keep."""
BATCH = 50
BATCH_BYTES = 4 * 1024 * 1024
"""What is fetched with one command; after a line that broke, one mail."""
MAX_FAULTS = 10
"""Mails that the server does not hand out in one visit; then the server itself is at fault."""
_AT_ONCE = 500
_LOCK_CLASS = 0x4D41494C  # "MAIL": our half of PostgreSQL's advisory locks

log = logging.getLogger(__name__)


class Incomplete(IMAPClientError):
    """The folder was read but for what str() says: mail that the server did not hand out, or read mail that could not
    be moved, which is stored and marked as seen."""


@dataclass(frozen=True)
class _Letter:
    """A mail that lies there. `came_at`: when it came to the server."""

    uid: int
    size: int
    came_at: datetime | None


def fetch(mailbox: Mailbox, *, waits: bool = False) -> int:
    """Store and process what is new in the mailbox; returns how many mails were stored. Never raises for the server's
    faults: they stand in `Mailbox.last_error`, and the next run tries again. Mail that costs much may be left stored.

    One fetcher per mailbox works at a time; the others return at once, or wait for their turn with `waits`. That only
    saves work: what keeps it right is the key of the rows. The next one need not wait for what is only processed.
    """
    with processing.Crew(for_s=VISIT_S + processing.RUN_S) as crew, _only_one(mailbox, waits=waits) as is_mine:
        if not is_mine:
            return 0
        stored = 0
        error, is_read = "", True
        numbers = mailbox.uidvalidity, mailbox.last_uid, mailbox.first_uid
        for attempt in range(RECONNECTS):
            # A visit that broke off may have forgotten them for new ones without having looked at all mail.
            mailbox.uidvalidity, mailbox.last_uid, mailbox.first_uid = numbers
            try:
                for is_new in _fetched(mailbox, crew, at_once=1 if attempt else BATCH):
                    stored += is_new
                error, is_read = "", True
                break
            except Incomplete as reason:
                error, is_read = str(reason), True
                break
            except (egress.Refused, CannotConnect, secrets.CannotUnseal) as reason:
                error, is_read = str(reason), False
                break
            except (IMAPClientError, OSError) as reason:
                # A connection that drops: what was committed is known by its UID, and reading goes on from there.
                log.info("mailbox %s: %s", mailbox.pk, reason)
                error, is_read = reaching.why_unread(reason, folder=mailbox.folder, host=mailbox.host), False
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


def _fetched(mailbox: Mailbox, crew: processing.Crew, *, at_once: int = BATCH) -> Iterator[bool]:
    """One visit: yields for each mail whether it was new."""
    began_at = clock.now()
    with connecting.session(mailbox) as client:
        folder = connecting.open_folder(client, mailbox)
        uidvalidity, uid_next = connecting.numbers(folder, mailbox)
        is_renumbered = mailbox.uidvalidity not in (None, uidvalidity)
        if mailbox.uidvalidity != uidvalidity:
            # The server has numbered its mail anew: numbers that we know say nothing any more, hashes still do.
            mailbox.uidvalidity, mailbox.last_uid = uidvalidity, None
        uids = _renumbered_uids(client, mailbox, uid_next) if is_renumbered else _new_uids(client, mailbox)
        visit = _Visit(client, mailbox, crew)
        handled = mailbox.last_uid or 0
        until = time.monotonic() + VISIT_S
        while uids and time.monotonic() < until:
            rows = InboundMessage.objects.filter(mailbox=mailbox, uidvalidity=uidvalidity, uid__in=uids)
            known = {uid: pk for uid, pk in rows.values_list("uid", "pk") if uid is not None}
            visit.finish(known)
            for batch in _batches(_letters(client, [uid for uid in uids if uid not in known]), at_once):
                yield from visit.take(batch)
                handled = max(handled, batch[-1].uid)
                if time.monotonic() > until:
                    break
            else:
                handled = max(handled, uids[-1])
                uids = [uid for uid in _new_uids(client, mailbox) if uid > handled]  # what came meanwhile
        if not uids:
            handled = max(handled, uid_next - 1)
            mailbox.last_read_at = began_at
        _remember(mailbox, handled)
        visit.complain()


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
        mailbox.first_uid = min(recent, default=max(uid_next, connecting.uid_after(client)))
    return sorted(recent)


def _day_before_it_was_read(mailbox: Mailbox) -> date:
    ago = clock.now() - (mailbox.last_read_at or clock.now())
    return (clock.real_now() - ago - timedelta(days=1)).date()


def _letters(client: IMAPClient, uids: list[int]) -> Iterator[_Letter]:
    """Each mail that is still there."""
    for start in range(0, len(uids), _AT_ONCE):
        some = uids[start : start + _AT_ONCE]
        answers = client.fetch(some, ["RFC822.SIZE", "INTERNALDATE"])
        for uid in some:
            if data := answers.get(uid):
                yield _Letter(uid, int(data.get(b"RFC822.SIZE") or 0), data.get(b"INTERNALDATE"))


def _batches(letters: Iterator[_Letter], at_once: int) -> Iterator[list[_Letter]]:
    """As many as are fetched with one command. One that is too large to keep comes alone."""
    at_most = min(BATCH_BYTES, settings.MAIL_MAX_BYTES)
    batch: list[_Letter] = []
    size = 0
    for letter in letters:
        if batch and (len(batch) >= at_once or size + letter.size > at_most):
            yield batch
            batch, size = [], 0
        batch.append(letter)
        size += letter.size
    if batch:
        yield batch


def _lag_s(mailbox: Mailbox, came_at: datetime, at: datetime) -> int:
    """How long a mail that came to the server at `came_at` waited for us, which it did not before we read there."""
    waited = clock.real_now() - came_at
    if mailbox.reading_since:
        waited = min(waited, at - mailbox.reading_since)
    return max(0, round(waited.total_seconds()))


class _Visit:
    """What is done with mail while its folder is open."""

    def __init__(self, client: IMAPClient, mailbox: Mailbox, crew: processing.Crew) -> None:
        self._client = client
        self._mailbox = mailbox
        self._crew = crew
        self._shelf = _Shelf(client, mailbox)
        self._faults: dict[int, str] = {}

    def take(self, batch: list[_Letter]) -> list[bool]:
        """Fetch, commit, flag, move, process; in this order. Returns for each mail whether it was new; one that
        somebody has removed meanwhile is none."""
        at, uidvalidity = clock.now(), self._mailbox.uidvalidity
        taken: dict[int, InboundMessage] = {}
        news = []
        for letter, raw in self._raw(batch):
            is_too_large = letter.size > settings.MAIL_MAX_BYTES
            size = letter.size if is_too_large else None
            row, is_new = receiving.store(
                raw, mailbox=self._mailbox, at=at, uidvalidity=uidvalidity, uid=letter.uid, size=size
            )
            taken[letter.uid] = row
            news.append(is_new)
            if letter.came_at is not None and is_new:
                self._mailbox.lag_s = _lag_s(self._mailbox, letter.came_at, at)
        try:
            self._leave_unread([letter.uid for letter in batch if letter.uid not in taken])
            # What is too large stays where it is, with its body.
            self._flag(list(taken), moves=all(letter.size <= settings.MAIL_MAX_BYTES for letter in batch))
        finally:
            for number, row in enumerate(taken.values()):  # the mail is ours, whatever happens to the line
                if row.state == InboundMessage.State.STORED:
                    self._crew.put(row.pk, at=at + timedelta(microseconds=number))
        return news

    def finish(self, known: dict[int, int]) -> None:
        """What an earlier visit committed before it ended: flag and move it, and process what still waits."""
        uids = sorted(known)
        for start in range(0, len(uids), _AT_ONCE):
            self._flag(uids[start : start + _AT_ONCE])
        waiting = InboundMessage.objects.filter(pk__in=known.values(), state=InboundMessage.State.STORED)
        for pk in waiting.order_by("pk").values_list("pk", flat=True):
            self._crew.put(pk, at=clock.now())

    def complain(self) -> None:
        """Raises `Incomplete` unless all that was found could be read and moved."""
        where = {"folder": self._mailbox.folder, "host": self._mailbox.host}
        if self._faults:
            error = next(iter(self._faults.values()))
            raise Incomplete(troubles.NOT_HANDED_OUT % {**where, "count": len(self._faults), "answer": error})
        if self._shelf.error:
            raise Incomplete(
                troubles.MOVING_FAILED % {"folder": self._mailbox.processed_folder, "answer": self._shelf.error}
            )

    def _raw(self, batch: list[_Letter]) -> Iterator[tuple[_Letter, bytes]]:
        """The bytes of each; of one above the limit its header, the body stays on the server. One that the server
        cannot hand out, as happens with mail that lies there damaged, keeps back no other."""
        item, key = "BODY.PEEK[]", b"BODY[]"
        if len(batch) == 1 and batch[0].size > settings.MAIL_MAX_BYTES:
            item, key = f"BODY.PEEK[HEADER]<0.{MAX_HEADER_BYTES}>", b"BODY[HEADER]<0>"
        try:
            answers = self._client.fetch([letter.uid for letter in batch], [item])
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            if len(batch) > 1:
                for letter in batch:
                    yield from self._raw([letter])
                return
            self._faults[batch[0].uid] = reaching.words_of(error)
            if len(self._faults) > MAX_FAULTS:
                raise
            return
        for letter in batch:
            raw = answers.get(letter.uid, {}).get(key)
            if raw is not None:
                yield letter, raw

    def _leave_unread(self, uids: list[int]) -> None:
        """What is there and was not handed out is found again because it is unread, although somebody may have read it
        elsewhere: its number lies behind us."""
        if not uids or not (there := [int(uid) for uid in self._client.search(["UID", ",".join(map(str, uids))])]):
            return
        for uid in there:
            self._faults.setdefault(uid, "-")
        if len(self._faults) > MAX_FAULTS:
            raise IMAPClientError(self._faults[there[0]])
        self._client.remove_flags(there, [SEEN], silent=True)

    def _flag(self, uids: list[int], *, moves: bool = True) -> None:
        if uids:
            self._client.add_flags(uids, [SEEN], silent=True)
        if moves:
            self._shelf.put(uids)


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
            self.error = reaching.words_of(error)

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
