"""The Celery application: workers run it, web only sends to it. Beat has its own in helpdesk/beat.py."""

import gc
import logging
import os
import signal
import threading
import time
from typing import TYPE_CHECKING, Any

import psutil
from celery import Celery, signals

from helpdesk.lib import alive, processes

if TYPE_CHECKING:
    from tickets.channels.email.watching import Watcher

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")

app = Celery("helpdesk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


STOP_WITHIN_S = 8.0
"""Less than the supervisor waits. Every task may be cut off at any moment: what it works on are rows."""

log = logging.getLogger(__name__)
_watchers: "list[Watcher]" = []
_is_ending = threading.Event()


@signals.worker_init.connect
def share_memory(**kwargs: Any) -> None:
    """Before a worker forks: keep the garbage collector off what is loaded, so that parent and children share it."""
    from tickets.searching import words

    words.keys_of("word")
    gc.collect()
    gc.freeze()


@signals.heartbeat_sent.connect
def show_life(**kwargs: Any) -> None:
    """Every 2 s, as long as the worker's loop turns and Redis takes its heartbeat."""
    alive.touch()


@signals.worker_ready.connect
def watch_mailboxes(**kwargs: Any) -> None:
    """In the worker's parent, after its children are forked: waiting for news of mail costs threads, no process."""
    from tickets import tasks
    from tickets.channels.email import watching

    threading.Thread(target=_end_in_time, name="end-in-time", daemon=True).start()
    watcher = watching.Watcher(tasks.nudge_mailbox)
    watcher.start()
    _watchers.append(watcher)


@signals.worker_shutting_down.connect
def stop_watching(**kwargs: Any) -> None:
    """Called by a signal's handler, so the thread that bounds the end runs already."""
    _is_ending.set()
    while _watchers:
        _watchers.pop().stop()


def _end_in_time() -> None:
    """Celery waits for its children for as long as they like, and for ever for one that is frozen or that was killed at
    the wrong moment."""
    _is_ending.wait()
    time.sleep(STOP_WITHIN_S)
    log.warning("the worker did not end within %s s; it ends now with all its children", STOP_WITHIN_S)
    processes.end(psutil.Process().children(recursive=True), ask=signal.SIGKILL)
    os._exit(0)
