"""Telephone numbers as people write and displays show them, made comparable. Pure.

"+48 601 234 567" · "0048601234567" · "601-234-567" · "(22) 123 45 67 wew. 12" · "tel. 601 234 567"

Numbers are compared by the digits behind the country's code and the trunk's zero, and a number is found by any stretch
of them: whoever wrote it down wrote as much as they needed.
"""

from __future__ import annotations

import re

LONGEST = 40
SHORTEST = 4
"""So many digits are enough to look for."""
WHOLE = 9
"""So many name one telephone, in Poland and nearly everywhere."""

_EXTENSION = re.compile(r"(?:[;,#]|\b(?:ext|wew|wewn|x)\b\.?|(?<=\d)\s*x(?=\s*\d)).*$", re.IGNORECASE)
_ABROAD = re.compile(r"^\D*(?:\+|00)")
_TWO_DIGITS = frozenset(
    [
        "20",
        "27",
        "30",
        "31",
        "32",
        "33",
        "34",
        "36",
        "39",
        "40",
        "41",
        "43",
        "44",
        "45",
        "46",
        "47",
        "48",
        "49",
        "51",
        "52",
        "53",
        "54",
        "55",
        "56",
        "57",
        "58",
        "60",
        "61",
        "62",
        "63",
        "64",
        "65",
        "66",
        "81",
        "82",
        "84",
        "86",
        "90",
        "91",
        "92",
        "93",
        "94",
        "95",
        "98",
    ]
)
"""Country codes of two digits (ITU-T E.164); 1 and 7 have one, all others three."""


def significant(typed: str) -> str:
    """The digits of ``typed`` behind country code and trunk zeros, without an extension; empty where there are none."""
    bare = _EXTENSION.sub("", typed[:LONGEST])
    digits = "".join(character for character in bare if character.isdecimal() and character.isascii())
    if _ABROAD.match(bare):
        digits = digits[2:] if "+" not in bare else digits
        digits = digits[_length_of_country(digits) :]
    return digits.lstrip("0")


def can_be_found(typed: str) -> bool:
    return len(significant(typed)) >= SHORTEST


def is_whole(typed: str) -> bool:
    """Whether this is enough to name one telephone."""
    return len(significant(typed)) >= WHOLE


def are_one(one: str, other: str) -> bool:
    """Whether both are spellings of one number."""
    short, long = sorted((significant(one), significant(other)), key=len)
    return bool(short) and (short == long or (len(short) >= WHOLE and long.endswith(short)))


def _length_of_country(digits: str) -> int:
    if digits[:1] in ("1", "7"):
        return 1
    return 2 if digits[:2] in _TWO_DIGITS else 3
