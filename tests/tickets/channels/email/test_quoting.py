"""In `conversations/` each line bears what it is: w for new words, q for a quotation, s for a signature."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tickets.channels.email.test_building import GOOD
from tickets.channels.email import html, quoting
from tickets.channels.email.building import Quote, build
from tickets.channels.email.parsing import parse
from tickets.channels.email.quoting import new_words, pieces

KINDS = {"w": "words", "q": "quote", "s": "signature"}


def conversations():
    for file in sorted((Path(__file__).parent / "conversations").glob("*.txt")):
        for block in file.read_text(encoding="utf-8").split("\n# "):
            title, _, body = block.removeprefix("# ").partition("\n")
            lines = [(KINDS[line[0]], line[2:]) for line in body.strip("\n").split("\n")]
            yield pytest.param(lines, id=f"{file.stem}: {title}")


def kinds_of(text):
    """(kind, line) for each line that is not blank."""
    return [
        (piece.kind, line) for piece in pieces(text) for line in piece.text.split("\n") if line.strip("\ufeff").strip()
    ]


@pytest.mark.parametrize("lines", conversations())
def test_each_line_is_what_it_is(lines):
    text = "\n".join(line for _kind, line in lines)

    assert kinds_of(text) == [(kind, line) for kind, line in lines if line.strip()]
    assert "".join(piece.text for piece in pieces(text)) == text


@pytest.mark.parametrize("lines", conversations())
def test_the_same_with_the_line_ends_of_windows(lines):
    text = "\r\n".join(line for _kind, line in lines)

    assert [kind for kind, _line in kinds_of(text)] == [kind for kind, line in lines if line.strip()]


def test_blank_text_has_no_pieces_and_no_words():
    assert pieces("") == []
    assert new_words("") == ""


def test_no_two_neighbours_are_of_one_kind():
    found = pieces("a\n\n> b\n\n> c\nd\n\n\n> e\n")

    assert [piece.kind for piece in found] == ["words", "quote", "words", "quote"]


def test_new_words_leave_the_quotation_and_the_signature():
    above = "Tak.\n\nW dniu 09.03.2026 o 08:12, Aga pisze:\n> Czy działa?\n\n-- \nJan"
    below = "W dniu 09.03.2026 o 08:12, Aga pisze:\n> Czy działa?\n\nTak.\n\n-- \nJan"

    assert new_words(above) == new_words(below) == "Tak."


def test_new_words_keep_the_question_between_two_answers():
    text = "On 9/3/2026 8:12, Aga wrote:\n> First?\n\nYes.\n\n> Second?\n\nNo.\n\n> Regards"

    assert new_words(text) == "On 9/3/2026 8:12, Aga wrote:\n> First?\n\nYes.\n\n> Second?\n\nNo."


def test_new_words_of_a_text_that_only_quotes_are_the_text():
    text = "On 9/3/2026 8:12, Aga wrote:\n> First?"

    assert new_words(text) == text


@pytest.mark.parametrize(
    "introduction", ["W dniu 9 marca 2026 08:12 Jan Kowalski pisze:", "On 9 March 2026, Jan wrote:"]
)
def test_our_own_mail_is_read_as_it_was_made(introduction):
    text = "Proszę spróbować.\n\n-- \nZgłoszenie #12: https://pomoc.example/r/abc"
    quotes = [Quote(introduction, "Nie działa.\n\nOd rana."), Quote(introduction, "Halo?")]

    mail = parse(build(**{**GOOD, "text": text}, quotes=quotes).as_bytes())

    assert [piece.kind for piece in pieces(mail.text)] == ["words", "signature", "quote"]
    assert mail.new_words == "Proszę spróbować."


def test_quotations_in_html_are_known_in_its_text():
    text = html.text_of(
        '<div>Działa, dzięki.</div><div class="gmail_quote"><div>pon., 9 mar 2026 o 08:12 Aga &lt;a@x.example&gt; '
        "napisał(a):<br></div><blockquote><div>Czy działa?</div><div>Aga</div></blockquote></div>"
    )

    assert new_words(text) == "Działa, dzięki."


def test_outlook_in_html():
    text = html.text_of(
        "<p>Działa.</p><hr><div><p><b>Od:</b> Aga &lt;a@x.example&gt;<br><b>Wysłane:</b> 9 marca 2026 08:12<br>"
        "<b>Do:</b> Jan<br><b>Temat:</b> Re: Kasa</p></div><p>Czy działa?</p>"
    )

    assert new_words(text) == "Działa."


def test_words_that_gmail_indents_are_the_writers_own():
    text = html.text_of(
        '<div>Adres:</div><blockquote style="margin:0 0 0 40px;border:none"><div>Lipowa 5</div></blockquote>'
        '<blockquote style="border-left:1px solid #ccc"><div>Jaki adres?</div></blockquote>'
    )

    assert new_words(text) == "Adres:\n\nLipowa 5"


def test_more_pieces_than_any_conversation_has_are_words():
    text = "> a\nb\n" * quoting.MAX_PIECES

    assert [piece.kind for piece in pieces(text)] == ["words"]


LINES = st.sampled_from(
    [
        "", " ", "> a", ">> b", ">", "| c", "-- ", "--", "___", "-----", "słowo", "Tak?", "5 > 4",
        "From: a <a@x.example>",
        "Sent: Monday, 9 March 2026", "To: b", "Subject: c", "Od: x", "Received: y", "-----Original Message-----",
        "---------- Forwarded message ---------", "On Mon, 9 Mar 2026 at 08:00, A <a@x.example> wrote:",
        "On Mon, 9 Mar 2026 at 08:00, A", "<a@x.example> wrote:", "Jan napisał(a):", "Sent from my iPhone",
        "##- Please type your reply above this line -##",
        "Diese E-Mail ist vertraulich und nur für den Empfänger bestimmt.",
    ]
)  # fmt: skip


@given(st.one_of(st.lists(LINES, max_size=25).map("\n".join), st.text()))
def test_nothing_is_ever_cut_and_never_all_of_it_folded(text):
    found = pieces(text)

    assert "".join(piece.text for piece in found) == text
    assert not text.strip() or any(piece.kind == "words" and piece.text.strip() for piece in found)
    assert all(one.kind != other.kind for one, other in pairwise(found))
    assert bool(new_words(text)) == bool(text.strip("\n").rstrip())


@given(st.lists(LINES, max_size=12), st.lists(st.sampled_from(["Tak, proszę", "numer 4711", "x"]), min_size=1))
def test_words_above_everything_and_below_marked_lines_stay_words(lines, own):
    text = "\n".join(
        [*own, "", "On Mon, 9 Mar 2026 at 08:00, A <a@x.example> wrote:", "> b", "", *own, "", "> c", *own]
    )

    assert [line for kind, line in kinds_of(text) if kind == "words"] == own * 3


@pytest.mark.parametrize(
    "line",
    [
        "> a\nb\n", "On Monday Anna wrote:\n> a\nb\n", "On Mon, 9 Mar 2026 at 08:00\n", "From: a\n\n", "From: a\n> b\n",
        "From: a <a@x.example>\nSubject: b\nTo: c\nx\n", "-- \n", "____\n\n", "Sent from my iPhone\n", "\n", "| a\n\n",
        "Diese E-Mail ist vertraulich und nur für den Empfänger bestimmt, so steht es hier.\n\n", "* " * 100 + "\n",
        "---------- Forwarded message ---------\n> a\n", "On " + "a@" * 190 + "\n",
        "(" * 390 + "\n", "On 1 " * 70 + "\n",
    ],
)  # fmt: skip
def test_hostile_lines_without_end(line):
    text = "Hello\n\n" + line * (200_000 // len(line))

    assert "".join(piece.text for piece in pieces(text)) == text


@pytest.mark.parametrize(
    "text", ["> " + "a" * 400_000, "On " * 130_000, "From: " + "a;" * 200_000, "-" * 400_000, "\xa0" * 400_000]
)
def test_one_line_without_end(text):
    assert "".join(piece.text for piece in pieces(text)) == text
