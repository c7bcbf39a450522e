"""Rows that background work must look at, in bounded batches."""

from datetime import datetime, timedelta

from django.db.models import DurationField, ExpressionWrapper, F, Value

from tickets.models import InboundMessage, Status, Ticket


def stored_mail(limit: int = 200) -> list[int]:
    """Ids of mail kept and not processed yet, oldest first."""
    waiting = InboundMessage.objects.filter(state=InboundMessage.State.STORED).order_by("received_at", "id")
    return list(waiting.values_list("pk", flat=True)[:limit])


def tickets_to_close(at: datetime, limit: int = 500) -> list[Ticket]:
    """Solved tickets whose queue's time for a reopening has passed at ``at``."""
    kept = ExpressionWrapper(F("queue__closes_after_days") * Value(timedelta(days=1)), output_field=DurationField())
    solved = Ticket.objects.present().filter(status=Status.SOLVED, solved_at__lt=at - kept)
    return list(solved.order_by("solved_at", "id")[:limit])
