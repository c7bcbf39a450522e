"""The Celery application: workers run it, web only sends to it. Beat has its own in helpdesk/beat.py."""

import gc
import os
from typing import TYPE_CHECKING, Any

from celery import Celery, signals

if TYPE_CHECKING:
    from tickets.channels.email.watching import Watcher

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")

app = Celery("helpdesk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


_watchers: "list[Watcher]" = []


@signals.worker_init.connect
def share_memory(**kwargs: Any) -> None:
    """Before a worker forks: keep the garbage collector off what is loaded, so that parent and children share it."""
    gc.collect()
    gc.freeze()


@signals.worker_ready.connect
def watch_mailboxes(**kwargs: Any) -> None:
    """In the worker's parent, after its children are forked: waiting for news of mail costs threads, no process."""
    from tickets import tasks
    from tickets.channels.email import watching

    watcher = watching.Watcher(tasks.nudge_mailbox)
    watcher.start()
    _watchers.append(watcher)


@signals.worker_shutting_down.connect
def stop_watching(**kwargs: Any) -> None:
    while _watchers:
        _watchers.pop().stop()
