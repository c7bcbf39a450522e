"""Kinds of values that inputs and outputs of the API share."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers

from helpdesk.lib.api_values import LARGEST_ID as LARGEST_ID
from helpdesk.lib.api_values import Identifier as Identifier
from helpdesk.lib.api_values import Moment as Moment
from helpdesk.lib.api_values import StrictSerializer as StrictSerializer
from tickets.actions.attaching import File, TooLarge
from tickets.models import Priority

LONGEST_TEXT = 200_000

PRIORITY_NAMES = [(priority.name.lower(), priority.label) for priority in Priority]


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


class Files(serializers.ListField):
    """Files of a `multipart/form-data` request, together no more than one message may carry; as the actions take them.
    JSON carries none."""

    child = serializers.FileField(allow_empty_file=True)

    def __init__(self, **kwargs: Any) -> None:
        said = "Files that stand beside the words, each a part of this name."
        super().__init__(**{"required": False, "default": list, "max_length": 100, "help_text": said, **kwargs})

    def to_internal_value(self, data: Any) -> list[File]:
        files = super().to_internal_value(data)
        if sum(file.size for file in files) > settings.MAX_UPLOAD_BYTES:
            raise serializers.ValidationError(str(TooLarge()))
        return [
            File(name=each.name, content=each.read(), content_type=each.content_type or "application/octet-stream")
            for each in files
        ]


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
