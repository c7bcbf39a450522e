"""Accounts of people: made, changed, deactivated and activated again. What follows is said before it is done."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as toasts
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_POST

from helpdesk.lib.pagination import BadCursor
from tickets import access, tasks
from tickets.accounts import addresses, resets
from tickets.actions import keeping_people, unused
from tickets.actions.errors import Refused
from tickets.actions.mail_settings import WrongSettings
from tickets.forms.lists import SearchForm
from tickets.forms.setup import PersonSetupForm, TeamSetupForm
from tickets.models import Role, Team, User
from tickets.queries import setup as reading
from tickets.views.setup import for_setup, for_setup_changes, setup_page

SHOWN = ("staff", "requesters", "inactive")


@for_setup
def people_list(request: HttpRequest) -> HttpResponse:
    """Leads see who works here; requesters' addresses are for whoever works their tickets, and administrators."""
    may_change = access.can_change_setup(request.user)
    shown = shown_to(request.user, request.GET.get("shown", ""))
    form = SearchForm(request.GET)
    words = form.cleaned_data["q"].strip() if form.is_valid() else ""
    try:
        page = reading.people(shown, words, cursor=request.GET.get("cursor"))
    except BadCursor:
        page = reading.people(shown, words)
    named = (("staff", _("Who works here")), ("requesters", _("Requesters")), ("inactive", _("Deactivated")))
    kinds = [
        {"label": label, "url": _list_url(shown=kind, q=words), "is_current": kind == shown}
        for kind, label in named
        if kind != "requesters" or may_change
    ]
    context = {
        "page": page,
        "kinds": kinds,
        "shown": shown,
        "search": words,
        "more_url": _list_url(shown=shown, q=words, cursor=page.next_cursor) if page.next_cursor else "",
    }
    return setup_page(request, "tickets/setup_people.html", context)


def shown_to(reader: User, wanted: str) -> str:
    """Which of SHOWN the reader gets: those they asked for if they may see them."""
    is_theirs = wanted in SHOWN and (wanted != "requesters" or access.can_change_setup(reader))
    return wanted if is_theirs else "staff"


def _list_url(**query: Any) -> str:
    return f"?{urlencode({name: value for name, value in query.items() if value})}"


@for_setup_changes
def new_person(request: HttpRequest) -> HttpResponse:
    form = PersonSetupForm(request.POST or None, instance=User())
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                made = keeping_people.add(by=request.user, at=request.at, **_settings(form))
                if form.cleaned_data["mails_link"] and made.email:
                    _mail_link(request, made)
        except WrongSettings as refusal:
            form.refuse(refusal.errors)
        else:
            toasts.success(request, _("%(person)s has an account now.") % {"person": made})
            return redirect("setup_person", made.pk)
    return setup_page(request, "tickets/setup_person.html", {"form": form}, status=400 if form.errors else 200)


@for_setup
def person(request: HttpRequest, number: int) -> HttpResponse:
    """Saved at once, unless something follows from it that is said first and asked for once."""
    found = _load(request, number)
    form = PersonSetupForm(request.POST or None, instance=_load(request, number))
    follows: list[str] = []
    status = 200
    if request.method == "POST":
        if not access.can_change_setup(request.user):
            raise Http404
        if form.is_valid():
            follows = [] if form.cleaned_data["sure"] else _what_follows(found, form.cleaned_data)
            if not follows:
                try:
                    with transaction.atomic():
                        keeping_people.change(person=found, by=request.user, at=request.at, **_settings(form))
                        addresses.forget_old(reading.person(number))
                except WrongSettings as refusal:
                    form.refuse(refusal.errors)
                except Refused as refusal:
                    form.add_error(None, str(refusal))
                    status = 409
                else:
                    toasts.success(request, _("Saved."))
                    return redirect("setup_person", number)
    context = {
        "person": found,
        "form": form,
        "follows": follows,
        "in_hand": reading.in_hand(found),
        "is_own": found.pk == request.user.pk,
        "search_url": f"{reverse('search')}?{urlencode({'q': f'assignee:{found.email} is:unsolved'})}",
    }
    return setup_page(
        request, "tickets/setup_person.html", context, status=400 if form.errors and status == 200 else status
    )


@for_setup_changes
def deactivate_person(request: HttpRequest, number: int) -> HttpResponse:
    """Says what happens (GET), then does it (POST)."""
    found = _load(request, number)
    refusal = ""
    if request.method == "POST":
        try:
            back = keeping_people.deactivate(person=found, by=request.user, at=request.at)
        except Refused as error:
            refusal = str(error)
        else:
            said = _("%(person)s is deactivated.") % {"person": found}
            if back:
                went = ngettext(
                    "%(number)d ticket is back in its queue.", "%(number)d tickets are back in their queues.", back
                )
                said = f"{said} {went % {'number': back}}"
            toasts.success(request, said, extra_tags=reverse("activate_person", args=[number]))
            return redirect("setup_people")
    context = {"person": found, "in_hand": reading.in_hand(found), "refusal": refusal}
    return setup_page(request, "tickets/deactivate_person.html", context, status=409 if refusal else 200)


