"""The summary of a round: its figures, what people wrote, and the verdict."""

from __future__ import annotations

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import ngettext, pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from rotations import access
from rotations.actions import verdicts
from rotations.models import Duty, Round, Verdict
from rotations.queries.looking_back import found_by_guests, looking_back, voices
from rotations.views.answering import said_if_refused
from rotations.views.duties import page
from rotations.views.planning import planned_round
from tickets.actions.errors import Refused

SHOWN = {
    Duty.State.CONFIRMED: pgettext_lazy("duties", "To come"),
    Duty.State.ACTIVE: pgettext_lazy("duties", "Running"),
    Duty.State.HANDING_OVER: pgettext_lazy("duties", "Being handed over"),
    Duty.State.COMPLETED: pgettext_lazy("duties", "Completed"),
    Duty.State.COVERED: pgettext_lazy("duties", "Covered by others"),
    Duty.State.WITHDRAWN: pgettext_lazy("duties", "Withdrawn"),
    Duty.State.DECLINED: pgettext_lazy("duties", "Declined"),
    Duty.State.CANCELLED: pgettext_lazy("duties", "Cancelled"),
}


@login_required
@require_safe
def summary(request: HttpRequest, number: int) -> HttpResponse:
    of = get_object_or_404(Round.objects.select_related("programme"), pk=number)
    if not access.can_look_back(request.user, of):
        raise Http404
    back = looking_back(of, request.at)
    context = {
        "round": of,
        "back": back,
        "voices": voices(of),
        "findings": found_by_guests(of, request.user, request.at),
        "states": [(label, back.states[state]) for state, label in SHOWN.items() if state in back.states],
        "compared": [("guests", back.guests), ("team", back.team)],
        "verdict": Verdict.objects.filter(round=of).first(),
        "words": Verdict.Word.choices,
        "can_plan": access.can_plan(request.user, of.programme),
        "is_over": of.state in (Round.State.REFLECTING, Round.State.CLOSED),
    }
    return page(request, "rotations/summary.html", context)


@login_required
@require_POST
def say_verdict(request: HttpRequest, number: int) -> HttpResponse:
    of = planned_round(request, number)
    word, text = request.POST.get("word", ""), request.POST.get("text", "")
    with said_if_refused(request):
        verdicts.say_verdict(of=of, word=word, text=text, by=request.user, at=request.at)
    return redirect("round_summary", of.pk)


@login_required
@require_POST
def mail_summary(request: HttpRequest, number: int) -> HttpResponse:
    of = planned_round(request, number)
    try:
        count = verdicts.mail_summary(of=of, by=request.user, at=request.at)
    except Refused as refusal:
        toasts.error(request, str(refusal))
    else:
        said = ngettext("Mailed to %(count)d person.", "Mailed to %(count)d people.", count)
        toasts.success(request, said % {"count": count})
    return redirect("round_summary", of.pk)
