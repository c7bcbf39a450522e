import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from django.conf import settings as django_settings
from django.db import connection
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from helpdesk.lib import clock
from tests.tickets.channels.email import burning_reader, dovecot, ordinary
from tests.tickets.channels.email.conftest import raw_mail
from tickets.actions import mail_settings
from tickets.actions.errors import NotAllowed
from tickets.channels.email import connecting, imap, outbox, probing, processing, reading, receiving
from tickets.channels.email.parsing import parse
from tickets.models import InboundMessage, Mailbox, Message, Outbox, Role, Ticket, User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def server(dovecot_program):
    with dovecot.running(dovecot_program) as running:
        yield running


@pytest.fixture
def mailbox(committed_desk, server, settings, request):
    settings.EGRESS_ALLOW = ["127.0.0.1"]
    box = committed_desk.mailbox
    box.port, box.username = server.port, f"{request.node.name.partition('[')[0][:40]}-{time.time_ns()}"
    box.password = dovecot.PASSWORD
    box.save()
    return box


def numbered(count, **more):
    return [raw_mail(text=f"Mail number {n}.", message_id=f"<{n}@sklep.example>", **more) for n in range(count)]


def test_ordinary_mail_arrives_whole_and_is_marked_as_seen_afterwards(server, mailbox):
    mails = list(ordinary.mails())
    server.deliver(mailbox.username, *[mail.raw for mail in mails])

    assert imap.fetch(mailbox) == len(mails)

    rows = InboundMessage.objects.select_related("message", "ticket").order_by("uid")
    assert {row.state for row in rows} <= {"accepted", "duplicate"}
    for mail, row in zip(mails, rows, strict=True):
        assert (row.sender, row.subject) == (mail.address, mail.subject)
        assert [file.name for file in row.message.attachments.order_by("pk")] == [name for name, _, _ in mail.files]
    assert server.unseen(mailbox.username) == 0
    assert Mailbox.objects.get(pk=mailbox.pk).last_error == ""
    assert Mailbox.objects.get(pk=mailbox.pk).last_fetch_at is not None
    assert imap.fetch(mailbox) == 0


def test_mail_that_somebody_read_elsewhere_is_not_missed(server, mailbox):
    server.deliver(mailbox.username, raw_mail())
    imap.fetch(mailbox)
    server.deliver(mailbox.username, raw_mail(message_id="<2@x>", text="Read on a phone."), flags="(\\Seen)")

    assert imap.fetch(mailbox) == 1
    assert imap.fetch(mailbox) == 0


def test_a_first_visit_leaves_what_was_read_before_alone(server, mailbox):
    server.deliver(mailbox.username, raw_mail(text="Old."), flags="(\\Seen)")
    server.deliver(mailbox.username, raw_mail(text="New."))

    assert imap.fetch(mailbox) == 1


def test_new_numbers_on_the_server_double_nothing(server, mailbox):
    server.deliver(mailbox.username, raw_mail())
    imap.fetch(mailbox)
    with server.client(mailbox.username) as client:
        client.select("INBOX")
        client.store("1", "-FLAGS", "\\Seen")
    Mailbox.objects.update(uidvalidity=1)
    InboundMessage.objects.update(uidvalidity=1)
    mailbox.refresh_from_db()

    assert imap.fetch(mailbox) == 0

    assert Message.objects.count() == 1
    assert server.unseen(mailbox.username) == 0


def test_a_mail_above_the_limit_stays_on_the_server_and_is_named(server, mailbox, settings):
    settings.MAIL_MAX_BYTES = 20_000
    server.deliver(mailbox.username, raw_mail(text="x" * 30_000), raw_mail(message_id="<2@x>"))

    imap.fetch(mailbox)

    large, small = InboundMessage.objects.order_by("uid")
    assert (large.state, small.state) == ("quarantined", "accepted")
    assert large.size > 30_000 > len(large.raw)
    assert large.subject == "The shop is down"
    assert imap.fetch(mailbox) == 0


