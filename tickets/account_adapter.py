"""What Dyżur changes about django-allauth: nobody signs up, and account mail leaves through the outbox."""

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.http import HttpRequest
from django.utils import translation

from helpdesk.lib import clock
from tickets import tasks
from tickets.actions import outgoing
from tickets.models import User


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_reset_password_from_key_url(self, key: str) -> str:
        """At the address that stands in all mails, whatever host the request named: others may answer there."""
        address: str = super().get_reset_password_from_key_url(key)
        return f"{settings.SITE_URL}{urlsplit(address).path}"

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
