"""Helping people to sign in: who is locked out and why, who needs a second factor, who lost theirs."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from helpdesk.lib.pagination import BadCursor
from tickets import access
from tickets.accounts import second_factors
from tickets.actions import securing
from tickets.forms.lists import SearchForm
from tickets.forms.signing_in import AddressToUnlockForm, SecondFactorRuleForm
from tickets.models import DeskSettings, User
from tickets.queries import locks
from tickets.views.shell import shell

View = Callable[..., HttpResponse]


def for_sign_in_managers(view: View) -> View:
    """Everybody else finds nothing here."""

    @login_required
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not access.can_manage_sign_in(request.user):
            raise Http404
        return view(request, *args, **kwargs)

    return wrapped


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    around = {"at": request.at, "shell": shell(request, path=reverse("locked_out"))}
    return render(request, template, {**around, **context})


def _search(request: HttpRequest) -> str:
    form = SearchForm(request.GET)
    return form.cleaned_data["q"].strip() if form.is_valid() else ""


@for_sign_in_managers
def locked_out(request: HttpRequest) -> HttpResponse:
    search = _search(request)
    return _page(request, "tickets/locked_out.html", {"locks": locks.locks(search=search), "search": search})


@for_sign_in_managers
@require_POST
def unlock(request: HttpRequest) -> HttpResponse:
    form = AddressToUnlockForm(request.POST)
    if not form.is_valid():
        raise Http404
    address = form.cleaned_data["address"]
    if securing.unlock(address=address, by=request.user, at=request.at):
        toasts.success(request, _("%(address)s can try again at once.") % {"address": address})
    else:
        toasts.info(request, _("%(address)s was not locked any more.") % {"address": address})
    return redirect("locked_out")


@for_sign_in_managers
def second_factor(request: HttpRequest) -> HttpResponse:
    search = _search(request)
    try:
        page = second_factors.people(search=search, cursor=request.GET.get("cursor"))
    except BadCursor:
        return redirect("second_factor")
    more = {**({"q": search} if search else {}), "cursor": page.next_cursor}
    context = {
        "is_required": DeskSettings.current().requires_second_factor,
        "without_one": second_factors.without_one(),
        "has_own": second_factors.has_one(request.user),
        "page": page,
        "search": search,
        "more_url": f"?{urlencode(more)}" if page.next_cursor else "",
    }
    return _page(request, "tickets/second_factor.html", context)


@for_sign_in_managers
@require_POST
@reauthentication_required
def require_second_factor(request: HttpRequest) -> HttpResponse:
    """Switch the rule. Who has no factor of their own does not ask others for one."""
    form = SecondFactorRuleForm(request.POST)
    if not form.is_valid():
        raise Http404
    required = form.cleaned_data["required"] == "yes"
    if required and not second_factors.has_one(request.user):
        toasts.error(request, _("Set up your own second factor first."))
        return redirect("second_factor")
    securing.require_second_factor(required=required, by=request.user, at=request.at)
    toasts.success(
        request,
        _("From now on everybody who works here needs a second factor.")
        if required
        else _("A second factor is up to each person now."),
    )
    return redirect("second_factor")


@for_sign_in_managers
@reauthentication_required
def reset_second_factor(request: HttpRequest, number: int) -> HttpResponse:
    """Asks once (GET), with what to make sure of before; then takes the factors back (POST)."""
    person = User.objects.filter(pk=number, is_active=True).first()
    if person is None:
        raise Http404
    if request.method != "POST":
        return _page(request, "tickets/reset_second_factor.html", {"person": person})
    second_factors.reset(person=person, by=request.user, at=request.at)
    # Not from where: that is the administrator's address
    get_adapter().send_notification_mail("account/email/factors_taken_back", person, {"user": person, "ip": ""})
    toasts.success(request, _("%(name)s signs in by password now, and is signed out everywhere.") % {"name": person})
    return redirect("second_factor")
