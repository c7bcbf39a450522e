"""Fetchers, worker and web die at random moments while mail arrives: each mail is one message, none is lost."""

import random
import threading
import time
from collections.abc import Iterator

import pytest
from django.db.models import QuerySet

from tests.survival.desk import Desk, wait_for
from tests.tickets.channels.email import dovecot
from tests.tickets.channels.email.dovecot import Dovecot
from tickets.models import Attachment, InboundMessage, Mailbox, Message, Queue, Ticket

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

MAILS = 500
KILLS = 14
FETCHERS = ["fetcher-1", "fetcher-2", "fetcher-3", "fetcher-4"]


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


def mail(number: int) -> bytes:
    """Every tenth has a file, every third comes from the same person as two others."""
    head = (
        f"From: Klient {number // 3} <klient-{number // 3}@sklep.example>\r\nTo: shops@bursztyn.example\r\n"
        f"Subject: Sprawa {number}\r\nMessage-ID: <{number}@sklep.example>\r\nMIME-Version: 1.0\r\n"
    )
    text = f"Mail number {number}.\r\n"
    if number % 10:
        return f"{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{text}".encode()
    return (
        f"{head}Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n{text}"
        f"--b\r\nContent-Type: text/csv\r\nContent-Disposition: attachment; filename={number}.csv\r\n\r\n"
        f"{'a;b;c' * number}\r\n--b--\r\n"
    ).encode()


def deliver(server: Dovecot, user: str, dice: random.Random) -> None:
    """500 mails in gusts of 1 to 25 over about twenty seconds."""
    numbers = list(range(MAILS))
    while numbers:
        gust, numbers = numbers[: (size := dice.randint(1, 25))], numbers[size:]
        server.deliver(user, *[mail(number) for number in gust])
        time.sleep(dice.uniform(0, 0.8))


def test_each_of_500_mails_is_one_message_whoever_is_killed_meanwhile(
    desk: Desk, server: Dovecot, mailbox: Mailbox
) -> None:
    """The moments are told by what has arrived, not by seconds, so that a slow machine is killed in the same places."""
    dice = random.Random(20260309)
    moments = sorted(dice.randrange(MAILS) for _ in range(KILLS))
    desk.start("web", "worker", "beat", *FETCHERS)
    desk.wait_until_it_answers()
    begun = time.monotonic()
    post = threading.Thread(target=deliver, args=(server, mailbox.username, random.Random(dice.random())))

    post.start()
    for moment in moments:
        wait_for(lambda moment=moment: arrived() > moment, within_s=100, otherwise=desk.logs)
        time.sleep(dice.uniform(0, 0.2))
        desk.restart(*dice.choices([dice.sample(FETCHERS, dice.choice([1, 1, 4])), ["worker"], ["web"]], [4, 2, 1])[0])
    post.join()
    wait_for(lambda: arrived() == MAILS and not is_stored().exists(), within_s=100, otherwise=desk.logs)

    print(f"{time.monotonic() - begun:.1f} s, kills: {dict(sorted(desk.kills.items()))}")
    assert set(InboundMessage.objects.values_list("state", flat=True)) == {"accepted"}
    assert InboundMessage.objects.count() == Ticket.objects.count() == MAILS
    texts = Message.objects.values_list("text", flat=True)
    assert sorted(texts) == sorted(f"Mail number {number}." for number in range(MAILS))
    assert sorted(Ticket.objects.values_list("subject", flat=True)) == sorted(f"Sprawa {n}" for n in range(MAILS))
    files = Attachment.objects.values_list("name", "size")
    assert sorted(files) == sorted((f"{number}.csv", 5 * number) for number in range(0, MAILS, 10))
    assert server.unseen(mailbox.username) == 0
    desk.wait_until_it_answers()


def arrived() -> int:
    return InboundMessage.objects.count()


def is_stored() -> "QuerySet[InboundMessage]":
    return InboundMessage.objects.filter(state="stored")
