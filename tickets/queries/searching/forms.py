"""From a word that was typed to the words that were written: its other forms, and near ones when it was mistyped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import F, Q, QuerySet

from helpdesk.lib import prepared
from tickets.models import SearchWord
from tickets.searching.words import allowed_typos, distance, keys_of, plain, swapped

MOST_FORMS = 60
"""Of one word. Words of a language have some twenty at most; what goes beyond are distant ones."""

SHORTEST_PREFIX = 3
LONGEST_FORM = 60
"""A longer word has no other forms and no near ones: none that is kept comes near."""


@dataclass
class Vocabulary:
    """What words to look for. ``is_generous`` takes near words and beginnings too, for when the exact find nothing;
    with ``only_unknown`` only for words that nobody ever wrote in any form. ``most_typos`` bounds how near.

    ``known``, when given, gives all the words there are, plain: those in sight of a requester or a person on a duty, so
    that nobody else's have any influence. It is asked once, and only if there is a word to look for.
    """

    is_generous: bool = False
    known: Callable[[], Sequence[str]] | None = None
    only_unknown: bool = False
    most_typos: int = 2
    _met: set[str] = field(default_factory=set)
    _forms: dict[str, list[str]] = field(default_factory=dict)

    def learn(self, words: Iterable[str]) -> None:
        """Look up all words of a query at once; ``words`` as typed, each of letters only or with digits."""
        asked = {plain(word): word.lower() for word in words}
        new = {word: typed for word, typed in asked.items() if word not in self._forms}
        if new:
            rows = self._rows(new)
            for word, typed in new.items():
                self._forms[word] = self._chosen(word, typed, rows)

    def forms(self, word: str) -> list[str]:
        """The plain forms of a word, itself first. A word with digits has no others."""
        return self._forms.get(plain(word), [plain(word)])

    def takes_near(self, word: str) -> bool:
        """Whether near words and beginnings count for this plain word."""
        return self.is_generous and word not in self._met

    def _rows(self, asked: dict[str, str]) -> list[tuple[str, frozenset[str]]]:
        """Plain words that may be meant, each with its keys."""
        if self.known is not None:
            return self._known_rows(list(asked), self.known())
        letters = {word: typed for word, typed in asked.items() if _may_have_forms(word)}
        if not letters:
            return []
        # The same word with accents says which forms it has: blad is błąd, and its others are błędu, błędy.
        spelled = [*letters]
        if self.is_generous:
            for word in letters:
                spelled += [row.plain for row in similar(word)]
                spelled += swapped(word)
        written = prepared.tuples((), _written, spelled=spelled)
        keys = {key for typed in letters.values() for key in keys_of(typed)}
        keys |= {key for text, _plain in written for key in keys_of(text)}
        if self.is_generous:
            # Nobody wrote receive, but somebody received: that is found for recieve.
            keys |= {key for word in letters for meant in swapped(word) for key in keys_of(meant)}
        rows = [(each, keys_of(text)) for text, each in prepared.tuples((), _sharing, keys=sorted(keys))]
        return rows + [(each, keys_of(text)) for text, each in written]

    def _known_rows(self, asked: list[str], known: Sequence[str]) -> list[tuple[str, frozenset[str]]]:
        """Of the known words those with whose first letter one of the asked begins, or a word near to one. Forms of a
        word begin alike, and finding the keys of all would take longer than searching."""
        letters = [word for word in asked if _may_have_forms(word)]
        begin = {word[0] for word in letters}
        if self.is_generous:
            begin |= {
                each[0]
                for word in letters
                if (most := allowed_typos(word))
                for each in known
                if abs(len(each) - len(word)) <= most and distance(word, each, most) <= most
            }
        return [(word, keys_of(word)) for word in known if word[0] in begin]

    def _chosen(self, word: str, typed: str, rows: list[tuple[str, frozenset[str]]]) -> list[str]:
        if not _may_have_forms(word):
            return [word]
        keys = set(keys_of(typed)).union(*(keys for each, keys in rows if each == word))
        if self.known is not None:
            keys |= keys_of(
                typed.replace("ę", "ą")
            )  # known words have lost their accents: błędu is bledu there, błąd blad
        if self.only_unknown and any(each == word or its_keys & keys for each, its_keys in rows):
            self._met.add(word)
        if self.takes_near(word):
            keys = keys.union(*self._nearest(word, rows))
        found = {each for each, its_keys in rows if its_keys & keys} - {word}
        return [word, *sorted(found, key=lambda each: (distance(word, each, 9), each))[: MOST_FORMS - 1]]

    def _nearest(self, word: str, rows: list[tuple[str, frozenset[str]]]) -> list[frozenset[str]]:
        """Keys of the words with the fewest letters wrong: where one is a letter away, those two away are not meant.

        The nearest may be a word of somebody else's tickets alone, which finds nothing. Then, on the way after the one
        for unknown words, all near words count: what is found must not tell what is written out of one's sight.
        """
        most = min(allowed_typos(word), self.most_typos)
        far = [(distance(word, each, most), keys) for each, keys in rows]
        if self.only_unknown:
            most = min((wrong for wrong, _keys in far if 0 < wrong <= most), default=0)
        return [keys for wrong, keys in far if wrong <= most]


def _may_have_forms(word: str) -> bool:
    return word.isalpha() and len(word) <= LONGEST_FORM


@prepared.planned_once
def _written(spelled: list[str]) -> QuerySet[SearchWord, tuple[str, str]]:
    return SearchWord.objects.filter(prepared.AnyOf(F("plain"), spelled)).values_list("text", "plain")


@prepared.planned_once
def _sharing(keys: list[str]) -> QuerySet[SearchWord, tuple[str, str]]:
    found = SearchWord.objects.filter(prepared.Overlaps(F("keys"), keys) | Q(keys__isnull=True))
    return found.values_list("text", "plain")[:5000]


def similar(word: str) -> list[SearchWord]:
    """Written words that look like this one (`search_similar` in the database)."""
    return list(SearchWord.objects.raw("select * from search_similar(%s, 200)", [word]))
