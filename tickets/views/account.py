"""Signing in, where a person lands, and what people set for themselves."""

from __future__ import annotations

from typing import Any

from allauth.account.views import LoginView
from allauth.mfa.webauthn.forms import LoginWebAuthnForm
from django.conf import settings as conf
from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from tickets import access
from tickets.accounts.middleware import WHY
from tickets.actions.preferences import set_preferences
from tickets.forms.account import SettingsForm
from tickets.models import Role
from tickets.queries import places, sidebar
from tickets.views.shell import shell


class SignIn(LoginView):
    """allauth's page with a greeting of the hour, how many people are on duty, and why one is here again."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        at = self.request.at
        return {
            **super().get_context_data(**kwargs),
            "greeting": greeting(timezone.localtime(at).hour),
            "on_duty": len(sidebar.on_duty(at)),
            "passkey_form": LoginWebAuthnForm(auto_id="passkey_%s"),
            "why": self.request.session.pop(WHY, ""),
        }


def greeting(hour: int) -> str:
    if 5 <= hour < 12:
        return _("Good morning")
    return _("Good afternoon") if 12 <= hour < 18 else _("Good evening")


@login_required
def home(request: HttpRequest) -> HttpResponse:
    if start := places.start_of(request.user, request.at):
        return redirect(start)
    if access.is_only_consulted(request.user, request.at):
        return redirect("questions")
    return redirect("queue" if access.can_use_desk(request.user, request.at) else "own_cases")


@login_required
def settings(request: HttpRequest) -> HttpResponse:
    person = request.user
    initial = {"language": person.language, "theme": person.theme, "time_zone": person.time_zone}
    initial["shows_favours"] = person.shows_favours
    has_favours = person.role != Role.REQUESTER
    form = SettingsForm(request.POST or None, initial=initial, has_favours=has_favours)
    if request.method == "POST" and form.is_valid():
        set_preferences(by=person, **form.cleaned_data)
        with translation.override(person.language):
            toasts.success(request, _("Saved."))
        response = redirect("settings")
        # The sign-in page, before we know who it is, speaks the language chosen last in this browser.
        response.set_cookie(conf.LANGUAGE_COOKIE_NAME, person.language, max_age=365 * 86400, samesite="Lax")
        return response
    context = {"form": form, "places": places.places_for(person, "settings")}
    if access.can_use_desk(person, request.at):
        return render(request, "account/settings.html", {**context, "shell": shell(request)})
    return render(request, "account/own_settings.html", {**context, "shell": None})
