"""What Outlook packs into winmail.dat (MS-OXTNEF): the mail's words and its files, with their names.

Read by hand: the libraries for it have had no release in years and trust the lengths that the file claims. Every read
here is bounded by the bytes there are, and each byte is visited once.
"""

from dataclasses import dataclass, field
from typing import Any

from tickets.channels.email import meetings, rtf
from tickets.channels.email.charsets import decode
from tickets.channels.email.meetings import Key

SIGNATURE = b"\x78\x9f\x3e\x22"
MAX_FILES = 500
_MAX_DEPTH = 5
_MAX_PROPERTIES = 2_000

# Attributes: the low word of the id, since the high one only says the type.
_CODEPAGE, _CLASS, _BODY, _MESSAGE_PROPERTIES = 0x9007, 0x8008, 0x800C, 0x9003
_NEW_FILE, _FILE_TITLE, _FILE_DATA, _FILE_PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005

# MAPI properties.
_PR_CLASS, _PR_SUBJECT, _PR_BODY, _PR_RTF, _PR_HTML, _PR_CODEPAGE = (
    0x001A, 0x0037, 0x1000, 0x1009, 0x1013, 0x3FDE,
)  # fmt: skip
_PR_NAME, _PR_DATA, _PR_FILE_NAME, _PR_LONG_NAME, _PR_TYPE, _PR_CONTENT_ID = (
    0x3001, 0x3701, 0x3704, 0x3707, 0x370E, 0x3712,
)  # fmt: skip

_FIXED = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_STRING, _UNICODE, _OBJECT, _BINARY = 0x1E, 0x1F, 0x0D, 0x102
_IID_MESSAGE = bytes.fromhex("0703020000000000c000000000000046")
_IID_STORAGE = bytes.fromhex("0b00000000000000c000000000000046")


@dataclass
class Packed:
    """One file of a winmail.dat."""

    name: str = ""
    content: bytes = field(default=b"", repr=False)
    content_type: str = ""
    content_id: str = ""


@dataclass
class Unpacked:
    """What was in it. `is_whole` is False when it ended before its last piece, or held something unknown."""

    subject: str = ""
    text: str = ""
    html: str = ""
    files: list[Packed] = field(default_factory=list)
    is_whole: bool = True
    invitation: dict[str, Any] | None = None
    """The meeting that it plans, as `calendar.read_invitation` says it."""


class _CutOff(ValueError):
    pass


def is_tnef(main: str, sub: str, content: bytes) -> bool:
    return content.startswith(SIGNATURE) or (main, sub) in {
        ("application", "ms-tnef"),
        ("application", "vnd.ms-tnef"),
    }


def unpacked(data: bytes) -> Unpacked:
    """Everything that can be read of a winmail.dat; nothing at all, not whole, for what is none. Never raises."""
    found = Unpacked()
    _unpack(data, found, depth=0)
    return found


def _unpack(data: bytes, found: Unpacked, *, depth: int) -> None:
    if not data.startswith(SIGNATURE):
        found.is_whole = False
        return
    codec, file = "cp1252", None
    reader = _Bytes(data, 6)
    properties: dict[Key, bytes] = {}
    body = message_class = b""
    try:
        while reader.left():
            reader.number(1)  # of the message, or of a file: the ids say it too
            attribute = reader.number(4) & 0xFFFF
            value = reader.take(reader.number(4))
            reader.skip(2)  # a checksum, often wrong
            if attribute == _CODEPAGE:
                codec = f"cp{int.from_bytes(value[:4], 'little')}"
            elif attribute == _CLASS:
                message_class = value
            elif attribute == _BODY:
                body = value
            elif attribute == _MESSAGE_PROPERTIES:
                properties = _properties(value, found)
            elif attribute == _NEW_FILE:
                file = Packed()
                if len(found.files) >= MAX_FILES:
                    found.is_whole = False
                    break
                found.files.append(file)
            elif file and attribute == _FILE_TITLE:
                file.name = file.name or _string(value, codec)
            elif file and attribute == _FILE_DATA:
                file.content = value
            elif file and attribute == _FILE_PROPERTIES:
                _take_file_properties(file, _properties(value, found), codec, found, depth=depth)
    except _CutOff:
        found.is_whole = False
    _take_words(found, properties, body, codec)
    if not depth:
        said = _string(properties.get(_PR_CLASS) or message_class, codec)
        found.invitation = meetings.read_meeting(said, properties, lambda value: _string(value, codec))
        found.files = [each for each in found.files if each.content or each.name]


