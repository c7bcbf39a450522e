"""Rows that background work must look at, in bounded batches."""

from datetime import datetime, timedelta

from django.db.models import DurationField, ExpressionWrapper, F, Value

from tickets.models import InboundMessage, Mailbox, Status, Ticket

LONGEST_PAUSE = timedelta(minutes=10)


def stored_mail(limit: int = 200) -> list[int]:
    """Ids of mail kept and not processed yet, oldest first; behind them what was tried before."""
    waiting = InboundMessage.objects.filter(state=InboundMessage.State.STORED).order_by("attempts", "received_at", "id")
    return list(waiting.values_list("pk", flat=True)[:limit])


def mailboxes_to_visit(at: datetime) -> list[int]:
    """Ids of the active IMAP folders. One that fails is visited more and more rarely, down to every ten minutes: a
    server that counts refused passwords would lock the account."""
    rows = Mailbox.objects.filter(is_active=True, kind=Mailbox.Kind.IMAP).order_by("pk")
    return [
        pk
        for pk, failing_since, last_fetch_at in rows.values_list("pk", "failing_since", "last_fetch_at")
        if not failing_since or not last_fetch_at or at - last_fetch_at >= min((at - failing_since) / 4, LONGEST_PAUSE)
    ]


def tickets_to_close(at: datetime, limit: int = 500) -> list[Ticket]:
    """Solved tickets whose queue's time for a reopening has passed at ``at``."""
    kept = ExpressionWrapper(F("queue__closes_after_days") * Value(timedelta(days=1)), output_field=DurationField())
    solved = Ticket.objects.present().filter(status=Status.SOLVED, solved_at__lt=at - kept)
    return list(solved.order_by("solved_at", "id")[:limit])
