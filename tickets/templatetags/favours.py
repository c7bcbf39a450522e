"""Lengths of time as pages of favours say them. No queries."""

from typing import Any

from django import template
from django.utils.translation import gettext

from tickets.queries import askers, directory

register = template.Library()


@register.filter
def minutes_in_words(minutes: int) -> str:
    """45 min, 1 h, 17 h 20."""
    hours, rest = divmod(int(minutes), 60)
    if not hours:
        return gettext("%(number)d min") % {"number": rest}
    return gettext("%(hours)d h") % {"hours": hours} + (f" {rest:02}" if rest else "")


@register.inclusion_tag("components/_walk_up_dialog.html", takes_context=True)
def walk_up_dialog(context: dict[str, Any]) -> dict[str, Any]:
    """The dialog of a favour as it lies ready on every page. What it names is kept by the page already."""
    request = context["request"]
    return {
        "request": request,
        "csrf_token": context["csrf_token"],
        "desks": directory.desks_of(request.user, request.at),
        "read": askers.NOTHING,
        "choices": askers.LENGTHS,
    }
