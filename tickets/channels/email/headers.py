"""What stands in the header of a mail: encoded words (RFC 2047), parameters (RFC 2231), addresses (RFC 5322), dates and
the verdict of the mail server that took it in (RFC 8601).

Every function takes raw header bytes, reads them once from left to right, and never raises: a header is written by a
stranger. What cannot be understood stays readable.
"""

import base64
import binascii
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from tickets.channels.email.bounds import MAX_ADDRESS_HEADER, MAX_ADDRESSES, MAX_HEADER
from tickets.channels.email.charsets import decode, tidy

MAX_PARAMETERS = 60

_FOLD = re.compile(rb"\r?\n(?=[ \t])")
# A bare question mark inside is against the rules and common; where the next word begins, this one has ended.
_WORD = re.compile(r"=\?([^?\s*]+)(?:\*[^?\s]*)?\?([bBqQ])\?((?:[^?=]|\?(?!=)|=(?!\?[^=]))*?)\?=")
_SPACES = re.compile(r"\s+")
_MESSAGE_ID = re.compile(r"<\s*([^<>\s]+(?:\s[^<>@\s]+)*)\s*>")
_MEDIA_TYPE = re.compile(r"\s*([\w!#$&^.+-]+)\s*/\s*([\w!#$&^.+-]+)", re.ASCII)
_INVISIBLE = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Address:
    """A mailbox: the name as people read it, the address in its own case (`local@domain`)."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2].lower()


@dataclass(frozen=True)
class ContentType:
    main: str
    sub: str
    params: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.main}/{self.sub}"


@dataclass(frozen=True)
class AuthenticationResults:
    """One Authentication-Results header. `results` holds (method, result, properties), in their order."""

    authserv_id: str
    results: tuple[tuple[str, str, dict[str, str]], ...]

    def dmarc_passes_for(self, domain: str) -> bool:
        """Whether DMARC was checked for just this From domain and passed; two different verdicts count as none."""
        verdicts = [(result, props) for method, result, props in self.results if method == "dmarc"]
        return bool(verdicts) and all(
            result == "pass" and props.get("header.from", "").rpartition("@")[2].lower() == domain.lower()
            for result, props in verdicts
        )


def unfolded(raw: bytes) -> bytes:
    return _FOLD.sub(b"", raw).replace(b"\r", b" ").replace(b"\n", b" ").strip()


def text(raw: bytes, *, hints: tuple[str, ...] = ()) -> str:
    """A free-text header (Subject) as one readable line."""
    line = decode_words(_as_text(unfolded(raw)[:MAX_HEADER], hints))
    return _INVISIBLE.sub("", _SPACES.sub(" ", tidy(line))).strip()


def _as_text(raw: bytes, hints: tuple[str, ...]) -> str:
    return decode(raw, None, hints=hints)[0]


def decode_words(value: str) -> str:
    """All encoded words of `value` decoded; neighbours of one charset are joined as bytes first, because many senders
    cut a letter in two."""
    pieces: list[str] = []
    charset, pending = "", b""
    end = 0
    for match in _WORD.finditer(value):
        between = value[end : match.start()]
        data = _word_bytes(match.group(2), match.group(3))
        if pending and not between.strip() and match.group(1).lower() == charset:
            pending += data
        else:
            if pending:
                pieces.append(decode(pending, charset)[0])
                between = between if between.strip() else ""
            pieces.append(between)
            charset, pending = match.group(1).lower(), data
        end = match.end()
    if pending:
        pieces.append(decode(pending, charset)[0])
    pieces.append(value[end:])
    return "".join(pieces)


def _word_bytes(encoding: str, payload: str) -> bytes:
    raw = payload.encode("utf-8", "replace")
    if encoding in "bB":
        raw = re.sub(rb"[^A-Za-z0-9+/]", b"", raw)
        raw = raw[:-1] if len(raw) % 4 == 1 else raw
        return base64.b64decode(raw + b"=" * (-len(raw) % 4))
    return binascii.a2b_qp(raw.replace(b"_", b" "), header=False)


def content_type(raw: bytes, *, default: str = "text/plain") -> ContentType:
    """Content-Type with its parameters; a broken one counts as `default`, as RFC 2045 §5.2 has it."""
    value, params = parameters(raw)
    if found := _MEDIA_TYPE.match(value):
        return ContentType(found.group(1).lower(), found.group(2).lower(), params)
    main, _, sub = default.partition("/")
    if (said := value.strip().lower()) in {"multipart", "text"}:
        main, sub = said, {"multipart": "mixed", "text": "plain"}[said]
    return ContentType(main, sub, params)


def parameters(raw: bytes) -> tuple[str, dict[str, str]]:
    """The value before the first ";" and the parameters after it, RFC 2231 continuations and charsets put together."""
    tokens = _split_quoted(unfolded(raw)[:MAX_HEADER].decode("utf-8", "surrogateescape"), ";")
    plain: dict[str, str] = {}
    extended: dict[str, list[tuple[int, bool, str]]] = {}
    for token in tokens[1 : MAX_PARAMETERS + 1]:
        name, equals, value = token.partition("=")
        name = name.strip().lower()
        if not equals or not name:
            continue
        value = _unquoted(value.strip())
        if "*" in name:
            base, _, rest = name.partition("*")
            is_encoded = rest == "" or rest.endswith("*")
            number = rest.rstrip("*") or "0"
            extended.setdefault(base, []).append((int(number) if number.isdecimal() else 0, is_encoded, value))
        else:
            plain.setdefault(name, value)
    params = {name: _readable(value) for name, value in plain.items()}
    params.update({name: _joined(pieces) for name, pieces in extended.items()})
    return tokens[0].strip(), params


def _joined(pieces: list[tuple[int, bool, str]]) -> str:
    charset, data = "", b""
    for index, (_, is_encoded, value) in enumerate(sorted(pieces, key=lambda piece: piece[0])):
        if is_encoded:
            if index == 0 and value.count("'") >= 2:
                charset, _, value = value.split("'", 2)
            data += re.sub(
                rb"%([0-9A-Fa-f]{2})", lambda m: bytes([int(m[1], 16)]), value.encode("utf-8", "surrogateescape")
            )
        else:
            data += value.encode("utf-8", "surrogateescape")
    return tidy(decode(data, charset)[0]) if charset else _readable(data.decode("utf-8", "surrogateescape"))


def _readable(value: str) -> str:
    """A parameter that is not RFC 2231: 8-bit as it came, or (against the rules, and common) an encoded word."""
    return tidy(decode_words(_as_text(value.encode("utf-8", "surrogateescape"), ()))).replace("\n", " ")


def _split_quoted(value: str, separator: str) -> list[str]:
    """Split outside of quoted strings and comments; comments are dropped."""
    pieces: list[str] = []
    current: list[str] = []
    in_quotes, depth, escaped = False, 0, False
    for char in value:
        if escaped:
            escaped = False
        elif char == "\\" and (in_quotes or depth):
            escaped = True
        elif char == '"' and not depth:
            in_quotes = not in_quotes
        elif not in_quotes and char == "(":
            depth += 1
        elif not in_quotes and char == ")" and depth:
            depth -= 1
            continue
        elif char == separator and not in_quotes and not depth:
            pieces.append("".join(current))
            current = []
            continue
        if not depth:
            current.append(char)
    pieces.append("".join(current))
    return pieces


def _unquoted(value: str) -> str:
    if value.startswith('"'):
        value = value[1:-1] if len(value) > 1 and value.endswith('"') else value[1:]
        # A Windows path was never escaped: only a quote or a backslash may stand behind a backslash.
        return re.sub(r'\\(["\\])', r"\1", value)
    return value


def addresses(raw: bytes, *, hints: tuple[str, ...] = ()) -> list[Address]:
    """All mailboxes of an address header, groups opened, at most one more than `MAX_ADDRESSES`.

    The structure is read before encoded words are decoded, so a name can hold any character and never makes an address.
    """
    found: list[Address] = []
    for entry in _entries(_as_text(unfolded(raw)[:MAX_ADDRESS_HEADER], hints)):
        if mailbox := _mailbox(entry):
            found.append(mailbox)
            if len(found) > MAX_ADDRESSES:
                break
    return found


@dataclass
class _Entry:
    words: list[str] = field(default_factory=list)
    angle: str | None = None
    comments: list[str] = field(default_factory=list)


def _entries(value: str) -> list[_Entry]:
    entries, entry, position = [], _Entry(), 0
    while position < len(value):
        char = value[position]
        if char == "=" and (word := _WORD.match(value, position)):
            entry.words.append(word.group())  # as one piece: some senders leave commas and brackets inside
            end = word.end()
        elif char == '"':
            end, quoted = _until(value, position + 1, '"')
            is_local_part = value[end : end + 1] == "@"
            entry.words.append(f'"{quoted}"' if is_local_part else quoted)
            if not is_local_part:
                entry.words.append(" " if value[end : end + 1].isspace() else "")
        elif char == "(":
            end, comment = _comment(value, position + 1)
            entry.comments.append(comment)
        elif char == "<":
            closing = value.find(">", position)
            end = closing + 1 if closing >= 0 else len(value)
            inner = value[position + 1 : closing if closing >= 0 else len(value)]
            if entry.angle is None or not entry.angle.strip():
                entry.angle = inner
        elif char in ",;":
            entries.append(entry)
            entry, end = _Entry(), position + 1
        elif char == ":" and not any("@" in word for word in entry.words[-2:]):
            entry, end = _Entry(), position + 1  # the name of a group
        else:
            end = position + 1
            while end < len(value) and value[end] not in '"(<,;:=':
                end += 1
            entry.words.append(value[position:end])
        position = end
    entries.append(entry)
    return entries


def _until(value: str, position: int, closing: str) -> tuple[int, str]:
    """Position behind the closing quote, and what stood before it, backslashes resolved."""
    chars = []
    while position < len(value) and value[position] != closing:
        if value[position] == "\\" and position + 1 < len(value):
            position += 1
        chars.append(value[position])
        position += 1
    return position + 1, "".join(chars)


def _comment(value: str, position: int) -> tuple[int, str]:
    start, depth = position, 1
    while position < len(value) and depth:
        if value[position] == "\\":
            position += 1
        elif value[position] == "(":
            depth += 1
        elif value[position] == ")":
            depth -= 1
        position += 1
    return position, value[start : position - (depth == 0)]


def _mailbox(entry: _Entry) -> Address | None:
    words = "".join(entry.words).strip()
    if entry.angle is not None:
        address = clean_address(entry.angle)
        name = words
    else:
        address = clean_address(words)
        name = "" if address else words
        if not address:
            # "Jan Kowalski jan@firma.example": the brackets are missing.
            for word in words.split():
                if candidate := clean_address(word):
                    address, name = candidate, words.replace(word, " ")
                    break
    if not address:
        return None
    name = name or (entry.comments[0] if entry.comments else "")
    return Address(name=_name(name), address=address)


def _name(value: str) -> str:
    name = _INVISIBLE.sub("", _SPACES.sub(" ", tidy(decode_words(value)))).strip()
    for quote in ('""', "''"):
        if len(name) > 1 and name[0] == quote[0] and name[-1] == quote[1]:
            name = name[1:-1].strip()
    return name[:200]


def clean_address(value: str) -> str:
    """`local@domain` in its own case, or "" when that is not what the value is. Obsolete source routes are dropped."""
    value = value.strip()
    if value.startswith("@") and ":" in value:
        value = value.partition(":")[2]
    value = value.removeprefix("mailto:").strip().strip("<>").strip()
    if value[:1] == "'" and value[-1:] == "'":
        value = value[1:-1]
    local, at, domain = value.rpartition("@")
    domain = domain.strip().rstrip(".")
    local = local.strip()
    if not at or not local or not domain or len(value) > 320:
        return ""
    if not (local.startswith('"') and local.endswith('"') and len(local) > 2) and re.search(
        r'[\s"(),:;<>@\[\]\\]', local
    ):
        return ""
    if not re.fullmatch(r"[^\s\"(),:;<>@\[\]\\\x00-\x20\x7f]+|\[[0-9A-Fa-f.:IPv]+\]", domain):
        return ""
    return tidy(f"{local}@{domain}").replace("\n", "")


def message_ids(raw: bytes) -> list[str]:
    """The ids of Message-ID, In-Reply-To or References, without their brackets, in order, each once."""
    # Of an endless References the last ones count: they are the newest.
    value = tidy(_as_text(unfolded(raw)[-MAX_HEADER:], ())).replace("\n", " ")
    found = [re.sub(r"\s+", "", match) for match in _MESSAGE_ID.findall(value)]
    if not found:
        found = [word.strip("<>,;\"'") for word in value.split() if "@" in word]
    return list(dict.fromkeys(word[:500] for word in found if word))


def date(raw: bytes) -> datetime | None:
    """The moment of a Date header in UTC, or None. A time without a zone is read as UTC (RFC 5322 §3.3, "-0000")."""
    value = tidy(_as_text(unfolded(raw)[:100], ()))
    try:
        moment = parsedate_to_datetime(value)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        return None


def authentication_results(raw: bytes) -> AuthenticationResults | None:
    """One Authentication-Results header read (RFC 8601 §2.2); comments are skipped, so nothing inside them counts."""
    pieces = _split_quoted(tidy(_as_text(unfolded(raw)[:MAX_HEADER], ())).replace("\n", " "), ";")
    authserv_id = _unquoted(pieces[0].strip().split(" ")[0]).lower() if pieces[0].strip() else ""
    if not authserv_id:
        return None
    results = []
    for piece in pieces[1:]:
        words = _split_words(piece)
        method, equals, result = (words[0] if words else "").partition("=")
        if not equals:
            continue
        props: dict[str, str] = {}
        for word in words[1:]:
            name, is_pair, value = word.partition("=")
            if is_pair:
                props.setdefault(name.lower(), _unquoted(value))
        results.append((method.partition("/")[0].strip().lower(), result.strip().lower(), props))
    return AuthenticationResults(authserv_id, tuple(results))


def _split_words(value: str) -> list[str]:
    """Words of a resinfo, with spaces around "=" taken out and quoted strings kept whole."""
    return [word for word in _split_quoted(re.sub(r"\s*=\s*", "=", value.strip()).replace("\t", " "), " ") if word]
