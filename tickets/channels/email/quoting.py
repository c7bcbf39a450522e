"""A plain text in pieces: new words, what they quote, signatures. Nothing is cut; the page folds what is not new.

The rule of judgement: a new word that is folded away is an error, a quotation that stays in sight a flaw. So an answer
between quoted lines is always words, an introduction without marked lines below must look like no person writes, and a
text in which nothing would be left is all words. A forwarded mail is words too: whoever passes it on wants it read. And
a quotation that stands nowhere else on the desk (`quotes_are_new`) is words: folding hides no only copy.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Literal

from tickets.channels.email.introductions import Introduction, introduction, is_blank, is_rule
from tickets.channels.email.signatures import signature_start

MAX_LENGTH = 300_000
MAX_LINES = 5_000
"""Longer texts are not read: they are words."""
MAX_PIECES = 400
"""A text in more pieces is no conversation, and too much for a page to fold."""

Kind = Literal["words", "quote", "signature"]
_MARKED = re.compile(r"[ \t\xa0]{0,4}(?:>|&gt;)")
_BAR = re.compile(r"[ \t]{0,4}\|(?:\s[^|]*|\s*)")
_NO_QUOTATION = re.compile(r"[ \t]*(?:>\s*[\d=$€]|>From |>[^\w\s>*\"'„“(<\[…-])")
_FORWARD_SUBJECT = re.compile(
    r"[\s\[(]*(?:fwd?|pd|przek|wg|wtr|weitergeleitet|tr|rv|renv|reenv?|enc|i|inoltro|doorst|dsch|vs|vb|vl|pře?p|pre?p|"
    r"továbbítás|tov|ilt|i̇lt|пересл|转发|轉寄)\s{0,3}(?:[\[(]\d{1,3}[\])]|\d{1,3})?\s{0,3}[:：]",
    re.IGNORECASE,
)
_INK = re.compile(r"[^\s\-_=*.>|#~—–:<\u200b\ufeff]")


@dataclass(frozen=True, slots=True)
class Piece:
    kind: Kind
    text: str


def is_forward(subject: str) -> bool:
    """Whether the outermost prefix of a subject says that a mail was passed on: "Fwd: Re: ", not "Re: Fwd: "."""
    return bool(_FORWARD_SUBJECT.match(subject[:80]))


def pieces(text: str, *, quotes_are_new: bool = False) -> list[Piece]:
    """`text` in pieces, in its order; together they are the text, and no two neighbours are of one kind.

    At least one piece is words, unless the text is empty. With `quotes_are_new` what it quotes is words too.
    """
    if len(text) > MAX_LENGTH or not text:
        return [Piece("words", text)] if text else []
    lines = text.split("\n")
    if len(lines) > MAX_LINES:
        return [Piece("words", text)]
    found = _joined(lines, _spans(lines, quotes_are_new=quotes_are_new))
    if len(found) > MAX_PIECES or not any(piece.kind == "words" and _INK.search(piece.text) for piece in found):
        return [Piece("words", text)]
    return found


def folds(text: str, *, quotes_are_new: bool = False) -> list[list[Any]]:
    """The pieces of a text as they are stored beside it: the kind of each and where it ends."""
    found = pieces(text, quotes_are_new=quotes_are_new)
    return [[piece.kind, end] for piece, end in zip(found, accumulate(len(each.text) for each in found), strict=True)]


def folded(text: str, stored: Sequence[Sequence[Any]] | None) -> list[Piece]:
    """`text` in the pieces that `folds` found; read anew when none are stored, or those of another text."""
    if stored is None or (stored[-1][1] if stored else 0) != len(text):
        return pieces(text)
    starts = [0, *(end for _kind, end in stored)]
    return [Piece(kind, text[start:end]) for start, (kind, end) in zip(starts, stored, strict=False)]


def new_words(text: str, *, quotes_are_new: bool = False) -> str:
    """What somebody said, without the quotation around it and without signature. What stands between two answers stays:
    without it they answer nothing. Never empty for a text that is not."""
    found = [piece for piece in pieces(text, quotes_are_new=quotes_are_new) if piece.kind != "signature"]
    own = [index for index, piece in enumerate(found) if piece.kind == "words" and _INK.search(piece.text)]
    if not own:
        return text.strip("\n").rstrip()
    first = 0 if len(own) > 1 else own[0]
    return "".join(piece.text for piece in found[first : own[-1] + 1]).strip("\n").rstrip()


Span = tuple[Kind, int, int]


def _spans(lines: Sequence[str], *, quotes_are_new: bool) -> Iterator[Span]:
    """Which lines are what, from the first to the last."""
    done = 0
    for start, end in _quotations(lines):
        yield from _own(lines, done, start)
        yield "words" if quotes_are_new else "quote", start, end
        done = end
    yield from _own(lines, done, len(lines))


def _own(lines: Sequence[str], start: int, end: int) -> Iterator[Span]:
    signature = signature_start(lines, start, end)
    yield "words", start, signature
    yield "signature", signature, end


def _quotations(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Start and end of each quotation, with what introduces it."""
    index, count = 0, len(lines)
    done = 0  # the end of the last quotation
    has_words = False
    while index < count:
        if is_blank(lines[index]):
            index += 1
            continue
        if is_marked(lines, index):
            end = _end_of_marked(lines, index)
            if _is_quotation(lines, index, end):
                yield _from_rule(lines, index, done), end
                done = end
            else:
                has_words = True
            index = end
            continue
        head = introduction(lines, index)
        if head is None:
            has_words = has_words or not is_rule(lines[index])
            index += 1
            continue
        below = _next_filled(lines, head.end)
        if head.is_forward:
            has_words = True
            index = _end_of_marked(lines, below) if below < count and is_marked(lines, below) else head.end
        elif below < count and is_marked(lines, below):
            index = _end_of_marked(lines, below)
            yield _from_rule(lines, head.start, done), index
            done = index
        elif _runs_to_the_end(head, below, count, has_words=has_words):
            yield _from_rule(lines, head.start, done), count
            return
        else:
            # Nothing above: this is not a reply but a mail that was passed on, and it is what there is to read.
            has_words = True
            index = head.end


