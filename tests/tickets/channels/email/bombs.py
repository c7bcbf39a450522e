"""Mails that were made to cost much: each a few lines that a sender could write, with what they aim at."""

import base64
import zlib
from collections.abc import Callable

HEAD = b"From: Eve <eve@bombs.example>\nTo: shops@bursztyn.example\nSubject: boom\n"


def _head(name: str) -> bytes:
    return HEAD + b"Message-ID: <%s@bombs.example>\n" % name.encode()


def _text(name: str, body: bytes, kind: bytes = b"text/plain; charset=utf-8") -> bytes:
    return _head(name) + b"Content-Type: " + kind + b"\n\n" + body


def _with(name: str, header: bytes) -> bytes:
    return _head(name) + header + b"\n\nwords\n"


def parentheses(name: str) -> bytes:
    return _with(name, b"To: " + b"(" * 1000 + b"a@b.example" + b")" * 1000)


def quotes_in_from(name: str) -> bytes:
    return b"From: " + b'"' * 20_000 + b" <eve@bombs.example>\n" + _head(name) + b"\nwords\n"


def escapes_in_from(name: str) -> bytes:
    return b'From: "' + b'\\"' * 30_000 + b'" <eve@bombs.example>\n' + _head(name) + b"\nwords\n"


def nested_multiparts(name: str) -> bytes:
    opened = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(2000))
    return _head(name) + opened + b"\nwords\n"


def nested_messages(name: str) -> bytes:
    return _head(name) + b"Content-Type: message/rfc822\n\n" * 20_000 + b"words\n"


def rfc_2231_parameters(name: str) -> bytes:
    pieces = b"".join(b";\n name*%d*=%%41%%42" % n for n in range(3000))
    return _with(name, b"Content-Type: application/octet-stream" + pieces)


def many_headers(name: str) -> bytes:
    return _head(name) + b"".join(b"X-%d: a\n" % n for n in range(100_000)) + b"\nwords\n"


def header_without_end(name: str) -> bytes:
    return _head(name) + b"X-Long: a\n" + b" b\n" * 3_000_000


def one_long_header(name: str) -> bytes:
    return _with(name, b"Subject: " + b"=?utf-8?q?a?= " * 100_000)


def repeated_headers(name: str) -> bytes:
    return _head(name) + b"From: Eve <eve@bombs.example>\nTo: a@b.example\n" * 4_000 + b"\nwords\n"


def many_addresses(name: str) -> bytes:
    return _with(name, b"Cc: " + b",\n ".join(b"a%d@b.example" % n for n in range(3000)))


def encoded_words(name: str) -> bytes:
    return _with(name, b"To: " + b" ".join([b"=?gb18030?b?gTCBMA==?="] * 2_800) + b" <a@b.example>")


def eight_bit_headers(name: str) -> bytes:
    return _head(name) + b"".join(b"To: \xb1\xe6%d\x88\xfe <a%d@b.example>\n" % (n, n) for n in range(190)) + b"\nx\n"


def tiny_parts(name: str) -> bytes:
    return _text(name, b"--b\n\nx\n" * 100_000 + b"--b--\n", b"multipart/mixed; boundary=b")


def parts_with_large_headers(name: str) -> bytes:
    part = b"--b\n" + b"X: a\n" * 4_000 + b"\nx\n"
    return _text(name, part * 490, b"multipart/mixed; boundary=b")


def boundaries_that_nearly_match(name: str) -> bytes:
    return _text(name, (b"\n--" + b"b" * 60 + b"x") * 200_000, b"multipart/mixed; boundary=" + b"b" * 60)


def one_long_line(name: str) -> bytes:
    return _text(name, b"a" * 8_000_000)


def one_long_line_of_spaces(name: str) -> bytes:
    return _text(name, b" " * 4_000_000 + b"\xa0x")


