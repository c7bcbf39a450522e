"""Keeping rules: adding, changing, ordering, switching on and off, and going on after a pause."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from tickets import access
from tickets.actions import auditing
from tickets.actions.changes import Change
from tickets.actions.errors import NotAllowed, Refused
from tickets.actions.ruling import fitting
from tickets.models import Rule, User


class ChangesNothing(Refused):
    message = _("Choose what the rule changes.")


class NoTime(Refused):
    message = _("Say after how many minutes.")


class WrongRule(Refused):
    """Something in it is not right; the sentence says what."""


@transaction.atomic
def save(*, rule: Rule, changes: Sequence[Change], by: User, at: datetime) -> Rule:
    """Store a new or changed rule; a new one stands last. What paused it is taken as mended.

    Raises `NotAllowed`, `ChangesNothing`, `NoTime`, `WrongRule`, and `QueryError` for conditions that mean nothing.
    """
    if not access.can_manage_rules(by):
        raise NotAllowed
    if not changes:
        raise ChangesNothing
    if any(each.get("property") == "assignee" and each.get("to") == "me" for each in changes):
        raise WrongRule(_("A rule is nobody: choose a person."))
    if rule.trigger == Rule.Trigger.TIME and not rule.after_minutes:
        raise NoTime
    fitting(rule.conditions, at)
    before = auditing.stored(rule) if rule.pk else None
    rule.changes, rule.paused_because = list(changes), ""
    try:
        rule.full_clean(exclude=["made_by"])
    except ValidationError as error:
        raise WrongRule(" ".join(error.messages)) from error
    if rule.pk is None:
        rule.made_by = by
        rule.position = (Rule.objects.aggregate(last=Max("position"))["last"] or 0) + 1
    rule.save()
    auditing.record_change(rule, before=before, by=by, at=at)
    return rule


@transaction.atomic
def move(*, rule: Rule, by: User, is_up: bool, at: datetime) -> None:
    """One place up or down; at the end it stays. Raises `NotAllowed`."""
    if not access.can_manage_rules(by):
        raise NotAllowed
    rules = list(Rule.objects.select_for_update().order_by("position", "id"))
    place = next(index for index, each in enumerate(rules) if each.pk == rule.pk)
    moved = rules.pop(place)
    before = auditing.told(moved) | {"position": place + 1}
    rules.insert(max(0, place - 1) if is_up else place + 1, moved)
    for position, each in enumerate(rules, start=1):
        each.position = position
    Rule.objects.bulk_update(rules, ["position"])
    auditing.record_change(moved, before=before, by=by, at=at)


@transaction.atomic
def switch(*, rule: Rule, by: User, is_on: bool, at: datetime) -> None:
    """Switch it on, also after it paused itself, or off. Raises `NotAllowed`."""
    if not access.can_manage_rules(by):
        raise NotAllowed
    rule = Rule.objects.select_for_update().get(pk=rule.pk)
    before = auditing.told(rule)
    rule.is_active, rule.paused_because = is_on, ""
    rule.save(update_fields=["is_active", "paused_because"])
    auditing.record_change(rule, before=before, by=by, at=at)
