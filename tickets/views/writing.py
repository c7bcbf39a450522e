"""Words on a ticket: replies, notes, drafts, and replies that wait for a mentor."""

from __future__ import annotations

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tickets import access
from tickets.actions import drafting, noting, replying
from tickets.actions.errors import NotAllowed, Refused
from tickets.contact import mask_name
from tickets.forms import ApprovalForm, DraftForm, NoteForm, ReplyForm, ReturnForm, as_attachments
from tickets.models import Message, Status, Ticket
from tickets.views.shell import shell
from tickets.views.ticket import after, load_workable, next_statuses, page
from tickets.views.timeline import said


@login_required
@require_POST
def reply(request: HttpRequest, number: int) -> HttpResponse:
    found = load_workable(request, number)
    form = ReplyForm(request.POST, request.FILES, next_statuses=next_statuses(found))
    if not form.is_valid():
        return _not_sent(request, found, form, status=400)
    values = form.cleaned_data
    try:
        message = replying.reply(
            ticket=found,
            by=request.user,
            text=values["text"],
            at=request.at,
            next_status=values["next_status"],
            attachments=as_attachments(values["files"]),
            seen_message=values["seen"],
        )
    except replying.Crossed as crossed:
        return _crossed(request, found, form, crossed)
    except Refused as refusal:
        return _not_sent(request, found, form, status=_status_of(refusal), error=str(refusal))
    toasts.success(request, _said_of(request, message.ticket, message))
    return after(request, number, message=message)


@login_required
@require_POST
def note(request: HttpRequest, number: int) -> HttpResponse:
    found = load_workable(request, number)
    form = NoteForm(request.POST, request.FILES)
    if not form.is_valid():
        return _not_noted(request, found, form, status=400)
    values = form.cleaned_data
    try:
        message = noting.note(
            ticket=found,
            by=request.user,
            text=values["text"],
            at=request.at,
            attachments=as_attachments(values["files"]),
        )
    except Refused as refusal:
        return _not_noted(request, found, form, status=_status_of(refusal), error=str(refusal))
    return after(request, number, message=message)


@login_required
@require_POST
def draft(request: HttpRequest, number: int) -> HttpResponse:
    """Keep what is being typed. Answers 204: the page says "saved" by itself."""
    found = load_workable(request, number)
    form = DraftForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=400)
    drafting.save_draft(ticket=found, by=request.user, at=request.at, **form.cleaned_data)
    return HttpResponse(status=204)


@login_required
@require_POST
def approve(request: HttpRequest, message_id: int) -> HttpResponse:
    message = _reviewed(request, message_id)
    form = ApprovalForm(request.POST)
    if not form.is_valid():
        return page(request, load_workable(request, message.ticket_id), status=400, refusal=_("Write something first."))
    changed = form.cleaned_data["text"] if form.cleaned_data["text"] != message.text else None
    try:
        replying.approve(message=message, by=request.user, at=request.at, text=changed)
    except Refused as refusal:
        return page(
            request, load_workable(request, message.ticket_id), status=_status_of(refusal), refusal=str(refusal)
        )
    toasts.success(request, _("The reply is on its way."))
    return after(request, message.ticket_id, message=message)


@login_required
@require_POST
def return_reply(request: HttpRequest, message_id: int) -> HttpResponse:
    message = _reviewed(request, message_id)
    form = ReturnForm(request.POST)
    if not form.is_valid():
        return page(
            request,
            load_workable(request, message.ticket_id),
            status=400,
            refusal=_("Say in a sentence what should change."),
        )
    try:
        replying.return_to_author(message=message, by=request.user, at=request.at, comment=form.cleaned_data["comment"])
    except Refused as refusal:
        return page(
            request, load_workable(request, message.ticket_id), status=_status_of(refusal), refusal=str(refusal)
        )
    return after(request, message.ticket_id, message=message)


def _not_sent(request: HttpRequest, found: Ticket, form: ReplyForm, *, status: int, error: str = "") -> HttpResponse:
    """The page again, with the text as it was typed and the reason why it has not left."""
    typed = {"reply": form.data.get("text", ""), "next_status": form.data.get("next_status", ""), "mode": "reply"}
    return page(request, found, status=status, composer={**typed, "errors": _errors(form, error)})


def _not_noted(request: HttpRequest, found: Ticket, form: NoteForm, *, status: int, error: str = "") -> HttpResponse:
    typed = {"note": form.data.get("text", ""), "mode": "note"}
    return page(request, found, status=status, composer={**typed, "errors": _errors(form, error)})


def _errors(form: NoteForm, error: str) -> tuple[str, ...]:
    return (error,) if error else tuple(str(each) for errors in form.errors.values() for each in errors)


def _reviewed(request: HttpRequest, message_id: int) -> Message:
    """A reply under review that the person may see. Whether they may decide on it is the action's answer."""
    try:
        return Message.objects.visible_to(request.user, request.at).select_related("ticket").get(pk=message_id)
    except Message.DoesNotExist as error:
        raise Http404 from error


def _crossed(request: HttpRequest, found: Ticket, form: object, crossed: replying.Crossed) -> HttpResponse:
    """The reply is held: what crossed it stands beside it, and the next Send knows of it."""
    context = {
        "ticket": found,
        "form": form,
        "has_files": bool(request.FILES),
        "seen": max(message.pk for message in crossed.newer),
        "newer": [said(message) for message in crossed.newer],
        "at": request.at,
    }
    template = "tickets/_crossed.html" if request.htmx else "tickets/crossed.html"
    if not request.htmx:
        context["shell"] = shell(request)
    return render(request, template, context, status=409)


def _said_of(request: HttpRequest, found: Ticket, message: Message) -> str:
    if message.is_awaiting_review:
        return _("A mentor reads it first. Then it leaves by itself.")
    may_see = access.can_see_contact(request.user, found, request.at)
    name = str(found.requester) if may_see else mask_name(str(found.requester))
    if found.status == Status.WAITING:
        return _("Sent. #%(number)d now waits for %(name)s.") % {"number": found.pk, "name": name}
    if found.status == Status.SOLVED:
        return _("Sent. #%(number)d is solved.") % {"number": found.pk}
    return _("Sent to %(name)s.") % {"name": name}


def _status_of(refusal: Refused) -> int:
    return 403 if isinstance(refusal, NotAllowed) else 409
