"""The restore drill: a desk under writes is backed up, put back elsewhere, and compared by what lies there."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection

from helpdesk.backup import contents, making, restoring
from helpdesk.lib import clock, embedded, processes
from tests import databases, factories
from tests.survival.desk import database_url, wait_for
from tickets.actions import noting, opening, replying, ruling
from tickets.actions.attaching import File
from tickets.models import Attachment, Channel, DeskSettings, Event, Message, Ticket

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True), pytest.mark.timeout(480)]

UNSETTLED = "from tickets_event where xid >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint"


@pytest.fixture(autouse=True)
def alone(transactional_db: None) -> None:
    """Nobody else is connected: a thread of a test before may have left its connection open."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'"
        )


def backup(folder: Path) -> Path:
    """A backup of the test's database, made in this process."""
    return making.back_up(folder, keep=None, say=lambda sentence: None)[0]


def command(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    inherited = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=embedded.PROJECT,
        env=inherited | environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=processes.child(),
    )


def said(process: subprocess.Popen[str]) -> tuple[int, str]:
    output, errors = process.communicate(timeout=120)
    return process.returncode, output + errors


def is_settled(url: str) -> bool:
    """Whether the feed may show all events. The tests beside this one, in databases of their own, hold it up too."""
    return databases.rows(url, f"select count(*) {UNSETTLED}") == [(0,)]


def a_desk() -> tuple[Any, Any]:
    """One that works: its rules have begun to read events, and its settings have been looked at."""
    ruling.run_events(at=clock.now())
    DeskSettings.objects.get_or_create(pk=1)
    team = factories.make_team()
    return factories.make_queue(team), factories.make_agent(team)


def write_one(queue: Any, agent: Any, number: int) -> None:
    """A ticket with an attachment of its own, one that many share, a note and a reply with another."""
    at, requester = clock.now(), factories.make_requester(email=f"writer-{number}@klient.example")
    own, shared = File("own.txt", os.urandom(20_000)), File("logo.png", b"the same for all" * 100)
    facts = {"channel": Channel.WEB, "subject": "Kopia", "text": "Treść"}
    ticket = opening.open_ticket(
        requester=requester, queue=queue, by=requester, at=at, attachments=[own, shared], **facts
    )
    noting.note(ticket=ticket, by=agent, text="Tylko dla nas.", at=at)
    replying.reply(ticket=ticket, by=agent, text="Proszę.", at=at, attachments=[File("re.txt", os.urandom(5_000))])


@contextmanager
def writers(queue: Any, agent: Any, count: int = 3) -> Iterator[Callable[[], int]]:
    """Threads that write without a pause; the block is given how many rounds they have done."""
    stop, done, failures = threading.Event(), [0] * count, []

    def work(mine: int) -> None:
        try:
            while not stop.is_set():
                write_one(queue, agent, mine * 1_000_000 + done[mine])
                done[mine] += 1
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[mine]) for mine in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield lambda: sum(done)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert failures == []


