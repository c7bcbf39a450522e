"""Mail is read by children that may die of it; the process that asks them always gets an answer or a reason."""

import base64
import json
import multiprocessing
import os
import queue
import random
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
from django.db import connection

from tests.tickets.channels.email import burning_reader, ordinary
from tests.tickets.channels.email.conftest import raw_mail
from tickets.channels.email import identity, parsing, reader, reading, receiving, wire
from tickets.channels.email.reading import CannotStart, Pool, Unreadable
from tickets.models import InboundMessage

MAILS = list(ordinary.mails())


@pytest.fixture
def pool(monkeypatch):
    """The pool that `reading.read` asks, with children of our own kind."""
    pool = Pool(burning_reader.__name__)
    monkeypatch.setattr(reading, "pool", pool)
    yield pool
    pool.close()


def ask(words: str):
    return reading.pool.ask({"read": ""}, [words.encode()])


def test_a_child_reads_what_the_parser_reads():
    for mail in MAILS:
        assert reading.read(mail.raw) == parsing.parse(mail.raw, own_instance=identity.instance())


def test_a_child_is_warm_for_the_next_mail_and_knows_no_setting_and_no_secret(pool):
    (first, blobs), (second, _) = ask("words"), ask("more")

    assert (first["said"], blobs) == ("words", [b"words"])
    assert first["pid"] == second["pid"] == pool.pids()[0]
    names = {name for name in first["environment"] if not name.startswith(("LC_", "__"))}
    assert names <= {"PATH", "LD_LIBRARY_PATH", "PYTHONHOME", "TMPDIR", "MALLOC_ARENA_MAX", "PYTHONDONTWRITEBYTECODE"}


def test_the_program_loads_no_django_and_stays_small():
    """Every process that reads mail keeps a child: its memory counts once for each."""
    code = "import sys, tickets.channels.email.reader; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=reading.PROJECT, capture_output=True, check=True, text=True
    )

    heavy = {
        "django",
        "psutil",
        "psycopg2",
        "celery",
        "asyncio",
        "charset_normalizer",
        "puremagic",
        "icalendar",
        "pytz",
    }
    assert heavy.isdisjoint(loaded.stdout.split())


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("burn", "took more than 10 s"),
        ("fill", "needed more than 512 MB"),
        ("die SIGKILL", "ended twice over this one (SIGKILL)"),
        ("die SIGSEGV", "(SIGSEGV)"),
        ("leave 3", "(exit code 3)"),
        ("leave 0", "(exit code 0)"),
        ("babble", "ended twice"),
        ("shape", "WrongShape"),
    ],
)
def test_what_a_mail_does_to_its_reader_is_said_in_a_sentence_and_the_next_is_read(pool, monkeypatch, words, reason):
    with pytest.raises(Unreadable) as refusal:
        reading.read(words.encode())

    assert reason in str(refusal.value)
    assert ask("next")[0]["said"] == "next"
    assert len(pool.pids()) == 1


def test_a_reader_that_hangs_is_ended(pool, monkeypatch):
    ask("warm up")
    monkeypatch.setattr(reading, "WALL_S", 0.5)

    with pytest.raises(Unreadable, match="did not end within"):
        reading.read(b"sleep")

    assert pool.pids() == []


def test_a_child_that_somebody_else_kills_is_replaced_unnoticed(pool, tmp_path):
    head, _ = (
        ask(f"die_once {tmp_path}/one") if False else reading._asked({"read": ""}, f"die_once {tmp_path}/one".encode())
    )

    assert head["said"].startswith("die_once")


