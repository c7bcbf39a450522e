"""Links to choose a password. A page only notes that one was asked for; whose address it is, a worker finds out."""

from __future__ import annotations

from datetime import datetime

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from tickets.actions import outgoing
from tickets.models import Outbox, ResetRequest, User

BATCH = 100


def ask(*, address: str, at: datetime) -> ResetRequest:
    """The same for every address: one row."""
    return ResetRequest.objects.create(address=User.clean_email(address) or "", asked_at=at)


@transaction.atomic
def answer_requests(*, at: datetime) -> int:
    """Write the mails of the oldest `BATCH` requests; returns how many requests there were."""
    asked = list(ResetRequest.objects.select_for_update(skip_locked=True).order_by("id")[:BATCH])
    people = User.objects.filter(email__in={each.address for each in asked}, is_active=True)
    for person in people:
        mail_link(person, at=at)
    ResetRequest.objects.filter(pk__in=[each.pk for each in asked]).delete()
    return len(asked)


def mail_link(person: User, *, at: datetime) -> Outbox | None:
    """Write the mail with a link that works once, at the address that stands in all mails, in its reader's language."""
    assert person.email
    key = default_token_generator.make_token(person)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(person), "key": key})
    with translation.override(person.language):
        context = {"password_reset_url": f"{settings.SITE_URL}{path}"}
        subject = render_to_string("account/email/password_reset_key_subject.txt", context)
        text = render_to_string("account/email/password_reset_key_message.txt", context)
    return outgoing.send_account_mail(
        recipient=person, address=person.email, subject=subject.strip(), text=text.strip(), html="", at=at
    )
