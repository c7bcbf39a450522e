"""An archive carried over: whole, once, as of its own dates, and nobody hears of it."""

import io
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command

from helpdesk.lib import clock
from tests.tickets.channels.email.conftest import raw_mail
from tests.tickets.channels.email.test_imap import database_url
from tickets.actions import replying
from tickets.channels.email import receiving
from tickets.models import InboundMessage, Mailbox, Message, Notification, Outbox, PausedAddress, Ticket, User

pytestmark = pytest.mark.django_db

LINE = b"From jan@sklep.example Mon Mar  9 08:00:00 2026\n"
MONDAY = datetime(2020, 3, 2, 9, 0, tzinfo=UTC)
BOUNCE = (
    b"From: MAILER-DAEMON@mx.example\nTo: shops@bursztyn.example\nSubject: Undelivered Mail Returned to Sender\n"
    b"Date: Tue, 3 Mar 2020 09:00:00 +0000\nMessage-ID: <bounce@mx.example>\n"
    b"In-Reply-To: <2@bursztyn.example>\nMIME-Version: 1.0\n"
    b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
    b"--b\nContent-Type: text/plain\n\nIt could not be delivered.\n"
    b"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
    b"Final-Recipient: rfc822; jan@sklep.example\nAction: failed\nStatus: 5.1.1\n\n"
    b"--b\nContent-Type: message/rfc822\n\nMessage-ID: <2@bursztyn.example>\nSubject: Re: The shop\n\nText\n--b--\n"
)


def written(path, *mails):
    path.write_bytes(b"\n".join(LINE + mail for mail in mails))
    return path


@pytest.fixture
def archive(tmp_path):
    return lambda *mails: written(tmp_path / "mbox", *mails)


def run(path, *arguments):
    out = io.StringIO()
    call_command("import_mbox", str(path), *arguments, stdout=out, verbosity=0)
    return out.getvalue()


def conversation():
    """Asked on Monday, answered by the desk on Tuesday, thanked on Wednesday; a colleague of theirs joins in."""
    asked = raw_mail(message_id="<1@sklep.example>", date=MONDAY)
    answered = raw_mail(
        sender="Shops <shops@bursztyn.example>",
        to="jan@sklep.example",
        message_id="<2@bursztyn.example>",
        date=MONDAY.replace(day=3),
        headers="In-Reply-To: <1@sklep.example>\n",
        text="Try again.",
    )
    thanked = raw_mail(
        message_id="<3@sklep.example>",
        date=MONDAY.replace(day=4),
        headers="Received: from mx\nReferences: <1@sklep.example> <2@bursztyn.example>\n",
        text="It works.",
    )
    joined = raw_mail(
        sender="ola@sklep.example",
        message_id="<4@sklep.example>",
        date=MONDAY.replace(day=5),
        headers="Received: from mx\nIn-Reply-To: <3@sklep.example>\n",
        text="For me too.",
    )
    return asked, answered, thanked, joined


def test_a_conversation_is_one_ticket_as_of_its_own_dates(desk, archive):
    said = run(archive(*reversed(conversation())))

    ticket = Ticket.objects.get()
    messages = list(ticket.messages.order_by("at").values_list("text", "is_from_requester", "kind", "at"))
    assert messages == [
        ("Nothing works since this morning.", True, "public", MONDAY),
        ("Try again.", False, "public", MONDAY.replace(day=3)),
        ("It works.", True, "public", MONDAY.replace(day=4)),
        ("For me too.", True, "note", MONDAY.replace(day=5)),
    ]
    assert (ticket.opened_at, ticket.first_reply_at, ticket.updated_at) == (
        MONDAY,
        MONDAY.replace(day=3),
        MONDAY.replace(day=5),
    )
    assert (ticket.requester, ticket.queue, ticket.due_at) == (desk.requester, desk.shops, None)
    assert "1 new tickets, 3 messages on tickets, 0 here already, 0 quarantined" in said


