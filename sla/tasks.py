"""Background work: load by id, call one thing. Every task may run twice and at the same time."""

from datetime import datetime

from celery import shared_task

from helpdesk.lib import broker, clock
from sla.actions import announcing, editing, looking_ahead, reporting, sweeping, tallying
from tickets.actions.slots import once_per_slot


@shared_task(expires=60)
def sweep_promises() -> None:
    at = clock.database_now()
    sweeping.sweep(at=at)
    announcing.announce(at=at)


@shared_task(expires=60)
def run_edits() -> None:
    if editing.run(at=clock.database_now()):
        nudge_edits()


def nudge_edits() -> None:
    broker.hint(run_edits)


@shared_task(expires=60)
@once_per_slot(seconds=60)
def look_ahead(at: datetime) -> None:
    looking_ahead.look_ahead(at=at)


@shared_task(expires=3600)
@once_per_slot(seconds=3600)
def measure_handling(at: datetime) -> None:
    looking_ahead.measure_handling()


@shared_task(expires=300)
@once_per_slot(seconds=300)
def count_running_weeks(at: datetime) -> None:
    tallying.count_running(at=at)


@shared_task(expires=3600)
@once_per_slot(seconds=3600)
def count_all_weeks(at: datetime) -> None:
    tallying.count_all(at=at)


@shared_task(expires=3600)
@once_per_slot(seconds=3600)
def forget_old_sweeps(at: datetime) -> None:
    sweeping.forget_old_runs(at=at)
    announcing.forget_old(at=at)


@shared_task(expires=300)
@once_per_slot(seconds=300)
def mail_weekly_report(at: datetime) -> None:
    reporting.mail_last_week(at=at)
