"""Several SMTP servers of a queue, each a real one in a process of its own: order, rates, servers that are away, put
off, refuse and hang up. Nothing is lost, and what leaves twice has the same Message-ID."""

import ipaddress
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.factories import make_agent, make_queue, make_reply, make_requester, make_ticket
from tests.survival.smtp_server import SmtpServer
from tickets.actions import outgoing
from tickets.channels.email import outbox, smtp
from tickets.models import MailSender, Outbox
from tickets.queries import mail

pytestmark = pytest.mark.django_db

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@pytest.fixture(autouse=True)
def by_the_site_into_files(settings, tmp_path):
    settings.SMTP_URL = ""
    settings.MAIL_FILE_DIR = tmp_path / "outgoing"
    settings.EGRESS_ALLOW = ["127.0.0.1"]


@pytest.fixture
def start(tmp_path):
    """`start("a", tls="tls", ...)` runs a server and returns what steers it."""
    running = []

    def run(name="a", **options):
        running.append(SmtpServer(tmp_path / name, **options))
        running[-1].start()
        return running[-1]

    yield run
    for server in running:
        server.kill()


@pytest.fixture
def queue():
    return make_queue(address="shops@bursztyn.example", name="Shops", language="en")


@pytest.fixture
def agent(queue):
    return make_agent(queue.team, name="Agnieszka Wrona")


def sender_of(queue, server, position=0, **fields):
    password = fields.pop("password", "")
    sender = MailSender(
        queue=queue,
        name=server.folder.name,
        position=position,
        host="127.0.0.1",
        port=server.port,
        **{"security": "plain", **fields},
    )
    sender.password = password
    sender.save()
    return sender


def write(queue, agent, *names, at):
    """One reply each to `name@klient.example`."""
    for name in names:
        person = make_requester(email=f"{name}@klient.example", language="en")
        make_reply(make_ticket(queue, requester=person, at=at), agent, at=at)


def row_of(name):
    return Outbox.objects.get(address=f"{name}@klient.example")


def states():
    return {row.address.partition("@")[0]: row.state for row in Outbox.objects.all()}


# Order and rate


def test_the_first_sender_with_room_takes_the_mail(queue, agent, start, clock):
    a, b = start("a"), start("b")
    second, first = sender_of(queue, b, 2), sender_of(queue, a, 1, per_minute=2)
    write(queue, agent, *"uvwxy", at=clock.now)

    assert outbox.drain(at=clock.now) == 5

    assert (a.count(), b.count()) == (2, 3)
    assert [row.sender for row in Outbox.objects.order_by("id")] == [first, first, second, second, second]
    second.refresh_from_db()
    assert second.last_sent_at >= clock.now


def test_mail_without_room_waits_until_the_minute_is_over_and_other_mail_passes(queue, agent, start, clock):
    a, b = start("a"), start("b")
    sender_of(queue, a, per_minute=2)
    other = make_queue()
    sender_of(other, b)
    write(queue, agent, *"uvw", at=clock.now)
    write(other, make_agent(other.team), "x", at=clock.now)
    outgoing.send_account_mail(address="y@klient.example", subject="Hi", text="x", html="", at=clock.now)

    assert outbox.drain(at=clock.now) == 4

    waiting = row_of("w")
    assert (waiting.state, waiting.attempts, waiting.last_error) == ("pending", 0, "")
    assert outbox.drain(at=clock.now + 59 * SECOND) == 0
    assert outbox.drain(at=clock.now + 61 * SECOND) == 1
    assert (a.count(), b.count()) == (3, 1)


def test_the_rate_holds_for_every_span_of_a_minute_not_for_minutes_of_the_clock(queue, agent, start, clock):
    a = start("a")
    sender_of(queue, a, per_minute=2)
    write(queue, agent, *"uvwxyz", at=clock.now)

    write_later = [outbox.drain(at=clock.now + seconds * SECOND) for seconds in (0, 1, 59, 62, 63, 119, 125, 126)]

    assert write_later == [2, 0, 0, 2, 0, 0, 2, 0]


