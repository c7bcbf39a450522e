"""Carrying an archive over: read by two children at once, kept some mails at a time, each time all or none.

It can be killed at any moment and started again: what is kept is known by its hash, what is not is in the archive. A
mail is kept and accepted in one transaction, since nobody has to be answered in between.
"""

import hashlib
import logging
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, OperationalError, transaction
from django.template.defaultfilters import filesizeformat

from tickets.actions.errors import Refused
from tickets.channels.email import reading, receiving, troubles
from tickets.channels.email.archives import Archive, Piece
from tickets.channels.email.contents import CannotAccept
from tickets.channels.email.foreseeing import Forecast, Foresight
from tickets.channels.email.parsing import ParsedMail
from tickets.channels.email.reading import Unreadable
from tickets.models import InboundMessage, Mailbox, Queue

BATCH = 10
BATCH_BYTES = 8 * 1024 * 1024
"""Few enough that the open transaction holds nobody up: the event feed waits for it."""
AHEAD = 3
"""Batches that are read while one is kept."""
_DEADLOCK = "40P01"

log = logging.getLogger(__name__)
Seen = Callable[[int], object]


@dataclass
class Summary:
    """What became of an archive. ``reasons``: of the quarantined ones, with how many each; ``gone``: files that a mail
    program took away meanwhile."""

    tickets: int = 0
    joins: int = 0
    duplicates: int = 0
    gone: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def quarantined(self) -> int:
        return self.reasons.total()


@dataclass(frozen=True)
class _Mail:
    piece: Piece
    sha256: str
    future: "Future[ParsedMail | Unreadable]"

    def read(self) -> ParsedMail | Unreadable:
        """What it says, or why it cannot be read."""
        return self.future.result()


@dataclass(frozen=True)
class Terms:
    """How the mails of an archive are taken, all of them as of `at`: by which mailbox they came, where they go that
    name no queue, and how long a conversation is open after its last mail."""

    at: datetime
    mailbox: Mailbox | None = None
    queue: Queue | None = None
    open_for: timedelta | None = None


def carry(archive: Archive, terms: Terms, *, seen: Seen) -> Summary:
    """Import the archive. `seen(count)` is called as it goes on. Raises what database or machine fails with: what was
    kept until then stays kept."""
    summary = Summary()
    with ThreadPoolExecutor(reading.MAX_READERS) as readers:
        for batch in _read_ahead(archive, terms.mailbox, readers, summary, seen):
            _keep(batch, terms, summary)
            seen(len(batch))
    return summary


def foresee(archive: Archive, *, mailbox: Mailbox | None, at: datetime, seen: Seen) -> Forecast:
    """What `carry` would do, as far as it can be known without doing it."""
    foresight = Foresight(mailbox, is_archive=True)
    summary = Summary()
    with ThreadPoolExecutor(reading.MAX_READERS) as readers:
        for batch in _read_ahead(archive, mailbox, readers, summary, seen):
            for mail in batch:
                read = mail.read()
                if isinstance(read, Unreadable):
                    foresight.cannot_read(str(read))
                else:
                    foresight.look_at(read, at=at)
            seen(len(batch))
    foresight.forecast.duplicates += summary.duplicates
    return foresight.forecast


def _read_ahead(
    archive: Archive, mailbox: Mailbox | None, readers: ThreadPoolExecutor, summary: Summary, seen: Seen
) -> Iterator[list[_Mail]]:
    """Batches of what is not here yet, the next ones being read already."""
    ahead: deque[list[_Mail]] = deque()
    for pieces in _batches(archive, summary, seen):
        hashes = [hashlib.sha256(piece.raw).hexdigest() for piece in pieces]
        known = set(InboundMessage.objects.filter(mailbox=mailbox, sha256__in=hashes).values_list("sha256", flat=True))
        batch = []
        for piece, sha256 in zip(pieces, hashes, strict=True):
            if sha256 in known:
                summary.duplicates += 1
                seen(1)
                continue
            known.add(sha256)
            batch.append(_Mail(piece, sha256, readers.submit(_read, piece)))
        ahead.append(batch)
        if len(ahead) > AHEAD:
            yield ahead.popleft()
    yield from ahead


