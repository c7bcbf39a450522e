"""Codes people type, and an address."""

from __future__ import annotations

from typing import Any

from allauth.account.fields import EmailField
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, BaseAuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from django import forms
from django.core.cache import cache

from tickets.models import User


class _EachCodeOnce(BaseAuthenticateForm):
    """allauth remembers a used code for one period, but with the tolerance for clocks one is good for three."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.fields["code"].widget.attrs["inputmode"] = "numeric"

    def clean_code(self) -> str:
        code: str = super().clean_code()
        if self.authenticator.type == Authenticator.Type.TOTP:
            lifetime = app_settings.TOTP_PERIOD * (2 * app_settings.TOTP_TOLERANCE + 1)
            key = f"allauth.code.used:{self.authenticator.pk}:{normalize_user_code(code)}"
            if not cache.add(key, 1, timeout=lifetime):
                raise get_adapter().validation_error("incorrect_code")
        return code


class CodeForm(_EachCodeOnce, AuthenticateForm):
    """The second step of signing in."""


class CodeAgainForm(_EachCodeOnce, ReauthenticateForm):
    """Before a sensitive change."""


class AddressForm(forms.Form):
    """Whose address it is, is not looked up here."""

    email: Any = EmailField(max_length=User._meta.get_field("email").max_length)
