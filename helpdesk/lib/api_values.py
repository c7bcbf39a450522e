"""What the APIs of all apps share: kinds of values, checked input, and the answers that each of them may give."""

from __future__ import annotations

from datetime import UTC
from typing import Any, TypeVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers

LARGEST_ID = 2**63 - 1
PROBLEM = "application/problem+json"

Input = TypeVar("Input", bound=serializers.Serializer[Any])


class Moment(serializers.DateTimeField):
    """An instant, written in UTC whatever the reader's own time zone is."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default_timezone=UTC, **kwargs)


class Identifier(serializers.IntegerField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": 1, "max_value": LARGEST_ID, **kwargs})


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses names it does not know: a misspelt ``seen`` or filter must not be taken for its absence."""

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        if unknown := sorted(set(data) - set(self.fields)):
            raise serializers.ValidationError({name: [_("This name is not known here.")] for name in unknown})
        return values


class ProblemOutput(serializers.Serializer[Any]):
    """application/problem+json (RFC 9457)."""

    type = serializers.CharField(default="about:blank")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(
        allow_blank=True, help_text="One sentence in the caller's language that says what to do."
    )


class InvalidOutput(ProblemOutput):
    errors = serializers.DictField(help_text="Names of the fields, each with its sentences.")  # type: ignore[assignment]


class RefusalOutput(ProblemOutput):
    code = serializers.CharField(
        help_text="The refusal's stable name, such as `already_assigned` or `wrong_transition`."
    )


def problem_answer(kind: type[ProblemOutput], description: str) -> OpenApiResponse:
    return OpenApiResponse(kind, description=description)


NOT_SIGNED_IN: dict[Any, Any] = {
    (403, PROBLEM): problem_answer(
        ProblemOutput, "Not signed in, without CSRF token, or without the right to do this."
    ),
}
INVALID: dict[Any, Any] = {
    (400, PROBLEM): problem_answer(
        InvalidOutput, "Unreadable, incomplete or unknown input; `errors` names the fields."
    ),
}
REFUSED: dict[Any, Any] = {
    (409, PROBLEM): problem_answer(
        RefusalOutput, "The state of things forbids it; `detail` says why. Nothing was changed."
    ),
}


def checked(kind: type[Input], data: Any) -> Input:
    """The input with ``validated_data``. Raises DRF's `ValidationError`."""
    given = kind(data=data)
    given.is_valid(raise_exception=True)
    return given
