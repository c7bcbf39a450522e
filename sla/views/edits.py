"""What an edit would do, and how far it is done: one page from the question to the last ticket."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from sla import access, queries, tasks
from sla.actions import editing
from sla.models import Edit
from sla.views.doors import for_who_keeps, for_who_sees
from sla.views.words import compared
from tickets.actions.errors import Refused
from tickets.searching import QueryError

AT_ONCE = 4
"""Batches that the request itself does: a small desk sees the answer with the page."""
SHOWN = 100


def begun(request: HttpRequest, edit: Edit) -> HttpResponse:
    """Count a little and lead to the page that shows the rest."""
    for _number in range(AT_ONCE):
        if not editing.count_batch(edit.pk, at=request.at):
            break
    else:
        tasks.nudge_edits()
    return redirect("promise_edit", edit.pk)


def removal_begun(request: HttpRequest, kind: str, target: int) -> HttpResponse:
    """Of a calendar or a policy as it was seen; refused where it is."""
    try:
        found = editing.propose(
            kind=kind, target=target, base=request.POST.get("base", ""), proposed={}, by=request.user, at=request.at
        )
    except Refused as refusal:
        toasts.error(request, str(refusal))
        return redirect(kind, target)
    return begun(request, found)


@for_who_sees
def edits(request: HttpRequest) -> HttpResponse:
    return render(request, "sla/edits.html", {"rows": [(each, title_of(each)) for each in queries.edits()[:100]]})


@for_who_sees
def edit(request: HttpRequest, number: int) -> HttpResponse:
    """htmx asks for the part that moves."""
    return _page(request, get_object_or_404(Edit, pk=number))


@for_who_keeps
@require_POST
def apply_edit(request: HttpRequest, number: int) -> HttpResponse:
    found = get_object_or_404(Edit, pk=number)
    try:
        editing.apply(edit=found, by=request.user, at=request.at)
    except editing.ChangedMeanwhile as refusal:
        theirs = compared(found.kind, found.proposed, editing.current(found.kind, found.target))
        return _page(request, found, status=409, refusal=str(refusal), theirs=theirs)
    except (Refused, QueryError) as refusal:
        return _page(request, found, status=409, refusal=str(refusal))
    for _number in range(AT_ONCE):
        if not editing.apply_batch(found.pk, at=request.at):
            break
    tasks.nudge_edits()
    return redirect("promise_edit", number)


@for_who_keeps
@require_POST
def drop_edit(request: HttpRequest, number: int) -> HttpResponse:
    found = get_object_or_404(Edit, pk=number)
    try:
        editing.drop(edit=found, by=request.user, at=request.at)
    except Refused as refusal:
        toasts.error(request, str(refusal))
        return redirect("promise_edit", number)
    toasts.success(request, _("Dropped. Everything is as it was."))
    return redirect(_place_of(found))


@for_who_keeps
@require_POST
def count_edit(request: HttpRequest, number: int) -> HttpResponse:
    """Again from the beginning, or the rest of it."""
    found = get_object_or_404(Edit, pk=number)
    try:
        editing.count_again(
            edit=found, by=request.user, at=request.at, everything=request.POST.get("what") == "everything"
        )
    except Refused as refusal:
        toasts.error(request, str(refusal))
        return redirect("promise_edit", number)
    return begun(request, found)


@for_who_keeps
@require_POST
def renew_edit(request: HttpRequest, number: int) -> HttpResponse:
    """The same wish against what holds by now: what somebody else changed is changed to what stands here."""
    found = get_object_or_404(Edit, pk=number)
    base = editing.fingerprint(editing.current(found.kind, found.target))
    try:
        made = editing.propose(
            kind=found.kind, target=found.target, base=base, proposed=found.proposed, by=request.user, at=request.at
        )
    except (Refused, QueryError) as refusal:
        return _page(request, found, status=409, refusal=str(refusal))
    return begun(request, made)


def _page(request: HttpRequest, found: Edit, status: int = 200, **more: Any) -> HttpResponse:
    is_open = found.state in (Edit.State.COUNTING, Edit.State.COUNTED)
    start = request.GET.get("from", "")
    first = int(start) if start.isdecimal() and len(start) < 9 else 0
    rows = queries.foreseen(found, request.user, request.at, first=first, most=SHOWN + 1)
    context = {
        "edit": found,
        "title": title_of(found),
        "place": _place_of(found),
        "is_open": is_open,
        "is_moving": found.state in (Edit.State.COUNTING, Edit.State.APPLYING),
        "is_partly": found.counted < found.total,
        "changes": compared(found.kind, found.before, found.proposed),
        "rows": rows[:SHOWN],
        "elsewhere": queries.number_foreseen_elsewhere(found, request.user, request.at),
        "next_from": first + SHOWN if len(rows) > SHOWN else None,
        "may_keep": access.can_keep_promises(request.user),
        "at": request.at,
        **more,
    }
    name = "sla/_edit.html" if request.htmx else "sla/edit.html"
    return render(request, name, context, status=status)


def title_of(found: Edit) -> str:
    if found.kind == Edit.Kind.ORDER:
        return _("Another order of the policies")
    if found.kind == Edit.Kind.DEFAULT:
        return _("Another default policy")
    name = {"name": (found.proposed or found.before)["name"]}
    if not found.proposed:
        is_calendar = found.kind == Edit.Kind.CALENDAR
        return (_("Removal of the calendar %(name)s") if is_calendar else _("Removal of the policy %(name)s")) % name
    if found.kind == Edit.Kind.CALENDAR:
        return _("Change of the calendar %(name)s") % name
    if found.base == editing.fingerprint({}):
        return _("New policy %(name)s") % name
    return _("Change of the policy %(name)s") % name


def _place_of(found: Edit) -> str:
    if found.kind == Edit.Kind.DEFAULT:
        return reverse("promises")
    is_there = found.kind != Edit.Kind.ORDER and found.target is not None
    if is_there and editing.current(found.kind, found.target):
        return reverse(found.kind, args=[found.target])
    return reverse("calendars" if found.kind == Edit.Kind.CALENDAR else "promises")
