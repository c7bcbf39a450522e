"""Covers and swaps: what others look for, what one looks for oneself, and what is settled."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rotations import access
from rotations.actions import covering, mailing
from rotations.forms.covers import CoverForm
from rotations.models import CoverRequest, Duty
from rotations.queries import covering as queries
from rotations.queries.rounds import OPEN, told
from rotations.views.answering import said_if_refused
from rotations.views.duties import channel_names, page
from tickets.actions.errors import Refused


@login_required
def covers(request: HttpRequest) -> HttpResponse:
    if not access.can_volunteer(request.user):
        raise Http404
    at, person = request.at, request.user
    context = {
        "wanted": [_row(each) for each in queries.wanted_of(person, at)],
        "own": [_row(each) for each in queries.own_of(person, at)],
        "settled": [_row(each) for each in queries.settled_of(person, at)],
        "offers": queries.duties_to_offer(person, at),
    }
    return page(request, "rotations/covers.html", context)


def _row(cover: CoverRequest) -> dict[str, Any]:
    days = sorted(cover.days.all(), key=lambda each: each.starts_at)
    return {
        "cover": cover,
        "days": [mailing.day_in_words(each, cover.duty.shift) for each in days],
        "channels": channel_names(cover.duty.channels),
    }


@login_required
def ask_cover(request: HttpRequest, number: int) -> HttpResponse:
    """By whoever has the duty; for them by a mentor or a planner."""
    rows = told(Duty.objects.filter(shift__round__state__in=OPEN, state__in=queries.GIVEN))
    duty = get_object_or_404(rows.select_related("shift__round__programme", "person"), pk=number)
    if not covering.can_ask(request.user, duty):
        raise Http404
    days = [(each, mailing.day_in_words(each, duty.shift)) for each in queries.days_to_give(duty, request.at)]
    form = CoverForm(request.POST or None, duty=duty, days=days)
    is_own = duty.person_id == request.user.pk
    if request.method == "POST" and form.is_valid():
        values = {"kind": form.cleaned_data["kind"], "to": form.cleaned_data["to"], "days": form.chosen}
        try:
            covering.ask_cover(duty=duty, by=request.user, at=request.at, **values)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            toasts.success(request, _("We are looking for somebody. Until then the duty stays as it is."))
            return redirect("covers") if is_own else redirect("round", duty.shift.round_id)
    context = {"duty": duty, "form": form, "days": days, "is_own": is_own}
    return page(request, "rotations/ask_cover.html", context, status=400 if form.errors else 200)


@login_required
@require_POST
def take_cover(request: HttpRequest, number: int) -> HttpResponse:
    cover = _cover(request, number)
    is_own = cover.duty.person_id == request.user.pk and not cover.is_left_over
    if is_own or (cover.to_id is not None and cover.to_id != request.user.pk):
        raise Http404
    offered = None
    if cover.kind == CoverRequest.Kind.SWAP:
        said = _("Offered. The other one has the last word.")
        offered = _own_duty(request)
    else:
        said = _("The days are yours. Thank you.")
    with said_if_refused(request, said):
        covering.take_cover(request=cover, offered=offered, by=request.user, at=request.at)
    return redirect("covers")


@login_required
@require_POST
def agree(request: HttpRequest, number: int) -> HttpResponse:
    cover = _cover(request, number)
    if cover.duty.person_id != request.user.pk:
        raise Http404
    offered = Duty.objects.filter(pk=_number(request)).first()
    with said_if_refused(request, _("Swapped. Thank you, both of you.")):
        if offered is None:
            raise covering.AlreadyAnswered
        covering.agree(request=cover, offered=offered, by=request.user, at=request.at)
    return redirect("covers")


@login_required
@require_POST
def turn_down(request: HttpRequest, number: int) -> HttpResponse:
    cover = _of_both(request, number)
    with said_if_refused(request, _("Others may offer a swap now.")):
        covering.turn_down(request=cover, by=request.user, at=request.at)
    return redirect("covers")


@login_required
@require_POST
def take_back(request: HttpRequest, number: int) -> HttpResponse:
    cover = get_object_or_404(_covers(), pk=number)
    if not covering.can_take_back(request.user, cover):
        raise Http404
    with said_if_refused(request, _("Nobody is looked for any more.")):
        covering.take_back(request=cover, by=request.user, at=request.at)
    if cover.is_left_over:
        return redirect("round", cover.duty.shift.round_id)
    return redirect("covers" if access.can_volunteer(request.user) else "duties")


@login_required
@require_POST
def undo(request: HttpRequest, number: int) -> HttpResponse:
    cover = _of_both(request, number)
    with said_if_refused(request):
        done = covering.undo(request=cover, by=request.user, at=request.at)
        if done.state == CoverRequest.State.UNDONE:
            toasts.success(request, _("Everything is as it was before."))
        else:
            toasts.success(request, _("Noted. When the other one says so too, everything is as it was before."))
    return redirect("covers")


def _covers() -> Any:
    return CoverRequest.objects.select_related("duty__person", "duty__shift__round__programme", "offered")


def _cover(request: HttpRequest, number: int) -> CoverRequest:
    if not access.can_volunteer(request.user):
        raise Http404
    return get_object_or_404(_covers(), pk=number)


def _of_both(request: HttpRequest, number: int) -> CoverRequest:
    """Of whoever gives and whoever takes."""
    cover = _cover(request, number)
    if request.user.pk not in (cover.duty.person_id, cover.taker_id):
        raise Http404
    return cover


def _own_duty(request: HttpRequest) -> Duty | None:
    return Duty.objects.filter(person=request.user, pk=_number(request)).first()


def _number(request: HttpRequest) -> int:
    told = request.POST.get("offered", "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 10 else 0
