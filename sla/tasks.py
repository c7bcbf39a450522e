"""Background work: load by id, call one thing. Every task may run twice and at the same time."""

from celery import shared_task

from helpdesk.lib import broker, clock
from sla.actions import editing, sweeping


@shared_task(expires=60)
def sweep_promises() -> None:
    sweeping.sweep(at=clock.database_now())


@shared_task(expires=60)
def run_edits() -> None:
    if editing.run(at=clock.database_now()):
        nudge_edits()


def nudge_edits() -> None:
    broker.hint(run_edits)
