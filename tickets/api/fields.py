"""Kinds of values that inputs and outputs of the API share."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from tickets.models import Priority

LARGEST_ID = 2**63 - 1
LONGEST_TEXT = 200_000

PRIORITY_NAMES = [(priority.name.lower(), priority.label) for priority in Priority]


class Moment(serializers.DateTimeField):
    """An instant, written in UTC whatever the reader's own time zone is."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default_timezone=UTC, **kwargs)


class Identifier(serializers.IntegerField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": 1, "max_value": LARGEST_ID, **kwargs})


class LetIn(serializers.ListField):
    def __init__(self, **kwargs: Any) -> None:
        said = "Numbers of people named in the text with an @ who do not see the ticket and may look in from now on."
        super().__init__(
            **{"child": Identifier(), "required": False, "default": list, "max_length": 20, "help_text": said, **kwargs}
        )


class Words(serializers.CharField):
    """What somebody wrote: kept to the last blank, but never blanks alone."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": LONGEST_TEXT, "trim_whitespace": False, **kwargs})

    def to_internal_value(self, data: Any) -> str:
        words = super().to_internal_value(data)
        if not words.strip():
            self.fail("blank")
        return words


class OwnValues(serializers.DictField):
    """Values of the desk's own fields by key: text, a number as a decimal string, a date as YYYY-MM-DD, a choice."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=serializers.CharField(allow_blank=True, max_length=2000), **kwargs)


class PriorityName(serializers.ChoiceField):
    """``low`` to ``urgent`` outside, 1 to 4 inside."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=PRIORITY_NAMES, **kwargs)

    def to_internal_value(self, data: Any) -> int:
        return Priority[super().to_internal_value(data).upper()].value

    def to_representation(self, value: int) -> str:
        return Priority(value).name.lower()


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses names it does not know: a misspelt ``seen`` or filter must not be taken for its absence."""

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        if unknown := sorted(set(data) - set(self.fields)):
            raise serializers.ValidationError({name: [_("This name is not known here.")] for name in unknown})
        return values
