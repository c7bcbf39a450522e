"""Names sort the Polish way, in Python and in the database alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.lib.collation import MAX_LENGTH, sort_key
from tests.factories import make_organisation, make_user
from tickets.models import Organisation, User

ALPHABET = "aąbcćdeęfghijklłmnńoópqrsśtuvwxyzźż"
words = st.text(alphabet=ALPHABET, max_size=12)


def rank(word: str) -> list[int]:
    """What a dictionary goes by: each letter's place in the alphabet."""
    return [ALPHABET.index(letter) for letter in word]


@given(words, words)
def test_keys_compare_as_words_stand_in_a_dictionary(one, other):
    assert (sort_key(one) < sort_key(other)) == (rank(one) < rank(other))


@given(words)
def test_case_and_spaces_around_do_not_matter(word):
    assert sort_key(f" {word.upper()} ") == sort_key(word)


def test_composed_and_decomposed_letters_are_the_same():
    assert sort_key("Ło\u0301z\u0307") == sort_key("Łóż")


def test_other_accents_fold_to_their_letter():
    assert sort_key("Müller-Čapek") == sort_key("muller-capek")


@given(st.text(max_size=200))
def test_a_key_of_any_name_fits_its_column(name):
    assert len(sort_key(name)) <= MAX_LENGTH


@pytest.mark.django_db
def test_the_database_sorts_people_and_organisations_by_it():
    names = ["Żak", "Zych", "Źdźbło", "Łoś", "Lis", "Ćma", "Czyż", "Adam", "Ąk", "ewa", "Zając"]
    for name in names:
        make_user(name=name)
        make_organisation(name)

    in_order = ["Adam", "Ąk", "Czyż", "Ćma", "ewa", "Lis", "Łoś", "Zając", "Zych", "Źdźbło", "Żak"]
    assert list(User.objects.order_by("sort_key", "id").values_list("name", flat=True)) == in_order
    assert list(Organisation.objects.order_by("sort_key", "id").values_list("name", flat=True)) == in_order


@pytest.mark.django_db
@pytest.mark.parametrize("letter", ["ﬃ", "각", "ż", "ß", "\U0001f600"])
def test_the_longest_names_of_any_script_can_be_stored(letter):
    assert make_user(name=letter * 200).pk
