"""No value that meets a header brings a header, a recipient or a body with it: every string that anybody has used to
break lines, in every field that reaches one, through the whole way to a real mail server."""

import email
import email.policy
from email.message import EmailMessage

import pytest
from django.db import DataError

from helpdesk.lib.one_line import is_one_line
from tests.factories import AT, make_agent, make_queue, make_reply, make_requester, make_ticket
from tests.survival.smtp_server import SmtpServer
from tests.tickets.channels.email.test_building import GOOD
from tickets.actions import outgoing
from tickets.actions.attaching import File
from tickets.channels.email import building, composing, outbox, smtp
from tickets.models import Attachment, MailSender, Message, Outbox

BCC = "Bcc: eve@evil.example"
STRINGS = [
    "\r\n", "\n", "\r", "\r\n\t", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029", "\0", "\ud800",
    "=?utf-8?q?=0D=0A?=", "=?UTF-8?B?DQpCY2M6IGV2ZUBldmlsLmV4YW1wbGU=?=", "%0d%0a", "\u202e", "\r\n\r\n",
]  # fmt: skip
HARMLESS = {"%0d%0a", "\u202e"}
"""Only letters, as far as mail is concerned: they may pass, as what they are."""

each_string = pytest.mark.parametrize("string", STRINGS, ids=ascii)


def headers_of(raw: bytes) -> list[str]:
    """The names of all headers, as a program that knows RFC 5322 alone reads them, but for the server's own two."""
    names = email.message_from_bytes(raw, policy=email.policy.compat32).keys()
    return sorted(name for name in names if not name.startswith("X-Envelope-"))


def assert_clean(raw: bytes, *, headers: list[str], recipient: str) -> None:
    assert headers_of(raw) == headers
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    assert [address.addr_spec for address in mail["To"].addresses] == [recipient]
    assert len(mail["From"].addresses) == 1
    for part in mail.walk():
        assert {name.lower() for name in part if part is not mail} <= PART_HEADERS
        assert all(is_one_line(str(value)) for value in part.values())
        assert is_one_line(part.get_filename() or "")


PART_HEADERS = {"content-type", "content-transfer-encoding", "content-disposition", "mime-version"}

# The builder refuses


BUILT = ["sender_name", "sender_address", "to_name", "to_address", "subject", "message_id", "reply_to", "in_reply_to",
         "list_id", "language", "instance"]  # fmt: skip


@each_string
@pytest.mark.parametrize(
    "field", [*BUILT, "references", "file name", "file type", "signature", "footer", "text", "html"]
)
def test_the_builder_lets_nothing_through(field, string):
    value = f"{GOOD.get(field, 'x')}{string}{BCC}"
    values = GOOD | {"references": ["a@x.example"], "attachments": [building.File("a.txt", "text/plain", b"x")]}
    headers = headers_of(building.build(**values).as_bytes())
    if field in BUILT or field in ("signature", "text", "html"):
        values[field] = value
        headers = sorted({*headers, *ADDED.get(field, ())})
    elif field == "references":
        values["references"] = ["a@x.example", value]
    elif field == "footer":
        values["footer"] = building.Link(value, f"https://desk.example/{value}")
    else:
        name, kind = (value, "text/plain") if field == "file name" else ("a.txt", f"text/plain{string}{BCC}")
        values["attachments"] = [building.File(name, kind, b"x")]

    try:
        mail = building.build(**values)
    except ValueError:
        assert field in BUILT or field == "file name"
        return

    assert field not in BUILT or string in HARMLESS
    assert_clean(mail.as_bytes(), headers=headers, recipient=GOOD["to_address"])


ADDED = {"reply_to": ["Reply-To"], "in_reply_to": ["In-Reply-To"], "list_id": ["List-Id"],
         "language": ["Content-Language"], "instance": ["X-Dyzur-Instance"]}  # fmt: skip


@each_string
def test_words_made_one_line_are_never_refused(string):
    value = building.one_line(f"Jan{string}{BCC}")

    mail = building.build(**GOOD | {"to_name": value, "sender_name": value, "subject": value})

    assert_clean(mail.as_bytes(), headers=headers_of(building.build(**GOOD).as_bytes()), recipient=GOOD["to_address"])
    again = email.message_from_bytes(mail.as_bytes(), policy=email.policy.default)
    assert again["To"].addresses[0].display_name == value
    assert again["Subject"] == value


# From the database to a mail server


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = SmtpServer(tmp_path_factory.mktemp("smtp") / "kept")
    server.start()
    yield server
    server.kill()


@pytest.fixture
def reply(db, settings, tmp_path):
    """A row of the outbox with everything on it that reaches a mail."""
    settings.EGRESS_ALLOW = []
    settings.STORAGES = {**settings.STORAGES, "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "files"},
    }}  # fmt: skip
    queue = make_queue(address="shops@bursztyn.example", name="Shops", signature="{agent}, {queue}")
    requester = make_requester(email="jan@klient.example", name="Jan Kowalski")
    ticket = make_ticket(queue, requester=requester, at=AT)
    Message.objects.filter(ticket=ticket).update(mail_id="first@klient.example")
    files = [File(name="a.txt", content=b"x", content_type="text/plain")]
    make_reply(ticket, make_agent(queue.team, name="Agnieszka Wrona"), at=AT, attachments=files)
    return the_row(Outbox.objects.get(kind="reply"))


def the_row(row):
    found = Outbox.objects.select_related("ticket__queue", "ticket__requester", "message__author", "recipient")
    row = found.get(pk=row.pk)
    row.mail_id = composing.mail_id_for(row)
    return row


