"""Keeping macros: adding, changing, ordering, retiring. Retired ones stay, nobody is offered them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from tickets import access
from tickets.actions import auditing
from tickets.actions.changes import Change
from tickets.actions.errors import NotAllowed, Refused
from tickets.models import Macro, User


class EmptyMacro(Refused):
    message = _("A macro writes something or changes something.")


class WrongMacro(Refused):
    """Something in it is not right; the sentence says what."""


@transaction.atomic
def save(*, macro: Macro, changes: Sequence[Change], by: User, at: datetime) -> Macro:
    """Store a new or changed macro; a new one stands last. Raises `NotAllowed`, `EmptyMacro`, `WrongMacro`."""
    before = Macro.objects.select_for_update().filter(pk=macro.pk).first() if macro.pk else None
    if not access.can_change_macro(by, macro.team_id):
        raise NotAllowed
    if before is not None and not access.can_change_macro(by, before.team_id):
        raise NotAllowed
    macro.changes = list(changes)
    if not macro.text.strip() and not macro.text_en.strip() and not macro.changes:
        raise EmptyMacro
    try:
        macro.full_clean()
    except ValidationError as error:
        raise WrongMacro(" ".join(error.messages)) from error
    if before is None:
        macro.position = (Macro.objects.aggregate(last=Max("position"))["last"] or 0) + 1
    macro.save()
    auditing.record_change(macro, before=None if before is None else auditing.told(before), by=by, at=at)
    cache.delete("macros")
    return macro


@transaction.atomic
def move(*, macro: Macro, by: User, is_up: bool, at: datetime) -> None:
    """One place up or down among all macros; at the end it stays. Raises `NotAllowed`."""
    if not access.can_change_macro(by, macro.team_id):
        raise NotAllowed
    macros = list(Macro.objects.select_for_update().order_by("position", "id"))
    place = next(index for index, each in enumerate(macros) if each.pk == macro.pk)
    moved = macros.pop(place)
    before = auditing.told(moved) | {"position": place + 1}
    macros.insert(max(0, place - 1) if is_up else place + 1, moved)
    for position, each in enumerate(macros, start=1):
        each.position = position
    Macro.objects.bulk_update(macros, ["position"])
    auditing.record_change(moved, before=before, by=by, at=at)
    cache.delete("macros")