@pytest.mark.parametrize("cut", [300, 1500, 3000])
def test_a_line_that_breaks_in_the_middle_of_a_mail_is_resumed(server, mailbox, cut):
    server.deliver(mailbox.username, *numbered(10))
    line = dovecot.Line(server.port)
    line.breaks_after = cut
    mailbox.port = line.port
    mailbox.save()

    imap.fetch(mailbox)
    imap.fetch(mailbox)

    assert line.broken == 1
    assert Message.objects.count() == InboundMessage.objects.count() == 10
    assert Mailbox.objects.get(pk=mailbox.pk).last_error == ""
    line.close()


def test_a_fetcher_that_dies_between_storing_and_marking_doubles_nothing(server, mailbox, monkeypatch):
    server.deliver(mailbox.username, *numbered(3))

    def dies(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(imap.IMAPClient, "add_flags", dies)
    with pytest.raises(KeyboardInterrupt):
        imap.fetch(mailbox)
    monkeypatch.undo()
    assert server.unseen(mailbox.username) == 3
    imap.fetch(Mailbox.objects.get(pk=mailbox.pk))
    for row in InboundMessage.objects.filter(state="stored"):
        receiving.process(row.pk, at=row.received_at)

    assert Message.objects.count() == InboundMessage.objects.count() == 3
    assert server.unseen(mailbox.username) == 0


def test_four_fetchers_at_once_double_nothing_even_without_their_lock(server, mailbox, monkeypatch):
    server.deliver(mailbox.username, *numbered(40))
    barrier = threading.Barrier(4)
    errors = []

    def fetch():
        try:
            box = Mailbox.objects.get(pk=mailbox.pk)
            barrier.wait()
            with processing.Crew() as crew:
                list(imap._fetched(box, crew))
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=fetch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert Message.objects.count() == InboundMessage.objects.filter(state="accepted").count() == 40
    assert Ticket.objects.count() == 40


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"port": 1}, "cannot be reached"),
        ({"security": "tls"}, "Choose STARTTLS"),
        ({"folder": "Nowhere"}, "Nowhere"),
        ({"host": "10.0.0.1"}, "EGRESS_ALLOW"),
    ],
)
def test_what_is_wrong_with_a_mailbox_is_said_in_words(server, mailbox, change, words):
    for name, value in change.items():
        setattr(mailbox, name, value)
    mailbox.save()

    assert imap.fetch(mailbox) == 0

    mailbox.refresh_from_db()
    assert words in mailbox.last_error
    assert dovecot.PASSWORD not in mailbox.last_error


def test_a_wrong_password_is_said_in_words(server, mailbox):
    mailbox.password = "wrong"
    mailbox.save()

    imap.fetch(mailbox)

    mailbox.refresh_from_db()
    assert "refused the user name or the password" in mailbox.last_error


def test_the_story_in_out_and_the_answer_on_the_same_ticket(server, mailbox, committed_desk, settings):
    from tickets.actions import replying

    server.deliver(mailbox.username, raw_mail())
    imap.fetch(mailbox)
    ticket = Ticket.objects.get()
    at = datetime.now(ticket.opened_at.tzinfo)
    replying.reply(ticket=ticket, by=committed_desk.agent, text="Try again.", at=at)

    assert outbox.drain(at=at) == 2

    sent = {mail.automation.is_automated: mail for mail in map(parse, read_all(settings.MAIL_FILE_DIR))}
    answer = raw_mail(
        message_id="<2@sklep.example>",
        text="It works.",
        subject="Re: " + sent[False].subject,
        headers=f"In-Reply-To: <{sent[False].message_id}>\n",
    )
    server.deliver(mailbox.username, answer)
    imap.fetch(mailbox)
    assert [message.text for message in ticket.messages.order_by("pk")] == [
        "Nothing works since this morning.",
        "Try again.",
        "It works.",
    ]
    assert Outbox.objects.filter(state="sent").count() == 2


def read_all(folder):
    return [path.read_bytes() for path in sorted(folder.iterdir())]


# Folders