def test_nobody_hears_of_it(desk, archive):
    asked, answered, thanked, _ = conversation()

    run(archive(asked, answered, thanked, BOUNCE))

    assert Message.objects.filter(ticket=Ticket.objects.get()).count() == 4
    assert Outbox.objects.count() == Notification.objects.count() == PausedAddress.objects.count() == 0
    assert all(event.data["imported"] for event in Ticket.objects.get().events.all())


def test_a_mail_that_answers_a_living_ticket_does_not_wake_it(desk, receive, archive, clock):
    ticket = receive(raw_mail()).ticket
    replying.reply(ticket=ticket, by=desk.agent, text="Done.", next_status="solved", at=clock.now)
    sent = Outbox.objects.get(kind="reply")
    sent.mail_id, sent.state = "sent@bursztyn.example", "sent"
    sent.save()
    before = Outbox.objects.count()
    answer = raw_mail(message_id="<9@sklep.example>", headers="In-Reply-To: <sent@bursztyn.example>\n", text="Thanks.")

    run(archive(answer))

    ticket.refresh_from_db()
    assert ticket.status == "solved"
    assert ticket.messages.filter(text="Thanks.", kind="public").count() == 1
    assert Outbox.objects.count() == before
    assert Notification.objects.filter(person=desk.agent).count() == 0


# How a conversation stands


def ago(days):
    return clock.real_now().replace(microsecond=0) - timedelta(days=days)


def asks(days):
    return raw_mail(message_id="<1@sklep.example>", date=ago(days))


def answers(days):
    return raw_mail(
        sender="Shops <shops@bursztyn.example>",
        to="jan@sklep.example",
        message_id="<2@bursztyn.example>",
        date=ago(days),
        headers="In-Reply-To: <1@sklep.example>\n",
        text="Try again.",
    )


def insists(days):
    references = "Received: from mx\nReferences: <1@sklep.example> <2@bursztyn.example>\n"
    return raw_mail(message_id="<3@sklep.example>", date=ago(days), headers=references, text="It does not work.")


@pytest.mark.parametrize(
    ("mails", "arguments", "status"),
    [
        ([asks(29)], (), "new"),
        ([asks(31)], (), "closed"),
        ([asks(31)], ("--open-days", "60"), "new"),
        ([asks(1)], ("--open-days", "0"), "closed"),
        ([asks(3), answers(2)], (), "solved"),
        ([asks(40), answers(31)], (), "closed"),
        ([asks(3), answers(2), insists(1)], (), "open"),
        ([asks(90), answers(80), insists(1)], (), "open"),
    ],
)
def test_a_conversation_stands_as_its_last_mail_leaves_it(desk, archive, mails, arguments, status):
    run(archive(*mails), *arguments)

    ticket = Ticket.objects.get()
    assert ticket.status == status
    last = ticket.messages.latest("at").at
    assert ticket.solved_at == (last if status in ("solved", "closed") else None)
    assert ticket.closed_at == (last if status == "closed" else None)
    before = "new"
    for event in ticket.events.order_by("pk"):
        if change := event.data.get("status"):
            assert change[0] == before
            before = change[1]
    assert before == status


def test_what_came_earlier_or_to_a_ticket_that_lives_here_changes_no_status(desk, archive):
    run(archive(asks(3), insists(1)))
    run(archive(answers(2)))
    ticket = Ticket.objects.get()
    assert ticket.status == "new"
    replying.reply(ticket=ticket, by=desk.agent, text="Done.", next_status="solved", at=clock.now())

    late = raw_mail(message_id="<4@x>", date=ago(0), headers="In-Reply-To: <3@sklep.example>\n", text="Thanks.")
    run(archive(late))

    ticket.refresh_from_db()
    assert (ticket.status, ticket.messages.count()) == ("solved", 5)


