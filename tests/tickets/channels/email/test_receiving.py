import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from tests.tickets.channels.email.conftest import raw_mail
from tickets.channels.email import html, receiving
from tickets.models import Attachment, InboundMessage, Message, Outbox, Queue, Status, Ticket, User

pytestmark = pytest.mark.django_db

State = InboundMessage.State
ATTACHED = b"""From: =?utf-8?q?Zofia_=C5=BB=C3=B3=C5=82=C4=87?= <zofia@nowa.example>
To: Billing <billing@bursztyn.example>
Cc: boss@nowa.example
Subject: Faktura
Message-ID: <a@nowa.example>
Content-Type: multipart/mixed; boundary=x

--x
Content-Type: text/html; charset=utf-8

<p>Prosz\xc4\x99 <img src="cid:logo"><script>x()</script></p>
--x
Content-Type: application/pdf; name="faktura.pdf"
Content-Transfer-Encoding: base64

JVBERi0xLjQK
--x--
"""


def test_a_mail_opens_a_ticket_in_the_queue_it_was_written_to(desk, receive, clock):
    row = receive(ATTACHED)

    assert row.state == State.ACCEPTED
    assert row.ticket.queue == desk.billing
    assert row.ticket.requester == User.objects.get(email="zofia@nowa.example")
    assert row.ticket.requester.name == "Zofia Żółć"
    assert row.ticket.subject == "Faktura"
    assert row.message.text == "Proszę [cid:logo]"
    assert row.message.html == html.clean('<p>Proszę <img src="cid:logo"></p>')
    assert row.message.mail_id == "a@nowa.example"
    assert row.message.mail_cc == ["boss@nowa.example"]
    assert list(Attachment.objects.values_list("name", "content_type", "size")) == [
        ("faktura.pdf", "application/pdf", 9)
    ]
    assert not User.objects.filter(email="boss@nowa.example").exists()


def test_the_envelope_is_surer_than_the_header(desk, receive):
    row = receive(raw_mail(to="shops@bursztyn.example"), envelope_to="Billing@bursztyn.example")

    assert row.ticket.queue == desk.billing


def test_without_a_known_recipient_the_mailbox_decides_and_without_a_mailbox_the_first_queue(desk, receive):
    desk.mailbox.queue = desk.billing
    desk.mailbox.save()

    by_mailbox = receive(raw_mail(to="who@else.example"))
    by_nothing = receive(raw_mail(to="who@else.example", message_id="<2@x.example>"), mailbox=None)

    assert by_mailbox.ticket.queue == desk.billing
    assert by_nothing.ticket.queue == desk.shops


def test_the_same_bytes_are_kept_once(desk, receive):
    first = receive(raw_mail())
    again, is_new = receiving.store(raw_mail_of(first), mailbox=desk.mailbox, at=first.received_at)

    assert (again.pk, is_new) == (first.pk, False)
    assert Message.objects.count() == 1


def raw_mail_of(row):
    return bytes(InboundMessage.objects.get(pk=row.pk).raw)


def test_a_copy_by_another_way_is_a_duplicate_and_other_words_under_the_same_id_are_not(desk, receive, clock):
    first = receive(raw_mail(headers="Received: by a\n"))
    copy = receive(raw_mail(headers="Received: by b\n"), mailbox=None)
    other = receive(raw_mail(text="Something else."))

    assert (copy.state, copy.ticket, copy.message) == (State.DUPLICATE, first.ticket, first.message)
    assert other.state == State.ACCEPTED
    assert Message.objects.count() == 2


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"Subject: no sender\n\nHello", "names no sender"),
        (
            b"From: a@b.example\nContent-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\nq\n" * 600,
            "more than 500 parts",
        ),
    ],
)
def test_what_cannot_be_accepted_waits_with_its_reason_and_can_be_tried_again(desk, receive, raw, words):
    row = receive(raw)

    assert row.state == State.QUARANTINED
    assert words in row.reason
    assert bytes(row.raw) == raw
    assert Ticket.objects.count() == 0


def test_a_mail_above_the_limit_is_kept_and_not_opened(desk, receive, settings):
    settings.MAIL_MAX_BYTES = 100

    row = receive(raw_mail(text="x" * 200))

    assert row.state == State.QUARANTINED
    assert "too large" in row.reason


def test_a_mail_that_kills_its_reader_is_not_read_for_ever(desk, clock):
    row, _ = receiving.store(raw_mail(), mailbox=desk.mailbox, at=clock.now)
    InboundMessage.objects.update(attempts=receiving.MAX_ATTEMPTS)

    receiving.process(row.pk, at=clock.now)

    row.refresh_from_db()
    assert row.state == State.QUARANTINED


@pytest.mark.parametrize(
    ("away", "back"),
    [
        ("tickets_queueaddress rename to other", "other rename to tickets_queueaddress"),
        ("tickets_user rename phone to other", "tickets_user rename other to phone"),
    ],
)
def test_a_database_that_is_not_migrated_yet_is_no_fault_of_the_mail(desk, clock, away, back):
    """As in an upgrade, when a worker starts before the tables have changed."""
    row, _is_new = receiving.store(raw_mail(), mailbox=desk.mailbox, at=clock.now)
    with connection.cursor() as cursor:
        cursor.execute(f"alter table {away}")
        assert receiving.process(row.pk, at=clock.now) is None
        cursor.execute(f"alter table {back}")
    row.refresh_from_db()
    assert (row.state, row.attempts, row.reason) == (State.STORED, 0, "")

    receiving.process(row.pk, at=clock.now)

    row.refresh_from_db()
    assert row.state == State.ACCEPTED


