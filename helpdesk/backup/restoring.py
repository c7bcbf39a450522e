"""The way back: check it all, put attachments in place, load the database in one transaction, look at what is there."""

import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from helpdesk.backup import contents, facts
from helpdesk.backup.contents import Manifest
from helpdesk.lib import postgres_tools, processes
from tickets.models import Attachment, Event, Outbox
from tickets.models.message import storage_path

WATCH_S = 7.0
"""Beat offers mail to send every 5 s."""


class CannotRestore(RuntimeError):
    """str() says why nothing was changed."""


@dataclass
class Report:
    """What was looked at after a restore: sentences that hold, sentences that do not, and what to know."""

    holds: list[tuple[str, str]] = field(default_factory=list)
    broken: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, subject: str, trouble: str, otherwise: str) -> None:
        (self.broken if trouble else self.holds).append((subject, trouble or otherwise))


def restore(folder: Path, *, overwrite: bool, say: Callable[[str], None]) -> Report:
    """Put the backup in `folder` in place of what the database holds; `overwrite` allows that to be a desk's data.

    Raises `Broken`, `CannotRestore` or `CannotRun` before anything is changed, or with the database as it was.
    """
    say("Checking every byte of the backup ...")
    manifest = contents.check(folder)
    _require_fit(manifest)
    _require_room(overwrite)
    say(f"Putting {manifest.files:,} attachments in place ...")
    for sha256 in contents.attachments(folder):
        _put_file(folder, sha256)
    say("Restoring the database ...")
    _load(folder / contents.DUMP)
    report = Report()
    say("Looking whether it is all there ...")
    _look(report, manifest)
    _migrate(report, manifest)
    with connection.cursor() as cursor:
        cursor.execute("analyze")
    _note(report, manifest)
    return report


def _require_fit(manifest: Manifest) -> None:
    unknown = set(manifest.migrations) - set(MigrationLoader(None).graph.nodes)
    if unknown:
        raise CannotRestore(
            f"The backup was made by a newer version: it has the migration {'.'.join(min(unknown))}, unknown here."
        )
    if manifest.is_demo and not settings.DEMO:
        raise CannotRestore("The backup was made of a demo, whose passwords anyone can read, and DEMO=0 is production.")
    if postgres_tools.server_version() < manifest.postgres:
        raise CannotRestore(
            f"The backup was made of PostgreSQL {manifest.postgres}, and DATABASE_URL names an older server, "
            f"{postgres_tools.server_version()}."
        )


def _require_room(overwrite: bool) -> None:
    found = facts.tables()
    if found and not {"django_migrations", "tickets_user"} <= set(found):
        raise CannotRestore("DATABASE_URL names a database with tables of something else: give an empty one.")
    holds_a_desk = bool(found) and _number("select count(*) from (select from tickets_user limit 1) as one") > 0
    if holds_a_desk and not overwrite:
        raise CannotRestore("The database holds a desk already: --overwrite replaces it, for good.")
    others = _number(
        "select count(*) from pg_stat_activity where datname = current_database() "
        "and pid <> pg_backend_pid() and backend_type = 'client backend'"
    )
    if others:
        raise CannotRestore(f"{others} others are connected to the database: stop web, live, worker and beat first.")
    if holds_a_desk:
        _refuse_passing_visitors()


