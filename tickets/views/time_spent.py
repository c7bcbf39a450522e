"""Time spent on a ticket: what its page measured comes when it is left; its person corrects it."""

from __future__ import annotations

from django import forms
from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tickets.actions import spending
from tickets.actions.errors import Refused
from tickets.views.ticket import after, load_workable


class MeasuredForm(forms.Form):
    seconds = forms.IntegerField(min_value=0, max_value=10**7)


class CorrectionForm(forms.Form):
    minutes = forms.IntegerField(min_value=0, max_value=spending.LONGEST_MINUTES)


@login_required
@require_POST
def time_measured(request: HttpRequest, number: int) -> HttpResponse:
    found = load_workable(request, number)
    form = MeasuredForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=400)
    spending.measured(ticket=found, by=request.user, seconds=form.cleaned_data["seconds"], at=request.at)
    return HttpResponse(status=204)


@login_required
@require_POST
def correct_time(request: HttpRequest, number: int) -> HttpResponse:
    found = load_workable(request, number)
    form = CorrectionForm(request.POST)
    try:
        if not form.is_valid():
            raise spending.ImpossibleTime
        spending.correct(ticket=found, by=request.user, minutes=form.cleaned_data["minutes"], at=request.at)
    except Refused as refusal:
        toasts.error(request, str(refusal))
    else:
        toasts.success(request, _("Your time on this ticket is corrected."))
    return after(request, number)
