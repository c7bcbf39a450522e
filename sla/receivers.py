"""What promises follow from: every event, inside the transaction that records it. If this fails, so does the action."""

from typing import Any

from django.dispatch import receiver

from sla.actions.folding import fold
from tickets.events import ticket_event
from tickets.models import Event


@receiver(ticket_event)
def move_clocks(sender: object, event: Event, **kwargs: Any) -> None:
    fold(event)
