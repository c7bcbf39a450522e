"""Words on a ticket: replies, notes, drafts, and replies that wait for a mentor."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from functools import partial
from typing import Any

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from tickets import access
from tickets.actions import attaching, drafting, holding, macros, mentioning, noting, replying
from tickets.actions.errors import NotAllowed, Refused
from tickets.actions.filling import FieldsMissing
from tickets.contact import mask_name
from tickets.forms.fields import MAX_WORDS, as_attachments
from tickets.forms.writing import (
    LONGEST_CC,
    ApprovalForm,
    DraftFilesForm,
    DraftForm,
    InternalNoteForm,
    ReplyForm,
    ReturnForm,
)
from tickets.models import DeskSettings, Message, Status, Ticket
from tickets.queries import ticket as reading
from tickets.views.properties import missing
from tickets.views.shell import shell
from tickets.views.staging import chosen_changes, staged_in, staged_macro
from tickets.views.ticket import after, load_workable, next_statuses, on_to, page
from tickets.views.timeline import said


@login_required
@require_POST
def reply(request: HttpRequest, number: int) -> HttpResponse:
    found = load_workable(request, number)
    form = ReplyForm(request.POST, request.FILES, next_statuses=next_statuses(found))
    if not form.is_valid():
        return _not_sent(request, found, form, status=400)
    values = form.cleaned_data
    macro = staged_macro(request, found)
    send = partial(macros.reply, changes=chosen_changes(request, macro)) if macro else replying.reply
    try:
        message = send(
            ticket=found,
            by=request.user,
            text=values["text"],
            at=request.at,
            next_status=values["next_status"],
            attachments=as_attachments(values["files"]),
            kept_files=values["kept"],
            cc=values["cc"],
            seen_message=values["seen"],
            hold_s=DeskSettings.current().undo_s,
        )
    except replying.Crossed as crossed:
        return _crossed(request, found, form, crossed)
    except FieldsMissing as refusal:
        return _not_sent(request, found, form, status=409, error=str(refusal), **missing(found, refusal))
    except Refused as refusal:
        return _not_sent(request, found, form, status=_status_of(refusal), error=str(refusal))
    undo = reverse("unsend", args=[message.pk]) if message and message.is_leaving else ""
    said = _said_of(request, message.ticket, message) if message else _("Changed; nothing was sent.")
    toasts.success(request, said, extra_tags=undo)
    if "next" in request.POST and not request.htmx:
        return on_to(request.POST["next"])
    return after(request, number, message=message)


@login_required
@require_POST
def note(request: HttpRequest, number: int) -> HttpResponse:
    found = load_workable(request, number)
    form = InternalNoteForm(request.POST, request.FILES)
    if not form.is_valid():
        return _not_noted(request, found, form, status=400)
    values = form.cleaned_data
    macro = staged_macro(request, found)
    leave = partial(macros.note, changes=chosen_changes(request, macro)) if macro else noting.note
    try:
        message = leave(
            ticket=found,
            by=request.user,
            text=values["text"],
            at=request.at,
            attachments=as_attachments(values["files"]),
            kept_files=values["kept"],
            let_in=values["let_in"],
        )
    except Refused as refusal:
        return _not_noted(request, found, form, status=_status_of(refusal), refusal=refusal)
    return after(request, number, message=message)


@login_required
@require_POST
def draft(request: HttpRequest, number: int) -> HttpResponse:
    """Keep what is being typed. A script gets 204 and says "saved" by itself; a button (``?back``) gets the page again.

    What was saved in another window meanwhile comes back with 409, so that the person can choose.
    """
    found = load_workable(request, number)
    form = DraftForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=400)
    kind, text, seen = (form.cleaned_data[name] for name in ("kind", "text", "draft_seen"))
    more = {"seen": seen} if "draft_seen" in request.POST else {}
    if "cc" in request.POST:
        more["cc"] = form.cleaned_data["cc"]
    try:
        kept = drafting.save_draft(ticket=found, by=request.user, kind=kind, text=text, at=request.at, **more)
    except drafting.DraftElsewhere as clash:
        if "back" in request.GET:
            half = "reply" if kind == Message.Kind.PUBLIC else str(kind)
            typed = {half: text, "mode": half}
            errors = (str(clash), clash.draft.text)
            return page(request, found, status=409, composer={**typed, "errors": errors})
        return JsonResponse({"text": clash.draft.text, "saved_at": clash.draft.saved_at.isoformat()}, status=409)
    except NotAllowed as refusal:
        return page(request, found, status=403, refusal=str(refusal))
    if "back" in request.GET:
        toasts.success(request, _("Draft saved"))
        return redirect(found)
    response = HttpResponse(status=204)
    response["Draft-Saved-At"] = kept.saved_at.isoformat() if kept else ""
    return response


@login_required
@require_POST
def draft_files(request: HttpRequest, number: int) -> HttpResponse:
    """Files that a script brings while the words are still being written; the answer is what stands beside them."""
    found = load_workable(request, number)
    form = DraftFilesForm(request.POST, request.FILES)
    if not form.is_valid():
        return JsonResponse({"error": " ".join(_errors(form, ""))}, status=400)
    values = form.cleaned_data
    files = as_attachments(values["files"])
    try:
        kept = drafting.keep_files(ticket=found, by=request.user, kind=values["kind"], files=files, at=request.at)
    except Refused as refusal:
        return JsonResponse({"error": str(refusal)}, status=_status_of(refusal))
    return render(request, "tickets/_kept_list.html", {"files": kept})


@login_required
@require_POST
def unsend(request: HttpRequest, message_id: int) -> HttpResponse:
    """Undo Send: the words stand in the composer again."""
    message = _reviewed(request, message_id)
    try:
        holding.take_back(message=message, by=request.user, at=request.at)
    except Refused as refusal:
        found = load_workable(request, message.ticket_id)
        return page(request, found, status=_status_of(refusal), refusal=str(refusal))
    toasts.info(request, _("It was not sent. Your text is back below."))
    return after(request, message.ticket_id)


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
        found = load_workable(request, message.ticket_id)
        more = missing(found, refusal) if isinstance(refusal, FieldsMissing) else {}
        return page(request, found, status=_status_of(refusal), refusal=str(refusal), **more)
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


def _not_sent(
    request: HttpRequest, found: Ticket, form: ReplyForm, *, status: int, error: str = "", **more: Any
) -> HttpResponse:
    """The page again, with the text as it was typed and the reason why it has not left. It is kept as a draft too: what
    must be done first may lie on another page."""
    text, cc = form["text"].value(), form.data.get("cc", "")
    keep_draft(request, found, Message.Kind.PUBLIC, text, cc=cc)
    typed = {"reply": text, "cc": cc, "next_status": form.data.get("next_status", ""), "mode": "reply"}
    typed["staged"] = staged_in(request, found)
    return page(request, found, status=status, composer={**typed, "errors": _errors(form, error)}, **more)


def _not_noted(
    request: HttpRequest, found: Ticket, form: InternalNoteForm, *, status: int, refusal: Refused | None = None
) -> HttpResponse:
    text = form["text"].value()
    keep_draft(request, found, Message.Kind.NOTE, text)
    typed = {"note": text, "mode": "note", "staged": staged_in(request, found), **outside(form, refusal)}
    errors = _errors(form, str(refusal) if refusal else "")
    return page(request, found, status=status, composer={**typed, "errors": errors})


def outside(form: Form, refusal: Refused | None) -> dict[str, Any]:
    """For the composer: who was named and not let in, as the page asks of each."""
    people = refusal.people if isinstance(refusal, mentioning.NotLetIn) else ()
    return {"outside": people, "let_in": getattr(form, "cleaned_data", {}).get("let_in", ())}


def keep_draft(request: HttpRequest, found: Ticket, kind: str, text: str, *, cc: str | None = None) -> None:
    """A draft that is too long to keep, or of somebody who may not write here any more, stays on the page alone."""
    if text.strip() and len(text) <= MAX_WORDS:
        with contextlib.suppress(NotAllowed):
            cc = cc[:LONGEST_CC] if cc else cc
            drafting.save_draft(ticket=found, by=request.user, kind=kind, text=text, cc=cc, at=request.at)
            found.drafts_at = {**reading.draft_times(found), kind: request.at.isoformat()}


def keep_files(request: HttpRequest, found: Ticket, kind: str, files: Collection[attaching.File]) -> None:
    """Files that came with a form which was refused wait beside its draft: nobody chooses them once more."""
    if files:
        with contextlib.suppress(Refused):
            drafting.keep_files(ticket=found, by=request.user, kind=kind, files=files, at=request.at)


def _errors(form: Form, error: str) -> tuple[str, ...]:
    return (error,) if error else tuple(str(each) for errors in form.errors.values() for each in errors)


def _reviewed(request: HttpRequest, message_id: int) -> Message:
    """A reply that has not left yet, if the person may see it. Whether they may decide on it is the action's answer."""
    try:
        return Message.objects.visible_to(request.user, request.at).select_related("ticket").get(pk=message_id)
    except Message.DoesNotExist as error:
        raise Http404 from error