def base64_of_zeros(name: str) -> bytes:
    body = base64.encodebytes(bytes(12_000_000))
    return _text(name, body, b"application/zip; name=zeros.zip\nContent-Transfer-Encoding: base64")


def base64_of_single_runs(name: str) -> bytes:
    return _text(name, b"YQ==" * 1_500_000, b"text/plain\nContent-Transfer-Encoding: base64")


def quoted_printable(name: str) -> bytes:
    return _text(name, b"=\n" * 2_000_000, b"text/plain\nContent-Transfer-Encoding: quoted-printable")


def nested_html(name: str) -> bytes:
    return _text(name, b"<div>" * 200_000, b"text/html")


def reopened_html(name: str) -> bytes:
    body = b"".join(b"<p><font a%d>" % n for n in range(60_000))
    return _text(name, body, b"text/html")


def html_of_attributes(name: str) -> bytes:
    return _text(name, b"<a " + b" ".join(b"a%d=b" % n for n in range(120_000)) + b">x", b"text/html")


def html_of_tables(name: str) -> bytes:
    return _text(name, b"<table><tr><td>" * 3_300 + b"x", b"text/html")


def html_unclosed(name: str) -> bytes:
    return _text(name, b"<!--" * 120_000 + b"<a href='" * 1_000, b"text/html")


def html_entities(name: str) -> bytes:
    return _text(name, b"&lt" * 160_000 + b"&" * 10_000, b"text/html")


def html_parts(name: str) -> bytes:
    part = b"--b\nContent-Type: text/html\n\n" + b"<p><b>" * 1_600
    return _text(name, (part + b"\n") * 490, b"multipart/mixed; boundary=b")


def introductions(name: str) -> bytes:
    return _text(name, b"On Mon, 9 Mar 2026 Jan Kowalski\n" * 6_000)


def introductions_in_one_line(name: str) -> bytes:
    return _text(name, b"W dniu " * 28_000)


def dividers(name: str) -> bytes:
    return _text(name, (b"-" * 199 + b"\n") * 1_000 + b"_" * 100_000)


def quotation_marks(name: str) -> bytes:
    return _text(name, b"> " * 90_000 + b"\n" + b">\n" * 10_000)


def outlook_heads(name: str) -> bytes:
    return _text(name, b"From: a\nSent: b\n\n" * 11_000)


def flowed(name: str) -> bytes:
    return _text(name, b"> a \n" * 800_000, b"text/plain; format=flowed; delsp=yes")


def letters_of_no_charset(name: str) -> bytes:
    return _text(name, bytes(range(128, 256)) * 40_000, b"text/plain; charset=x-none")


def parts_of_no_charset(name: str) -> bytes:
    body = bytes(range(128, 256)) * 500
    part = b"--b\nContent-Type: text/plain; charset=x-%d\n\n" + body + b"\n"
    return _text(name, b"".join(part % n for n in range(490)), b"multipart/mixed; boundary=b")


def escape_charset(name: str) -> bytes:
    return _text(name, b"\x1b$B\x1b(B" * 500_000, b"text/plain; charset=iso-2022-jp")


def utf_7(name: str) -> bytes:
    return _text(name, b"+AGE-" * 800_000, b"text/plain; charset=utf-7")


def uuencoded(name: str) -> bytes:
    return _text(name, b"begin 644 a\n" * 400_000, b"text/plain\nContent-Transfer-Encoding: x-uuencode")


def winmail(name: str) -> bytes:
    attribute = b"\x02\x0f\x80\x06\x00" + (0xFFFFFFF0).to_bytes(4, "little")
    body = b"\x78\x9f\x3e\x22\x01\x00" + attribute * 60_000
    head = b"application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64"
    return _text(name, base64.encodebytes(body), head)


