"""Weekly hours: a new week from a date on, taking one back that has not been in force, undoing that."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rotations import access, queries, weekly_hours
from rotations.actions import presence
from rotations.models import WorkingBlock, WorkingHours
from rotations.weekly_hours import Block
from tickets.actions.auditing import record_audit
from tickets.actions.errors import NotAllowed, Refused
from tickets.models import AuditEntry, User

FURTHEST = timedelta(days=730)


class InForce(Refused):
    message = _("What was in force stays as it was. Enter a new week from today on instead.")


class NothingKept(Refused):
    message = _("Write when the week begins and ends, such as 8:00-16:00.")


@transaction.atomic
def set_hours(
    *, person: User, zone: str, blocks: Iterable[Block], valid_from: date, by: User, at: datetime
) -> WorkingHours:
    """Let this be the person's week from the local date on; a week for the same date is replaced.

    A week without blocks ends the hours that were kept so far. Raises WrongHours where blocks overlap.
    """
    week = weekly_hours.checked(blocks)
    if not access.can_keep_hours(person) or not access.can_enter_for(by, person):
        raise NotAllowed(_("You may not enter hours for this person."))
    today = at.astimezone(ZoneInfo(zone)).date()
    if valid_from < today:
        raise InForce
    if valid_from > today + FURTHEST:
        raise Refused(_("That is more than two years away."))
    presence.lock(person.pk)
    versions = queries.hours_of(person)
    before = queries.in_force(versions, valid_from)
    if not week and (before is None or not before.version.blocks):
        raise NothingKept
    hours = next((each for each in versions if each.valid_from == valid_from), None)
    hours = hours or WorkingHours(person=person, valid_from=valid_from)
    told = _told(before)
    hours.zone, hours.added_by, hours.added_at = zone, by, at
    hours.save()
    hours.blocks.all().delete()
    WorkingBlock.objects.bulk_create(
        WorkingBlock(hours=hours, weekday=each.weekday, starts=each.starts, ends=each.ends) for each in week
    )
    hours = WorkingHours.objects.get(pk=hours.pk)
    _audit(hours, AuditEntry.Action.CHANGED, by=by, at=at, old=told, new=_told(hours))
    presence.write_presence(person_id=person.pk, at=at)
    return hours


@transaction.atomic
def remove_hours(*, hours: WorkingHours, by: User, at: datetime) -> WorkingHours:
    """Take back a week that begins today or later."""
    return _switch(hours, removed_at=at, by=by, at=at)


@transaction.atomic
def restore_hours(*, hours: WorkingHours, by: User, at: datetime) -> WorkingHours:
    return _switch(hours, removed_at=None, by=by, at=at)


def _switch(hours: WorkingHours, *, removed_at: datetime | None, by: User, at: datetime) -> WorkingHours:
    if not access.can_keep_hours(hours.person) or not access.can_enter_for(by, hours.person):
        raise NotAllowed(_("You may not enter hours for this person."))
    presence.lock(hours.person_id)
    hours = WorkingHours.objects.select_related("person").get(pk=hours.pk)
    if not may_remove(hours, at):
        raise InForce
    same = WorkingHours.objects.filter(person=hours.person, valid_from=hours.valid_from, removed_at=None)
    if removed_at is None and same.exclude(pk=hours.pk).exists():
        raise Refused(_("A week from this date has been entered since. It stays."))
    hours.removed_at = removed_at
    hours.save(update_fields=["removed_at"])
    action = AuditEntry.Action.REMOVED if removed_at else AuditEntry.Action.ADDED
    old, new = (_told(hours), _told(None)) if removed_at else (_told(None), _told(hours))
    _audit(hours, action, by=by, at=at, old=old, new=new)
    presence.write_presence(person_id=hours.person_id, at=at)
    return hours


def may_remove(hours: WorkingHours, at: datetime) -> bool:
    """Whether the week begins today or later where it holds."""
    return hours.valid_from >= at.astimezone(ZoneInfo(hours.zone)).date()


Week = dict[str, str]


def _told(hours: WorkingHours | None) -> Week:
    """Its days as they are written, by the names that the audit knows."""
    blocks = hours.version.blocks if hours else ()
    days = {f"weekday_{day}": [each for each in blocks if each.weekday == day] for day in range(7)}
    return {name: weekly_hours.write_day(of_day) for name, of_day in days.items()}


def _audit(hours: WorkingHours, action: AuditEntry.Action, *, by: User, at: datetime, old: Week, new: Week) -> None:
    """What one enters for oneself is no line; what is entered for somebody else is."""
    if by.pk == hours.person_id:
        return
    week = {name: [old[name], new[name]] for name in old if old[name] != new[name]}
    data = {"valid_from": ["", str(hours.valid_from)], "zone": ["", hours.zone], **week}
    record_audit(action=action, kind=AuditEntry.Kind.WORKING_HOURS, by=by, at=at, of=hours.person, data=data)
