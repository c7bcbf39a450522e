from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from tickets.channels.email import traits
from tickets.channels.email.parsing import parse

NOW = datetime(2026, 3, 9, 8, tzinfo=UTC)


def mail(body, *, head="", kind="text/plain"):
    return f"From: a@x.example\n{head}Content-Type: {kind}\n\n".encode() + body


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (mail(b"plain"), ()),
        (mail("żółw".encode(), kind="text/plain; charset=utf-8"), ()),
        (mail("żółw".encode("cp1250")), (traits.CHARSET_GUESSED,)),
        (mail("żółw".encode(), kind="text/plain; charset=koi8-r"), (traits.CHARSET_GUESSED,)),
        (mail("żółć".encode()[:-1], kind="text/plain; charset=utf-8"), (traits.CHARSET_BROKEN,)),
        (mail("zacytowane: \ufffd".encode(), kind="text/plain; charset=utf-8"), ()),
        (mail(b"--b\n\nwords\n--b--", kind="multipart/mixed; boundary=b"), ()),
        (mail(b"--b\n\nwords", kind="multipart/mixed; boundary=b"), (traits.CUT_OFF,)),
        (mail(b"words", kind="multipart/mixed; boundary=b"), (traits.DAMAGED,)),
        (mail(b"--c\n\nwords\n--c--", kind="multipart/mixed; boundary=b"), (traits.DAMAGED,)),
        (mail(b"x", head="From: b@x.example\n"), (traits.REPEATED_HEADERS,)),
        (mail(b"x", head="Subject: a\nSubject: b\n"), (traits.REPEATED_HEADERS,)),
        (mail(b"x", head="Subject: a\nSubject: a\n"), ()),
        (mail(b"<p>" * 20_000 + b"x", kind="text/html"), (traits.NO_LAYOUT,)),
    ],
)
def test_what_is_odd_about_a_mail(raw, expected):
    assert parse(raw).traits == expected


@pytest.mark.parametrize(
    ("sent_at", "expected"),
    [
        (None, []),
        (NOW - timedelta(days=4_000), []),
        (NOW + timedelta(hours=25), []),
        (NOW + timedelta(days=2), [traits.DATED_AHEAD]),
        (datetime(2049, 1, 1, tzinfo=UTC), [traits.DATED_AHEAD]),
        (datetime(1970, 1, 1, tzinfo=UTC), [traits.DATED_ABSURDLY]),
    ],
)
def test_what_is_odd_about_its_date(sent_at, expected):
    assert traits.of_date(sent_at, now=NOW) == expected


def test_every_trait_has_its_sentence_and_fits_into_its_column():
    codes = {value for name, value in vars(traits).items() if name.isupper() and isinstance(value, str)}

    assert codes == set(traits.SENTENCES)
    assert max(map(len, codes)) <= 32
    assert set(traits.FOR_THE_REQUESTER) <= codes


def test_unknown_codes_say_nothing():
    with translation.override("en"):
        assert traits.sentences(["signed_pgp", "of_tomorrow"]) == ["Signed (PGP), signature not checked"]
