"""Telling workers that there is something to do, without ever waiting for a broker that is away or frozen.

What is said here is only a hint: the work itself is a row in the database, and beat's regular runs find it anyway.
Celery's own way to send waits for seconds in a request that a person waits for, so a hint takes a connection of its
own with short limits; and after a failure this process is silent for a while instead of trying again with each request.
"""

import logging
import os
import threading
import time
from typing import Any

from celery import current_app
from kombu import Producer
from kombu.exceptions import OperationalError
from redis import RedisError

ANSWER_TIMEOUT_S = 0.5
SILENCE_S = 5.0
_IMPATIENT = {
    "socket_connect_timeout": ANSWER_TIMEOUT_S,
    "socket_timeout": ANSWER_TIMEOUT_S,
    "connect_retries_timeout": ANSWER_TIMEOUT_S,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
}

log = logging.getLogger(__name__)
_mine = threading.local()  # a connection belongs to one thread of one process
_silent_until = 0.0


def hint(task: Any, **arguments: Any) -> bool:
    """Queue `task`; whether the broker took it. Returns within about a second, at once while the broker is known to
    be away."""
    global _silent_until
    if time.monotonic() < _silent_until:
        return False
    try:
        task.apply_async(kwargs=arguments, producer=_producer(), retry=False)
    except (OperationalError, OSError, RedisError) as error:
        _silent_until = time.monotonic() + SILENCE_S
        _forget_connection()
        log.warning("the broker is away (%s), regular runs will do the work: %s", type(error).__name__, task.name)
        return False
    return True


def _producer() -> Producer:
    if getattr(_mine, "pid", None) != os.getpid():
        _mine.connection = current_app.connection_for_write(transport_options=_IMPATIENT)
        _mine.producer = current_app.amqp.Producer(_mine.connection, auto_declare=False)
        _mine.pid = os.getpid()
    producer: Producer = _mine.producer
    return producer


def _forget_connection() -> None:
    if getattr(_mine, "pid", None) == os.getpid():
        _mine.pid = None
        _mine.connection.collect()  # closes the sockets without a word to the other side
