"""Rules, what they would have done, and what they did. For those who manage them, who see every ticket."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from helpdesk.lib.time_limit import time_limit
from tickets.models import Event, Rule, RuleFiring, Ticket
from tickets.models.ticket import TicketQuerySet

KEPT_S = 10
BACK = timedelta(days=30)
SHOWN = 50
MOST = 10_000
DRY_RUN_MS = 8000


@dataclass(frozen=True)
class DryRun:
    """``count`` is exact below MOST. The tickets are judged as they stand now: nobody knows how each stood then."""

    count: int
    tickets: list[Ticket]


def rules(at: datetime) -> QuerySet[Rule]:
    """In their order, with how often each fired in the last day."""
    of_day = RuleFiring.objects.filter(rule=OuterRef("pk"), at__gt=at - timedelta(days=1)).order_by()
    # Counted for each rule by the index of its log, which grows for ever.
    number = Subquery(of_day.values("rule").annotate(number=Count("pk")).values("number"))
    return Rule.objects.annotate(fired=Coalesce(number, 0)).order_by("position", "id")


def awaited_triggers() -> frozenset[str]:
    """What the rules in use wait for; one statement, kept for KEPT_S."""
    kept: frozenset[str] | None = cache.get("rule_triggers")
    if kept is None:
        active = Rule.objects.filter(is_active=True, paused_because="")
        kept = frozenset(active.order_by().values_list("trigger", flat=True).distinct())
        cache.set("rule_triggers", kept, KEPT_S)
    return kept


def happened(tickets: TicketQuerySet, kinds: list[str], at: datetime) -> TicketQuerySet:
    """Those of ``tickets`` on which an event of these kinds was recorded within BACK."""
    recent = Event.objects.filter(ticket=OuterRef("pk"), at__gte=at - BACK, kind__in=kinds)
    return tickets.filter(updated_at__gte=at - BACK).filter(Exists(recent))


def dry_run(tickets: TicketQuerySet) -> DryRun:
    """Raises `TooSlow`."""
    newest = tickets.select_related("queue", "requester").order_by("-id")[:SHOWN]
    with time_limit(DRY_RUN_MS):
        return DryRun(tickets.order_by()[:MOST].count(), list(newest))


def firings(rule: Rule) -> QuerySet[RuleFiring]:
    return RuleFiring.objects.filter(rule=rule).select_related("ticket")
