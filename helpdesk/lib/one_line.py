"""Words that must stay in one line, because they meet a header of a mail or a line of a protocol sooner or later."""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

_BREAKING = {"Cc", "Cs", "Zl", "Zp"}
"""Control characters, halves of characters, and the two that Unicode ends lines with. Python's `splitlines` and mail
programs between them take every one of \\n \\r \\v \\f \\x1c \\x1d \\x1e \\x85 U+2028 U+2029 for a new line."""


def is_one_line(value: str) -> bool:
    return not any(unicodedata.category(char) in _BREAKING for char in value)


def one_line(value: str) -> str:
    """What people wrote, with a space for everything that could start a new line."""
    return " ".join("".join(" " if unicodedata.category(char) in _BREAKING else char for char in value).split())


def must_be_one_line(value: str) -> None:
    """A validator for fields of models, forms and serializers."""
    if not is_one_line(value):
        raise ValidationError(_("Write this in one line, without control characters."), code="several_lines")
