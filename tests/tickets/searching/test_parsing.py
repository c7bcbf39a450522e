"""Reading a query: what it says, and what is said about one that cannot be read."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tickets.searching import Query, QueryError, parse, plain_query, times
from tickets.searching.snippets import marked, snippet
from tickets.searching.tree import All, Either, Not, Property, Words
from tickets.searching.words import distance, keys_of, plain

WARSAW = ZoneInfo("Europe/Warsaw")


def said(text: str) -> object:
    """The query in few words: tuples for properties, strings for words."""

    def short(node: object) -> object:
        match node:
            case Words():
                return f'"{node.text}"' if node.is_exact else node.text
            case Property():
                return (node.field, node.operator, *(value.meaning for value in node.values))
            case Not():
                return ("not", short(node.part))
            case All():
                return [short(part) for part in node.parts]
            case Either():
                return {
                    short(part) if not isinstance(part, All) else tuple(map(short, part.parts)) for part in node.parts
                }
        return None

    return short(parse(text).root)


def test_everything_that_can_be_asked_at_once():
    text = (
        "status:open queue:billing assignee:me requester:anna@example.com channel:email created:>2026-11-01 due<4h "
        'tag:refund -tag:spam has:attachment "exact words"'
    )

    assert said(text) == [
        ("status", "=", "open"),
        ("queue", "=", "billing"),
        ("assignee", "=", "me"),
        ("requester", "=", "anna@example.com"),
        ("channel", "=", "email"),
        ("created", ">", times.Calendar(2026, 11, 1)),
        ("due", "<", times.Span(timedelta(hours=4))),
        ("tag", "=", "refund"),
        ("not", ("tag", "=", "spam")),
        ("has", "=", "attachment"),
        '"exact words"',
    ]


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("", None),
        ("-", None),
        ("faktura KSeF", ["faktura", "KSeF"]),
        ("a OR b c", {"a", ("b", "c")}),
        ("(a OR b) -c", [{"a", "b"}, ("not", "c")]),
        ("NOT a AND b", [("not", "a"), "b"]),
        ("e-mail a - b", ["e-mail", "a", "b"]),
        ("status:open,new kanal:telefon", [("status", "=", "open", "new"), ("channel", "=", "phone")]),
        ("status:OTWARTE priorytet>=wysoki", [("status", "=", "open"), ("priority", ">=", "high")]),
        ("Re: http://x.example/?a=b 10:30", ["Re:", "http://x.example/?a=b", "10:30"]),
        ("„puste faktury” “blank page”", ['"puste faktury"', '"blank page"']),
        ("due:none tag:none", [("due", "=", None), ("tag", "=", "none")]),
        ("a\x00b", ["a", "b"]),
    ],
)
def test_what_a_query_says(text, meaning):
    assert said(text) == meaning


@pytest.mark.parametrize(
    ("text", "marked_text", "suggestion"),
    [
        ("a stauts:open", "stauts", "status"),
        ("status:opne x", "opne", "open"),
        ("łącze status: ", "status: ", ""),
        ("created:2026-13-01", "2026-13-01", ""),
        ("due<soon", "soon", ""),
        ("created<" + "9999w" * 11, "9999w" * 11, ""),  # before the first day of the calendar
        ("status>open", ">", ":"),
        ('x "abc', '"', ""),
        ("(a (b)", "(a (b)", "(a (b))"),
        ("a) b", ")", ""),
        ("a OR", "OR", ""),
        ("OR a", "OR", ""),
        ("a OR AND b", "OR", ""),
        ("number:abc", "abc", ""),
        ("a" * 501, "a", ""),
        (" ".join("a" * 31), "a", ""),
        ("tag:" + ",".join("a" * 51), "a", ""),
        ("(" * 249 + "a" + ")" * 249, "(", ""),
        ("-(" * 160 + "a" + ")" * 160, "(", ""),
    ],
)
def test_a_mistake_has_its_place_and_what_was_probably_meant(text, marked_text, suggestion):
    with pytest.raises(QueryError) as caught:
        parse(text)

    error = caught.value
    assert (text[error.start : error.end], error.suggestion) == (marked_text, suggestion)
    assert str(error)


@given(st.text(max_size=80) | st.text(alphabet='ab:<>=-,"()„” \tORANDT#@*.0129', max_size=60))
@example('status:"')
@example("due<" * 100)
def test_whatever_is_typed_is_read_or_refused_with_a_place(text):
    try:
        query = parse(text)
    except QueryError as error:
        assert 0 <= error.start <= error.end <= len(text)
    else:
        assert isinstance(query, Query)
    assert len(list(plain_query(text).leaves())) <= 30


def test_days_of_a_query_are_days_of_the_readers_zone():
    spring = times.bounds(times.Calendar(2026, 3, 29), today=date(2026, 3, 1), zone=WARSAW)
    december = times.bounds(times.Calendar(2026, 12), today=date(2026, 3, 1), zone=WARSAW)

    assert spring == (datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC))
    assert december == (datetime(2026, 11, 30, 23, tzinfo=UTC), datetime(2026, 12, 31, 23, tzinfo=UTC))


@pytest.mark.parametrize(
    "forms",
    [
        "faktura faktury fakturę faktur fakturze fakturą fakturami",
        "wpłata wpłaty wpłatę wpłacie wpłat",
        "paczka paczki paczek paczce paczkami",
        "hasło hasła haseł hasłem",
        "zamówienie zamówienia zamówień",
        "drukarka drukarce drukarek",
        "klient klienta klientów",
        "Woźniak Woźniaka Woźniakowi",
        "pusta puste pustych",
        "kategoria kategorii kategorię kategoriami",
        "rozmowa rozmów rozmowy rozmowie",
        "mail maili maile mailach mailem",
        "oddział oddziału oddziałem",
        "konto koncie konta kontem",
        "system systemu systemie",
        "usunąć usunął usunęła usunięty usunięcie usunięcia",
        "wysłać wysłałem wysłany wysłana wysłano",
        "zamówić zamówiłam zamówione zamówienie zamówień",
        "zapłacić zapłaciłem zapłacona zapłacono",
        "wyłączyć wyłączyłem wyłączone wyłączenie",
        "zalogować zaloguje zalogowany zalogowałam",
        "zgłosić zgłosiłem zgłoszony zgłoszenie",
        "wpisać wpisałem wpisany wpisze",
        "nadać nadałem nadana nadano",
        "invoice invoices invoicing",
    ],
)
def test_forms_of_a_word_share_a_key_with_and_without_accents(forms):
    first, *others = forms.lower().split()

    assert [word for word in others if not keys_of(word) & keys_of(first)] == []
    assert [word for word in others if not keys_of(plain(word)) & keys_of(plain(first))] == []


def test_different_words_share_none():
    words = ["faktura", "faks", "konto", "kontakt", "karta", "kartka", "hasło", "reklamacja", "zwrot", "invoice"]
    words += ["usunąć", "wysłać", "zapłacić", "zalogować", "zgłosić", "nadać", "kanał", "telefony", "email", "section"]

    assert [(a, b) for a in words for b in words if a < b and keys_of(a) & keys_of(b)] == []


@pytest.mark.parametrize(
    ("text", "corrected"),
    [
        ("(status:open", "(status:open)"),
        ("tag:a (faktura OR refund ", "tag:a (faktura OR refund)"),
        ("((a)", "((a))"),
        ("statsu:open", "status:open"),
        ("has:attachement", "has:attachment"),
        ("queue<3", "queue:3"),
        ("-(", ""),
    ],
)
def test_what_is_offered_instead_can_be_read(text, corrected):
    with pytest.raises(QueryError) as refused:
        parse(text)

    error = refused.value
    assert (text[: error.start] + error.suggestion + text[error.end :] if error.suggestion else "") == corrected
    parse(corrected)


@pytest.mark.parametrize("text", ['assignee:"Agnieszka Wrona', '"dwa słowa', "tag:a „błąd"])
def test_a_quotation_mark_without_a_partner_is_said_to_be_one(text):
    with pytest.raises(QueryError, match="no partner") as refused:
        parse(text)

    assert text[refused.value.start] in '"„'


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_distance_is_a_distance(one, other):
    assert distance(one, other, 6) == distance(other, one, 6)
    assert (distance(one, other, 6) == 0) == (one == other)
    assert abs(len(one) - len(other)) <= distance(one, other, 6) <= max(len(one), len(other))


@given(st.text(max_size=400), st.frozensets(st.sampled_from(["faktura", "a", "b*", "1"])))
def test_marking_changes_no_letter(text, words):
    assert "".join(piece for piece, _is_word in marked(text, words)) == text


def test_a_snippet_shows_the_place_of_the_word():
    text = "Dzień dobry. " * 40 + "Proszę o fakturę\nza marzec. " + "Pozdrawiam. " * 40

    pieces = snippet(text, frozenset({"fakture"}))

    assert ("fakturę", True) in pieces
    assert "".join(piece for piece, _is_word in pieces).startswith("… ")
    assert len("".join(piece for piece, _is_word in pieces)) < 220
