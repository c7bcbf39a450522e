"""Who is signed off for a channel, by whom and until when; what that does to duties; and that it ends soon.

A duty keeps what it was planned with. Its rights follow the qualifications: a channel for which the person is not
signed off on each day to come is none of them, from the moment that this is so until they are signed off again.
"""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rotations import access
from rotations.actions import mailing
from rotations.actions.locking import locked_all
from rotations.actions.rights import narrow_rights
from rotations.models import Duty, Qualification, QualificationReminder
from rotations.queries import qualifications as queries
from tickets.actions.auditing import record_audit
from tickets.actions.errors import NotAllowed, Refused
from tickets.models import AuditEntry, Channel, Outbox, User

FURTHEST_YEARS = 10


class NothingToSignOff(Refused):
    message = _("None of your programmes asks for a sign-off for this channel.")


@transaction.atomic
def sign_off(*, person: User, channel: str, expires_on: date | None, by: User, at: datetime) -> Qualification:
    """From now on, and until the day before ``expires_on``, or for good. What was signed off before is replaced, also
    by less. Raises `NotAllowed`, `Refused`."""
    _require(by, channel)
    if not access.can_volunteer(person):
        raise Refused(_("Only colleagues with an active account take duties."))
    today = at.astimezone(ZoneInfo(by.time_zone)).date()
    if expires_on is not None and expires_on <= today:
        raise Refused(_("The last day lies in the past. To end a sign-off now, take it back."))
    if expires_on is not None and expires_on.year > today.year + FURTHEST_YEARS:
        raise Refused(_("Choose a day within ten years, or none for good."))
    shifts = _shifts_ahead(person, channel, at)
    locked_all(people=[person.pk], shifts=shifts)
    before = Qualification.objects.filter(person=person, channel=channel, revoked_at=None).first()
    if before is not None and before.expires_on == expires_on:
        return before
    if before is not None:
        before.revoked_at, before.revoked_by = at, by
        before.save(update_fields=["revoked_at", "revoked_by"])
    made = Qualification.objects.create(
        person=person, channel=channel, signed_off_by=by, signed_off_at=at, expires_on=expires_on
    )
    _audit(made, before, made, by, at)
    _renew(person, channel, at)
    return made


@transaction.atomic
def take_back(*, qualification: Qualification, by: User, at: datetime) -> Qualification:
    """It does not hold any more, at once. Twice does nothing. Raises `NotAllowed`."""
    _require(by, qualification.channel)
    person = qualification.person
    locked_all(people=[person.pk], shifts=_shifts_ahead(person, qualification.channel, at))
    row = Qualification.objects.select_for_update(of=("self",)).get(pk=qualification.pk)
    if row.revoked_at is not None:
        return row
    row.revoked_at, row.revoked_by = at, by
    row.save(update_fields=["revoked_at", "revoked_by"])
    _audit(row, row, None, by, at)
    _renew(person, row.channel, at)
    return row


def _require(by: User, channel: str) -> None:
    if not access.can_plan_any(by):
        raise NotAllowed
    if channel not in queries.channels_of(by):
        raise NothingToSignOff


def _duties_ahead(person: User, channel: str, at: datetime):  # type: ignore[no-untyped-def]  # a queryset
    states = (Duty.State.CONFIRMED, Duty.State.ACTIVE)
    return Duty.objects.filter(person=person, state__in=states, channels__contains=[channel], shift__ends_at__gt=at)


def _shifts_ahead(person: User, channel: str, at: datetime) -> list[int]:
    return list(_duties_ahead(person, channel, at).values_list("shift", flat=True))


def _renew(person: User, channel: str, at: datetime) -> None:
    rows = _duties_ahead(person, channel, at).select_related(
        "person", "grant", "mentor", "deputy", "shift__round__programme"
    )
    for duty in rows.select_for_update(of=("self",), no_key=True).order_by("pk"):
        narrow_rights(duty, at=at)


def _audit(
    of: Qualification, before: Qualification | None, after: Qualification | None, by: User, at: datetime
) -> None:
    """Its last day, as an ISO date; “∞” where it holds for good."""
    pair = [(each.last_day.isoformat() if each.last_day else "∞") if each else "" for each in (before, after)]
    action = AuditEntry.Action.CHANGED if all(pair) else AuditEntry.Action.ADDED if after else AuditEntry.Action.REMOVED
    kind = AuditEntry.Kind.QUALIFICATION
    record_audit(
        action=action,
        kind=kind,
        by=by,
        at=at,
        of=of.person,
        name=str(of.person),
        data={"channel": of.channel, "until": pair},
    )


# That it ends


def remind_all(*, at: datetime) -> int:
    """Each in a transaction of its own, and how many mails were written. One statement when nothing is due."""
    return sum(remind(number=number, at=at) is not None for number in queries.due_reminders(at))


@transaction.atomic
def remind(*, number: int, at: datetime) -> Outbox | None:
    """Under the lock of the row, so that of any number of workers one writes it, once."""
    rows = Qualification.objects.select_for_update(of=("self",), no_key=True).select_related("person")
    row = rows.filter(pk=number, revoked_at=None).first()
    kind = queries.kind_due(row, at) if row is not None and access.can_volunteer(row.person) else None
    if row is None or kind is None:
        return None
    told, is_new = QualificationReminder.objects.get_or_create(qualification=row, kind=kind, defaults={"at": at})
    if not is_new:
        return None
    person = row.person
    assert row.last_day is not None
    with translation.override(person.language), timezone.override(ZoneInfo(person.time_zone)):
        channel, until = Channel(row.channel).label, date_format(row.last_day, "j E Y")
        said = gettext("Your sign-off for %(channel)s ends soon: %(until)s is its last day")
        parts = [
            (said % {"channel": channel, "until": until}, ""),
            (gettext("Ask a mentor or a lead to renew it. Nothing is taken from you until then."), ""),
            (gettext("All your duties:"), f"{settings.SITE_URL}/duties/"),
        ]
        subject = gettext("Your sign-off for %(channel)s ends soon") % {"channel": channel}
        told.mail = mailing.send(person, subject, parts, at)
    told.save(update_fields=["mail"])
    return told.mail
