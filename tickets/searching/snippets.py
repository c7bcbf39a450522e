"""Where the words stand: a piece of a text around the first of them, and which parts of it to mark."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tickets.searching.words import plain_word, written_words

WIDTH = 180
BEFORE = 50

Piece = tuple[str, bool]
"""Text, and whether it is one of the words."""


def marked(text: str, words: frozenset[str]) -> list[Piece]:
    """The whole text with the words apart. ``words`` are plain; a star at the end stands for any ending."""
    pieces: list[Piece] = []
    done = 0
    for start, end in _places(text, words):
        if start > done:
            pieces.append((text[done:start], False))
        pieces.append((text[start:end], True))
        done = end
    if done < len(text):
        pieces.append((text[done:], False))
    return pieces


def snippet(text: str, words: frozenset[str]) -> list[Piece]:
    """About ``WIDTH`` characters of the text around the first of the words, on one line; empty when there is none."""
    first = next(_places(text, words), None)
    if first is None:
        return []
    begin = max(0, first[0] - BEFORE)
    if begin:
        begin = text.find(" ", begin, first[0]) + 1 or begin
    end = begin + WIDTH
    if end < len(text):
        end = text.rfind(" ", first[1], end) if text.rfind(" ", first[1], end) > 0 else end
    piece = re.sub(r"\s+", " ", text[begin:end]).strip()
    pieces = marked(piece, words)
    return [*([("… ", False)] if begin else []), *pieces, *([(" …", False)] if end < len(text) else [])]


def _places(text: str, words: frozenset[str]) -> Iterator[tuple[int, int]]:
    beginnings = tuple(word[:-1] for word in words if word.endswith("*"))
    for found in written_words(text):
        word = plain_word(found[0])
        if word in words or (beginnings and word.startswith(beginnings)):
            yield found.span()