def _crossed(request: HttpRequest, found: Ticket, form: ReplyForm, crossed: replying.Crossed) -> HttpResponse:
    """The reply is held: what crossed it stands beside it, and the next Send knows of it."""
    keep_draft(request, found, Message.Kind.PUBLIC, form.cleaned_data["text"], cc=form.data.get("cc"))
    context = {
        "ticket": found,
        "form": form,
        "cc": form.data.get("cc", ""),
        "has_files": bool(request.FILES),
        "staged": staged_in(request, found),
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
    if message.is_leaving and message.leaves_at:
        seconds = round((message.leaves_at - message.at).total_seconds())
        return ngettext(
            "It leaves in %(number)d second.", "It leaves in %(number)d seconds.", seconds
        ) % {"number": seconds}  # fmt: skip
    may_see = access.can_see_contact(request.user, found, request.at)
    name = str(found.requester) if may_see else mask_name(str(found.requester))
    if found.status == Status.WAITING:
        return _("Sent. #%(number)d now waits for %(name)s.") % {"number": found.pk, "name": name}
    if found.status == Status.SOLVED:
        return _("Sent. #%(number)d is solved.") % {"number": found.pk}
    return _("Sent to %(name)s.") % {"name": name}


def _status_of(refusal: Refused) -> int:
    return 403 if isinstance(refusal, NotAllowed) else 409
