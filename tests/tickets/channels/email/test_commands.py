import io
import json
import os
import signal
import subprocess
import sys
import time

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command

from tests.tickets.channels.email import ordinary
from tests.tickets.channels.email.conftest import raw_mail
from tests.tickets.channels.email.test_imap import database_url
from tickets.models import InboundMessage, Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def pipe(monkeypatch):
    """`pipe(raw, *arguments)`: what the command prints for one mail on standard input."""

    def run(raw, *arguments):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))
        out = io.StringIO()
        call_command("receive_mail", *arguments, stdout=out)
        (line,) = out.getvalue().splitlines()
        return json.loads(line)

    return run


def test_one_mail_gives_one_line(desk, pipe):
    raw = raw_mail()

    first = pipe(raw, "--mailbox", "all")
    again = pipe(raw, "--mailbox", "all")
    copy = pipe(raw)
    broken = pipe(b"no sender")
    kept = pipe(raw_mail(message_id="<2@x>"), "--no-process")

    message = Message.objects.get()
    assert first == {
        "inbound": InboundMessage.objects.earliest("pk").pk,
        "state": "accepted",
        "ticket": message.ticket_id,
        "message": message.pk,
    }
    assert again == {**first, "state": "duplicate"}
    assert (copy["state"], copy["ticket"], copy["message"]) == ("duplicate", message.ticket_id, message.pk)
    assert (broken["state"], broken["ticket"], broken["message"]) == ("quarantined", None, None)
    assert (kept["state"], kept["ticket"], kept["message"]) == ("stored", None, None)


def test_the_recipient_chooses_the_queue(desk, pipe):
    in_header = pipe(raw_mail(to="Billing <billing@bursztyn.example>"))
    in_envelope = pipe(raw_mail(message_id="<2@x>"), "--recipient", "billing+x@bursztyn.example")

    assert {queue_of(in_header), queue_of(in_envelope)} == {desk.billing}


def queue_of(line):
    return Message.objects.get(pk=line["message"]).ticket.queue


@pytest.mark.parametrize(
    ("raw", "arguments", "code"),
    [(b" \n", [], 65), (raw_mail(), ["--mailbox", "nowhere"], 75)],
    ids=["empty", "unknown"],
)
def test_what_is_not_kept_is_told_to_the_mail_server(desk, pipe, raw, arguments, code):
    with pytest.raises(CommandError) as refusal:
        pipe(raw, *arguments)

    assert refusal.value.returncode == code
    assert InboundMessage.objects.count() == 0


def test_a_mail_that_is_kept_is_a_success_whatever_comes_after(desk, pipe, monkeypatch):
    from django.db import OperationalError

    def fails(*_, **__):
        raise OperationalError("the database is restarting")

    monkeypatch.setattr("tickets.channels.email.receiving._begin", fails)

    assert pipe(raw_mail())["state"] == "stored"


def test_ordinary_mails_through_the_command(desk, pipe):
    for mail in ordinary.mails():
        line = pipe(mail.raw, "--mailbox", "all")

        message = Message.objects.get(pk=line["message"])
        assert message.author.email == mail.address
        assert message.ticket.subject == " ".join(mail.subject.split())
        assert [file.name for file in message.attachments.order_by("pk")] == [name for name, _, _ in mail.files]


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.django_db(transaction=True)
def test_a_killed_process_leaves_the_mail_or_has_not_taken_it(committed_desk, tmp_path):
    environment = {**os.environ, "DATABASE_URL": database_url(), "DATA_DIR": str(tmp_path / "data")}
    command = [sys.executable, "manage.py", "receive_mail", "--mailbox", "all"]

    for number in range(3):
        raw = raw_mail(message_id=f"<{number}@x>", text=f"Mail {number}")
        for is_killed in (True, False):
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, cwd=django_settings.BASE_DIR
            )
            process.stdin.write(raw)
            process.stdin.close()
            while is_killed and process.poll() is None:
                if InboundMessage.objects.count() > number:
                    time.sleep(0.005 * number)  # kept; now somewhere in the middle of its processing
                    process.send_signal(signal.SIGKILL)
                    break
            process.wait()
        # The mail server was not told that we have it, and comes back.
        with process.stdout:
            assert json.loads(process.stdout.read())["state"] in {"accepted", "duplicate"}

    assert Message.objects.count() == InboundMessage.objects.count() == 3
