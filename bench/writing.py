"""How often a second tickets are opened, answered and taken, and mails read, by several clients at once."""

import base64
import hashlib
from collections import Counter

from bench.measuring import CLIENTS, Budget, Row, rated

MAIL_WORKERS = 2
AGENT = "agnieszka.wrona@bursztyn.example"


def rows(count: int) -> list[Row]:
    """Mails are read by two workers, as in production; each reads in a child of its own."""
    bombs = count // 10
    return [
        rated(f"tickets opened, {CLIENTS} clients", open_tickets, count, Budget(rate_per_s=300)),
        rated(f"replies written, {CLIENTS} clients", write_replies, count, Budget(rate_per_s=300)),
        rated(f"take next, {CLIENTS} clients", take_next, min(count, 400)),
        rated(
            "mails read and accepted, 2 workers",
            receive_mails,
            count,
            Budget(rate_per_s=50),
            clients=MAIL_WORKERS,
            is_warm=False,
        ),
        rated(
            f"good mails beside {bombs} bombs, all of them",
            receive_mails_and_bombs,
            count,
            clients=MAIL_WORKERS,
            is_warm=False,
        ),
    ]


def open_tickets(client: int, count: int) -> None:
    from helpdesk.lib import clock
    from tickets.actions import opening
    from tickets.models import Queue, User

    queue = Queue.objects.first()
    requester = User.objects.filter(role="requester")[client]
    assert queue is not None
    for number in range(count):
        opening.open_ticket(
            requester=requester,
            queue=queue,
            channel="web",
            subject=f"Measured {client}-{number}",
            text="Nie działa drukarka etykiet.",
            by=requester,
            at=clock.now(),
        )


def write_replies(client: int, count: int) -> None:
    from helpdesk.lib import clock
    from tickets.actions import replying
    from tickets.models import Ticket, User

    agent = User.objects.get(email="agnieszka.wrona@bursztyn.example")
    tickets = Ticket.objects.worked_by(agent, clock.now()).unsolved().order_by("id")
    mine = list(tickets[client * count : (client + 1) * count])
    assert len(mine) == count, "not enough tickets"
    for ticket in mine:
        replying.reply(ticket=ticket, by=agent, text="Sprawdzamy to teraz.", at=clock.now())


def take_next(client: int, count: int) -> None:
    from helpdesk.lib import clock
    from tickets.actions import assigning
    from tickets.models import User

    agent = list(User.objects.filter(role="agent").order_by("id"))[client]
    for _ in range(count):
        try:
            assigning.take_next(by=agent, at=clock.now())
        except assigning.NothingWaits:
            return


def receive_mails(client: int, count: int) -> None:
    assert states_of([mail(f"{client}-{number}") for number in range(count)]) == {"accepted": count}


def receive_mails_and_bombs(client: int, count: int) -> None:
    """Before every tenth mail one that is beyond a bound, or that costs what a mail can cost within them."""
    raws = []
    for number in range(count):
        if number % 10 == 0:
            raws.append(BOMBS[number // 10 % len(BOMBS)].replace(b"NUMBER", b"%d-%d" % (client, number)))
        raws.append(mail(f"beside-{client}-{number}"))
    states = states_of(raws)
    assert sum(states.values()) == len(raws), states
    assert states["accepted"] >= count, states


def states_of(raws: list[bytes]) -> Counter[str]:
    """How the mails ended, stored and processed one by one as a mailbox's fetcher does it."""
    from helpdesk.lib import clock
    from tickets.channels.email import receiving

    states: Counter[str] = Counter()
    for raw in raws:
        row, _ = receiving.store(raw, mailbox=None, at=clock.now())
        states[(receiving.process(row.pk, at=clock.now(), waits=True) or row).state] += 1
    return states


def mail(name: str) -> bytes:
    """Text and HTML, a picture in it, a file: about what an office program sends."""
    text = "Dzień dobry,\n\nod rana nie działa drukarka etykiet w magazynie.\n\nPozdrawiam\nŻaneta\n" * 4
    page = text.replace("\n\n", "<p>").replace("\n", "<br>")
    file = base64.encodebytes(b"%PDF-1.4\n" + hashlib.sha256(name.encode()).digest() * 1000).decode()
    return f"""From: Żaneta Gęś <zaneta-{name}@sklep.example>
To: it@bursztyn.example
Subject: =?utf-8?q?Nie_dzia=C5=82a_drukarka?= {name}
Message-ID: <{name}@bench.example>
Content-Type: multipart/mixed; boundary=a

--a
Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/plain; charset=utf-8

{text}
--b
Content-Type: text/html; charset=utf-8

<html><body><div>{page}</div></body></html>
--b--
--a
Content-Type: application/pdf; name=etykieta.pdf
Content-Transfer-Encoding: base64

{file}
--a--
""".encode()


_BOMB = b"From: eve@bombs.example\nTo: it@bursztyn.example\nMessage-ID: <NUMBER@bombs.example>\n"
BOMBS = [
    _BOMB + b"To: " + b"(" * 1000 + b"a@b.example" + b")" * 1000 + b"\n\nwords\n",
    _BOMB + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(2000)),
    _BOMB + b"Content-Type: a/b" + b"".join(b";\n name*%d*=%%41" % n for n in range(3000)) + b"\n\nwords\n",
    _BOMB + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 100_000,
    _BOMB + b"Content-Type: text/html\n\n" + b"<div>" * 200_000,
    _BOMB + b"X: y\n" * 100_000 + b"\nwords\n",
]
