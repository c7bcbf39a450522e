"""What Dyżur changes about django-allauth: nobody signs up, and account mail leaves through the outbox."""

from __future__ import annotations

import base64
import logging
import secrets
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from helpdesk.lib import clock
from helpdesk.lib.secrets import CannotUnseal, seal, unseal
from tickets import tasks
from tickets.accounts import second_factors
from tickets.actions import outgoing
from tickets.models import User

log = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("The address or the password is wrong."),
        "too_many_login_attempts": _("Too many wrong codes. Wait ten minutes and try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """django-axes counts wrong passwords by person and place. A count by person alone, as allauth's is, would let
        any stranger lock a colleague out everywhere."""

    def get_login_stages(self) -> list[str]:
        """After the password and the second factor comes setting one up, for whoever needs one and has none."""
        return [*super().get_login_stages(), "tickets.accounts.stages.SetUpStage"]

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("mfa_index")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Store the mail, in its reader's language; a mail server that is down then delays it and breaks no page."""
        reader: User | None = context.get("user")
        with translation.override(reader.language if reader else translation.get_language()):
            message = self.render_mail(template_prefix, email, {**context, "request": self.request})
        html = ""
        if isinstance(message, EmailMultiAlternatives) and message.alternatives:
            html = str(message.alternatives[0][0])
        outgoing.send_account_mail(
            recipient=reader,
            address=email,
            subject=message.subject,
            text=str(message.body),
            html=html,
            at=clock.now(),
        )
        transaction.on_commit(tasks.nudge_outbox, robust=True)


class MFAAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _(
            "This does not fit. A code changes every 30 seconds and works once; a passkey must have been set up here."
        ),
        "cannot_delete_authenticator": _(
            "Everybody who works here needs a second factor. Set up another one before you remove this one."
        ),
    }

    def get_totp_issuer(self) -> str:
        return "Dyżur"

    def _get_site_name(self) -> str:
        return "Dyżur"

    def encrypt(self, text: str) -> str:
        return base64.b64encode(seal(text)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """With a SECRET_KEY that was changed nothing fits any more: then the answer is a secret nobody has."""
        try:
            return unseal(base64.b64decode(encrypted_text))
        except CannotUnseal:
            log.warning("A second factor cannot be read: SECRET_KEY has changed. It has to be set up again.")
            return base64.b32encode(secrets.token_bytes(20)).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return not (second_factors.is_needed_by(authenticator.user) and second_factors.is_last(authenticator))

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return gettext("Passkey") if number == 1 else gettext("Passkey %(number)d") % {"number": number}
