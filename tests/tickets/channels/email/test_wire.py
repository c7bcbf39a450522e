import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.channels.email import wire
from tickets.channels.email.parsing import ParsedMail
from tickets.channels.email.wire import WrongShape


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Inner:
    name: str
    content: bytes


@dataclass(frozen=True)
class Outer:
    number: int
    is_true: bool
    at: datetime | None
    colour: Colour
    inners: tuple[Inner, ...]
    pair: tuple[str, int]
    facts: dict[str, str]
    anything: dict[str, Any] | None


def there_and_back(kind, value):
    here, there = socket.socketpair()
    with here, there:
        blobs = []
        wire.send(here, wire.encoded({"value": wire.packed(value, blobs)}, blobs))
        head, received = wire.receive(there, at_most=1_000_000)
        return wire.unpacked(kind, head["value"], received)


texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
outers = st.builds(
    Outer,
    number=st.integers(),
    is_true=st.booleans(),
    at=st.none() | st.datetimes(timezones=st.just(UTC)),
    colour=st.just(Colour.RED),
    inners=st.lists(st.builds(Inner, name=texts, content=st.binary()), max_size=4).map(tuple),
    pair=st.tuples(texts, st.integers()),
    facts=st.dictionaries(texts, texts, max_size=3),
    anything=st.none() | st.dictionaries(texts, st.lists(texts | st.integers() | st.none(), max_size=3), max_size=3),
)


@given(outers)
def test_what_is_sent_arrives(value):
    assert there_and_back(Outer, value) == value


def test_what_no_database_can_hold_is_taken_out():
    assert there_and_back(str, "a\0b\ud800c") == "a\ufffdb\ufffdc"
    assert there_and_back(dict[str, Any], {"a\0": ["\ud800"]}) == {"a\ufffd": ["\ufffd"]}


GOOD = {
    "number": 1, "is_true": True, "at": None, "colour": "red", "inners": [], "pair": ["a", 1], "facts": {},
    "anything": None,
}  # fmt: skip


@pytest.mark.parametrize(
    "bad",
    [
        {"number": "1"},
        {"number": True},
        {"is_true": 1},
        {"at": "yesterday"},
        {"colour": "blue"},
        {"inners": [{"name": "a"}]},
        {"inners": [{"name": "a", "content": 0}]},
        {"inners": [{"name": "a", "content": "bytes"}]},
        {"inners": {}},
        {"pair": ["a"]},
        {"facts": {"a": 1}},
        {"more": 1},
    ],
)
def test_another_shape_is_refused(bad):
    assert wire.unpacked(Outer, GOOD, []).number == 1
    with pytest.raises(WrongShape):
        wire.unpacked(Outer, GOOD | bad, [])


def test_a_message_larger_than_agreed_is_refused_before_it_is_taken_in():
    here, there = socket.socketpair()
    with here, there:
        here.sendall(b"\xff\xff\xff\xff")
        with pytest.raises(WrongShape):
            wire.receive(there, at_most=1000)
        wire.send(here, wire.encoded({}, [b"x" * 2000]))
        with pytest.raises(WrongShape):
            wire.receive(there, at_most=1000)


def test_a_line_that_closes_ends_the_wait():
    here, there = socket.socketpair()
    with there:
        here.sendall(b"\0\0")
        here.close()
        with pytest.raises(EOFError):
            wire.receive(there, at_most=1000)


def test_a_fingerprint_changes_with_the_fields():
    @dataclass
    class One:
        a: int

    @dataclass
    class Two:
        a: str

    assert len({wire.fingerprint(kind) for kind in (One, Two, Outer, ParsedMail)}) == 4
    assert wire.fingerprint(ParsedMail) == wire.fingerprint(ParsedMail)