def test_queues_without_active_senders_and_account_mail_go_by_the_site(queue, agent, start, clock, settings):
    a, site = start("a"), start("site")
    settings.SMTP_URL = site.url
    sender_of(queue, a, is_active=False)
    write(queue, agent, "u", at=clock.now)
    outgoing.send_account_mail(address="v@klient.example", subject="Hi", text="x", html="", at=clock.now)

    assert outbox.drain(at=clock.now) == 2

    assert (a.count(), site.count()) == (0, 2)
    assert set(Outbox.objects.values_list("sender", flat=True)) == {None}
    assert not MailSender.objects.filter(queue=None).exists()


def test_the_envelope_is_the_queues_address_with_the_token_whichever_server_takes_the_mail(queue, agent, start, clock):
    a = start("a")
    sender_of(queue, a)
    write(queue, agent, "u", at=clock.now)

    outbox.drain(at=clock.now)

    (sent,) = a.kept()
    assert sent["From"].endswith("<shops@bursztyn.example>")
    assert sent["X-Envelope-From"] == sent["Reply-To"]
    assert sent["Reply-To"].startswith("shops+")


# Away


def test_the_next_server_takes_over_at_once_from_one_that_is_away(queue, agent, start, clock):
    a, b = start("a"), start("b")
    away = sender_of(queue, a, 1)
    sender_of(queue, b, 2)
    a.kill()
    write(queue, agent, *"uvw", at=clock.now)

    assert outbox.drain(at=clock.now) == 3

    assert b.count() == 3
    assert {row.attempts for row in Outbox.objects.all()} == {1}
    (failing,) = mail.failing_senders()
    assert failing == away
    assert clock.now <= failing.failing_since < clock.now + MINUTE
    assert "cannot be reached" in failing.last_error
    assert failing.stand_in == "b"

    a.start()
    write(queue, agent, "x", at=clock.now)
    assert outbox.drain(at=clock.advance(minutes=1)) == 1
    assert a.count() == 1
    assert mail.failing_senders() == []


def test_a_server_that_is_away_holds_up_its_own_mail_alone(queue, agent, start, clock, settings):
    gone, well, site = start("gone"), start("well"), start("site")
    settings.SMTP_URL = site.url
    gone.kill()
    sender_of(queue, gone)
    other = make_queue()
    sender_of(other, well)
    write(queue, agent, *"uv", at=clock.now)
    write(other, make_agent(other.team), *"wx", at=clock.now)
    third = make_queue()
    write(third, make_agent(third.team), "y", at=clock.now)

    assert outbox.drain(at=clock.now) == 3

    assert (well.count(), site.count()) == (2, 1)
    assert {row_of(name).state for name in "uv"} == {"pending"}
    assert {row_of(name).attempts for name in "uv"} == {0}
    # While it fails, mail of others goes first, and only then somebody looks whether it is back.
    write(third, make_agent(third.team), "z", at=clock.now + MINUTE)
    assert outbox.drain(at=clock.advance(minutes=2)) == 1
    assert row_of("z").state == "sent"


def test_a_site_server_that_is_away_shows_and_holds_up_no_other(queue, agent, start, clock, settings):
    site, well = start("site"), start("well")
    settings.SMTP_URL = site.url
    site.kill()
    sender_of(queue, well)
    outgoing.send_account_mail(address="u@klient.example", subject="Hi", text="x", html="", at=clock.now)
    write(queue, agent, "v", at=clock.now)

    assert outbox.drain(at=clock.now) == 1

    (failing,) = mail.failing_senders()
    assert (failing.queue, failing.name, failing.host) == (None, "SMTP_URL", "127.0.0.1")
    assert row_of("u").sender is None
    site.start()
    assert outbox.drain(at=clock.advance(minutes=1)) == 1
    assert mail.failing_senders() == []


