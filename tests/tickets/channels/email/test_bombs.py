"""Mails that were made to cost much, and mutations of ordinary ones: none is lost, none stops the mails beside it."""

import random
import re
import resource
import threading

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tickets.channels.email import ordinary
from tests.tickets.channels.email.bombs import BOMBS
from tickets.channels.email import bounds, parsing, reading, receiving
from tickets.channels.email.bounds import OverBound
from tickets.channels.email.reading import Unreadable
from tickets.models import InboundMessage, Message, Ticket

State = InboundMessage.State
MAILS = list(ordinary.mails())
# Beyond a bound, or (the last) more letters than fit into the memory of a child.
QUARANTINED = {
    "header_without_end": "The headers of the mail are longer than 256 KB.",
    "many_addresses": "The mail names more than 200 addresses.",
    "many_headers": "The headers of the mail are longer than 256 KB.",
    "nested_multiparts": "The mail nests more than 50 levels deep.",
    "one_long_header": "The headers of the mail are longer than 256 KB.",
    "parts_with_large_headers": "The headers of the mail are longer than 1024 KB.",
    "repeated_headers": "The mail names more than 200 addresses.",
    "rfc_2231_parameters": "The header Content-Type of the mail is longer than 8 KB.",
    "tiny_parts": "The mail has more than 500 parts.",
    "large_html": "Reading the mail needed more than 512 MB of memory. It is kept as it came.",
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_read_or_refused_with_its_reason(name):
    """None runs into the limit of 10 s of processor: what a sender can write is read in time that grows with its
    length alone, and that limit is for what nobody thought of."""
    if name in QUARANTINED:
        with pytest.raises(Unreadable) as refusal:
            reading.read(BOMBS[name]())
        assert (str(refusal.value), refusal.value.sender) == (QUARANTINED[name], "eve@bombs.example")
    else:
        assert reading.read(BOMBS[name]()).message_id == f"{name}@bombs.example"


SLIGHT = [name for name in BOMBS if not name.startswith(("large_", "parts_of_", "html_parts"))]


def different(mails):
    """Some of the ordinary mails say the same in different charsets, under one Message-ID: copies."""
    for number, mail in enumerate(mails):
        yield re.sub(rb"(?i)(Message-ID: <)", rb"\g<1>%d." % number, mail.raw)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.django_db(transaction=True)
def test_bombs_among_a_hundred_good_mails(committed_desk, clock):
    """Two workers, as in production, take what two mailboxes brought: a bomb after every second good mail."""
    at = clock.now
    good = [receiving.store(raw, mailbox=None, at=at)[0].pk for raw in different(MAILS[:100])]
    bombs = [receiving.store(BOMBS[name](), mailbox=None, at=at)[0].pk for name in SLIGHT]
    order = [*good, *bombs]
    random.Random(3).shuffle(order)

    def work():
        try:
            for row in order:
                receiving.process(row, at=at)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    states = dict(InboundMessage.objects.values_list("pk", "state"))
    assert len(states) == 100 + len(SLIGHT)
    assert {states[pk] for pk in good} == {State.ACCEPTED}
    reasons = dict(InboundMessage.objects.filter(state=State.QUARANTINED).values_list("pk", "reason"))
    assert sorted(reasons.values()) == sorted(QUARANTINED[name] for name in SLIGHT if name in QUARANTINED)
    assert Ticket.objects.count() == Message.objects.count() == len(states) - len(reasons)
    assert set(InboundMessage.objects.values_list("attempts", flat=True)) == {1}


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (b"Subject: " + b"a" * bounds.MAX_HEADER, None),
        (b"Subject: " + b"a" * (bounds.MAX_HEADER + 1), "The header Subject of the mail is longer than 8 KB."),
        (b"Subject: " + b"a\n " * bounds.MAX_HEADER, "The header Subject of the mail is longer than 8 KB."),
        # What honest mail has, and nobody here reads beyond its bound.
        (b"Autocrypt: addr=a@x.example; keydata=" + b"QUJD" * 10_000, None),
        (b"References: " + b"\n ".join(b"<%d@x.example>" % n for n in range(900)), None),
        (b"To: " + b",\n ".join(b'"Somebody with a name" <somebody-%d@x.example>' % n for n in range(200)), None),
        (b"To: " + b", ".join(b"s-%d@x.example" % n for n in range(201)), "The mail names more than 200 addresses."),
        (b"To: " + b"t@x.example," * 100 + b"\nCc: " + b"c@x.example," * 101, "more than 200 addresses"),
        (b"To: " + b"a" * 65_600, "The header To of the mail is longer than 64 KB."),
        (b"X-Block: " + b"a" * (bounds.MAX_HEADER_BLOCK - 100), None),
        (b"X-Block: " + b"a" * bounds.MAX_HEADER_BLOCK, "The headers of the mail are longer than 256 KB."),
    ],
    ids=range(11),
)  # fmt: skip
def test_bounds_of_headers(header, reason):
    raw = b"From: a@x.example\n" + header + b"\n\nwords\n"

    if reason is None:
        assert reading.read(raw).text == "words"
    else:
        with pytest.raises(Unreadable) as refusal:
            reading.read(raw)
        assert reason in str(refusal.value)


