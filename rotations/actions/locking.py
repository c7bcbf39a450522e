"""The order of locks: people by their numbers, then shifts by theirs. Taken before anything is counted."""

from __future__ import annotations

from collections.abc import Collection

from rotations.models import Shift
from tickets.models import User


def locked(*, person_id: int, shift_id: int) -> tuple[User, Shift]:
    """Their current rows, locked until the transaction ends: no seat is counted twice and nobody placed twice."""
    person = User.objects.select_for_update(no_key=True).get(pk=person_id)
    shifts = Shift.objects.select_for_update(of=("self",), no_key=True).select_related("round__programme")
    return person, shifts.get(pk=shift_id)


def locked_all(*, people: Collection[int], shifts: Collection[int]) -> tuple[dict[int, User], dict[int, Shift]]:
    """The same for several, each kind by their numbers."""
    rows = User.objects.select_for_update(no_key=True).filter(pk__in=people).order_by("pk")
    found = {each.pk: each for each in rows}
    of_them = Shift.objects.select_for_update(of=("self",), no_key=True).select_related("round__programme")
    return found, {each.pk: each for each in of_them.filter(pk__in=shifts).order_by("pk")}
