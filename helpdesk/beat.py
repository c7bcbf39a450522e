"""Beat's own Celery application: it sends tasks by their names, so it loads neither them nor Django's apps."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")

app = Celery("helpdesk", fixups=[])
app.config_from_object("django.conf:settings", namespace="CELERY")
