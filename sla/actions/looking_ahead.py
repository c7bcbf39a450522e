"""Keeping what the dashboard and "take next" read: each team's outlook, and in which order its queues are worked."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from sla.figures import handling, outlook
from sla.models import Outlook
from tickets.actions import facts
from tickets.models import Queue
from tickets.models.queue import WorkOrder


@transaction.atomic
def look_ahead(*, at: datetime) -> None:
    """Write every team's outlook. Where promises must break whatever is taken first, its queues are worked by what can
    still be kept; where all could be kept, by due time."""
    pictures = outlook.pictures(at)
    rows = [Outlook(team_id=team, at=at, picture=asdict(picture)) for team, picture in sorted(pictures.items())]
    Outlook.objects.bulk_create(rows, update_conflicts=True, unique_fields=["team"], update_fields=["at", "picture"])
    for queue in Queue.objects.only("team_id", "handling_s").order_by("pk"):
        order = WorkOrder.FEASIBLE if pictures[queue.team_id].bound else WorkOrder.DUE
        facts.store_work_order(queue.pk, work_order=order, handling_s=queue.handling_s)


@transaction.atomic
def measure_handling() -> None:
    """Write how long one ticket takes in each queue, from what people did."""
    lengths = handling.lengths()
    for queue in Queue.objects.only("work_order").order_by("pk"):
        seconds = lengths.get(queue.pk, lengths[None])
        facts.store_work_order(queue.pk, work_order=queue.work_order, handling_s=seconds)
