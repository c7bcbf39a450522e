"""The waitlist: shifts that are full, what one waits for, and a seat that is offered."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rotations import access
from rotations.actions import waiting as actions
from rotations.models import Shift, WaitlistEntry
from rotations.queries import waiting as queries
from rotations.queries.rounds import OPEN
from rotations.views.answering import said_if_refused
from rotations.views.duties import channel_names, page
from rotations.views.open_seats import channels_said


@login_required
def waiting(request: HttpRequest) -> HttpResponse:
    if not access.can_volunteer(request.user):
        raise Http404
    context: dict[str, Any] = {
        "entries": [(each, channel_names(each.channels)) for each in queries.entries_of(request.user, request.at)],
        "full": queries.full_shifts(request.user, request.at),
    }
    return page(request, "rotations/waiting.html", context)


@login_required
@require_POST
def wait(request: HttpRequest, number: int) -> HttpResponse:
    shift = get_object_or_404(Shift.objects.select_related("round__programme"), pk=number, round__state__in=OPEN)
    if not access.can_volunteer(request.user):
        raise Http404
    channels = channels_said(request, shift.round)
    with said_if_refused(request, _("You are on the waitlist. When a seat is free we write to you.")):
        actions.wait(shift=shift, channels=channels, by=request.user, at=request.at)
    return redirect("waiting")


@login_required
@require_POST
def accept(request: HttpRequest, number: int) -> HttpResponse:
    entry = _own(request, number)
    with said_if_refused(request, _("The seat is yours. Thank you.")):
        actions.accept(entry=entry, by=request.user, at=request.at)
    return redirect("waiting")


@login_required
@require_POST
def leave(request: HttpRequest, number: int) -> HttpResponse:
    with said_if_refused(request, _("Thank you for telling us. You do not wait for this any more.")):
        actions.leave(entry=_own(request, number), by=request.user, at=request.at)
    return redirect("waiting")


def _own(request: HttpRequest, number: int) -> WaitlistEntry:
    if not access.can_volunteer(request.user):
        raise Http404
    return get_object_or_404(WaitlistEntry, pk=number, person=request.user)
