"""Three hundred ordinary mails by `receive_mail` and by IMAP: none lost, none doubled, all of each mail read."""

import email.policy
import io
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command

from helpdesk.lib import embedded
from tests.factories import make_reply
from tests.survival.desk import database_url
from tests.survival.letters import QUEUE, REPLIES, Letter, Received, letters
from tests.tickets.channels.email import dovecot
from tickets.channels.email import imap, outbox, receiving
from tickets.models import (
    InboundMessage,
    Mailbox,
    Membership,
    Message,
    Outbox,
    Queue,
    QueueAddress,
    Role,
    Team,
    Ticket,
    User,
)

ALL = list(letters())


@pytest.fixture
def sklepy(db: Any, settings: Any, tmp_path: Path) -> Queue:
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "helpdesk.lib.whole_file_storage.WholeFileStorage",
            "OPTIONS": {"location": tmp_path / "files"},
        }
    }
    settings.MAIL_FILE_DIR = tmp_path / "outgoing"
    settings.SMTP_URL = ""
    settings.EGRESS_ALLOW = ["127.0.0.1"]
    queue = Queue.objects.create(
        name="Shops", slug="shops", team=Team.objects.create(name="Shop team"), acknowledges=False
    )
    QueueAddress.objects.create(queue=queue, address=QUEUE, is_sender=True)
    return queue


@pytest.fixture
def wrona(sklepy: Queue) -> User:
    agent = User.objects.create_user("agnieszka.wrona@bursztyn.example", name="Agnieszka Wrona", role=Role.AGENT)
    Membership.objects.create(team=sklepy.team, user=agent)
    return agent


def receive(raw: bytes, monkeypatch: pytest.MonkeyPatch, **options: Any) -> dict[str, Any]:
    """What `receive_mail < raw` prints, in this process."""
    out = io.StringIO()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
        call_command("receive_mail", stdout=out, **options)
    (line,) = out.getvalue().splitlines()
    return dict(json.loads(line))


def words(text: str) -> str:
    """Lines without trailing space; HTML and flowed text cannot keep more."""
    return "\n".join(" ".join(line.split()) for line in text.strip().split("\n") if line.strip())


def seen(message: Message) -> tuple[Any, ...]:
    assert message.author is not None
    files = []
    for file in message.attachments.order_by("pk"):
        with default_storage.open(file.path) as stored:
            files.append((file.name, stored.read()))
    return message.author.name, message.author.email, message.ticket.subject, words(message.text), files


def meant(letter: Letter) -> tuple[Any, ...]:
    return letter.name, letter.address, letter.subject, words(letter.text), letter.files


def test_each_of_300_mails_is_one_ticket_with_all_that_was_in_it(
    sklepy: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = [receive(letter.raw, monkeypatch) for letter in ALL]
    again = [receive(letter.raw, monkeypatch) for letter in ALL[:30]]

    assert {answer["state"] for answer in said} == {"accepted"}
    assert [answer["inbound"] for answer in again] == [answer["inbound"] for answer in said[:30]]
    assert Ticket.objects.count() == Message.objects.count() == InboundMessage.objects.count() == len(ALL) == 300
    for letter, answer in zip(ALL, said, strict=True):
        message = Message.objects.select_related("author", "ticket").get(pk=answer["message"])
        assert message.ticket_id == answer["ticket"]
        assert seen(message) == meant(letter), letter.kind
        assert InboundMessage.objects.get(pk=answer["inbound"]).raw.tobytes() == letter.raw
    assert set(Ticket.objects.values_list("queue", flat=True)) == {sklepy.pk}


@pytest.mark.django_db(transaction=True)
def test_the_same_300_over_imap(transactional_db: Any, sklepy: Queue, dovecot_program: str) -> None:
    with dovecot.running(dovecot_program) as server:
        box = Mailbox(
            name="all", queue=sklepy, host="127.0.0.1", port=server.port, security="plain", username="letters"
        )
        box.password = dovecot.PASSWORD
        box.save()
        server.deliver("letters", *[letter.raw for letter in ALL])

        assert imap.fetch(box) == 300

    rows = InboundMessage.objects.select_related("message__author", "message__ticket").order_by("uid")
    assert {row.state for row in rows} == {"accepted"}
    for letter, row in zip(ALL, rows, strict=True):
        assert seen(row.message) == meant(letter), letter.kind


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.django_db(transaction=True)
def test_mail_servers_that_call_at_once_and_twice(transactional_db: Any, sklepy: Queue, tmp_path: Path) -> None:
    """Real processes, four at a time, each mail handed over twice, as a mail server does that heard no answer."""
    environment = os.environ | {"DATABASE_URL": database_url(), "DATA_DIR": str(tmp_path)}
    command = [sys.executable, "manage.py", "receive_mail"]

    def hand_over(letter: Letter) -> dict[str, Any]:
        done = subprocess.run(
            command, input=letter.raw, env=environment, cwd=embedded.PROJECT, capture_output=True, timeout=100
        )
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(hand_over, [letter for letter in ALL[:3] for _ in range(2)]))

    assert {answer["state"] for answer in said} <= {"accepted", "duplicate"}
    assert [said[n]["message"] for n in range(0, 6, 2)] == [said[n]["message"] for n in range(1, 6, 2)]
    assert Message.objects.count() == Ticket.objects.count() == InboundMessage.objects.count() == 3


