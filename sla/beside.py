"""Every clock of a ticket beside its conversation, and why it is red. The page's own statement brings the rows along
(tickets.queries.alongside), so nothing is read here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Subquery
from django.db.models.functions import JSONObject
from django.utils import formats, timezone
from django.utils.translation import gettext, ngettext

from sla.models import Clock, Outlook
from tickets.models import Ticket
from tickets.models.ticket import AT_RISK, Metric

STALE = timedelta(minutes=10)
"""An outlook is written each minute. One this old explains nothing any more."""

_OPEN = (Clock.State.RUNNING, Clock.State.PAUSED)
_ENDED = (Clock.State.MET, Clock.State.MISSED)
_SHAPE = ("metric", "state", "due_at", "target_s", "used_s", "calendar_version", "stopped_at", "breached_at")
_PICTURE = {
    "at": "at",
    "nobody": "picture__without_anybody",
    "overloaded": "picture__overloaded",
}


def newest_clocks() -> ArraySubquery:
    """The last cycle of each metric: an earlier one has ended."""
    last = Clock.objects.filter(ticket=OuterRef("pk")).order_by("metric", "-cycle").distinct("metric")
    return ArraySubquery(last.values(shape=JSONObject(**{name: name for name in _SHAPE})))


def newest_outlook() -> Subquery:
    """What the ticket's team has before it, as far as it says why something will be late."""
    return Subquery(Outlook.objects.filter(team=OuterRef("queue__team")).values(shape=JSONObject(**_PICTURE))[:1])


@dataclass(frozen=True)
class Beside:
    """A clock, by the names under which a ticket carries the promise that is due next."""

    sla_metric: str
    sla_state: str
    due_at: datetime | None
    sla_target_s: int
    sla_calendar_id: int | None
    used_s: int
    stopped_at: datetime | None
    breached_at: datetime | None

    @property
    def metric(self) -> str:
        return str(Metric(self.sla_metric).label) if self.sla_metric else ""

    @property
    def is_missed(self) -> bool:
        return self.sla_state == Clock.State.MISSED

    @property
    def left_s(self) -> int:
        """While it is paused."""
        return max(0, self.sla_target_s - self.used_s)

    @property
    def used_percent(self) -> int:
        """In steps of 5, while it does not run."""
        return min(100, self.used_s * 20 // self.sla_target_s * 5) if self.sla_target_s else 0


def clocks_of(ticket: Ticket) -> list[Beside]:
    """Those that run, what is due next first, those that are paused, and how the first answer went and the solution."""
    found = []
    for row in getattr(ticket, "clocks_beside", []):
        is_told = row["state"] in _OPEN or (row["state"] in _ENDED and row["metric"] != Metric.NEXT_RESPONSE)
        if is_told and row["target_s"]:
            found.append(
                Beside(
                    sla_metric=row["metric"],
                    sla_state=row["state"],
                    due_at=_moment(row["due_at"]),
                    sla_target_s=row["target_s"],
                    sla_calendar_id=row["calendar_version"],
                    used_s=row["used_s"],
                    stopped_at=_moment(row["stopped_at"]),
                    breached_at=_moment(row["breached_at"]),
                )
            )
    if not found and ticket.sla_state:
        # A page that brought no clocks along still shows what its list does.
        found = [_as_listed(ticket)]
    order = {Clock.State.RUNNING: 0, Clock.State.PAUSED: 1}
    return sorted(
        found,
        key=lambda clock: (
            order.get(Clock.State(clock.sla_state), 2),
            clock.due_at.timestamp() if clock.due_at else 0.0,
            clock.sla_metric,
        ),
    )


def _as_listed(ticket: Ticket) -> Beside:
    target_s = ticket.sla_target_s or 0
    return Beside(
        ticket.sla_metric,
        ticket.sla_state,
        ticket.due_at,
        target_s,
        ticket.sla_calendar_id,
        0,
        None,
        ticket.breached_at,
    )


def _moment(told: str | None) -> datetime | None:
    return None if told is None else datetime.fromisoformat(told)


@dataclass(frozen=True)
class Why:
    is_broken: bool
    sentence: str


def why(ticket: Ticket, clocks: list[Beside], at: datetime) -> Why | None:
    """The first cause that holds (DESIGN §5) of a promise that is broken or at risk; None where none is."""
    due = [clock.due_at for clock in clocks if clock.sla_state == Clock.State.RUNNING and clock.due_at is not None]
    if not due or min(due) >= at + AT_RISK:
        return None
    first = min(due)
    is_broken = first < at
    return Why(is_broken, _cause(ticket, first, is_broken, at))


def _cause(ticket: Ticket, due_at: datetime, is_broken: bool, at: datetime) -> str:
    outlook: dict[str, Any] = getattr(ticket, "outlook_beside", None) or {}
    if outlook and datetime.fromisoformat(outlook["at"]) < at - STALE:
        outlook = {}
    if linked := getattr(ticket, "on_a_problem", None):
        others = linked - 1
        return ngettext(
            "It waits on a known problem, as does %(number)d other unsolved ticket.",
            "It waits on a known problem, as do %(number)d other unsolved tickets.",
            others,
        ) % {"number": others}  # fmt: skip
    for each in outlook.get("nobody", ()):
        if (each["queue"], each["channel"]) != (ticket.queue_id, ticket.channel):
            continue
        until = _moment(each["until"])
        if until is None:
            return gettext("Nobody is on duty for %(channel)s within a day.") % {"channel": _channel(ticket)}
        if until > at and (is_broken or due_at <= until):
            return gettext("Nobody is on duty for %(channel)s until %(time)s.") % {
                "channel": _channel(ticket),
                "time": _said(until),
            }
    name = {"name": ticket.assignee}
    if ticket.assignee_id in {each["person"] for each in outlook.get("overloaded", ())}:
        return gettext("%(name)s has more in hand that is due soon than one person can keep.") % name
    if ticket.snoozed_until is not None and ticket.snoozed_until > due_at:
        return gettext("It is put off until %(time)s, and that pauses no promise.") % {
            "time": _said(ticket.snoozed_until)
        }
    if ticket.assignee_id is None:
        return (
            gettext("Its time ran out, and it is in nobody's hands.")
            if is_broken
            else gettext("It is in nobody's hands.")
        )
    if is_broken:
        return gettext("Its time ran out. %(name)s has it.") % name
    return gettext("%(name)s has it, and nothing else stands in its way.") % name


def _channel(ticket: Ticket) -> str:
    return str(ticket.get_channel_display())


def _said(moment: datetime) -> str:
    return formats.date_format(timezone.localtime(moment), "D G:i")
