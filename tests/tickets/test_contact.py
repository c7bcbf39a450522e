import pytest

from tickets.contact import mask_email, mask_name, mask_phone


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("anna.nowak@bursztyn.example", "a…@b…"),
        ("a@b", "a…@b…"),
        ("łucja@żółw.example", "ł…@ż…"),
        ('"odd@local"@host.example', '"…@h…'),
        ("no-address", "n…"),
        ("", ""),
    ],
)
def test_an_address_keeps_two_letters(address: str, shown: str) -> None:
    assert mask_email(address) == shown


@pytest.mark.parametrize(("number", "shown"), [("+48 601 234 567", "…67"), ("112", "…12"), ("", ""), ("unknown", "")])
def test_a_number_keeps_two_digits(number: str, shown: str) -> None:
    assert mask_phone(number) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Anna Nowak", "Anna Nowak"),
        ("Anna Nowak 3", "Anna Nowak 3"),
        ("anna@bursztyn.example", "a…@b…"),
        ("Anna <anna@bursztyn.example>", "Anna <…@b…"),
        ("+48 601 234 567", "…67"),
        ("", ""),
    ],
)
def test_people_called_by_their_address_or_number_are_masked_too(name: str, shown: str) -> None:
    assert mask_name(name) == shown
