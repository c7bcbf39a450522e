"""Background work: load by id, call one thing. Every task may run twice and at the same time."""

from celery import shared_task

from helpdesk.lib import clock
from sla.actions import sweeping


@shared_task(expires=60)
def sweep_promises() -> None:
    sweeping.sweep(at=clock.database_now())
