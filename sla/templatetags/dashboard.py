"""Figures as the dashboard says them. No queries."""

from __future__ import annotations

from typing import Any

from django import template

from sla.figures import words
from sla.figures.reading import Share

register = template.Library()

register.filter("length_in_words", words.length)
register.filter("work_in_words", words.work)
register.filter("percent", words.percent)


@register.filter
def begun_minutes(seconds: float) -> int:
    return -int(-seconds // 60)


@register.filter
def missed_percent(share: Share | None) -> str:
    return "" if share is None or share.percent is None else f"{100 - share.percent:.0f}"


def figure_of(value: Any) -> Any:
    return "" if value is None else value
