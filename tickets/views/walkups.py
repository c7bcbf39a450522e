"""Logging a favour: one field that understands "who what minutes", from any page, in five seconds."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from helpdesk.lib.one_line import must_be_one_line
from helpdesk.lib.qr_code import code_of
from helpdesk.lib.way_back import page_before
from helpdesk.lib.years import YEARS
from tickets import access
from tickets.actions import walkups
from tickets.actions.errors import Refused
from tickets.forms.fields import ChoiceField, PlainSelect, TypedChoiceField
from tickets.models import Queue, WalkUp
from tickets.models.walkup import LONGEST_MINUTES
from tickets.queries import askers, directory
from tickets.queries import walkups as reading
from tickets.templatetags.favours import minutes_in_words
from tickets.views.shell import shell
from tickets.walk_up_line import LONGEST

OUTCOMES = (WalkUp.Outcome.DONE, WalkUp.Outcome.QUEUED, WalkUp.Outcome.ASKED_TO_FILE)


class WalkUpForm(forms.Form):
    """``line`` is what was typed; everything else has its usual value and may be left out."""

    line = forms.CharField(max_length=LONGEST, required=False)
    who = forms.IntegerField(required=False, min_value=askers.LONGEST_NAME)
    minutes = forms.IntegerField(required=False, min_value=1, max_value=LONGEST_MINUTES)
    outcome = ChoiceField(required=False, choices=WalkUp.Outcome.choices)
    queue = TypedChoiceField(label=gettext_lazy("Queue"), required=False, coerce=int, widget=PlainSelect)
    began = forms.TimeField(
        label=gettext_lazy("Began at"),
        required=False,
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
    )
    key = forms.RegexField(r"^[0-9a-zA-Z_-]{8,64}$", required=False)

    def __init__(self, *args: Any, desks: list[directory.Desk], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["queue"].choices = [(desk.pk, desk.name) for desk in desks]


class CorrectionForm(forms.Form):
    what = forms.CharField(label=gettext_lazy("What"), max_length=300, validators=[must_be_one_line])
    minutes = forms.IntegerField(label=gettext_lazy("Minutes"), min_value=1, max_value=LONGEST_MINUTES)
    day = forms.DateField(
        label=gettext_lazy("Day"),
        validators=YEARS,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )
    began = forms.TimeField(label=gettext_lazy("Began at"), widget=forms.TimeInput({"type": "time"}, format="%H:%M"))


def _desks(request: HttpRequest) -> list[directory.Desk]:
    """The queues favours may be logged in. Whoever has none finds nothing here."""
    if not access.can_log_walk_ups(request.user, request.at):
        raise Http404
    desks = directory.desks_of(request.user, request.at)
    if not desks:
        raise Http404
    return desks


@login_required
def new_walk_up(request: HttpRequest) -> HttpResponse:
    """The page behind the link, without a script; the dialog posts here as well."""
    desks = _desks(request)
    if request.method != "POST":
        form = WalkUpForm(initial={"queue": _usual(request, desks), "key": secrets.token_hex(16)}, desks=desks)
        return _page(request, form, askers.NOTHING)
    form = WalkUpForm(request.POST, desks=desks)
    read = _read(request, form)
    if not form.is_valid():
        return _refused(request, form, read, _("Choose one of the offered values."))
    if read.is_unsure:
        return _refused(request, form, read, _("Several people may be meant. Choose who asked."))
    values = form.cleaned_data
    minutes = values["minutes"] if values["minutes"] and not read.has_minutes else read.minutes
    began = read.since or values["began"]
    try:
        walk_up = walkups.log_walk_up(
            who=walkups.Asker(read.who.person if read.who else None, _named(read), read.address),
            what=read.what,
            minutes=minutes,
            outcome=values["outcome"] or WalkUp.Outcome.DONE,
            queue=Queue.objects.get(pk=values["queue"] or _usual(request, desks)),
            at=_today_at(began, request.at) if began else request.at - timedelta(minutes=minutes),
            by=request.user,
            logged_at=request.at,
            key=values["key"] or secrets.token_hex(16),
        )
    except Refused as refusal:
        return _refused(request, form, read, str(refusal))
    if walk_up.outcome == WalkUp.Outcome.ASKED_TO_FILE:
        return _link_shown(request, walk_up) if request.htmx else redirect("walk_up", number=walk_up.pk)
    _say_logged(request, walk_up)
    return _closed(request) if request.htmx else redirect("new_walk_up")


@login_required
def read_walk_up(request: HttpRequest) -> HttpResponse:
    """What the line says so far: who, what, how long."""
    desks = _desks(request)
    form = WalkUpForm(request.GET, desks=desks)
    read = _read(request, form)
    into = form.cleaned_data.get("queue") or _usual(request, desks)
    name = next(desk.name for desk in desks if desk.pk == into) if len(desks) > 1 else ""
    context = _reading(request, read, into=name, today=_today(request))
    return render(request, "tickets/_walk_up_read.html", context)


@login_required
def walk_up(request: HttpRequest, number: int) -> HttpResponse:
    """One favour: its link while it waits to be filed; its helper corrects it here."""
    found = _found(request, number)
    may_change = access.can_change_walk_up(request.user, found)
    began = timezone.localtime(found.at)
    initial = {"what": found.what, "minutes": found.minutes, "day": began.date(), "began": began.time()}
    form = CorrectionForm(request.POST or None, initial=initial)
    status = 200
    if request.method == "POST":
        if not may_change:
            raise Http404
        status = 400
        if form.is_valid() and _correct(request, found, form):
            toasts.success(request, _("Saved."))
            return redirect("walk_up", number=number)
    context = {
        "walk_up": found,
        "form": form if may_change else None,
        "can_undo": may_change and not found.filed_at and request.at - found.logged_at <= walkups.UNDONE_WITHIN,
        "helper": found.agent if access.can_see_helper(request.user, found.agent) else None,
        "at": request.at,
        "shell": shell(request),
    }
    if may_change and found.is_waiting_to_be_filed:
        context |= _link(request, found)
    return render(request, "tickets/walk_up.html", context, status=status)


@login_required
@require_POST
def undo_walk_up(request: HttpRequest, number: int) -> HttpResponse:
    found = _found(request, number)
    try:
        walkups.undo(walk_up=found, by=request.user, at=request.at)
    except Refused as refusal:
        toasts.error(request, str(refusal))
    else:
        toasts.success(request, _("Taken back: %(what)s") % {"what": found.what})
    back = page_before(request)
    own = reverse("walk_up", args=[number])
    return redirect(back if back and not back.startswith(own) else reverse("favours"))


@login_required
@require_POST
def mail_walk_up(request: HttpRequest, number: int) -> HttpResponse:
    """The kind mail with the link, by one click."""
    found = _found(request, number)
    try:
        walkups.send_kind_mail(walk_up=found, by=request.user, at=request.at)
    except Refused as refusal:
        if request.htmx:
            return _link_shown(request, found, mistake=str(refusal))
        toasts.error(request, str(refusal))
        return redirect("walk_up", number=number)
    toasts.success(request, _("The link is on its way to %(name)s.") % {"name": found.asker})
    return _closed(request) if request.htmx else redirect("walk_up", number=number)


def _read(request: HttpRequest, form: WalkUpForm) -> askers.Read:
    form.is_valid()
    values = form.cleaned_data
    return askers.read(values.get("line", ""), request.user, at=request.at, chosen=values.get("who"))


def _named(read: askers.Read) -> str:
    return "" if read.address else read.free_name


def _reading(request: HttpRequest, read: askers.Read, **more: Any) -> dict[str, Any]:
    choices = sorted({*askers.LENGTHS, read.minutes}) if read.has_minutes else list(askers.LENGTHS)
    return {"read": read, "choices": choices, "at": request.at, **more}


def _closed(request: HttpRequest) -> HttpResponse:
    """The dialog has done its work: it closes, and the page it stood on says what happened."""
    context = {"today": _today(request), "is_oob": True}
    response = render(request, "tickets/_walk_up_logged.html", context)
    response["HX-Reswap"], response["HX-Trigger"] = "none", "walk-up-logged"
    return response


def _link_shown(request: HttpRequest, walk_up: WalkUp, **more: Any) -> HttpResponse:
    """The dialog's second step: the sentence, the code, the link, the mail."""
    response = render(request, "tickets/_walk_up_link.html", {**_link(request, walk_up), **more, "is_dialog": True})
    response["HX-Retarget"], response["HX-Reswap"] = "#walk-up-link", "innerHTML"
    return response


