"""Small pieces of HTML."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone, translation

from tests.factories import AT
from tickets.models import User
from tickets.templatetags import ui


def test_an_avatar_shows_initials_and_says_the_name():
    html = ui.avatar(User(pk=7, name="Łukasz Żak"))

    assert html == (
        f'<span class="avatar hue-{7 * 5 % 12}" role="img" aria-label="Łukasz Żak" title="Łukasz Żak">ŁŻ</span>'
    )


def test_a_name_cannot_become_markup():
    html = ui.avatar(User(pk=1, name='"><script>alert(1)</script>'))

    assert "<script" not in html


def test_nobody_is_a_ring_with_a_name():
    assert 'data-none role="img" aria-label="Nobody yet"' in ui.avatar(None)


@pytest.mark.parametrize(
    ("days", "words"), [(0, "8:00"), (-3, "Fri 8:00"), (-7, "2 Mar"), (-400, "2 Feb 2025"), (1, "Tue 8:00")]
)
def test_moments_are_short_when_they_are_near(days, words):
    with timezone.override("Europe/Warsaw"):
        assert ui.moment(AT + timedelta(days=days), AT) == words


def test_polish_writes_days_small_inside_a_sentence():
    with timezone.override("Europe/Warsaw"), translation.override("pl"):
        assert ui.full_moment(AT) == "poniedziałek 9 marca 2026, 8:00"


@pytest.mark.parametrize(
    ("instant", "heading"),
    [
        (AT, "Today, Monday 9 March"),
        (AT - timedelta(days=1), "Yesterday, Sunday 8 March"),
        (AT - timedelta(days=3), "Friday 6 March"),
        (datetime(2025, 12, 24, 12, tzinfo=UTC), "24 December 2025"),
    ],
)
def test_headings_of_days(instant, heading):
    with timezone.override("Europe/Warsaw"):
        assert ui.day(instant, AT) == heading


@pytest.mark.parametrize(("size", "words"), [(1, "1 KB"), (84_000, "84 KB"), (2_100_000, "2.1 MB")])
def test_file_sizes(size, words):
    assert ui.file_size(size) == words


@pytest.mark.parametrize(("number", "words"), [(0, "0"), (1546, "1,546"), (9999, "9,999"), (10_000, "9,999+")])
def test_counts(number, words):
    assert ui.count(number) == words


def test_contact_data_is_masked_for_those_who_may_not_keep_it():
    assert ui.contact("halina@lniana.example", True) == "halina@lniana.example"
    assert ui.contact("halina@lniana.example", False) == "h…@l…"
    assert ui.contact("+48 601 200 300", False) == "…00"


def test_icons_are_decoration():
    html = ui.icon("mail", size="s", ch="email")

    assert html.startswith('<svg class="icon" data-size="s" data-ch="email" aria-hidden="true"><use href="')
    # With a hash in the name where the sprite was collected before.
    assert re.search(r'img/icons(\.\w+)?\.svg#mail"/></svg>$', html)
