"""Rows that background work must look at, in bounded batches."""

from datetime import datetime, timedelta

from django.db.models import DurationField, ExpressionWrapper, F, Value

from tickets.models import Appointment, InboundMessage, Mailbox, Message, Status, Tag, Ticket
from tickets.models.ticket import RemovedAs

LONGEST_PAUSE = timedelta(minutes=10)


def stored_mail(limit: int = 200) -> list[int]:
    """Ids of mail kept and never tried yet, oldest first."""
    waiting = InboundMessage.objects.filter(state=InboundMessage.State.STORED, attempts=0)
    return list(waiting.order_by("received_at", "id").values_list("pk", flat=True)[:limit])


def costly_mail(limit: int = 200) -> list[int]:
    """Ids of mail that was tried before and still waits: it needed more than a little time, or killed its worker."""
    waiting = InboundMessage.objects.filter(state=InboundMessage.State.STORED, attempts__gt=0)
    return list(waiting.order_by("attempts", "received_at", "id").values_list("pk", flat=True)[:limit])


def mailboxes_to_visit(at: datetime) -> list[int]:
    """Ids of the active IMAP folders. One that fails is visited more and more rarely, down to every ten minutes: a
    server that counts refused passwords would lock the account."""
    rows = Mailbox.objects.filter(is_active=True, kind=Mailbox.Kind.IMAP).order_by("pk")
    return [
        pk
        for pk, failing_since, last_fetch_at in rows.values_list("pk", "failing_since", "last_fetch_at")
        if not failing_since or not last_fetch_at or at - last_fetch_at >= min((at - failing_since) / 4, LONGEST_PAUSE)
    ]


def tickets_to_wake(at: datetime, limit: int = 500) -> list[Ticket]:
    """Snoozed tickets whose time has come, the longest due first. A removed one sleeps on until it is restored."""
    return list(Ticket.objects.present().filter(snoozed_until__lte=at).order_by("snoozed_until", "id")[:limit])


def replies_to_release(at: datetime, limit: int = 500) -> list[Message]:
    """Held replies whose time to be taken back is over, the oldest first."""
    held = Message.objects.filter(state=Message.State.LEAVING, leaves_at__lte=at)
    return list(held.select_related("ticket", "author").order_by("leaves_at", "id")[:limit])


def tickets_to_erase(before: datetime, limit: int = 200) -> list[Ticket]:
    """Spam and deleted tickets that were removed before ``before`` and not touched since."""
    removed = Ticket.objects.filter(removed_as__in=[RemovedAs.SPAM, RemovedAs.DELETED], removed_at__lt=before)
    return list(removed.filter(updated_at__lt=before).order_by("removed_at", "id")[:limit])


def tags_to_rename() -> list[int]:
    """Ids of the tags that an administrator renamed or deleted and that tickets may still carry."""
    return list(Tag.objects.filter(becomes__isnull=False).order_by("pk").values_list("pk", flat=True))


def tickets_to_close(at: datetime, limit: int = 500) -> list[Ticket]:
    """Solved tickets whose queue's time for a reopening has passed at ``at``."""
    kept = ExpressionWrapper(F("queue__closes_after_days") * Value(timedelta(days=1)), output_field=DurationField())
    solved = Ticket.objects.present().filter(status=Status.SOLVED, solved_at__lt=at - kept)
    return list(solved.order_by("solved_at", "id")[:limit])


def appointments_to_begin(at: datetime, limit: int = 200) -> list[Appointment]:
    """Appointments whose time has come and whose ticket was not woken for it yet."""
    due = Appointment.objects.filter(woken_at__isnull=True, cancelled_at__isnull=True, starts_at__lte=at)
    return list(due.select_related("ticket").order_by("starts_at", "id")[:limit])
