import re
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tickets.channels.email import ordinary
from tickets.channels.email.parsing import parse, sniffed_type, unflowed

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OFFICE = b"PK\x03\x04\x14\x00\x06\x00" + b"\0" * 60

MAILS = list(ordinary.mails())


def squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


@pytest.mark.parametrize("mail", MAILS, ids=[mail.id for mail in MAILS])
def test_ordinary_mail_is_read_right(mail):
    parsed = parse(mail.raw)

    assert parsed.sender is not None
    assert (parsed.sender.name, parsed.sender.address) == (mail.name, mail.address)
    assert parsed.subject == mail.subject
    assert squeezed(parsed.text) == squeezed(mail.text)
    assert [(file.name, file.content_type, file.content) for file in parsed.attachments] == mail.files
    assert bool(parsed.html) == mail.has_html
    assert parsed.sent_at is not None
    assert parsed.message_id
    assert not parsed.automation.is_automated
    assert parsed.problems == ()


def test_there_are_more_than_a_hundred_ordinary_mails():
    assert len(MAILS) > 100


def mail(*parts, kind="mixed", head=""):
    body = "".join(f"--b\n{part}\n" for part in parts)
    return f"From: a@x.example\n{head}Content-Type: multipart/{kind}; boundary=b\n\n{body}--b--\n".encode()


TEXT = "Content-Type: text/plain\n\nplain"
HTML = "Content-Type: text/html\n\n<p>html</p>"
PDF = "Content-Type: application/pdf; name=a.pdf\n\n%PDF-1.4"


def names(parsed):
    return [file.name for file in parsed.attachments]


def test_of_two_forms_the_plain_one_is_the_text_and_the_other_the_html():
    parsed = parse(mail(TEXT, HTML, kind="alternative"))

    assert (parsed.text, parsed.html, names(parsed)) == ("plain", "<p>html</p>", [])


def test_an_empty_plain_form_gives_way_to_the_html():
    assert parse(mail("Content-Type: text/plain\n\n \n", HTML, kind="alternative")).text == "html"


def test_words_around_an_attachment_belong_together():
    parsed = parse(mail(TEXT, PDF, "Content-Type: text/plain\n\nfooter"))

    assert (parsed.text, names(parsed)) == ("plain\n\nfooter", ["a.pdf"])


def test_a_text_file_is_an_attachment_and_no_part_of_the_words():
    parsed = parse(
        mail(
            TEXT,
            "Content-Type: text/plain; name=log.txt\n\nlog",
            "Content-Type: text/html\nContent-Disposition: attachment; filename=page.html\n\n<p>page</p>",
            "Content-Type: text/csv\n\n1,2",
        )
    )

    assert parsed.text == "plain"
    assert parsed.html == ""
    assert names(parsed) == ["log.txt", "page.html", "text-3.csv"]


def test_pictures_inside_the_html_are_marked_as_inline():
    picture = "Content-Type: image/png; name=logo.png\nContent-ID: <logo@x>\n\n\x89PNG"
    related = "Content-Type: multipart/related; boundary=c\n\n--c\n" + HTML + "\n--c\n" + picture + "\n--c--"
    parsed = parse(mail("Content-Type: multipart/alternative; boundary=d\n\n--d\n" + TEXT + f"\n--d\n{related}\n--d--"))

    (file,) = parsed.attachments
    assert (parsed.text, parsed.html) == ("plain", "<p>html</p>")
    assert (file.name, file.content_id, file.is_inline) == ("logo.png", "logo@x", True)


@pytest.mark.parametrize(
    ("base", "place", "source"),
    [
        ("", "logo.gif", "logo.gif"),
        ("", "http://x.example/a\n /logo.gif", "http://x.example/a/logo.gif"),
        ("http://x.example/a/index.html", "http://x.example/a/logo.gif", "logo.gif"),
        ("http://x.example/a/index.html", "http://x.example/logo.gif", "../logo.gif"),
    ],
)
def test_pictures_named_by_their_place_are_known(base, place, source):
    mail = parse(
        f"From: a@x.example\nContent-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html\n"
        f'Content-Location: {base}\n\n<p>Tu: <img src="{source}"> <img src="http://y.example/1.gif"></p>\n'
        f"--b\nContent-Type: image/gif\nContent-Location: {place}\n\nGIF89a\n--b--\n".encode()
    )

    (picture,) = mail.attachments
    assert picture.is_inline
    assert mail.text == f"Tu: [cid:{picture.content_id}]"
    assert f'<img src="cid:{quote(picture.content_id, safe="")}"> <img>' in mail.html


def test_a_forwarded_message_is_a_file_with_its_subject_for_a_name():
    inner = "Subject: =?utf-8?Q?=C5=BB=C3=B3=C5=82w?=\nFrom: b@x.example\n\ninner words"

    parsed = parse(mail(TEXT, f"Content-Type: message/rfc822\n\n{inner}"))

    (file,) = parsed.attachments
    assert (file.name, file.content_type, file.content) == ("Żółw.eml", "message/rfc822", inner.encode())
    assert "inner words" not in parsed.text