def test_a_server_that_stays_away_is_tried_every_five_minutes_at_last(queue, agent, start, clock):
    gone = start("gone")
    gone.kill()
    sender = sender_of(queue, gone)
    write(queue, agent, "u", at=clock.now)
    waits = []

    for _ in range(18):
        outbox.drain(at=clock.now)
        sender.refresh_from_db()
        waits.append((sender.away_until - clock.now).total_seconds())
        clock.advance(seconds=waits[-1] + 1)

    assert waits[0] == pytest.approx(30, abs=5)
    assert waits[-1] == pytest.approx(300, abs=5)
    assert sender.failing_since < clock.now - 20 * MINUTE
    assert row_of("u").attempts == 0


def test_a_password_that_cannot_be_unsealed_is_that_senders_trouble(queue, agent, start, clock):
    a, b = start("a"), start("b")
    broken = sender_of(queue, a, 1, username="x", password="secret")
    MailSender.objects.filter(pk=broken.pk).update(sealed_password=b"not sealed by this key")
    sender_of(queue, b, 2)
    write(queue, agent, "u", at=clock.now)

    assert outbox.drain(at=clock.now) == 1

    assert (a.count(), b.count()) == (0, 1)
    assert "SECRET_KEY has changed" in mail.failing_senders()[0].last_error


# What servers answer


def test_greylisting_is_waited_for_a_minute_and_the_same_server_is_asked_again(queue, agent, start, clock):
    a, b = start("a"), start("b")
    a.be("ok", u=["451 4.7.1 greylisted, come back", "ok"])
    sender_of(queue, a, 1)
    sender_of(queue, b, 2)
    write(queue, agent, "u", at=clock.now)

    assert outbox.drain(at=clock.now) == 0
    first_id = row_of("u").mail_id
    assert outbox.drain(at=clock.now + 30 * SECOND) == 0
    assert outbox.drain(at=clock.advance(seconds=70)) == 1

    assert (a.count(), b.count()) == (1, 0)
    assert dict(a.by_id()) == {f"<{first_id}>": 1}
    assert mail.failing_senders() == []


def test_a_mail_that_one_server_keeps_putting_off_is_brought_to_the_next(queue, agent, start, clock):
    a, b = start("a"), start("b")
    a.be("452 4.3.1 full")
    sender_of(queue, a, 1)
    sender_of(queue, b, 2)
    write(queue, agent, "u", at=clock.now)

    for _ in range(outbox.STICKS + 1):
        outbox.drain(at=clock.advance(hours=1))

    assert (states(), b.count()) == ({"u": "sent"}, 1)


@pytest.mark.parametrize("answer", ["421 4.3.2 shutting down", "452 4.3.1 no space", "451 4.3.0 try later"])
def test_a_server_that_takes_nothing_now_passes_its_mail_to_the_next(queue, agent, start, clock, answer):
    a, b = start("a"), start("b")
    a.be("ok", to_senders=answer)
    sender_of(queue, a, 1)
    sender_of(queue, b, 2)
    write(queue, agent, *"uvwxy", at=clock.now)

    assert outbox.drain(at=clock.now) == 5

    assert (a.count(), b.count()) == (0, 5)
    assert {row.attempts for row in Outbox.objects.all()} == {1}
    assert answer[:3] in mail.failing_senders()[0].last_error


@pytest.mark.parametrize("answer", ["421 4.3.2 shutting down", "452 4.3.1 no space"])
def test_the_only_server_that_takes_nothing_now_gets_all_later_and_once(queue, agent, start, clock, answer):
    a = start("a")
    a.be("ok", to_senders=answer)
    sender_of(queue, a)
    write(queue, agent, *"uvwxy", at=clock.now)
    for _ in range(20):
        assert outbox.drain(at=clock.advance(minutes=1)) == 0
    assert set(states().values()) == {"pending"}
    a.be("ok")

    for _ in range(10):
        outbox.drain(at=clock.advance(minutes=10))

    assert set(states().values()) == {"sent"}
    assert set(a.by_id().values()) == {1}
    assert a.count() == 5


