"""Signed and encrypted mail: what is signed is opened and shown, what it is gets a name. No signature is checked.

S/MIME wraps a mail in CMS (RFC 5652, RFC 8551), written in BER. Of that only the way to the wrapped bytes is read here,
from left to right; certificates and signatures behind them are left alone.
"""

import re
import zlib
from dataclasses import dataclass

from tickets.channels.email import traits

MAX_UNPACKED = 64 * 1024 * 1024
_TYPES = {
    b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02": "signed",
    b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03": "encrypted",
    b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x06": "encrypted",
    b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17": "encrypted",  # authEnvelopedData
    b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x09": "compressed",
}
_SEQUENCE, _OID, _OCTETS, _OCTETS_IN_PIECES, _EXPLICIT = 0x30, 0x06, 0x04, 0x24, 0xA0
_MAX_NESTING = 20

_PGP_SIGNED = re.compile(r"^-----BEGIN PGP SIGNED MESSAGE-----[ \t]*$", re.MULTILINE)
_PGP_SIGNATURE = re.compile(r"^-----BEGIN PGP SIGNATURE-----[ \t]*$", re.MULTILINE)
_PGP_ENCRYPTED = re.compile(r"^-----BEGIN PGP MESSAGE-----[ \t]*$", re.MULTILINE)
_PGP_END = re.compile(r"^-----END PGP SIGNATURE-----[ \t]*\n?", re.MULTILINE)


@dataclass(frozen=True)
class Envelope:
    """What a CMS structure is ("signed", "encrypted", "compressed", or "" for none), and the mail in it if it can be
    read."""

    kind: str
    content: bytes | None = None


def is_smime(main: str, sub: str, name: str) -> bool:
    """Whether a part is an S/MIME envelope, by its type or, where a gateway took that away, by its name."""
    if main == "application" and sub in {"pkcs7-mime", "x-pkcs7-mime"}:
        return True
    return (main, sub) == ("application", "octet-stream") and name.lower().endswith((".p7m", ".p7z"))


def opened(data: bytes) -> Envelope:
    """The envelope and what is in it. Broken ones are opened as far as they go; never raises."""
    try:
        return _opened(data)
    except (_NotBer, zlib.error):
        return Envelope("")


def trait_of_multipart(sub: str, protocol: str) -> str:
    """The trait of a multipart/signed or multipart/encrypted (RFC 1847) with this protocol, or ""."""
    is_pgp = "pgp" in protocol.lower()
    if sub == "signed":
        return traits.SIGNED_PGP if is_pgp else traits.SIGNED_SMIME if "pkcs7" in protocol.lower() else ""
    if sub == "encrypted":
        return traits.ENCRYPTED_PGP if is_pgp else traits.ENCRYPTED_SMIME
    return ""


def trait_of_text(text: str) -> str:
    """The trait of a text with PGP armour inside (RFC 9580 §6, §7), or ""."""
    if "-----BEGIN PGP " not in text:
        return ""
    if _PGP_SIGNED.search(text) and _PGP_SIGNATURE.search(text):
        return traits.SIGNED_PGP
    return traits.ENCRYPTED_PGP if _PGP_ENCRYPTED.search(text) else ""


def without_armour(text: str) -> str:
    """A text signed with PGP as its author wrote it: no armour, no dashes put before lines. Words around it stay."""
    begin = _PGP_SIGNED.search(text)
    signature = _PGP_SIGNATURE.search(text, begin.end()) if begin else None
    if not begin or not signature:
        return text
    head, _, words = text[begin.end() : signature.start()].lstrip("\n").partition("\n\n")
    if any(line and not re.match(r"\w+:", line) for line in head.split("\n")):
        words = f"{head}\n\n{words}"  # no armour header at all: the blank line after it was lost
    end = _PGP_END.search(text, signature.end())
    words = re.sub(r"^- ", "", words, flags=re.MULTILINE).strip("\n")
    around = (text[: begin.start()].rstrip(), words, text[end.end() :].strip("\n") if end else "")
    return "\n\n".join(piece for piece in around if piece)


