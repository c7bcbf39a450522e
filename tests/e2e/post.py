"""Mail of a story: the server that takes ours, and what the requester's side writes and reads."""

from __future__ import annotations

import mailbox
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path

from helpdesk.lib.clock import real_now
from tests.e2e.desk import now
from tests.e2e.mail_server import REFUSED
from tests.e2e.serving import free_port, running
from tickets import tasks
from tickets.channels.email import receiving
from tickets.models import InboundMessage


class PostOffice:
    """What the mail server took: a Maildir that aiosmtpd writes in a process of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self._box = mailbox.Maildir(folder, factory=None, create=True)

    def taken(self) -> list[EmailMessage]:
        """Every mail since `forget`, oldest first, as the receiving side reads it."""
        self._box._refresh()  # type: ignore[attr-defined]  # it looks again only after a second
        return [self._parsed(self._box.get_bytes(key)) for key in sorted(self._box.keys(), key=self._taken_at)]

    def taken_for(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.taken() if mail["X-RcptTo"] == address]

    def refuse(self, *addresses: str) -> None:
        """From now on nobody lives there; without addresses everybody is found again."""
        (self.folder / REFUSED).write_text("\n".join(addresses))

    def forget(self) -> None:
        self._box.clear()
        self.refuse()

    @staticmethod
    def _taken_at(key: str) -> tuple[int, ...]:
        """A Maildir's name: 1773039600.M123456P42Q1.host, the microseconds without leading zeros."""
        return tuple(map(int, re.findall(r"\d+", key.partition("P")[0])))

    @staticmethod
    def _parsed(raw: bytes) -> EmailMessage:
        return message_from_bytes(raw, policy=policy.default)  # type: ignore[return-value]


@contextmanager
def post_office(folder: Path) -> Iterator[PostOffice]:
    port = free_port()
    handler = ("-c", "tests.e2e.mail_server.Refusing", str(folder))
    with running("-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{port}", *handler, port=port):
        yield PostOffice(folder, port)


@dataclass
class Mail:
    """What the requester's side does with mail: writes to the desk, and reads what came."""

    office: PostOffice

    def receive(self, mail: EmailMessage | bytes) -> InboundMessage:
        """Hand a mail to the desk, which keeps it and understands it."""
        row, _is_new = receiving.store(bytes(mail), mailbox=None, at=now())
        receiving.process(row.pk, at=now())
        return InboundMessage.objects.select_related("ticket").get(pk=row.pk)

    def send_out(self) -> list[EmailMessage]:
        """What a worker does every few seconds: everything in the outbox leaves. Returns all mails taken so far."""
        tasks.answer_resets()
        tasks.drain_outbox()
        return self.office.taken()


def letter(text: str, *, sender: str = "Róża Kowalska <roza@sklep.example>", **headers: str) -> EmailMessage:
    """A mail as a person's program writes it."""
    found = EmailMessage()
    given = {"From": sender, "To": "shops@bursztyn.example", "Subject": "Sklep nie działa"} | headers
    for name, value in given.items():
        found[name] = value
    found["Date"] = format_datetime(real_now())  # other people's computers do not live on our Monday
    found["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].strip(">"))
    found.set_content(text)
    return found


def answer_to(mail: EmailMessage, text: str) -> EmailMessage:
    """A reply by the one who got ``mail``, with the headers and the quotation that mail programs make."""
    body = mail.get_body(("plain",))
    assert body is not None
    quoted = "".join(f"> {line}\n" for line in body.get_content().splitlines())
    found = letter(
        f"{text}\n\nOn Mon, 9 Mar 2026 at 08:10, {mail['From']} wrote:\n{quoted}",
        sender=str(mail["To"]),
        To=str(mail["Reply-To"] or mail["From"]),
        Subject=f"Re: {mail['Subject']}",
    )
    found["In-Reply-To"] = mail["Message-ID"]
    found["References"] = " ".join(filter(None, [mail["References"], mail["Message-ID"]]))
    return found
