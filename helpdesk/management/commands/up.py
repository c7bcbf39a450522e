from typing import Any

from django.core.management.base import BaseCommand

from helpdesk import supervisor


class Command(BaseCommand):
    """`manage.py` itself hands `up` to the supervisor, before Django wants the database that up is about to start."""

    help = "Start PostgreSQL and Redis where none are given, then web, live, worker and beat, until Ctrl-C."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        raise SystemExit(supervisor.run())