def test_children_killed_at_random_cost_no_mail():
    """Each of four threads reads on while every reader in sight is killed again and again."""
    stop = threading.Event()
    killed = []

    def kill():
        dice = random.Random(5)
        while not stop.wait(dice.uniform(0.05, 0.3)) and len(killed) < 12:
            for child in psutil.Process().children():
                try:
                    if reader.__name__ in child.cmdline():
                        child.kill()
                        killed.append(child.pid)
                except psutil.Error:
                    pass

    def read(mail):
        for _ in range(20):
            try:
                return reading.read(mail.raw).subject == mail.subject
            except (Unreadable, CannotStart):
                pass  # two deaths over one mail, or one in its first moment: quarantined, or stored for the next run
        return False

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        with ThreadPoolExecutor(4) as threads:
            assert all(threads.map(read, MAILS))
    finally:
        stop.set()
        killer.join()


def test_threads_share_two_children(pool):
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(ask, [f"mail {number}" for number in range(60)]))

    assert [head["said"] for head, _ in answers] == [f"mail {number}" for number in range(60)]
    assert len(pool.pids()) <= reading.MAX_READERS


def test_a_forked_process_has_children_of_its_own(pool):
    ours = ask("before")[0]["pid"]
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()

    process = context.Process(target=lambda: answers.put((pool.pids(), ask("there")[0]["pid"])))
    process.start()
    waiting, theirs = answers.get()
    process.join()

    assert (waiting, process.exitcode) == ([], 0)
    assert theirs != ours
    assert ask("after")[0]["pid"] == ours


def test_an_idle_child_leaves_and_the_next_mail_starts_another(pool, monkeypatch):
    monkeypatch.setattr(reading, "_environment", lambda: {**os.environ, "READER_IDLE_S": "1"})
    first = ask("first")[0]["pid"]
    psutil.wait_procs([psutil.Process(first)], timeout=30)

    assert reading._asked({"read": ""}, b"second")[0]["pid"] != first


def test_an_idle_child_that_left_is_no_zombie(pool, monkeypatch):
    monkeypatch.setattr(reading, "_environment", lambda: {**os.environ, "READER_IDLE_S": "1"})
    monkeypatch.setattr(reading, "SWEEP_S", 0.2)
    child = ask("first")[0]["pid"]

    while sweeper := pool._sweeper:
        sweeper.join()

    assert not psutil.pid_exists(child)  # which a zombie does
    assert pool.pids() == []


def test_a_child_is_replaced_after_some_mails_and_after_a_large_one(pool, monkeypatch):
    small, large = ask("small")[0], reading.pool.ask({"read": ""}, [b"x" * 80_000_000])[0]

    assert small["is_last"] is False
    assert (large["pid"], large["is_last"]) == (small["pid"], True)
    assert pool.pids() == []


