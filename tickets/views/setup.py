"""What the pages of the section Setup share: who may open them, and the surroundings."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from tickets import access
from tickets.views.shell import shell

View = Callable[..., HttpResponse]


def for_setup(view: View) -> View:
    """Leads and administrators look; everybody else finds nothing here."""
    return _for(access.can_see_setup, view)


def for_setup_changes(view: View) -> View:
    """Administrators change; everybody else finds nothing here."""
    return _for(access.can_change_setup, view)


def _for(may: Callable[[Any], bool], view: View) -> View:
    @login_required
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may(request.user):
            raise Http404
        return view(request, *args, **kwargs)

    return wrapped


def setup_page(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A page of the section; whichever it is, the sidebar shows the section as the current one."""
    around = {
        "at": request.at,
        "may_change": access.can_change_setup(request.user),
        "shell": shell(request, path=reverse("setup_queues")),
    }
    return render(request, template, {**around, **context}, status=status)
