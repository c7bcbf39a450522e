import socket
import threading

import pytest
from aiosmtpd.controller import Controller

from tests.tickets.channels.email.conftest import raw_mail
from tickets.actions import outgoing, replying
from tickets.channels.email import outbox
from tickets.channels.email.parsing import parse
from tickets.models import Event, Kind, Outbox

pytestmark = pytest.mark.django_db

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


class Keeper:
    """An SMTP server's mind: what it took, and what it answers to whom."""

    def __init__(self):
        self.taken = []
        self.answers = {}
        self.connections = 0

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):
        if answer := self.answers.get(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.taken.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 kept"


@pytest.fixture
def server(settings):
    keeper = Keeper()
    controller = Controller(keeper, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.SMTP_URL = f"smtp://127.0.0.1:{controller.port}"
    yield keeper
    controller.stop()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def ticket(desk, receive, clock):
    return receive(raw_mail(text="Nothing works since this morning.\n\n> old words")).ticket


def reply(desk, ticket, clock, text="Please try again now.", **more):
    return replying.reply(ticket=ticket, by=desk.agent, text=text, at=clock.now, **more)


def test_a_reply_leaves_with_all_that_makes_it_answerable(desk, ticket, server, clock, receive):
    from tickets.actions.attaching import File

    reply(desk, ticket, clock, attachments=[File(name="obraz żółty.png", content=PNG, content_type="image/png")])

    assert outbox.drain(at=clock.now) == 2

    assert server.connections == 1
    sender, recipients, raw = server.taken[1]
    mail = parse(raw)
    assert recipients == ["jan@sklep.example"]
    assert sender == mail.reply_to[0].address
    assert mail.sender.name == "Agnieszka Wrona (Shops)"
    assert mail.sender.address == "shops@bursztyn.example"
    assert mail.subject == f"Re: The shop is down [#{ticket.pk}]"
    assert mail.in_reply_to == ("first@sklep.example",)
    assert mail.references[-1] == "first@sklep.example"
    assert mail.text.startswith("Please try again now.")
    assert "/r/" in mail.text
    assert "Jan Kowalski wrote:\n> Nothing works since this morning." in mail.text
    assert "old words" not in mail.text
    assert mail.new_words == "Please try again now."
    assert "Please try again now." in mail.html
    assert [(file.name, file.content_type, file.content) for file in mail.attachments] == [
        ("obraz żółty.png", "image/png", PNG)
    ]
    assert b"Auto-Submitted" not in raw
    row = Outbox.objects.get(kind="reply")
    assert (row.state, row.mail_id) == ("sent", mail.message_id)

    answer = receive(
        raw_mail(
            to=mail.reply_to[0].address,
            message_id="<2@sklep.example>",
            headers=f"In-Reply-To: <{mail.message_id}>\n",
            text="Works, thank you.",
        )
    )
    assert answer.ticket == ticket


def test_prefixes_and_numbers_do_not_pile_up(desk, server, receive, clock):
    ticket = receive(raw_mail(subject="Odp: RE: Re: Help [#12]")).ticket

    outbox.drain(at=clock.now)

    assert parse(server.taken[0][2]).subject == f"Re: Help [#{ticket.pk}]"


def test_an_acknowledgement_says_that_it_is_automatic(desk, ticket, server, clock):
    outbox.drain(at=clock.now)

    _sender, _recipients, raw = server.taken[0]
    mail = parse(raw)
    assert b"Auto-Submitted: auto-replied" in raw
    assert mail.automation.is_automated
    assert f"#{ticket.pk}" in mail.text
    assert mail.in_reply_to == ("first@sklep.example",)


def test_the_requesters_language_is_spoken(desk, server, receive, clock):
    receive(raw_mail(sender="ewa@klient.example", headers="Content-Language: pl-PL\n"))

    outbox.drain(at=clock.now)

    assert parse(server.taken[0][2]).language == "pl"


def test_a_refused_address_is_dead_at_once_and_the_ticket_knows(desk, ticket, server, clock):
    server.answers["jan@sklep.example"] = "550 no such user"

    assert outbox.drain(at=clock.now) == 0

    row = Outbox.objects.get()
    assert row.state == "dead"
    assert "550 no such user" in row.last_error
    assert Event.objects.get(kind=Kind.DELIVERY_FAILED).ticket == ticket


def test_greylisting_is_waited_for_under_the_same_message_id(desk, ticket, server, clock):
    server.answers["jan@sklep.example"] = "451 come back later"
    outbox.drain(at=clock.now)
    first_id = Outbox.objects.get().mail_id
    server.answers.clear()

    assert outbox.drain(at=clock.now) == 0
    assert outbox.drain(at=clock.advance(minutes=2)) == 1

    assert parse(server.taken[0][2]).message_id == first_id


def test_after_two_days_a_mail_is_dead_and_can_be_retried(desk, ticket, server, clock):
    server.answers["jan@sklep.example"] = "452 mailbox full"
    for _ in range(len(outbox.BACKOFF) + 1):
        outbox.drain(at=clock.now)
        clock.advance(hours=13)
    row = Outbox.objects.get()
    assert row.state == "dead"
    server.answers.clear()
    desk.agent.role = "admin"

    outgoing.retry(mail=row, by=desk.agent, at=clock.now)

    assert outbox.drain(at=clock.now) == 1


def test_a_server_that_is_away_costs_no_attempt_and_nothing_is_lost(desk, ticket, settings, server, clock):
    url, settings.SMTP_URL = settings.SMTP_URL, f"smtp://127.0.0.1:{free_port()}"

    assert outbox.drain(at=clock.now) == 0

    row = Outbox.objects.get()
    assert (row.state, row.attempts) == ("pending", 0)
    assert "nothing answers on port" in row.last_error
    settings.SMTP_URL = url
    assert outbox.drain(at=clock.advance(minutes=1)) == 1


def test_a_drainer_that_was_killed_leaves_its_mail_to_the_next(desk, ticket, server, clock):
    assert outbox._lease(at=clock.now) is not None

    assert outbox.drain(at=clock.now) == 0
    assert outbox.drain(at=clock.now + outbox.LEASE) == 1


def test_a_mail_that_cannot_be_made_does_not_stop_the_others(desk, ticket, server, clock):
    outgoing.send_account_mail(address="bad address", subject="x", text="x", html="", at=clock.now)
    outgoing.send_account_mail(address="ok@x.example", subject="x\nBcc: y@z", text="x", html="", at=clock.now)
    outgoing.send_account_mail(address="good@x.example", subject="Hi", text="x", html="", at=clock.now)

    assert outbox.drain(at=clock.now) == 2

    assert [recipients for _s, recipients, _raw in server.taken] == [["jan@sklep.example"], ["good@x.example"]]
    assert Outbox.objects.filter(state="dead").count() == 2


def test_without_a_server_mails_become_files(desk, ticket, settings, clock):
    assert outbox.drain(at=clock.now) == 1

    (file,) = settings.MAIL_FILE_DIR.iterdir()
    assert parse(file.read_bytes()).to[0].address == "jan@sklep.example"


@pytest.mark.django_db(transaction=True)
def test_two_drainers_send_each_mail_once(committed_desk, server, clock):
    desk = committed_desk
    for number in range(30):
        outgoing.send_account_mail(address=f"p{number}@x.example", subject="Hi", text="x", html="", at=clock.now)
    at, sent = clock.now, []
    barrier = threading.Barrier(3)

    def drain():
        from django.db import connection

        barrier.wait()
        sent.append(outbox.drain(at=at))
        connection.close()

    threads = [threading.Thread(target=drain) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(sent) == 30
    assert len({recipients[0] for _s, recipients, _raw in server.taken}) == len(server.taken) == 30
    assert desk
