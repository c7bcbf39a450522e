"""How much time is left, said in one way everywhere: the pill of a row, the clock of a ticket. No queries.

The kernel only reads the due time; it measures what is left in elapsed time. static/js/countdown.js ticks by the same
rule.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from tickets.models import DueState, Metric, Ticket

register = template.Library()

AMBER_BELOW_S = 30 * 60
AMBER_BELOW_SHARE = 4
"""Amber when 30 minutes or a quarter of the promise is left, whichever comes first."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What the pill of a ticket says at a moment."""

    state: str
    words: str
    metric: str
    used_percent: int = 0
    due_at: datetime | None = None
    target_s: int = 0


def span(seconds: int) -> str:
    """40 s, 34 min, 3 h 05, 2 d 3 h: rounded down, since promising a minute too much is worse than one too little."""
    if seconds < 60:
        return gettext("%(seconds)d s") % {"seconds": seconds}
    minutes = seconds // 60
    if minutes < 60:
        return gettext("%(minutes)d min") % {"minutes": minutes}
    if minutes < 48 * 60:
        return gettext("%(hours)d h %(minutes)02d") % {"hours": minutes // 60, "minutes": minutes % 60}
    return gettext("%(days)d d %(hours)d h") % {"days": minutes // 1440, "hours": minutes % 1440 // 60}


def promise(ticket: Ticket, at: datetime, *, is_long: bool = False) -> Promise | None:
    """The promise that is due next on ``ticket``, or None when it has none."""
    metric = Metric(ticket.sla_metric).label if ticket.sla_metric else ""
    if ticket.sla_state == DueState.PAUSED:
        return Promise(state="paused", words=gettext("paused"), metric=metric)
    if ticket.sla_state == DueState.MET:
        return Promise(state="met", words=gettext("met"), metric=metric, used_percent=0)
    if ticket.sla_state != DueState.RUNNING or ticket.due_at is None:
        return None
    left_s = int((ticket.due_at - at).total_seconds())
    target_s = ticket.sla_target_s or 0
    if left_s < 0:
        state, words = "breached", gettext("%(span)s late") % {"span": span(-left_s)}
    else:
        state = "warning" if left_s <= AMBER_BELOW_S or left_s * AMBER_BELOW_SHARE <= target_s else "track"
        words = gettext("%(span)s left") % {"span": span(left_s)} if is_long else span(left_s)
    used = 100 if left_s < 0 else _used_percent(left_s, target_s)
    return Promise(state=state, words=words, metric=metric, used_percent=used, due_at=ticket.due_at, target_s=target_s)


def _used_percent(left_s: int, target_s: int) -> int:
    """The used share in steps of 5 %, rounded down: the fuse is a class, since the page allows no style attributes."""
    return min(100, max(0, int((1 - left_s / target_s) * 20) * 5)) if target_s else 0


@cache
def _glyph(state: str) -> SafeString:
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#sla-{}"/></svg>', static("img/icons.svg"), state
    )


@register.simple_tag
def pill(ticket: Ticket, at: datetime) -> SafeString:
    """The countdown pill of a row: glyph, words, fuse; the metric is only spoken."""
    return _pill(promise(ticket, at))


@register.simple_tag
def clock_pill(promised: Promise) -> SafeString:
    """The same facts in a clock of the ticket page."""
    return _pill(promised)


def _pill(promised: Promise | None) -> SafeString:
    if promised is None:
        return SafeString('<span class="sub"></span>')
    due = ""
    if promised.due_at is not None:
        due = format_html(' data-due="{}" data-target="{}"', int(promised.due_at.timestamp()), promised.target_s)
    return format_html(
        '<span class="sla fuse-{}" data-state="{}"{}>{}<span data-left>{}</span>{}</span>',
        promised.used_percent,
        promised.state,
        due,
        _glyph(promised.state),
        promised.words,
        format_html('<span class="sr"> ({})</span>', promised.metric) if promised.metric else "",
    )


@cache
def _words(language: str) -> str:
    return json.dumps(
        {
            "minutes": gettext("%(minutes)d min").replace("%(minutes)d", "%m"),
            "hours": gettext("%(hours)d h %(minutes)02d").replace("%(hours)d", "%h").replace("%(minutes)02d", "%m"),
            "days": gettext("%(days)d d %(hours)d h").replace("%(days)d", "%d").replace("%(hours)d", "%h"),
            "seconds": gettext("%(seconds)d s").replace("%(seconds)d", "%s"),
            "late": gettext("%(span)s late").replace("%(span)s", "%s"),
            "left": gettext("%(span)s left").replace("%(span)s", "%s"),
        }
    )


@register.simple_tag
def countdown_words() -> str:
    """The words of the ticking script, in the language of the page."""
    return _words(get_language() or "en")
