"""A small desk for mail: two queues with addresses, a mailbox that trusts one server, an agent and a requester."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings

from helpdesk.lib import clock as product_clock
from tickets.channels.email import receiving
from tickets.models import InboundMessage, Mailbox, Membership, Queue, QueueAddress, Role, Team, User

# How long one example takes says nothing on a machine that others use too.
hypothesis_settings.register_profile("patient", deadline=None)
hypothesis_settings.load_profile("patient")

AUTHSERV = "mx.bursztyn.example"


@dataclass
class Desk:
    shops: Queue
    billing: Queue
    mailbox: Mailbox
    agent: User
    requester: User


@pytest.fixture
def desk(db: Any, settings: Any, tmp_path: Any) -> Desk:
    return make_desk(settings, tmp_path)


@pytest.fixture
def committed_desk(transactional_db: Any, settings: Any, tmp_path: Any) -> Desk:
    """The same where other processes and threads see it."""
    return make_desk(settings, tmp_path)


def make_desk(settings: Any, tmp_path: Any) -> Desk:
    settings.STORAGES = {**settings.STORAGES, "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": tmp_path / "files", "allow_overwrite": True},
    }}  # fmt: skip
    settings.MAIL_FILE_DIR = tmp_path / "outgoing"
    settings.SMTP_URL = ""
    settings.EGRESS_ALLOW = []
    team = Team.objects.create(name="Shop team")
    shops = Queue.objects.create(name="Shops", slug="shops", team=team, position=1, language="en")
    billing = Queue.objects.create(name="Billing", slug="billing", team=team, position=2, language="pl")
    QueueAddress.objects.create(queue=shops, address="shops@bursztyn.example", is_sender=True)
    QueueAddress.objects.create(queue=billing, address="billing@bursztyn.example", is_sender=True)
    agent = User.objects.create_user("agnieszka.wrona@bursztyn.example", name="Agnieszka Wrona", role=Role.AGENT)
    Membership.objects.create(team=team, user=agent)
    requester = User.objects.create_user("jan@sklep.example", name="Jan Kowalski", language="en")
    mailbox = Mailbox(
        name="all", queue=shops, host="127.0.0.1", port=1, security="plain", username="desk", authserv_id=AUTHSERV
    )
    mailbox.password = "secret"
    mailbox.save()
    return Desk(shops, billing, mailbox, agent, requester)


def raw_mail(
    *,
    sender: str = "Jan Kowalski <jan@sklep.example>",
    to: str = "shops@bursztyn.example",
    subject: str = "The shop is down",
    text: str = "Nothing works since this morning.",
    message_id: str = "<first@sklep.example>",
    date: datetime | None = None,
    headers: str = "",
) -> bytes:
    date = date or product_clock.real_now()
    head = f"From: {sender}\nTo: {to}\nSubject: {subject}\nDate: {format_datetime(date)}\n"
    head += f"Message-ID: {message_id}\n" if message_id else ""
    return f"{head}{headers}Content-Type: text/plain; charset=utf-8\n\n{text}\n".encode()


@pytest.fixture
def receive(desk: Desk) -> Callable[..., InboundMessage]:
    """`receive(raw, mailbox=..., **facts)` stores and processes one mail at the product's time and returns its row."""

    def take(raw: bytes, *, mailbox: Mailbox | None = desk.mailbox, **facts: Any) -> InboundMessage:
        at = product_clock.now()
        row, _is_new = receiving.store(raw, mailbox=mailbox, at=at, **facts)
        receiving.process(row.pk, at=at)
        return InboundMessage.objects.select_related("ticket", "message__author").get(pk=row.pk)

    return take
