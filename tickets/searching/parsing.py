"""Reading a query: a grammar for lark, and sentences for what cannot be read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from django.utils.translation import gettext as _
from lark import Lark, Token
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from tickets.searching import fields, times
from tickets.searching.fields import Field, Kind
from tickets.searching.tree import All, Either, Node, Not, Property, Query, QueryError, Value, Words
from tickets.searching.words import nearest, plain, tokens

MOST_CHARACTERS = 500
MOST_TERMS = 30
MOST_VALUES = 50
"""Of all properties together: each is a condition of its own."""
MOST_DEEP = 20

# What stands before a colon in pasted subjects and links (Re:, https:) names no field.
_GRAMMAR = r"""
?start: any?
?any: all (_OR all)*            -> either
?all: part (_AND? part)*        -> all
?part: (_MINUS | _NOT) part     -> negated
    | "(" any ")"
    | FIELD _value (_COMMA _value)* -> property
    | WORD                      -> words
    | QUOTED                    -> words
_value: VALUE | QUOTED

_OR.3: /OR(?=[\s("„“]|$)/
_AND.3: /AND(?=[\s("„“]|$)/
_NOT.3: /NOT(?=[\s("„“]|$)/
_MINUS.3: /-(?=[^\s-])/
_COMMA.3: /,(?=[^\s,])/
FIELD.2: /(?!(?i:re|fwd?|odp|pd|https?|mailto):)[^\W\d_][\w-]*(?::(?!\/\/)(?:[<>]=?|=)?|[<>]=?)/
QUOTED.2: /"[^"]*"|„[^"”]*["”]|“[^”]*”/
WORD: /(?!(?:OR|AND|NOT)(?:[\s("„“]|$))[^\s"()„“][^\s"()]*/
VALUE: /[^\s,"()„“][^\s,"()]*/
%ignore /\s+/
"""


# What says how conditions belong together, or that words are meant as they stand.
_JOINED = re.compile(r"""["„“()]|(?:^|\s)(?:-\S|(?:OR|AND|NOT)(?:\s|$))""")


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr")


def parse(text: str, *, more: Iterable[Field] = ()) -> Query:
    """The query as a tree. ``more`` are fields of the desk's own. Raises `QueryError`."""
    if len(text) > MOST_CHARACTERS:
        sentence = _("A search may have %(most)d characters; this one is longer.") % {"most": MOST_CHARACTERS}
        raise QueryError(sentence, start=MOST_CHARACTERS, end=len(text))
    readable = _readable(text)
    _refuse_depth(readable)
    try:
        tree = _parser().parse(readable)
    except UnexpectedInput as error:
        raise _explained(error, readable) from None
    root = _Reader({each.name: each for each in more}).node(tree)
    query = Query(text, root, is_loose=_JOINED.search(readable) is None)
    leaves = list(query.leaves())
    if len(leaves) > MOST_TERMS:
        sentence = _("A search may have %(most)d conditions; this is one more.") % {"most": MOST_TERMS}
        raise QueryError(sentence, start=leaves[MOST_TERMS].start, end=leaves[MOST_TERMS].end)
    values = [value for leaf in leaves if isinstance(leaf, Property) for value in leaf.values]
    if len(values) > MOST_VALUES:
        sentence = _("A search may have %(most)d values; this is one more.") % {"most": MOST_VALUES}
        raise QueryError(sentence, start=values[MOST_VALUES].start, end=values[MOST_VALUES].end)
    return query


def _readable(text: str) -> str:
    """The database knows no zero character, and no other control character is ever meant."""
    return re.sub(r"[\x00-\x1f\x7f]", " ", text)


def _refuse_depth(text: str) -> None:
    """Nobody means brackets this deep, and reading them would end in a fault of ours."""
    depth = 0
    for place in _brackets_of(text):
        depth = depth + 1 if text[place] == "(" else max(0, depth - 1)
        if depth > MOST_DEEP:
            sentence = _("Brackets may stand in one another %(most)d deep.") % {"most": MOST_DEEP}
            raise QueryError(sentence, start=place, end=place + 1)


def is_field_name(word: str) -> bool:
    """Whether a field could have this name: 24h and re are read as words, whatever stands behind them."""
    try:
        return isinstance(parse(f"{word}:x", more=[Field(word, Kind.NAME, word)]).root, Property)
    except QueryError:  # a field that takes other values
        return True


def plain_query(text: str) -> Query:
    """A query in which everything is a word, for people who do not know of the language. Quotation marks hold words
    together all the same."""
    found = re.finditer(r'"[^"]*"|„[^"”]*["”]|“[^”]*”|[^\s"„“”]+', _readable(text[:MOST_CHARACTERS]))
    parts = []
    for each in found:
        is_exact = each[0][0] in '"„“'
        inside = each[0].strip('"„“”') if is_exact else each[0]
        if tokens(inside):
            parts.append(Words(inside, each.start(), each.end(), is_exact))
    root = All(tuple(parts[:MOST_TERMS])) if parts else None
    return Query(text, root, is_loose=not any(part.is_exact for part in parts))


class _Reader:
    """From lark's tree to ours, with every name and value checked that can be checked without a database."""

    def __init__(self, more: Mapping[str, Field]) -> None:
        self.more = more

    def node(self, tree: Any) -> Node | None:
        """None for what holds no word at all, such as a lone dash."""
        if tree.data == "words":
            return _words(tree.children[0])
        if tree.data == "property":
            return self.property(*tree.children)
        parts = tuple(part for each in tree.children if (part := self.node(each)) is not None)
        if tree.data == "negated":
            return Not(parts[0]) if parts else None
        if len(parts) < 2:
            return parts[0] if parts else None
        return Either(parts) if tree.data == "either" else All(parts)

    def property(self, head: Token, *given: Token) -> Property:
        name, operator = _split(head)
        start = head.start_pos or 0
        found = fields.find(name, self.more)
        if found is None:
            raise self.unknown_field(head, name)
        if operator != "=" and not found.takes_order:
            sentence = _("%(field)s has no order: write %(field)s: with a value.") % {"field": found.name}
            raise QueryError(sentence, start=start + len(name), end=start + len(head), suggestion=":")
        values = tuple(_value(found, each) for each in given)
        return Property(found.name, operator, values, start, values[-1].end)

    def unknown_field(self, head: Token, name: str) -> QueryError:
        suggestion = nearest(name, fields.names(self.more))
        if suggestion:
            sentence = _("There is no field %(name)s. Did you mean %(suggestion)s?")
        else:
            sentence = _("There is no field %(name)s. To look for these words, put them in quotation marks.")
        start = head.start_pos or 0
        return QueryError(
            sentence % {"name": name, "suggestion": suggestion},
            start=start, end=start + len(name), suggestion=suggestion,
        )  # fmt: skip


def _split(head: Token) -> tuple[str, str]:
    """``due<=`` → due, <=; ``status:`` → status, =; ``created:>`` → created, >."""
    name = re.split(r"[:<>]", head, maxsplit=1)[0]
    return name, head[len(name) :].lstrip(":") or "="


def _words(token: Token) -> Words | None:
    is_exact = token.type == "QUOTED"
    text = token[1:-1] if is_exact else str(token)
    start, end = token.start_pos or 0, token.end_pos or 0
    return Words(text, start, end, is_exact) if tokens(text) else None


def _value(field: Field, token: Token) -> Value:
    is_exact = token.type == "QUOTED"
    text = token[1:-1].strip() if is_exact else str(token)
    start, end = token.start_pos or 0, token.end_pos or 0
    if field.kind is Kind.TEXT and not tokens(text):
        sentence = _("Write a word after %(field)s:, such as %(example)s.")
        raise QueryError(sentence % {"field": field.name, "example": f"{field.name}:faktura"}, start=start, end=end)
    return Value(text, start, end, _meaning(field, text, start, end), is_exact)


def _meaning(field: Field, text: str, start: int, end: int) -> Any:
    word = plain(text)
    if field.special and field.kind is not Kind.NAME and word in fields.NOBODY:
        return None
    if field.kind is Kind.CHOICE:
        if word not in field.words:
            suggestion = nearest(word, list(field.words)) and field.words[nearest(word, list(field.words))]
            known = ", ".join(field.offered)
            sentence = _("%(field)s is never “%(value)s”. It can be: %(known)s.")
            raise QueryError(
                sentence % {"field": field.name, "value": text, "known": known},
                start=start, end=end, suggestion=suggestion,
            )  # fmt: skip
        return field.words[word]
    if field.kind in (Kind.TIME, Kind.DEADLINE):
        meaning = times.read(word)
        if meaning is None:
            sentence = _("“%(value)s” is no time. Write a day as 2026-11-30, a month as 2026-11, or 30min, 4h, 2d, 1w.")
            raise QueryError(sentence % {"value": text}, start=start, end=end)
        return meaning
    if field.kind is Kind.NUMBER:
        if not re.fullmatch(r"#?-?\d{1,15}([.,]\d{1,6})?", text):
            sentence = _("“%(value)s” is no number.")
            raise QueryError(sentence % {"value": text}, start=start, end=end)
        return Decimal(text.lstrip("#").replace(",", "."))
    return text


# What cannot be read

_FIELD_BEFORE = re.compile(r"(?P<head>(?P<name>[^\W\d_][\w-]*)(?::[<>]?=?|[<>]=?))\s*$")
_JOINING_BEFORE = re.compile(r"(?:^|[\s(])(?P<word>OR|AND|NOT)\s*$")
_JOINING_HERE = re.compile(r"(?P<word>OR|AND)\b")


def _explained(error: UnexpectedInput, text: str) -> QueryError:
    """One sentence and one place for what the parser met."""
    start = _place(error, text)
    if start < len(text) and text[start] in '"„“”':
        return QueryError(_("This quotation mark has no partner."), start=start, end=start + 1)
    if before := _FIELD_BEFORE.search(text[:start]):
        name = before["name"]
        example = {"created": "created:2026-11-30", "due": "due<4h"}.get(name, f"{name}:…")
        sentence = _("After %(field)s comes a value, such as %(example)s.")
        return QueryError(sentence % {"field": before["head"], "example": example}, start=before.start(), end=start)
    unclosed, unopened = _brackets(text)
    if start >= len(text) and unclosed:
        # The place is all that the bracket holds, so that a suggestion can close it.
        begin, inside = unclosed[-1], text[unclosed[-1] :].rstrip()
        suggestion = f"{inside})" if tokens(inside) else ""
        return QueryError(_("This bracket is never closed."), start=begin, end=len(text), suggestion=suggestion)
    if unopened:
        return QueryError(_("This bracket closes nothing."), start=unopened[0], end=unopened[0] + 1)
    if joining := _JOINING_BEFORE.search(text[:start]) or _JOINING_HERE.match(text, start):
        sentence = _("%(word)s joins conditions; here one of them is missing.")
        return QueryError(sentence % {"word": joining["word"]}, start=joining.start("word"), end=joining.end("word"))
    sentence = _("This cannot be read here. To look for it as it is written, put it in quotation marks.")
    return QueryError(sentence, start=start, end=min(start + 1, len(text)))


def _place(error: UnexpectedInput, text: str) -> int:
    if isinstance(error, UnexpectedCharacters):
        return error.pos_in_stream or 0
    if isinstance(error, UnexpectedToken) and error.token.type != "$END":
        return error.token.start_pos or 0
    return len(text)


def _brackets_of(text: str) -> list[int]:
    """Where brackets stand; quoted ones do not count."""
    found = re.finditer(r'"[^"]*"|„[^"”]*["”]|“[^”]*”|[()]', text)
    return [each.start() for each in found if each[0] in "()"]


def _brackets(text: str) -> tuple[list[int], list[int]]:
    """Where brackets stand that are never closed, and those that close nothing."""
    unclosed: list[int] = []
    unopened: list[int] = []
    for place in _brackets_of(text):
        if text[place] == "(":
            unclosed.append(place)
        elif unclosed:
            unclosed.pop()
        else:
            unopened.append(place)
    return unclosed, unopened
