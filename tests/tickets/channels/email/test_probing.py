"""A mailbox tried before it is read: what is wrong in plain words, and what would become of its mail."""

import datetime
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from helpdesk.lib import clock
from tests.tickets.channels.email import dovecot
from tests.tickets.channels.email.conftest import raw_mail
from tickets.actions import replying
from tickets.channels.email import imap, outbox, probing, troubles
from tickets.channels.email.parsing import parse
from tickets.models import InboundMessage, Mailbox, Message, Outbox, Ticket

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def server(dovecot_program):
    with dovecot.running(dovecot_program) as running:
        yield running


@pytest.fixture
def mailbox(committed_desk, server, settings):
    settings.EGRESS_ALLOW = ["127.0.0.1"]
    box = committed_desk.mailbox
    box.port, box.username, box.password = server.port, f"probe-{time.time_ns()}", dovecot.PASSWORD
    box.save()
    return box


def test_an_empty_mailbox_is_ready(mailbox):
    probe = probing.probe(mailbox, clock.now())

    assert probe.ok
    assert probe.sentence == "Signed in at 127.0.0.1. In INBOX lie 0 messages, 0 of them unread."
    assert [folder.name for folder in probe.folders] == ["INBOX"]
    assert (probe.messages, probe.unread, probe.looked_at, probe.is_sample) == (0, 0, 0, False)
    assert probe.can_idle
    assert probe.can_move


def test_a_mailbox_can_be_tried_before_it_is_saved(mailbox):
    fresh = Mailbox(host=mailbox.host, port=mailbox.port, security="plain", username=mailbox.username)
    fresh.password = dovecot.PASSWORD

    assert probing.probe(fresh, clock.now()).ok


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"host": "no-such-host.invalid"}, troubles.HOST_UNKNOWN % {"host": "no-such-host.invalid"}),
        ({"host": "a..b"}, troubles.HOST_UNKNOWN % {"host": "a..b"}),
        ({"port": 1}, troubles.PORT_CLOSED % {"host": "127.0.0.1", "port": 1}),
        ({"security": "tls"}, "an IMAP server answers that does not begin with TLS. Choose STARTTLS"),
        ({"security": "starttls"}, "offers no encryption (STARTTLS)"),
        ({"password": "wrong"}, troubles.WRONG_PASSWORD % {"host": "127.0.0.1"}),
        ({"folder": "Nowhere"}, troubles.FOLDER_MISSING % {"folder": "Nowhere", "host": "127.0.0.1"}),
        ({"host": "10.0.0.1"}, "10.0.0.1 is an address inside a private network"),
        ({"host": "169.254.169.254"}, "is an address inside a private network"),
        ({"username": "a\r\nb"}, troubles.CONTROL_CHARACTER),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_in_words(mailbox, change, sentence):
    for name, value in change.items():
        setattr(mailbox, name, value)

    probe = probing.probe(mailbox, clock.now())

    assert not probe.ok
    assert sentence in probe.sentence
    assert dovecot.PASSWORD not in probe.sentence


@pytest.fixture(scope="module")
def certified(dovecot_program, tmp_path_factory):
    """A server whose certificate nobody has signed."""
    folder = tmp_path_factory.mktemp("certificate")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    kind = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(key.private_bytes(*kind))
    more = f"ssl = yes\nssl_cert = <{folder}/cert.pem\nssl_key = <{folder}/key.pem"
    with dovecot.running(dovecot_program, more=more) as running:
        yield running


def test_a_certificate_that_nobody_vouches_for_is_refused(certified, mailbox):
    mailbox.port, mailbox.security = certified.port, "starttls"

    probe = probing.probe(mailbox, clock.now())

    assert not probe.ok
    assert probe.sentence == troubles.CERTIFICATE_SELF_SIGNED % {"host": "127.0.0.1"}


def test_a_full_mailbox_is_counted_without_being_touched(server, mailbox, committed_desk, settings):
    server.deliver(mailbox.username, raw_mail())
    imap.fetch(mailbox)
    ticket = Ticket.objects.get()
    replying.reply(ticket=ticket, by=committed_desk.agent, text="Try again.", at=clock.now())
    outbox.drain(at=clock.now())
    sent = next(mail for mail in map(parse, read_all(settings.MAIL_FILE_DIR)) if not mail.automation.is_automated)
    answer = f"In-Reply-To: <{sent.message_id}>\n"
    server.deliver(mailbox.username, *[raw_mail(message_id=f"<{n}@x>", text=str(n)) for n in range(5)])
    server.deliver(mailbox.username, raw_mail(message_id="<answer@x>", headers=answer))
    server.deliver(mailbox.username, raw_mail(message_id="<away@x>", headers="Auto-Submitted: auto-replied\n"))
    server.deliver(mailbox.username, raw_mail(), raw_mail(sender="", message_id="<none@x>"))
    server.deliver(mailbox.username, raw_mail(message_id="<read@x>"), flags="(\\Seen)")
    Mailbox.objects.update(uidvalidity=None, last_uid=None)
    before = (InboundMessage.objects.count(), Message.objects.count(), Outbox.objects.count())

    probe = probing.probe(Mailbox.objects.get(), clock.now())

    assert (probe.messages, probe.unread, probe.looked_at) == (11, 9, 9)
    assert (probe.tickets, probe.joins, probe.duplicates, probe.unreadable) == (6, 1, 1, 1)
    assert probe.automated == 1
    assert (InboundMessage.objects.count(), Message.objects.count(), Outbox.objects.count()) == before
    assert server.unseen(mailbox.username) == 9


def test_of_very_many_mails_the_newest_are_looked_at_and_that_is_said(server, mailbox, monkeypatch):
    monkeypatch.setattr(probing, "SAMPLE", 60)
    server.deliver(mailbox.username, *[raw_mail(message_id=f"<{n}@x>") for n in range(70)])

    probe = probing.probe(mailbox, clock.now())

    assert (probe.unread, probe.looked_at, probe.tickets, probe.is_sample) == (70, 60, 60, True)


def test_a_mailbox_that_is_read_already_needs_no_dry_run(server, mailbox):
    imap.fetch(mailbox)
    server.deliver(mailbox.username, raw_mail())

    probe = probing.probe(Mailbox.objects.get(), clock.now())

    assert (probe.ok, probe.unread, probe.looked_at) == (True, 1, 0)


def read_all(folder):
    return [path.read_bytes() for path in sorted(folder.iterdir())]
