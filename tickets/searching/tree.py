"""What a query says, as a tree. Positions count characters of the text that was typed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


class QueryError(ValueError):
    """The query cannot be understood. ``str(error)`` says what is wrong in the language of the reader; ``start`` and
    ``end`` say where, ``suggestion`` is what could stand there instead, empty when nothing comes near."""

    def __init__(self, sentence: str, *, start: int, end: int, suggestion: str = "") -> None:
        super().__init__(sentence)
        self.start, self.end, self.suggestion = start, max(end, start), suggestion


@dataclass(frozen=True)
class Words:
    """A bare word, or with ``is_exact`` words in quotation marks, which must stand together as they are written."""

    text: str
    start: int
    end: int
    is_exact: bool = False


@dataclass(frozen=True)
class Value:
    """One value of a property. ``meaning`` is what the field's reader made of it, else the text itself."""

    text: str
    start: int
    end: int
    meaning: Any
    is_exact: bool = False


@dataclass(frozen=True)
class Property:
    """``field:value``; several values mean any of them. ``operator`` is one of ``= < <= > >=``."""

    field: str
    operator: str
    values: tuple[Value, ...]
    start: int
    end: int


@dataclass(frozen=True)
class Not:
    part: Node


@dataclass(frozen=True)
class All:
    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Either:
    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Most:
    """At least ``least`` of these words. Nobody types it: it is what is looked for when nothing holds all of them."""

    parts: tuple[Words, ...]
    least: int


Node = Words | Property | Not | All | Either | Most


@dataclass(frozen=True)
class Query:
    """``root`` is None when nothing was asked. ``is_loose``: words and properties one beside the other and nothing
    else, no quotation marks, operators or brackets."""

    text: str
    root: Node | None
    is_loose: bool = False

    @property
    def parts(self) -> tuple[Node, ...]:
        """What must hold at once."""
        return tuple(flat(self.root)) if self.root is not None else ()

    def narrowed_by(self, other: Query) -> Query:
        """Both at once; positions stay those of this one."""
        roots = tuple(root for root in (self.root, other.root) if root is not None)
        root = All(roots) if len(roots) > 1 else next(iter(roots), None)
        return Query(self.text, root, is_loose=self.is_loose and (other.root is None or other.is_loose))

    def with_words(self, words: tuple[Words, ...], least: int, *, instead_of: tuple[Words, ...]) -> Query:
        """The same with the first of these words and in all ``least`` of them instead of all of those."""
        rest = [part for part in self.parts if part not in instead_of]
        first, others = words[0], words[1:]
        wanted: tuple[Node, ...] = others if least == len(words) else (Most(others, least - 1),) if least > 1 else ()
        return Query(self.text, All((first, *wanted, *rest)))

    def leaves(self) -> Iterator[Words | Property]:
        """Every single thing that is asked for or excluded."""
        for node, _is_positive in _walk(self.root, True):
            if isinstance(node, Words | Property):
                yield node

    def properties(self) -> Iterator[tuple[Property, bool]]:
        """Every property that is asked for, and whether it is asked for positively."""
        for node, is_positive in _walk(self.root, True):
            if isinstance(node, Property):
                yield node, is_positive

    def words(self) -> Iterator[Words]:
        """Words that a found ticket may contain: those that are not excluded."""
        for node, is_positive in _walk(self.root, True):
            if isinstance(node, Words) and is_positive:
                yield node


def flat(node: Node) -> Iterator[Node]:
    """What must hold at once, however it is nested."""
    if isinstance(node, All):
        for part in node.parts:
            yield from flat(part)
    else:
        yield node


def _walk(node: Node | None, is_positive: bool) -> Iterator[tuple[Node, bool]]:
    if isinstance(node, Not):
        yield from _walk(node.part, not is_positive)
    elif isinstance(node, All | Either | Most):
        for part in node.parts:
            yield from _walk(part, is_positive)
    elif node is not None:
        yield node, is_positive
