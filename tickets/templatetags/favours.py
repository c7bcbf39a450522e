"""Lengths of time as pages of favours say them. No queries."""

from functools import lru_cache
from typing import Any

from django import template
from django.template.loader import get_template
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from tickets.queries import askers, directory

register = template.Library()


@register.filter
def minutes_in_words(minutes: int) -> str:
    """45 min, 1 h, 17 h 20."""
    hours, rest = divmod(int(minutes), 60)
    if not hours:
        return gettext("%(number)d min") % {"number": rest}
    return gettext("%(hours)d h") % {"hours": hours} + (f" {rest:02}" if rest else "")


@register.simple_tag(takes_context=True)
def walk_up_dialog(context: dict[str, Any]) -> SafeString:
    """The dialog of a favour as it lies ready on every page. What it names is kept by the page already."""
    request = context["request"]
    desks = tuple(directory.desks_of(request.user, request.at))
    return SafeString(_walk_up_dialog(desks, get_language()).replace(TOKEN, str(context["csrf_token"])))


TOKEN = "csrf-token-of-this-page"  # noqa: S105  stands where it comes


@lru_cache(maxsize=128)
def _walk_up_dialog(desks: tuple[directory.Desk, ...], language: str | None) -> SafeString:
    shown = {"desks": desks, "read": askers.NOTHING, "choices": askers.LENGTHS, "csrf_token": TOKEN}
    return get_template("components/_walk_up_dialog.html").render(shown)
