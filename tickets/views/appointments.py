"""Times agreed with the requester: making one, moving it, calling it off."""

from __future__ import annotations

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tickets import access
from tickets.actions import appointing
from tickets.actions.errors import NotAllowed, Refused
from tickets.contact import mask_name
from tickets.forms.appointments import AppointmentForm
from tickets.models import Appointment, Ticket
from tickets.queries import joined
from tickets.views.shell import shell
from tickets.views.ticket import load_workable


@login_required
def appoint(request: HttpRequest, number: int) -> HttpResponse:
    found = load_workable(request, number)
    _require_rights(request, found)
    if request.method != "POST":
        return _page(request, found, AppointmentForm(initial={"title": found.subject[:200]}))
    form = AppointmentForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form, status=400)
    starts_at, ends_at = form.span
    try:
        appointing.appoint(
            ticket=found,
            starts_at=starts_at,
            ends_at=ends_at,
            title=form.cleaned_data["title"],
            place=form.cleaned_data["place"],
            by=request.user,
            at=request.at,
        )
    except Refused as refusal:
        return _refused(request, found, form, refusal)
    toasts.success(request, _told(request, found, _("%(name)s gets the invitation.")))
    return redirect(found)


@login_required
def appointment(request: HttpRequest, number: int) -> HttpResponse:
    """One appointment: what to change about it (POST), and the way to call it off."""
    row = _load(request, number)
    length = int((row.ends_at - row.starts_at).total_seconds() // 60)
    if request.method != "POST":
        starts = timezone.localtime(row.starts_at)
        values = {"title": row.title, "place": row.place, "day": starts.date(), "start": starts.time()}
        form = AppointmentForm(initial={**values, "minutes": length, "seen": row.sequence}, length=length)
        return _page(request, row.ticket, form, row)
    form = AppointmentForm(request.POST, length=length)
    if not form.is_valid():
        return _page(request, row.ticket, form, row, status=400)
    starts_at, ends_at = form.span
    values = form.cleaned_data
    try:
        appointing.move(
            appointment=row,
            starts_at=starts_at,
            ends_at=ends_at,
            title=values["title"],
            place=values["place"],
            by=request.user,
            at=request.at,
            seen=values["seen"],
        )
    except Refused as refusal:
        return _refused(request, row.ticket, form, refusal, row)
    toasts.success(request, _told(request, row.ticket, _("%(name)s gets the changed invitation.")))
    return redirect(row.ticket)


@login_required
@require_POST
def cancel_appointment(request: HttpRequest, number: int) -> HttpResponse:
    row = _load(request, number)
    try:
        appointing.cancel(appointment=row, by=request.user, at=request.at)
    except Refused as refusal:
        toasts.error(request, str(refusal))
    else:
        toasts.success(request, _told(request, row.ticket, _("The appointment is cancelled. %(name)s is told.")))
    return redirect(row.ticket)


def _load(request: HttpRequest, number: int) -> Appointment:
    try:
        row = joined.appointment_of(request.user, number, at=request.at)
    except Appointment.DoesNotExist as error:
        raise Http404 from error
    _require_rights(request, row.ticket)
    return row


def _require_rights(request: HttpRequest, found: Ticket) -> None:
    if not access.can_appoint(request.user, found, request.at):
        raise PermissionDenied(str(NotAllowed()))


def _told(request: HttpRequest, found: Ticket, sentence: str) -> str:
    name = str(found.requester)
    may_see = access.can_see_contact(request.user, found, request.at)
    return sentence % {"name": name if may_see else mask_name(name)}


def _refused(
    request: HttpRequest, found: Ticket, form: AppointmentForm, refusal: Refused, row: Appointment | None = None
) -> HttpResponse:
    form.add_error(None, str(refusal))
    return _page(request, found, form, row, status=403 if isinstance(refusal, NotAllowed) else 409)


def _page(
    request: HttpRequest, found: Ticket, form: AppointmentForm, row: Appointment | None = None, status: int = 200
) -> HttpResponse:
    may_see = access.can_see_contact(request.user, found, request.at)
    context = {
        "ticket": found,
        "appointment": row,
        "form": form,
        "name": str(found.requester) if may_see else mask_name(str(found.requester)),
        "zone": timezone.get_current_timezone_name().replace("_", " "),
        "is_over": row is not None and (row.cancelled_at is not None or row.ends_at <= request.at),
        "at": request.at,
        "shell": shell(request),
    }
    return render(request, "tickets/appointment.html", context, status=status)
