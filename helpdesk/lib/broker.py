"""Telling workers that there is something to do, without ever waiting for a broker that is away or frozen.

What is said here is only a hint: the work itself is a row in the database, and beat's regular runs find it anyway.
Celery's own way to send waits for seconds in a request that a person waits for, so a hint takes a connection of its
own with short limits; and after a failure of Redis, here or elsewhere in this process, nothing is said for a while
(`redis_silence`).
"""

import importlib
import logging
import os
import threading
import time
from queue import SimpleQueue
from typing import Any

from celery import current_app
from django.conf import settings
from kombu import Producer
from kombu.exceptions import OperationalError
from redis import RedisError

from helpdesk.lib import redis_silence

ANSWER_TIMEOUT_S = 0.5
AT_MOST_EVERY_S = 0.1
_IMPATIENT = {
    "socket_connect_timeout": ANSWER_TIMEOUT_S,
    "socket_timeout": ANSWER_TIMEOUT_S,
    "connect_retries_timeout": ANSWER_TIMEOUT_S,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
}

importlib.import_module(settings.CELERY_APPLICATION)  # makes ours the current one, for whoever sends tasks imports this

log = logging.getLogger(__name__)
_mine = threading.local()  # a connection belongs to one thread of one process
_next: dict[tuple[int, str], float] = {}
"""When a task may be hinted at again, by process and name; there is a thread that will, while it lies ahead of now by
more than AT_MOST_EVERY_S."""
_later: dict[int, SimpleQueue[tuple[float, Any]]] = {}
_turn = threading.Lock()


def hint(task: Any, **arguments: Any) -> bool:
    """Queue `task`; False when the broker did not take it. Returns within about a second, at once while the broker is
    known to be away.

    What comes within AT_MOST_EVERY_S of the last hint is said once for all of it, when that time is over: a worker
    would find nothing to do for each single one, and saying it takes a fifth of the time of a reply.
    """
    if arguments:
        return _say(task, arguments)
    name, now = (os.getpid(), task.name), time.monotonic()
    with _turn:
        free_at = _next.get(name, 0.0)
        if free_at > now + AT_MOST_EVERY_S:
            return True  # somebody waits to say it
        _next[name] = max(free_at, now) + AT_MOST_EVERY_S
        if free_at > now:
            _waiting().put((free_at, task))
            return True
    return _say(task, {})


def _waiting() -> SimpleQueue[tuple[float, Any]]:
    """What this process says a little later, by a thread of its own: it has one connection, as every thread here."""
    if os.getpid() not in _later:
        _later[os.getpid()] = SimpleQueue()
        threading.Thread(target=_say_later, args=(_later[os.getpid()],), name="hints", daemon=True).start()
    return _later[os.getpid()]


def _say_later(waiting: SimpleQueue[tuple[float, Any]]) -> None:
    while True:
        at, task = waiting.get()
        time.sleep(max(0.0, at - time.monotonic()))
        _say(task, {})


def _say(task: Any, arguments: dict[str, Any]) -> bool:
    if redis_silence.is_kept():
        return False
    try:
        task.apply_async(kwargs=arguments, producer=_producer(), retry=False)
    except (OperationalError, OSError, RedisError) as error:
        redis_silence.begin()
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
