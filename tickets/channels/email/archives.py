"""Mail in files: an mbox in any of its dialects, or a Maildir. Pure but for the files, and bounded in memory: of each
mail only its place and its date are kept, and one mail at a time is read.

Of mbox there is no one format (RFC 4155 describes what all share). A line "From sender date" begins a mail where a
blank line comes before it and a header after it, so that a "From " in a body does not. Bodies are taken as mboxrd has
them (">From " loses one ">"), which is right for what mboxo quoted too. Where Content-Length leads exactly to the next
mail or the end it is believed, and where such a body holds a bare "From " it was never quoted (mboxcl2).
"""

import os
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tickets.channels.email import headers

LONGEST_LINE = 64 * 1024
LONGEST_HEADER = 256 * 1024
_DAY = rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_MONTH = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_ZONE = rb"(?: +(?:[A-Z]{1,5}|[+-]\d{4}))?"
_FROM_LINE = re.compile(
    rb"From +(?:\S.*? +)?" + _DAY + rb",? +(?:" + _MONTH + rb" +\d{1,2}|\d{1,2} +" + _MONTH + rb")(?: +\d{4})? +"
    rb"\d{1,2}:\d{2}(?::\d{2})?" + _ZONE + rb"(?: +\d{4})?" + _ZONE + rb"(?: remote from \S+)?\s*"
)  # fmt: skip
_HEADER_LINE = re.compile(rb"[!-9;-~]+[ \t]*:|>From ")
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)
_BARE_FROM = re.compile(rb"^From ", re.MULTILINE)
_DATE = re.compile(rb"^Date[ \t]*:[ \t]*(.*(?:\r?\n[ \t].*)*)", re.MULTILINE | re.IGNORECASE)
_LENGTH = re.compile(rb"^Content-Length[ \t]*:[ \t]*(\d{1,12})[ \t]*\r?$", re.MULTILINE | re.IGNORECASE)
_END_OF_HEADER = re.compile(rb"\r?\n\r?\n")
_INTERNAL = re.compile(rb"^X-IMAP(?:base)?:.*\n", re.MULTILINE | re.IGNORECASE)
_INTERNAL_SUBJECT = re.compile(rb"^Subject:[^\n]*FOLDER INTERNAL DATA", re.MULTILINE | re.IGNORECASE)


class NotAnArchive(ValueError):
    """The file is no mbox and the folder no Maildir. str() says what was found instead."""


@dataclass(frozen=True)
class Piece:
    """One mail: its bytes and how large it is. Of one above the limit only the header is there."""

    raw: bytes
    size: int


class Archive:
    """Mails in the order of their dates, so that a mail comes before its answers. `skipped`: what is no mail."""

    skipped = 0

    def __init__(self) -> None:
        self._dates = array("d")

    def __len__(self) -> int:
        return len(self._dates)

    def pieces(self, *, limit: int) -> Iterator[Piece | None]:
        """Each mail; None for one that is gone since it was counted. `limit`: bytes of a mail that is read whole."""
        # Undated mail keeps the place behind its neighbour; equal dates keep the order of the file.
        for number in sorted(range(len(self._dates)), key=self._dates.__getitem__):
            yield self._piece(number, limit)

    def _piece(self, number: int, limit: int) -> Piece | None:
        raise NotImplementedError

    def _note_date(self, head: bytes) -> None:
        """The date of a header block; without one that of the mail before, since archives grow at the end."""
        found = _DATE.search(head)
        moment = headers.date(found.group(1)) if found else None
        before = self._dates[-1] if self._dates else 0.0
        self._dates.append(moment.timestamp() if moment else before)


def opened(path: Path) -> Archive:
    """The archive at a path. Raises `NotAnArchive`, `OSError`."""
    return Maildir(path) if path.is_dir() else Mbox(path)


