"""Per-request facts: one moment for the whole request, and the person's own language and time zone.

What signed-in people get is marked as theirs: no cache on the way may keep it for others.
"""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.contrib.auth.middleware import get_user
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_cache_control

from helpdesk.lib import clock


class RequestContextMiddleware:
    """Sets ``request.at`` (aware, UTC); signed-in people get their language and zone, strangers what they asked for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.at = clock.now()  # type: ignore[attr-defined]
        # The person, not the stand-in that looks for them: it is asked for a thousand times by a page.
        user = request.user = get_user(request)
        if user.is_authenticated:
            translation.activate(user.language)
            request.LANGUAGE_CODE = user.language
            timezone.activate(ZoneInfo(user.time_zone))
        try:
            response = self.get_response(request)
        finally:
            timezone.deactivate()
        if user.is_authenticated and "Cache-Control" not in response:
            # Not no-store: that would also make the browser forget what was typed on the page before.
            patch_cache_control(response, private=True, no_cache=True)
        return response
