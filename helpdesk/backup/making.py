"""Making a backup while the desk works: nothing is stopped, nobody waits.

The dump and every figure come from one snapshot. Attachments are copied after it: their bytes are written before the
transaction that names them commits, and under their hash, so whatever the snapshot names is there and stays what it is;
files that came later are not in it and not copied. The sweep of orphans stands still meanwhile.
"""

import fcntl
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from helpdesk.backup import contents, facts
from helpdesk.backup.contents import Manifest
from helpdesk.lib import clock, postgres_tools, processes
from tickets.actions.attaching import without_sweeping
from tickets.models import Attachment, DraftFile
from tickets.models.message import storage_path

NAME = re.compile(r"dyzur-\d{8}T\d{6}Z")


class CannotBackUp(RuntimeError):
    """str() says why there is no new backup."""


def back_up(into: Path, *, keep: int | None, say: Callable[[str], None]) -> tuple[Path, Manifest]:
    """Write a new backup below `into`, check it, then give it its name; with `keep`, delete all but the newest so many.

    Raises `CannotBackUp`, `CannotRun` or `Broken`; then, and when we are killed, no folder has a backup's name that is
    not whole.
    """
    into.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone_in(into):
        made_at = clock.real_now()
        name = f"dyzur-{made_at:%Y%m%dT%H%M%SZ}"
        if (into / name).exists():
            raise CannotBackUp(f"{into / name} exists already: a backup was made in this very second.")
        half_made = into / f"{name}.unfinished"
        try:
            half_made.mkdir(mode=0o700)
            manifest = _write(half_made, f"{made_at:%Y-%m-%dT%H:%M:%SZ}", say)
            say("Reading it again ...")
            contents.check_content(half_made)
            _require_readable_dump(half_made)
            os.sync()
            half_made.rename(into / name)
        except BaseException:
            shutil.rmtree(half_made, ignore_errors=True)
            raise
        _flush(into)
        for old in _surplus(into, keep):
            shutil.rmtree(old)
            say(f"Deleted the older backup {old.name}.")
        return into / name, manifest


def _write(folder: Path, made_at: str, say: Callable[[str], None]) -> Manifest:
    with without_sweeping():
        with _snapshot() as snapshot:
            say("Dumping the database ...")
            _dump(folder / contents.DUMP, snapshot)
            manifest = Manifest(
                made_at=made_at,
                is_demo=settings.DEMO,
                key_mark=facts.key_mark(made_at),
                postgres=postgres_tools.server_version(),
                migrations=sorted(MigrationRecorder(connection).applied_migrations()),
                rows=facts.rows(),
                events=facts.events(),
                files=0,
                bytes=0,
                clock_offset_s=str(round(settings.CLOCK_OFFSET.total_seconds())) if settings.DEMO else "",
            )
            hashes = Attachment.objects.values_list("sha256", flat=True)
            named = sorted(hashes.union(DraftFile.objects.values_list("sha256", flat=True)))
        say(f"Copying {len(named):,} attachments ...")
        manifest.lost = [sha256 for sha256 in named if not _copied(sha256, folder, manifest)]
    contents.write_manifest(folder, manifest)
    lost = set(manifest.lost)
    contents.write_sums(folder, (sha256 for sha256 in named if sha256 not in lost))
    return manifest


@contextmanager
def _snapshot() -> Iterator[str]:
    """A reading transaction whose view of the database pg_dump shares by this name."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set transaction isolation level repeatable read read only")
        cursor.execute("select pg_export_snapshot()")
        yield cursor.fetchone()[0]


def _dump(target: Path, snapshot: str) -> None:
    # Comments on extensions could be restored only by a superuser.
    options = ["--format=custom", "--no-owner", "--no-privileges", "--no-comments", "--no-password"]
    dump = postgres_tools.start(
        "pg_dump", *options, f"--snapshot={snapshot}", f"--file={target}", stdin=subprocess.DEVNULL
    )
    try:
        postgres_tools.finish(dump, "pg_dump")
    finally:
        processes.stop(dump)


def _copied(sha256: str, folder: Path, manifest: Manifest) -> bool:
    """Whether the attachment was there with the bytes its name promises."""
    target = folder / contents.file_path(sha256)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with default_storage.open(storage_path(sha256)) as source, target.open("wb") as copy:
            shutil.copyfileobj(source, copy, contents.CHUNK_BYTES)
    except FileNotFoundError:
        target.unlink(missing_ok=True)
        return False
    if contents.digest_of(target) != sha256:
        target.unlink()
        return False
    manifest.files += 1
    manifest.bytes += target.stat().st_size
    return True


def _require_readable_dump(folder: Path) -> None:
    reader = postgres_tools.start_plain("pg_restore", "--file=/dev/null", str(folder / contents.DUMP))
    try:
        postgres_tools.finish(reader, "pg_restore")
    finally:
        processes.stop(reader)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """One backup at a time; what killed ones left behind is removed."""
    with (folder / ".lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CannotBackUp(f"Another backup is being written into {folder}.") from None
        for leftover in folder.glob("dyzur-*.unfinished"):
            shutil.rmtree(leftover)
        yield


def _surplus(folder: Path, keep: int | None) -> list[Path]:
    """All but the newest `keep`: their names sort by time."""
    whole = sorted(path for path in folder.iterdir() if NAME.fullmatch(path.name))
    return whole[:-keep] if keep else []


def _flush(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
