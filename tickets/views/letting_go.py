"""Letting somebody go who looks in on a ticket, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tickets.actions import letting_go
from tickets.actions.errors import NotAllowed, Refused
from tickets.models import Ticket, User
from tickets.views.ticket import after, load_workable, page


@login_required
@require_POST
def let_go(request: HttpRequest, number: int, person_id: int) -> HttpResponse:
    found, person = load_workable(request, number), _person(person_id)
    undo = reverse("let_back", args=[number, person_id])
    said = _("%(name)s does not see #%(number)d any more.") % {"name": person, "number": number}
    return _done(request, found, person, letting_go.let_go, said, undo)


@login_required
@require_POST
def let_back(request: HttpRequest, number: int, person_id: int) -> HttpResponse:
    found, person = load_workable(request, number), _person(person_id)
    said = _("%(name)s sees #%(number)d again.") % {"name": person, "number": number}
    return _done(request, found, person, letting_go.let_back, said)


def _person(person_id: int) -> User:
    person = User.objects.filter(pk=person_id).first()
    if person is None:
        raise Http404
    return person


def _done(
    request: HttpRequest, found: Ticket, person: User, act: Callable[..., Any], said: str, undo: str = ""
) -> HttpResponse:
    try:
        act(ticket=found, person=person, by=request.user, at=request.at)
    except NotAllowed as refusal:
        return page(request, found, status=403, refusal=str(refusal))
    except Refused as refusal:
        toasts.info(request, str(refusal))
    else:
        toasts.success(request, said, extra_tags=undo)
    return after(request, found.pk)
