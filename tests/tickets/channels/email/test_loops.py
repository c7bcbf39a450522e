"""Two desks that know nothing of each other, each with tables and a key of its own, write to each other: every mail of
one is taken in by the other, until nothing leaves any more."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from helpdesk.lib import clock
from tests.tickets.channels.email.conftest import raw_mail
from tickets.actions.outgoing import AUTOMATIC_PER_DAY
from tickets.channels.email import outbox, receiving
from tickets.models import Outbox, Queue, QueueAddress, Team, Ticket

pytestmark = pytest.mark.django_db

ROUNDS = 40
"""More than any of these conversations needs; reaching it means that they would go on for ever."""


@dataclass
class Instance:
    """A desk of its own: schema, key, directory that its mail leaves to."""

    name: str
    settings: Any
    folder: Path

    @property
    def address(self) -> str:
        return f"help@{self.name}.example"

    @contextmanager
    def running(self) -> Iterator[None]:
        self.settings.SECRET_KEY = f"the key of {self.name}, long enough to be one"
        self.settings.MAIL_FILE_DIR = self.folder
        self.settings.DEFAULT_FROM_EMAIL = self.address
        with connection.cursor() as cursor:
            cursor.execute(f"set search_path to {self.name}, public")
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("set search_path to public")

    def set_up(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"create schema {self.name}")
            tables = [table for table in connection.introspection.table_names(cursor) if table.startswith("tickets_")]
            for table in tables:
                cursor.execute(f"create table {self.name}.{table} (like public.{table} including all)")
        with self.running():
            team = Team.objects.create(name="Team")
            queue = Queue.objects.create(name=self.name, slug=self.name, team=team, acknowledges=True, language="en")
            QueueAddress.objects.create(queue=queue, address=self.address, is_sender=True)

    def take(self, raw: bytes) -> None:
        with self.running():
            row, _is_new = receiving.store(raw, mailbox=None, at=clock.now())
            receiving.process(row.pk, at=clock.now())

    def send(self) -> list[bytes]:
        """The mails that leave now."""
        before = set(self.folder.iterdir()) if self.folder.exists() else set()
        with self.running():
            outbox.drain(at=clock.now())
        return (
            [path.read_bytes() for path in sorted(set(self.folder.iterdir()) - before)] if self.folder.exists() else []
        )

    def count(self) -> tuple[int, int]:
        """Tickets, and automatic mails that left."""
        with self.running():
            return Ticket.objects.count(), Outbox.objects.filter(is_automatic=True).count()


@pytest.fixture
def desks(settings: Any, tmp_path: Path) -> tuple[Instance, Instance]:
    settings.SMTP_URL = ""
    settings.SECRET_KEY_FALLBACKS = []
    both = Instance("alfa", settings, tmp_path / "alfa"), Instance("beta", settings, tmp_path / "beta")
    for desk in both:
        desk.set_up()
    return both


def exchange(alfa: Instance, beta: Instance, *, on_the_way: Callable[[bytes], bytes] = lambda raw: raw) -> int:
    """Carry mail to and fro until both are silent; how many mails were carried."""
    carried = 0
    for _round in range(ROUNDS):
        letters = [(beta, raw) for raw in alfa.send()] + [(alfa, raw) for raw in beta.send()]
        if not letters:
            return carried
        for desk, raw in letters:
            desk.take(on_the_way(raw))
            carried += 1
    pytest.fail("the two still write to each other")


def forged(desk: Instance, other: Instance, number: int = 0) -> bytes:
    """What starts it: a mail in the other desk's name that a person seems to have written."""
    return raw_mail(sender=other.address, to=desk.address, message_id=f"<start-{number}@{other.name}.example>")


def test_one_acknowledgement_ends_it(desks):
    alfa, beta = desks
    alfa.take(forged(alfa, beta))

    carried = exchange(alfa, beta)

    assert carried == 1
    assert (alfa.count(), beta.count()) == ((1, 1), (1, 0))


HEADERS = re.compile(
    rb"^(?:auto-submitted|precedence|x-[a-z-]+|in-reply-to|references|reply-to|list-[a-z]+)[ \t]*:"
    rb"[^\n]*\n(?:[ \t][^\n]*\n)*",
    re.IGNORECASE | re.MULTILINE,
)


def without_a_trace(raw: bytes) -> bytes:
    """A gateway that takes out every sign of a machine and of a thread, and words that we know of our own."""
    head, _blank, _body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    head = re.sub(rb"(?im)^subject:.*$", b"Subject: The printer again", HEADERS.sub(b"", head + b"\n")).rstrip(b"\n")
    head = re.sub(rb"(?im)^content-[a-z-]+:[^\n]*(?:\n[ \t][^\n]*)*\n?", b"", head + b"\n").rstrip(b"\n")
    return head + b"\nContent-Type: text/plain\n\nThe printer jams on page two.\n"


def test_without_any_sign_of_a_machine_the_budget_ends_it(desks):
    alfa, beta = desks
    alfa.take(forged(alfa, beta))

    carried = exchange(alfa, beta, on_the_way=without_a_trace)

    assert 2 <= carried <= 2 * AUTOMATIC_PER_DAY
    assert alfa.count()[1] <= AUTOMATIC_PER_DAY
    assert beta.count()[1] <= AUTOMATIC_PER_DAY


def test_many_beginnings_share_the_budget_of_a_day(desks):
    alfa, beta = desks
    for number in range(AUTOMATIC_PER_DAY + 3):
        alfa.take(forged(alfa, beta, number))

    exchange(alfa, beta)

    assert alfa.count() == (AUTOMATIC_PER_DAY + 3, AUTOMATIC_PER_DAY)
    assert beta.count()[1] == 0


def test_the_next_day_has_a_budget_of_its_own(desks):
    alfa, beta = desks
    for number in range(AUTOMATIC_PER_DAY + 1):
        alfa.take(forged(alfa, beta, number))
    exchange(alfa, beta)
    with alfa.running():
        Outbox.objects.update(created_at=clock.now() - timedelta(days=1, minutes=1))

    alfa.take(forged(alfa, beta, 99))

    assert alfa.count()[1] == AUTOMATIC_PER_DAY + 1
