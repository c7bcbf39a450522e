"""Organisations: who belongs to one and what they asked, its name, doubles, and deleting one that nobody is in."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from helpdesk.lib.pagination import BadCursor
from tickets import access
from tickets.actions import keeping_organisations, unused
from tickets.actions.errors import Refused
from tickets.actions.mail_settings import WrongSettings
from tickets.forms.lists import SearchForm
from tickets.forms.setup import OrganisationForm
from tickets.models import Organisation
from tickets.queries import organisations as reading
from tickets.views.setup import for_setup, for_setup_changes, setup_page


@for_setup
def organisation_list(request: HttpRequest) -> HttpResponse:
    words = _words(request)
    try:
        rows, cursor = reading.organisations(request.user, words, at=request.at, cursor=request.GET.get("cursor"))
    except BadCursor:
        rows, cursor = reading.organisations(request.user, words, at=request.at)
    more_url = f"?{urlencode({'q': words, 'cursor': cursor})}" if cursor else ""
    context = {"rows": rows, "search": words, "more_url": more_url}
    return setup_page(request, "tickets/setup_organisations.html", context)


@for_setup_changes
def new_organisation(request: HttpRequest) -> HttpResponse:
    form = OrganisationForm(request.POST or None, instance=Organisation())
    if made := _saved(request, form, Organisation()):
        return redirect("setup_organisation", made.pk)
    return setup_page(request, "tickets/setup_organisation.html", {"form": form}, status=400 if form.errors else 200)


@for_setup
def organisation(request: HttpRequest, number: int) -> HttpResponse:
    found = _load(number)
    form = OrganisationForm(request.POST or None, instance=_load(number))
    if request.method == "POST" and not access.can_change_setup(request.user):
        raise Http404
    if _saved(request, form, found):
        return redirect("setup_organisation", number)
    words = f'organisation:"{found.name.replace(chr(34), " ")}"'
    context = {
        "organisation": found,
        "form": form,
        "members": reading.members(found, request.user, at=request.at),
        "search_url": f"{reverse('search')}?{urlencode({'q': words})}",
        "is_unused": unused.is_unused(found),
    }
    return setup_page(request, "tickets/setup_organisation.html", context, status=400 if form.errors else 200)


@for_setup_changes
def merge_organisation(request: HttpRequest, number: int) -> HttpResponse:
    """Find the double, see what follows, then make them one (POST)."""
    found = _load(number)
    given = request.POST if request.method == "POST" else request.GET
    into = _load(int(given["into"])) if given.get("into", "").isdecimal() and len(given["into"]) < 18 else None
    refusal = ""
    if request.method == "POST" and into is not None:
        try:
            keeping_organisations.merge(organisation=found, into=into, by=request.user, at=request.at)
        except Refused as error:
            refusal = str(error)
        else:
            toasts.success(request, _("%(name)s is part of %(into)s now.") % {"name": found, "into": into})
            return redirect("setup_organisation", into.pk)
    words = _words(request)
    context = {
        "organisation": found,
        "into": into,
        "refusal": refusal,
        "search": words,
        "hits": [] if into else reading.like(found, words),
        "members": reading.members(found, request.user, at=request.at),
    }
    return setup_page(request, "tickets/merge_organisation.html", context, status=409 if refusal else 200)


@for_setup_changes
@require_POST
def remove_organisation(request: HttpRequest, number: int) -> HttpResponse:
    found = _load(number)
    try:
        keeping_organisations.remove(organisation=found, by=request.user, at=request.at)
    except Refused as refusal:
        toasts.error(request, str(refusal))
        return redirect("setup_organisation", number)
    toasts.success(request, _("%(name)s is deleted.") % {"name": found})
    return redirect("setup_organisations")


def _saved(request: HttpRequest, form: OrganisationForm, row: Organisation) -> Organisation | None:
    if request.method != "POST" or not form.is_valid():
        return None
    settings: dict[str, Any] = {"organisation": row, "name": form.cleaned_data["name"]}
    try:
        made = keeping_organisations.save(by=request.user, at=request.at, **settings)
    except WrongSettings as refusal:
        form.refuse(refusal.errors)
        return None
    toasts.success(request, _("Saved."))
    return made


def _words(request: HttpRequest) -> str:
    form = SearchForm(request.GET)
    return form.cleaned_data["q"].strip() if form.is_valid() else ""


def _load(number: int) -> Organisation:
    try:
        return reading.organisation(number)
    except Organisation.DoesNotExist as error:
        raise Http404 from error