@pytest.mark.parametrize("words", ["words", "burn", "sleep"])
def test_no_child_outlives_a_killed_parent(words):
    """Idle it sees the line close; at work the kernel tells it."""
    code = (
        "import threading\n"
        "from tickets.channels.email import reading\n"
        "pool = reading.Pool('tests.tickets.channels.email.burning_reader')\n"
        "print(pool.ask({}, [b'warm'])[0]['pid'], flush=True)\n"
        f"pool.ask({{}}, [b'{words}'])\n"
        "threading.Event().wait()\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=reading.PROJECT, stdout=subprocess.PIPE)
    child = psutil.Process(int(parent.stdout.readline()))

    parent.kill()
    parent.wait()
    parent.stdout.close()

    gone, alive = psutil.wait_procs([child], timeout=30)
    assert (gone, alive) == ([child], [])


def test_a_child_that_is_left_before_it_takes_up_its_job_does_not_do_it():
    ours, theirs = socket.socketpair()
    with theirs:
        program = [sys.executable, "-s", "-m", "tests.tickets.channels.email.burning_reader"]
        child = subprocess.Popen(program, stdin=theirs.fileno(), cwd=reading.PROJECT)
    with ours:
        wire.receive(ours, at_most=1_000_000)  # it is ready
        child.send_signal(signal.SIGSTOP)
        wire.send(ours, wire.encoded({}, [b"sleep"]))
    child.send_signal(signal.SIGCONT)

    try:
        child.wait(30)
    finally:
        child.kill()


def test_a_mail_waits_while_no_child_can_be_started(monkeypatch):
    """No memory, no processes left, a broken installation: no fault of the mail, so no quarantine."""
    broken = Pool("tests.no_such_program")
    monkeypatch.setattr(reading, "pool", broken)

    with pytest.raises(CannotStart):
        reading.read(raw_mail())

    assert issubclass(CannotStart, OSError)


def test_a_child_with_other_code_is_not_believed(monkeypatch):
    monkeypatch.setattr(reading, "pool", Pool())
    monkeypatch.setattr(reading, "_fingerprint", lambda: "of yesterday")

    with pytest.raises(CannotStart, match="must be restarted"):
        reading.read(raw_mail())


def test_a_mail_at_the_limit_is_read_within_its_memory():
    content = random.Random(1).randbytes(25_500_000)
    raw = (
        b"From: a@x.example\nSubject: large\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nwords\n"
        b"--b\nContent-Type: application/octet-stream; name=a.bin\nContent-Transfer-Encoding: base64\n\n"
        + base64.encodebytes(content)
        + b"--b--\n"
    )

    mail = reading.read(raw)

    assert (mail.text, len(raw) > 34_000_000) == ("words", True)
    assert [file.content == content for file in mail.attachments] == [True]


def test_a_glance_shows_who_wrote_what_is_not_read():
    raw = raw_mail(sender="Eve <eve@x.example>", subject="=?utf-8?q?=C5=BB=C3=B3=C5=82w?=", headers="X: y\n" * 100_000)

    with pytest.raises(Unreadable) as refusal:
        reading.read(raw)

    assert (refusal.value.sender, refusal.value.subject) == ("eve@x.example", "Żółw")
    assert reading.glance(b"\xff" * 200_000) == ("", "")


def test_answers_are_json_and_bytes_and_never_code():
    pieces = wire.encoded({"read": "x"}, [b"\x80pickle"])

    assert json.loads(pieces[0][4:]) == {"read": "x", "sizes": [7]}
    assert pieces[1:] == [b"\x80pickle"]


@pytest.mark.django_db(transaction=True)
def test_while_a_mail_is_read_no_transaction_is_open_and_nobody_else_reads_it(committed_desk, clock, pool, monkeypatch):
    """An open transaction would hold back the event feed for as long as a bad mail takes."""
    monkeypatch.setattr(reading, "WALL_S", 3.0)
    at, backends = clock.now, queue.SimpleQueue()
    row, _ = receiving.store(b"sleep", mailbox=None, at=at)
    other, _ = receiving.store(b"shape", mailbox=None, at=at)

    def work():
        with connection.cursor() as cursor:
            cursor.execute("select pg_backend_pid()")
            backends.put(cursor.fetchone()[0])
        try:
            receiving.process(row.pk, at=at)
        finally:
            connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    backend = backends.get()
    while not InboundMessage.objects.filter(pk=row.pk, attempts=1).exists() or not pool._working:
        pass
    state = state_of(backend)
    again, beside = receiving.process(row.pk, at=at), receiving.process(other.pk, at=at)
    worker.join()

    row.refresh_from_db()
    assert (state, again, row.attempts) == ("idle", None, 1)
    assert (row.state, beside.state) == ("quarantined", "quarantined")
    assert "did not end within" in row.reason


def state_of(backend):
    with connection.cursor() as cursor:
        cursor.execute("select state, query from pg_stat_activity where pid = %s", [backend])
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_mail_stays_stored_while_no_child_can_be_started(desk, receive, monkeypatch):
    monkeypatch.setattr(reading, "pool", Pool("tests.no_such_program"))
    waiting = receive(raw_mail())
    monkeypatch.undo()

    receiving.process(waiting.pk, at=waiting.received_at)

    assert (waiting.state, waiting.attempts) == ("stored", 0)
    assert InboundMessage.objects.get(pk=waiting.pk).state == "accepted"
