"""Draining the outbox: each mail leaves at least once, and each attempt under the same Message-ID.

A mail is leased and counted in a transaction of its own, sent outside of any, and marked in another. A process that is
killed between the server's "250" and the mark sends that mail again after the lease; the receiving side can see by the
Message-ID that it is the same. Exactly once is not to be had over SMTP.

Which server takes a mail is decided when it is leased: of its queue's active senders the first in their order that is
not away and has room in its rate, counted under a lock on the sender's row. Where none has room the mail stays due, as
no attempt and no error, and mail of other queues passes. A server that is away is left alone for a while, by all
drainers, and holds up nothing but its own mail.
"""

import logging
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from tickets.actions import outgoing, pausing
from tickets.channels.email import composing, smtp, troubles
from tickets.models import MailSender, Outbox

LEASE = timedelta(minutes=5)
"""Longer than the slowest sending of the largest mail; a killed worker's mail waits as long."""
RUN_S = 50
BROKEN_LINES = 3
"""So many mails in a row that a server hung up on or would not hear of: it is no longer the mail's fault."""
SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(minutes=5)
"""How long a server that is away is left alone: a quarter of the time it has been away, within these."""
TRY = timedelta(minutes=2)
"""For one look whether a server that was away is back; other drainers do not wait at it meanwhile."""
STICKS = 3
"""So many attempts go to one server, since greylisting knows servers; then the next one has its turn."""
BACKOFF = [
    timedelta(seconds=seconds)
    for seconds in (60, 180, 600, 1800, 3600, 2 * 3600, 4 * 3600, 8 * 3600, 8 * 3600, 12 * 3600, 12 * 3600)
]
"""Waits after each attempt, two days in all, as mail servers do; then a person must look."""
MOST_ATTEMPTS = len(BACKOFF) + 1
"""Reached without a verdict only by a mail that kills whoever makes it."""

log = logging.getLogger(__name__)


@dataclass
class _Lease:
    """A mail in our hands, and the sender that takes it; None, or the row without a queue, is the site's own."""

    row: Outbox
    sender: MailSender | None

    @property
    def key(self) -> int | None:
        return self.sender.pk if self.sender and self.sender.queue_id else None


def drain(*, at: datetime, limit: int = 500) -> int:
    """Send what is due at `at`; returns how many mails left. Any number of drainers may run at once."""
    sent = 0
    troubled: Counter[int | None] = Counter()
    began = time.monotonic()
    with ExitStack() as lines:
        ways: dict[int | None, smtp.Transport] = {}
        while sent < limit and (lasts := time.monotonic() - began) < RUN_S:
            now = at + timedelta(seconds=lasts)
            lease = _lease(at=now)
            if lease is None:
                break
            row, key = lease.row, lease.key
            if row.attempts > MOST_ATTEMPTS:
                outgoing.give_up(mail=row, reason=troubles.CUT_SHORT % {"times": MOST_ATTEMPTS}, at=at)
                continue
            try:
                letter = composing.compose(row)
                if key not in ways:
                    ways[key] = lines.enter_context(smtp.transport(lease.sender))
                ways[key].send(letter.mail, sender=letter.sender, recipient=letter.recipient)
            except smtp.ServerAway as reason:
                _give_back(row, str(reason), at=now)
                _leave_alone(lease, str(reason), at=now)
            except (smtp.Busy, smtp.LineBroke) as reason:
                troubled[key] += 1
                _pass_on(lease, reason, at=now)
                if troubled[key] >= BROKEN_LINES or (lease.sender and lease.sender.failing_since):
                    troubled[key] = 0
                    _leave_alone(lease, str(reason), at=now)
            except smtp.TryAgain as reason:
                if row.attempts >= STICKS:
                    row.sender = _others(lease, at=now)[0]
                _put_off(row, str(reason), at=now)
                _is_there(lease)
                troubled[key] = 0
            except smtp.NotThisSender as reason:
                if _others(lease, at=now)[0] is None:
                    outgoing.give_up(mail=row, reason=str(reason), at=at)
                else:
                    _pass_on(lease, reason, at=now)
            except smtp.RefusedForGood as reason:
                outgoing.give_up(mail=row, reason=str(reason), at=at)
                _is_there(lease)
            except ValueError as reason:
                outgoing.give_up(mail=row, reason=str(reason), at=at)
            except Exception:
                # One mail that cannot be made (a file missing from storage) must not hold up the others.
                log.exception("mail %s could not be made", row.pk)
                _put_off(row, troubles.CANNOT_BE_MADE, at=now)
            else:
                _mark_sent(lease, at=now)
                sent += 1
                troubled[key] = 0
    return sent