def _page(request: HttpRequest, form: WalkUpForm, read: askers.Read, *, status: int = 200, mistake: str = "") -> Any:
    context = {
        **_reading(request, read, mistake=mistake),
        "form": form,
        "outcomes": OUTCOMES,
        "sum": _today(request),
        "shell": shell(request),
    }
    return render(request, "tickets/new_walk_up.html", context, status=status)


def _refused(request: HttpRequest, form: WalkUpForm, read: askers.Read, mistake: str) -> HttpResponse:
    if request.htmx:
        context = _reading(request, read, mistake=mistake, is_fragment=True)
        return render(request, "tickets/_walk_up_read.html", context, status=400)
    return _page(request, form, read, status=400, mistake=mistake)


def _link(request: HttpRequest, walk_up: WalkUp) -> dict[str, Any]:
    url = walkups.url_of(walk_up)
    has_address = bool(walk_up.requester and walk_up.requester.email)
    return {"walk_up": walk_up, "url": url, "code": code_of(url), "has_address": has_address}


def _say_logged(request: HttpRequest, walk_up: WalkUp) -> None:
    words = {
        "who": walk_up.asker,
        "what": walk_up.what,
        "minutes": minutes_in_words(walk_up.minutes),
        "number": walk_up.ticket_id,
    }
    if walk_up.outcome == WalkUp.Outcome.QUEUED:
        said = _("#%(number)d is in the queue: %(who)s, %(what)s.") % words
    else:
        said = _("Logged: %(who)s, %(what)s, %(minutes)s.") % words
    toasts.success(request, said, extra_tags=reverse("undo_walk_up", args=[walk_up.pk]))


