"""Bytes of files without what speaks for one person: tokens of mail and signed links are crossed out, in place.

No byte moves, so that what counts bytes (DER, MIME) still fits, and a file that holds no token is the same to the last
bit. Base64 is looked into, as deep as mails usually hold mails. It is done while somebody waits, in pieces that let
other threads work, and only for so much processor.
"""

import binascii
import re
import time
from collections.abc import Iterator

from tickets import signed_links
from tickets.channels.email import identity

CPU_S = 2.0
"""For one file: far more than an ordinary one of the largest size takes."""
MAX_DEPTH = 3
_PIECE = 1024 * 1024
_LONGEST = 4096
"""A token, with its line broken at each letter."""
_LINES_OF_BASE64 = re.compile(rb"(?:^[> ]{0,20}+[A-Za-z0-9+/]{4,}+={0,2}[ ]{0,3}+\r?(?:\n|\Z))++", re.MULTILINE)
_CODE = re.compile(rb"[A-Za-z0-9+/]+")
_X = bytes(ord("x") if chr(code).isalnum() and code < 128 else code for code in range(256))
_SHAPES = [
    *((tuple(mark.encode() for mark in marks), re.compile(shape.encode())) for marks, shape in identity.SECRETS),
    (tuple(mark.encode() for mark in signed_links.MARKS), re.compile(signed_links.SECRET.encode(), re.IGNORECASE)),
]


class TooCostly(Exception):
    """The file takes more than `CPU_S` of processor."""


def masked(data: bytes) -> bytes:
    """``data`` with an "x" for each letter of a token that it holds, in plain, in UTF-16 or in base64.

    Raises `TooCostly`.
    """
    return _masked(data, 0, time.thread_time() + CPU_S)


def _masked(data: bytes, depth: int, until: float) -> bytes:
    found = bytearray(data)
    _cross_out(found, data, until)
    if b"\0" in data[:4096]:
        for parity in (0, 1):  # each letter has a zero before or behind it
            half = bytearray(data[parity::2])
            _cross_out(half, bytes(half), until)
            found[parity::2] = half
    if depth < MAX_DEPTH and not _is_binary(data):
        _look_into_base64(found, depth, until)
    return bytes(found)


def _cross_out(found: bytearray, data: bytes, until: float) -> None:
    for marks, shape in _SHAPES:
        if any(mark[:1] in data and mark in data for mark in marks):  # one letter is looked for ten times as fast
            for start, end in _spans(shape, data, until):
                found[start:end] = found[start:end].translate(_X)


def _spans(shape: re.Pattern[bytes], data: bytes, until: float) -> Iterator[tuple[int, int]]:
    for start in range(0, len(data), _PIECE):
        _keep_to(until)
        for place in shape.finditer(data, start, start + _PIECE + _LONGEST):
            yield place.span(place.lastindex or 0)


def _keep_to(until: float) -> None:
    if time.thread_time() > until:
        raise TooCostly


def _is_binary(data: bytes) -> bool:
    """A picture, a document, an archive; not the envelope of a signed mail, which begins with a sequence in DER."""
    return data.startswith(b"%PDF") or (b"\0" in data[:4096] and not data.startswith(b"\x30"))


def _look_into_base64(found: bytearray, depth: int, until: float) -> None:
    data = bytes(found)
    for lines in _LINES_OF_BASE64.finditer(data):
        _keep_to(until)
        code = lines[0].translate(None, b"> \r\n")
        fresh = _CODE.sub(lambda run: _masked_base64(run[0], depth, until), code)
        if fresh != code:
            _put(found, lines, fresh.replace(b"=", b""))


def _masked_base64(code: bytes, depth: int, until: float) -> bytes:
    """One run without padding. A rest that makes no byte is left as it is."""
    if _is_binary(binascii.a2b_base64(code[: min(len(code), 4096) // 4 * 4])):
        return code
    whole = code[:-1] if len(code) % 4 == 1 else code
    plain = binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))
    fresh = _masked(plain, depth + 1, until)
    if fresh == plain:
        return code
    return binascii.b2a_base64(fresh, newline=False).rstrip(b"=") + code[len(whole) :]


def _put(found: bytearray, lines: re.Match[bytes], code: bytes) -> None:
    """The letters of `code` where those of the lines stood."""
    place = 0
    for piece in _CODE.finditer(lines[0]):
        start, size = lines.start() + piece.start(), len(piece[0])
        found[start : start + size] = code[place : place + size]
        place += size
