"""The structure of a mail (RFC 2045, 2046): header lines and a tree of parts, each with its exact bytes.

Why not the standard library's parser: it re-creates the bytes of nested messages instead of keeping them, walks
nested parts by recursion and decodes headers in time that a sender can choose. Here everything is a slice of what
came in, every loop is linear in it, and `bounds` stops the rest. `test_mime.py` holds both parsers against
each other.
"""

import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tickets.channels.email.bounds import (
    MAX_DEPTH,
    MAX_HEADER,
    MAX_HEADER_BLOCK,
    MAX_HEADER_BLOCKS,
    MAX_PARTS,
    Bound,
    OverBound,
    check_header,
)
from tickets.channels.email.headers import ContentType, content_type, unfolded

MAX_FOOTER = 16 * 1024
MAX_PADDING = 10_000

NO_BOUNDARY = "a multipart without its boundary"
NO_LAST_BOUNDARY = "a multipart without its last boundary"

_HEADER = re.compile(rb"([!-9;-~]+)[ \t]*:[ \t]*")
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n|\Z)")
# Behind the end mark a scanner or a page may have left something: no boundary goes on with such a letter.
_DELIMITER_END = re.compile(rb"(?:(--)(?:[^\w'()+,\-./:=?\s][^\r\n]*)?)?[ \t]*(?=\r|\n|\Z)")
_LAST_DELIMITER = re.compile(rb"^--([^\r\n]{1,200}?)--[ \t]*\r?$", re.MULTILINE)
_FIRST_DELIMITER = re.compile(rb"^--([^\r\n]{1,200}?)[ \t]*\r?\n[Cc]ontent-", re.MULTILINE)
_NOT_CODED = re.compile(rb"[^A-Za-z0-9+/=]")
_BASE64_RUN = re.compile(rb"([A-Za-z0-9+/]+)=*")
_FOOTER = re.compile(rb"=[ \t]*\r?\n\s{0,100}(?=[A-Za-z0-9+/= \t]{0,200}[^A-Za-z0-9+/=\s])")
_UU_BEGIN = re.compile(rb"^begin [0-7]{3,4} [^\r\n]*\r?\n", re.MULTILINE)


@dataclass
class Part:
    """One node. `headers` hold raw values, still folded; `body` is what stands after the blank line, still encoded."""

    headers: list[tuple[str, bytes]]
    body: bytes
    type: ContentType
    depth: int = 0
    children: list["Part"] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def header(self, name: str) -> bytes:
        """The first value of that name, raw; empty when there is none."""
        return next((value for key, value in self.headers if key == name), b"")

    def all(self, name: str) -> list[bytes]:
        return [value for key, value in self.headers if key == name]

    @property
    def is_multipart(self) -> bool:
        return bool(self.children)

    def content(self) -> bytes:
        """The body without its transfer encoding. What is broken is decoded as far as it goes."""
        return _decoded(self.body, self.header("content-transfer-encoding"))

    def walk(self) -> Iterator["Part"]:
        """This part and all below, in the order of the mail, without recursion."""
        stack = [self]
        while stack:
            part = stack.pop()
            yield part
            stack.extend(reversed(part.children))


def parse_structure(raw: bytes) -> Part:
    """The tree of a raw mail. Raises `OverBound`; anything else that is broken is noted in `Part.problems`."""
    root = _part(raw, default="text/plain", depth=0)
    count = 1
    header_bytes = len(raw) - len(root.body)
    queue = [root]
    while queue:
        part = queue.pop()
        if part.type.main != "multipart":
            continue
        slices = _slices(part)
        if not slices:
            # Nothing to split by: what is there is shown as the text it probably is.
            part.type = ContentType("text", "plain", part.type.params)
            continue
        if part.depth + 1 > MAX_DEPTH:
            raise OverBound(Bound.DEPTH, limit=MAX_DEPTH)
        default = "message/rfc822" if part.type.sub == "digest" else "text/plain"
        for piece in slices:
            count += 1
            if count > MAX_PARTS:
                raise OverBound(Bound.PARTS, limit=MAX_PARTS)
            child = _part(piece, default=default, depth=part.depth + 1)
            if (header_bytes := header_bytes + len(piece) - len(child.body)) > MAX_HEADER_BLOCKS:
                raise OverBound(Bound.HEADER_BLOCK, limit=MAX_HEADER_BLOCKS)
            part.children.append(child)
        part.body = b""  # its parts hold every byte of it; fifty levels of copies would not fit into memory
        queue.extend(part.children)
    return root


def _part(raw: bytes, *, default: str, depth: int) -> Part:
    headers, body, problems = split_headers(raw)
    for name, value in headers:
        if len(value) > MAX_HEADER:
            check_header(name, len(unfolded(value)))
    value = next((value for key, value in headers if key == "content-type"), b"")
    part = Part(headers=headers, body=body, type=content_type(value, default=default), depth=depth)
    part.problems.extend(problems)
    return part


