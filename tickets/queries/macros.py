"""Which macros a person has."""

from __future__ import annotations

from django.core.cache import cache
from django.db.models import Q, QuerySet

from tickets.models import Macro, Role, Ticket, User

KEPT_S = 10


def macros_for(ticket: Ticket) -> list[Macro]:
    """What the composer offers on this ticket: macros of everybody and those of its queue's team."""
    kept: list[Macro] | None = cache.get("macros")
    if kept is None:
        kept = list(Macro.objects.filter(is_active=True).order_by("position", "id"))
        cache.set("macros", kept, KEPT_S)
    return [each for each in kept if each.team_id in (None, ticket.queue.team_id)]


def macros_of(user: User) -> QuerySet[Macro]:
    """Macros of everybody and of the person's teams; all of them for admins."""
    macros = Macro.objects.select_related("team").order_by("position", "id")
    return macros if user.role == Role.ADMIN else macros.filter(Q(team=None) | Q(team__in=user.team_ids))


def usable_by(user: User) -> QuerySet[Macro]:
    return macros_of(user).filter(is_active=True)