def _usual(request: HttpRequest, desks: list[directory.Desk]) -> int:
    usual = reading.usual_queue(request.user)
    return usual if usual in {desk.pk for desk in desks} else desks[0].pk


def _today(request: HttpRequest) -> reading.Today:
    midnight = timezone.localtime(request.at).replace(hour=0, minute=0, second=0, microsecond=0)
    return reading.today(request.user, since=midnight.astimezone(UTC))


def _today_at(began: time, at: datetime) -> datetime:
    """Today at this wall time of the person's; the evening before, where that is still to come."""
    moment = datetime.combine(timezone.localtime(at).date(), began, tzinfo=timezone.get_current_timezone())
    if moment > at and moment - at > timedelta(hours=12):
        moment -= timedelta(days=1)
    return moment.astimezone(UTC)


def _correct(request: HttpRequest, found: WalkUp, form: CorrectionForm) -> bool:
    values = form.cleaned_data
    began_at = datetime.combine(values["day"], values["began"], tzinfo=timezone.get_current_timezone())
    if values["began"] == timezone.localtime(found.at).time().replace(second=0, microsecond=0):
        began_at = began_at.replace(second=timezone.localtime(found.at).second)
    try:
        walkups.correct(
            walk_up=found,
            what=values["what"],
            minutes=values["minutes"],
            began_at=began_at.astimezone(UTC),
            by=request.user,
            at=request.at,
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


def _found(request: HttpRequest, number: int) -> WalkUp:
    if not access.can_log_walk_ups(request.user, request.at):
        raise Http404
    try:
        return reading.walk_up(request.user, number, at=request.at)
    except WalkUp.DoesNotExist as error:
        raise Http404 from error