@pytest.mark.parametrize("folder", ["Zgłoszenia", "Zgłoszenia/Nowe & pilne", "Zgłoszenia.Nowe & pilne"])
def test_any_folder_is_found_by_the_name_people_type(server, mailbox, folder):
    with connecting.session(mailbox) as client:
        name = connecting.created(client, folder.replace(".", "/"))
        client.append(name, raw_mail())
        listed = {each.name for each in connecting.folders(client)}
    mailbox.folder = folder
    mailbox.save()

    assert imap.fetch(mailbox) == 1

    assert name in listed
    assert Mailbox.objects.get().last_error == ""


@pytest.fixture(scope="module")
def poor_server(dovecot_program):
    """A server whose clients believe that it cannot move mail."""
    more = "imap_capability = IMAP4rev1 SASL-IR LITERAL+ UIDPLUS"
    with dovecot.running(dovecot_program, more=more) as running:
        yield running


@pytest.mark.parametrize("which", ["server", "poor_server"])
def test_read_mail_is_moved_to_a_folder_that_is_made_when_it_is_missing(which, mailbox, request):
    server = request.getfixturevalue(which)
    mailbox.port, mailbox.processed_folder = server.port, "Przeczytane/2026"
    mailbox.save()
    server.deliver(mailbox.username, *numbered(3))

    assert imap.fetch(mailbox) == 3
    server.deliver(mailbox.username, raw_mail(message_id="<later@x>"))
    assert imap.fetch(Mailbox.objects.get()) == 1

    assert server.count(mailbox.username) == 0
    assert server.count(mailbox.username, "Przeczytane.2026", "SEEN") == 4
    assert Message.objects.count() == 4
    assert Mailbox.objects.get().last_error == ""


def test_mail_that_cannot_be_moved_stays_marked_as_seen_and_the_reason_is_told(server, mailbox):
    mailbox.processed_folder = "a//b"
    mailbox.save()
    server.deliver(mailbox.username, *numbered(3))

    assert imap.fetch(mailbox) == 3

    assert (server.count(mailbox.username), server.unseen(mailbox.username)) == (3, 0)
    mailbox.refresh_from_db()
    assert "could not be moved to a//b" in mailbox.last_error
    assert mailbox.failing_since is None
    assert imap.fetch(mailbox) == 0


def test_the_folder_itself_is_no_folder_for_read_mail(server, mailbox):
    mailbox.processed_folder = "INBOX"
    mailbox.save()
    server.deliver(mailbox.username, raw_mail())

    assert [imap.fetch(mailbox), imap.fetch(mailbox)] == [1, 0]
    assert server.count(mailbox.username) == 1


# Beginning, and beginning anew


def admin():
    return User.objects.create_user("adam@bursztyn.example", name="Adam", role=Role.ADMIN)


@pytest.mark.parametrize(("everything", "expected"), [(False, 1), (True, 4)])
def test_reading_begins_from_now_on_or_with_what_is_unread(server, mailbox, everything, expected):
    server.deliver(mailbox.username, *numbered(3))
    Mailbox.objects.update(is_active=False)

    started = probing.start_reading(mailbox, by=admin(), at=clock.now(), everything=everything)
    server.deliver(mailbox.username, raw_mail(message_id="<new@x>", text="New."))

    assert started.is_active
    assert imap.fetch(Mailbox.objects.get()) == expected
    assert imap.fetch(Mailbox.objects.get()) == 0
    assert server.unseen(mailbox.username) == 4 - expected


def test_old_mail_is_left_alone_when_the_server_numbers_anew_and_new_mail_is_not(server, mailbox):
    server.deliver(mailbox.username, *numbered(3), came_at=datetime.now(UTC) - timedelta(days=30))
    probing.start_reading(mailbox, by=admin(), at=clock.now(), everything=False)
    server.deliver(mailbox.username, raw_mail(message_id="<known@x>", text="Known."))
    assert imap.fetch(Mailbox.objects.get()) == 1
    server.deliver(mailbox.username, raw_mail(message_id="<new@x>", text="New, read elsewhere."), flags="(\\Seen)")
    before = Mailbox.objects.get().uidvalidity
    server.renumber(mailbox.username)

    assert imap.fetch(Mailbox.objects.get()) == 1
    assert Mailbox.objects.get().uidvalidity != before
    assert imap.fetch(Mailbox.objects.get()) == 0

    assert sorted(Message.objects.values_list("text", flat=True)) == ["Known.", "New, read elsewhere."]


