"""Every request with a session passes here, whatever it asks for: pages, API, administration."""

from __future__ import annotations

from collections.abc import Callable

from allauth.core.internal.httpkit import get_client_ip
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from tickets.accounts import second_factors, sessions
from tickets.actions import auditing

WHY = "signed_out_because"
"""In a session without a person: what the sign-in page explains."""


class SessionRulesMiddleware:
    """A session without the second factor its person needs is ended before anything is done in its name.

    The others are remembered with place and time, at most every few minutes, so that pages write nothing. What they
    do that belongs into the audit stands there with the place it came from.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        person = request.user
        if person.is_authenticated:
            if second_factors.is_missing_in(request.session, person):
                logout(request)
                request.session[WHY] = "second_factor"
            else:
                sessions.remember(request)
        with auditing.asked_from(get_client_ip(request)):
            return self.get_response(request)
