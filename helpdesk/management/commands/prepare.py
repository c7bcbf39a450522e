import hashlib
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError

from helpdesk import supervisor
from helpdesk.lib import catalogues, clock
from sla.actions import keeping


class Command(BaseCommand):
    """What `make run` needs Django for. Progress goes to stderr; the last line of stdout is JSON for the supervisor."""

    help = "Migrate, compile messages, collect static files and, in an empty demo, seed it. Safe to run again."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-demo", action="store_true", help="leave an empty database empty")
        parser.add_argument("--no-database", action="store_true", help="only messages and static files, for an image")

    def handle(self, *args: Any, **options: Any) -> None:
        catalogues.compile_all()
        self._collect_static()
        if options["no_database"]:
            return
        call_command("migrate", interactive=False, verbosity=0)
        keeping.make_usual_policy(at=clock.database_now())
        if not settings.DEMO:
            refuse_demo_people()
        elif not options["no_demo"]:
            self._seed()
        self.stdout.write(json.dumps({"logins": _logins() if settings.DEMO else {}}))

    def _collect_static(self) -> None:
        """Only when a source changed: hashing and compressing everything takes seconds."""
        digest, stamp = _static_digest(), Path(settings.STATIC_ROOT).with_suffix(".digest")
        if stamp.exists() and stamp.read_text() == digest:
            return
        self.stderr.write("Collecting static files ...")
        # Of the REST framework only its unused HTML pages bring static files.
        ignored = ["rest_framework"]
        call_command("collectstatic", interactive=False, clear=True, verbosity=0, ignore_patterns=ignored)
        stamp.write_text(digest)

    def _seed(self) -> None:
        if get_user_model().objects.exists():
            return
        if "demo" not in get_commands():
            self.stderr.write("There is no demo to seed; the database stays empty.")
            return
        self.stderr.write("Making the demo; this happens once ...")
        call_command("demo", stdout=self.stderr, stderr=self.stderr)
        # The demo's Monday begins when its makers are done, however slow the machine.
        supervisor.clock_path(settings.DATA_DIR).write_text(str(supervisor.clock_offset_s()))


def refuse_demo_people() -> None:
    if get_user_model().objects.filter(email__iendswith="@bursztyn.example").exists():
        raise CommandError(
            "DATABASE_URL names a database with the demo in it, whose people have a password that anyone can read: "
            "with DEMO=0 give it an empty one."
        )


def _static_digest() -> str:
    digest = hashlib.sha256()
    project = Path(settings.BASE_DIR)
    sources = [project / "requirements.lock", project / "helpdesk" / "lib" / "assets.py"]
    for folder in settings.STATICFILES_DIRS:
        sources += sorted(path for path in Path(folder).rglob("*") if path.is_file())
    for path in sources:
        if path.exists():
            digest.update(path.relative_to(project).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _logins() -> dict[str, str]:
    """One address per role to log in with, the longest-standing of each, in the order of a first look round."""
    people = get_user_model().objects.filter(is_active=True, email__isnull=False).order_by("role", "pk")
    emails = dict(people.distinct("role").values_list("role", "email"))
    return {role: str(emails[role]) for role in ("agent", "lead", "admin", "colleague", "requester") if role in emails}
