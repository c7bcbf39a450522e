"""Changing many tickets at once: choosing what, one question, watching it, what became of each, undo."""

from __future__ import annotations

from dataclasses import dataclass
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
from tickets.actions import bulk
from tickets.actions.changes import Change
from tickets.actions.errors import Refused
from tickets.forms import ChoiceField, FilterForm
from tickets.models import BulkChange, Ticket
from tickets.models.ticket import TicketQuerySet
from tickets.queries import bulk as reading
from tickets.queries import directory
from tickets.queries import queue as lists
from tickets.queries.macros import usable_by
from tickets.searching import QueryError
from tickets.views.changes import ChangesForm, in_words
from tickets.views.restored import label_of_property
from tickets.views.shell import shell


class BulkForm(ChangesForm):
    """``macro``: its changes come first. Its words are not written."""

    macro = ChoiceField(label=gettext_lazy("Macro"), required=False)

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
    context["is_ready"] = not act and not first and bool(request.POST.get("status"))
    status = 200
    if act in ("ask", "start"):
        if form.is_valid():
            try:
                if act == "start":
                    return _started(request, selection, form.chosen)
                if not form.chosen:
                    raise bulk.NothingToChange
                newest = selection.tickets.order_by("-pk").values_list("pk", flat=True).first()
                context |= {"asked": in_words(form.chosen), "kept": [*_kept(request), ("newest", newest)]}
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
    context = {
        "change": found,
        "words": in_words(found.undoes.changes if found.undoes else found.changes),
        "progress": reading.progress_of(found),
        "is_over": found.state not in bulk.UNFINISHED,
        "items": items,
        "shows_all": shows_all,
        "next_after": items[-1].pk if shows_all and len(items) == reading.SHOWN else None,
        "may_undo": found.undoes_id is None and not hasattr(found, "undone_by"),
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


def _started(request: HttpRequest, selection: Selection, changes: list[Change]) -> HttpResponse:
    made = bulk.start(tickets=selection.tickets, changes=changes, by=request.user, at=request.at, query=selection.query)
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
    leave = ("csrfmiddlewaretoken", "act", "newest")
    return [(name, value) for name in request.POST if name not in leave for value in request.POST.getlist(name)]


def _own(request: HttpRequest, number: int) -> BulkChange:
    try:
        return reading.own(request.user).get(pk=number)
    except BulkChange.DoesNotExist as error:
        raise Http404 from error
