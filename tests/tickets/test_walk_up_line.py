"""One line of a favour, taken apart."""

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets import walk_up_line
from tickets.walk_up_line import length_of_free_name, names_unit, read, taken_by, tokens


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("anna java 10", 10),
        ("anna java 10m", 10),
        ("anna java 10 min", 10),
        ("anna java 10 minut", 10),
        ("anna java 1h", 60),
        ("anna java 1 h 30", 90),
        ("anna java 1h30", 90),
        ("anna java 1h30m", 90),
        ("anna java 1,5h", 90),
        ("anna java 1.5 h", 90),
        ("anna java 2 godz.", 120),
        ("anna java 12H", 720),
    ],
)
def test_minutes_stand_at_the_end_in_any_writing(text, minutes):
    line = read(text)

    assert (line.minutes, line.words) == (minutes, ("anna", "java"))


@pytest.mark.parametrize("text", ["anna java", "anna java 0", "anna java 721", "anna java 13h", "anna java x10"])
def test_what_no_favour_takes_is_part_of_the_words(text):
    line = read(text)

    assert line.minutes is None
    assert " ".join(line.words) == text


@pytest.mark.parametrize(
    ("text", "minutes", "since"),
    [
        ("anna java 15 od 9:40", 15, time(9, 40)),
        ("anna java od 9:40 15", 15, time(9, 40)),
        ("anna java since 9.40 15m", 15, time(9, 40)),
        ("anna java 9:40", None, time(9, 40)),
        ("anna java od 9 15m", 15, time(9)),
        ("anna java o 14:05", None, time(14, 5)),
    ],
)
def test_a_favour_may_say_when_it_began(text, minutes, since):
    line = read(text)

    assert (line.minutes, line.since, line.words) == (minutes, since, ("anna", "java"))


def test_a_time_that_is_none_stays_a_word():
    assert read("anna java 25:00").since is None
    assert read("anna java 9:75").since is None


def test_an_address_may_stand_for_the_name():
    assert read("j.lis@sklep.example druk 5").address == "j.lis@sklep.example"
    assert read("druk@ 5").address == ""


@pytest.mark.parametrize(
    ("name", "typed", "taken"),
    [
        ("Anna Kowal", "anna kowal java", 2),
        ("Anna Kowal", "kowal anna java", 2),
        ("Anna Kowal", "ann java", 1),
        ("Łukasz Żak", "luk zak druk", 2),
        ("Łukasz Żak", "ŁUKASZ druk", 1),
        ("Jan Żak", "jan z drukarką", 1),
        ("Wu Li", "wu li druk", 2),
        ("Anna Kowal", "java anna", 0),
        ("Anna Anna", "anna anna", 2),
        ("Anna-Maria Nowak", "anna maria nowak x", 3),
    ],
)
def test_words_are_beginnings_of_a_name_without_accents(name, typed, taken):
    assert taken_by(name, tokens(typed.split())) == taken


def test_a_department_tells_two_of_one_name_apart():
    assert names_unit("Bursztyn, Sprzedaż", "sprz")
    assert not names_unit("Bursztyn, Sprzedaż", "sp")
    assert not names_unit("Bursztyn, Sprzedaż", "kadry")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Zenon Martyniuk toner", "Zenon Martyniuk"),
        ("zenek toner", "zenek"),
        ("Zenek Toner", "Zenek"),
        ("Zenek", "Zenek"),
        ("Kuba Excel nie działa", "Kuba"),
        ("Kuba Excela naprawić", "Kuba"),
        ("Kuba Lis Outlook nie działa", "Kuba Lis"),
        ("Kuba Worwa toner", "Kuba Worwa"),
    ],
)
def test_a_free_name_is_the_first_word_and_those_with_a_capital_letter(text, name):
    words = text.split()

    assert " ".join(words[: length_of_free_name(words)]) == name


@given(st.text(max_size=500))
def test_any_text_can_be_read(text):
    line = read(text)

    assert line.minutes is None or 1 <= line.minutes <= walk_up_line.LONGEST_MINUTES
    assert len(" ".join(line.words)) <= walk_up_line.LONGEST
    assert 0 <= length_of_free_name(line.words) <= len(line.words) if line.words else True
    assert taken_by(text, tokens(line.words)) <= len(line.words)


WORDS = st.lists(st.text(alphabet="abcdefghijklmnopqrstuwvzżółć", min_size=2, max_size=9), min_size=1, max_size=5)


@given(WORDS, st.integers(1, 720), st.sampled_from(["{}", "{}m", "{} min"]), st.booleans(), st.times())
def test_whatever_is_written_at_the_end_is_taken_off_again(words, minutes, writing, has_time, began):
    words = [word for word in words if word not in ("od", "o", "at", "since", "from")] or ["druk"]
    clock = [f"od {began.hour}:{began.minute:02}"] if has_time else []
    line = read(" ".join([*words, *clock, writing.format(minutes)]))

    assert (list(line.words), line.minutes) == (words, minutes)
    assert line.since == (time(began.hour, began.minute) if has_time else None)