def test_a_bounce_of_the_archive_is_marked_as_one(desk, archive):
    asked, answered, *_ = conversation()

    run(archive(asked, answered, BOUNCE))

    ticket, message = Ticket.objects.get(), Message.objects.get(bounce__isnull=False)
    assert (message.kind, message.author, message.is_from_requester) == ("note", None, False)
    about = Message.objects.get(mail_id="2@bursztyn.example")
    assert message.bounce | {"detail": ""} == {
        "reason": "user_unknown",
        "is_hard": True,
        "is_delay": False,
        "address": "jan@sklep.example",
        "status": "5.1.1",
        "detail": "",
        "message": about.pk,
    }
    assert (ticket.status, ticket.closed_at) == ("closed", MONDAY.replace(day=3))
    assert not User.objects.filter(email__startswith="mailer-daemon").exists()


def test_a_bounce_of_the_archive_about_a_mail_of_this_desk_pauses_nobody(desk, receive, archive):
    ticket = receive(raw_mail()).ticket
    replying.reply(ticket=ticket, by=desk.agent, text="Done.", at=clock.now())
    Outbox.objects.filter(kind="reply").update(mail_id="2@bursztyn.example", attempts=1)

    run(archive(BOUNCE))

    assert ticket.messages.latest("pk").bounce["reason"] == "user_unknown"
    assert PausedAddress.objects.count() == Notification.objects.count() == 0
    assert not Outbox.objects.filter(bounced_at__isnull=False).exists()


@pytest.mark.parametrize("sender", ["shops@bursztyn.example", "agnieszka.wrona@bursztyn.example"])
def test_a_from_line_alone_makes_nobody_the_desk(desk, archive, sender):
    asked, *_ = conversation()
    forged = raw_mail(
        sender=sender,
        to="jan@sklep.example",
        message_id="<evil@x>",
        headers="Received: from evil\nIn-Reply-To: <1@sklep.example>\n",
        text="Pay here.",
    )

    run(archive(asked, forged))

    message = Message.objects.get(text="Pay here.")
    assert (message.kind, message.is_from_requester) == ("note", True)


def test_what_the_desk_wrote_first_is_the_ticket_of_whom_it_wrote_to(desk, archive):
    run(archive(raw_mail(sender=desk.agent.email, to="jan@sklep.example", text="We moved.", date=MONDAY)))

    message = Message.objects.get()
    assert (message.ticket.requester, message.author, message.is_from_requester) == (
        desk.requester,
        desk.agent,
        False,
    )


def test_a_date_that_cannot_be_true_is_not_believed(desk, archive):
    future = raw_mail(message_id="<1@x>", date=datetime(2099, 1, 1, tzinfo=UTC))
    ancient = raw_mail(message_id="<2@x>", date=datetime(1971, 1, 1, tzinfo=UTC))

    run(archive(future, ancient))

    assert {ticket.opened_at for ticket in Ticket.objects.all()} == {InboundMessage.objects.earliest("pk").received_at}


def test_again_means_nothing_new(desk, archive):
    path = archive(*conversation(), b"Subject: no sender\n\ntext\n")
    run(path)

    said = run(path)

    assert "0 new tickets, 0 messages on tickets, 5 here already, 0 quarantined" in said
    assert Message.objects.count() == 4


def test_what_came_by_imap_before_is_not_doubled(desk, receive, archive):
    asked, *_ = conversation()
    receive(asked.replace(b"\n", b"\r\n"))

    said = run(archive(asked))

    assert "1 here already" in said
    assert Message.objects.count() == 1


def test_the_same_mail_twice_in_an_archive_is_one(desk, archive):
    asked, *_ = conversation()

    said = run(archive(asked, asked, *[raw_mail(message_id=f"<{n}@x>", text=str(n)) for n in range(30)], asked))

    assert "31 new tickets, 0 messages on tickets, 2 here already" in said


def test_quarantined_mail_is_counted_by_reason_and_can_be_retried_as_an_import(desk, archive):
    said = run(archive(b"Subject: nobody\n\ntext\n", *conversation()), "--queue", "billing")

    row = InboundMessage.objects.get(state="quarantined")
    assert "1 × The mail names no sender." in said
    assert (row.is_imported, row.queue) == (True, desk.billing)
    InboundMessage.objects.update(state="stored", raw=raw_mail(to="x@y.example", message_id="<5@x>", date=MONDAY))
    receiving.process(row.pk, at=row.received_at)
    row.refresh_from_db()
    assert (row.ticket.queue, row.ticket.opened_at) == (desk.billing, MONDAY)
    assert Outbox.objects.count() == 0


