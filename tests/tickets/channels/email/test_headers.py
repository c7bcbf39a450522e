from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.channels.email import headers
from tickets.channels.email.headers import Address


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Jan <jan@x.example>", [("Jan", "jan@x.example")]),
        ('"Kowalski, Jan" <jan@x.example>', [("Kowalski, Jan", "jan@x.example")]),
        ("jan@x.example", [("", "jan@x.example")]),
        ("jan@x.example (Jan Kowalski)", [("Jan Kowalski", "jan@x.example")]),
        ("<jan@x.example>", [("", "jan@x.example")]),
        ("'Jan' <jan@x.example>", [("Jan", "jan@x.example")]),
        ("a@x.example, B <b@x.example>", [("", "a@x.example"), ("B", "b@x.example")]),
        ("Team: a@x.example, B <b@x.example>;", [("", "a@x.example"), ("B", "b@x.example")]),
        ("undisclosed-recipients:;", []),
        ("Jan Kowalski jan@x.example", [("Jan Kowalski", "jan@x.example")]),
        ("Jan <jan@x.example", [("Jan", "jan@x.example")]),
        ("jan@x.example <jan@x.example>", [("jan@x.example", "jan@x.example")]),
        ("=?utf-8?Q?Kowalski,_Jan_(firma)?= <jan@x.example>", [("Kowalski, Jan (firma)", "jan@x.example")]),
        ('"=?utf-8?B?xbvDs8WCxIc=?=" <jan@x.example>', [("Żółć", "jan@x.example")]),
        ("=?utf-8?Q?evil=40bank.example?= <jan@x.example>", [("evil@bank.example", "jan@x.example")]),
        ('"boss@bank.example" <jan@x.example>', [("boss@bank.example", "jan@x.example")]),
        ("<@relay.example:jan@x.example>", [("", "jan@x.example")]),
        ('"jan kowalski"@x.example', [("", '"jan kowalski"@x.example')]),
        ("Jan\r\n <jan@x.example>", [("Jan", "jan@x.example")]),
        ("Jan <jan@[192.0.2.1]>", [("Jan", "jan@[192.0.2.1]")]),
        ("nobody", []),
        ("", []),
        ("<>", []),
        ("a@b@c.example", []),
        ("jan@x.example, ", [("", "jan@x.example")]),
        ("mailto:jan@x.example", [("", "jan@x.example")]),
    ],
)
def test_addresses(raw, expected):
    assert headers.addresses(raw.encode()) == [Address(name, address) for name, address in expected]


def test_eight_bit_names_are_read():
    assert headers.addresses("Żółć <z@x.example>".encode("cp1250"))[0].name == "Żółć"
    assert headers.addresses("Żółć <z@x.example>".encode())[0].name == "Żółć"


def test_marks_that_turn_the_reading_direction_are_dropped():
    assert headers.addresses("a\u202eb <x@x.example>".encode())[0].name == "ab"


@pytest.mark.parametrize(
    "hostile",
    [
        b"(" * 60_000,
        b'"' * 60_001,
        b"a@b" + b":" * 60_000,
        b"<" * 60_000,
        b"," * 60_000,
        b"=?utf-8?q?" * 6_000,
        b"a@b.example," * 5_000,
        b"\\" * 60_000,
        b"(\\" * 30_000,
    ],
)
def test_hostile_headers_cost_little(hostile):
    assert len(headers.addresses(hostile)) <= headers.MAX_ADDRESSES + 1  # one more tells that there are too many
    headers.parameters(hostile)
    headers.text(hostile)
    headers.message_ids(hostile)
    headers.authentication_results(hostile)
    headers.date(hostile)


