import pytest

from tickets.channels.email.automated import Kind
from tickets.channels.email.parsing import parse

PEOPLE = "From: Jan <jan@x.example>\nTo: shops@bursztyn.example\n"
REPORT = "Content-Type: multipart/report; report-type={}; boundary=b\n\n--b\n\nx\n--b--\n"


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ("Subject: Help\n", Kind.HUMAN),
        ("Subject: Out of milk\n", Kind.HUMAN),
        ("Subject: Undelivered parcel\nReturn-Path: <jan@x.example>\n", Kind.HUMAN),
        ("Auto-Submitted: no\nPrecedence: normal\nX-Autoreply: no\n", Kind.HUMAN),
        ("Subject: Re: Automatic reply: Help\n", Kind.HUMAN),
        ("Auto-Submitted: auto-replied\n", Kind.AUTO_REPLY),
        ("Auto-Submitted: auto-replied (vacation); owner-email=x\n", Kind.AUTO_REPLY),
        ("AUTO-SUBMITTED: Auto-Replied\n", Kind.AUTO_REPLY),
        ("Auto-Submitted: auto-generated\n", Kind.GENERATED),
        ("Auto-Submitted: auto-notified\n", Kind.GENERATED),
        ("Auto-Submitted: auto-generated\nSubject: Automatic reply: Help\n", Kind.AUTO_REPLY),
        ("X-Autoreply: yes\n", Kind.AUTO_REPLY),
        ("X-Autorespond: Help\n", Kind.AUTO_REPLY),
        ("Precedence: auto_reply\n", Kind.AUTO_REPLY),
        ("X-POST-MessageClass: 9; Autoresponder\n", Kind.AUTO_REPLY),
        ("Delivered-To: Autoresponder\n", Kind.AUTO_REPLY),
        ("Subject: Automatic reply: Help\n", Kind.AUTO_REPLY),
        ("Subject: Autoodpowiedź: urlop\n", Kind.AUTO_REPLY),
        ("Subject: Odpowiedź automatyczna: Faktura\n", Kind.AUTO_REPLY),
        ("Subject: Automatische Antwort: Rechnung\n", Kind.AUTO_REPLY),
        ("List-Id: <news.x.example>\n", Kind.LIST),
        ("List-Unsubscribe: <mailto:x@x.example>\n", Kind.LIST),
        ("Precedence: bulk\n", Kind.LIST),
        ("Precedence: junk\n", Kind.LIST),
        ("Return-Path: <>\n", Kind.GENERATED),
        ("X-Failed-Recipients: a@x.example\n", Kind.BOUNCE),
        (REPORT.format("delivery-status"), Kind.BOUNCE),
        (REPORT.format('"disposition-notification"'), Kind.READ_RECEIPT),
        (REPORT.format("feedback-report"), Kind.FEEDBACK),
    ],
)
def test_classes(raw, kind):
    assert parse((PEOPLE + raw).encode()).automation.kind is kind


@pytest.mark.parametrize(
    ("sender", "headers", "kind"),
    [
        ("MAILER-DAEMON@mx.example", "Subject: Undelivered Mail Returned to Sender\n", Kind.BOUNCE),
        ("MAILER-DAEMON@mx.example", "Subject: x\nReturn-Path: <>\n", Kind.BOUNCE),
        ("postmaster@mx.example", "Subject: Delivery Status Notification (Failure)\n", Kind.BOUNCE),
        ("postmaster@mx.example", "Subject: Please fix your DNS\n", Kind.GENERATED),
        ("bounces+jan=x@list.example", "Subject: x\n", Kind.GENERATED),
    ],
)
def test_mail_servers(sender, headers, kind):
    assert parse(f"From: {sender}\n{headers}\n".encode()).automation.kind is kind


def test_our_own_mail_is_known_by_its_header():
    raw = (PEOPLE + "X-Dyzur-Instance: ours\nAuto-Submitted: auto-replied\n\n").encode()

    assert parse(raw, own_instance="ours").automation.kind is Kind.OWN
    assert parse(raw, own_instance="another").automation.kind is Kind.AUTO_REPLY


@pytest.mark.parametrize("value", ["All", "OOF, AutoReply", "DR, OOF"])
def test_a_person_may_refuse_automatic_answers(value):
    automation = parse(f"{PEOPLE}X-Auto-Response-Suppress: {value}\n\n".encode()).automation

    assert not automation.is_automated
    assert not automation.may_be_auto_answered
