"""Changing who has a ticket, its status, priority and queue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tickets import tasks
from tickets.actions import assigning, changing, pausing
from tickets.actions.errors import Conflict, NotAllowed, Refused
from tickets.forms import AssigneeForm, PriorityForm, QueueForm, StatusForm
from tickets.models import Queue, Status, Ticket, User
from tickets.queries import directory
from tickets.views.ticket import after, load_workable, page, possible_assignees


@dataclass(frozen=True)
class Clash:
    """A property that somebody else changed meanwhile: both values in words, and the person's own to set again."""

    url: str
    name: str
    label: str
    theirs: str
    yours: str
    yours_value: Any
    theirs_value: Any


@login_required
@require_POST
def take(request: HttpRequest, number: int) -> HttpResponse:
    found = load_workable(request, number)
    return _change(request, found, lambda: assigning.assign_me(ticket=found, by=request.user, at=request.at))


@login_required
@require_POST
def assign(request: HttpRequest, number: int) -> HttpResponse:
    found = load_workable(request, number)
    form = AssigneeForm(request.POST, people=possible_assignees(found))
    if not form.is_valid():
        return _refused(request, found, form)
    chosen, seen = form.cleaned_data["assignee"], form.cleaned_data["seen"]
    to = User.objects.get(pk=chosen) if chosen else None
    kwargs = {} if seen is None else {"seen": seen or None}
    return _change(
        request, found, lambda: assigning.assign(ticket=found, to=to, by=request.user, at=request.at, **kwargs), form
    )


@login_required
@require_POST
def change_status(request: HttpRequest, number: int) -> HttpResponse:
    found = load_workable(request, number)
    form = StatusForm(request.POST, statuses=list(Status))
    if not form.is_valid():
        return _refused(request, found, form)
    values = form.cleaned_data
    return _change(
        request,
        found,
        lambda: changing.change_status(
            ticket=found,
            to=values["status"],
            by=request.user,
            at=request.at,
            seen=values["seen"] or None,
            reason=values["reason"],
        ),
        form,
    )


@login_required
@require_POST
def change_priority(request: HttpRequest, number: int) -> HttpResponse:
    found = load_workable(request, number)
    form = PriorityForm(request.POST)
    if not form.is_valid():
        return _refused(request, found, form)
    values = form.cleaned_data
    return _change(
        request,
        found,
        lambda: changing.change_priority(
            ticket=found, to=values["priority"], by=request.user, at=request.at, seen=values["seen"]
        ),
        form,
    )


@login_required
@require_POST
def change_queue(request: HttpRequest, number: int) -> HttpResponse:
    found = load_workable(request, number)
    form = QueueForm(request.POST, desks=directory.desks())
    if not form.is_valid():
        return _refused(request, found, form)
    to, seen = Queue.objects.get(pk=form.cleaned_data["queue"]), form.cleaned_data["seen"]
    return _change(
        request,
        found,
        lambda: changing.change_queue(ticket=found, to=to, by=request.user, at=request.at, seen=seen),
        form,
    )


@login_required
@require_POST
def clear_pause(request: HttpRequest, number: int) -> HttpResponse:
    """Mail goes to the requester's address again; what waited for that leaves now."""
    found = load_workable(request, number)
    address = found.requester.email or ""
    cleared = _change(
        request, found, lambda: pausing.clear_pause(address=address, by=request.user, at=request.at, ticket=found)
    )
    tasks.nudge_outbox()
    return cleared


def _change(request: HttpRequest, found: Ticket, act: Callable[[], object], form: Any = None) -> HttpResponse:
    """Do it and go back to the ticket; a refusal is said there, a clash with somebody else's change shows both."""
    try:
        act()
    except Conflict as conflict:
        return page(request, load_workable(request, found.pk), status=409, clash=_clash(request.path, form, conflict))
    except NotAllowed as refusal:
        return page(request, found, status=403, refusal=str(refusal))
    except Refused as refusal:
        return page(request, load_workable(request, found.pk), status=409, refusal=str(refusal))
    return after(request, found.pk)


def _refused(request: HttpRequest, found: Ticket, form: Any) -> HttpResponse:
    sentence = next((str(error) for errors in form.errors.values() for error in errors), "")
    return page(request, found, status=400, refusal=sentence)


def _clash(url: str, form: Any, conflict: Conflict) -> Clash:
    field = form.fields[form.name]
    words = {str(value): str(label) for value, label in field.choices}
    theirs, yours = str(conflict.theirs or ""), str(conflict.yours or "")
    return Clash(
        url=url,
        name=form.name,
        label=str(field.label),
        theirs=words.get(theirs) or _("somebody else"),
        yours=words.get(yours, yours),
        yours_value=yours,
        theirs_value=theirs,
    )
