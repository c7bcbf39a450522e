"""The pages around signing in: locked out, a forgotten password, a second factor to set up, where one is signed in."""

from __future__ import annotations

import base64
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.decorators import login_stage_required
from allauth.account.views import PasswordResetFromKeyView, PasswordResetView
from allauth.core import ratelimit
from allauth.mfa.adapter import get_adapter as mfa_adapter
from allauth.mfa.base.views import IndexView
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import TOTP, clear_totp_secret
from allauth.mfa.webauthn.forms import SignupWebAuthnForm
from allauth.mfa.webauthn.internal import flows as passkeys
from allauth.mfa.webauthn.views import RemoveWebAuthnView
from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from tickets import tasks
from tickets.accounts import resets, second_factors, sessions
from tickets.accounts.forms import AddressForm
from tickets.accounts.stages import SetUpStage
from tickets.actions.securing import forget_wrong_passwords
from tickets.models import User
from tickets.queries import locks


def locked_out(request: HttpRequest, response: HttpResponse, credentials: dict[str, Any] | None) -> HttpResponse:
    """Instead of the sign-in page, for everybody who typed too many wrong passwords, known to us or not."""
    address = User.clean_email((credentials or {}).get("email")) or ""
    lock = locks.lock_at(address, request.axes_ip_address)
    return render(request, "account/locked.html", {"lock": lock, "address": address, "at": request.at}, status=429)


# A forgotten password


class ForgottenPassword(PasswordResetView):
    """Answers the same for every address, at once: it only notes the wish. Too many wishes for one address are let go,
    and the page that follows says how many are too many; too many from one place are told so."""

    form_class = AddressForm

    def get_form_class(self) -> type[AddressForm]:
        return self.form_class

    def form_valid(self, form: AddressForm) -> HttpResponse:
        address = form.cleaned_data["email"]
        if not ratelimit.consume(self.request, action="reset_password"):
            return ratelimit.respond_429(self.request)
        if ratelimit.consume(self.request, action="reset_password_of_one", key=address):
            resets.ask(address=address, at=self.request.at)
            tasks.nudge_resets()
        return redirect(self.get_success_url())


class NewPassword(PasswordResetFromKeyView):
    """Who chose a new password by mail may try it at once, however many wrong ones came before."""

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        forget_wrong_passwords(address=self.reset_user.email)
        return response


# Setting a second factor up before the first session

in_set_up = login_stage_required(stage=SetUpStage.key, redirect_urlname="account_login")


@in_set_up
def set_up(request: HttpRequest) -> HttpResponse:
    """Nobody is signed in here: there is a person whose password was right, and two ways to set a factor up."""
    person = request._login_stage.login.user
    if second_factors.has_one(person):
        return redirect("second_factor_codes")
    form = ActivateTOTPForm(request.POST or None, user=person)
    if request.method == "POST" and form.is_valid():
        factor = TOTP.activate(person, form.secret).instance
        clear_totp_secret(request)
        authenticator_added.send(Authenticator, request=request, user=person, authenticator=factor)
        get_adapter().send_notification_mail("mfa/email/totp_activated", person, {"user": person})
        return redirect("second_factor_codes")
    return _set_up_page(request, person, form, SignupWebAuthnForm(user=person))


@require_POST
@in_set_up
def set_up_passkey(request: HttpRequest) -> HttpResponse:
    person = request._login_stage.login.user
    if second_factors.has_one(person):
        return redirect("second_factor_codes")
    form = SignupWebAuthnForm(request.POST, user=person)
    if not form.is_valid():
        return _set_up_page(request, person, ActivateTOTPForm(user=person), form)
    passkeys.signup_authenticator(request, person, form.cleaned_data["name"], form.cleaned_data["credential"])
    get_adapter().send_notification_mail("mfa/email/webauthn_added", person, {"user": person})
    return redirect("second_factor_codes")


@in_set_up
def codes(request: HttpRequest) -> HttpResponse:
    """The recovery codes, shown once on the way in. Going on ends the sign-in."""
    stage = request._login_stage
    person = stage.login.user
    if not second_factors.is_proven_in(request.session, person):
        return stage.abort()  # the factor was set up elsewhere: this browser has yet to show it
    if request.method == "POST":
        return stage.exit()
    return render(request, "account/codes.html", {"codes": second_factors.recovery_codes_of(person)})


def _set_up_page(request: HttpRequest, person: User, form: Any, passkey_form: Any) -> HttpResponse:
    url = mfa_adapter().build_totp_url(person, form.secret)
    options = passkeys.begin_registration(request, person, passwordless=False, signup=True)
    context = {
        "form": form,
        "passkey_form": passkey_form,
        "js_data": {"creation_options": options},
        "totp_url": url,
        "picture": _picture_of(url),
    }
    return render(request, "account/set_up.html", context)


def _picture_of(url: str) -> str:
    """What an authenticator app reads, as a QR code in the address of a picture."""
    svg = mfa_adapter().build_totp_svg(url)
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


# One's own factors and sessions


class Security(IndexView):
    """Password, second factors, recovery codes; and where one is signed in."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        codes = context["authenticators"].get(Authenticator.Type.RECOVERY_CODES)
        return {
            **context,
            "is_needed": second_factors.is_needed_by(self.request.user),
            "codes_left": len(codes.get_unused_codes()) if codes else 0,
            "at": self.request.at,
        }


class RemovePasskey(RemoveWebAuthnView):
    """Not the last factor of somebody who needs one."""

    def form_valid(self, form: Any) -> HttpResponse:
        adapter = mfa_adapter()
        if not adapter.can_delete_authenticator(self.get_object()):
            toasts.error(self.request, str(adapter.error_messages["cannot_delete_authenticator"]))
            return redirect("mfa_index")
        return super().form_valid(form)


@login_required
@never_cache
def session_list(request: HttpRequest) -> HttpResponse:
    found = sessions.places(request.user, current_key=request.session.session_key)
    return render(request, "account/sessions.html", {"places": found, "at": request.at})


@login_required
@require_POST
def end_session(request: HttpRequest, number: int) -> HttpResponse:
    if not sessions.end_place(request.user, number):
        raise Http404
    toasts.success(request, _("That browser is signed out."))
    return redirect("sessions")


@login_required
@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    sessions.end_others(request)
    toasts.success(request, _("You are signed out everywhere else."))
    return redirect("sessions")