def split_headers(raw: bytes) -> tuple[list[tuple[str, bytes]], bytes, list[str]]:
    """Header lines (names in lower case, values raw and folded), the body, and what was odd about them.

    Raises `OverBound` for more than `MAX_HEADER_BLOCK` bytes of header.
    """
    headers: list[tuple[str, list[bytes]]] = []
    problems: list[str] = []
    position = 0
    while position < len(raw):
        match = _LINE.match(raw, position)
        assert match is not None  # the pattern matches the empty string
        line, start, position = match.group(), position, match.end()
        text = line.rstrip(b"\r\n")
        if not text:
            return _whole(headers), raw[position:], problems
        if text[:1] in b" \t" and headers:
            if not text.strip() and _starts_body(raw, position):
                return _whole(headers), raw[position:], [*problems, "a blank line of spaces ends the header"]
            headers[-1][1].append(text)
        elif name := _HEADER.match(text if headers else text.lstrip()):
            text = text if headers else text.lstrip()  # a first line that is folded continues nothing
            headers.append((name.group(1).decode("ascii").lower(), [text[name.end() :]]))
        elif text.startswith((b"From ", b">From ")):
            pass  # the envelope line of an mbox
        elif headers and not text.startswith(b"--") and not _starts_body(raw, position):
            problems.append("a line in the header is no header")
            headers[-1][1].append(b" " + text)
        else:
            return _whole(headers), raw[start:], [*problems, "the blank line after the header is missing"]
        if position > MAX_HEADER_BLOCK:
            raise OverBound(Bound.HEADER_BLOCK, limit=MAX_HEADER_BLOCK)
    return _whole(headers), b"", problems


def _whole(headers: list[tuple[str, list[bytes]]]) -> list[tuple[str, bytes]]:
    """Continuation lines are joined at the end: joined one by one, each would copy all lines before it."""
    return [(name, b"\n".join(lines)) for name, lines in headers]


def _starts_body(raw: bytes, position: int) -> bool:
    """Whether the line at `position` is no header either: then the line before it belonged to the body."""
    match = _LINE.match(raw, position)
    line = match.group().rstrip(b"\r\n") if match else b""
    return not _HEADER.match(line)


def _slices(part: Part) -> list[bytes]:
    boundary = part.type.params.get("boundary", "")
    slices, is_closed = _split(part.body, boundary) if boundary else ([], False)
    if not slices:
        part.problems.append(NO_BOUNDARY)
        # A mail server or a hand rewrote the header line: the boundary is what the delimiters in the body say.
        guesses = _LAST_DELIMITER.findall(part.body[-65536:]) or _FIRST_DELIMITER.findall(part.body[:65536])[:1]
        if guesses:
            slices, is_closed = _split(part.body, guesses[-1].decode("utf-8", "surrogateescape"))
    if slices and not is_closed:
        part.problems.append(NO_LAST_BOUNDARY)
    return slices


def _split(body: bytes, boundary: str) -> tuple[list[bytes], bool]:
    """The parts between the delimiter lines, without preamble and epilogue, and whether the last has its end."""
    mark = b"--" + boundary.encode("utf-8", "surrogateescape")
    pieces: list[bytes] = []
    start: int | None = None
    position = 0
    while (found := body.find(mark, position)) >= 0:
        position = found + len(mark)
        ending = _DELIMITER_END.match(body, position)
        if ending is None or (found and body[found - 1] not in b"\r\n"):
            continue
        if start is not None:
            before = found - (2 if body.startswith(b"\r\n", max(0, found - 2)) else 1)
            pieces.append(body[start : max(start, before)])
        start = None
        position = ending.end()
        if ending.group(1):
            # Usually the end. But a part that uses the boundary of its parent over again ends with this line too, and
            # what the parent still holds behind it must not be lost.
            continue
        start = position + (2 if body.startswith(b"\r\n", position) else 1)
    if start is not None and (start < len(body) or not pieces):
        pieces.append(body[start:])
    return pieces, start is None


def _decoded(body: bytes, encoding: bytes) -> bytes:
    name = encoding.split(b";", 1)[0].split(b"(", 1)[0]
    name = re.sub(rb"[^a-z0-9]", b"", name.lower())  # "Quoted Printable", "'base64'" and their like
    if name == b"base64":
        return _base64(body)
    if name == b"quotedprintable":
        return quopri.decodestring(body)
    if name in {b"xuuencode", b"uuencode", b"uue", b"xuue"}:
        return _uudecoded(body)
    return body


def _base64(body: bytes) -> bytes:
    """Also several padded runs in a row, missing padding, and stray characters between: all seen in real mail. Words
    that follow the padding (a list's footer, a scanner's note) are no base64, and neither are words from the start."""
    if _is_prose(body[:2000]):
        return body
    if footer := _FOOTER.search(body, max(0, len(body) - MAX_FOOTER)):
        body = body[: footer.start() + 1]
    body = _NOT_CODED.sub(b"", body)
    if body.count(b"=") > MAX_PADDING:
        body = body.replace(b"=", b"")
    runs = []
    for run in _BASE64_RUN.findall(body):
        usable = run[: len(run) - 1] if len(run) % 4 == 1 else run
        runs.append(binascii.a2b_base64(usable + b"=" * (-len(usable) % 4)))
    return b"".join(runs)


def _is_prose(body: bytes) -> bool:
    """Whether a body that claims to be base64 is plain text: words with spaces between them."""
    line = body.lstrip().partition(b"\n")[0].strip()
    return len(line) >= 20 and 20 * len(_NOT_CODED.findall(line)) > len(line) and line.count(b" ") >= 2


def _uudecoded(body: bytes) -> bytes:
    begin = _UU_BEGIN.search(body)
    if not begin:
        return body
    lines = []
    for line in body[begin.end() :].splitlines():
        if line.strip() in {b"end", b""}:
            break
        try:
            lines.append(binascii.a2b_uu(line))
        except binascii.Error:
            size = (((line[0] - 32) & 63) * 4 + 5) // 3  # some encoders leave rubbish at the end of a line
            try:
                lines.append(binascii.a2b_uu(line[:size]))
            except binascii.Error:
                break
    return b"".join(lines)
