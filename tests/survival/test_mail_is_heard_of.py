"""The worker alone, without beat: new mail is heard of by IDLE, also after a child was killed, and the end is clean."""

import signal
import time
from collections.abc import Iterator

import psutil
import pytest

from tests.survival.desk import Desk, wait_for
from tests.tickets.channels.email import dovecot
from tests.tickets.channels.email.conftest import raw_mail
from tests.tickets.channels.email.dovecot import Dovecot
from tickets.models import Mailbox, Message, Queue

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def server(dovecot_program: str) -> Iterator[Dovecot]:
    with dovecot.running(dovecot_program) as running:
        yield running


@pytest.fixture
def mailbox(server: Dovecot, shops: Queue) -> Mailbox:
    box = Mailbox(
        name="all", queue=shops, host="127.0.0.1", port=server.port, security="plain", username=f"desk-{time.time_ns()}"
    )
    box.password = dovecot.PASSWORD
    box.save()
    return box


def test_new_mail_is_here_without_anybody_looking(desk: Desk, server: Dovecot, mailbox: Mailbox) -> None:
    server.deliver(mailbox.username, raw_mail(message_id="<0@x>", text="0"))
    desk.start("worker")
    took = [wait_for(lambda: Message.objects.count() == 1, within_s=90, otherwise=desk.logs)]

    for number in (1, 2, 3):
        if number == 2:
            _a_child_that_fetches(desk).kill()
        server.deliver(mailbox.username, raw_mail(message_id=f"<{number}@x>", text=str(number)))
        took.append(
            wait_for(lambda number=number: Message.objects.count() == number + 1, within_s=90, otherwise=desk.logs)
        )
    worker = desk.running.pop("worker")
    worker.send_signal(signal.SIGTERM)

    print("seconds from delivery to message:", [round(seconds, 1) for seconds in took])
    assert worker.wait(timeout=30) == 0, desk.logs()
    assert server.unseen(mailbox.username) == 0


def _a_child_that_fetches(desk: Desk) -> psutil.Process:
    return psutil.Process(desk.running["worker"].pid).children()[0]
