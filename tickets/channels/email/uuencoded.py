"""Files inside a plain text, as programs wrote them before MIME: "begin 644 name", lines of uuencode, "end".

Pure, and linear in the text: a line that begins a file is never a line of one, so that no line is read twice.
"""

import binascii
import re

MAX_FILES = 50
_BEGIN = re.compile(r"^begin [0-7]{3,4} (\S[^\n]{0,254})$", re.MULTILINE)
_LINE = re.compile(r"[ -`]{1,64}")


def taken_out(text: str) -> tuple[str, list[tuple[str, bytes]]]:
    """The text without the files in it, and these by their names, which are data. What is broken stays text."""
    kept: list[str] = []
    files: list[tuple[str, bytes]] = []
    done = position = 0
    while len(files) < MAX_FILES and (begin := _BEGIN.search(text, position)):
        content, position = _decoded(text, begin.end() + 1)
        if content:
            kept.append(text[done : begin.start()])
            files.append((begin[1].strip(), content))
            done = position
    kept.append(text[done:])
    return "".join(kept), files


def _decoded(text: str, position: int) -> tuple[bytes, int]:
    """The file whose first line is at `position`, and where it ends; nothing, and where it broke, for what is none."""
    lines: list[bytes] = []
    is_over = False
    while position < len(text):
        end = text.find("\n", position)
        line = text[position : end if end >= 0 else len(text)].rstrip("\r")
        following = end + 1 if end >= 0 else len(text)
        if line == "end":
            return b"".join(lines), following
        if line.strip(" `") == "":
            is_over = True  # a line of no bytes, which an editor may have left blank
        elif is_over or (decoded := _line(line)) is None:
            break
        else:
            lines.append(decoded)
        position = following
    return b"", position


def _line(line: str) -> bytes | None:
    """The bytes of a line, whose first letter says how many; the last ones may have lost their blanks."""
    size = (ord(line[0]) - 32) & 63
    coded = (size + 2) // 3 * 4
    if not size or not _LINE.fullmatch(line) or len(line) > coded + 2:  # some programs add a check sum
        return None
    try:
        return binascii.a2b_uu(line[: coded + 1].ljust(coded + 1))
    except binascii.Error:
        return None