def test_a_server_that_refuses_our_address_leaves_the_mail_to_the_next(queue, agent, start, clock):
    a, b = start("a"), start("b")
    a.be("ok", to_senders="550 5.7.1 not your address")
    sender_of(queue, a, 1)
    sender_of(queue, b, 2)
    write(queue, agent, "u", at=clock.now)

    assert outbox.drain(at=clock.now) == 1

    assert (a.count(), b.count()) == (0, 1)


def test_the_only_server_that_refuses_our_address_makes_a_dead_letter(queue, agent, start, clock):
    a = start("a")
    a.be("ok", to_senders="550 5.7.1 not your address")
    sender_of(queue, a)
    write(queue, agent, "u", at=clock.now)

    outbox.drain(at=clock.now)

    assert row_of("u").state == "dead"
    assert "550 5.7.1 not your address" in row_of("u").last_error


def test_a_line_cut_after_the_mail_was_kept_doubles_it_under_the_same_id_alone(queue, agent, start, clock):
    a = start("a")
    a.be("ok", u=["keep and drop", "ok"], v=["drop", "ok"], w=["data 452 4.3.1 full", "ok"])
    sender_of(queue, a)
    write(queue, agent, *"uvwx", at=clock.now)

    assert outbox.drain(at=clock.now) == 1
    assert outbox.drain(at=clock.advance(seconds=70)) == 3

    assert set(states().values()) == {"sent"}
    assert dict(a.by_id()) == {f"<{row_of(name).mail_id}>": 2 if name == "u" else 1 for name in "uvwx"}


def test_a_server_that_ends_the_line_after_each_mail_costs_no_attempt(queue, agent, start, clock):
    a = start("a")
    a.be("last")
    sender_of(queue, a)
    write(queue, agent, *"uvwx", at=clock.now)

    while outbox.drain(at=clock.now, limit=1):
        pass
    write(queue, agent, *"yz", at=clock.now)
    outbox.drain(at=clock.now)

    assert set(states().values()) == {"sent"}
    assert set(a.by_id().values()) == {1}


# Encryption and sign-in