def test_invitations_signatures_and_reports_are_files():
    parsed = parse(
        mail(
            TEXT,
            "Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR",
            "Content-Type: application/pgp-signature; name=signature.asc\n\n-----BEGIN PGP SIGNATURE-----",
            "Content-Type: message/delivery-status\n\nAction: failed",
        )
    )

    assert [(file.name, file.content_type) for file in parsed.attachments] == [
        ("text-1.ics", "text/calendar"),
        ("signature.asc", "application/pgp-signature"),
        ("message-3.txt", "message/delivery-status"),
    ]


def test_other_forms_of_the_same_words_are_left_out():
    parsed = parse(mail(TEXT, "Content-Type: text/x-amp-html\n\n<html amp>", HTML, kind="alternative"))

    assert names(parsed) == []


def test_a_single_part_that_is_a_file_is_a_file():
    parsed = parse(b"From: a@x.example\nContent-Type: application/pdf\nContent-Disposition: attachment\n\n%PDF-1.4")

    assert (parsed.text, names(parsed)) == ("", ["application-1.pdf"])


def test_bytes_under_the_label_of_a_text_are_a_file_when_they_have_a_name():
    parsed = parse(b"From: a@x.example\nContent-Type: text/plain; name=a.txt\n\nGIF89a\0\0")

    assert (parsed.text, names(parsed)) == ("", ["a.txt"])


def test_names_are_data():
    names_seen = names(
        parse(
            mail(
                'Content-Type: image/png; name="../../etc/passwd\x07\u202egnp"\n\n\x89PNG',
                "X: y\nContent-Type: a/b\n\nx",
            )
        )
    )

    assert names_seen == ["../../etc/passwdgnp", "a-2.bin"]


@pytest.mark.parametrize(
    ("declared", "name", "content", "expected"),
    [
        ("application/octet-stream", "a.pdf", b"%PDF-1.4\n", "application/pdf"),
        ("application/octet-stream", "scan", b"\x89PNG\r\n\x1a\n", "image/png"),
        ("image/png", "a.png", b"<html><script>", "text/html"),
        ("image/jpeg", "a.jpg", b"\x89PNG\r\n\x1a\n", "image/png"),
        ("text/csv", "a.csv", b"a,b\n1,2\n", "text/csv"),
        ("application/octet-stream", "a.xlsx", OFFICE, XLSX),
        ("application/octet-stream", "a.docx", OFFICE, DOCX),
        ("application/octet-stream", "a.zip", b"PK\x03\x04" + b"\0" * 60, "application/zip"),
        ("application/octet-stream", "a.xyz", b"nothing known", "application/octet-stream"),
        ("text/plain", "a.txt", b"", "text/plain"),
    ],
)
def test_a_file_is_what_its_bytes_show(declared, name, content, expected):
    assert sniffed_type(content, declared=declared, name=name) == expected


def test_flowed_text_gets_its_lines_back():
    text = "long line \ngoes on\n> quoted \n> goes on\n>> deeper\n-- \nsignature"

    assert unflowed(text) == "long line goes on\n> quoted goes on\n>> deeper\n-- \nsignature"
    assert unflowed("long- \nline", delete_space=True) == "long-line"


def test_the_charset_of_html_may_stand_in_the_html():
    raw = '<meta http-equiv="Content-Type" content="text/html; charset=koi8-r"><p>Привет'.encode("koi8-r")

    assert parse(b"From: a@x.example\nContent-Type: text/html\n\n" + raw).text == "Привет"


@pytest.mark.parametrize(
    ("head", "sender", "is_ambiguous"),
    [
        ("From: a@x.example\n", "a@x.example", False),
        ("From: a@x.example, b@x.example\n", "a@x.example", True),
        ("From: a@x.example\nFrom: b@x.example\n", "a@x.example", True),
        ("From: Nobody\nSender: s@x.example\n", "s@x.example", True),
        ("From:\nReply-To: r@x.example\n", "r@x.example", True),
        ("Return-Path: <p@x.example>\n", "p@x.example", True),
        ("Subject: x\n", None, True),
    ],
)
def test_who_sent_it(head, sender, is_ambiguous):
    parsed = parse(f"{head}\nx".encode())

    assert (parsed.sender.address if parsed.sender else None) == sender
    assert parsed.sender_is_ambiguous == is_ambiguous


def test_only_the_topmost_authentication_results_counts():
    parsed = parse(b"Authentication-Results: one; none\nAuthentication-Results: two; none\nFrom: a@x.example\n\n")

    assert parsed.authentication.authserv_id == "one"


def test_raw_eight_bit_headers_in_the_charset_of_the_body():
    raw = "From: Żółć <z@x.example>\nSubject: Prośba\nContent-Type: text/plain; charset=iso-8859-2\n\nJaźń".encode(
        "iso-8859-2"
    )

    parsed = parse(raw)

    assert (parsed.sender.name, parsed.subject, parsed.text) == ("Żółć", "Prośba", "Jaźń")


@given(st.binary(max_size=500))
def test_no_bytes_raise(raw):
    parse(raw)
    parse(b"From: a@x.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n" + raw)