@given(st.binary(max_size=300))
def test_no_header_raises(raw):
    headers.addresses(raw)
    headers.text(raw)
    headers.content_type(raw)
    headers.message_ids(raw)
    headers.authentication_results(raw)
    headers.date(raw)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Plain", "Plain"),
        ("=?iso-8859-2?Q?Pro=B6ba?=", "Prośba"),
        ("=?utf-8?B?xbs=?= =?utf-8?B?w7PFgg==?=", "Żół"),
        ("=?utf-8?B?xQ==?= =?utf-8?B?u8Oz?=", "Żó"),
        ("Re: =?utf-8?Q?=C5=BB?= b", "Re: Ż b"),
        ("=?utf-8?Q?a?= =?iso-8859-2?Q?=B1?=", "aą"),
        ("=?utf-8?Q?a b?=", "a b"),
        ("=?utf-8?B?xbs?=", "Ż"),
        ("=?nonsense?Q?=C5=BB?=", "Ż"),
        ("=?utf-8*pl?Q?=C5=BB?=", "Ż"),
        ("=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
        ("=?utf-8?Q?Czy_dzia=C5=82a?_Nie!?= =?utf-8?Q?a?=", "Czy działa? Nie!a"),
        ("=?utf-8?Q?a=20?= =?utf-8?Q?b", "a =?utf-8?Q?b"),
        ("=?utf-8?Q?never =?utf-8?Q?=C5=BC=?=", "=?utf-8?Q?never ż"),
        ("a\r\n\tb", "a b"),
        ("=?utf-8?Q?a=0D=0ABcc:_x?=", "a Bcc: x"),
    ],
)
def test_subjects(raw, expected):
    assert headers.text(raw.encode()) == expected


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ('attachment; filename="a b.pdf"', "a b.pdf"),
        ("attachment; filename=a.pdf", "a.pdf"),
        ("attachment; filename*=utf-8''%C5%BC%C3%B3%C5%82%C4%87.pdf", "żółć.pdf"),
        ("attachment; filename*0*=utf-8''%C5%BC;\n filename*1*=%C3%B3;\n filename*2=\"ł.pdf\"", "żół.pdf"),
        ("attachment; filename*1=b.pdf; filename*0=a", "ab.pdf"),
        ('attachment; filename="=?utf-8?B?xbzDs8WCxIcucGRm?="', "żółć.pdf"),
        ("attachment; filename=ascii.pdf; filename*=iso-8859-2''%B1.pdf", "ą.pdf"),
        ('attachment; filename="a;b.pdf"', "a;b.pdf"),
        ('attachment; filename="C:\\\\dir\\\\a.pdf"', "C:\\dir\\a.pdf"),
        ('attachment; filename="C:\\dir\\a.pdf"', "C:\\dir\\a.pdf"),
        ('attachment; filename="a\\"b.pdf"', 'a"b.pdf'),
        ('attachment; filename="open', "open"),
        ("attachment; filename*=broken%ZZ", "broken%ZZ"),
    ],
)
def test_file_names(raw, name):
    assert headers.parameters(raw.encode())[1]["filename"] == name


def test_a_name_in_raw_windows_1250():
    assert headers.parameters('x; name="żółć.pdf"'.encode("cp1250"))[1]["name"] == "żółć.pdf"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("text/plain; charset=utf-8", "text/plain"),
        ("TEXT/HTML", "text/html"),
        ("", "text/plain"),
        ("nonsense", "text/plain"),
        ("multipart; boundary=x", "multipart/mixed"),
        ("text / plain", "text/plain"),
        ("text/html (comment); charset=x", "text/html"),
        ("text/html Content-Transfer-Encoding: 8bit\\r\\n", "text/html"),
    ],
)
def test_content_types(raw, expected):
    assert str(headers.content_type(raw.encode())) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Mon, 9 Mar 2026 08:00:00 +0100", datetime(2026, 3, 9, 7, tzinfo=UTC)),
        ("Mon, 9 Mar 2026 08:00:00 +0100 (CET)", datetime(2026, 3, 9, 7, tzinfo=UTC)),
        ("9 Mar 2026 08:00 GMT", datetime(2026, 3, 9, 8, tzinfo=UTC)),
        ("Mon, 9 Mar 2026 08:00:00 -0000", datetime(2026, 3, 9, 8, tzinfo=UTC)),
        ("Mon, 99 Mar 2026 08:00:00", None),
        ("yesterday", None),
        ("", None),
        ("Mon, 9 Mar 99999 08:00:00 +0100", None),
    ],
)
def test_dates(raw, expected):
    assert headers.date(raw.encode()) == expected


def test_message_ids():
    assert headers.message_ids(b"<a@x>\n\t<b@x> <a@x>") == ["a@x", "b@x"]
    assert headers.message_ids(b"a@x") == ["a@x"]
    assert headers.message_ids(b"your mail of Monday <a@x>") == ["a@x"]
    assert headers.message_ids(b"nothing") == []
    assert headers.message_ids(b"<%d@x> " * 5000 % tuple(range(5000)))[-1] == "4999@x"


def test_authentication_results():
    raw = (
        b"mx.example 1;\n dkim=pass header.d=a.example;\n spf=fail (reason; dmarc=pass) smtp.mailfrom=x@y.example;"
        b"\n dmarc=pass (p=NONE sp=NONE) policy.dmarc=none header.from=A.example"
    )

    results = headers.authentication_results(raw)

    assert results.authserv_id == "mx.example"
    assert [(method, result) for method, result, _ in results.results] == [
        ("dkim", "pass"),
        ("spf", "fail"),
        ("dmarc", "pass"),
    ]
    assert results.dmarc_passes_for("a.example")
    assert not results.dmarc_passes_for("b.example")


@pytest.mark.parametrize(
    "raw",
    [
        b"mx.example; dmarc=fail header.from=a.example; dmarc=pass header.from=a.example",
        b"mx.example; dmarc=pass header.from=b.example",
        b"mx.example; dmarc=pass",
        b"mx.example; spf=pass (dmarc=pass header.from=a.example)",
        b'mx.example; spf=pass reason="; dmarc=pass header.from=a.example"',
        b"mx.example; none",
        b"mx.example",
    ],
)
def test_no_verdict_for_the_domain_is_no_pass(raw):
    assert not headers.authentication_results(raw).dmarc_passes_for("a.example")
