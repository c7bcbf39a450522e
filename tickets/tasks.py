"""Background work: load by id, call one thing. Every task may run twice and at the same time."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from celery import shared_task
from django.db import DatabaseError

from helpdesk.lib import broker, clock
from tickets.accounts import resets
from tickets.actions import (
    appointing,
    attaching,
    bulk,
    changing,
    dealing,
    digesting,
    holding,
    indexing,
    removing,
    retagging,
    ruling,
    snoozing,
    walkups,
)
from tickets.actions.errors import Refused
from tickets.actions.slots import once_per_slot
from tickets.channels.email import imap, outbox, processing
from tickets.models import InboundMessage, JobSlot, Mailbox, Ticket
from tickets.queries import digest, housekeeping

log = logging.getLogger(__name__)


@shared_task(expires=60)
def drain_outbox() -> None:
    outbox.drain(at=clock.database_now())


@shared_task(expires=30)
def release_replies() -> None:
    """Each in a transaction of its own: one that fails is tried again with the next run and keeps no other here."""
    at = clock.database_now()
    for message in housekeeping.replies_to_release(at):
        try:
            holding.release(message=message, at=at)
        except (DatabaseError, Ticket.DoesNotExist):
            log.exception("reply %s could not leave yet", message.pk)


@shared_task(expires=60)
def answer_resets() -> None:
    """Links to choose a password; what they are asked for is in the database before this is told of it."""
    if resets.answer_requests(at=clock.database_now()):
        nudge_outbox()


@shared_task(expires=60)
def process_stored_mail() -> None:
    processing.process_stored()


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


@shared_task(expires=60)
@once_per_slot(seconds=30)
def wake_snoozed_tickets(at: datetime) -> None:
    for ticket in housekeeping.tickets_to_wake(at):
        snoozing.wake_when_due(ticket=ticket, at=at)


@shared_task(expires=3600)
@once_per_slot(seconds=3600)
def erase_removed_tickets(at: datetime) -> None:
    for ticket in housekeeping.tickets_to_erase(at - removing.KEPT):
        try:
            removing.erase(ticket=ticket, at=at)
        except (Refused, Ticket.DoesNotExist):
            log.info("ticket %s was restored or erased meanwhile", ticket.pk)


@shared_task(expires=60)
def rename_tags() -> None:
    for tag_id in housekeeping.tags_to_rename():
        while retagging.next_batch(tag_id=tag_id, at=clock.database_now()):
            pass


@shared_task(expires=60)
def run_bulk_changes() -> None:
    if bulk.run_batch(at=clock.database_now()):
        nudge_bulk()


@shared_task(expires=60)
def deal_tickets() -> None:
    dealing.deal_all(at=clock.database_now())


@shared_task(expires=60)
def apply_rules() -> None:
    """To what happened since the last run, in order."""
    if ruling.run_events(at=clock.database_now()):
        nudge_rules()


@shared_task(expires=60)
@once_per_slot(seconds=60)
def apply_rules_of_time(at: datetime) -> None:
    ruling.run_time(at=at)


@shared_task(expires=60)
@once_per_slot(seconds=15)
def begin_appointments(at: datetime) -> None:
    for appointment in housekeeping.appointments_to_begin(at):
        appointing.wake(appointment=appointment, at=at)


@shared_task(expires=30)
@once_per_slot(seconds=30)
def fill_search(at: datetime) -> None:
    indexing.learn_words()
    indexing.backfill(batches=50)


@shared_task(expires=300)
@once_per_slot(seconds=300)
def snapshot_queues(at: datetime) -> None:
    walkups.take_snapshots(at=at)


@shared_task(expires=300)
@once_per_slot(seconds=60)
def send_digests(at: datetime) -> None:
    """Each in a transaction of its own: one that fails is tried again with the next run and keeps no other here."""
    written = 0
    for person_id in digest.people_to_digest(at):
        try:
            written += digesting.send(person_id=person_id, at=at) is not None
        except DatabaseError:
            log.exception("the digest of person %s could not be written yet", person_id)
    if written:
        nudge_outbox()


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


def nudge_resets() -> None:
    broker.hint(answer_resets)


def nudge_bulk() -> None:
    broker.hint(run_bulk_changes)


def nudge_dealing() -> None:
    broker.hint(deal_tickets)


def nudge_rules() -> None:
    broker.hint(apply_rules)


def nudge_tags() -> None:
    broker.hint(rename_tags)


def nudge_inbound(inbound: InboundMessage) -> None:
    broker.hint(process_stored_mail)
