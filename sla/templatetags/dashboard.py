"""Figures as the dashboard says them. No queries."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils import formats
from django.utils.translation import gettext

from helpdesk.lib.lengths import minutes_in_words
from sla.figures.reading import Share

register = template.Library()

DAY = 24 * 60


@register.filter
def length_in_words(minutes: int | None) -> str:
    """45 min, 3 h 05, 4 d 2 h; a dash where nothing is known."""
    if minutes is None:
        return "–"
    if minutes < 2 * DAY:
        return minutes_in_words(minutes)
    days, rest = divmod(minutes, DAY)
    return gettext("%(days)d d %(hours)d h") % {"days": days, "hours": rest // 60}


@register.filter
def seconds_in_words(seconds: float) -> str:
    """In begun minutes."""
    return length_in_words(-int(-seconds // 60))


@register.filter
def percent(share: Share | None) -> str:
    """91.4, or with few cases the whole interval: 62–97."""
    if share is None or share.percent is None:
        return "–"
    if share.is_few:
        low, high = share.interval
        return f"{low:.0f}–{high:.0f}"
    return formats.number_format(share.percent, 1)


@register.filter
def missed_percent(share: Share | None) -> str:
    return "" if share is None or share.percent is None else f"{100 - share.percent:.0f}"


def figure_of(value: Any) -> Any:
    return "" if value is None else value