def test_mail_of_an_outage_is_read_when_the_server_comes_back_with_other_numbers(server, mailbox):
    today = datetime.now(UTC)
    server.deliver(mailbox.username, *numbered(3), came_at=today - timedelta(days=30))
    with clock.moved_to(today - timedelta(days=5)):
        probing.start_reading(mailbox, by=admin(), at=clock.now(), everything=False)
        imap.fetch(Mailbox.objects.get())
    during = raw_mail(message_id="<during@x>", text="Written while nothing was read.")
    server.deliver(mailbox.username, during, came_at=today - timedelta(days=3))
    Mailbox.objects.update(port=1)
    assert imap.fetch(Mailbox.objects.get()) == 0
    Mailbox.objects.update(port=mailbox.port)
    server.renumber(mailbox.username)

    assert imap.fetch(Mailbox.objects.get()) == 1
    assert imap.fetch(Mailbox.objects.get()) == 0
    assert list(Message.objects.values_list("text", flat=True)) == ["Written while nothing was read."]


def test_a_visit_that_ends_early_has_not_read_the_folder(server, mailbox, monkeypatch):
    server.deliver(mailbox.username, *numbered(2))
    monkeypatch.setattr(imap, "VISIT_S", -1)
    assert imap.fetch(mailbox) == 0
    assert Mailbox.objects.get().last_read_at is None
    monkeypatch.undo()

    assert imap.fetch(Mailbox.objects.get()) == 2
    assert Mailbox.objects.get().last_read_at is not None


def test_a_line_that_breaks_in_a_folder_numbered_anew_loses_no_mail(server, mailbox, monkeypatch):
    server.deliver(mailbox.username, raw_mail(message_id="<known@x>"))
    imap.fetch(mailbox)
    read_elsewhere = [raw_mail(message_id=f"<{n}@x>", text=f"Read elsewhere {n}.") for n in range(3)]
    server.deliver(mailbox.username, *read_elsewhere, flags="(\\Seen)")
    server.renumber(mailbox.username)
    breaks = [OSError("The line broke.")]

    def letters(*args):
        if breaks:
            raise breaks.pop()
        return asked(*args)

    asked = imap._letters
    monkeypatch.setattr(imap, "_letters", letters)

    assert imap.fetch(Mailbox.objects.get()) == 3


def test_reading_is_begun_by_admins_and_only_where_there_is_a_folder(server, mailbox, committed_desk):
    with pytest.raises(NotAllowed):
        probing.start_reading(mailbox, by=committed_desk.agent, at=clock.now(), everything=True)
    mailbox.folder = "Nowhere"
    with pytest.raises(probing.CannotStart, match="There is no folder Nowhere"):
        probing.start_reading(mailbox, by=admin(), at=clock.now(), everything=True)


# What is known of a mailbox


def test_the_lag_is_how_long_mail_lay_at_the_server(server, mailbox):
    server.deliver(mailbox.username, raw_mail(), came_at=datetime.now(UTC) - timedelta(hours=1))

    imap.fetch(mailbox)

    assert 3600 <= Mailbox.objects.get().lag_s < 3700


def test_mail_that_lay_there_before_reading_began_makes_no_lag(server, mailbox):
    server.deliver(mailbox.username, raw_mail(), came_at=datetime.now(UTC) - timedelta(hours=1))
    mailbox = probing.start_reading(mailbox, by=admin(), at=clock.now(), everything=True)

    assert imap.fetch(mailbox) == 1
    assert Mailbox.objects.get().lag_s < 60


