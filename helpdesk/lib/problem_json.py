"""API errors as application/problem+json (RFC 9457): one shape, one sentence that says what to do."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler


def problem(*, status: int, title: str, detail: str = "", **extra: Any) -> Response:
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **extra}
    return Response(body, status=status, content_type="application/problem+json")


def handle(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. Invalid input lists its fields under ``errors``."""
    if isinstance(exc, RequestDataTooBig):
        return problem(status=413, title="Content Too Large", detail=_("This is too much at once. Nothing was stored."))
    response = exception_handler(exc, context)
    if response is None:
        return None
    if isinstance(exc, exceptions.ValidationError):
        answer = problem(status=400, title="Invalid input", detail="See errors.", errors=response.data)
    else:
        not_found = isinstance(exc, Http404 | exceptions.NotFound)
        detail = "" if not_found else str(getattr(exc, "detail", exc))
        answer = problem(status=response.status_code, title=response.status_text, detail=detail)
    for header in ("WWW-Authenticate", "Retry-After", "Allow"):
        if header in response:
            answer[header] = response[header]
    return answer