def _lease(*, at: datetime) -> _Lease | None:
    """The next due mail that a server can take now, ours for `LEASE`. Its Message-ID is committed here, before anything
    leaves. Mail whose servers all failed at their last try comes after all other mail: whoever looks whether one is
    back may have to wait for its answer."""
    full: set[int | None] = set()
    while True:
        senders = _senders_by_queue()
        closed = full | {queue for queue, rows in senders.items() if not any(_is_open(row, at) for row in rows)}
        doubtful = {
            queue
            for queue, rows in senders.items()
            if queue not in closed and all(row.failing_since for row in rows if _is_open(row, at))
        }
        own = senders.keys() - {None}
        with transaction.atomic():
            row = _first_due(own, without=closed | doubtful, at=at)
            if row is None and doubtful:
                row = _first_due(own, without=closed, at=at)
            if row is None:
                return None
            if pausing.withhold(mail=row, at=at):
                continue
            queue = _queue_of(row) if _queue_of(row) in own else None
            lease = _reserved(row, queue, at=at)
            if lease is not None:
                row.attempts += 1
                row.leased_until = row.next_at = at + LEASE
                row.mail_id = row.mail_id or composing.mail_id_for(row)
                row.save(update_fields=["attempts", "leased_until", "next_at", "mail_id", "sender"])
                return lease
        full.add(queue)  # another drainer took the last room since we looked


def _senders_by_queue() -> dict[int | None, list[MailSender]]:
    """All senders in use, in their order; None stands for the site, which is only there when it has failed once."""
    rows = MailSender.objects.filter(Q(is_active=True) | Q(queue=None)).order_by("position", "id")
    found: dict[int | None, list[MailSender]] = {}
    for row in rows:
        found.setdefault(row.queue_id, []).append(row)
    return found


def _is_open(sender: MailSender, at: datetime) -> bool:
    return not sender.is_away(at) and sender.has_room(at)


def _queue_of(row: Outbox) -> int | None:
    return row.ticket.queue_id if row.ticket and row.kind != Outbox.Kind.ACCOUNT else None


def _first_due(own: set[int | None], *, without: set[int | None], at: datetime) -> Outbox | None:
    """The first due mail, locked, that goes by none of the queues `without`; `own` are those with senders."""
    due = Outbox.objects.filter(Q(leased_until__isnull=True) | Q(leased_until__lte=at))
    if without:
        is_account = Q(kind=Outbox.Kind.ACCOUNT)
        ways = ~is_account & Q(ticket__queue__in=own - without)
        if None not in without:
            ways |= is_account | Q(ticket__isnull=True) | ~Q(ticket__queue__in=own)
        due = due.filter(ways)
    return (
        due.filter(state=Outbox.State.PENDING, next_at__lte=at)
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("ticket__queue", "message__author", "recipient")
        .order_by("next_at", "id")
        .first()
    )


def _reserved(row: Outbox, queue: int | None, *, at: datetime) -> _Lease | None:
    """The mail with a place at one of the senders of `queue`; None when no place is left. Locks go mail, senders."""
    rows = MailSender.objects.select_for_update(no_key=True).filter(Q(is_active=True) | Q(queue=None), queue=queue)
    senders = list(rows.order_by("position", "id"))
    for sender in sorted(senders, key=lambda each: each.pk != row.sender_id):
        if not _is_open(sender, at):
            continue
        sender.count(at)
        if sender.failing_since:
            sender.away_until = at + TRY
        if sender.failing_since or sender.per_minute is not None:
            sender.save(update_fields=["recent_at", "away_until"])
        row.sender = sender if queue else None
        return _Lease(row, sender)
    if senders:
        return None
    row.sender = None
    return _Lease(row, None)


