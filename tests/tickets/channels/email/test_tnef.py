"""winmail.dat as Outlook writes it, put together here byte by byte."""

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tickets.channels.email.test_calendar import calendar as an_ics
from tickets.channels.email import calendar, meetings, rtf, tnef, traits
from tickets.channels.email.parsing import parse

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def attribute(level, name, value):
    return bytes([level]) + name.to_bytes(4, "little") + len(value).to_bytes(4, "little") + value + b"\0\0"


def text_property(key, value):
    data = (value + "\0").encode("utf-16-le")
    return _property(0x1F, key, data)


def data_property(key, value, kind=0x102):
    return _property(kind, key, value)


def _property(kind, key, data):
    head = kind.to_bytes(2, "little") + key.to_bytes(2, "little") + (1).to_bytes(4, "little")
    return head + len(data).to_bytes(4, "little") + data + b"\0" * (-len(data) % 4)


def number_property(key, value):
    return (3).to_bytes(2, "little") + key.to_bytes(2, "little") + value.to_bytes(4, "little")


def properties(*each):
    return len(each).to_bytes(4, "little") + b"".join(each)


def file(title, content, *more):
    return (
        attribute(2, 0x00069002, b"\x01\0" + b"\0" * 12)
        + attribute(2, 0x00018010, title.encode("cp1250") + b"\0")
        + (attribute(2, 0x0006800F, content) if content else b"")
        + (attribute(2, 0x00069005, properties(*more)) if more else b"")
    )


def winmail(*files, props=(), body=""):
    raw = tnef.SIGNATURE + b"\x01\0" + attribute(1, 0x00069007, (1250).to_bytes(8, "little"))
    if body:
        raw += attribute(1, 0x0002800C, body.encode("cp1250") + b"\0")
    return raw + (attribute(1, 0x00069003, properties(*props)) if props else b"") + b"".join(files)


def mail(packed, *, kind="application/ms-tnef; name=winmail.dat", text="Words."):
    return (
        (
            "From: a@x.example\nContent-Type: multipart/mixed; boundary=b\n\n"
            f"--b\n\n{text}\n--b\nContent-Type: {kind}\nContent-Transfer-Encoding: base64\n\n"
        ).encode()
        + base64.encodebytes(packed)
        + b"--b--\n"
    )


def test_files_come_with_their_long_names():
    packed = winmail(
        file("UMOWA~1.PDF", b"%PDF-1.4\n", text_property(0x3707, "Umowa – żółta.pdf")), file("żółw.txt", b"text")
    )

    parsed = parse(mail(packed))

    assert [(each.name, each.content_type, each.content) for each in parsed.attachments] == [
        ("Umowa – żółta.pdf", "application/pdf", b"%PDF-1.4\n"),
        ("żółw.txt", "text/plain", b"text"),
    ]
    assert parsed.text == "Words."
    assert parsed.traits == (traits.TNEF,)


@pytest.mark.parametrize("kind", ["application/vnd.ms-tnef", "application/octet-stream; name=WINMAIL.DAT"])
def test_it_is_known_by_its_type_or_its_name(kind):
    assert [each.name for each in parse(mail(winmail(file("a.txt", b"x")), kind=kind)).attachments] == ["a.txt"]


def test_html_and_its_pictures_are_shown_in_place():
    html = '<html><body><p>Zażółć</p><img src="cid:logo@x"></body></html>'
    packed = winmail(
        file("logo.png", PNG, text_property(0x3712, "logo@x"), text_property(0x370E, "image/png")),
        props=(number_property(0x3FDE, 65001), data_property(0x1013, html.encode())),
    )

    parsed = parse(mail(packed, text=""))

    assert parsed.text.startswith("Zażółć")
    assert 'src="cid:logo@x"' in parsed.html
    assert [(each.content_id, each.is_inline, each.content_type) for each in parsed.attachments] == [
        ("logo@x", True, "image/png")
    ]


def test_its_words_count_only_where_the_mail_has_none():
    packed = winmail(file("a.txt", b"x"), body="Treść: żółw")

    assert parse(mail(packed)).text == "Words."
    assert parse(mail(packed, text="")).text == "Treść: żółw"


def test_a_mail_inside_becomes_a_text_and_its_files_stand_beside():
    inner = winmail(
        file("inner.txt", b"inner"), props=(text_property(0x0037, "Oferta"), text_property(0x1000, "Treść"))
    )
    packed = winmail(
        file("x", b"", text_property(0x3001, "x"), data_property(0x3701, tnef._IID_MESSAGE + inner, kind=0x0D))
    )

    files = {each.name: each.content for each in tnef.unpacked(packed).files}

    assert files == {"Oferta.txt": "Treść".encode(), "inner.txt": b"inner"}


def test_names_are_data():
    packed = winmail(file("..\\..\\a\u0000b.exe", b"x"))

    (each,) = parse(mail(packed)).attachments
    assert "\0" not in each.name


@pytest.mark.parametrize("broken", [b"nothing of the kind", winmail(file("a.txt", b"content" * 100))[:-200], b""])
def test_what_cannot_be_unpacked_stays_a_named_file(broken):
    parsed = parse(mail(broken))

    assert [each.name for each in parsed.attachments if each.content == broken] == ["winmail.dat"]
    assert traits.TNEF_UNREADABLE in parsed.traits


