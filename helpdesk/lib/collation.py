"""Sorting names the Polish way without ICU, which the embedded PostgreSQL lacks."""

import unicodedata

_POLISH = {"ą": "a", "ć": "c", "ę": "e", "ł": "l", "ń": "n", "ó": "o", "ś": "s", "ź": "z", "ż": "z"}
# Ź stands before Ż; every letter with a mark stands after its plain one and before the next letter.
_RANK = {letter: plain + ("\U000f0001" if letter == "ż" else "\U000f0000") for letter, plain in _POLISH.items()}

MAX_LENGTH = 400
"""Of a stored key. A letter of some other scripts becomes three; of a very long name in them the end is left out."""


def sort_key(name: str) -> str:
    """A string whose code point order is the Polish alphabetical order of ``name`` (A Ą B C Ć … Z Ź Ż).

    Other accents fold to their base letter; case is ignored. Kept beside the name, in an indexed column of collation C.
    """
    key = []
    for letter in unicodedata.normalize("NFC", name.strip()).casefold():
        if letter in _RANK:
            key.append(_RANK[letter])
        else:
            decomposed = unicodedata.normalize("NFD", letter)
            key.append("".join(part for part in decomposed if not unicodedata.combining(part)))
    return "".join(key)[:MAX_LENGTH]
