"""The worker alone, without beat: new mail is heard of by IDLE, by children forked later too, and the end is clean."""

import signal
import time
from collections.abc import Iterator

import psutil
import pytest

from helpdesk import supervisor
from tests.survival.desk import Desk, wait_for
from tests.tickets.channels.email import dovecot
from tests.tickets.channels.email.conftest import raw_mail
from tests.tickets.channels.email.dovecot import Dovecot
from tickets.models import Mailbox, Message, Queue

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


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


def test_new_mail_is_here_without_anybody_looking_and_the_end_is_clean(
    desk: Desk, server: Dovecot, mailbox: Mailbox
) -> None:
    server.deliver(mailbox.username, raw_mail(message_id="<0@x>", text="0"))
    desk.start("worker")
    wait_for(lambda: Message.objects.count() == 1, within_s=180, otherwise=desk.logs)

    server.deliver(mailbox.username, raw_mail(message_id="<1@x>", text="1"))
    took_s = wait_for(lambda: Message.objects.count() == 2, within_s=180, otherwise=desk.logs)
    wait_for(lambda: server.unseen(mailbox.username) == 0, within_s=30, otherwise=desk.logs)
    worker = desk.running.pop("worker")
    worker.send_signal(signal.SIGTERM)

    print(f"{took_s:.1f} s from delivery to message")
    assert worker.wait(timeout=60) == 0, desk.logs()


def test_a_child_that_is_forked_while_threads_listen_works(desk: Desk, server: Dovecot, mailbox: Mailbox) -> None:
    server.deliver(mailbox.username, raw_mail(message_id="<0@x>", text="0"))
    desk.start("worker")
    wait_for(lambda: Message.objects.count() == 1, within_s=180, otherwise=desk.logs)

    for child in psutil.Process(desk.running["worker"].pid).children():
        child.kill()
    for number in (1, 2, 3):
        server.deliver(mailbox.username, raw_mail(message_id=f"<{number}@x>", text=str(number)))
        wait_for(lambda number=number: Message.objects.count() > number, within_s=180, otherwise=desk.logs)

    assert server.count(mailbox.username) == 4
    worker = desk.running.pop("worker")
    family = psutil.Process(worker.pid).children(recursive=True)
    family[0].suspend()
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=supervisor.STOP_GRACE_S) == 0, "a frozen child keeps nobody from ending"
    assert psutil.wait_procs(family, timeout=10)[1] == []
