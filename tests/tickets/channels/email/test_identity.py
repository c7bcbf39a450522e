from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.channels.email import identity

AT = datetime(2026, 3, 9, 7, tzinfo=UTC)
NUMBERS = st.integers(min_value=0, max_value=2**32 - 1)


@given(ticket=NUMBERS, user=NUMBERS)
def test_a_token_comes_back_from_an_address_and_from_a_message_id(ticket, user):
    token = identity.make(ticket, user, at=AT)

    for value in (
        identity.plus_address("shops@bursztyn.example", token),
        identity.plus_address("shops@bursztyn.example", token).upper(),
        identity.message_id(token, 7, "bursztyn.example"),
        f"<{identity.message_id(token, 7, 'bursztyn.example')}>",
    ):
        found = identity.read(value, at=AT)
        assert found is not None
        assert (found.ticket_id, found.user_id) == (ticket, user)


def test_it_fits_into_a_local_part():
    token = identity.make(2**32 - 1, 2**32 - 1, at=AT)

    assert len(token) == 32
    assert len(identity.plus_address(f"{'q' * 31}@x.example", token).partition("@")[0]) == 64
    assert identity.plus_address(f"{'q' * 32}@x.example", token) == f"{'q' * 32}@x.example"


def test_it_lives_for_half_a_year_by_default_to_the_end_of_the_day():
    address = identity.plus_address("a@x.example", identity.make(1, 2, at=AT))

    assert identity.read(address, at=AT + timedelta(days=180, hours=16))
    assert identity.read(address, at=AT + timedelta(days=181)) is None


def test_every_changed_letter_makes_it_worthless():
    token = identity.make(1, 2, at=AT)
    for position in range(32):
        other = "b" if token[position] == "a" else "a"
        forged = token[:position] + other + token[position + 1 :]
        assert identity.read(f"a+{forged}@x.example", at=AT) is None


def test_another_secret_means_another_token_unless_it_is_a_fallback(settings):
    address = identity.plus_address("a@x.example", identity.make(1, 2, at=AT))
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another secret of at least some length"
    assert identity.read(address, at=AT) is None

    settings.SECRET_KEY_FALLBACKS = [old]

    assert identity.read(address, at=AT)


@pytest.mark.parametrize("value", ["", "a@x.example", "a+b@x.example", "+" * 5000, "dz." + "a" * 32, "a" * 5000])
def test_what_carries_no_token(value):
    assert identity.read(value, at=AT) is None


def test_the_queue_is_known_without_the_plus_part():
    assert identity.without_plus(" Shops+abc@Bursztyn.example ") == "shops@bursztyn.example"
