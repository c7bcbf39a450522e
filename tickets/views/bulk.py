"""Changing many tickets at once: choosing what, one question, watching it, what became of each, undo."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tickets import access, tasks
from tickets.actions import bulk, macros
from tickets.actions.changes import Change
from tickets.actions.errors import Refused
from tickets.forms.fields import ChoiceField, WordsField
from tickets.forms.lists import FilterForm
from tickets.models import BulkChange, Ticket
from tickets.models.automation import knows_macro_variables
from tickets.models.ticket import TicketQuerySet
from tickets.queries import bulk as reading
from tickets.queries import directory
from tickets.queries import queue as lists
from tickets.queries.macros import usable_by
from tickets.searching import QueryError
from tickets.views.changes import ChangesForm, in_words
from tickets.views.restored import label_of_property
from tickets.views.shell import shell

PREVIEWED = 3


class BulkForm(ChangesForm):
    """``macro``: its changes come first. Its words are written where ``with_words`` says so, and where none were
    written in their place."""

    macro = ChoiceField(label=gettext_lazy("Macro"), required=False)
    with_words = forms.BooleanField(label=gettext_lazy("Write the words of the macro too"), required=False)
    text = WordsField(label=gettext_lazy("Words for every ticket"), required=False, validators=[knows_macro_variables])
    text_en = WordsField(label=gettext_lazy("The same in English"), required=False, validators=[knows_macro_variables])
    kind = ChoiceField(
        label=gettext_lazy("They are"),
        required=False,
        choices=[("reply", gettext_lazy("a reply to the requester")), ("note", gettext_lazy("an internal note"))],
    )
    key = forms.RegexField(r"^[0-9a-zA-Z_-]{8,64}$", required=False, widget=forms.HiddenInput)
    seen_message = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, macros: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.macros = macros
        field = self.fields["macro"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "–"), *((pk, each.name) for pk, each in macros.items())]

    @property
    def chosen(self) -> list[Change]:
        macro = self.macros.get(self.cleaned_data["macro"])
        return [*(macro.changes if macro else []), *super().chosen]

    @property
    def words(self) -> bulk.Words:
        """What is written on every ticket. Valid forms only."""
        values = self.cleaned_data
        macro = self.macros.get(values["macro"]) if values["with_words"] else None
        seen = values["seen_message"]
        if macro and not (values["text"].strip() or values["text_en"].strip()):
            return bulk.Words(macro.text, macro.text_en, macro.is_note, seen)
        return bulk.Words(values["text"], values["text_en"], values["kind"] == "note", seen)


@dataclass(frozen=True)
class Selection:
    """Ticked rows, or everything that the list shows."""

    tickets: TicketQuerySet
    numbers: list[int]
    listed: str
    query: str


@login_required
@require_POST
def new_bulk_change(request: HttpRequest) -> HttpResponse:
    """Choose the changes; then one question with the number; then it begins. Each step carries the one before."""
    if not access.can_use_desk(request.user, request.at):
        raise Http404
    try:
        selection = _selection(request)
    except QueryError as error:
        toasts.error(request, str(error))
        return redirect("queue")
    count = selection.tickets.order_by()[: bulk.MOST + 1].count()
    if not count:
        toasts.info(request, str(bulk.NothingChosen()))
        return redirect("queue")
    act = request.POST.get("act", "")
    form = BulkForm(
        request.POST if act in ("ask", "start") else None,
        initial=request.POST.dict(),  # what was chosen before, when somebody comes back from the question
        by=request.user,
        macros={str(each.pk): each for each in usable_by(request.user)},
    )
    context: dict[str, Any] = {"form": form, "selection": selection, "count": count, "is_too_many": count > bulk.MOST}
    if (first := request.POST.get("first", "")) in form.fields:
        form.fields[first].widget.attrs["autofocus"] = True
        context["opens_words"] = first == "text"
    context["is_ready"] = not act and not first and bool(request.POST.get("status"))
    status = 200
    if act in ("ask", "start"):
        if form.is_valid():
            try:
                if act == "start":
                    return _started(request, selection, form)
                if not form.chosen and not form.words:
                    raise bulk.NothingToChange
                bulk.check_size(count, request.user)
                newest = selection.tickets.order_by("-pk").values_list("pk", flat=True).first()
                kept = [*_kept(request), ("newest", newest), ("key", secrets.token_hex(16))]
                if form.words:
                    kept.append(("seen_message", reading.newest_message()))
                    context |= _previewed(request, selection, form.words)
                context |= {"is_asked": True, "asked": in_words(form.chosen), "kept": kept}
            except Refused as refusal:
                form.add_error(None, str(refusal))
                status = 409
        else:
            status = 400
    return render(request, "tickets/new_bulk.html", {**context, "shell": shell(request)}, status=status)


@login_required
def bulk_changes(request: HttpRequest) -> HttpResponse:
    if not access.can_use_desk(request.user, request.at):
        raise Http404
    rows = [(each, in_words(each.changes)) for each in reading.own(request.user)[:50]]
    return render(request, "tickets/bulk_changes.html", {"rows": rows, "shell": shell(request)})


@login_required
def bulk_change(request: HttpRequest, number: int) -> HttpResponse:
    """How far it is, and what became of each ticket. htmx asks for the part that moves."""
    found = _own(request, number)
    after = request.GET.get("after", "")
    shows_all = after.isdecimal()
    user, at = request.user, request.at
    items = reading.items_after(found, user, at, int(after)) if shows_all else reading.notable_items(found, user, at)
    for item in items:
        item.left_words = [label_of_property(each) for each in item.before.get("left", [])]
    is_over = found.state not in bulk.UNFINISHED
    is_reply = found.has_words and not found.is_note
    held_until = reading.leaves_at(found) if is_reply else None
    # Words that left stay sent; where nothing else was changed nothing can be given back.
    has_left = is_over and is_reply and not held_until and not found.changes
    context = {
        "change": found,
        "words": in_words(found.undoes.changes if found.undoes else found.changes),
        "progress": reading.progress_of(found),
        "is_over": is_over,
        "items": items,
        "shows_all": shows_all,
        "next_after": items[-1].pk if shows_all and len(items) == reading.SHOWN else None,
        "may_undo": found.undoes_id is None and not hasattr(found, "undone_by") and not has_left,
        "held_until": held_until,
        "at": at,
    }
    if request.htmx:
        return render(request, "tickets/_bulk_progress.html", context)
    return render(request, "tickets/bulk_change.html", {**context, "shell": shell(request)})


@login_required
@require_POST
def cancel_bulk_change(request: HttpRequest, number: int) -> HttpResponse:
    bulk.cancel(change=_own(request, number), by=request.user, at=request.at)
    return redirect("bulk_change", number)


@login_required
@require_POST
def undo_bulk_change(request: HttpRequest, number: int) -> HttpResponse:
    try:
        made = bulk.undo(change=_own(request, number), by=request.user, at=request.at)
    except Refused as refusal:
        toasts.error(request, str(refusal))
        return redirect("bulk_change", number)
    tasks.nudge_bulk()
    return redirect("bulk_change", made.pk)


@dataclass(frozen=True)
class Preview:
    """The words as they stand on one of the tickets."""

    ticket: Ticket
    text: str
    language: str


def _previewed(request: HttpRequest, selection: Selection, words: bulk.Words) -> dict[str, Any]:
    """The words filled in for the first tickets, and how many are told. Who may not see contact data reads the names
    of variables instead of what they mean."""
    shown = []
    for ticket in reading.first_of(selection.tickets, PREVIEWED):
        may_see = access.can_see_contact(request.user, ticket, request.at)
        text = macros.in_language_of(ticket, words.text, words.text_en)
        but = () if may_see else ("requester", "first name")
        shown.append(Preview(ticket, macros.filled_in(text, ticket, request.user, but=but), ticket.requester.language))
    return {
        "previews": shown,
        "is_note": words.is_note,
        "told": reading.told_of(selection.tickets),
        "held_s": bulk.HELD_S,
    }


def _started(request: HttpRequest, selection: Selection, form: BulkForm) -> HttpResponse:
    words = form.words
    if words and words.seen_message is None:
        words = replace(words, seen_message=reading.newest_message())
    made = bulk.start(
        tickets=selection.tickets,
        changes=form.chosen,
        by=request.user,
        at=request.at,
        query=selection.query,
        words=words,
        key=form.cleaned_data["key"],
    )
    tasks.nudge_bulk()
    return redirect("bulk_change", made.pk)


def _selection(request: HttpRequest) -> Selection:
    """What was ticked; with ``all`` everything that the list at ``listed`` shows, and of it nothing that came after the
    question was asked. Raises `QueryError`."""
    user, at, listed = request.user, request.at, request.POST.get("listed", "")[:2000]
    if not request.POST.get("all"):
        given = (each for each in request.POST.getlist("ticket") if each.isdecimal() and len(each) < 18)
        numbers = sorted({int(each) for each in given})
        return Selection(Ticket.objects.worked_by(user, at).filter(pk__in=numbers), numbers, "", "")
    wanted, newest = QueryDict(listed), request.POST.get("newest", "")
    known = Q(pk__lte=int(newest)) if newest.isdecimal() and len(newest) < 18 else Q()
    if text := wanted.get("q", ""):
        return Selection(reading.searched(text, user, at).filter(known), [], listed, text)
    filters = FilterForm(wanted, desks=directory.desks_of(user, at)).filters
    tickets = lists.narrowed(Ticket.objects.worked_by(user, at), filters, user=user, at=at)
    return Selection(tickets.filter(known), [], listed, listed or "view=all")


def _kept(request: HttpRequest) -> list[tuple[str, str]]:
    """What the question carries on to the start."""
    leave = ("csrfmiddlewaretoken", "act", "newest", "key", "seen_message")
    return [(name, value) for name in request.POST if name not in leave for value in request.POST.getlist(name)]


def _own(request: HttpRequest, number: int) -> BulkChange:
    try:
        return reading.own(request.user).get(pk=number)
    except BulkChange.DoesNotExist as error:
        raise Http404 from error
