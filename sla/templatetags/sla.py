"""What pages of the kernel show of promises. No queries, but for the price of an overload, which is kept a while."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template

from sla import access, beside, queries
from tickets.models import Role, Ticket, User

register = template.Library()


@register.inclusion_tag("sla/_beside.html")
def clocks_beside(ticket: Ticket, at: datetime) -> dict[str, Any]:
    """Every open clock of a ticket that its page has read, and why what is red is red."""
    clocks = beside.clocks_of(ticket)
    return {"clocks": clocks, "why": beside.why(ticket, clocks, at), "at": at}


@register.inclusion_tag("sla/_overload.html")
def overload_price(user: User) -> dict[str, Any]:
    """In which order an overloaded queue is worked, and how many tickets wait longer for it."""
    if not access.can_see_dashboard(user):
        return {"number": 0}
    costs = queries.costs_of_overload()
    return {"number": sum(costs.values() if user.role == Role.ADMIN else (costs.get(pk, 0) for pk in user.team_ids))}


@register.inclusion_tag("sla/_story_door.html")
def promise_story(ticket: Ticket) -> dict[str, Any]:
    """Behind a click: how the clocks of the ticket came to stand where they do."""
    return {"ticket": ticket}
