"""What the parts of the product load: each only what it uses, and all that send tasks send them to our broker."""

import subprocess
import sys

from helpdesk.lib import embedded


def printed(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], cwd=embedded.PROJECT, capture_output=True, check=True, text=True
    ).stdout


def test_live_loads_nothing_that_reads_mail_or_sends_tasks():
    """It is a fifth of what the process would hold in memory."""
    loaded = printed("import sys, helpdesk.asgi; print(*sys.modules)").split()

    assert "tickets.consumers" in loaded
    assert {"celery", "kombu", "imapclient", "tickets.tasks", "tickets.channels.email"}.isdisjoint(loaded)


def test_whoever_loads_tasks_sends_them_to_our_broker():
    code = """
import django
django.setup()
from tickets import tasks
print(tasks.drain_outbox.app.main, tasks.drain_outbox.app.conf.task_acks_late)
"""

    assert printed(f"import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'helpdesk.settings'{code}").split() == [
        "helpdesk",
        "True",
    ]