def test_processing_twice_changes_nothing(desk, receive, clock):
    row = receive(raw_mail())

    assert receiving.process(row.pk, at=clock.now) is None
    assert Message.objects.count() == 1


def test_an_empty_mail_is_a_ticket_too(desk, receive):
    row = receive(b"From: jan@sklep.example\nTo: shops@bursztyn.example\nMessage-ID: <e@x.example>\n\n")

    assert row.state == State.ACCEPTED
    assert row.ticket.subject == ""
    assert row.message.text == "(The mail has no text.)"


def test_a_form_on_our_own_site_asks_for_its_visitor(desk, receive):
    row = receive(raw_mail(sender="Form <shops@bursztyn.example>", headers="Reply-To: Ewa <ewa@klient.example>\n"))

    assert row.ticket.requester.email == "ewa@klient.example"
    assert Outbox.objects.get().address == "ewa@klient.example"


def test_a_person_gets_an_acknowledgement(desk, receive, clock):
    row = receive(raw_mail())

    mail = Outbox.objects.get()
    assert (mail.kind, mail.address, mail.ticket) == ("acknowledgement", "jan@sklep.example", row.ticket)
    assert mail.is_automatic


@pytest.mark.parametrize(
    "headers",
    [
        "Auto-Submitted: auto-replied\n",
        "List-Id: <x.example>\n",
        "Precedence: bulk\n",
        "X-Auto-Response-Suppress: All\n",
        "Return-Path: <>\n",
        "X-Autoreply: yes\n",
    ],
)
def test_nobody_who_must_not_be_answered_is(desk, receive, clock, headers):
    row = receive(raw_mail(headers=headers))

    assert row.state == State.ACCEPTED
    assert Outbox.objects.count() == 0


def test_old_mail_is_not_acknowledged(desk, receive, clock):
    receive(raw_mail(date=clock.now - timedelta(hours=25)))

    assert Outbox.objects.count() == 0


def test_five_acknowledgements_a_day_are_enough(desk, receive, clock):
    for number in range(8):
        receive(raw_mail(message_id=f"<{number}@sklep.example>", text=f"Mail {number}"))

    assert Ticket.objects.count() == 8
    assert Outbox.objects.count() == 5


def test_what_stands_behind_a_plus_makes_no_other_address(desk, receive, clock):
    for number in range(8):
        receive(raw_mail(sender=f"jan+{number}@sklep.example", message_id=f"<{number}@sklep.example>"))
    receive(raw_mail(sender="jan@sklep.example", message_id="<8@sklep.example>"))
    assert (Ticket.objects.count(), Outbox.objects.count()) == (9, 5)

    receive(raw_mail(sender="janina+1@sklep.example", message_id="<9@sklep.example>"))
    receive(raw_mail(sender="jan+1@other.example", message_id="<10@sklep.example>"))

    assert Outbox.objects.count() == 7


def test_a_queue_may_stay_silent(desk, receive, clock):
    Queue.objects.update(acknowledges=False)

    receive(raw_mail())

    assert Outbox.objects.count() == 0


def test_a_closed_ticket_gets_a_follow_up(desk, receive, clock):
    first = receive(raw_mail())
    Ticket.objects.update(status=Status.CLOSED, solved_at=clock.now, closed_at=clock.now)
    answer_to = sent(Outbox.objects.get())

    row = receive(raw_mail(message_id="<2@sklep.example>", text="Again!", headers=f"In-Reply-To: <{answer_to}>\n"))

    assert row.ticket != first.ticket
    assert row.ticket.follow_up_of == first.ticket


@pytest.mark.django_db(transaction=True)
def test_copies_and_a_new_person_in_the_same_moment(committed_desk, clock):
    """Each of four workers has a copy of one mail that came another way, and a mail of its own by the new person."""
    at, barrier, errors = clock.now, threading.Barrier(4), []
    sender = "Nowa <nowa@klient.example>"
    date = datetime.now(UTC)  # threads do not see the moved clock
    pairs = []
    for n in range(4):
        way = {"headers": f"Received: by way {n}\n", "date": date}
        copy, _ = receiving.store(raw_mail(sender=sender, **way), mailbox=None, at=at)
        own, _ = receiving.store(raw_mail(sender=sender, message_id=f"<{n}@x>", **way), mailbox=None, at=at)
        pairs.append((copy.pk, own.pk))

    def work(copy, own):
        try:
            barrier.wait()
            for row in (copy, own):
                receiving.process(row, at=at)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert User.objects.filter(email="nowa@klient.example").count() == 1
    states = [InboundMessage.objects.get(pk=copy).state for copy, _ in pairs]
    assert sorted(states) == [State.ACCEPTED, State.DUPLICATE, State.DUPLICATE, State.DUPLICATE]
    assert Message.objects.count() == Ticket.objects.count() == 5
    assert Outbox.objects.count() == 5


def sent(row):
    """Give the row the Message-ID it would leave with."""
    from tickets.channels.email import composing

    row.mail_id = composing.mail_id_for(row)
    row.save()
    return row.mail_id