def _others(lease: _Lease, *, at: datetime) -> tuple[MailSender | None, bool]:
    """Who of the queue's senders comes after this one, and whether that is further down the list and open now.

    None without another one. After the last comes the first again.
    """
    if lease.sender is None or lease.sender.queue_id is None:
        return None, False
    rows = list(MailSender.objects.filter(queue=lease.sender.queue_id, is_active=True).order_by("position", "id"))
    place = next((number for number, row in enumerate(rows) if row.pk == lease.sender.pk), len(rows))
    below = [row for row in rows[place + 1 :] if _is_open(row, at)]
    if below:
        return below[0], True
    return next((row for row in rows if row.pk != lease.sender.pk), None), False


def _mine(row: Outbox) -> Q:
    """Only while the lease is ours: another drainer that took over after it ran out decides for itself."""
    return Q(pk=row.pk, state=Outbox.State.PENDING, leased_until=row.leased_until)


def _mark_sent(lease: _Lease, *, at: datetime) -> None:
    # Without asking whose lease it is: sent is sent, and the sooner that is known the fewer go twice. The words of
    # account mail go with it: a link that sets a password must not wait in the database for its next reader.
    Outbox.objects.filter(pk=lease.row.pk, state=Outbox.State.PENDING).update(
        state=Outbox.State.SENT, sent_at=at, leased_until=None, last_error="", payload={}, sender=lease.row.sender
    )
    sender = lease.sender
    if sender and (not sender.last_sent_at or sender.last_sent_at <= at - SHORTEST_PAUSE):
        MailSender.objects.filter(pk=sender.pk).update(last_sent_at=at)
    _is_there(lease)


def _is_there(lease: _Lease) -> None:
    """The server has judged a mail: whatever its verdict, it answers again."""
    if lease.sender and lease.sender.failing_since:
        MailSender.objects.filter(pk=lease.sender.pk).update(failing_since=None, away_until=None, last_error="")


def _put_off(row: Outbox, reason: str, *, at: datetime) -> None:
    if row.attempts >= MOST_ATTEMPTS:
        outgoing.give_up(mail=row, reason=reason, at=at)
        return
    wait = BACKOFF[row.attempts - 1]
    Outbox.objects.filter(_mine(row)).update(next_at=at + wait, leased_until=None, last_error=reason, sender=row.sender)


def _pass_on(lease: _Lease, reason: smtp.CannotSend, *, at: datetime) -> None:
    """The next server of the queue gets the mail: at once where this one has plainly not taken it, and after the usual
    wait where it may have, or where all had their turn."""
    row = lease.row
    row.sender, is_open = _others(lease, at=at)
    if is_open and not isinstance(reason, smtp.LineBroke):
        _give_back(row, str(reason), at=at)
    else:
        _put_off(row, str(reason), at=at)


def _give_back(row: Outbox, reason: str, *, at: datetime) -> None:
    """The server's fault is not the mail's: the attempt does not count, and another server may take it now."""
    Outbox.objects.filter(_mine(row)).update(
        next_at=at, leased_until=None, attempts=row.attempts - 1, last_error=reason, sender=row.sender
    )


def _leave_alone(lease: _Lease, reason: str, *, at: datetime) -> None:
    """Nobody tries this server for a while, and administrators see since when it fails and why."""
    log.warning("mail waits: %s", reason)
    sender = lease.sender or _row_of_the_site()
    away_for = at - (sender.failing_since or at)
    pause = min(max(away_for / 4, SHORTEST_PAUSE), LONGEST_PAUSE)
    MailSender.objects.filter(pk=sender.pk).update(
        failing_since=Coalesce(F("failing_since"), at), last_error=reason, away_until=at + pause
    )


def _row_of_the_site() -> MailSender:
    url = urlsplit(settings.SMTP_URL)
    shown = {"host": url.hostname or str(settings.MAIL_FILE_DIR)[:253], "port": url.port or 25}
    row, _ = MailSender.objects.get_or_create(queue=None, position=0, defaults={"name": "SMTP_URL", **shown})
    return row
