"""Where signing in leads: back to the page a form stood on, never to the form's own address, which only takes POST."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlsplit

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme


class WayBackMiddleware:
    """Whoever sends a form after their session has ended is asked to sign in, and then finds the page with the form.

    What they had typed waits there as their draft. Without a Referer of this site the way leads to the start page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method == "POST" and _asks_to_sign_in(response):
            page = page_before(request)
            way = f"?{urlencode({REDIRECT_FIELD_NAME: page})}" if page else ""
            response["Location"] = resolve_url(settings.LOGIN_URL) + way
        return response


def _asks_to_sign_in(response: HttpResponse) -> bool:
    """To come back to where one was; after signing out nobody does."""
    to = urlsplit(response.get("Location", ""))
    return to.path == resolve_url(settings.LOGIN_URL) and REDIRECT_FIELD_NAME in parse_qs(to.query)


def page_before(request: HttpRequest) -> str:
    """The page of this site that the person comes from, by its Referer; empty without one."""
    referer = request.META.get("HTTP_REFERER", "")
    if not url_has_allowed_host_and_scheme(referer, {request.get_host()}, require_https=request.is_secure()):
        return ""
    parts = urlsplit(referer)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
