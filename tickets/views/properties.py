"""Changing who has a ticket and whose it is, its status, priority, queue and subject, and the desk's own fields."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tickets import access, tasks
from tickets.actions import assigning, changing, filling, opening, pausing, securing
from tickets.actions.errors import Conflict, NotAllowed, Refused
from tickets.forms.properties import (
    AssigneeForm,
    FieldValueForm,
    PriorityForm,
    QueueForm,
    RequesterForm,
    StatusForm,
    SubjectForm,
)
from tickets.models import Queue, Status, Ticket, User
from tickets.queries import directory
from tickets.queries.naming import names_of_people
from tickets.views import rail
from tickets.views.ticket import after, load_workable, on_to, page, possible_assignees
from tickets.views.undoing import offer_undo


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
    more: tuple[tuple[str, str], ...] = ()
    """What else the person chose with it, by the name of its input."""


@login_required
@require_POST
def take(request: HttpRequest, number: int) -> HttpResponse:
    found = load_workable(request, number)
    return change(request, found, lambda: assigning.assign_me(ticket=found, by=request.user, at=request.at))


@login_required
@require_POST
def assign(request: HttpRequest, number: int) -> HttpResponse:
    found = load_workable(request, number)
    form = AssigneeForm(request.POST, people=possible_assignees(found))
    if not form.is_valid():
        return refused(request, found, form)
    chosen, seen = form.cleaned_data["assignee"], form.cleaned_data["seen"]
    to = User.objects.get(pk=chosen) if chosen else None
    kwargs = {} if seen is None else {"seen": seen or None}
    return change(
        request, found, lambda: assigning.assign(ticket=found, to=to, by=request.user, at=request.at, **kwargs), form
    )


@login_required
@require_POST
def change_status(request: HttpRequest, number: int) -> HttpResponse:
    found = load_workable(request, number)
    form = StatusForm(request.POST, statuses=list(Status))
    if not form.is_valid():
        return refused(request, found, form)
    values = form.cleaned_data
    changed = change(
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
    if "next" in request.POST and isinstance(changed, HttpResponseRedirect):
        return on_to(request.POST["next"])
    return changed


@login_required
@require_POST
def change_priority(request: HttpRequest, number: int) -> HttpResponse:
    found = load_workable(request, number)
    form = PriorityForm(request.POST)
    if not form.is_valid():
        return refused(request, found, form)
    values = form.cleaned_data
    return change(
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
        return refused(request, found, form)
    to, seen = Queue.objects.get(pk=form.cleaned_data["queue"]), form.cleaned_data["seen"]
    return change(
        request,
        found,
        lambda: changing.change_queue(ticket=found, to=to, by=request.user, at=request.at, seen=seen),
        form,
    )


@login_required
@require_POST
def change_subject(request: HttpRequest, number: int) -> HttpResponse:
    found = load_workable(request, number)
    form = SubjectForm(request.POST)
    if not form.is_valid():
        return refused(request, found, form)
    values = form.cleaned_data
    return change(
        request,
        found,
        lambda: changing.change_subject(
            ticket=found, to=values["subject"], by=request.user, at=request.at, seen=values["seen"] or None
        ),
        clash=lambda conflict: Clash(
            url=request.path,
            name="subject",
            label=_("Subject"),
            theirs=conflict.theirs,
            yours=conflict.yours,
            yours_value=conflict.yours,
            theirs_value=conflict.theirs,
        ),
    )


@login_required
@require_POST
def change_requester(request: HttpRequest, number: int) -> HttpResponse:
    found = load_workable(request, number)
    form = RequesterForm(request.POST)
    if not form.is_valid():
        return refused(request, found, form)
    values = form.cleaned_data

    def act() -> Ticket:
        # Asked before the person is looked for, so that a refusal makes nobody and finds nobody.
        if not access.can_change_requester(request.user, found, request.at):
            raise NotAllowed
        with transaction.atomic():
            person = opening.find_or_create_requester(
                email=values["email"], name=values["full_name"], language=found.queue.language
            )
            return changing.change_requester(
                ticket=found, to=person, by=request.user, at=request.at, seen=values["seen"]
            )

    def clash(conflict: Conflict) -> Clash:
        return Clash(
            url=request.path,
            name="email",
            label=_("Requester"),
            theirs=names_of_people([conflict.theirs])[conflict.theirs],
            yours=values["email"],
            yours_value=values["email"],
            theirs_value=conflict.theirs,
            more=(("full_name", values["full_name"]),),
        )

    return change(request, found, act, clash=clash)


@login_required
@require_POST
def change_field(request: HttpRequest, number: int, key: str) -> HttpResponse:
    """A field of the desk's own. A value that cannot be read stays in its input, with the reason beneath it."""
    found = load_workable(request, number)
    form = FieldValueForm(request.POST)
    if not form.is_valid():
        return refused(request, found, form)
    value, seen = form.cleaned_data["value"], form.cleaned_data["seen"]
    sees = {} if "seen" not in request.POST else {"seen": seen}

    def act() -> Ticket:
        return filling.fill(ticket=found, key=key, to=value, by=request.user, at=request.at, **sees)

    def clash(conflict: Conflict) -> Clash:
        return Clash(
            url=request.path,
            name="value",
            label=rail.label_of(key),
            theirs=rail.value_in_words(key, conflict.theirs) or _("nothing"),
            yours=rail.value_in_words(key, conflict.yours) or _("nothing"),
            yours_value=value,
            theirs_value=conflict.theirs,
        )

    try:
        return change(request, found, act, clash=clash, shows=(filling.WrongValue,))
    except filling.WrongValue as refusal:
        fields = rail.fields_of(found, may_change=True, typed={key: value}, errors={key: str(refusal)})
        return page(request, found, status=400, own_fields=fields)


