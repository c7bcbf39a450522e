"""Lengths of time as pages of favours say them. No queries."""

from functools import lru_cache
from typing import Any

from django import template
from django.template.loader import get_template
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from helpdesk.lib.lengths import minutes_in_words
from tickets.queries import askers, directory

register = template.Library()


register.filter(minutes_in_words)


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
