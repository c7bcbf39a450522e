"""What bounces say: reports for machines, words for people, and mail that lies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.channels.email import bounces, mime
from tickets.channels.email.automated import Kind
from tickets.channels.email.bounce_reasons import Reason, decide, is_hard, of_status
from tickets.channels.email.bounce_sentences import sentence
from tickets.channels.email.parsing import parse

REPORT = """\
From: Mail Delivery System <MAILER-DAEMON@mx.sklep.example>
To: help+abc@desk.example
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

This is the mail system at host mx.sklep.example.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.sklep.example

{recipients}
--b
Content-Type: message/rfc822

From: help@desk.example
To: jan@sklep.example
Subject: Re: The mailbox is full of viruses [#7]
Message-ID: <dz.abc.7@desk.example>

Hello
--b--
"""


def report(recipients):
    return parse(REPORT.format(recipients=recipients).encode())


def prose(text, *, subject="failure notice", sender="MAILER-DAEMON@mx.example"):
    head = f"From: {sender}\nTo: help@desk.example\nSubject: {subject}\nContent-Type: text/plain; charset=utf-8\n\n"
    return parse(f"{head}{text}\n".encode())


def failed(status, words="", **fields):
    lines = {"Final-Recipient": "rfc822; jan@sklep.example", "Action": "failed", "Status": status} | fields
    if words:
        lines["Diagnostic-Code"] = f"smtp; {words}"
    return "".join(f"{name}: {value}\n" for name, value in lines.items())


def test_a_report_is_read_whole():
    mail = report(failed("5.1.1", "550 5.1.1 <jan@sklep.example>: Recipient address rejected: User unknown"))

    assert mail.automation.kind is Kind.BOUNCE
    assert mail.bounce == bounces.Bounce(
        address="jan@sklep.example",
        reason="user_unknown",
        is_hard=True,
        status="5.1.1",
        detail="smtp; 550 5.1.1 <jan@sklep.example>: Recipient address rejected: User unknown",
        original_ids=("dz.abc.7@desk.example",),
        addresses=("jan@sklep.example",),
    )


@pytest.mark.parametrize(
    ("status", "words", "reason", "hard"),
    [
        ("5.1.1", "550 no such user", "user_unknown", True),
        ("5.1.2", "550 Host unknown", "host_unknown", True),
        ("5.4.4", "Host or domain name not found. Name service error", "host_unknown", True),
        ("5.1.6", "550 recipient no longer on server", "has_moved", True),
        ("5.2.2", "552 Mailbox full", "mailbox_full", False),
        ("4.2.2", "452 over quota", "mailbox_full", False),
        ("5.0.0", "552 Skrzynka odbiorcy jest pełna", "mailbox_full", False),
        ("5.2.1", "550 This account has been disabled or discontinued", "suspend", False),
        ("5.3.4", "552 Message size exceeds fixed limit", "mesg_too_big", False),
        ("5.7.1", "550 Message rejected as spam by our filters", "spam_detected", False),
        ("5.7.1", "554 Relay access denied", "no_relaying", False),
        ("5.7.1", "554 Client host [192.0.2.1] blocked using zen.spamhaus.example", "blocked", False),
        ("5.7.1", "550 Email rejected per DMARC policy", "auth_failure", False),
        ("5.7.25", "550 no PTR", "require_ptr", False),
        ("5.7.0", "552 a virus was detected", "virus_detected", False),
        ("4.4.7", "delivery time expired", "expired", False),
        ("4.4.1", "connect to mx: Connection timed out", "expired", False),
        ("5.1.10", "recipient address has null MX", "not_accept", True),
        ("5.6.0", "invalid MIME", "content_error", False),
        ("5.0.0", "", "undefined", False),
    ],
)
def test_reasons(status, words, reason, hard):
    bounce = report(failed(status, words)).bounce

    assert (bounce.reason, bounce.is_hard) == (reason, hard)


def test_a_delay_is_no_failure():
    bounce = report(failed("4.4.1", "connection timed out", Action="delayed")).bounce

    assert bounce.is_delay
    assert not bounce.is_hard


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
def test_a_receipt_of_delivery_is_automatic_and_no_bounce(action):
    mail = report(failed("2.0.0", Action=action))

    assert mail.bounce is None
    assert mail.automation.kind is Kind.GENERATED


def test_the_address_the_mail_was_sent_to_counts_too():
    bounce = report(failed("5.1.1", **{"Original-Recipient": "rfc822;Biuro@Sklep.example"})).bounce

    assert bounce.addresses == ("jan@sklep.example", "biuro@sklep.example")


def test_of_several_recipients_the_failed_one_is_told():
    ok = failed("2.0.0", **{"Action": "delivered", "Final-Recipient": "rfc822; anna@sklep.example"})

    bounce = report(ok + "\n" + failed("5.1.1")).bounce

    assert bounce.addresses == ("jan@sklep.example",)


@pytest.mark.parametrize(
    ("text", "reason", "address"),
    [
        (
            "Hi. This is the qmail-send program at mx.example.\n"
            "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
            "This is a permanent error; I've given up. Sorry it didn't work out.\n\n"
            "<jan@sklep.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n"
            "--- Below this line is a copy of the message.\n\n"
            "Message-ID: <dz.abc.7@desk.example>\nSubject: mailbox full\n",
            "user_unknown",
            "jan@sklep.example",
        ),
        (
            "This message was created automatically by mail delivery software.\n\n"
            "A message that you sent could not be delivered to one or more of its\nrecipients. "
            "This is a permanent error. The following address(es) failed:\n\n"
            "  jan@sklep.example\n    mailbox is full: retry timeout exceeded\n\n"
            "------ This is a copy of the message, including all the headers. ------\n\n"
            "Return-path: <help@desk.example>\nMessage-ID: <dz.abc.7@desk.example>\n",
            "mailbox_full",
            "jan@sklep.example",
        ),
        (
            "   ----- The following addresses had permanent fatal errors -----\n<jan@sklep.example>\n\n"
            "   ----- Transcript of session follows -----\n... while talking to mx.sklep.example.:\n"
            ">>> RCPT To:<jan@sklep.example>\n<<< 550 5.1.1 <jan@sklep.example>... User unknown\n"
            "550 5.1.1 <jan@sklep.example>... User unknown\n\n   ----- Original message follows -----\n\n"
            "Message-ID: <dz.abc.7@desk.example>\n",
            "user_unknown",
            "jan@sklep.example",
        ),
        (
            "Twoja wiadomość nie mogła zostać doręczona do adresata:\n\njan@sklep.example\n\n"
            "Powód: nie ma takiego użytkownika\n\nMessage-ID: <dz.abc.7@desk.example>\n",
            "user_unknown",
            "jan@sklep.example",
        ),
        (
            "Your message did not reach some or all of the intended recipients.\n\n"
            "      Subject: Virus\n\nThe following recipient(s) could not be reached:\n\n"
            "      'jan@sklep.example' on 1/5/2026 8:00 AM\n            550 5.2.2 mailbox quota exceeded\n\n"
            "Message-ID: <dz.abc.7@desk.example>\n",
            "mailbox_full",
            "jan@sklep.example",
        ),
    ],
)
def test_bounces_that_only_say_so_in_prose(text, reason, address):
    bounce = prose(text).bounce

    assert (bounce.reason, bounce.address) == (reason, address)
    assert bounce.original_ids == ("dz.abc.7@desk.example",)


def test_what_the_returned_mail_says_is_no_reason():
    text = (
        "Delivery to the following recipient failed permanently:\n\n  jan@sklep.example\n\n550 5.1.1 no such user\n\n"
    )

    bounce = prose(
        f"{text}----- Original message -----\n\nMessage-ID: <a@b.example>\n\nOur mailbox is full of spam."
    ).bounce

    assert bounce.reason == "user_unknown"


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("5.1.1", Reason.USER_UNKNOWN),
        ("4.2.1", Reason.SUSPEND),
        ("5.6.3", Reason.CONTENT_ERROR),
        ("5.7.999", Reason.SECURITY_ERROR),
        ("", None),
        ("nonsense", None),
        ("2.0.0", None),
    ],
)
def test_status_codes(status, reason):
    assert of_status(status) is reason


def test_unknown_after_data_is_not_surely_the_address():
    """A server that has taken the recipient and refuses the mail may mean the mail."""
    assert decide("550 user unknown", command="DATA") is Reason.FILTERED
    assert decide("550 user unknown", command="RCPT") is Reason.USER_UNKNOWN
    assert decide("550 5.1.1 user unknown", status="5.1.1", command="DATA") is Reason.USER_UNKNOWN


def test_a_server_that_takes_nothing_now_is_soft():
    assert is_hard(Reason.NOT_ACCEPT, "5.3.2")
    assert not is_hard(Reason.NOT_ACCEPT, "4.3.2")


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_a_sentence(reason):
    assert sentence(reason).endswith(".")


def test_a_reason_of_another_version_is_told_as_unclear():
    assert sentence("moon_phase") == sentence(Reason.UNDEFINED)


@given(st.binary(max_size=4000))
def test_nothing_in_a_report_raises(junk):
    raw = REPORT.format(recipients="{recipients}").encode().replace(b"{recipients}", junk)

    bounces.read_bounce(mime.parse_structure(raw), subject="x", text=junk.decode("latin-1"))