def test_a_desk_under_writes_comes_back_whole_elsewhere(tmp_path: Path) -> None:
    queue, agent = a_desk()
    write_one(queue, agent, 999_999_999)
    # As on a server that has counted far beyond what the new one has.
    Event.objects.update(xid=4_000_000_000_000)
    source = {"DATABASE_URL": database_url(), "BACKUP_DIR": str(tmp_path / "backups")}
    with writers(queue, agent) as done:
        wait_for(lambda: done() >= 3, within_s=60)
        before, begun = Message.objects.count(), done()
        code, output = said(command("backup", **source))
        after, ended = Message.objects.count(), done()
    assert code == 0, output
    (folder,) = (path for path in (tmp_path / "backups").iterdir() if path.is_dir())
    manifest = json.loads((folder / "manifest.json").read_text())
    assert ended > begun
    assert before <= manifest["rows"]["tickets_message"] <= after

    with databases.empty_database() as url:
        target = {"DATABASE_URL": url, "DATA_DIR": str(tmp_path / "elsewhere")}
        code, output = said(command("restore", str(folder), **target))

        assert code == 0, output
        assert "The desk is as it was at the backup." in output
        assert "BAD" not in output
        for table, count in manifest["rows"].items():
            assert databases.rows(url, f'select count(*) from "{table}"') == [(count,)]  # noqa: S608
        files = databases.rows(url, "select distinct sha256, size from tickets_attachment")
        assert len(files) == manifest["files"] > 6
        for sha256, size in files:
            content = (tmp_path / "elsewhere/files/attachments" / sha256[:2] / sha256).read_bytes()
            assert (hashlib.sha256(content).hexdigest(), len(content)) == (sha256, size)
        # No ticket is half there, and what happens next comes after what the feed holds.
        whole = (
            "select distinct (select count(*) from tickets_message m where m.ticket_id = t.id), "
            "(select count(*) from tickets_event e where e.ticket_id = t.id) from tickets_ticket t"
        )
        shapes = set(databases.rows(url, whole))
        assert (3, 3) in shapes
        assert shapes <= {(1, 1), (2, 2), (3, 3)}
        wait_for(lambda: is_settled(url), within_s=120)
        databases.run(url, "insert into tickets_team (name) values ('after the restore')")

        code, output = said(command("restore", str(folder), **target))
        assert code == 1
        assert "The database holds a desk already: --overwrite replaces it, for good." in output
        assert databases.rows(url, "select count(*) from tickets_team where name = 'after the restore'") == [(1,)]
        code, output = said(command("restore", str(folder), "--overwrite", SECRET_KEY="another key " * 4, **target))
        assert code == 0, output
        assert "SECRET_KEY is not the one of the backup: everybody signs in anew" in output
        assert databases.rows(url, "select count(*) from tickets_team where name = 'after the restore'") == [(0,)]


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def an_attachment(folder: Path) -> Path:
    return next((folder / "files").glob("*/*"))


def test_a_damaged_backup_is_refused_in_a_sentence_and_changes_nothing(tmp_path: Path) -> None:
    queue, agent = a_desk()
    write_one(queue, agent, 1)
    good = backup(tmp_path)
    assert contents.check(good).rows["tickets_ticket"] == 1
    harm: dict[str, Callable[[Path], Any]] = {
        r"damaged: database\.dump is not what was written": lambda folder: flip_a_bit(folder / "database.dump"),
        r"damaged: manifest\.json is not what was written": lambda folder: flip_a_bit(folder / "manifest.json"),
        r"damaged: the attachment .* is not what was written": lambda folder: flip_a_bit(an_attachment(folder)),
        r"damaged: the attachment .* is missing": lambda folder: an_attachment(folder).unlink(),
        r"damaged: database\.dump is missing": lambda folder: (folder / "database.dump").unlink(),
        r"is not a backup: it has no SHA256SUMS": lambda folder: (folder / "SHA256SUMS").unlink(),
        r"damaged: line \d+ of SHA256SUMS cannot be read": lambda folder: os.truncate(
            folder / "SHA256SUMS", (folder / "SHA256SUMS").stat().st_size - 30
        ),
        r"damaged: SHA256SUMS does not name what manifest\.json counts": lambda folder: (
            folder / "SHA256SUMS"
        ).write_text("".join((folder / "SHA256SUMS").read_text().splitlines(keepends=True)[:-1])),
    }
    for sentence, damage in harm.items():
        damaged = tmp_path / "damaged"
        shutil.copytree(good, damaged)
        damage(damaged)
        with pytest.raises(CommandError, match=sentence):
            call_command("restore", damaged, "--overwrite")
        shutil.rmtree(damaged)
    assert Ticket.objects.count() == 1