@login_required
@require_POST
def clear_pause(request: HttpRequest, number: int) -> HttpResponse:
    """Mail goes to the requester's address again; what waited for that leaves now."""
    found = load_workable(request, number)
    address = found.requester.email or ""
    cleared = change(
        request, found, lambda: pausing.clear_pause(address=address, by=request.user, at=request.at, ticket=found)
    )
    tasks.nudge_outbox()
    return cleared


@login_required
@require_POST
def unlock_requester(request: HttpRequest, number: int) -> HttpResponse:
    """The requester typed wrong passwords and may try again at once."""
    found = load_workable(request, number)
    address = found.requester.email or ""
    return change(
        request, found, lambda: securing.unlock(address=address, by=request.user, at=request.at, ticket=found)
    )


def change(
    request: HttpRequest,
    found: Ticket,
    act: Callable[[], object],
    form: Any = None,
    *,
    clash: Callable[[Conflict], Clash] | None = None,
    typed: dict[str, Any] | None = None,
    shows: tuple[type[Refused], ...] = (),
) -> HttpResponse:
    """Do it and go back to the ticket; a refusal is said there, a clash with somebody else's change shows both.

    ``typed`` goes to the page with a refusal, so that nothing typed is lost. Refusals in ``shows`` are raised: their
    view says them beside what was typed.
    """
    try:
        changed = act()
    except Conflict as conflict:
        shown = clash(conflict) if clash else _clash(request.path, form, conflict)
        return page(request, load_workable(request, found.pk), status=409, clash=shown)
    except NotAllowed as refusal:
        return page(request, found, status=403, refusal=str(refusal), **typed or {})
    except filling.FieldsMissing as refusal:
        return page(
            request, load_workable(request, found.pk), status=409, refusal=str(refusal), **missing(found, refusal)
        )
    except Refused as refusal:
        if isinstance(refusal, shows):
            raise
        return page(request, load_workable(request, found.pk), status=409, refusal=str(refusal), **typed or {})
    offer_undo(request, found, changed)
    return after(request, found.pk)


def missing(found: Ticket, refusal: filling.FieldsMissing) -> dict[str, Any]:
    """For the page: the fields that must be filled in before the ticket is solved, marked and linked."""
    keys = [field.key for field in refusal.fields]
    fields = rail.fields_of(found, may_change=True, missing=keys)
    return {"missing": refusal.fields, "own_fields": fields}


def refused(request: HttpRequest, found: Ticket, form: Any) -> HttpResponse:
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