def sent(row, server):
    """What the mail server kept of this row, the envelope in the first two lines."""
    letter = composing.compose(row)
    sender = MailSender(queue=row.ticket.queue if row.ticket else None, host="127.0.0.1", port=server.port)
    account = smtp.Account(sender.host, sender.port, "plain", allow=["127.0.0.1"])
    with smtp.Server(account) as way:
        way.send(letter.mail, sender=letter.sender, recipient=letter.recipient)
    return server.raw()[-1]


STORED = {
    "name of the queue": lambda row, value: setattr(row.ticket.queue, "name", value),
    "name of the agent": lambda row, value: setattr(row.message.author, "name", value),
    "name of the requester": lambda row, value: setattr(row.recipient, "name", value),
    "name in a quote": lambda row, value: setattr(row.ticket.requester, "name", value),
    "subject": lambda row, value: setattr(row.ticket, "subject", value),
    "signature": lambda row, value: setattr(row.ticket.queue, "signature", value),
    "text": lambda row, value: setattr(row.message, "text", value),
    "html": lambda row, value: setattr(row.message, "html", value),
    "ids of the thread": lambda row, value: Message.objects.filter(ticket=row.ticket).update(mail_id=value),
    "name of a file": lambda row, value: Attachment.objects.update(name=value),
    "type of a file": lambda row, value: Attachment.objects.update(content_type=value),
}
REFUSED = {
    "language": lambda row, value: setattr(row.recipient, "language", value),
    "id of the mail": lambda row, value: setattr(row, "mail_id", value),
    "address": lambda row, value: setattr(row, "address", value),
}


@pytest.mark.parametrize("field", STORED)
def test_words_stored_in_the_past_leave_as_one_line(reply, server, field):
    headers = headers_of(composing.compose(reply).mail.as_bytes())
    if field == "ids of the thread":
        headers = [name for name in headers if name not in ("In-Reply-To", "References")]
    for string in storable(STRINGS):
        STORED[field](reply, f"text/plain{string}{BCC}" if field == "type of a file" else f"Jan{string}{BCC}")

        raw = sent(reply, server)

        assert_clean(raw, headers=headers, recipient="jan@klient.example")
        kept = email.message_from_bytes(raw)
        assert kept["X-Envelope-To"] == "jan@klient.example"
        assert b"\nBcc" not in raw.partition(b"\r\n\r\n")[0]


def storable(strings):
    """PostgreSQL holds neither NUL nor half a character; the builder is asked about them above."""
    return [string for string in strings if string not in ("\0", "\ud800")]


@pytest.mark.parametrize("value", ["\0", "\ud800"], ids=ascii)
def test_what_is_not_storable_is_not_stored(reply, value):
    with pytest.raises((DataError, ValueError)):
        Message.objects.filter(ticket=reply.ticket).update(mail_id=value)


@pytest.mark.parametrize("field", REFUSED)
def test_what_is_no_address_id_or_language_is_refused_with_a_sentence(reply, server, field):
    for string in storable(STRINGS):
        REFUSED[field](reply, f"pl{string}{BCC}" if field == "language" else f"jan{string}@klient.example")
        before = server.count()

        try:
            raw = sent(reply, server)
        except ValueError as refusal:
            assert str(refusal).endswith(".")
            assert server.count() == before
        else:
            assert string == "%0d%0a" or (string in HARMLESS and field == "language")
            assert email.message_from_bytes(raw)["X-Envelope-To"].count("@") == 1
            assert "Bcc" not in headers_of(raw)


def test_a_senders_address_that_breaks_lines_sends_nothing(reply, server):
    address = reply.ticket.queue.addresses.get()
    reply.ticket.queue._prefetched_objects_cache = {"addresses": [address]}
    for string in STRINGS:
        address.address = f"shops{string}@bursztyn.example"
        before = server.count()

        if string == "%0d%0a":
            assert "Bcc" not in headers_of(sent(reply, server))
            continue
        with pytest.raises(ValueError, match=r"\."):
            sent(reply, server)
        assert server.count() == before


@pytest.mark.parametrize("part", ["subject", "text", "html", "address"])
def test_account_mail_brings_no_header_in_either(db, server, part):
    words = {"address": "jan@klient.example", "subject": "Hello", "text": "Words", "html": "<p>Words</p>"}
    row = the_row(outgoing.send_account_mail(**words, at=AT))
    headers = headers_of(composing.compose(row).mail.as_bytes())
    harmless = row.payload
    for string in STRINGS:
        value = f"jan{string}{BCC}"
        if part == "address":
            row.address = value
        else:
            row.payload = {**harmless, part: value}
        before = server.count()

        try:
            raw = sent(row, server)
        except ValueError:
            assert part in ("subject", "address")
            assert server.count() == before
        else:
            assert part in ("text", "html") or string in HARMLESS
            assert_clean(raw, headers=headers, recipient="jan@klient.example")


def test_one_bad_value_is_a_dead_letter_and_stops_no_other_mail(db, settings, tmp_path):
    settings.SMTP_URL, settings.MAIL_FILE_DIR = "", tmp_path / "outgoing"
    words = {"text": "x", "html": "", "at": AT}
    outgoing.send_account_mail(address="jan@klient.example", subject=f"a\r\n{BCC}", **words)
    outgoing.send_account_mail(address="ola@klient.example", subject="Hello", **words)

    assert outbox.drain(at=AT) == 1

    assert "control character" in Outbox.objects.get(state="dead").last_error
