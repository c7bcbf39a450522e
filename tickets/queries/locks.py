"""Who cannot sign in because of wrong passwords, for those who can help. Times are real ones; pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Max, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import JSONObject
from django.utils import timezone

from helpdesk.lib import clock
from tickets.models import User

LISTED = 200


@dataclass(frozen=True)
class Lock:
    """So many wrong passwords were typed for ``address`` at ``client`` that no more are looked at until then."""

    address: str
    client: str
    tries: int
    last_at: datetime
    person: User | None = None

    @property
    def until(self) -> datetime:
        return self.last_at + settings.AXES_COOLOFF_TIME


def locks(*, search: str = "", most: int | None = LISTED) -> list[Lock]:
    """The newest locks in force, with the people they are of; two statements."""
    rows = list(
        _in_force(timezone.now()).filter(username__contains=search.lower()).order_by("-last_at", "username")[:most]
    )
    people = {person.email: person for person in User.objects.filter(email__in=[row["username"] for row in rows])}
    return [_lock(row["username"], row, people.get(row["username"])) for row in rows]


def lock_at(address: str, client: str | None) -> Lock | None:
    """The lock somebody at ``client`` ran into with ``address``, whether anybody has this address or not."""
    row = _in_force(timezone.now()).filter(username=address, ip_address=client).order_by("username").first()
    return _lock(address, row) if row else None


def newest_lock_of(address: OuterRef, now: datetime) -> Subquery:
    """For the row of a person or of what belongs to one: the newest lock at ``now``, a real time, as JSON, else null.

    Read with `lock_in`.
    """
    shape = JSONObject(ip_address="ip_address", tries="tries", last_at="last_at")
    return Subquery(_in_force(now).filter(username=address).order_by("-last_at").values(shape=shape)[:1])


def lock_in(row: dict[str, Any] | None, person: User) -> Lock | None:
    if not row:
        return None
    return _lock(person.email or "", {**row, "last_at": datetime.fromisoformat(str(row["last_at"]))}, person)


def _in_force(now: datetime) -> QuerySet[Any, dict[str, Any]]:
    """One row per address and client, counted as django-axes counts them."""
    recent = AccessAttempt.objects.filter(attempt_time__gte=now - settings.AXES_COOLOFF_TIME)
    summed: QuerySet[Any, dict[str, Any]] = recent.order_by().values("username", "ip_address")
    counted = summed.annotate(tries=Sum("failures_since_start"), last_at=Max("attempt_time"))
    in_force: QuerySet[Any, dict[str, Any]] = counted.filter(tries__gte=settings.AXES_FAILURE_LIMIT)
    return in_force


def _lock(address: str, row: dict[str, Any], person: User | None = None) -> Lock:
    return Lock(address, str(row["ip_address"] or ""), int(row["tries"]), clock.as_shown(row["last_at"]), person)
