import email
import email.policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tickets.channels.email import ordinary
from tickets.channels.email import mime
from tickets.channels.email.bounds import OverBound


def shape(part):
    return [(str(leaf.type), leaf.content()) for leaf in part.walk() if not leaf.is_multipart]


def shape_by_the_standard_library(raw):
    leaves = (leaf for leaf in email.message_from_bytes(raw, policy=email.policy.compat32).walk())
    return [(leaf.get_content_type(), leaf.get_payload(decode=True)) for leaf in leaves if not leaf.is_multipart()]


@pytest.mark.parametrize("mail", [pytest.param(mail, id=mail.id) for mail in ordinary.mails()])
def test_both_parsers_see_the_same(mail):
    assert shape(mime.parse_structure(mail.raw)) == shape_by_the_standard_library(mail.raw)


MULTIPART = b"Content-Type: multipart/mixed; boundary=b\n\npreamble\n--b\n\none\n--b\n\ntwo\n--b--\nepilogue"


@pytest.mark.parametrize(
    ("raw", "bodies"),
    [
        (MULTIPART, [b"one", b"two"]),
        (MULTIPART.replace(b"\n", b"\r\n"), [b"one", b"two"]),
        (MULTIPART.replace(b"\n--b--\nepilogue", b""), [b"one", b"two"]),
        (MULTIPART.replace(b"--b--", b"--b-- \t"), [b"one", b"two"]),
        (MULTIPART.replace(b"--b--", b"--b-->"), [b"one", b"two"]),
        (MULTIPART.replace(b"one", b"--b--c\none"), [b"--b--c\none", b"two"]),
        (MULTIPART.replace(b"\n\npreamble", b"\nX: y"), [b"one", b"two"]),
        (b" A: b\nC: d\n\nbody", [b"body"]),
        (MULTIPART.replace(b"one", b"--bx\none"), [b"--bx\none", b"two"]),
        (MULTIPART.replace(b"boundary=b", b"boundary=wrong"), [b"one", b"two"]),
        (MULTIPART.replace(b"; boundary=b", b""), [b"one", b"two"]),
        (b"Content-Type: multipart/mixed; boundary=\xb5\n\n--\xb5\nContent-Type: text/html\n\none", [b"one"]),
        (b"Content-Type: multipart/mixed; boundary=b\n\njust text", [b"just text"]),
        (b"Content-Type: multipart/mixed; boundary=b\n\n--b\n--b\n\ntwo\n--b--", [b"", b"two"]),
        (b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n\n--b--", [b""]),
        (b"", [b""]),
        (b"no header at all", [b"no header at all"]),
        (b"From x@y Mon\nA: b\n\nbody", [b"body"]),
        (b"A: b\nthis is no header\nC: d\n\nbody", [b"body"]),
        (b"A: b\nthis is text\nand more", [b"this is text\nand more"]),
        (b"A: b\r\rbody", [b"body"]),
    ],
)
def test_structure(raw, bodies):
    assert [data for _, data in shape(mime.parse_structure(raw))] == bodies


def test_headers_are_unfolded_later_and_names_compared_in_lower_case():
    root = mime.parse_structure(b"SUBJECT: a\n b\nSubject: c\n\n")

    assert root.all("subject") == [b"a\n b", b"c"]


def test_a_nested_message_keeps_its_bytes():
    inner = b"Subject:  odd   spacing\nX:\xff raw\n\nbody\n"
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n" + inner + b"\n--b--\n"

    assert shape(mime.parse_structure(raw)) == [("message/rfc822", inner)]


@pytest.mark.parametrize(
    ("encoding", "body", "data"),
    [
        (b"base64", b"YWJj\nZGVm", b"abcdef"),
        (b"BASE64 ", b"YWJj", b"abc"),
        (b'"base64"', b"YWJj", b"abc"),
        (b"base64", b"YWI", b"ab"),
        (b"base64", b"YQ==YWJj", b"aabc"),
        (b"base64", b"Y!W*J j", b"abc"),
        (b"base64", b"YWJjZ", b"abc"),
        (b"Quoted Printable", b"a=3D", b"a="),
        (b"quoted-printable", b"a=3D=\nb=ZZ", b"a=b=ZZ"),
        (b"8bit", b"\xff", b"\xff"),
        (b"nonsense", b"a", b"a"),
        (b"base64", b"YWJjZGU=\n\n-- \nUnsubscribe from this list\n", b"abcde"),
        (b"base64", b"YWJjZGU=\n_______________\nlist@x.example\n", b"abcde"),
        (b"base64", b"Words that were never coded at all.", b"Words that were never coded at all."),
        (b"base64", b"YQ==" * 3, b"aaa"),
        (b"x-uuencode", b"begin 644 a.txt\n#86)C\n`\nend\n", b"abc"),
    ],
)
def test_transfer_encodings(encoding, body, data):
    raw = b"Content-Transfer-Encoding: " + encoding + b"\n\n" + body

    assert mime.parse_structure(raw).content() == data


def nested(depth):
    raw = b"deep"
    for n in range(depth):
        raw = b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n%s\n--b%d--\n" % (n, n, raw, n)
    return raw


def test_depth_and_number_of_parts_are_bounded():
    mime.parse_structure(nested(mime.MAX_DEPTH))
    with pytest.raises(OverBound):
        mime.parse_structure(nested(mime.MAX_DEPTH + 1))
    with pytest.raises(OverBound):
        mime.parse_structure(nested(400))
    with pytest.raises(OverBound):
        mime.parse_structure(b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\n\n" * (mime.MAX_PARTS + 1))


PIECES = st.sampled_from(
    [b"Content-Type: multipart/mixed; boundary=b\n", b"\n", b"--b\n", b"--b--\n", b"\r\n", b"text\n", b" folded\n",
     b"Content-Type: text/html\n", b"Content-Transfer-Encoding: base64\n", b"\xff\x00",
     b"Content-Type: message/rfc822\n"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=40).map(b"".join) | st.binary(max_size=400))
def test_nothing_raises(raw):
    for part in mime.parse_structure(raw).walk():
        part.content()


def test_parts_behind_a_part_with_its_parents_boundary_are_found():
    raw = (
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/alternative; boundary=b\n\n"
        b"--b\n\nwords\n--b--\n\n--b\nContent-Type: application/zip; name=a.zip\n\nPK\n--b--\nepilogue\n"
    )

    bodies = [part.body for part in mime.parse_structure(raw).walk() if not part.children]

    assert bodies[1:] == [b"words", b"PK"]