def winmail_that_unpacks(name: str) -> bytes:
    """Compressed RTF that says it will be 4 GB, in a message property of winmail.dat."""
    packed = b"\x8f" * 200_000
    rtf = (len(packed) + 12).to_bytes(4, "little") + b"\xff\xff\xff\xff" + b"LZFu" + bytes(4) + packed
    prop = b"\x01\x00\x00\x00" + b"\x02\x01\x09\x10" + b"\x01\x00\x00\x00" + len(rtf).to_bytes(4, "little") + rtf
    attribute = b"\x01" + (0x00069003).to_bytes(4, "little") + len(prop).to_bytes(4, "little") + prop
    body = b"\x78\x9f\x3e\x22\x01\x00" + attribute + (sum(prop) & 0xFFFF).to_bytes(2, "little")
    head = b"application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64"
    return _text(name, base64.encodebytes(body), head)


def signed_in_layers(name: str) -> bytes:
    """ASN.1 that only opens and never closes."""
    head = b"application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\nContent-Transfer-Encoding: base64"
    return _text(name, base64.encodebytes(b"\x30\x80" * 400_000), head)


def packed_in_layers(name: str) -> bytes:
    data = bytes(50_000_000)
    for _ in range(3):
        data = zlib.compress(data, 9)
    head = b"application/pkcs7-mime; smime-type=compressed-data; name=smime.p7z\nContent-Transfer-Encoding: base64"
    return _text(name, base64.encodebytes(data), head)


def calendar(name: str) -> bytes:
    body = b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\nRRULE:FREQ=SECONDLY;COUNT=99999999\n" * 40_000
    return _text(name, body, b"text/calendar; method=REQUEST")


def calendar_folded(name: str) -> bytes:
    body = b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:" + b"a\n " * 700_000 + b"\nEND:VEVENT\nEND:VCALENDAR\n"
    return _text(name, body, b"text/calendar; method=REQUEST")


def reports(name: str) -> bytes:
    part = b"--b\nContent-Type: message/delivery-status\n\n"
    body = part + b"Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1\n\n" * 100_000
    return _text(name, body, b"multipart/report; report-type=delivery-status; boundary=b")


def report_in_prose(name: str) -> bytes:
    raw = _text(name, b"<a@b.example>: host mx.b.example said: 550 5.1.1 user unknown " * 60_000)
    return raw.replace(b"From: Eve <eve@", b"From: Mail Delivery System <mailer-daemon@")


def references(name: str) -> bytes:
    return _with(name, b"References: " + b"\n ".join(b"<%d@bombs.example>" % n for n in range(9_000)))


def date(name: str) -> bytes:
    return _with(name, b"Date: " + b"Mon, 9 " * 900)


def received(name: str) -> bytes:
    line = b"Received: from a (b [10.0.0.1]) by c with d id e for <f@g.example>; Mon, 9 Mar 2026 08:00:00 +0100\n"
    return line * 2_000 + _head(name) + b"\nwords\n"


def large_text(name: str) -> bytes:
    return _text(name, "zażółć gęślą jaźń 付款 🙂\n".encode() * 830_000)


def large_html(name: str) -> bytes:
    return _text(name, "<p>zażółć gęślą &amp; jaźń 🙂</p>\n".encode() * 800_000, b"text/html; charset=utf-8")


def large_in_layers(name: str) -> bytes:
    opened = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(49))
    return _head(name) + opened + b"\n" + b"-- a\n" * 6_500_000


def large_base64_text(name: str) -> bytes:
    body = base64.encodebytes(("ł" * 11_900_000).encode())
    return _text(name, body, b"text/plain; charset=utf-8\nContent-Transfer-Encoding: base64")


_MAKERS: list[Callable[[str], bytes]] = [
    made
    for name, made in list(globals().items())
    if callable(made) and not name.startswith("_") and getattr(made, "__annotations__", {}).get("name") is str
]
BOMBS: dict[str, Callable[[], bytes]] = {
    made.__name__: (lambda made=made: made(made.__name__))
    for made in _MAKERS  # type: ignore[misc]
}
