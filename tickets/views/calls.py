"""Telephone calls: the page one opens when it rings. It finds the caller while one types and keeps the minutes."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST

from tickets import access
from tickets.actions import calling
from tickets.actions.errors import Refused
from tickets.forms.fields import ChoiceField, PlainSelect, TypedChoiceField, WordsField
from tickets.models import CallDraft, Channel, PhoneCall, Queue, Ticket
from tickets.queries import callers, directory
from tickets.queries import ticket as reading
from tickets.views.shell import shell

KEY = r"^[0-9a-zA-Z_-]{8,64}$"
KEPT = (
    "number", "name", "email", "who", "ticket", "direction", "queue", "subject", "notes", "length", "outcome",
    "back_at", "mine", "remember",
)  # fmt: skip
"""The fields of a draft."""
SHOWN_DRAFTS = 4
_LENGTH = re.compile(r"(?:(?P<hours>\d{1,2}):)?(?P<minutes>\d{1,3})(?::(?P<seconds>[0-5]\d))?", re.ASCII)


class CallForm(forms.Form):
    """``who`` is a candidate's number, 0 for none of them; ``ticket`` one to which the call belongs, empty for a new
    one. ``length`` is what the page's clock says, or what was written over it; empty counts from ``began``."""

    key = forms.RegexField(KEY)
    began = forms.CharField(required=False, max_length=40)
    number = forms.CharField(label=pgettext_lazy("telephone", "Number"), required=False, max_length=40)
    name = forms.CharField(label=gettext_lazy("Name"), required=False, max_length=200)
    email = forms.EmailField(label=gettext_lazy("Email"), required=False)
    who = forms.IntegerField(required=False, min_value=callers.SOMEBODY_NEW)
    ticket = forms.IntegerField(required=False, min_value=1)
    direction = ChoiceField(choices=PhoneCall.Direction.choices, required=False)
    queue = TypedChoiceField(label=gettext_lazy("Queue"), required=False, coerce=int, widget=PlainSelect)
    subject = forms.CharField(label=gettext_lazy("Subject"), required=False, max_length=300)
    notes = WordsField(label=gettext_lazy("Notes"), required=False)
    length = forms.CharField(label=pgettext_lazy("telephone", "Length"), required=False, max_length=9)
    outcome = ChoiceField(choices=PhoneCall.Outcome.choices, required=False)
    back_at = forms.DateTimeField(
        label=gettext_lazy("Call back at"),
        required=False,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    mine = forms.BooleanField(label=gettext_lazy("I keep it"), required=False)
    remember = forms.BooleanField(label=gettext_lazy("Remember this number"), required=False)

    def __init__(self, *args: Any, desks: list[directory.Desk], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["queue"].choices = [(desk.pk, desk.name) for desk in desks]

    def clean_length(self) -> int | None:
        """In seconds; None when nothing was kept."""
        typed = self.cleaned_data["length"].strip()
        if not typed:
            return None
        found = _LENGTH.fullmatch(typed)
        if not found:
            raise forms.ValidationError(_("Write minutes, or minutes and seconds: 5 or 4:30."))
        if found["hours"] and not found["seconds"]:  # 4:30 is minutes and seconds
            return int(found["hours"]) * 60 + int(found["minutes"])
        return int(found["hours"] or 0) * 3600 + int(found["minutes"]) * 60 + int(found["seconds"] or 0)

    @property
    def began_at(self) -> datetime | None:
        return _moment(self.cleaned_data.get("began") or "")

    @property
    def found_by(self) -> dict[str, str]:
        """What was typed of the caller, also while it is not finished."""
        typed = {name: str(self.data.get(name, ""))[:200].strip() for name in ("number", "name", "email")}
        return typed | {"number": typed["number"][:40]}


@login_required
def new_call(request: HttpRequest) -> HttpResponse:
    """The page. ``ticket`` in the address is one that the call is about, ``draft`` a call begun before."""
    desks = _desks(request)
    if request.method != "POST":
        return _begun(request, desks)
    form = CallForm(request.POST, desks=desks)
    is_valid = form.is_valid()
    ticket = _ticket(request, form.cleaned_data.get("ticket"))
    found = _found(request, form, ticket)
    if request.POST.get("act") == "find":  # without a script
        return _page(request, form, found, ticket)
    if not is_valid:
        return _page(request, form, found, ticket, status=400)
    if found.is_unsure and not (ticket and not any(form.found_by.values())):
        return _page(request, form, found, ticket, status=400, mistake=_("Choose who is on the phone."))
    values = form.cleaned_data
    began_at = min(form.began_at or request.at, request.at)
    length = values["length"]
    try:
        call = calling.log_call(
            who=calling.Caller(
                found.who.person if found.who else None, values["name"], values["number"], values["email"]
            ),
            about=ticket or Queue.objects.get(pk=values["queue"] or desks[0].pk),
            said=calling.Said(values["subject"], values["notes"]),
            then=calling.Next(values["outcome"] or PhoneCall.Outcome.OPEN, values["back_at"], values["mine"]),
            direction=values["direction"] or PhoneCall.Direction.IN,
            began_at=began_at,
            seconds=int((request.at - began_at).total_seconds()) if length is None else length,
            by=request.user,
            at=request.at,
            key=values["key"],
            remembers_number=values["remember"],
        )
    except Refused as refusal:
        return _page(request, form, found, ticket, status=409, mistake=str(refusal))
    words = {"number": call.ticket_id}
    said = _("The call is kept on #%(number)d.") if ticket else _("Ticket #%(number)d is created.")
    toasts.success(request, said % words)
    return redirect("ticket", number=call.ticket_id)


@login_required
def read_call(request: HttpRequest) -> HttpResponse:
    """Who the typed letters may mean, and what is known of them."""
    form = CallForm(request.GET, desks=_desks(request))
    form.is_valid()
    ticket = _ticket(request, form.cleaned_data.get("ticket"))
    return render(request, "tickets/_caller.html", _known(request, form, _found(request, form, ticket), ticket))


@login_required
@require_POST
def draft_call(request: HttpRequest) -> HttpResponse:
    """What was typed, kept: by itself after a pause, or by a button where there is no script."""
    form = CallForm(request.POST, desks=_desks(request))
    form.is_valid()
    key = form.cleaned_data.get("key")
    if not key:
        return HttpResponse(status=400)
    values = {name: request.POST[name][:200_000].replace("\0", "") for name in KEPT if request.POST.get(name)}
    began_at = min(form.began_at or request.at, request.at)
    calling.save_draft(by=request.user, key=key, began_at=began_at, values=values, at=request.at)
    if request.POST.get("act") == "draft":
        return redirect("new_call")
    return HttpResponse(status=204)


@login_required
@require_POST
def discard_call(request: HttpRequest) -> HttpResponse:
    _desks(request)
    calling.discard(by=request.user, key=request.POST.get("key", "")[:64])
    return redirect("queue" if "leave" in request.GET else "new_call")


def _begun(request: HttpRequest, desks: list[directory.Desk]) -> HttpResponse:
    drafts = list(callers.drafts_of(request.user))
    kept = next((each for each in drafts if each.key == request.GET.get("draft", "")), None)
    if kept:
        initial = {**kept.values, "key": kept.key, "began": kept.began_at.isoformat()}
    else:
        hour = timezone.localtime(request.at + timedelta(minutes=60)).replace(second=0, microsecond=0)
        initial = {
            "key": secrets.token_hex(16),
            "began": request.at.isoformat(),
            "mine": "on",
            "remember": "on",
            "back_at": (hour - timedelta(minutes=hour.minute % 5)).strftime("%Y-%m-%dT%H:%M"),
        }
        if request.GET.get("ticket", "").isdecimal():
            initial |= {"ticket": request.GET["ticket"], "outcome": PhoneCall.Outcome.AS_IS}
    # Bound without being checked: what a draft holds is shown as it was typed.
    form = CallForm(initial, desks=desks)
    form.is_valid()
    form.errors.clear()
    ticket = _ticket(request, form.cleaned_data.get("ticket"), is_strict=not kept)
    if ticket is None:
        form.data.pop("ticket", None)
    others = [each for each in drafts if each != kept]
    return _page(request, form, _found(request, form, ticket), ticket, drafts=others, is_kept=bool(kept))


def _page(
    request: HttpRequest, form: CallForm, found: callers.Found, ticket: Ticket | None, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {
        **_known(request, form, found, ticket),
        "drafts": [_Begun(each) for each in more.pop("drafts", [])[:SHOWN_DRAFTS]],
        "shell": shell(request),
        **more,
    }
    return render(request, "tickets/new_call.html", context, status=status)


class _Begun:
    """A draft as the page offers it."""

    def __init__(self, draft: CallDraft) -> None:
        self.key, self.began_at, values = draft.key, draft.began_at, draft.values
        self.what = values.get("subject") or values.get("name") or values.get("number") or values.get("notes", "")[:40]


def _known(request: HttpRequest, form: CallForm, found: callers.Found, ticket: Ticket | None) -> dict[str, Any]:
    history = callers.NONE
    if found.who:
        history = callers.history_of(found.who.person, request.user, at=request.at)
    is_beside = ticket is not None and ticket.pk not in {each.pk for each in [*history.own, *history.of_others]}
    number = form.found_by["number"]
    return {
        "form": form,
        "found": found,
        "history": history,
        "ticket": ticket,
        "beside": ticket if is_beside else None,
        "is_number_new": bool(number and found.who and found.who.shows_contact and not found.who.has_number(number)),
        "is_typed": found.is_asked and any(form.found_by.values()),
        "at": request.at,
    }


def _found(request: HttpRequest, form: CallForm, ticket: Ticket | None) -> callers.Found:
    typed, chosen = form.found_by, form.cleaned_data.get("who")
    if chosen is None and ticket and not any(typed.values()):
        chosen = ticket.requester_id
    return callers.find(request.user, at=request.at, chosen=chosen, **typed)


def _ticket(request: HttpRequest, number: int | None, *, is_strict: bool = True) -> Ticket | None:
    """One that the person works; 404 for others, as everywhere."""
    if not number:
        return None
    try:
        return reading.worked_ticket_for_page(request.user, number, at=request.at)
    except Ticket.DoesNotExist as error:
        if is_strict:
            raise Http404 from error
        return None


def _desks(request: HttpRequest) -> list[directory.Desk]:
    """The queues a caller's ticket may be opened in. Whoever has none finds nothing here."""
    user, at = request.user, request.at
    if not access.can_log_calls(user, at):
        raise Http404
    desks = [
        desk for desk in directory.desks_of(user, at) if access.can_open_in(user, Queue(pk=desk.pk), Channel.PHONE, at)
    ]
    if not desks:
        raise Http404
    return desks


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else None
