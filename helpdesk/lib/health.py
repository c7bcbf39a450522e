"""Answers for load balancers and supervisors: what is well and what is not, by name, and never an address or a secret.

Probes send no cookies, so neither answer looks anybody up.
"""

import functools
import logging
import os
import socket

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.utils import Error
from django.http import HttpRequest, HttpResponse
from redis import Redis, RedisError

log = logging.getLogger(__name__)

REDIS_TIMEOUT_S = 1.0


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return HttpResponse("ok", content_type="text/plain")


def readyz(request: HttpRequest) -> HttpResponse:
    """The process can serve pages: 200, else 503; either way one line per thing it stands on.

    Redis is named and does not decide: pages, replies and incoming mail go on without it, and a balancer that took
    every web process away would make an outage of what is only a delay.
    """
    needed = {"database": _database(), "migrations": _migrations(), "storage": _storage()}
    lines = [f"{name}: {trouble or 'ok'}" for name, trouble in (needed | {"redis": _redis()}).items()]
    status = 503 if any(needed.values()) else 200
    return HttpResponse("\n".join(lines) + "\n", status=status, content_type="text/plain; charset=utf-8")


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except Error as error:
        return _logged("does not answer", error)
    return ""


def _migrations() -> str:
    """Old code on a newer schema is ready, so that a release can be rolled out machine by machine."""
    try:
        applied = MigrationRecorder(connection).applied_migrations()
    except Error as error:
        return _logged("unknown", error)
    missing = sorted(_migrations_on_disk() - applied.keys())
    if not missing:
        return ""
    return f"{len(missing)} to apply, first {'.'.join(missing[0])}; run manage.py prepare"


@functools.cache
def _migrations_on_disk() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).graph.nodes)


def _storage() -> str:
    """A file is really written: only that finds a full disk."""
    name = f"ready/{socket.gethostname()}-{os.getpid()}"
    try:
        default_storage.delete(default_storage.save(name, ContentFile(b"ready")))
    except OSError as error:
        return _logged("cannot be written", error)
    return ""


def _redis() -> str:
    address = settings.REDIS_URL.replace("redis+socket://", "unix://")  # Celery's word for it and the library's
    try:
        with Redis.from_url(address, socket_connect_timeout=REDIS_TIMEOUT_S, socket_timeout=REDIS_TIMEOUT_S) as redis:
            redis.ping()
    except (RedisError, OSError) as error:
        return _logged("away; background work waits for it", error)
    return ""


def _logged(trouble: str, error: Exception) -> str:
    """The answer says what; why stands in the log, where strangers do not read."""
    log.warning("not ready: %s (%s)", trouble, error)
    return trouble
