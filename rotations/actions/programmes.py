"""Programmes and their patterns, with a line in the audit for each change."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from rotations import access
from rotations.models import Pattern, Programme
from rotations.weekly_hours import Block
from tickets.actions.auditing import record_audit
from tickets.actions.errors import NotAllowed, Refused
from tickets.models import AuditEntry, Queue, Team, User

MOST = 30
"""Patterns of one programme."""


class NameTaken(Refused):
    message = _("Another programme has this name already.")


def save(
    *,
    programme: Programme | None,
    team: Team,
    queues: Collection[Queue],
    by: User,
    at: datetime,
    **fields: Any,
) -> Programme:
    """A new one, or what an old one is like from now on; rounds that are made already keep their shifts.

    Raises `NotAllowed`, `NameTaken`, `Refused`.
    """
    with transaction.atomic():
        if programme is not None:
            programme = Programme.objects.select_for_update(of=("self",)).get(pk=programme.pk)
            _require_planner(by, programme)
        row = programme or Programme()
        row.team = team
        _require_planner(by, row)
        offered = sorted(programme.queues.values_list("name", flat=True)) if programme else []
        if any(not access.can_offer(by, queue) and queue.name not in offered for queue in queues):
            raise Refused(_("Choose queues of your teams."))
        told = (
            "name", "channels", "signed_off_channels", "rest_h", "newcomers_per_mentor", "mentees_per_mentor", "cap",
            "chat_cap", "is_reviewed", "links", "quiet_tasks",
            "country", "part_edges",
        )  # fmt: skip
        before = {name: getattr(row, name) for name in told} if programme else {}
        for name in told:
            setattr(row, name, fields.get(name, getattr(row, name)))
        if Programme.objects.filter(name=row.name).exclude(pk=row.pk).exists():
            raise NameTaken
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError as error:
            raise NameTaken from error
        row.queues.set(queues)
        changed = {
            name: [before.get(name, ""), getattr(row, name)] for name in told if before.get(name) != getattr(row, name)
        }
        if offered != sorted(queue.name for queue in queues):
            changed["queues"] = [offered, sorted(queue.name for queue in queues)]
        action = AuditEntry.Action.CHANGED if programme else AuditEntry.Action.ADDED
        record_audit(action=action, kind=AuditEntry.Kind.PROGRAMME, by=by, at=at, of=row, name=row.name, data=changed)
        return row


@transaction.atomic
def add_pattern(
    *, programme: Programme, first_weekday: int, days: int, starts: int, ends: int, seats: int, by: User, at: datetime
) -> Pattern:
    """For the next rounds. Raises `NotAllowed`, `Refused`."""
    programme = Programme.objects.select_for_update(of=("self",)).get(pk=programme.pk)
    _require_planner(by, programme)
    if programme.patterns.count() >= MOST:
        raise Refused(_("A programme has 30 patterns at most. Remove one first."))
    name = _name(first_weekday, days, starts, ends, by.language)
    if programme.patterns.filter(name=name).exists():
        raise Refused(_("There is such a pattern already."))
    made = Pattern.objects.create(
        programme=programme, name=name, first_weekday=first_weekday, days=days, starts=starts, ends=ends, seats=seats
    )
    _audit_pattern(made, ["", f"{name} × {seats}"], by, at)
    return made


@transaction.atomic
def remove_pattern(*, pattern: Pattern, by: User, at: datetime) -> None:
    """Shifts that were made of it stay."""
    _require_planner(by, pattern.programme)
    _audit_pattern(pattern, [f"{pattern.name} × {pattern.seats}", ""], by, at)
    pattern.delete()


def _name(first_weekday: int, days: int, starts: int, ends: int, language: str) -> str:
    """Mon–Wed 8:00–16:00, in the planner's language: it is a name that they could have written."""
    with override(language):
        first, last = WEEKDAYS_ABBR[first_weekday], WEEKDAYS_ABBR[(first_weekday + days - 1) % 7]
        run = str(first) if days == 1 else f"{first}–{last}"
        if days > 7:
            run += f" ({days})"
        return f"{run} {Block(first_weekday, starts, ends)}"


def _audit_pattern(pattern: Pattern, pair: list[str], by: User, at: datetime) -> None:
    of = pattern.programme
    action, kind = AuditEntry.Action.CHANGED, AuditEntry.Kind.PROGRAMME
    record_audit(action=action, kind=kind, by=by, at=at, of=of, name=of.name, data={"pattern": pair})


def _require_planner(by: User, programme: Programme) -> None:
    if not access.can_plan(by, programme):
        raise NotAllowed(_("You may not plan this round."))
