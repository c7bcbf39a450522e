"""What pages of the kernel show of promises. No queries."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template

from sla import beside
from tickets.models import Ticket

register = template.Library()


@register.inclusion_tag("sla/_beside.html")
def clocks_beside(ticket: Ticket, at: datetime) -> dict[str, Any]:
    """Every open clock of a ticket that its page has read, and why what is red is red."""
    clocks = beside.clocks_of(ticket)
    return {"clocks": clocks, "why": beside.why(ticket, clocks, at), "at": at}


@register.inclusion_tag("sla/_story_door.html")
def promise_story(ticket: Ticket) -> dict[str, Any]:
    """Behind a click: how the clocks of the ticket came to stand where they do."""
    return {"ticket": ticket}