class Mbox(Archive):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._begins, self._ends = array("Q"), array("Q")
        self._file: BinaryIO = path.open("rb")
        self._index()

    def _piece(self, number: int, limit: int) -> Piece | None:
        begin, end = self._begins[number], self._ends[number]
        self._file.seek(begin)
        if end - begin > limit:
            return Piece(_head(self._file.read(LONGEST_HEADER)), end - begin)
        raw = self._file.read(end - begin)
        if not _BARE_FROM.search(_body(raw)):
            raw = _QUOTED_FROM.sub(rb"\1", raw)
        return Piece(raw, len(raw))

    def _index(self) -> None:
        """Find where mails begin and end, in one pass over the lines."""
        file = self._file
        begin: int | None = None
        is_after_blank = True
        place = 0
        blank = 0  # the length of the blank line before the current one
        is_line_begun = False
        while line := file.readline(LONGEST_LINE):
            here, place = place, place + len(line)
            if is_line_begun:  # the rest of a line too long to be read at once
                is_line_begun, is_after_blank, blank = not line.endswith(b"\n"), False, 0
                continue
            is_line_begun = not line.endswith(b"\n")
            if is_after_blank and _is_from_line(line) and self._header_follows():
                if begin is not None:
                    self._add(begin, here - blank)
                begin, is_after_blank, blank = place, False, 0
                if (end := self._by_length(begin)) is not None:
                    # Nothing up to there can be the beginning of another mail.
                    file.seek(end)
                    place, is_after_blank = end, True
                continue
            if begin is None and line.strip():
                raise NotAnArchive("it does not begin with a line “From …”, as an mbox does")
            is_after_blank = line in (b"\n", b"\r\n")
            blank = len(line) if is_after_blank else 0
        if begin is not None:
            self._add(begin, place - blank if blank and place - blank > begin else place)

    def _header_follows(self) -> bool:
        place = self._file.tell()
        following = self._file.readline(LONGEST_LINE)
        self._file.seek(place)
        return bool(_HEADER_LINE.match(following)) or not following

    def _by_length(self, begin: int) -> int | None:
        """Where the mail ends by its Content-Length, if a mail or the end of the file follows there."""
        file = self._file
        place = file.tell()
        try:
            head = file.read(4096)
            found = _END_OF_HEADER.search(head)
            if found is None and len(head) == 4096:
                head += file.read(LONGEST_HEADER)
                found = _END_OF_HEADER.search(head)
            if found is None or not (length := _LENGTH.search(head, 0, found.end())):
                return None
            end = begin + found.end() + int(length.group(1))
            file.seek(max(end - 1, 0))
            rest = file.read(2 + LONGEST_LINE)
            if len(rest) < 1:
                return None  # beyond the end
            is_at_end = not rest[1:].strip(b"\r\n") and len(rest) < 8
            is_at_mail = re.match(rb".(?:\r?\n){0,2}From ", rest, re.DOTALL) is not None
            before_mail = rest[:1] == b"\n" or rest[1:2] in (b"\n", b"\r")
            return end if is_at_end or (is_at_mail and before_mail) else None
        finally:
            file.seek(place)

    def _add(self, begin: int, end: int) -> None:
        place = self._file.tell()
        self._file.seek(begin)
        head = _head(self._file.read(min(LONGEST_HEADER, max(end - begin, 0))))
        self._file.seek(place)
        if _INTERNAL.search(head) and _INTERNAL_SUBJECT.search(head):
            self.skipped += 1  # what some servers write at the top for themselves
            return
        self._begins.append(begin)
        self._ends.append(max(end, begin))
        self._note_date(head)


class Maildir(Archive):
    """`cur` and `new`; drafts and what is in the trash (flags D and T) is skipped."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        folders = [path / name for name in ("cur", "new")]
        if not all(folder.is_dir() for folder in folders):
            raise NotAnArchive("it has no folders “cur” and “new”, as a Maildir has")
        self._folders = folders
        self._names: list[tuple[int, str]] = []
        for which, folder in enumerate(folders):
            for name in sorted(entry.name for entry in os.scandir(folder) if entry.is_file()):
                if name.startswith("."):
                    continue
                if {"D", "T"} & set(_flags(name)):
                    self.skipped += 1
                    continue
                self._names.append((which, name))
        self._names.sort(key=lambda each: each[1])  # names begin with the second of arrival
        for which, name in self._names:
            try:
                with (folders[which] / name).open("rb") as file:
                    self._note_date(_head(file.read(LONGEST_HEADER)))
            except FileNotFoundError:
                self._note_date(b"")

    def _piece(self, number: int, limit: int) -> Piece | None:
        path = self._path(*self._names[number])
        if path is None:
            return None
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > limit:
                return Piece(_head(file.read(LONGEST_HEADER)), size)
            raw = file.read(limit)
        return Piece(raw, len(raw))

    def _path(self, which: int, name: str) -> Path | None:
        """Where the mail is now: a mail program may have given it other flags or taken it out of `new`."""
        path = self._folders[which] / name
        if path.exists():
            return path
        unique = name.partition(":")[0]
        for folder in self._folders:
            for entry in os.scandir(folder):
                if entry.name.partition(":")[0] == unique:
                    return Path(entry.path)
        return None


def _is_from_line(line: bytes) -> bool:
    return line.startswith(b"From ") and len(line) < 1000 and _FROM_LINE.fullmatch(line) is not None


def _flags(name: str) -> str:
    return name.partition(":2,")[2]


def _head(raw: bytes) -> bytes:
    found = _END_OF_HEADER.search(raw)
    return raw[: found.end()] if found else raw


def _body(raw: bytes) -> bytes:
    found = _END_OF_HEADER.search(raw)
    return raw[found.end() :] if found else b""
