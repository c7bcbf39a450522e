"""The mail of the day: what waits for a person, at the hour they chose, on weekdays."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation

from helpdesk.lib.one_line import one_line
from tickets import stop_links
from tickets.actions import outgoing
from tickets.models import Outbox, User
from tickets.queries.digest import digest_of, is_due, local_date, wants_digest


@transaction.atomic
def send(*, person_id: int, at: datetime) -> Outbox | None:
    """Write the mail of the day, in the person's language and zone; None where nothing waits, or where it was written.

    The day is marked under the lock of the person's row: of two workers at once the second finds it done. A day on
    which nothing waited is done as well.
    """
    person = wants_digest().select_for_update(no_key=True, of=("self",)).filter(pk=person_id).first()
    if person is None or not is_due(person, at):
        return None
    person.digested_on = local_date(person, at)
    person.save(update_fields=["digested_on"])
    digest = digest_of(person, at=at)
    if not digest:
        return None
    with translation.override(person.language), timezone.override(ZoneInfo(person.time_zone)):
        context = {"digest": digest, "at": at, "person": person, "site": settings.SITE_URL}
        subject = one_line(render_to_string("mail/digest_subject.txt", context).strip())[:200]
        text = render_to_string("mail/digest.txt", context).strip() + "\n"
        html = render_to_string("mail/digest.html", context)
    stop = stop_links.url_for(person.pk, stop_links.DIGEST)
    return outgoing.send_account_mail(
        address=person.email or "", subject=subject, text=text, html=html, at=at, recipient=person, stop=stop
    )


def choose(*, by: User, hour: int | None, at: datetime) -> User:
    """At which hour of weekdays the mail comes, None for never. One that went by today begins tomorrow."""
    if hour != by.digest_hour:
        by.digest_hour = hour
        local = at.astimezone(ZoneInfo(by.time_zone))
        if hour is not None and local.hour >= hour:
            by.digested_on = local.date()
        by.save(update_fields=["digest_hour", "digested_on"])
    return by
