"""Imported once by the process that the race tests fork theirs from."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")
django.setup()

from tests.tickets import racing  # noqa: E402, F401
from tickets import tasks  # noqa: E402, F401
