"""Keeping views: making, changing, sharing, removing, bringing back, and each person's own order of them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tickets import access
from tickets.actions import auditing
from tickets.actions.errors import NotAllowed, Refused
from tickets.models import User, View, ViewOrder
from tickets.queries import searching
from tickets.queries import views as reading

MOST = 200
"""Views that one person may have made."""

KEPT = timedelta(days=30)
"""How long a removed view can be brought back."""


class MayNotChange(NotAllowed):
    message = _("This view is not yours to change.")


class MayNotShare(NotAllowed):
    message = _("You may share views with teams that you lead; administrators with everybody.")


class WrongView(Refused):
    """Something in it is not right; the sentence says what."""


class ChangedMeanwhile(Refused):
    message = _("Somebody changed this view in the meantime. Nothing was overwritten: look at it, then save again.")


class TooManyViews(Refused):
    message = _("You have 200 views. Remove one that is not needed any more.")


@transaction.atomic
def save(*, view: View, by: User, at: datetime, seen: int | None = None) -> View:
    """Store a new or changed view. ``seen`` is the version that the person began with.

    What was shared and is for oneself alone from now on becomes one's own. Raises `MayNotChange`, `MayNotShare`,
    `ChangedMeanwhile`, `TooManyViews`, `WrongView`, and `QueryError` for a search that cannot be read.
    """
    before = View.objects.select_for_update().filter(pk=view.pk).first() if view.pk else None
    if before is not None and (before.removed_at or not access.can_change_view(by, before)):
        raise MayNotChange
    if not access.can_use_desk(by, at):
        raise MayNotChange
    if view.is_shared and not access.can_share_view(by, team_id=view.team_id):
        raise MayNotShare
    if before is not None and seen is not None and before.version != seen:
        raise ChangedMeanwhile
    if before is None and View.objects.filter(owner=by, removed_at__isnull=True).count() >= MOST:
        raise TooManyViews
    if before is None or (before.is_shared and not view.is_shared):
        view.owner = by
    _check(view, by, at)
    view.version = before.version + 1 if before else 1
    view.save()
    # Shared ones are settings of many; what somebody keeps for themselves is nobody's business.
    if view.is_shared or (before is not None and before.is_shared):
        auditing.record_change(view, before=auditing.told(before) if before else None, by=by, at=at)
    return view


@transaction.atomic
def remove(*, view: View, by: User, at: datetime) -> View:
    """Away with it, for KEPT to be brought back. Raises `MayNotChange`."""
    view = _changeable(view, by)
    if view.removed_at is None:
        view.removed_at = at
        view.save(update_fields=["removed_at"])
        if view.is_shared:
            auditing.record_removal(view, by=by, at=at)
        View.objects.filter(removed_at__lt=at - KEPT).delete()
    return view


@transaction.atomic
def restore(*, view: View, by: User, at: datetime) -> View:
    """Bring a removed one back as it was. Raises `MayNotChange`."""
    view = _changeable(view, by)
    if view.removed_at is not None:
        view.removed_at = None
        view.save(update_fields=["removed_at"])
        if view.is_shared:
            auditing.record_change(view, before=None, by=by, at=at)
    return view


@transaction.atomic
def move(*, view: View, by: User, is_up: bool) -> list[int]:
    """One place up or down beside the pages of ``by``, for nobody else; at the end it stays. Returns the ids in order.

    Raises `MayNotChange` for a view that is not listed for them.
    """
    order, _created = ViewOrder.objects.select_for_update().get_or_create(person=by)
    ids = [each.pk for each in View.objects.listed_for(by).in_order_of(by)]
    if view.pk not in ids:
        raise MayNotChange
    place = ids.index(view.pk)
    ids.insert(max(0, place - 1) if is_up else place + 1, ids.pop(place))
    order.views = ids
    order.save(update_fields=["views"])
    return ids


def _changeable(view: View, by: User) -> View:
    view = View.objects.select_for_update().get(pk=view.pk)
    if not access.can_change_view(by, view):
        raise MayNotChange
    return view


def _check(view: View, by: User, at: datetime) -> None:
    """Whether it can be read, also its names. Raises `WrongView`, `QueryError`."""
    known = reading.columns()
    view.columns = [each for each in dict.fromkeys(view.columns) if each in known]
    try:
        view.full_clean(exclude=["owner"])
    except ValidationError as error:
        raise WrongView(" ".join(error.messages)) from error
    searching.conditions(searching.read(view.query), by, at)
