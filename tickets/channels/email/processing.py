"""Processing stored mail so that one which costs much holds up no other.

Two mails are read at once. A first attempt gets `reading.QUICK_S` of processor; what needs more goes behind everything
that does not, and is tried again with all that a mail may take, one such mail at a time over all workers. Nothing here
has to end well: a mail that is stored is found again by the next run.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from types import TracebackType

from django.db import InterfaceError, OperationalError, connection

from helpdesk.lib import clock
from tickets.channels.email import receiving
from tickets.queries import housekeeping

RUN_S = 120
"""A run begins no mail after so many seconds; the next one goes on."""
_COSTLY = 0x434F5354  # "COST": our half of PostgreSQL's advisory locks

log = logging.getLogger(__name__)


class Crew:
    """Mails handed over with `put` are processed by a second thread while the caller goes on, and by both when the
    block ends. A block that fails leaves the rest stored."""

    def __init__(self, *, for_s: float = RUN_S) -> None:
        self._waiting: SimpleQueue[tuple[int, datetime] | None] = SimpleQueue()
        self._mate: threading.Thread | None = None
        self._until = time.monotonic() + for_s

    def __enter__(self) -> "Crew":
        return self

    def put(self, inbound_id: int, *, at: datetime) -> None:
        """A mail that comes alone is not worth a second thread and its database connection: it waits for the end."""
        self._waiting.put((inbound_id, at))
        if self._mate is None and self._waiting.qsize() > 1:
            self._mate = threading.Thread(target=copy_context().run, args=(self._help,), name="mail", daemon=True)
            self._mate.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            while kind is None and (mail := self._waiting.get_nowait()):
                self._process(*mail)
        except Empty:
            pass
        finally:
            self._until = 0.0
            self._waiting.put(None)
            if self._mate is not None:
                self._mate.join()

    def _help(self) -> None:
        try:
            for mail in iter(self._waiting.get, None):
                self._process(*mail)
        except (OperationalError, InterfaceError) as error:
            log.warning("stored mail waits, the database is away: %s", type(error).__name__)
        finally:
            connection.close()

    def _process(self, inbound_id: int, at: datetime) -> None:
        if time.monotonic() < self._until:
            receiving.process(inbound_id, at=at, is_quick=True)


def process_stored() -> None:
    """What was stored and not processed yet, because a process died or was told to leave it: what is new first, then
    what has been tried before."""
    at = clock.database_now()
    with Crew() as crew:
        for number, inbound_id in enumerate(housekeeping.stored_mail()):
            crew.put(inbound_id, at=at + timedelta(microseconds=number))  # in this order on a ticket, too
    with _only_one() as is_mine:
        until = time.monotonic() + RUN_S / 2
        for inbound_id in housekeeping.costly_mail() if is_mine else ():
            if time.monotonic() < until:
                receiving.process(inbound_id, at=clock.database_now())


@contextmanager
def _only_one() -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s, 0)", [_COSTLY])
        (is_mine,) = cursor.fetchone()
    try:
        yield is_mine
    finally:
        if is_mine:
            with connection.cursor() as cursor:
                cursor.execute("select pg_advisory_unlock(%s, 0)", [_COSTLY])
