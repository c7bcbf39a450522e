"""What answers where no mail server of the wanted kind does, and what the servers' own words look like."""

import socketserver
import threading

import pytest

from helpdesk.lib import clock
from tickets.channels.email import probing, reaching, smtp
from tickets.models import Mailbox, MailSender

GREETINGS = {
    "SMTP": b"220 mail.x.example ESMTP\r\n",
    "IMAP": b"* OK IMAP4rev1 ready\r\n",
    "POP3": b"+OK ready\r\n",
    "FTP": b"220 FTP server ready\r\n",
    "HTTP": b"",
}


@pytest.fixture
def answering(desk, settings, monkeypatch):
    """`answering(name)`: the port of a server that greets like this one; HTTP waits for a question."""
    settings.EGRESS_ALLOW = ["127.0.0.1"]
    monkeypatch.setattr(reaching, "PATIENCE_S", 0.3)
    servers: list[socketserver.ThreadingTCPServer] = []

    def serve(name: str) -> int:
        class Greeter(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                self.request.settimeout(5)
                try:
                    self.request.sendall(GREETINGS[name])
                    self.request.recv(4096)
                    if name == "HTTP":
                        self.request.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                except OSError:
                    pass  # whoever asked has heard enough

        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Greeter)
        server.daemon_threads, server.block_on_close = True, False
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        servers.append(server)
        return int(server.server_address[1])

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("name", "security", "words"),
    [
        ("SMTP", "plain", "a server answers that takes mail to send (SMTP)"),
        ("SMTP", "tls", "a server answers that takes mail to send (SMTP)"),
        ("IMAP", "tls", "an IMAP server answers that does not begin with TLS"),
        ("POP3", "starttls", "a POP3 server answers. IMAP is wanted here"),
        ("HTTP", "tls", "a web server answers. IMAP is wanted here"),
        ("FTP", "plain", "something else answers than IMAP. It said: “220 FTP server ready”"),
    ],
)
def test_a_mailbox_says_what_answers_instead(answering, desk, name, security, words):
    mailbox = Mailbox(host="127.0.0.1", port=answering(name), security=security, username="desk", queue=desk.shops)
    mailbox.password = "s3cret"

    probe = probing.probe(mailbox, clock.now())

    assert not probe.ok
    assert words in probe.sentence
    assert "b'" not in probe.sentence


@pytest.mark.parametrize(
    ("name", "security", "words"),
    [
        ("IMAP", "plain", "a server answers that gives mail to read (IMAP)"),
        ("IMAP", "tls", "a server answers that gives mail to read (IMAP)"),
        ("SMTP", "tls", "an SMTP server answers that does not begin with TLS"),
        ("HTTP", "tls", "a web server answers. SMTP is wanted here"),
    ],
)
def test_a_sender_says_what_answers_instead(answering, desk, name, security, words):
    sender = MailSender(host="127.0.0.1", port=answering(name), security=security, queue=desk.shops)

    probe = smtp.probe(sender)

    assert not probe.ok
    assert words in probe.sentence


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("b'[UNAVAILABLE] Try later'", "[UNAVAILABLE] Try later"),
        ("select failed: Mailbox does not exist", "Mailbox does not exist"),
        ("SEARCH command error: BAD [b'Unknown argument']", "Unknown argument"),
        ('b"it\'s full"', "it's full"),
        ("plain words", "plain words"),
    ],
)
def test_the_words_of_a_server_are_its_own(error, words):
    assert reaching.words_of(Exception(error)) == words