def _batches(archive: Archive, summary: Summary, seen: Seen) -> Iterator[list[Piece]]:
    batch: list[Piece] = []
    size = 0
    for piece in archive.pieces(limit=settings.MAIL_MAX_BYTES):
        if piece is None:
            summary.gone += 1
            seen(1)
            continue
        batch.append(piece)
        size += len(piece.raw)
        if len(batch) >= BATCH or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _read(piece: Piece) -> ParsedMail | Unreadable:
    if piece.size > settings.MAIL_MAX_BYTES:
        sizes = {"size": filesizeformat(piece.size), "limit": filesizeformat(settings.MAIL_MAX_BYTES)}
        sender, subject = reading.glance(piece.raw)
        return Unreadable(troubles.TOO_LARGE % sizes, sender=sender, subject=subject)
    try:
        return reading.read(piece.raw)
    except Unreadable as reason:
        return reason


def _keep(batch: list[_Mail], terms: Terms, summary: Summary) -> None:
    """Keep the batch in one transaction; what another import kept in this very moment is told apart one by one."""
    read = [(mail, mail.read()) for mail in batch]  # before the transaction begins
    try:
        with transaction.atomic():
            counts = [_kept(mail, said, terms) for mail, said in read]
    except IntegrityError:
        if len(batch) == 1:
            summary.duplicates += 1
            return
        for mail in batch:
            _keep([mail], terms, summary)
        return
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", None) != _DEADLOCK:
            raise
        _keep(batch, terms, summary)  # the other one has gone on meanwhile
        return
    for what, reason in counts:
        if reason:
            summary.reasons[reason] += 1
        else:
            setattr(summary, what, getattr(summary, what) + 1)


def _kept(mail: _Mail, said: ParsedMail | Unreadable, terms: Terms) -> tuple[str, str]:
    """Store one mail with what became of it. Returns the summary's word for that, or the reason of its quarantine."""
    row = InboundMessage(
        mailbox=terms.mailbox,
        queue=terms.queue,
        sha256=mail.sha256,
        raw=mail.piece.raw,
        size=mail.piece.size,
        received_at=terms.at,
        processed_at=terms.at,
        is_imported=True,
    )
    what = ""
    if isinstance(said, Unreadable):
        row.state, row.reason = InboundMessage.State.QUARANTINED, str(said)
        row.sender, row.subject = said.sender, said.subject
    else:
        row.sender, row.subject = said.sender.address[:320] if said.sender else "", said.subject[:300]
        what = _accepted(row, said, terms)
    row.save(force_insert=True)
    return what, "" if what else row.reason


def _accepted(row: InboundMessage, mail: ParsedMail, terms: Terms) -> str:
    try:
        with transaction.atomic():
            outcome = receiving.outcome_of(mail, row, at=terms.at, open_for=terms.open_for)
    except (CannotAccept, Refused) as reason:
        row.state, row.reason = InboundMessage.State.QUARANTINED, str(reason)
        return ""
    except IntegrityError:
        raise
    except Exception as error:
        if receiving.is_outage(error):
            raise
        log.exception("imported mail %s could not be processed", row.sha256)
        row.state = InboundMessage.State.QUARANTINED
        row.reason = troubles.UNREADABLE % {"error": type(error).__name__}
        return ""
    row.state, row.why, row.reason = outcome.state, outcome.why[:200], "; ".join(mail.problems)[:2000]
    row.ticket, row.message = outcome.ticket, outcome.message
    if outcome.state == InboundMessage.State.DUPLICATE or outcome.message is None:
        return "duplicates"
    return "tickets" if outcome.message.ticket.version == 1 else "joins"
