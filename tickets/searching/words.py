"""Words as search compares them: without accents, in their forms, a typo apart.

Forms are found by Snowball's stemmers for Polish and English (snowballstemmer, BSD). What the Polish one leaves apart
is brought together here: softened endings (fakturze, paczce, kliencie), the fleeting e (paczek, haseł), ą and ę (błąd,
błędu), verbs with what is made of them (usunąć, usunął, usunięty, usunięcie), nouns in -ia (kategoria, kategorii). Two
words are forms of one another when they share a key.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import Any

_LETTERS = str.maketrans(
    {"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE",
     "ı": "i", "ð": "d", "þ": "th"}
)  # fmt: skip
_TOKEN = re.compile(r"[^\W_]+")

SHORTEST_STEM = 3

LONGEST_WORD = 2000
"""Bytes. PostgreSQL keeps no words that are longer by a little, and asking for one is an error."""

_EVERYWHERE = """
a aby ale bo by byc byl byla bylo czy co dla do gdy i ich im in ja jak jako jest jestem juz ktora ktore ktory lub ma mam
mi mnie moj moja moje mu my na nad nas nie niz o od on ona oni oraz po pod poniewaz prosze przed przez przy sa sie ta
tak te tego tej ten teraz to tu tylko u w wam was we wiec z za ze zeby
an and are as at be been but by can do does for from had has have how i if in is it its my not of on or our please so
that the their them there they this to us was we were what when which who why will with you your
"""
STOP_WORDS = frozenset(_EVERYWHERE.split())
"""Words that are in every second text, plain. Beside others they decide nothing and are not looked for."""


@cache
def _stemmer(language: str) -> Any:
    """The library comes with thirty languages whichever is asked for: processes that compare no words go without."""
    import snowballstemmer

    return snowballstemmer.stemmer(language)


def plain(text: str) -> str:
    """Without accents, in lower case: as the database's `search_plain` has it."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).lower()


def tokens(text: str) -> list[str]:
    """The plain words and numbers of a text, in order."""
    return [_cut(word) for word in _TOKEN.findall(plain(text))]


def _cut(word: str) -> str:
    """Plain, one letter may have become eighteen."""
    return word if 4 * len(word) <= LONGEST_WORD else word.encode()[:LONGEST_WORD].decode(errors="ignore")


written_words = _TOKEN.finditer
"""The words of a text as they stand in it, with where; no further than is asked for."""

plain_word = lru_cache(maxsize=4096)(plain)
"""`plain` of one word: texts say the same ones again and again."""


@lru_cache(maxsize=8192)
def keys_of(word: str) -> frozenset[str]:
    """What the word shares with its other forms; ``word`` in lower case, with its accents where they are known."""
    if not word.isalpha():
        return frozenset()
    keys = {plain(_stemmer("english").stemWord(word))} if word.isascii() else set()
    # ą and ę change places in a word's forms; the ending -ów is often written without its accent.
    for spelling in {word, word.replace("ą", "ę"), re.sub("ow$", "ów", word)}:
        stem = _stemmer("polish").stemWord(spelling)
        if len(stem) < SHORTEST_STEM:
            stem = spelling
        keys |= _hardened(plain(stem), plain(spelling))
        # What was cut may belong to the word: oddział, rozmów.
        keys.add(plain(spelling))
    keys |= _bare(plain(word)) | _bases_of_verb(plain(word))
    return frozenset(key for key in keys if len(key) >= SHORTEST_STEM) or frozenset({plain(word)})