@for_setup_changes
@require_POST
def activate_person(request: HttpRequest, number: int) -> HttpResponse:
    found = _load(request, number)
    try:
        keeping_people.activate(person=found, by=request.user, at=request.at)
    except Refused as refusal:
        toasts.error(request, str(refusal))
    else:
        toasts.success(request, _("%(person)s can sign in again.") % {"person": found})
    return redirect("setup_person", number)


@for_setup_changes
@require_POST
def mail_link(request: HttpRequest, number: int) -> HttpResponse:
    """A link to choose a new password, as the person could ask for on the sign-in page."""
    found = _load(request, number)
    if not found.email or not found.is_active:
        raise Http404
    _mail_link(request, found)
    return redirect("setup_person", number)


@for_setup
def team_list(request: HttpRequest) -> HttpResponse:
    return setup_page(request, "tickets/setup_teams.html", {"teams": list(reading.teams())})


@for_setup_changes
def new_team(request: HttpRequest) -> HttpResponse:
    return _team_page(request, Team())


@for_setup_changes
def team(request: HttpRequest, number: int) -> HttpResponse:
    found = reading.teams().filter(pk=number).first()
    if found is None:
        raise Http404
    return _team_page(request, found)


@for_setup_changes
@require_POST
def remove_team(request: HttpRequest, number: int) -> HttpResponse:
    found = reading.teams().filter(pk=number).first()
    if found is None:
        raise Http404
    try:
        keeping_people.remove_team(team=found, by=request.user, at=request.at)
    except Refused as refusal:
        toasts.error(request, str(refusal))
        return redirect("setup_team", number)
    toasts.success(request, _("%(name)s is deleted.") % {"name": found.name})
    return redirect("setup_teams")


def _team_page(request: HttpRequest, found: Team) -> HttpResponse:
    form = TeamSetupForm(request.POST or None, instance=found)
    follows: list[str] = []
    name = found.name
    if request.method == "POST" and form.is_valid():
        members = list(form.cleaned_data["members"])
        follows = [] if form.cleaned_data["sure"] or not found.pk else _of_leaving(found, members)
        if not follows:
            found.name = form.cleaned_data["name"]
            try:
                keeping_people.save_team(team=found, members=members, by=request.user, at=request.at)
            except WrongSettings as refusal:
                form.refuse(refusal.errors)
            else:
                toasts.success(request, _("Saved."))
                return redirect("setup_teams")
    is_unused = bool(found.pk) and unused.is_unused(found)
    context = {"team": found, "name": name, "form": form, "follows": follows, "is_unused": is_unused}
    return setup_page(request, "tickets/setup_team.html", context, status=400 if form.errors else 200)


def _load(request: HttpRequest, number: int) -> User:
    """Somebody of the desk; for administrators anybody who is a person of their own."""
    try:
        found = reading.person(number)
    except User.DoesNotExist as error:
        raise Http404 from error
    is_visible = found.role != Role.REQUESTER or access.can_change_setup(request.user)
    if not is_visible or found.merged_into_id:
        raise Http404
    return found


def _settings(form: PersonSetupForm) -> Any:
    values = {name: form.cleaned_data[name] for name in keeping_people.PersonSettings.__annotations__}
    return {**values, "email": values["email"] or ""}


def _mail_link(request: HttpRequest, person: User) -> None:
    resets.mail_link(person, at=request.at)
    transaction.on_commit(tasks.nudge_outbox, robust=True)
    toasts.info(request, _("A link to choose a password is on its way to %(email)s.") % {"email": person.email})


def _what_follows(found: User, wanted: dict[str, Any]) -> list[str]:
    said = []
    teams = list(wanted["teams"])
    if wanted["role"] == Role.ADMIN and found.role != Role.ADMIN:
        said.append(_("%(person)s sees every ticket from now on and changes every setting.") % {"person": found})
    if number := reading.lost_with(found, role=wanted["role"], teams=teams):
        sentence = ngettext(
            "%(number)d ticket in the hands of %(person)s goes back into its queue.",
            "%(number)d tickets in the hands of %(person)s go back into their queues.",
            number,
        )
        said.append(sentence % {"number": number, "person": found})
    if found.role != wanted["role"] and wanted["role"] == Role.REQUESTER:
        said.append(
            pgettext("change of role", "%(person)s has no desk any more, only own requests.") % {"person": found}
        )
    return said


def _of_leaving(found: Team, members: list[User]) -> list[str]:
    said = []
    for person, number in reading.lost_with_members(found, members).items():
        sentence = ngettext(
            "%(number)d ticket in the hands of %(person)s goes back into its queue.",
            "%(number)d tickets in the hands of %(person)s go back into their queues.",
            number,
        )
        said.append(sentence % {"number": number, "person": person})
    return said
