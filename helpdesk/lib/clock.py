"""The one clock of the product.

Everything that asks "what time is it" asks here, so that the demo can live on its own Monday and tests can move time.
Sweeps and leases, which several machines run at once, read the database's time instead: one clock for all of them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection

_frozen: ContextVar[datetime | None] = ContextVar("frozen_time", default=None)


def now() -> datetime:
    """The product's time, aware, UTC: process time plus ``settings.CLOCK_OFFSET`` (zero except in the demo)."""
    return _frozen.get() or datetime.now(UTC) + settings.CLOCK_OFFSET


def real_now() -> datetime:
    """Wall time, aware, UTC, for comparisons with stamps made outside the product (a mail's Date header)."""
    return _frozen.get() or datetime.now(UTC)


def as_shown(stamp: datetime) -> datetime:
    """A real stamp (of a sign-in, of a wrong password) as the product's clock shows it beside its own."""
    return stamp + settings.CLOCK_OFFSET


def database_now() -> datetime:
    """The database's time plus the offset, aware, UTC. Read once per run and passed on as ``at``."""
    frozen = _frozen.get()
    if frozen is not None:
        return frozen
    with connection.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        (database_time,) = cursor.fetchone()
    result: datetime = database_time + settings.CLOCK_OFFSET
    return result


@contextmanager
def moved_to(at: datetime) -> Iterator[None]:
    """Tests: inside the block time stands at ``at`` (aware) for this thread or task."""
    if at.tzinfo is None:
        raise ValueError("The clock can only be moved to an aware datetime.")
    token = _frozen.set(at.astimezone(UTC))
    try:
        yield
    finally:
        _frozen.reset(token)


def offset_from(demo_time: datetime, real_time: datetime) -> timedelta:
    """The offset that makes ``real_time`` read as ``demo_time``, in whole seconds."""
    return timedelta(seconds=round((demo_time - real_time).total_seconds()))
