"""From the bytes of a mail to text that a person can read, whatever the label says.

A label is a claim: many are missing, misspelt or wrong. The order of belief is written down in `decode`.
"""

import codecs
import re
from collections.abc import Iterable

# What the label says → the codec of what senders really mean by it: supersets, as browsers do (WHATWG Encoding).
_ALIASES = {
    "us-ascii": "ascii",
    "ansi_x3.4-1968": "ascii",
    "646": "ascii",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "l1": "cp1252",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "big5": "cp950",
    "x-mac-ce": "mac_latin2",
    "x-mac-roman": "mac_roman",
    "macintosh": "mac_roman",
    "unicode-1-1-utf-7": "utf-7",
    "x-unicode-2-0-utf-7": "utf-7",
}
_NO_CLAIM = {
    "",
    "ascii",
    "unknown-8bit",
    "x-unknown",
    "unknown",
    "8bit",
    "binary",
    "default_charset",
    "none",
    "default",
}
_NOT_CHARSETS = {"ascii", "idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"}
_GUESSABLE = [
    "cp1250", "iso8859_2", "cp1252", "iso8859_15", "cp1251", "koi8_r", "koi8_u", "iso8859_5", "cp1253", "cp1254",
    "cp1255", "cp1256", "cp1257", "gb18030", "big5", "cp932", "euc_jp", "cp949", "mac_roman",
]  # fmt: skip
MANY_LETTERS = 5
"""So many sequences of UTF-8 and nothing else above ASCII: by accident in one text of a hundred thousand."""
_POLISH = frozenset("ąćęłńóśźżĄĆĘŁŃÓŚŹŻ")
_TYPOGRAPHY = frozenset("„”“‚’‘–—…«»§°€•·×\xa0\xad")


def _bytes_of(letters: Iterable[str], codec: str) -> bytes:
    return b"".join(letter.encode(codec, "ignore") for letter in letters)


_POLISH_BYTES = {
    codec: (_bytes_of(_POLISH, codec), bytes(range(128)) + _bytes_of(_TYPOGRAPHY, codec))
    for codec in ("cp1250", "iso8859-2")
}
"""Each codec's bytes of Polish letters, and those that tell nothing: bytes count a hundred times faster than text."""
# A text that is valid UTF-8 *and* reads as one of these was UTF-8: no single-byte language makes such runs by accident.
# (Left out on purpose: U+0180-024F and U+04C0-04FF. "RÓŻA" in ISO-8859-2 is valid UTF-8 for "R", U+04EF, "A".)
_UTF8_LIKELY = re.compile(
    "[\x00-\x7f\u00a0-\u017f\u0370-\u045f\u0490\u0491\u05d0-\u05ea\u0600-\u06ff\u0e00-\u0e7f\u1e00-\u1eff\u200b-\u206f"
    "\u20a0-\u20cf\u2100-\u27bf\u3000-\u9fff\uac00-\ud7af\ufb00-\ufb06\ufe0f\ufeff\uff00-\uffef\U0001f000-\U0001ffff"
    "\U000e0020-\U000e007f]*"
)
SAMPLE_BYTES = 8192
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def codec_name(label: str | None) -> str | None:
    """The Python codec for a charset label of a mail, or None when it claims nothing that we know."""
    name = (label or "").strip().strip("\"'").strip().lower().replace("charset=", "")
    name = name.split("*", 1)[0].split(";", 1)[0].strip()
    if name in _NO_CLAIM:
        return None
    name = _ALIASES.get(name, name)
    for candidate in (name, re.sub(r"^(?:x-|cs)", "", name), name.replace("windows", "cp").replace("-", "")):
        try:
            codec = codecs.lookup(_ALIASES.get(candidate, candidate)).name
            b"a".decode(codec)
        except UnicodeError:
            pass  # utf-16 wants two bytes: a charset nevertheless
        except (LookupError, ValueError):
            continue  # unknown, or like "base64" and "zlib" a codec of Python's that is not a charset
        return None if codec in _NOT_CHARSETS else codec
    return None


