import email
import email.policy
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.channels.email import building
from tickets.channels.email.building import File, Quote, build
from tickets.channels.email.parsing import parse, unflowed

AT = datetime(2026, 3, 9, 7, tzinfo=UTC)
GOOD = {
    "sender_name": "Agnieszka Wrona",
    "sender_address": "shops@bursztyn.example",
    "to_name": "Jan Kowalski",
    "to_address": "jan@sklep.example",
    "subject": "Re: Nie działa",
    "text": "Dzień dobry",
    "message_id": "1@bursztyn.example",
    "at": AT,
}
LINES = st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Cn", "Co"]), max_size=120)
BODIES = st.lists(LINES.filter(lambda line: not line.startswith(">")), max_size=8).map("\n".join)


@given(name=LINES, subject=LINES, text=BODIES, file_name=LINES, content=st.binary(max_size=200))
def test_what_is_built_is_read_back(name, subject, text, file_name, content):
    mail = build(
        **{**GOOD, "sender_name": name, "subject": subject, "text": text},
        attachments=[File(file_name, "application/octet-stream", content)],
        language="pl",
    )

    parsed = parse(mail.as_bytes())

    assert parsed.sender.address == GOOD["sender_address"]
    assert squeezed(parsed.subject) == squeezed(subject)
    assert squeezed(parsed.text) == squeezed(text)
    assert [file.content for file in parsed.attachments] == [content]
    assert parsed.language == "pl"
    assert parsed.message_id == GOOD["message_id"]
    assert parsed.sent_at == AT
    assert parsed.problems == ()


def squeezed(text):
    # The direction marks of bidirectional text are dropped on purpose, no-break and soft characters are kept.
    from tickets.channels.email import headers

    return " ".join(headers._INVISIBLE.sub("", text).split())


HOSTILE = [
    "\n", "\r", "\r\n", "a\r\nBcc: eve@evil.example", "a\nBcc: eve@evil.example", "a\r Bcc: x", "\0", "a\x0bb",
    "a\x0cb", "\x1b[2J", "a\x85b", "a\u2028b", "a\u2029b", "\x7f", "\x1c", "a\r\n\r\n<script>", "a\r\n\tb",
]  # fmt: skip
FIELDS = ["sender_name", "sender_address", "to_name", "to_address", "subject", "message_id", "reply_to", "in_reply_to",
          "language", "instance"]  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE, ids=ascii)
@pytest.mark.parametrize("field", [*FIELDS, "file name"])
def test_control_characters_never_meet_a_header(field, hostile):
    value = f"{GOOD.get(field, 'x')}{hostile}x"
    changes = {"attachments": [File(value, "text/plain", b"")]} if field == "file name" else {field: value}

    with pytest.raises(ValueError, match=r"\w+ .*\."):
        build(**{**GOOD, **changes})


@pytest.mark.parametrize("hostile", HOSTILE, ids=ascii)
def test_hostile_words_in_bodies_and_references_stay_there(hostile):
    mail = build(
        **{**GOOD, "text": f"a{hostile}b"},
        references=["ok@x.example", f"a{hostile}b@x.example"],
        quotes=[Quote(f"On{hostile}:", f"q{hostile}")],
        attachments=[File("a", f"text/plain{hostile}", b"x")],
    )

    again = email.message_from_bytes(mail.as_bytes(), policy=email.policy.default)
    assert sorted(again.keys()) == sorted(
        ["From", "To", "Subject", "Date", "Message-ID", "References", "MIME-Version", "Content-Type"]
    )
    assert again["References"] == "<ok@x.example>"
    assert len(again["To"].addresses) == 1


@pytest.mark.parametrize(
    "address",
    ["", "jan", "jan@", "@x.example", "jan@x.example, eve@x.example", "jan <jan@x.example>", "jan kowalski@x.example",
     "żółć@x.example", "a@b@c.example", '"jan"@x.example'],
)  # fmt: skip
def test_what_is_no_single_address_is_refused(address):
    with pytest.raises(ValueError, match=r"\w+ .*\."):
        build(**{**GOOD, "to_address": address})


def test_domains_with_letters_of_ours_are_translated():
    assert parse(build(**{**GOOD, "to_address": "jan@żółw.example"}).as_bytes()).to[0].domain.startswith("xn--")


def test_long_ids_stay_what_they_are():
    long_id = "a" * 300 + "@x.example"

    mail = build(**{**GOOD, "message_id": long_id}, in_reply_to=long_id, references=["b" * 200 + "@x", long_id])

    raw = mail.as_bytes()
    assert b"=?" not in raw.partition(b"Date:")[2].partition(b"MIME-Version")[0]
    parsed = parse(raw)
    assert parsed.message_id == long_id
    assert parsed.in_reply_to == (long_id,)
    assert parsed.references == ("b" * 200 + "@x", long_id)