def test_the_newest_of_very_many_references_count():
    ids = [f"{number}@x.example" for number in range(2_000)]
    raw = "From: a@x.example\nReferences: " + "\n ".join(f"<{one}>" for one in ids) + "\n\nwords\n"

    assert reading.read(raw.encode()).thread_ids[0] == ids[-1]


ODD_BYTES = [
    b"\n", b"\r", b"\n\n", b"\0", b"\xff\xfe", b'"', b"(", b"=?", b"?=", b"--", b";", b"boundary=", b"<",
    b"\x1b$B", b"%%", b"=", b"charset=utf-16\n", b"\nFrom: ", b"\nContent-Type: multipart/mixed; boundary=0\n",
    b"\nContent-Transfer-Encoding: base64\n",
]  # fmt: skip


@st.composite
def mutations(draw):
    """An ordinary mail or a small bomb, cut, doubled, swapped and overwritten in some places."""
    raw = bytearray(draw(st.sampled_from(MAILS)).raw)
    for _ in range(draw(st.integers(1, 6))):
        at, length = draw(st.integers(0, len(raw))), draw(st.integers(0, 60))
        piece = bytes(raw[at : at + length])
        raw[at : at + length] = draw(
            st.sampled_from([b"", piece * 2, piece[::-1], piece.upper(), *ODD_BYTES])
            | st.binary(max_size=20)
        )  # fmt: skip
    return bytes(raw)


@given(mutations())
@settings(max_examples=400)
def test_a_mutated_mail_is_read_or_is_over_a_bound(raw):
    try:
        mail = parsing.parse(raw)
    except OverBound:
        return
    assert reading.read(raw).text == mail.text.replace("\0", "\ufffd")


@pytest.mark.django_db
@given(st.lists(mutations(), min_size=1, max_size=4))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_mutated_mail_is_lost(desk, receive, raws):
    before = InboundMessage.objects.count()
    known = {bytes(raw) for raw in InboundMessage.objects.values_list("raw", flat=True)}

    rows = [receive(raw) for raw in raws]

    assert InboundMessage.objects.count() == before + len(set(raws) - known)
    assert {row.state for row in rows} <= {State.ACCEPTED, State.DUPLICATE, State.QUARANTINED}
    assert all(row.reason for row in rows if row.state == State.QUARANTINED)
    assert all(row.ticket for row in rows if row.state == State.ACCEPTED)


def test_the_process_that_asks_needs_no_more_memory_than_the_mail():
    """What a mail blows up to stays in the child."""
    reading.read(BOMBS["nested_html"]())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    for name in ("html_parts", "parts_with_large_headers", "header_without_end"):
        try:
            reading.read(BOMBS[name]())
        except Unreadable:
            pass

    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert grown < 64 * 1024 * 1024
