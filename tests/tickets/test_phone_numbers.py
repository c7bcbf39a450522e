"""Spellings of telephone numbers."""

import pytest

from tickets.phone_numbers import are_one, can_be_found, is_whole, significant

SPELLINGS = (
    "601234567",
    "601 234 567",
    "601-234-567",
    "+48 601 234 567",
    "+48601234567",
    "0048 601 234 567",
    "(+48) 601.234.567",
    "tel. 601 234 567",
    "0601 234 567",
    "601 234 567 wew. 12",
    "601 234 567 ext 4",
    "+48 601 234 567;12",
    "601234567x12",
)


@pytest.mark.parametrize("spelled", SPELLINGS)
def test_every_spelling_is_one_number(spelled):
    assert significant(spelled) == "601234567"
    assert are_one(spelled, "+48 601 234 567")
    assert is_whole(spelled)


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("+1 (212) 555-0123", "2125550123"),
        ("+44 (0)20 7946 0000", "2079460000"),
        ("00421 2 555 012 34", "255501234"),
        ("+7 495 123-45-67", "4951234567"),
        ("601 23", "60123"),
        ("+48", ""),
        ("", ""),
        ("Anna", ""),
        ("٦٠١", ""),
    ],
)
def test_the_country_and_the_trunk_are_left_out(typed, digits):
    assert significant(typed) == digits


def test_three_digits_are_too_few_to_look_for():
    assert [can_be_found(typed) for typed in ("601", "+48 601", "6012")] == [False, False, True]


def test_nothing_is_no_number():
    assert not are_one("", "")
    assert not are_one("12", "601234512")
