"""Mail made to hurt. Each of these once took minutes or gigabytes, with a mail of a few hundred KB or less."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tickets.channels.email import html, mime, quoting
from tickets.channels.email.bounds import Bound, OverBound
from tickets.channels.email.parsing import parse, unflowed

PATIENCE_S = 20
"""Of processor time: far above what is needed on a slow machine, far below what it was."""

DISTINCT = 4_900


@pytest.fixture(autouse=True)
def _in_bounded_time() -> Iterator[None]:
    began = time.process_time()
    yield
    assert time.process_time() - began < PATIENCE_S


def mail_of(kind: str, body: str) -> bytes:
    return f"From: a@b.example\nSubject: x\nContent-Type: {kind}; charset=utf-8\n\n{body}".encode()


@pytest.mark.parametrize(
    "body",
    [
        "<div>x" * 600_000,
        "<blockquote>x" * 9_900,
        "<ul><li>x" * 4_900,
        "".join(f"<p><font size={number}>x" for number in range(DISTINCT)),
        "".join(f"<p><font size={number}>x" for number in range(100_000)),
        "<p " + " ".join(f"a{number}" for number in range(150_000)) + ">x",
        "<b>x</b>" * 4_900 + "x" * 300_000,
        "<script>" * 200_000 + "x",
        "<!--" * 400_000 + "x",
        "<" * 500_000,
    ],
    ids=[
        "deep",
        "quotes",
        "lists",
        "reopened",
        "more-reopened",
        "attributes",
        "pieces",
        "scripts",
        "comments",
        "brackets",
    ],
)
def test_html(body):
    mail = parse(mail_of("text/html", body))

    assert len(mail.text) < 8_000_000
    assert len(html.clean(mail.html)) < 8_000_000


def test_many_parts_of_html_together():
    part = "--x\nContent-Type: text/html\n\n" + "<div>x" * 9_000 + "\n"
    raw = b"From: a@b.example\nContent-Type: multipart/mixed; boundary=x\n\n" + (part * 100).encode()

    assert parse(raw).text.count("x") == 100 * 9_000


def test_too_much_html_still_shows_its_words_and_nothing_else():
    rows = "".join(f"<tr><td>Order {number}</td><td>&euro;&nbsp;5</td></tr>" for number in range(8_000))
    page = f"<style>td {{ color: red }}</style><!-- no --><table>{rows}</table><p>Regards<br>Jan</p>"

    text = html.text_of(page)

    assert html.clean(page) == ""
    assert text.split("\n")[:2] == ["Order 0 € 5", "Order 1 € 5"]
    assert text.endswith("Order 7999 € 5\nRegards\nJan")


def test_a_picture_written_into_the_page_is_no_weight():
    page = f'<p>Hello <img alt="logo" src="data:image/png;base64,{"A" * 900_000}"><b class="x" id=1>you</b></p>'

    assert html.text_of(page) == "Hello [logo]you"
    assert html.clean(page) == '<p>Hello <img alt="logo"><b>you</b></p>'


def test_one_picture_named_a_thousand_times():
    page = html.clean('<img src="cid:x">' * 1000)

    shown = html.with_inline_images(page, {"x": "/pictures/" + "A" * 60})

    assert len(shown) < 100_000


def test_quotes_beside_quotes():
    text = "Hello\n" + "On Monday Anna wrote:\n> a\nb\n" * 6_000

    found = quoting.pieces(text)

    assert "".join(piece.text for piece in found) == text


def test_folded_header_lines():
    raw = b"From: a@b.example\nSubject: x\nX-Long: a\n" + b" a\n" * 300_000 + b"\nHello"

    with pytest.raises(OverBound) as over:
        parse(raw)

    assert over.value.bound is Bound.HEADER_BLOCK


def test_header_lines_without_end():
    with pytest.raises(OverBound) as over:
        parse(b"From: a@b.example\n" + b"a:\n" * 2_000_000)

    assert over.value.bound is Bound.HEADER_BLOCK


def test_flowed_lines():
    assert unflowed("a \n" * 600_000) == "a " * 599_999 + "a"


def test_copies_of_nested_parts_are_not_kept():
    raw = b"x" * 1_000_000
    for number in range(40):
        raw = b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (number, number) + raw + b"\n--b%d--" % number

    root = mime.parse_structure(raw)

    assert sum(len(part.body) for part in root.walk()) < 1_100_000
