"""Background work: load by id, call one thing. Every task may run twice and at the same time."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from celery import shared_task

from helpdesk.lib import broker, clock
from tickets.actions import attaching, changing
from tickets.actions.errors import Refused
from tickets.channels.email import imap, outbox, receiving
from tickets.models import InboundMessage, JobSlot, Mailbox
from tickets.queries import housekeeping

log = logging.getLogger(__name__)


def once_per_slot(seconds: int) -> Callable[[Callable[[datetime], None]], Callable[[], None]]:
    """Beat may run on several machines: of all runs due in the same slot of ``seconds`` the first row wins."""

    def decorate(job: Callable[[datetime], None]) -> Callable[[], None]:
        @functools.wraps(job)
        def run() -> None:
            at = clock.database_now()
            slot = datetime.fromtimestamp(at.timestamp() // seconds * seconds, tz=at.tzinfo)
            _row, is_mine = JobSlot.objects.get_or_create(job=job.__name__, due_at=slot)
            if is_mine:
                job(at)

        del run.__wrapped__  # Celery would read the job's own signature
        return run

    return decorate


@shared_task(expires=60)
def drain_outbox() -> None:
    outbox.drain(at=clock.database_now())


@shared_task(expires=60)
def process_stored_mail() -> None:
    """Mail that was stored but not understood yet, because a process died or was told to leave it."""
    for inbound_id in housekeeping.stored_mail():
        receiving.process(inbound_id, at=clock.database_now())


@shared_task(expires=30)
@once_per_slot(seconds=15)
def fetch_mailboxes(at: datetime) -> None:
    for mailbox_id in housekeeping.mailboxes_to_visit(at):
        nudge_mailbox(mailbox_id)


@shared_task(expires=60)
def fetch_mailbox(*, mailbox_id: int) -> None:
    mailbox = Mailbox.objects.filter(pk=mailbox_id, is_active=True, kind=Mailbox.Kind.IMAP).first()
    if mailbox is not None:
        imap.fetch(mailbox)


@shared_task(expires=600)
@once_per_slot(seconds=600)
def close_solved_tickets(at: datetime) -> None:
    for ticket in housekeeping.tickets_to_close(at):
        try:
            changing.close(ticket=ticket, at=at)
        except Refused:
            log.info("ticket %s was reopened before it could be closed", ticket.pk)


@shared_task(expires=3600)
@once_per_slot(seconds=86400)
def sweep_attachments(at: datetime) -> None:
    attaching.sweep_orphans(at=clock.real_now())


@shared_task(expires=3600)
@once_per_slot(seconds=3600)
def forget_old_slots(at: datetime) -> None:
    JobSlot.objects.filter(due_at__lt=at - timedelta(days=2)).delete()


def nudge_mailbox(mailbox_id: int) -> None:
    """Ask a worker to read this mailbox now."""
    broker.hint(fetch_mailbox, mailbox_id=mailbox_id)


def nudge_outbox() -> None:
    """Ask a worker to drain the outbox now. Redis may be away: then beat's next run does it, and nobody waits here."""
    broker.hint(drain_outbox)


def nudge_inbound(inbound: InboundMessage) -> None:
    broker.hint(process_stored_mail)
