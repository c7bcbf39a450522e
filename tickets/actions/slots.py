"""Jobs that beat offers more often than they should run."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import datetime

from helpdesk.lib import clock
from tickets.models import JobSlot


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