def _hardened(stem: str, word: str) -> set[str]:
    """The stem, and as it is before the endings that soften it."""
    keys = {stem}
    was_cut = stem != word
    if was_cut and stem.endswith("rz"):
        keys.add(stem[:-1])
    if was_cut and stem.endswith("c") and len(stem) > SHORTEST_STEM:
        keys |= {f"{stem[:-1]}k", f"{stem[:-1]}t"}
    if was_cut and stem.endswith("dz") and len(stem) > SHORTEST_STEM + 1:
        keys |= {f"{stem[:-2]}g", stem[:-1]}
    if word.endswith(("cie", "dzie")) and len(word) > SHORTEST_STEM + 2:
        keys.add(f"{word[:-3]}t" if word.endswith("cie") else word[:-3])
    if not was_cut and len(stem) > SHORTEST_STEM + 1 and stem[-2] == "e" and stem[-1] in "klcnr":
        keys.add(stem[:-2] + stem[-1])
    return keys


_ADJECTIVE = "(?:ego|ej|emu|ym|ymi|ych|y|a|e|o|i)"
_NOUN = "(?:iem|iach|iami|iom|ie|ia|iu)"
_PAST = "(?:lismy|lysmy|liscie|lyscie|lem|lam|les|las|lo|la|li|ly|l)"
_VERB = re.compile(
    rf"""(?:
        owa (?: {_PAST} | c | n{_ADJECTIVE} | n{_NOUN} | n )
      | uj (?: esz | emy | ecie | cie | my | ac[aey]?\w{{0,3}} | e | a )?
      | (?: i?[ae] | [iy] ) (?: {_PAST} | c )
      | i?[aoe] n (?: {_ADJECTIVE} | {_NOUN} )
      | i?[ae] n
      | i?e (?: t{_ADJECTIVE} | c{_NOUN} )
      | [ai]j (?: my | cie )?
      | (?: i | y ) (?: my | cie )
    )$""",
    re.VERBOSE,
)


def _bases_of_verb(word: str) -> set[str]:
    """What is left of a Polish verb, plain, without its ending: usun of usunąć, usunęła, usunięty and usunięcie."""
    found = _VERB.search(word)
    if found is None:
        return set()
    base = word[: found.start()]
    if len(base) == SHORTEST_STEM:
        # Too little to tell one verb from another: nada of nadał and nadany, logo of logowanie and loguje.
        base += "o" if found[0].startswith("uj") else found[0].lstrip("i")[:1]
    if len(base) <= SHORTEST_STEM:
        return set()
    return {base, base[:-1]} if base.endswith("sz") and len(base) > SHORTEST_STEM + 2 else {base}


def _bare(word: str) -> set[str]:
    """Without its end: nouns in -ia (kategorii, kategoriami), words that end in a vowel (osoby, maili, systemie), and
    an sz that was an s (wpisze)."""
    keys = {found[1]} if (found := re.match(r"(\w{3,}i)(?:ami|ach|om|a|i|e|o)$", word)) else set()
    if found := re.match(r"(\w{4,})ie$|(\w{3,}s)z(?:emy|ecie|esz|e|a)?$", word):
        keys.add(found[1] or found[2])
    if len(word) > SHORTEST_STEM + 1 and word[-1] in "iy" and word[-2] not in "aeiouy":
        keys.add(word[:-1])
    return keys


def allowed_typos(word: str) -> int:
    """How many letters may be wrong, missing, added or swapped."""
    return 0 if len(word) < 4 else 1 if len(word) < 6 else 2


def swapped(word: str) -> list[str]:
    """The word with each two neighbours swapped: trigrams of short words do not show this mistake."""
    return [word[:n] + word[n + 1] + word[n] + word[n + 2 :] for n in range(len(word) - 1)]


def distance(one: str, other: str, most: int) -> int:
    """Letters wrong, missing, added or swapped between two words (optimal string alignment); ``most + 1`` if more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, against in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == against:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]


def nearest(word: str, known: list[str]) -> str:
    """The known word that was probably meant, empty when none comes near."""
    given = plain(word)
    most = max(1, min(3, len(given) // 3 + 1))
    ranked = sorted((distance(given, plain(each), most), place, each) for place, each in enumerate(known))
    if ranked and ranked[0][0] <= most:
        return ranked[0][2]
    starting = [each for each in known if len(given) > 1 and plain(each).startswith(given)]
    return starting[0] if starting else ""