def test_failures_are_dated_from_the_first_and_end_with_the_next_good_visit(server, mailbox):
    good_port = mailbox.port
    for _ in range(2):
        Mailbox.objects.update(port=1)
        imap.fetch(Mailbox.objects.get())
        failing = Mailbox.objects.get()
    assert failing.failing_since < failing.last_fetch_at
    assert "nothing answers on port 1" in failing.last_error

    Mailbox.objects.update(port=good_port)
    imap.fetch(Mailbox.objects.get())

    assert (Mailbox.objects.get().failing_since, Mailbox.objects.get().last_error) == (None, "")


def test_a_server_that_restarts_is_read_again(server, mailbox):
    server.deliver(mailbox.username, *numbered(2))
    server.stop()
    assert imap.fetch(mailbox) == 0
    server.start()

    assert imap.fetch(Mailbox.objects.get()) == 2


def test_a_mailbox_turned_elsewhere_during_a_visit_keeps_no_number_of_the_old_folder(server, mailbox, monkeypatch):
    server.deliver(mailbox.username, raw_mail())

    def turn(*args, **kwargs):
        Mailbox.objects.update(folder="Other", uidvalidity=None, last_uid=None)
        return store(*args, **kwargs)

    store = receiving.store
    monkeypatch.setattr(receiving, "store", turn)
    imap.fetch(mailbox)

    assert Mailbox.objects.values_list("folder", "uidvalidity", "last_uid").get() == ("Other", None, None)


def test_another_account_is_read_whole_though_its_mail_bears_the_same_numbers(server, mailbox):
    other, by = f"{mailbox.username}-other", admin()
    mails = list(numbered(3))
    server.deliver(mailbox.username, *mails)
    imap.fetch(mailbox)
    copy = mails[0]
    server.deliver(other, copy, *(raw_mail(text=f"Other {n}.", message_id=f"<other{n}@x>") for n in range(2)))
    same_numbers(server, mailbox.username, other)
    before = Mailbox.objects.get().uidvalidity
    turned = mail_settings.change_mailbox(
        mailbox=mailbox, by=by, at=clock.now(), username=other, password=dovecot.PASSWORD
    )
    started = probing.start_reading(turned, by=by, at=clock.now(), everything=True)
    assert started.uidvalidity == before

    assert imap.fetch(Mailbox.objects.get()) == 2
    assert server.unseen(other) == 0
    assert Message.objects.count() == 5


def test_what_a_visit_keeps_after_the_mailbox_was_turned_stands_in_no_ones_way(server, mailbox, monkeypatch):
    other, by = f"{mailbox.username}-other", admin()
    server.deliver(mailbox.username, raw_mail())
    server.deliver(other, raw_mail(text="Other.", message_id="<other@x>"))
    same_numbers(server, mailbox.username, other)

    def turn(*args, **kwargs):
        mail_settings.change_mailbox(mailbox=mailbox, by=by, at=clock.now(), username=other, password=dovecot.PASSWORD)
        return store(*args, **kwargs)

    store = receiving.store
    with monkeypatch.context() as patched:
        patched.setattr(receiving, "store", turn)
        assert imap.fetch(Mailbox.objects.get()) == 1
    turned = Mailbox.objects.get()
    assert (turned.username, turned.uidvalidity, turned.last_fetch_at) == (other, None, None)
    started = probing.start_reading(turned, by=by, at=clock.now(), everything=True)
    assert started.uidvalidity == server.uidvalidity(mailbox.username)

    assert imap.fetch(Mailbox.objects.get()) == 1
    assert sorted(Message.objects.values_list("text", flat=True))[-1] == "Other."


def same_numbers(server, user, other):
    """The other account's folder takes the UIDVALIDITY of the first, as every INBOX of some providers has the same."""
    server.renumber(other, to=server.uidvalidity(user))


