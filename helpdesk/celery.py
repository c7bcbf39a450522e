"""The Celery application: workers run it, web only sends to it. Beat has its own in helpdesk/beat.py."""

import gc
import os
from typing import Any

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")

app = Celery("helpdesk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.worker_init.connect
def share_memory(**kwargs: Any) -> None:
    """Before a worker forks: keep the garbage collector off what is loaded, so that parent and children share it."""
    gc.collect()
    gc.freeze()