def _refuse_passing_visitors() -> None:
    """A worker connects for each task and leaves again: watch for longer than its pauses last."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_stat_force_next_flush()")  # else our own connection would be counted later
    count = "select sessions from pg_stat_database where datname = current_database()"
    at_first, until = _number(count), time.monotonic() + WATCH_S
    while time.monotonic() < until:
        time.sleep(0.25)
        if _number(count) > at_first:
            raise CannotRestore("Somebody keeps connecting to the database: stop web, live, worker and beat first.")


def _number(query: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return int(cursor.fetchone()[0])


def _put_file(folder: Path, sha256: str) -> None:
    """Under its hash: a right one that is there stays, a damaged one is replaced."""
    if _stored(sha256) != sha256:
        with (folder / contents.file_path(sha256)).open("rb") as source:
            default_storage.save(storage_path(sha256), File(source))


def _stored(sha256: str) -> str:
    """The hash of what really lies under this one; empty when nothing does."""
    try:
        with default_storage.open(storage_path(sha256)) as file:
            return contents.digest(file)  # type: ignore[arg-type]
    except FileNotFoundError:
        return ""


def _load(dump: Path) -> None:
    """All or nothing. The last word is ours: psql ends without `commit` when either program fails or we are killed."""
    connection.close()
    reader = postgres_tools.start_plain(
        "pg_restore", "--file=-", "--no-owner", "--no-privileges", str(dump), stdout=subprocess.PIPE
    )
    quiet = ["--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1", "--output=/dev/null"]
    writer = postgres_tools.start("psql", *quiet, stdin=subprocess.PIPE)
    connection.close()
    assert reader.stdout is not None
    assert writer.stdin is not None
    try:
        try:
            writer.stdin.write(b"begin;\ndrop schema if exists public cascade;\ncreate schema public;\n")
            shutil.copyfileobj(reader.stdout, writer.stdin, contents.CHUNK_BYTES)
            postgres_tools.finish(reader, "pg_restore")
            writer.stdin.write(b"commit;\n")
        except BrokenPipeError:  # psql has said why on stderr
            pass
        postgres_tools.finish(writer, "psql")
    finally:
        processes.stop(reader)
        processes.stop(writer)


def _look(report: Report, manifest: Manifest) -> None:
    rows = facts.rows()
    differing = sorted(
        table for table in rows.keys() | manifest.rows.keys() if rows.get(table) != manifest.rows.get(table)
    )
    report.add(
        "rows",
        f"other numbers than at the backup in {', '.join(differing)}" if differing else "",
        f"{sum(rows.values()):,} in {len(rows)} tables, as at the backup",
    )
    Event.objects.settle_all()
    report.add(
        "events",
        "" if facts.events() == manifest.events else "not in the order of the backup",
        f"{rows.get('tickets_event', 0):,}, in the order of the backup",
    )
    late = facts.late_sequences()
    report.add(
        "numbers",
        f"the next is taken already in {', '.join(late)}" if late else "",
        "the next one is free in every table",
    )
    named = set(Attachment.objects.values_list("sha256", flat=True).distinct())
    wrong = sorted(sha256 for sha256 in named - set(manifest.lost) if _stored(sha256) != sha256)
    report.add(
        "attachments",
        f"{len(wrong)} missing or damaged, first {wrong[0]}" if wrong else "",
        f"{manifest.files:,} files, {manifest.bytes / 1e6:,.1f} MB, each with its right hash",
    )
    if manifest.lost:
        report.notes.append(
            f"{len(manifest.lost)} attachments were lost before the backup was made, first {manifest.lost[0]}."
        )


def _migrate(report: Report, manifest: Manifest) -> None:
    call_command("migrate", interactive=False, verbosity=0)
    new = len(set(MigrationLoader(connection).applied_migrations) - set(manifest.migrations))
    report.add("migrations", "", f"{new} applied after the restore" if new else "none was needed")


def _note(report: Report, manifest: Manifest) -> None:
    if facts.key_mark(manifest.made_at) == manifest.key_mark:
        report.add("SECRET_KEY", "", "the one of the backup")
    else:
        report.notes.append(
            "SECRET_KEY is not the one of the backup: everybody signs in anew, links in mails that were sent are dead, "
            "and passwords of mailboxes and senders and second factors must be set up again. Put the old key into "
            "SECRET_KEY, or beside the new one into SECRET_KEY_FALLBACKS, and all of it works."
        )
    waiting = Outbox.objects.filter(state=Outbox.State.PENDING).count()
    if waiting:
        report.notes.append(
            f"{waiting} mails were waiting to leave when the backup was made. A worker sends them as soon as it runs, "
            "some perhaps for the second time, with the same Message-ID."
        )
    if settings.DEMO and manifest.clock_offset_s:
        (settings.DATA_DIR / "clock_offset_s").write_text(manifest.clock_offset_s)