def _take_words(found: Unpacked, properties: dict[Key, bytes], body: bytes, codec: str) -> None:
    found.subject = found.subject or _string(properties.get(_PR_SUBJECT, b""), codec)
    if html := properties.get(_PR_HTML):
        codepage = int.from_bytes(properties.get(_PR_CODEPAGE, b"")[:4], "little")
        label = "utf-8" if codepage == 65001 else f"cp{codepage}" if codepage else ""
        found.html = html.decode("utf-16-le", "replace") if b"<\0" in html[:20] else decode(html, label)[0]
    if text := properties.get(_PR_BODY) or body:
        found.text = _string(text, codec)
    if (packed := properties.get(_PR_RTF)) and not (found.html or found.text):
        words, is_html = rtf.words(rtf.decompressed(packed))
        found.html, found.text = (words, "") if is_html else ("", words)


def _take_file_properties(
    file: Packed, properties: dict[Key, bytes], codec: str, found: Unpacked, *, depth: int
) -> None:
    for key in (_PR_LONG_NAME, _PR_FILE_NAME, _PR_NAME):
        if name := _string(properties.get(key, b""), codec):
            file.name = name
            break
    file.content_type = _string(properties.get(_PR_TYPE, b""), codec)
    file.content_id = _string(properties.get(_PR_CONTENT_ID, b""), codec).strip("<>")
    data = properties.get(_PR_DATA, b"")
    if data.startswith(_IID_MESSAGE) and depth < _MAX_DEPTH:
        _take_inner(file, data[16:], found, depth=depth)
    elif data:
        file.content = data.removeprefix(_IID_STORAGE)


def _take_inner(file: Packed, data: bytes, found: Unpacked, *, depth: int) -> None:
    """A mail attached to the mail: its words become a text file, its files stand beside those of the outer one."""
    inner = Unpacked()
    _unpack(data, inner, depth=depth + 1)
    words = inner.html or inner.text
    if not words and not inner.files:
        file.content, file.content_type = data, "application/ms-tnef"  # a contact, a list: nothing that we could show
        return
    file.name = f"{inner.subject or file.name or 'message'}.{'html' if inner.html else 'txt'}"
    file.content = words.encode("utf-8", "replace")
    file.content_type = "text/html" if inner.html else "text/plain"
    found.files.extend(inner.files[: MAX_FILES - len(found.files)])
    found.is_whole = found.is_whole and inner.is_whole


class _Bytes:
    """A position in bytes that raises instead of reading behind their end."""

    def __init__(self, data: bytes, position: int = 0) -> None:
        self.data, self.position = data, position

    def left(self) -> bool:
        return self.position < len(self.data)

    def take(self, size: int) -> bytes:
        start, self.position = self.position, self.position + size
        if self.position > len(self.data):
            raise _CutOff
        return self.data[start : self.position]

    def skip(self, size: int) -> None:
        self.position += size

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "little")

    def padded(self, size: int) -> bytes:
        value = self.take(size)
        self.skip(-size % 4)
        return value


def _properties(data: bytes, found: Unpacked) -> dict[Key, bytes]:
    """MAPI properties by their id, those of a set by the set and their number in it. Strings as bytes, with a mark in
    front of those in UTF-16."""
    reader = _Bytes(data)
    properties: dict[Key, bytes] = {}
    try:
        for _ in range(min(reader.number(4), _MAX_PROPERTIES)):
            kind, key = reader.number(2), _key(reader)
            base, is_many = kind & ~0x1000, bool(kind & 0x1000)
            if base in _FIXED:
                value = b"".join(reader.take(_FIXED[base]) for _ in range(reader.number(4) if is_many else 1))
            elif base in {_STRING, _UNICODE, _OBJECT, _BINARY}:
                values = [reader.padded(reader.number(4)) for _ in range(reader.number(4))]
                value = values[0] if values else b""
                if base == _UNICODE:
                    value = b"\xff\xfe" + value
            elif base in {0, 1}:
                continue
            else:
                raise _CutOff
            if key is not None:
                properties.setdefault(key, value)
    except _CutOff:
        found.is_whole = False
    return properties


def _key(reader: _Bytes) -> Key | None:
    """What a property is known by; None for one that has letters for a name, which nothing here asks for."""
    number = reader.number(2)
    if number < 0x8000:
        return number
    of = reader.take(16)
    if reader.number(4) == 0:
        return of, reader.number(4)
    reader.padded(reader.number(4))
    return None


def _string(value: bytes, codec: str) -> str:
    if value.startswith(b"\xff\xfe"):
        return value[2:].decode("utf-16-le", "replace").rstrip("\0")
    return decode(value.rstrip(b"\0"), codec)[0]
