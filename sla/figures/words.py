"""Figures in words, for pages and mail."""

from __future__ import annotations

from django.utils import formats
from django.utils.translation import gettext

from helpdesk.lib.lengths import minutes_in_words
from sla.figures.reading import Share

DAY = 24 * 60


def length(minutes: int | None) -> str:
    """By the calendar: 45 min, 3 h 05, 4 d 2 h; a dash where nothing is known."""
    if minutes is None:
        return "–"
    if minutes < 2 * DAY:
        return minutes_in_words(minutes)
    days, rest = divmod(minutes, DAY)
    return gettext("%(days)d d %(hours)d h") % {"days": days, "hours": rest // 60}


def work(minutes: int | None) -> str:
    """Working hours, which no number of makes a day: 45 min, 98 h 05."""
    return "–" if minutes is None else minutes_in_words(minutes)


def percent(share: Share | None) -> str:
    """91.4, or with few cases the whole interval: 62–97."""
    if share is None or share.percent is None:
        return "–"
    if share.is_few:
        low, high = share.interval
        return f"{low:.0f}–{high:.0f}"
    return formats.number_format(share.percent, 1)
