"""Sign-offs: what leads and admins keep, for everybody who takes duties."""

from __future__ import annotations

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rotations import access
from rotations.actions import qualifying
from rotations.forms.qualifications import SignOffForm
from rotations.models import Qualification
from rotations.queries import qualifications as queries
from rotations.views.answering import said_if_refused
from rotations.views.duties import page
from tickets.actions.errors import Refused


@login_required
def qualifications(request: HttpRequest) -> HttpResponse:
    if not access.can_plan_any(request.user):
        raise Http404
    channels = queries.channels_of(request.user)
    chosen = {name: request.GET.get(name, "") for name in ("person", "channel")}
    form = SignOffForm(request.POST or None, channels=channels, initial=chosen)
    if request.method == "POST" and form.is_valid():
        told = {name: form.cleaned_data[name] for name in ("person", "channel")}
        try:
            qualifying.sign_off(expires_on=form.expires_on, by=request.user, at=request.at, **told)
        except Refused as refusal:
            form.add_error("last_day" if channels else None, str(refusal))
        else:
            toasts.success(request, _("Signed off."))
            return redirect("qualifications")
    context = {"form": form, "channels": channels, "held": queries.held(request.user, request.at)}
    return page(request, "rotations/qualifications.html", context, status=400 if form.errors else 200)


@login_required
@require_POST
def take_back_qualification(request: HttpRequest, number: int) -> HttpResponse:
    if not access.can_plan_any(request.user):
        raise Http404
    rows = Qualification.objects.filter(channel__in=queries.channels_of(request.user))
    row = get_object_or_404(rows.select_related("person"), pk=number)
    with said_if_refused(request, _("Taken back. It does not hold any more.")):
        qualifying.take_back(qualification=row, by=request.user, at=request.at)
    return redirect("qualifications")
