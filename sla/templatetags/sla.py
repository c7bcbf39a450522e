"""What pages of the kernel show of promises. No queries."""

from __future__ import annotations

from typing import Any

from django import template

from tickets.models import Ticket

register = template.Library()


@register.inclusion_tag("sla/_story_door.html")
def promise_story(ticket: Ticket) -> dict[str, Any]:
    """Behind a click: how the clocks of the ticket came to stand where they do."""
    return {"ticket": ticket}