@pytest.fixture
def certificate(tmp_path, monkeypatch):
    """One that this machine trusts, for 127.0.0.1; key and certificate in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mx.klient.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(private + made.public_bytes(pem))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return str(file)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_mail_leaves_signed_in_and_encrypted(queue, agent, start, clock, certificate, security):
    a = start("a", tls=security, certificate=certificate, login="desk:s3cret")
    sender = sender_of(queue, a, security=security, username="desk", password="s3cret")
    write(queue, agent, *"uv", at=clock.now)

    assert outbox.drain(at=clock.now) == 2

    assert a.count() == 2
    probe = smtp.probe(sender)
    assert (probe.ok, probe.sentence) == (
        True,
        "127.0.0.1 takes mail of shops@bursztyn.example, over an encrypted line.",
    )


TROUBLES = [
    ({"login": "desk:s3cret"}, {"username": "desk", "password": "wrong"}, "refused the user name or the password"),
    ({"login": "desk:s3cret"}, {}, "wants a user name and password"),
    ({}, {"username": "desk", "password": "s3cret"}, "offers no way to sign in"),
    ({}, {"security": "starttls"}, "offers no encryption (STARTTLS). Nothing was sent in the open."),
    ({}, {"security": "tls"}, "an SMTP server answers that does not begin with TLS. Choose STARTTLS"),
    ({"tls": "tls"}, {}, "a server answers that wants TLS from the first byte."),
    ({"tls": "starttls"}, {}, "wants a user name and password, or an encrypted line. The server said: “530"),
    ({"tls": "tls"}, {"security": "tls", "is_trusted": False}, "The certificate of 127.0.0.1 is self-signed"),
    ({"tls": "starttls"}, {"security": "starttls", "is_trusted": False}, "The certificate of 127.0.0.1 is self-signed"),
    ({"to_senders": "550 not yours"}, {}, "The mail server refused the mail. It said: “550 not yours”"),
    ({"to_senders": "452 full"}, {}, "The mail server takes nothing now. It said: “452 full”"),
    ({"is_away": "1"}, {}, "127.0.0.1 cannot be reached: nothing answers on port"),
    ({}, {"host": "nobody.invalid"}, "No server is known under the name nobody.invalid."),
    ({}, {"host": "127.0.0.2"}, "127.0.0.2 is an address inside a private network."),
]


@pytest.mark.parametrize(("server", "account", "answer"), TROUBLES, ids=[row[2][:40] for row in TROUBLES])
def test_a_probe_says_what_is_wrong_and_the_outbox_the_same(
    queue, agent, start, clock, certificate, monkeypatch, server, account, answer
):
    options = {"certificate": certificate} if "tls" in server else {}
    a = start("a", **options, **{name: value for name, value in server.items() if name in ("tls", "login")})
    if "to_senders" in server:
        a.be("ok", to_senders=server["to_senders"])
    if "is_away" in server:
        a.kill()
    if answer.startswith("a server answers that wants TLS"):  # it waits for our first byte, however long
        monkeypatch.setattr(smtp, "TIMEOUT_S", 3)
    account = dict(account)
    if not account.pop("is_trusted", True):
        monkeypatch.delenv("SSL_CERT_FILE")
    sender = sender_of(queue, a, **{name: value for name, value in account.items() if name != "host"})
    MailSender.objects.filter(pk=sender.pk).update(host=account.get("host", "127.0.0.1"))
    sender.refresh_from_db()

    probe = smtp.probe(sender)

    assert not probe.ok
    assert answer in probe.sentence
    assert "s3cret" not in probe.sentence
    write(queue, agent, "u", at=clock.now)
    assert outbox.drain(at=clock.now) == 0
    assert answer in row_of("u").last_error
    assert row_of("u").state == ("dead" if "550" in answer else "pending")
    assert a.count() == 0


def test_mail_that_could_not_sign_in_leaves_when_the_password_is_right(queue, agent, start, clock):
    a = start("a", login="desk:s3cret")
    sender = sender_of(queue, a, username="desk", password="old")
    write(queue, agent, "u", at=clock.now)
    assert outbox.drain(at=clock.now) == 0

    sender.password = "s3cret"
    sender.save(update_fields=["sealed_password"])

    assert outbox.drain(at=clock.advance(minutes=1)) == 1
    assert (states(), a.count()) == ({"u": "sent"}, 1)


def test_a_probe_of_a_good_server_sends_nothing(queue, start):
    a = start("a")

    probe = smtp.probe(sender_of(queue, a))

    assert probe.ok
    assert probe.sentence == "127.0.0.1 takes mail of shops@bursztyn.example. The line is not encrypted."
    assert a.count() == 0


HOSTILE_ENVELOPES = [
    "jan@x.example\r\nRCPT TO:<eve@evil.example>", "jan@x.example\nDATA", "jan@x.example>", "<jan@x.example", "jan",
    "jan@x.example SIZE=1", "jan@x.example\0", "jan@x.example\x85", "jan@x.example\u2028", "jan@x.example,eve@x.it",
    "jan@\ud800.example", '"jan"@x.example', "jan@żółw.example", "",
]  # fmt: skip


@pytest.mark.parametrize("address", HOSTILE_ENVELOPES, ids=ascii)
@pytest.mark.parametrize("place", ["sender", "recipient"])
def test_no_command_is_smuggled_into_an_envelope(queue, start, address, place):
    envelope = {"sender": "shops@bursztyn.example", "recipient": "jan@klient.example", place: address}
    # No server is needed: the refusal comes before anything is said.
    way = smtp.transport(MailSender(queue=queue, host="127.0.0.1", port=1, security="plain"))

    with way, pytest.raises(ValueError, match="is not an address"):
        way.send(EmailMessage(), **envelope)