@given(st.data())
def test_no_bytes_raise(data):
    raw = bytearray(
        winmail(
            file("a.txt", b"x", text_property(0x3707, "long")),
            props=(text_property(0x0037, "s"), number_property(1, 2)),
        )
    )
    for _ in range(data.draw(st.integers(1, 5))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))

    tnef.unpacked(bytes(raw))


def test_claimed_lengths_cost_nothing():
    many = b"\xff\xff\xff\xff"
    for raw in (
        winmail() + b"\x01\x03\x90\x06\x00" + many,
        winmail() + attribute(1, 0x00069003, many + b"\x02\x11\x37\x00" + many),
        winmail(*(file("a", b"") for _ in range(2_000))),
    ):
        assert len(tnef.unpacked(raw).files) <= tnef.MAX_FILES


# The example of MS-OXRTFCP §4.1.1.
COMPRESSED = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
)


def test_compressed_rtf():
    assert rtf.decompressed(COMPRESSED) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert rtf.words(rtf.decompressed(COMPRESSED)) == ("hello world", False)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (r"{\rtf1\ansi\ansicpg1250 za\'bf\'f3\'b3\'e6\par koniec}", "zażółć\nkoniec"),
        (r"{\rtf1\uc1 \u380?\u243?\u322?w}", "żółw"),
        (r"{\rtf1{\fonttbl{\f0 Arial;}}{\*\generator Msft}a\tab b\line c}", "a\tb\nc"),
        (r"{\rtf1 a\{b\}\\c}", "a{b}\\c"),
        (r"{\rtf1 never closed {\b bold", "never closed bold"),
        (r"}}}{\rtf1", ""),
        ("no rtf", ""),
    ],
)
def test_words_of_rtf(source, words):
    assert rtf.words(source.encode("latin-1")) == (words, False)


def test_html_hidden_in_rtf():
    source = (
        r"{\rtf1\ansi\ansicpg1250\fromhtml1 {\*\htmltag19 <html>}{\*\htmltag64 <p class=x>}\htmlrtf {\b \htmlrtf0 "
        r"za\'bf\'f3\'b3\'e6 < 3\htmlrtf }\par \htmlrtf0 {\*\htmltag72 </p>}}"
    )

    html, is_html = rtf.words(source.encode("latin-1"))

    assert (html, is_html) == ("<html><p class=x>zażółć &lt; 3</p>", True)


@given(
    st.binary(max_size=200)
    | st.text(alphabet="{}\\rtf1uc'*u0 ab-", max_size=200).map(lambda t: ("{\\rtf" + t).encode())
)
def test_any_rtf_is_read(raw):
    rtf.words(raw)
    rtf.decompressed(COMPRESSED[:16] + raw)


APPOINTMENT, MEETING = "0220060000000000c000000000000046", "90dad86e0b451b1098da00aa003f1305"


def named(of, number, one):
    """A property of a set: `one` under the number it has there."""
    name = bytes.fromhex(of) + b"\0" * 4 + number.to_bytes(4, "little")
    return one[:2] + (0x8000).to_bytes(2, "little") + name + one[4:]


def moment_property(key, when):
    ticks = int((when - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()) * 10_000_000
    return (0x40).to_bytes(2, "little") + key.to_bytes(2, "little") + ticks.to_bytes(8, "little")


STARTS, ENDS = datetime(2026, 3, 12, 9, tzinfo=UTC), datetime(2026, 3, 12, 10, 30, tzinfo=UTC)


def meeting(message_class="IPM.Schedule.Meeting.Request"):
    return winmail(
        props=[
            text_property(0x001A, message_class),
            text_property(0x0037, "Przegląd płatności"),
            text_property(0x0042, "Halina Dębska"),
            text_property(0x5D02, "halina@sklep.example"),
            named(APPOINTMENT, 0x820D, moment_property(0, STARTS)),
            named(APPOINTMENT, 0x820E, moment_property(0, ENDS)),
            named(APPOINTMENT, 0x8208, text_property(0, "Sala 3")),
            named(MEETING, 0x0003, data_property(0, b"\x04\x00\x82")),
        ],
        body="Zapraszam.",
    )


def test_a_meeting_is_an_invitation():
    found = parse(mail(meeting())).invitation

    assert found["method"] == "request"
    assert found["summary"] == "Przegląd płatności"
    assert (found["starts"], found["ends"]) == ("2026-03-12T09:00Z", "2026-03-12T10:30Z")
    assert found["location"] == "Sala 3"
    assert found["organiser"] == {"name": "Halina Dębska", "address": "halina@sklep.example"}
    assert found["uid"] == "040082"
    assert found.keys() == calendar.read_invitation(an_ics("SUMMARY:a\nDTSTART:20260312T090000Z")).keys()


@pytest.mark.parametrize(("ending", "answer"), [("Pos", "accepted"), ("Neg", "declined"), ("Tent", "tentative")])
def test_an_answer_to_a_meeting_says_which(ending, answer):
    found = parse(mail(meeting(f"IPM.Schedule.Meeting.Resp.{ending}"))).invitation

    assert (found["method"], found["organiser"]) == ("reply", None)
    assert [(person["name"], person["answer"]) for person in found["people"]] == [("Halina Dębska", answer)]


@given(st.binary(max_size=8), st.sampled_from(["IPM.Schedule.Meeting.Request", "IPM.Note"]))
def test_any_moment_is_read_or_there_is_no_invitation(moment, message_class):
    found = meetings.read_meeting(message_class, {0x0060: moment, 0x0061: moment[::-1]}, lambda value: "")

    assert found is None or (message_class != "IPM.Note" and found["starts"].endswith("Z"))
