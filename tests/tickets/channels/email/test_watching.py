"""IDLE with a real dovecot: new mail is heard of, whatever breaks in between, and threads end when they should."""

import queue
import threading
import time
from datetime import timedelta

import pytest

from helpdesk.lib import clock
from tests.tickets.channels.email import dovecot
from tests.tickets.channels.email.conftest import raw_mail
from tickets.channels.email import watching
from tickets.models import Mailbox
from tickets.queries import housekeeping

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE_S = 60


@pytest.fixture(scope="module")
def server(dovecot_program):
    with dovecot.running(dovecot_program) as running:
        yield running


@pytest.fixture
def line(server):
    line = dovecot.Line(server.port)
    yield line
    line.close()


@pytest.fixture
def mailbox(committed_desk, line, settings):
    settings.EGRESS_ALLOW = ["127.0.0.1"]
    box = committed_desk.mailbox
    box.port, box.username, box.password = line.port, f"idle-{time.time_ns()}", dovecot.PASSWORD
    box.save()
    return box


@pytest.fixture
def hints(mailbox):
    """What a watcher says about the mailbox, the first word (that it listens now) taken off."""
    heard = queue.Queue()
    watcher = watching.Watcher(heard.put, look_s=0.2)
    watcher.start()
    assert heard.get(timeout=PATIENCE_S) == mailbox.pk
    yield heard
    watcher.stop()
    assert not watcher.is_alive()
    assert watches(mailbox) == []


def watches(mailbox):
    return [thread for thread in threading.enumerate() if thread.name == f"mailbox-{mailbox.pk}"]


def wait_until(is_true):
    until = time.monotonic() + PATIENCE_S
    while not is_true():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_new_mail_is_heard_of_each_time(server, mailbox, hints):
    for number in range(3):
        server.deliver(mailbox.username, raw_mail(message_id=f"<{number}@x>"))

        assert hints.get(timeout=PATIENCE_S) == mailbox.pk


def test_a_line_that_breaks_is_made_again(server, mailbox, hints, line):
    line.cut()

    assert hints.get(timeout=PATIENCE_S) == mailbox.pk  # it listens again
    server.deliver(mailbox.username, raw_mail())
    assert hints.get(timeout=PATIENCE_S) == mailbox.pk


def test_a_server_that_restarts_is_listened_to_again(server, mailbox, hints):
    server.stop()
    server.start()

    assert hints.get(timeout=PATIENCE_S) == mailbox.pk
    server.deliver(mailbox.username, raw_mail())
    assert hints.get(timeout=PATIENCE_S) == mailbox.pk


def test_the_line_is_spoken_to_again_and_again(server, mailbox, line, monkeypatch):
    """A server may forget who idles, a firewall too; and a line that broke silently shows when it is spoken to."""
    monkeypatch.setattr(watching, "RENEW_S", 0.2)
    heard = queue.Queue()
    watcher = watching.Watcher(heard.put, look_s=0.2)
    watcher.start()
    assert heard.get(timeout=PATIENCE_S) == mailbox.pk
    said = line.said
    wait_until(lambda: line.said > said + 10)

    server.deliver(mailbox.username, raw_mail())

    assert heard.get(timeout=PATIENCE_S) == mailbox.pk
    assert line.calls == 1
    watcher.stop()


@pytest.mark.parametrize(
    "change",
    [{"is_active": False}, {"uses_idle": False}, {"kind": "push"}, {"failing_since": clock.real_now()}],
    ids=lambda change: next(iter(change)),
)
def test_a_mailbox_that_wants_no_watch_gets_none(mailbox, hints, change):
    (watch,) = watches(mailbox)

    Mailbox.objects.update(**change)

    wait_until(lambda: not watches(mailbox))
    assert not watch.is_alive()


def test_a_changed_password_is_another_connection(server, mailbox, hints, line):
    (watch,) = watches(mailbox)
    mailbox.username += "-2"
    mailbox.save()

    assert hints.get(timeout=PATIENCE_S) == mailbox.pk
    wait_until(lambda: not watch.is_alive())
    server.deliver(mailbox.username, raw_mail())
    assert hints.get(timeout=PATIENCE_S) == mailbox.pk
    assert line.calls == 2


def test_a_server_without_idle_is_left_to_the_regular_visits(dovecot_program, mailbox):
    with dovecot.running(dovecot_program, more="imap_capability = IMAP4rev1 SASL-IR LITERAL+") as server:
        line = dovecot.Line(server.port)
        mailbox.port = line.port
        mailbox.save()
        heard = queue.Queue()
        watcher = watching.Watcher(heard.put, look_s=0.2)
        watcher.start()
        wait_until(lambda: line.calls == 1)
        wait_until(lambda: line.ended >= 1)
        watcher.stop()
        line.close()

    assert heard.empty()
    assert line.calls == 1


def test_watching_marks_nothing(server, mailbox, hints):
    server.deliver(mailbox.username, raw_mail())
    hints.get(timeout=PATIENCE_S)

    assert server.unseen(mailbox.username) == 1


@pytest.mark.parametrize(
    ("failing_minutes", "visited_seconds_ago", "is_due"),
    [
        (None, 1, True),
        (1, 14, False),
        (1, 15, True),
        (20, 299, False),
        (20, 300, True),
        (9999, 599, False),
        (9999, 600, True),
    ],
)
def test_a_mailbox_that_fails_is_visited_more_and_more_rarely(mailbox, failing_minutes, visited_seconds_ago, is_due):
    now = clock.now()
    failing_since = None if failing_minutes is None else now - timedelta(minutes=failing_minutes)
    Mailbox.objects.update(failing_since=failing_since, last_fetch_at=now - timedelta(seconds=visited_seconds_ago))

    assert housekeeping.mailboxes_to_visit(now) == ([mailbox.pk] if is_due else [])
