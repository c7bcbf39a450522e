"""Absences: added, taken back, put back again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rotations import access
from rotations.actions import presence, telling
from rotations.models import Absence
from tickets.actions.auditing import record_audit
from tickets.actions.errors import NotAllowed, Refused
from tickets.models import AuditEntry, User

LONGEST = timedelta(days=400)
FURTHEST = timedelta(days=730)


class AlreadyAway(Refused):
    message = _("Another absence is entered for this time already. Remove that one first, or choose other days.")


@transaction.atomic
def add_absence(
    *,
    person: User,
    kind: str,
    starts_at: datetime,
    ends_at: datetime,
    zone: str,
    note: str = "",
    by: User,
    at: datetime,
) -> Absence:
    """The person is away in [starts_at, ends_at), aware. Also afterwards: somebody was ill yesterday."""
    if not access.can_enter_for(by, person):
        raise NotAllowed(_("You may not enter absences for this person."))
    if ends_at <= starts_at:
        raise Refused(_("The end lies before the beginning."))
    if ends_at - starts_at > LONGEST:
        raise Refused(_("An absence lasts 400 days at most."))
    if abs(starts_at - at) > FURTHEST:
        raise Refused(_("That is more than two years away."))
    presence.lock(person.pk)
    _refuse_overlap(Absence(person=person, starts_at=starts_at, ends_at=ends_at))
    looked_after = telling.watch(person, starts_at, ends_at, at)
    absence = Absence.objects.create(
        person=person,
        kind=kind,
        starts_at=starts_at,
        ends_at=ends_at,
        zone=zone,
        note=note,
        added_by=by,
        added_at=at,
    )
    _audit(absence, AuditEntry.Action.ADDED, by, at)
    presence.write_presence(person_id=person.pk, at=at)
    telling.tell_of_absence(looked_after, by=by, at=at)
    return absence


@transaction.atomic
def add_missing(*, person: User, spans: Collection[tuple[datetime, datetime]], at: datetime) -> int:
    """One's own absences without a note, of these times only what is not entered yet. Returns how many were made.

    Raises what `add_absence` does."""
    if not spans:
        return 0
    presence.lock(person.pk)
    first, last = min(start for start, _end in spans), max(end for _start, end in spans)
    known = Absence.objects.filter(person=person, removed_at=None, starts_at__lt=last, ends_at__gt=first)
    pieces = list(spans)
    for start, end in known.values_list("starts_at", "ends_at"):
        around = [((a, min(b, start)), (max(a, end), b)) for a, b in pieces]
        pieces = [(a, b) for pair in around for a, b in pair if a < b]
    told: dict[str, Any] = {
        "person": person,
        "kind": Absence.Kind.OTHER,
        "zone": person.time_zone,
        "by": person,
        "at": at,
    }
    for start, end in pieces:
        add_absence(starts_at=start, ends_at=end, **told)
    return len(pieces)


@transaction.atomic
def remove_absence(*, absence: Absence, by: User, at: datetime) -> Absence:
    return _switch(absence, removed_at=at, by=by, at=at)


@transaction.atomic
def restore_absence(*, absence: Absence, by: User, at: datetime) -> Absence:
    return _switch(absence, removed_at=None, by=by, at=at)


def _switch(absence: Absence, *, removed_at: datetime | None, by: User, at: datetime) -> Absence:
    if not access.can_enter_for(by, absence.person):
        raise NotAllowed(_("You may not enter absences for this person."))
    presence.lock(absence.person_id)
    absence = Absence.objects.select_related("person").get(pk=absence.pk)
    if removed_at is None:
        _refuse_overlap(absence)
    looked_after = telling.watch(absence.person, absence.starts_at, absence.ends_at, at)
    absence.removed_at = removed_at
    absence.save(update_fields=["removed_at"])
    _audit(absence, AuditEntry.Action.REMOVED if removed_at else AuditEntry.Action.ADDED, by, at)
    presence.write_presence(person_id=absence.person_id, at=at)
    if removed_at is None:
        telling.tell_of_absence(looked_after, by=by, at=at)
    return absence


def _refuse_overlap(absence: Absence) -> None:
    others = Absence.objects.filter(person=absence.person, removed_at=None).exclude(pk=absence.pk)
    if others.filter(starts_at__lt=absence.ends_at, ends_at__gt=absence.starts_at).exists():
        raise AlreadyAway


def _audit(absence: Absence, action: AuditEntry.Action, by: User, at: datetime) -> None:
    """Of what is entered for somebody else; never the note, and not why: the audit has other readers."""
    if by.pk != absence.person_id:
        zone = ZoneInfo(absence.zone)
        start, end = (f"{each.astimezone(zone):%Y-%m-%d %H:%M}" for each in (absence.starts_at, absence.ends_at))
        pairs = ([start, ""], [end, ""]) if action == AuditEntry.Action.REMOVED else (["", start], ["", end])
        data = dict(zip(("starts_at", "ends_at"), pairs, strict=True))
        record_audit(action=action, kind=AuditEntry.Kind.ABSENCE, by=by, at=at, of=absence.person, data=data)