def test_what_comes_during_a_visit_is_read_in_it(server, mailbox, monkeypatch):
    server.deliver(mailbox.username, *numbered(2))
    late = [raw_mail(message_id="<late@x>", text="Late.")]

    def deliver(*args, **kwargs):
        if late:
            server.deliver(mailbox.username, late.pop())
        return store(*args, **kwargs)

    store = receiving.store
    monkeypatch.setattr(receiving, "store", deliver)

    assert imap.fetch(mailbox) == 3


@pytest.mark.parametrize("field", ["username", "password", "folder", "processed_folder", "host"])
def test_a_line_break_never_reaches_the_server(server, mailbox, field):
    setattr(mailbox, field, "x\r\na1 DELETE INBOX")
    mailbox.save()

    imap.fetch(mailbox)

    assert "control characters" in Mailbox.objects.get().last_error


def test_passwords_of_other_alphabets(server, mailbox):
    mailbox.password = "zażółć"
    mailbox.save()

    imap.fetch(mailbox)

    assert "refused the user name or the password" in Mailbox.objects.get().last_error


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_killing_fetchers_while_mail_arrives_loses_and_doubles_nothing(server, mailbox, tmp_path):
    mails = numbered(50)
    dice = random.Random(2026)
    command = [sys.executable, "manage.py", "fetch_mail", "--mailbox", mailbox.name, "--loop", "--pause", "0.05"]
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "EGRESS_ALLOW": "127.0.0.1",
        "DATA_DIR": str(tmp_path / "data"),
    }

    def start():
        return subprocess.Popen(command, env=environment, cwd=django_settings.BASE_DIR, stdout=subprocess.DEVNULL)

    fetchers = [start() for _ in range(4)]
    try:
        for n, mail in enumerate(mails):
            server.deliver(mailbox.username, mail)
            if n % 10 == 9:
                time.sleep(dice.uniform(0.2, 1.0))
                victim = dice.randrange(4)
                fetchers[victim].send_signal(signal.SIGKILL)
                fetchers[victim].wait()
                fetchers[victim] = start()
        until = time.monotonic() + 60
        while time.monotonic() < until and Message.objects.count() + stuck() < len(mails):
            time.sleep(0.3)
    finally:
        for fetcher in fetchers:
            fetcher.kill()
            fetcher.wait()
    # Whoever was killed holds its mail until PostgreSQL has noticed.
    until = time.monotonic() + 60
    while time.monotonic() < until and stuck():
        for row in InboundMessage.objects.filter(state="stored"):
            receiving.process(row.pk, at=row.received_at)
        time.sleep(0.1)

    assert InboundMessage.objects.count() == len(mails)
    assert sorted(Message.objects.values_list("text", flat=True)) == sorted(f"Mail number {n}." for n in range(50))
    assert server.unseen(mailbox.username) == 0


def stuck():
    return InboundMessage.objects.filter(state="stored").count()


def database_url():
    """The test database as a subprocess must be told it."""
    facts = connection.settings_dict
    host = facts["HOST"] or "localhost"
    login = quote(facts["USER"] or "") + (":" + quote(facts["PASSWORD"]) if facts["PASSWORD"] else "")
    if host.startswith("/"):
        return f"postgresql://{login}@/{facts['NAME']}?host={quote(host, safe='/')}"
    return f"postgresql://{login}@{host}:{facts['PORT'] or 5432}/{facts['NAME']}"


# What costs much, and what cannot be had


def quickly(monkeypatch):
    monkeypatch.setattr(reading, "pool", reading.Pool(burning_reader.__name__))
    monkeypatch.setattr(reading, "QUICK_S", 0.3)


def test_mail_that_costs_much_is_read_behind_what_does_not(server, mailbox, monkeypatch):
    """The reader of this test burns for a mail that says so; the others it answers in the wrong shape."""
    quickly(monkeypatch)
    server.deliver(mailbox.username, b"burn 1", b"burn 2", *(f"good {number}".encode() for number in range(8)))

    assert imap.fetch(mailbox) == 10

    rows = InboundMessage.objects.order_by("pk")
    assert list(rows.values_list("state", "attempts")) == [("stored", 1)] * 2 + [("quarantined", 1)] * 8
    assert server.unseen(mailbox.username) == 0
    server.deliver(mailbox.username, b"good 9")
    imap.fetch(Mailbox.objects.get())
    assert InboundMessage.objects.filter(state="stored").count() == 2

    processing.process_stored()

    assert set(rows.values_list("state", flat=True)) == {"quarantined"}
    assert "took more than 10 s" in rows[0].reason


