"""Mailboxes: where mail comes in. For administrators."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from tickets import tasks
from tickets.actions import mail_settings, mailboxes
from tickets.actions.errors import Refused
from tickets.channels.email import probing
from tickets.forms.mail import FolderForm, ImapForm, PushForm, StartForm
from tickets.models import Mailbox
from tickets.queries import mail_settings as reading
from tickets.views.mail import for_mail_managers, mail_page

SILENT = timedelta(minutes=10)
"""A folder is visited every 15 seconds; nobody visits it when it was not for so long."""
FORMS = {Mailbox.Kind.IMAP: ImapForm, Mailbox.Kind.PUSH: PushForm}


@dataclass(frozen=True, slots=True)
class Listed:
    """A mailbox with its state: failing, silent, active, new, paused."""

    mailbox: Mailbox
    state: str


def listed(mailbox: Mailbox, request: HttpRequest) -> Listed:
    return Listed(mailbox, _state(mailbox, request))


def _state(mailbox: Mailbox, request: HttpRequest) -> str:
    is_new = mailbox.push_token_sha256 is None if mailbox.kind == Mailbox.Kind.PUSH else mailbox.uidvalidity is None
    if mailbox.is_active and mailbox.last_error:
        return "failing"
    if is_new and not mailbox.last_fetch_at:
        return "new"
    if not mailbox.is_active:
        return "new" if is_new else "paused"
    last = mailbox.last_fetch_at
    is_silent = mailbox.kind == Mailbox.Kind.IMAP and last is not None and last < request.at - SILENT
    return "silent" if is_silent else "active"


@for_mail_managers
def mailbox_list(request: HttpRequest) -> HttpResponse:
    rows = [listed(each, request) for each in reading.mailboxes()]
    return mail_page(request, "tickets/mailboxes.html", {"rows": rows})


@for_mail_managers
def new_mailbox(request: HttpRequest, kind: str) -> HttpResponse:
    if kind not in FORMS:
        raise Http404
    form = FORMS[kind](request.POST or None, instance=Mailbox(kind=kind))
    if request.method == "POST" and form.is_valid():
        try:
            made = mail_settings.create_mailbox(by=request.user, at=request.at, kind=kind, **form.cleaned_data)
        except mail_settings.WrongSettings as refusal:
            form.refuse(refusal.errors)
        else:
            is_imap = kind == Mailbox.Kind.IMAP
            said = (
                _("Saved. Test the connection now.") if is_imap else _("Saved. Make a token for the mail server now.")
            )
            toasts.success(request, said)
            return redirect("mailbox", made.pk)
    return mail_page(request, "tickets/new_mailbox.html", {"form": form, "kind": kind})


@for_mail_managers
def mailbox(request: HttpRequest, number: int) -> HttpResponse:
    found = _mailbox(number)
    form = FORMS[found.kind](request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        try:
            changed = mail_settings.change_mailbox(mailbox=found, by=request.user, at=request.at, **form.cleaned_data)
        except mail_settings.WrongSettings as refusal:
            form.refuse(refusal.errors)
        else:
            toasts.success(request, _said_of_change(found, changed))
            return redirect("mailbox", number)
    return _page(request, found, form=form)


def _said_of_change(before: Mailbox, after: Mailbox) -> str:
    if before.is_active and not after.is_active:
        return _("Saved. Other mail is read there, so test the connection and choose where to begin.")
    return _("Saved.")


@for_mail_managers
@require_POST
def test_mailbox(request: HttpRequest, number: int) -> HttpResponse:
    """Nothing is changed by it, there or here. It may take as long as the server does."""
    found = _mailbox(number)
    probe = probing.probe(found, at=request.at)
    if request.htmx:
        return render(request, "tickets/_mailbox_probe.html", _probe_context(request, found, probe))
    return _page(request, found, probe=probe)


@for_mail_managers
@require_POST
def start_mailbox(request: HttpRequest, number: int) -> HttpResponse:
    found, form = _mailbox(number), StartForm(request.POST)
    if not form.is_valid():
        return redirect("mailbox", number)
    everything = form.cleaned_data["everything"]
    try:
        probing.start_reading(found, by=request.user, at=request.at, everything=everything)
    except (Refused, probing.CannotStart) as refusal:
        return _page(request, found, refusal=str(refusal), status=409)
    tasks.nudge_mailbox(found.pk)
    said = (
        _("Mail is read from now on, what is unread there first.") if everything else _("New mail is read from now on.")
    )
    toasts.success(request, said)
    return redirect("mailbox", number)


@for_mail_managers
@require_POST
def choose_folder(request: HttpRequest, number: int) -> HttpResponse:
    found, form = _mailbox(number), FolderForm(request.POST)
    if not form.is_valid():
        return redirect("mailbox", number)
    try:
        mail_settings.change_mailbox(mailbox=found, by=request.user, at=request.at, folder=form.cleaned_data["folder"])
    except Refused as refusal:
        return _page(request, found, refusal=str(refusal), status=409)
    toasts.success(request, _("Saved. Test the connection to see what lies in this folder."))
    return redirect("mailbox", number)


@for_mail_managers
@require_POST
def pause_mailbox(request: HttpRequest, number: int) -> HttpResponse:
    mail_settings.pause_mailbox(mailbox=_mailbox(number), by=request.user, at=request.at)
    toasts.info(request, _("Paused. Its mail waits at the mail server."))
    return redirect("mailbox", number)


@for_mail_managers
@require_POST
def resume_mailbox(request: HttpRequest, number: int) -> HttpResponse:
    found = _mailbox(number)
    try:
        mail_settings.resume_mailbox(mailbox=found, by=request.user, at=request.at)
    except Refused as refusal:
        return _page(request, found, refusal=str(refusal), status=409)
    toasts.success(request, _("Mail comes in again, what waited meanwhile too."))
    return redirect("mailbox", number)


@for_mail_managers
@require_POST
@never_cache
def push_token(request: HttpRequest, number: int) -> HttpResponse:
    """The answer is the one page that ever shows the token."""
    found = _mailbox(number)
    try:
        token = mailboxes.issue_push_token(mailbox=found, by=request.user, at=request.at)
    except Refused as refusal:
        return _page(request, found, refusal=str(refusal), status=409)
    return _page(request, _mailbox(number), token=token)


@for_mail_managers
@require_POST
def remove_mailbox(request: HttpRequest, number: int) -> HttpResponse:
    found = _mailbox(number)
    try:
        mail_settings.remove_mailbox(mailbox=found, by=request.user, at=request.at)
    except Refused as refusal:
        return _page(request, found, refusal=str(refusal), status=409)
    toasts.info(request, _("The mailbox %(name)s is removed.") % {"name": found.name})
    return redirect("mailboxes")


def _page(request: HttpRequest, found: Mailbox, *, status: int = 200, **more: Any) -> HttpResponse:
    more.setdefault("form", FORMS[found.kind](instance=found))
    context = _probe_context(request, found, more.pop("probe", None))
    context["push_url"] = settings.SITE_URL + reverse("api:mail_in")
    return mail_page(request, "tickets/mailbox.html", {**context, **more}, status=status)


def _probe_context(request: HttpRequest, found: Mailbox, probe: probing.Probe | None) -> dict[str, Any]:
    shown = listed(found, request)
    return {"mailbox": found, "state": shown.state, "probe": probe, "at": request.at}


def _mailbox(number: int) -> Mailbox:
    try:
        return reading.mailbox(number)
    except Mailbox.DoesNotExist as error:
        raise Http404 from error
