"""Files written into a text in uuencode."""

import binascii

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.channels.email import uuencoded
from tickets.channels.email.parsing import parse


def coded(name, content, last="`\nend\n"):
    lines = [binascii.b2a_uu(content[start : start + 45]).decode() for start in range(0, len(content), 45)]
    return f"begin 644 {name}\n{''.join(lines)}{last}"


def test_a_file_in_the_text_is_a_file_and_the_rest_stays():
    content = bytes(range(256)) * 3
    text = f"Dzień dobry,\n{coded('../../zły plik.dat', content)}Pozdrawiam\n"

    mail = parse(b"From: a@x.example\nContent-Type: text/plain; charset=utf-8\n\n" + text.encode())

    assert mail.text == "Dzień dobry,\nPozdrawiam"
    assert [(file.name, file.content) for file in mail.attachments] == [("../../zły plik.dat", content)]


@given(st.binary(min_size=1, max_size=500), st.booleans())
def test_any_bytes_come_back_though_blanks_at_line_ends_were_lost(content, is_stripped):
    text = coded("a", content)
    if is_stripped:
        text = "\n".join(line.rstrip(" ") for line in text.split("\n"))

    assert uuencoded.taken_out(f"x\n{text}y") == ("x\ny", [("a", content)])


@pytest.mark.parametrize(
    "text",
    [
        coded("a", b"abc" * 50, last=""),
        coded("a", b"abc", last="`\n"),
        coded("a", b"abc").replace("end", "koniec"),
        coded("a", b"abc").replace("begin 644 a", "begin 644"),
        "begin 644 a\nend\n",
        "begin 644 a\nTo są zwykłe słowa.\nend\n",
        coded("a", b"abc" * 50).replace("begin", "> begin"),
    ],
)
def test_what_is_broken_stays_text(text):
    assert uuencoded.taken_out(text) == (text, [])


@given(st.lists(st.sampled_from(["begin 644 a", "M" + "`" * 60, "#86)C", "`", "", "end", "słowo"])).map("\n".join))
def test_no_word_is_lost(text):
    rest, files = uuencoded.taken_out(text)

    assert rest.count("słowo") == text.count("słowo")
    assert files or rest == text


def test_more_files_than_anyone_sends_stay_text():
    rest, files = uuencoded.taken_out(coded("a", b"abc") * (uuencoded.MAX_FILES + 2))

    assert len(files) == uuencoded.MAX_FILES
    assert rest == coded("a", b"abc") * 2
