"""Taking an open seat of a published round, or waiting for one: the days, the channels, who would be there."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from rotations import access
from rotations.actions import placing
from rotations.forms.duties import TICKETS, scope_of
from rotations.models import Round, Shift
from rotations.queries import my_duty, rounds
from rotations.queries import open_seats as queries
from rotations.queries.demand import GROUPS
from rotations.queries.fitting import Why, unsigned
from rotations.views.answering import said_if_refused
from rotations.views.duties import page
from tickets.models import Channel

IN_THE_WAY: dict[Why, Any] = {
    Why.AWAY: _("You are away on one of these days."),
    Why.REST: _("Another duty of yours overlaps or lies too close: there must be rest between."),
    Why.ALREADY: _("You have a place here already."),
    Why.OVER: _("This shift has begun or was called off."),
}


@login_required
@require_safe
def open_seats(request: HttpRequest) -> HttpResponse:
    """Which shift is looked at stands in the address, so that it needs no script: ``shift``, ``round``, ``from`` (a
    Monday), and the channels that were switched on before another one was chosen."""
    if not access.can_volunteer(request.user):
        raise Http404
    found = queries.rounds_with_seats(request.at)
    shift = _number(request.GET.get("shift"))
    of = _round(found, shift, _number(request.GET.get("round")))
    context: dict[str, Any] = {"rounds": found, "round": of}
    if of is not None:
        seats = queries.seats_of(of, request.user, request.at, shift=shift, monday=_day(request.GET.get("from")))
        context |= {"seats": seats, "chosen": seats.chosen}
        if seats.chosen is not None:
            context |= _about(request, of, seats.chosen)
    return page(request, "rotations/open_seats.html", context)


@login_required
@require_POST
def take_seat(request: HttpRequest, number: int) -> HttpResponse:
    rows = Shift.objects.select_related("round__programme")
    shift = get_object_or_404(rows, pk=number, round__state__in=rounds.OPEN)
    if not access.can_volunteer(request.user):
        raise Http404
    channels = channels_said(request, shift.round)
    with said_if_refused(request, _("The seat is yours. Thank you.")):
        placing.take_seat(shift=shift, channels=channels, by=request.user, at=request.at)
        return redirect("duties")
    return redirect(f"{reverse('open_seats')}?shift={shift.pk}")


def _about(request: HttpRequest, of: Round, chosen: queries.Chosen) -> dict[str, Any]:
    programme = of.programme
    missing = unsigned(request.user, programme.channels, programme, chosen.shift.windows)
    said = rounds.sign_up_of(request.user, of)
    told = set(request.GET.getlist("channels")) or set(said.channels if said else programme.channels) - {Channel.PHONE}
    scope = []
    for value, icon, label, words, is_ticked in scope_of(programme, told):
        needs = bool(missing & {each for each in programme.channels if GROUPS[each] == value})
        scope.append((value, icon, label, words, is_ticked and not needs, needs, value in chosen.lacks))
    return {
        "scope": scope,
        "why": [IN_THE_WAY[each] for each in chosen.why if each in IN_THE_WAY],
        "is_away": Why.AWAY in chosen.why,
        "answer_s": my_duty.usual_answer_s(programme, request.at),
        "last": chosen.shift.windows[-1].ends_at,
    }


def channels_said(request: HttpRequest, of: Round) -> list[str]:
    """Of a form in which email and web are one switch."""
    told = set(request.POST.getlist("channels"))
    if TICKETS in told:
        told |= {str(each) for each in (Channel.EMAIL, Channel.WEB) if each in of.programme.channels}
    return [each for each in Channel.values if each in told]


def _round(found: list[Round], shift: int | None, number: int | None) -> Round | None:
    """Whose the shift is, or the one that is asked for, else the first."""
    by_shift = set(Round.objects.filter(shifts=shift).values_list("pk", flat=True)) if shift else set()
    wanted = by_shift or {number}
    return next((each for each in found if each.pk in wanted), found[0] if found else None)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None


def _day(text: str | None) -> date | None:
    """None also at the ends of the calendar, where four more weeks would be out of it."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if 2000 <= day.year < 2100 else None