def test_a_mail_that_is_read_for_long_keeps_no_later_one_on_the_server(server, mailbox, monkeypatch):
    monkeypatch.setattr(reading, "pool", reading.Pool(burning_reader.__name__))
    server.deliver(mailbox.username, b"sleep")
    first = threading.Thread(target=fetched_elsewhere, args=(mailbox.pk,))
    first.start()
    while not InboundMessage.objects.filter(attempts=1).exists():
        pass
    server.deliver(mailbox.username, b"good")

    assert imap.fetch(Mailbox.objects.get(), waits=True) == 1

    assert sorted(InboundMessage.objects.values_list("state", flat=True)) == ["quarantined", "stored"]
    while first.is_alive():  # it is read twice before it is given up
        for child in list(reading.pool._working):
            child._process.kill()
        first.join(0.1)


def fetched_elsewhere(pk):
    try:
        imap.fetch(Mailbox.objects.get(pk=pk))
    finally:
        connection.close()


def test_a_mail_that_the_server_cannot_hand_out_keeps_back_no_other(server, mailbox, monkeypatch):
    server.deliver(mailbox.username, *numbered(5))
    imap_fetch = imap.IMAPClient.fetch

    def fetch(client, uids, items):
        if 3 in uids and "BODY.PEEK[]" in items:
            raise IMAPClientError("FETCH command error: BAD [b'Internal error']")
        return imap_fetch(client, uids, items)

    monkeypatch.setattr(imap.IMAPClient, "fetch", fetch)
    assert imap.fetch(mailbox) == 4
    assert "did not hand out 1 messages" in Mailbox.objects.get().last_error
    assert Mailbox.objects.get().failing_since is None
    monkeypatch.undo()

    assert imap.fetch(Mailbox.objects.get()) == 1
    assert Message.objects.count() == 5
    assert Mailbox.objects.get().last_error == ""


@pytest.mark.parametrize("is_silent", [True, False])
def test_what_the_server_kept_back_once_is_not_lost_when_somebody_read_it_elsewhere(
    server, mailbox, monkeypatch, is_silent
):
    server.deliver(mailbox.username, *numbered(1))
    imap.fetch(mailbox)
    server.deliver(mailbox.username, raw_mail(message_id="<read@x>", text="Read elsewhere."), flags="(\\Seen)")
    imap_fetch = imap.IMAPClient.fetch

    def fetch(client, uids, items):
        if "BODY.PEEK[]" not in items:
            return imap_fetch(client, uids, items)
        if is_silent:
            return {}
        raise IMAPClientError("FETCH command error: NO [b'Not now']")

    monkeypatch.setattr(imap.IMAPClient, "fetch", fetch)
    assert imap.fetch(Mailbox.objects.get()) == 0
    assert "did not hand out 1 messages" in Mailbox.objects.get().last_error
    monkeypatch.undo()

    assert imap.fetch(Mailbox.objects.get()) == 1
    assert Message.objects.filter(text="Read elsewhere.").exists()
    assert Mailbox.objects.get().last_error == ""


@pytest.mark.parametrize("said", [b"", b"RFC822.SIZE 1 "], ids=["none", "too small"])
def test_a_server_that_says_nothing_true_of_sizes_does_not_fill_our_memory(server, mailbox, settings, said):
    settings.MAIL_MAX_BYTES = 700_000
    lines = "x" * 58 + "\n"  # of 60 bytes on the server, which ends them with CR LF
    server.deliver(mailbox.username, *[raw_mail(text=lines * 10_000, message_id=f"<{n}@x>") for n in range(3)])
    line = dovecot.Line(server.port, rewrite=lambda data: re.sub(rb"RFC822\.SIZE \d+ ", said, data))
    mailbox.port = line.port
    mailbox.save()
    with pytest.raises(IMAPClientAbortError), connecting.session(mailbox) as client:
        connecting.open_folder(client, mailbox, readonly=True)
        client.fetch([1, 2, 3], ["BODY.PEEK[]"])

    assert imap.fetch(mailbox) == 3  # one by one
    assert Message.objects.count() == 3
    line.close()


