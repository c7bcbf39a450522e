"""Draining the outbox: each mail leaves at least once, and each attempt under the same Message-ID.

A mail is leased and counted in a transaction of its own, sent outside of any, and marked in another. A process that is
killed between the server's "250" and the mark sends that mail again after the lease; the receiving side can see by the
Message-ID that it is the same. Exactly once is not to be had over SMTP.
"""

import logging
import time
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from tickets.actions import outgoing
from tickets.channels.email import composing, smtp, troubles
from tickets.models import Outbox

LEASE = timedelta(minutes=5)
"""Longer than the slowest sending of the largest mail; a killed worker's mail waits as long."""
RUN_S = 50
BROKEN_LINES = 3
"""So many mails in a row that a server hung up on: it is no longer the mail's fault."""
SERVER_AWAY_PAUSE = timedelta(seconds=30)
BACKOFF = [
    timedelta(seconds=seconds)
    for seconds in (60, 180, 600, 1800, 3600, 2 * 3600, 4 * 3600, 8 * 3600, 8 * 3600, 12 * 3600, 12 * 3600)
]
"""Waits after each attempt, two days in all, as mail servers do; then a person must look."""
MOST_ATTEMPTS = len(BACKOFF) + 1
"""Reached without a verdict only by a mail that kills whoever makes it."""

log = logging.getLogger(__name__)


def drain(*, at: datetime, limit: int = 500) -> int:
    """Send what is due at `at`; returns how many mails left. Any number of drainers may run at once.

    Ends early when the server is away: the mails behind would fail the same way, and keep their attempts.
    """
    sent = broken = 0
    began = time.monotonic()
    with smtp.transport() as server:
        while sent < limit and broken < BROKEN_LINES and (lasts := time.monotonic() - began) < RUN_S:
            row = _lease(at=at + timedelta(seconds=lasts))
            if row is None:
                break
            if row.attempts > MOST_ATTEMPTS:
                outgoing.give_up(mail=row, reason=troubles.CUT_SHORT % {"times": MOST_ATTEMPTS}, at=at)
                continue
            try:
                letter = composing.compose(row)
                server.send(letter.mail, sender=letter.sender, recipient=letter.recipient)
            except smtp.ServerAway as reason:
                _give_back(row, str(reason), at=at)
                log.warning("the outbox waits: %s", reason)
                break
            except smtp.TryAgain as reason:
                _put_off(row, str(reason), at=at)
                broken = broken + 1 if isinstance(reason, smtp.LineBroke) else 0
            except (smtp.RefusedForGood, ValueError) as reason:
                outgoing.give_up(mail=row, reason=str(reason), at=at)
            except Exception:
                # One mail that cannot be made (a file missing from storage) must not hold up the others.
                log.exception("mail %s could not be made", row.pk)
                _put_off(row, troubles.CANNOT_BE_MADE, at=at)
            else:
                _mark_sent(row, at=at)
                sent += 1
                broken = 0
    return sent


@transaction.atomic
def _lease(*, at: datetime) -> Outbox | None:
    """The next due mail, ours for `LEASE`. Its Message-ID is committed here, before anything leaves."""
    due = Outbox.objects.filter(Q(leased_until__isnull=True) | Q(leased_until__lte=at))
    row = (
        due.filter(state=Outbox.State.PENDING, next_at__lte=at)
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("ticket__queue", "message__author", "recipient")
        .order_by("next_at", "id")
        .first()
    )
    if row is None:
        return None
    row.attempts += 1
    row.leased_until = row.next_at = at + LEASE
    row.mail_id = row.mail_id or composing.mail_id_for(row)
    row.save(update_fields=["attempts", "leased_until", "next_at", "mail_id"])
    return row


def _mine(row: Outbox) -> Q:
    """Only while the lease is ours: another drainer that took over after it ran out decides for itself."""
    return Q(pk=row.pk, state=Outbox.State.PENDING, leased_until=row.leased_until)


def _mark_sent(row: Outbox, *, at: datetime) -> None:
    # Without asking whose lease it is: sent is sent, and the sooner that is known the fewer go twice. The words of
    # account mail go with it: a link that sets a password must not wait in the database for its next reader.
    Outbox.objects.filter(pk=row.pk, state=Outbox.State.PENDING).update(
        state=Outbox.State.SENT, sent_at=at, leased_until=None, last_error="", payload={}
    )


def _put_off(row: Outbox, reason: str, *, at: datetime) -> None:
    if row.attempts >= MOST_ATTEMPTS:
        outgoing.give_up(mail=row, reason=reason, at=at)
        return
    wait = BACKOFF[row.attempts - 1]
    Outbox.objects.filter(_mine(row)).update(next_at=at + wait, leased_until=None, last_error=reason)


def _give_back(row: Outbox, reason: str, *, at: datetime) -> None:
    """The server's fault is not the mail's: the attempt does not count."""
    Outbox.objects.filter(_mine(row)).update(
        next_at=at + SERVER_AWAY_PAUSE, leased_until=None, attempts=row.attempts - 1, last_error=reason
    )
