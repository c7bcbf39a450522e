"""The words of Outlook's RTF bodies: compressed (MS-OXRTFCP), and often with the mail's HTML inside (MS-OXRTFEX)."""

import re
from html import escape

MAX_UNPACKED = 8 * 1024 * 1024
_DICTIONARY = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript "
    b"\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_TOKEN = re.compile(
    r"\\([a-z]{1,32})(-?\d{1,10})? ?"  # 1, 2: a control word with its number
    r"|\\'([0-9A-Fa-f]{2})"  # 3: one byte
    r"|\\([^a-z'])"  # 4: a control symbol
    r"|([{}])"  # 5
    r"|([^\\{}\r\n]+)"  # 6: text
    r"|[\r\n\\]"
)
_NOT_READ = {
    "fonttbl", "colortbl", "stylesheet", "info", "pict", "object", "header", "footer", "headerf", "footerf", "fldinst",
    "themedata", "colorschememapping", "latentstyles", "datastore", "listtable", "listoverridetable", "rsidtbl",
    "generator",
}  # fmt: skip
_SYMBOLS = {
    "par": "\n", "line": "\n", "row": "\n", "tab": "\t", "cell": "\t", "emdash": "—", "endash": "–", "bullet": "•",
    "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "~": "\xa0", "_": "-",
    "\\": "\\", "{": "{", "}": "}",
}  # fmt: skip


def decompressed(data: bytes) -> bytes:
    """RTF out of its compressed form, at most `MAX_UNPACKED` of it; b"" for what is none. A cut one ends early."""
    kind = data[8:12]
    if kind == b"MELA":
        return data[16:]
    if kind != b"LZFu":
        return b""
    size = min(int.from_bytes(data[4:8], "little"), MAX_UNPACKED)
    window = bytearray(_DICTIONARY.ljust(4096, b"\0"))
    write = len(_DICTIONARY)
    out = bytearray()
    position, end = 16, len(data)
    while position < end and len(out) < size:
        control = data[position]
        position += 1
        for bit in range(8):
            if control >> bit & 1:
                if position + 2 > end:
                    return bytes(out)
                pair = data[position] << 8 | data[position + 1]
                position += 2
                read, length = pair >> 4, (pair & 15) + 2
                if read == write:
                    return bytes(out)  # the end mark
                for _ in range(length):
                    byte = window[read]
                    out.append(byte)
                    window[write] = byte
                    read, write = (read + 1) & 4095, (write + 1) & 4095
            else:
                if position >= end:
                    return bytes(out)
                out.append(data[position])
                window[write] = data[position]
                position, write = position + 1, (write + 1) & 4095
    return bytes(out[:size])


def words(rtf: bytes) -> tuple[str, bool]:
    """The content of RTF and whether it is HTML (Outlook hides the HTML it was made from in it)."""
    source = rtf[:MAX_UNPACKED].decode("latin-1").rstrip("\0")
    if not source.startswith("{\\rtf"):
        return "", False
    is_html = "\\fromhtml" in source[:2000]
    reader = _Reader(is_html)
    for match in _TOKEN.finditer(source):
        reader.take(match)
    reader.flush()
    return "".join(reader.out).strip(), is_html


class _Reader:
    """Follows groups with a stack. A group is (is it skipped, does it hold HTML tags, fallbacks after \\u)."""

    def __init__(self, is_html: bool) -> None:
        self.is_html = is_html
        self.out: list[str] = []
        self.pending = bytearray()
        self.codec = "cp1252"
        self.stack: list[tuple[bool, bool, int]] = []
        self.skipped, self.in_tag, self.fallbacks = False, False, 1
        self.left_out = False  # between \htmlrtf and \htmlrtf0 stands what only RTF readers need
        self.to_drop = 0
        self.at_start = False

    def take(self, match: re.Match[str]) -> None:
        word, number, byte, symbol, brace, text = match.groups()
        starts_group, self.at_start = self.at_start, False
        if brace == "{":
            self.stack.append((self.skipped, self.in_tag, self.fallbacks))
            self.at_start = True
            self.to_drop = 0
        elif brace == "}":
            if self.stack:
                self.skipped, self.in_tag, self.fallbacks = self.stack.pop()
            self.to_drop = 0
        elif word:
            self._word(word, int(number) if number else None, starts_group)
        elif symbol == "*":
            self.skipped, self.at_start = True, True  # unknown to most, unless a word we know follows
        elif byte:
            if self.to_drop:
                self.to_drop -= 1
            elif self._is_read():
                self.pending.append(int(byte, 16))
        elif symbol in _SYMBOLS:
            self._say(_SYMBOLS[symbol])
        elif text:
            dropped, self.to_drop = min(self.to_drop, len(text)), max(0, self.to_drop - len(text))
            self._say(text[dropped:])

    def _word(self, word: str, number: int | None, starts_group: bool) -> None:
        if word == "htmltag":
            self.skipped, self.in_tag = not self.is_html, True
        elif starts_group and word in _NOT_READ:
            self.skipped = True
        elif word == "htmlrtf":
            self.left_out = number != 0
        elif word == "ansicpg" and number:
            self.codec = f"cp{number}" if number != 65001 else "utf-8"
        elif word == "uc":
            self.fallbacks = min(number if number is not None else 1, 10)
        elif word == "u" and number is not None:
            self._say(chr(number & 0xFFFF))
            self.to_drop = self.fallbacks
        elif word in _SYMBOLS:
            self._say(_SYMBOLS[word])

    def _is_read(self) -> bool:
        return not self.skipped and not (self.is_html and self.left_out)

    def _say(self, text: str) -> None:
        if text and self._is_read():
            self.flush()
            self.out.append(escape(text, quote=False) if self.is_html and not self.in_tag else text)

    def flush(self) -> None:
        """Bytes that stand side by side may be one letter."""
        if self.pending:
            try:
                said = self.pending.decode(self.codec, "replace")
            except LookupError:
                said = self.pending.decode("cp1252", "replace")
            self.pending.clear()
            self.out.append(escape(said, quote=False) if self.is_html and not self.in_tag else said)
