"""What stands for names of promises in addresses and bodies of the matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rotations.models import (
    Absence,
    WorkingHours,
)
from sla.actions import editing, keeping
from tickets.models import (
    Ticket,
)

if TYPE_CHECKING:
    from tests.permissions.world import Desk, World


class OfPromises:
    """Hours, absences, calendars, policies, edits."""

    world: World
    column: str
    which: str
    of_ticket: Ticket
    desk: Desk

    @property
    def week(self) -> int:
        return WorkingHours.objects.get(person=self._keeper, removed_at=None).pk

    @property
    def removed_week(self) -> int:
        return WorkingHours.objects.get(person=self._keeper, removed_at__isnull=False).pk

    @property
    def absence(self) -> int:
        return Absence.objects.get(person=self._keeper, removed_at=None).pk

    @property
    def removed_absence(self) -> int:
        return Absence.objects.get(person=self._keeper, removed_at__isnull=False).pk

    @property
    def calendar(self) -> int:
        return self.world.calendar.pk

    @property
    def calendar_base(self) -> str:
        return editing.fingerprint(keeping.values_of_calendar(self.world.calendar))

    @property
    def policy(self) -> int:
        return self.world.policies[0].pk

    @property
    def policy_base(self) -> str:
        return editing.fingerprint(keeping.values_of_policy(self.world.policies[0]))

    @property
    def turned_order(self) -> list[int]:
        return [each.pk for each in reversed(self.world.policies)]

    @property
    def default_base(self) -> str:
        return editing.fingerprint(keeping.default_now(self.world.policies[0].pk))

    @property
    def other_order(self) -> str:
        return ",".join(str(each.pk) for each in reversed(self.world.policies))

    @property
    def order_base(self) -> str:
        return editing.fingerprint({"order": keeping.order_now()})

    @property
    def near_queue(self) -> int:
        return self.world.near.queue.pk

    @property
    def edit(self) -> int:
        return self.world.edit.pk
