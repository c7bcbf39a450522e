"""The pages of refusals: what happened, what is safe, one way on. They run without queries.

Programs that ask under ``/api/`` get the same words as application/problem+json.
"""

from __future__ import annotations

import sys

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import connection
from django.db.utils import Error, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

TYPED = ("subject", "text", "comment", "reason")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig | TooManyFilesSent | TooManyFieldsSent):
        return too_large(request)
    return _page(
        request,
        400,
        _("We could not read this request"),
        _("The address or the form was incomplete. Go back and try again."),
    )


def too_large(request: HttpRequest) -> HttpResponse:
    return _page(
        request,
        413,
        _("This is too much at once"),
        _("Go back, leave out the largest files and send again. Nothing was stored."),
    )


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(
        request,
        403,
        _("This is not yours to do"),
        str(exception or "") or _("Ask a lead or an administrator if you need it."),
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(
        request,
        404,
        _("There is nothing here that you can see"),
        _("The address may be wrong, or the ticket may belong to another team."),
    )


def too_many_requests(request: HttpRequest) -> HttpResponse:
    return _page(
        request,
        429,
        _("Too many attempts in a short time"),
        _("This protects the accounts. Wait a few minutes and try again."),
    )


def busy(request: HttpRequest) -> HttpResponse:
    response = _page(
        request,
        503,
        _("This file waits behind another one"),
        _("Large files are saved one after the other. Try again in a moment."),
    )
    response["Retry-After"] = "10"
    return response


def not_checked(request: HttpRequest) -> HttpResponse:
    return _page(
        request,
        403,
        _("This file takes too long to check"),
        _("It may quote links that speak for one person, so only an administrator can save it."),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """What was typed is given back to copy, whatever went wrong with it."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError) and _is_away():
        return database_away(request)
    return _page(
        request,
        500,
        _("This did not work, and it is our fault"),
        _("The error has been recorded. Try again in a moment."),
        typed=_typed(request),
    )


def database_away(request: HttpRequest) -> HttpResponse:
    """Nobody can be looked up, so the page is that of somebody unknown."""
    request.user = AnonymousUser()
    typed = _typed(request)
    response = _page(
        request,
        503,
        _("The desk cannot reach its database"),
        _("Your text is safe. Copy it and send it again in a moment, when the desk is back.")
        if typed
        else _("It will be back by itself. Try again in a moment."),
        typed=typed,
    )
    response["Retry-After"] = "10"
    return response


def _is_away() -> bool:
    try:
        connection.ensure_connection()
    except Error:
        return True
    return not connection.is_usable()


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form older than its session. The typed words are given back to copy; they are never sent on by themselves."""
    typed = _typed(request)
    return _page(
        request,
        403,
        _("The page was open for too long"),
        _("Nothing was sent. Open the page again and send it from there.")
        if not typed
        else _("Nothing was sent, and your text is safe. Copy it, open the page again and send it from there."),
        typed=typed,
    )


def _typed(request: HttpRequest) -> list[str]:
    try:
        return [value for name in TYPED for value in request.POST.getlist(name) if value.strip()]
    except OSError:  # what was sent did not come whole
        return []


def _page(request: HttpRequest, status: int, title: str, text: str, **more: object) -> HttpResponse:
    if request.path.startswith("/api/"):
        body = {"type": "about:blank", "title": title, "status": status, "detail": text}
        return JsonResponse(body, status=status, content_type="application/problem+json")
    response = render(request, "error.html", {"status": status, "title": title, "text": text, **more}, status=status)
    response["HX-Retarget"] = "body"
    return response
