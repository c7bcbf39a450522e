"""Refusals of actions as application/problem+json: 403 where the right is missing, 409 where the state forbids it."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.response import Response

from helpdesk.lib import problem_json
from tickets.actions.errors import Conflict, NotAllowed, Refused
from tickets.actions.filling import FieldsMissing
from tickets.models import Priority
from tickets.searching import QueryError

_WORD = re.compile(r"(?<!^)(?=[A-Z])")


def handle(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: a refusal keeps its sentence and names itself under ``code``."""
    if isinstance(exc, Refused):
        return refusal(exc)
    if isinstance(exc, QueryError):
        return mistake(exc)
    return problem_json.handle(exc, context)


def mistake(error: QueryError, *, field: str = "q") -> Response:
    """A search that cannot be read: what is wrong, and where in ``field``."""
    return problem_json.problem(
        status=400,
        title="Invalid input",
        detail=str(error),
        errors={field: [str(error)]},
        mistake={"start": error.start, "end": error.end, "suggestion": error.suggestion},
    )


def refusal(error: Refused, **extra: Any) -> Response:
    if isinstance(error, Conflict):
        extra |= {"field": error.field, "theirs": _shown(error, error.theirs), "yours": _shown(error, error.yours)}
    if isinstance(error, FieldsMissing):
        extra |= {"fields": [field.key for field in error.fields]}
    is_right_missing = isinstance(error, NotAllowed)
    return problem_json.problem(
        status=403 if is_right_missing else 409,
        title=_("Not allowed") if is_right_missing else _("Not possible now"),
        detail=str(error),
        code=_WORD.sub("_", type(error).__name__).lower(),
        **extra,
    )


def _shown(conflict: Conflict, value: Any) -> Any:
    """Values as the API writes them: priorities by name, everything else as it is."""
    return Priority(value).name.lower() if conflict.field == "priority" else value
