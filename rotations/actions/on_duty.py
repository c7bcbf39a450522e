"""What a volunteer does on duty besides answering: ticking off, pausing, writing down what they found."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rotations import access
from rotations.actions import being_away
from rotations.actions.locking import locked
from rotations.models import Absence, Duty, DutyDay, Finding, Programme, Tick
from tickets.actions import asking, assigning, tagging
from tickets.actions.auditing import record_audit
from tickets.actions.errors import NotAllowed, Refused
from tickets.models import AuditEntry, Consultation, Ticket, User

SHORT, LONG = 15, 30
"""Minutes of a break."""
MOST_TAGS = 30


class NotNow(Refused):
    message = gettext_lazy("Your duty does not run at the moment.")


class OnBreakAlready(Refused):
    message = gettext_lazy("You are on a break already.")


class NotTheirMentor(Refused):
    message = gettext_lazy("This person is not your mentor any more. Look at who is.")


class NoWords(Refused):
    message = gettext_lazy("Write a sentence about it.")


def take_next(*, duty: Duty, by: User, at: datetime) -> Ticket:
    """The next ticket of the duty's scope, familiar ones first. Raises what `assigning.take_next` does."""
    _require_own(duty, by)
    return assigning.take_next(by=by, at=at, familiar=duty.shift.round.programme.familiar_tags)


@transaction.atomic
def ask_mentors(
    *, duty: Duty, ticket: Ticket, text: str, by: User, at: datetime, to: User | None = None
) -> Consultation:
    """One tap: ``to``, or all mentors of the duty at once; a second tap with the same words is the same question.
    Raises `NotTheirMentor` and what `asking.ask` does."""
    _require_own(duty, by)
    if to is not None and to.pk not in (duty.mentor_id, duty.deputy_id):
        raise NotTheirMentor
    locked(person_id=duty.person_id, shift_id=duty.shift_id)
    own = Consultation.objects.waiting().filter(ticket=ticket, asked_by=by, message__text=text)
    own = own.filter(is_for_mentors=True) if to is None else own.filter(is_for_mentors=False, people__person=to)
    if asked := own.first():
        return asked
    return asking.ask(ticket=ticket, by=by, text=text, to=to, at=at)


@transaction.atomic
def tick(*, duty: Duty, item: str, is_done: bool, by: User, at: datetime) -> None:
    """Twice the same is once."""
    _require_own(duty, by)
    if is_done:
        Tick.objects.get_or_create(duty=duty, item=item[:200], defaults={"at": at})
    else:
        Tick.objects.filter(duty=duty, item=item[:200]).delete()


@transaction.atomic
def pause(*, duty: Duty, minutes: int, by: User, at: datetime) -> Duty:
    """Nothing is dealt out to them meanwhile, and who is on duty says so. Ends by itself, at the latest with the day.

    Raises `NotNow`, `OnBreakAlready`, `AlreadyAway`."""
    _require_own(duty, by)
    locked(person_id=duty.person_id, shift_id=duty.shift_id)
    duty = Duty.objects.select_related("break_now").get(pk=duty.pk)
    if break_of(duty, at):
        raise OnBreakAlready
    day = DutyDay.objects.filter(duty=duty, is_live=True, starts_at__lte=at, ends_at__gt=at).first()
    if day is None:
        raise NotNow
    duty.break_now = being_away.add_absence(
        person=by,
        kind=Absence.Kind.OTHER,
        starts_at=at,
        ends_at=min(at + timedelta(minutes=minutes), day.ends_at),
        zone=by.time_zone,
        note=_("Break"),
        by=by,
        at=at,
    )
    duty.save(update_fields=["break_now"])
    return duty


@transaction.atomic
def resume(*, duty: Duty, by: User, at: datetime) -> Duty:
    """Back before the break is over. Where there is none, nothing happens."""
    _require_own(duty, by)
    locked(person_id=duty.person_id, shift_id=duty.shift_id)
    duty = Duty.objects.select_related("break_now").get(pk=duty.pk)
    if absence := break_of(duty, at):
        being_away.remove_absence(absence=absence, by=by, at=at)
    return duty


def break_of(duty: Duty, at: datetime) -> Absence | None:
    """The break that runs at ``at``."""
    absence = duty.break_now
    return absence if absence and absence.removed_at is None and absence.starts_at <= at < absence.ends_at else None


@transaction.atomic
def find(*, duty: Duty, kind: str, text: str, ticket: Ticket | None, by: User, at: datetime) -> Finding:
    """Raises `NotAllowed`, `NoWords`."""
    _require_own(duty, by)
    if not text.strip():
        raise NoWords
    return Finding.objects.create(duty=duty, kind=kind, text=text.strip(), ticket=ticket, at=at)


@transaction.atomic
def settle(*, finding: Finding, is_settled: bool, by: User, at: datetime) -> Finding:
    """Somebody has seen to it, or it is open again after all. Raises `NotAllowed`."""
    if not access.can_close_handover(by, finding.duty):
        raise NotAllowed
    finding.settled_at, finding.settled_by = (at, by) if is_settled else (None, None)
    finding.save(update_fields=["settled_at", "settled_by"])
    return finding


@transaction.atomic
def mark_familiar(*, programme: Programme, tags: Iterable[str], by: User, at: datetime) -> Programme:
    """Which tags guests can answer soon: a setting, so the audit tells of it. Raises `NotAllowed`, `Refused`."""
    if not (access.can_mentor(by, programme) or access.can_plan(by, programme)):
        raise NotAllowed
    named = sorted(tagging.normalised(tags))
    if len(named) > MOST_TAGS:
        raise Refused(_("Choose 30 tags at most."))
    programme = Programme.objects.select_for_update(of=("self",)).get(pk=programme.pk)
    if programme.familiar_tags != named:
        record_audit(
            action=AuditEntry.Action.CHANGED,
            kind=AuditEntry.Kind.PROGRAMME,
            by=by,
            at=at,
            of=programme,
            name=programme.name,
            data={"familiar_tags": [programme.familiar_tags, named]},
        )
        programme.familiar_tags = named
        programme.save(update_fields=["familiar_tags"])
    return programme


def _require_own(duty: Duty, by: User) -> None:
    if duty.person_id != by.pk:
        raise NotAllowed
    if duty.state not in (Duty.State.ACTIVE, Duty.State.HANDING_OVER):
        raise NotNow
