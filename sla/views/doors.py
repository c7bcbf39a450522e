"""Who is let in to the settings of promises: leads look, administrators change."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse

from sla import access

View = Callable[..., HttpResponse]


def _door(may_enter: Callable[[Any], bool]) -> Callable[[View], View]:
    def door(view: View) -> View:
        @login_required
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not may_enter(request.user):
                raise Http404
            return view(request, *args, **kwargs)

        return checked

    return door


for_who_sees = _door(access.can_see_promises)
for_who_keeps = _door(access.can_keep_promises)