def _runs_to_the_end(head: Introduction, below: int, count: int, *, has_words: bool) -> bool:
    return has_words and (head.is_sure or below == count)


def is_marked(lines: Sequence[str], at: int) -> bool:
    line = lines[at][:200]
    if _MARKED.match(line):
        return True
    return bool(_BAR.fullmatch(line)) and any(
        _BAR.fullmatch(lines[near][:200]) for near in (at - 1, at + 1) if 0 <= near < len(lines)
    )


def _end_of_marked(lines: Sequence[str], at: int) -> int:
    """After the last marked line from `at` on; blank lines between marked ones belong to them."""
    end = at
    for index in range(at, len(lines)):
        if is_marked(lines, index):
            end = index + 1
        elif not is_blank(lines[index]):
            break
    return end


def _is_quotation(lines: Sequence[str], start: int, end: int) -> bool:
    """Whether marked lines that nothing introduces are quoted, and not arithmetic, a smiley or a Python prompt."""
    if all(line.startswith((">>> ", "... ")) for line in lines[start:end] if not is_blank(line)):
        return False
    is_alone = end == start + 1 and (start == 0 or not is_blank(lines[start - 1]))
    return not (is_alone and _NO_QUOTATION.match(lines[start]))


def _next_filled(lines: Sequence[str], at: int) -> int:
    return next((index for index in range(at, len(lines)) if not is_blank(lines[index])), len(lines))


def _from_rule(lines: Sequence[str], start: int, done: int) -> int:
    """The start of a quotation, or of the line drawn above it."""
    above = start - 1
    while above >= done and (is_blank(lines[above]) or is_rule(lines[above])):
        if is_rule(lines[above]):
            start = above
        above -= 1
    return start


def _joined(lines: Sequence[str], spans: Iterator[Span]) -> list[Piece]:
    """Spans as texts; blank lines go with what stands above them, neighbours of one kind are one."""
    kinds: list[Kind] = []
    texts: list[list[str]] = []
    for kind, start, end in spans:
        if start == end:
            continue
        text = "\n".join(lines[start:end]) + ("\n" if end < len(lines) else "")
        if kinds and (kinds[-1] == kind or not text.strip()):
            texts[-1].append(text)
        elif kinds and not "".join(texts[-1]).strip():
            kinds[-1] = kind
            texts[-1].append(text)
        else:
            kinds.append(kind)
            texts.append([text])
    return [Piece(kind, "".join(parts)) for kind, parts in zip(kinds, texts, strict=True)]