def test_references_and_quotes_are_bounded():
    ids = [f"{n}@x.example" for n in range(300)]
    quotes = [Quote(f"Quote {n}:", "word " * 1000) for n in range(20)]

    parsed = parse(build(**GOOD, references=ids, quotes=quotes).as_bytes())

    assert parsed.references == ("0@x.example", *ids[-(building.MAX_REFERENCES - 1) :])
    assert len(parsed.text) < building.MAX_QUOTED * 1.5


def test_the_parts_say_the_same_in_text_and_in_html():
    mail = build(
        **{**GOOD, "text": 'Zobacz https://x.example/?a=1&b=<2> "teraz".\n\nDziękuję\nAga'},
        quotes=[Quote("W dniu 9 marca Jan napisał:", "Nie <b>działa</b>"), Quote("Wcześniej:", "Tak")],
        language="pl",
    )

    raw = mail.as_bytes()
    parsed, html = parse(raw), mail.get_body(("html",)).get_content()
    assert mail.get_content_type() == "multipart/alternative"
    assert parsed.new_words.endswith("Dziękuję\nAga")
    assert "> Nie <b>działa</b>\n>\n> Wcześniej:\n>> Tak" in parsed.text
    assert '<a href="https://x.example/?a=1&amp;b=">https://x.example/?a=1&amp;b=</a>' in html
    assert "Nie &lt;b&gt;działa&lt;/b&gt;" in html
    assert max(map(len, raw.splitlines())) <= 998
    assert raw.isascii()


def test_an_automatic_mail_says_so():
    answer = parse(build(**GOOD, in_reply_to="a@x.example", is_automatic=True).as_bytes())
    notice = parse(build(**GOOD, is_automatic=True).as_bytes())
    letter = parse(build(**GOOD, in_reply_to="a@x.example").as_bytes())

    assert [mail.automation.is_automated for mail in (answer, notice, letter)] == [True, True, False]
    assert letter.automation.may_be_auto_answered


def test_a_time_without_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        build(**{**GOOD, "at": datetime(2026, 3, 9, 7)})


WORDS = st.lists(st.text("ab>ż -", min_size=1, max_size=30), min_size=1, max_size=40).map(" ".join)


@given(lines=st.lists(st.one_of(WORDS, st.just("From here"), st.just("  indented"), st.just("")), max_size=6))
def test_lines_are_76_characters_and_come_back_as_they_were(lines):
    text = "\n".join(line.rstrip(" ") for line in lines).strip("\n")
    mail = build(**{**GOOD, "text": text})

    written = mail.get_body(("plain",)).get_content().split("\n")

    for line in written:
        typed_by_hand = line.startswith(">")
        assert len(line) <= building.WIDTH + 1 or typed_by_hand or " " not in line.strip()
        assert not line.startswith("From ")
    if not any(line.startswith(">") for line in text.split("\n")):
        assert unflowed("\n".join(written)).strip("\n") == text.strip("\n")


def test_links_stay_whole_and_quotes_are_wrapped_behind_their_marks():
    url = "https://desk.example/" + "a" * 100
    mail = build(**{**GOOD, "text": f"See {url} now."}, quotes=[Quote("Jan wrote:", "word " * 40), Quote("Aga:", url)])

    lines = mail.get_body(("plain",)).get_content().split("\n")

    assert f"{url} " in lines
    quoted = [line for line in lines if line.startswith("> word")]
    assert len(quoted) == 3
    assert all(len(line) <= 76 for line in quoted)
    assert [line.endswith(" ") for line in quoted] == [True, True, False]
    assert f">> {url}" in lines


def test_the_page_stands_in_one_column_with_inline_styles_alone():
    mail = build(
        **GOOD,
        signature="Aga\nhttps://bursztyn.example",
        footer=building.Link("Request #1", "https://desk.example/r/1/"),
        quotes=[Quote("Jan wrote:", "Help")],
        language="pl",
    )

    page = mail.get_body(("html",)).get_content()

    assert '<html lang="pl"' in page
    assert '<meta name="color-scheme" content="light dark">' in page
    assert "max-width" in page
    assert '<a href="https://desk.example/r/1/">Request #1</a>' in page
    assert '<blockquote type="cite" class="gmail_quote"' in page
    for forbidden in ("<style", "<script", "<link", "<img", " color:", "background"):
        assert forbidden not in page