def test_a_full_disk_for_an_hour_leaves_no_good_mail_in_quarantine(
    sklepy: Queue, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    letter = next(letter for letter in ALL if letter.files)
    (tmp_path / "files").touch()  # where a folder must be
    said = receive(letter.raw, monkeypatch)
    for _ in range(10):
        receiving.process(said["inbound"], at=now)
    row = InboundMessage.objects.get()
    assert (said["state"], row.state, row.attempts) == ("stored", "stored", 0)
    (tmp_path / "files").unlink()

    receiving.process(row.pk, at=now)

    assert seen(Message.objects.get()) == meant(letter)


def test_eighty_replies_find_their_tickets(
    sklepy: Queue, wrona: User, now: datetime, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = ALL[:80]
    tickets = [Ticket.objects.get(pk=receive(letter.raw, monkeypatch)["ticket"]) for letter in people]
    for ticket in tickets:
        make_reply(ticket, wrona, at=now, text=f"Proszę spróbować ponownie, sprawa {ticket.pk}.")
    assert outbox.drain(at=now) == 80
    sent = {mail["To"].addresses[0].addr_spec: mail for mail in map(read, settings.MAIL_FILE_DIR.glob("*.eml"))}

    for number, (letter, ticket) in enumerate(zip(people, tickets, strict=True)):
        mail = sent[letter.address]
        got = Received(mail["Message-ID"], mail["References"] or "", mail["Reply-To"], mail["Subject"], text_of(mail))
        answer = REPLIES[number % 4](got, f"Już działa, dziękuję! ({number})", letter.address)
        said = receive(answer, monkeypatch)

        assert (said["state"], said["ticket"]) == ("accepted", ticket.pk), REPLIES[number % 4]
        message = Message.objects.get(pk=said["message"])
        assert message.is_from_requester
        assert message.author_id == ticket.requester_id
        assert message.text.startswith(f"Już działa, dziękuję! ({number})\n")
    assert Ticket.objects.count() == 80
    assert Message.objects.count() == 240


def read(path: Path) -> Any:
    return message_from_bytes(path.read_bytes(), policy=email.policy.default)


def text_of(mail: Any) -> str:
    return str(mail.get_body(("plain",)).get_content())


AGENT = "agnieszka.wrona@bursztyn.example"
VERDICT = "Authentication-Results: mx.{server}.example; {verdict}\n"
PASS, FAIL = "dmarc=pass header.from=bursztyn.example", "dmarc=fail header.from=bursztyn.example"
FORGED = {
    "plain": f"From: Agnieszka Wrona <{AGENT}>\n",
    "capitals": f"From: {AGENT.upper()}\n",
    "two senders in one line": f"From: evil@x.example, {AGENT}\n",
    "two From lines": f"From: evil@x.example\nFrom: {AGENT}\n",
    "agent first": f"From: {AGENT}\nFrom: evil@x.example\n",
    "name only": f'From: "Agnieszka Wrona <{AGENT}>" <evil@x.example>\n',
    "Sender": f"From: evil@x.example\nSender: {AGENT}\n",
    "Reply-To": f"From: evil@x.example\nReply-To: {AGENT}\n",
    "encoded": f"From: =?utf-8?B?QWduaWVzemth?= <{AGENT}>\n",
    "somebody else's verdict": VERDICT.format(server="evil", verdict=PASS) + f"From: {AGENT}\n",
    "our server's name below another": (
        VERDICT.format(server="other", verdict=FAIL)
        + VERDICT.format(server="bursztyn", verdict=PASS)
        + f"From: {AGENT}\n"
    ),
    "a pass for another domain": (
        VERDICT.format(server="bursztyn", verdict="dmarc=pass header.from=evil.example") + f"From: {AGENT}\n"
    ),
    "spf and dkim only": (
        VERDICT.format(
            server="bursztyn", verdict=f"spf=pass smtp.mailfrom={AGENT}; dkim=pass header.d=bursztyn.example"
        )
        + f"From: {AGENT}\n"
    ),
    "a pass in a comment": (
        VERDICT.format(server="bursztyn", verdict="\n dmarc=fail (dmarc=pass) header.from=bursztyn.example")
        + f"From: {AGENT}\n"
    ),
}


@pytest.mark.parametrize("authserv", ["", "mx.bursztyn.example"], ids=["no server is trusted", "ours is trusted"])
@pytest.mark.parametrize("way", ["token", "thread", "subject"])
def test_no_forger_speaks_as_an_agent(
    sklepy: Queue,
    wrona: User,
    now: datetime,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
    authserv: str,
) -> None:
    Mailbox.objects.create(name="all", queue=sklepy, host="h", username="u", authserv_id=authserv)
    ticket = Ticket.objects.get(pk=receive(ALL[0].raw, monkeypatch, mailbox="all")["ticket"])
    make_reply(ticket, wrona, at=now)
    outbox.drain(at=now)
    mail = read(next(settings.MAIL_FILE_DIR.glob("*.eml")))
    to = {"token": mail["Reply-To"]}.get(way, QUEUE)
    thread = f"In-Reply-To: {mail['Message-ID']}\n" if way == "thread" else ""
    by_desk = Message.objects.filter(is_from_requester=False).count()

    for number, (kind, head) in enumerate(FORGED.items()):
        raw = f"{head}To: {to}\nSubject: Re: [#{ticket.pk}]\nMessage-ID: <{number}@x>\n{thread}\nSend money. {number}\n"
        said = receive(raw.encode(), monkeypatch, mailbox="all")

        assert said["state"] == "accepted", kind
        message = Message.objects.select_related("author").get(pk=said["message"])
        assert message.is_from_requester, kind
        assert not (message.ticket_id == ticket.pk and message.author == wrona), kind
    assert Message.objects.filter(is_from_requester=False).count() == by_desk
    assert Outbox.objects.filter(kind="reply").count() == 1
    assert User.objects.get(pk=wrona.pk).role == Role.AGENT
    assert set(User.objects.exclude(pk=wrona.pk).values_list("role", flat=True)) == {Role.REQUESTER}