def test_the_numbers_of_very_many_mails_fit_into_a_line(server, mailbox, monkeypatch):
    server.deliver(mailbox.username, *numbered(120))
    monkeypatch.setattr("imaplib._MAXLINE", 200)

    assert probing.probe(mailbox, at=clock.now()).messages == 120
    probing.start_reading(mailbox, by=admin(), at=clock.now(), everything=True)
    assert imap.fetch(Mailbox.objects.get()) == 120


def test_a_server_whose_lines_never_end_does_not_fill_our_memory(server, mailbox, monkeypatch):
    server.deliver(mailbox.username, *numbered(120))
    with pytest.raises(IMAPClientAbortError), connecting.session(mailbox) as client:
        connecting.open_folder(client, mailbox, readonly=True)
        monkeypatch.setattr(connecting, "MAX_LINE", 200)
        client.search(["ALL"])


def test_a_server_that_never_comes_to_an_end_does_not_fill_our_memory(server, mailbox, settings):
    settings.MAIL_MAX_BYTES = 0
    endless = b"* 1 EXISTS\r\n" * 100_000 + b"* SEARCH"
    line = dovecot.Line(server.port, rewrite=lambda data: data.replace(b"* SEARCH", endless))
    mailbox.port = line.port
    mailbox.save()
    with pytest.raises(IMAPClientAbortError), connecting.session(mailbox) as client:
        connecting.open_folder(client, mailbox, readonly=True)
        client.search(["ALL"])
    line.close()


# Servers with numbers of their own


@pytest.fixture(params=[b"0", b"", b"1"], ids=["zero", "none", "one"])
def odd_line(server, mailbox, request):
    """The server says UIDNEXT as 0, not at all, or always as 1."""
    said = b"[UIDNEXT " + request.param + b"]" if request.param else b""
    line = dovecot.Line(server.port, rewrite=lambda data: re.sub(rb"\[UIDNEXT \d+\]", said, data))
    mailbox.port = line.port
    mailbox.save()
    yield line
    line.close()


def test_a_server_that_does_not_know_its_next_number_is_read_once(server, mailbox, odd_line):
    server.deliver(mailbox.username, *numbered(3))
    probing.start_reading(mailbox, by=admin(), at=clock.now(), everything=False)
    assert Mailbox.objects.get().first_uid == 4
    assert imap.fetch(Mailbox.objects.get()) == 0
    server.deliver(mailbox.username, raw_mail(message_id="<new@x>", text="New."), flags="(\\Seen)")

    assert imap.fetch(Mailbox.objects.get()) == 1
    assert imap.fetch(Mailbox.objects.get()) == 0
    Mailbox.objects.update(last_read_at=clock.now() + timedelta(days=40))  # nothing is recent
    server.renumber(mailbox.username)
    assert imap.fetch(Mailbox.objects.get()) == 0
    server.deliver(mailbox.username, raw_mail(message_id="<newer@x>", text="Newer."))

    assert imap.fetch(Mailbox.objects.get()) == 1
    assert sorted(Message.objects.values_list("text", flat=True)) == ["New.", "Newer."]
    assert server.unseen(mailbox.username) == 3


def test_a_server_without_lasting_numbers_is_not_read(server, mailbox):
    server.deliver(mailbox.username, raw_mail())
    line = dovecot.Line(server.port, rewrite=lambda data: re.sub(rb"\[UIDVALIDITY \d+\]", b"", data))
    mailbox.port = line.port
    mailbox.save()

    assert imap.fetch(mailbox) == 0

    assert "no lasting numbers" in Mailbox.objects.get().last_error
    line.close()