def test_a_dump_that_cannot_be_read_to_its_end_leaves_the_database_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restoring, "WATCH_S", 0.0)
    queue, agent = a_desk()
    write_one(queue, agent, 1)
    broken = backup(tmp_path)
    dump = broken / contents.DUMP
    os.truncate(dump, dump.stat().st_size * 9 // 10)
    contents.write_sums(broken, iter(contents.attachments(broken)))
    write_one(queue, agent, 2)

    with pytest.raises(CommandError, match="pg_restore failed"):
        call_command("restore", broken, "--overwrite")

    assert Ticket.objects.count() == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_backup_leaves_nothing_that_looks_whole(tmp_path: Path, number: signal.Signals) -> None:
    a_desk()
    source = {"DATABASE_URL": database_url(), "BACKUP_DIR": str(tmp_path)}
    holder = psycopg2.connect(database_url())
    waiting = "select pid from pg_stat_activity where application_name = 'pg_dump' and datname = current_database()"
    try:
        with holder.cursor() as cursor:
            cursor.execute("lock table tickets_draft in access exclusive mode")
        interrupted = command("backup", **source)
        wait_for(lambda: databases.rows(database_url(), waiting), within_s=60)

        with pytest.raises(making.CannotBackUp, match="Another backup is being written"):
            backup(tmp_path)
        interrupted.send_signal(number)
        interrupted.communicate(timeout=60)
    finally:
        holder.close()

    left = [path for path in tmp_path.iterdir() if path.is_dir()]
    assert len(left) == (1 if number == signal.SIGKILL else 0)
    for folder in left:
        with pytest.raises(contents.Broken, match="interrupted: it is not whole"):
            contents.check(folder)
    wait_for(lambda: not databases.rows(database_url(), waiting), within_s=30)
    whole = backup(tmp_path)
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == [whole]


def test_what_the_storage_lost_is_named_and_the_rest_is_kept(tmp_path: Path) -> None:
    queue, agent = a_desk()
    write_one(queue, agent, 1)
    lost, damaged, kept = Attachment.objects.order_by("pk")
    default_storage.delete(lost.path)
    flip_a_bit(Path(default_storage.path(damaged.path)))

    with pytest.raises(CommandError, match="2 attachments that the database names are missing or damaged"):
        call_command("backup", "--into", tmp_path)

    (folder,) = (path for path in tmp_path.iterdir() if path.is_dir())
    assert set(contents.check(folder).lost) == {lost.sha256, damaged.sha256}
    assert contents.attachments(folder) == [kept.sha256]


def test_only_the_newest_are_kept_and_nothing_else_is_touched(tmp_path: Path) -> None:
    (tmp_path / "dyzur-20200101T000000Z").mkdir()
    (tmp_path / "dyzur-20200102T000000Z").mkdir()
    (tmp_path / "dyzur-old").mkdir()

    call_command("backup", "--into", tmp_path, "--keep", "2")

    names = sorted(path.name for path in tmp_path.iterdir() if path.is_dir())
    assert names[0] == "dyzur-20200102T000000Z"
    assert names[2] == "dyzur-old"
    assert len(names) == 3


def test_the_desk_in_use_and_foreign_databases_are_not_replaced(tmp_path: Path) -> None:
    a_desk()
    folder = backup(tmp_path)
    other = psycopg2.connect(database_url())
    try:
        with pytest.raises(CommandError, match="1 others are connected to the database: stop web, live, worker"):
            call_command("restore", folder, "--overwrite")
    finally:
        other.close()
    with databases.empty_database() as url:
        databases.run(url, "create table payroll (salary int)")
        code, output = said(command("restore", str(folder), "--overwrite", DATABASE_URL=url, DATA_DIR=str(tmp_path)))
        assert code == 1
        assert "tables of something else" in output
        assert databases.rows(url, "select count(*) from payroll") == [(0,)]


def test_a_worker_that_connects_only_for_its_tasks_is_noticed(tmp_path: Path) -> None:
    a_desk()
    folder = backup(tmp_path)
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(0.3):
            databases.rows(database_url(), "select 1")

    worker = threading.Thread(target=work)
    worker.start()
    try:
        with pytest.raises(CommandError, match=r"connecting to the database|connected to the database"):
            call_command("restore", folder, "--overwrite")
    finally:
        stop.set()
        worker.join()


def test_the_feed_goes_on_while_a_backup_reads(tmp_path: Path) -> None:
    """Its long transaction writes nothing, so nothing that commits meanwhile waits for it."""
    queue, agent = a_desk()
    with making._snapshot():
        thread = threading.Thread(target=lambda: (write_one(queue, agent, 1), connection.close()))
        thread.start()
        thread.join()
        assert databases.rows(database_url(), "select count(*) from tickets_event") == [(3,)]
        wait_for(lambda: is_settled(database_url()), within_s=120)