class _NotBer(ValueError):
    pass


def _opened(data: bytes) -> Envelope:
    """ContentInfo ::= SEQUENCE { contentType OID, content [0] EXPLICIT ANY }"""
    start, end = _inside(data, 0, len(data), _SEQUENCE)
    oid, position = _value(data, start, end, _OID)
    kind = _TYPES.get(oid, "")
    if kind not in {"signed", "compressed"}:
        return Envelope(kind)
    start, end = _inside(data, position, end, _EXPLICIT)
    start, end = _inside(data, start, end, _SEQUENCE)
    position = _behind(data, start, end)  # version
    position = _behind(data, position, end)  # digestAlgorithms, or compressionAlgorithm
    start, end = _inside(data, position, end, _SEQUENCE)  # EncapsulatedContentInfo
    _, position = _value(data, start, end, _OID)
    if position >= end or data[position] != _EXPLICIT:
        return Envelope(kind)  # a detached signature, or certificates alone
    start, end = _inside(data, position, end, _EXPLICIT)
    content = _octets(data, start, end)
    return Envelope(kind, _inflated(content) if kind == "compressed" else content)


def _inflated(content: bytes) -> bytes:
    return zlib.decompressobj().decompress(content, MAX_UNPACKED)


def _header(data: bytes, position: int, end: int) -> tuple[int, int, int | None]:
    """Tag, where its value starts, and its length; None when only an end mark tells (BER, streams)."""
    if position + 2 > end:
        raise _NotBer
    tag, first = data[position], data[position + 1]
    if tag & 0x1F == 0x1F:
        raise _NotBer  # no tag of CMS is that high
    if first < 0x80:
        return tag, position + 2, first
    if first == 0x80:
        return tag, position + 2, None
    size = first & 0x7F
    if size > 8 or position + 2 + size > end:
        raise _NotBer
    return tag, position + 2 + size, int.from_bytes(data[position + 2 : position + 2 + size], "big")


def _inside(data: bytes, position: int, end: int, wanted: int) -> tuple[int, int]:
    """Start and end of the value of the element at `position`. One that is cut off, or has no length, ends with what
    holds it: nobody reads behind the wrapped bytes."""
    tag, start, length = _header(data, position, end)
    if tag != wanted:
        raise _NotBer
    return start, end if length is None else min(end, start + length)


def _value(data: bytes, position: int, end: int, wanted: int) -> tuple[bytes, int]:
    tag, start, length = _header(data, position, end)
    if tag != wanted or length is None or start + length > end:
        raise _NotBer
    return data[start : start + length], start + length


def _behind(data: bytes, position: int, end: int) -> int:
    """The position after the whole element at `position`."""
    open_ended = 0
    while True:
        if open_ended and data[position : position + 2] == b"\0\0":
            position, open_ended = position + 2, open_ended - 1
        else:
            _, start, length = _header(data, position, end)
            if length is None:
                position, open_ended = start, open_ended + 1
            else:
                position = start + length
        if open_ended > _MAX_NESTING or position > end:
            raise _NotBer
        if not open_ended:
            return position


def _octets(data: bytes, position: int, end: int) -> bytes:
    """An OCTET STRING, in one piece or, as streams write it, in many pieces that may hold pieces again."""
    pieces: list[bytes] = []
    ends: list[int | None] = []  # of the strings around; None: a mark ends it
    while position < end:
        if ends and ends[-1] is None and data.startswith(b"\0\0", position):
            ends.pop()
            position += 2
        elif ends and ends[-1] is not None and position >= ends[-1]:
            ends.pop()
        else:
            tag, start, length = _header(data, position, end)
            if tag == _OCTETS_IN_PIECES and len(ends) < _MAX_NESTING:
                ends.append(None if length is None else min(end, start + length))
                position = start
            elif tag == _OCTETS and length is not None:
                pieces.append(data[start : min(end, start + length)])
                position = start + length
            else:
                break
        if not ends:
            break
    if not pieces:
        raise _NotBer
    return b"".join(pieces)
