"""Beat's own Celery application: it sends tasks by their names, so it loads neither them nor Django's apps.

`python -m helpdesk.beat` runs it. Celery's command line would load all of its commands for the one: 10 MB.
"""

import os
from typing import Any

import celery.beat
from celery import Celery
from celery.apps.beat import Beat

from helpdesk.lib import alive

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")

app = Celery("helpdesk", fixups=[])
app.config_from_object("django.conf:settings", namespace="CELERY")


class Scheduler(celery.beat.Scheduler):
    """Keeps no file, so that any number of beats can run anywhere: what must run once per slot asks the database.

    A beat that starts anew waits one interval, so tasks of a day are offered every hour and refused by their slot.
    """

    def setup_schedule(self) -> None:
        self.merge_inplace(self.app.conf.beat_schedule)

    def tick(self, *args: Any, **options: Any) -> Any:
        alive.touch()
        return super().tick(*args, **options)


if __name__ == "__main__":
    Beat(app=app, scheduler_cls="helpdesk.beat:Scheduler", max_interval=15, loglevel="WARNING", quiet=True).run()