def decode(data: bytes, label: str | None = None, *, hints: tuple[str, ...] = ()) -> tuple[str, str]:
    """Text of `data`, and a plain sentence about what was wrong with its label ("" when nothing was).

    Belief, strongest first: pure ASCII; UTF-8 that only UTF-8 could be; the label, if the bytes fit it; the labels that
    other parts of the same mail carry (`hints`); a guess from the letters. Never raises, never drops a byte silently:
    what fits nothing becomes U+FFFD.
    """
    claimed = codec_name(label)
    if claimed in {"utf-7", "hz"} or (claimed or "").startswith(("utf-16", "utf-32", "iso2022")):
        return _decode_claimed(data, claimed or "")
    if data.isascii():
        if b"\x1b$" in data:
            return _decode_claimed(data, "iso2022_jp_ext")
        return data.decode("ascii"), ""
    if data.startswith(codecs.BOM_UTF8):
        return data.decode("utf-8", "replace").lstrip("\ufeff"), ""

    as_utf8 = _strictly(data, "utf-8")
    if claimed == "utf-8" and as_utf8 is not None:
        return as_utf8, ""
    if as_utf8 is not None and _must_be_utf8(as_utf8) and (claimed is None or _is_single_byte(claimed)):
        return as_utf8, f"labelled {label}, is utf-8" if claimed else ""

    if claimed and claimed != "utf-8":
        if claimed == "iso8859-2" and re.search(rb"[\x80-\x9f]", data):
            claimed = "cp1250"  # Outlook Express and its heirs: windows-1250 under the label iso-8859-2
        text = _strictly(data, claimed)
        if text is not None and not _is_mostly_controls(text):
            return text, ""
        if as_utf8 is not None:
            return as_utf8, f"labelled {label}, is utf-8"
    if claimed == "utf-8" and (cut := _cut_utf8(data)) is not None:
        return cut, "the utf-8 of a letter is broken"

    for hint in hints:
        codec = codec_name(hint)
        if codec and codec != claimed and (text := _strictly(data, codec)) is not None:
            return text, f"charset taken from another part: {codec}"
    codec = _guess(data)
    problem = f"labelled {label}, read as {codec}" if label else f"no charset named, read as {codec}"
    return data.decode(codec, "replace"), problem


def _decode_claimed(data: bytes, codec: str) -> tuple[str, str]:
    text = _strictly(data, codec)
    if text is not None:
        return text.lstrip("\ufeff"), ""
    if as_utf8 := _strictly(data, "utf-8"):
        return as_utf8, f"labelled {codec}, is utf-8"
    return data.decode(codec, "replace"), f"some characters are not {codec}"


def _strictly(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeError, ValueError):
        pass
    if codec in {"cp1250", "cp1252", "cp1254", "cp874"}:
        # These code pages have a few holes; browsers read a hole as the control character of the same number.
        text = data.decode(codec, "replace")
        if text.count("\ufffd") * 50 <= len(data):
            return text
    return None


def _must_be_utf8(text: str) -> bool:
    """Whether bytes that are valid UTF-8 were meant as such: by what they say, or by how many of them are."""
    return bool(_UTF8_LIKELY.fullmatch(text)) or sum(char > "\x7f" for char in text) >= MANY_LETTERS


def _is_single_byte(codec: str) -> bool:
    return codec.startswith(("cp12", "iso8859", "koi8", "mac", "cp8", "cp437"))


def _is_mostly_controls(text: str) -> bool:
    """Bytes 0x80-0x9f read by an ISO-8859 codec: the label is wrong."""
    return 5 * sum("\x80" <= char <= "\x9f" for char in text) > sum(char > "\x7f" for char in text)


def _cut_utf8(data: bytes) -> str | None:
    """UTF-8 in which a few letters were cut in two (by a line folder that counts bytes): keep the rest right."""
    text = data.decode("utf-8", "replace")
    whole = sum(char > "\x7f" and char != "\ufffd" for char in text)
    broken = text.count("\ufffd")
    return text if whole >= 2 * broken or (broken == 1 and whole and data[-1] >= 0x80) else None


def _guess(data: bytes) -> str:
    """The likeliest codec. Polish first: our requesters write it, and short texts give a statistician little."""
    first = re.search(rb"[\x80-\xff]", data)
    start = max(0, first.start() - 200) if first else 0
    data = data[start : start + 8 * SAMPLE_BYTES]  # the letters that tell begin here
    best, best_score = "", 0
    for codec, (polish_bytes, plain_bytes) in _POLISH_BYTES.items():
        if _strictly(data, codec) is None:
            continue
        others = len(data.translate(None, plain_bytes))
        polish = others - len(data.translate(None, plain_bytes + polish_bytes))
        if others and polish * 10 >= others * 9 and polish > best_score:
            best, best_score = codec, polish
    if best:
        return best
    from charset_normalizer import from_bytes  # 5 MB of memory, for the few mails that need a guess

    sample = data[:SAMPLE_BYTES]
    end = sample.rfind(b"\n") + 1 if len(data) > SAMPLE_BYTES else 0  # no letter of two bytes is cut in two there
    match = from_bytes(sample[: end or SAMPLE_BYTES], cp_isolation=_GUESSABLE).best()
    return match.encoding if match else "cp1252"


def tidy(text: str) -> str:
    """Line ends as \\n, without the control characters that neither a page nor PostgreSQL can hold."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