def test_the_queue_is_for_mail_that_names_no_other(desk, archive):
    run(archive(raw_mail(message_id="<1@x>"), raw_mail(message_id="<2@x>", to="old@firma.example")), "--queue=billing")

    assert [ticket.queue for ticket in Ticket.objects.order_by("pk")] == [desk.shops, desk.billing]


def test_a_mail_above_the_limit_is_quarantined_with_its_header(desk, archive, settings):
    settings.MAIL_MAX_BYTES = 20_000

    said = run(archive(raw_mail(text="x" * 30_000)))

    row = InboundMessage.objects.get()
    assert "too large" in said
    assert (row.state, row.subject) == ("quarantined", "The shop is down")
    assert row.size > 30_000 > len(row.raw)


def test_a_dry_run_says_the_same_and_changes_nothing(desk, archive, receive):
    receive(raw_mail(message_id="<old@x>"))
    before = (Ticket.objects.count(), InboundMessage.objects.count(), User.objects.count())
    path = archive(*conversation(), raw_mail(message_id="<old@x>", date=MONDAY), BOUNCE, b"Subject: x\n\n\n")

    said = run(path, "--dry-run")

    assert (Ticket.objects.count(), InboundMessage.objects.count(), User.objects.count()) == before
    assert "7 mails: would be 1 new tickets, 4 messages on tickets, 1 here already, 1 quarantined." in said
    assert "1 of them were written by machines. Nothing was imported." in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--queue", "nowhere"], "no queue"), (["--mailbox", "nowhere"], "no mailbox"), ([], "no archive of mail")],
)
def test_what_cannot_be_begun_is_said_in_words(desk, tmp_path, arguments, words):
    (tmp_path / "file").write_bytes(b"PK\x03\x04")

    with pytest.raises(CommandError, match=words):
        run(tmp_path / "file", *arguments)
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        run(tmp_path / "missing")


def test_an_import_by_the_mailbox_it_came_by(desk, archive):
    run(archive(raw_mail(to="old@firma.example")), "--mailbox", "all")

    assert InboundMessage.objects.get().mailbox == Mailbox.objects.get(name="all")


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.django_db(transaction=True)
def test_an_import_that_is_killed_again_and_again_ends_whole_and_undoubled(committed_desk, tmp_path):
    count = 400
    mails = [
        raw_mail(
            sender=f"klient-{n % 40}@sklep.example",
            message_id=f"<{n}@sklep.example>",
            text=f"Mail number {n}.",
            date=MONDAY.replace(minute=n // 60, second=n % 60),
            headers=f"In-Reply-To: <{n - n % 4}@sklep.example>\n" if n % 4 else "",
        )
        for n in range(count)
    ]
    path = written(tmp_path / "mbox", *mails)
    environment = {**os.environ, "DATABASE_URL": database_url(), "DATA_DIR": str(tmp_path / "data")}
    command = [sys.executable, "manage.py", "import_mbox", str(path)]

    def start():
        return subprocess.Popen(command, env=environment, cwd=django_settings.BASE_DIR, stderr=subprocess.DEVNULL)

    kills = 0
    for limit in (1, 130, 399):
        process = start()
        while process.poll() is None and InboundMessage.objects.count() < limit:
            pass
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            kills += 1
        process.wait()
    rest = [start(), start()]  # and two at once
    assert [process.wait() for process in rest] == [0, 0]

    assert kills >= 2
    assert sorted(Message.objects.values_list("text", flat=True)) == sorted(f"Mail number {n}." for n in range(count))
    assert set(InboundMessage.objects.values_list("state", flat=True)) == {"accepted"}
    assert Ticket.objects.count() == count // 4
    assert Outbox.objects.count() == 0
