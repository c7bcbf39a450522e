"""Macros: putting one into the composer, and the pages on which leads and administrators keep them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tickets import access
from tickets.actions import keeping_macros
from tickets.actions import macros as using
from tickets.actions.errors import Refused
from tickets.forms.fields import PlainSelect
from tickets.forms.writing import NoteForm
from tickets.models import Macro, Message, Role, Team, Ticket, User
from tickets.queries import macros as reading
from tickets.queries import ticket as tickets
from tickets.views.changes import ChangesForm, in_words, initial_of
from tickets.views.shell import shell
from tickets.views.staging import stage
from tickets.views.ticket import load_workable, page
from tickets.views.writing import keep_draft


class MacroForm(forms.ModelForm):
    class Meta:
        model = Macro
        fields = ("name", "team", "text", "text_en", "is_note", "is_active")
        widgets = {"team": PlainSelect}

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams = Team.objects.order_by("name", "pk")
        team = self.fields["team"]
        assert isinstance(team, forms.ModelChoiceField)
        team.queryset = teams if by.role == Role.ADMIN else teams.filter(pk__in=by.team_ids)
        team.empty_label = _("everybody") if by.role == Role.ADMIN else None
        team.required = by.role != Role.ADMIN


@login_required
@require_POST
def insert_macro(request: HttpRequest, number: int) -> HttpResponse:
    """Put the macro's words into the composer and its changes beside them. Nothing is done before they are sent."""
    found = load_workable(request, number)
    wanted = request.POST.get("insert", "")
    macro = next((each for each in reading.macros_for(found) if str(each.pk) == wanted), None)
    if not access.can_reply(request.user, found, request.at):
        raise Http404
    typed = NoteForm(request.POST)["text"].value()
    if macro is None:
        return render(request, "tickets/_staged.html") if request.htmx else page(request, found)
    # Contact data is filled in when the words leave, where the person may not see it.
    but = () if access.can_see_contact(request.user, found, request.at) else ("requester", "first name")
    words = using.filled_in(using.words_of(macro, found), found, request.user, but=but)
    if request.htmx:
        return render(request, "tickets/_staged.html", {"staged": stage(macro), "words": words})
    together = "\n\n".join(part for part in (typed.rstrip(), words) if part)
    keep_draft(request, found, Message.Kind.NOTE if macro.is_note else Message.Kind.PUBLIC, together)
    mode = "note" if macro.is_note else "reply"
    composer = {mode: together, "mode": mode, "staged": stage(macro)}
    return page(request, found, composer=composer | {"next_status": request.POST.get("next_status", "")})


@login_required
def macro_list(request: HttpRequest) -> HttpResponse:
    _require_keeper(request)
    rows = [
        {
            "macro": each,
            "changes": in_words(each.changes),
            "may_change": access.can_change_macro(request.user, each.team_id),
        }
        for each in reading.macros_of(request.user)
    ]
    return render(request, "tickets/macros.html", {"rows": rows, "shell": shell(request)})


@login_required
def new_macro(request: HttpRequest) -> HttpResponse:
    _require_keeper(request)
    return _form_page(request, Macro())


@login_required
def macro(request: HttpRequest, number: int) -> HttpResponse:
    return _form_page(request, _kept(request, number))


@login_required
@require_POST
def move_macro(request: HttpRequest, number: int) -> HttpResponse:
    is_up = request.POST.get("to") != "down"
    keeping_macros.move(macro=_kept(request, number), by=request.user, is_up=is_up, at=request.at)
    return redirect("macros")


def _form_page(request: HttpRequest, found: Macro) -> HttpResponse:
    form = MacroForm(request.POST or None, instance=found, by=request.user)
    changes = ChangesForm(request.POST or None, initial=initial_of(found.changes))
    context: dict[str, Any] = {"form": form, "changes": changes, "macro": found, "on": request.POST.get("on", "")}
    status = 200
    if request.method == "POST":
        is_valid = form.is_valid() & changes.is_valid()
        status = 200 if is_valid else 400
        if is_valid and request.POST.get("act") == "preview":
            found.changes = changes.chosen
            context |= _preview(request, found)
        elif is_valid:
            try:
                wanted = form.save(commit=False)
                keeping_macros.save(macro=wanted, changes=changes.chosen, by=request.user, at=request.at)
            except Refused as refusal:
                form.add_error(None, str(refusal))
                status = 409
            else:
                toasts.success(request, _("Saved."))
                return redirect("macros")
    return render(request, "tickets/macro.html", {**context, "shell": shell(request)}, status=status)


def _preview(request: HttpRequest, macro: Macro) -> dict[str, Any]:
    """What the macro would write on a ticket that the person works."""
    number = request.POST.get("on", "").lstrip("#").strip()
    try:
        found = tickets.worked_ticket_for_page(request.user, int(number), at=request.at)
    except (ValueError, OverflowError, Ticket.DoesNotExist):
        return {"preview_error": _("You work no ticket with this number.")}
    words = using.filled_in(using.words_of(macro, found), found, request.user)
    return {"preview": {"words": words, "changes": in_words(macro.changes)}}


def _require_keeper(request: HttpRequest) -> None:
    if not access.can_manage_macros(request.user):
        raise Http404


def _kept(request: HttpRequest, number: int) -> Macro:
    _require_keeper(request)
    found = reading.macros_of(request.user).filter(pk=number).first()
    if found is None or not access.can_change_macro(request.user, found.team_id):
        raise Http404
    return found
