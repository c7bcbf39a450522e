"""The weekly report: one week of the dashboard's figures, on one sheet of paper and for any week."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from helpdesk.lib import charts
from sla import access
from sla.actions import reporting
from sla.figures import reading, tallies
from sla.figures.reading import Share
from sla.views.dashboard import UNITS_SHOWN, require
from sla.views.figures import Line, breakdowns, heat, hours, lengths_of, promises_url, tickets_url
from tickets import access as desk_access
from tickets.models import User
from tickets.queries import favours

LINES_SHOWN = 5
"""Of each table: the ones with the lowest share; the others are on the dashboard."""
FIRST_YEAR = 2000


@login_required
def week_report(request: HttpRequest, day: str = "") -> HttpResponse:
    """The week that holds ``day``; without one the last whole week."""
    require(request)
    running = tallies.monday(request.at)
    week = _monday(day) if day else running - timedelta(days=7)
    if week > running:
        raise Http404
    scope = reading.scope_of(request.user)
    past = reading.of_week(scope, week, request.at)
    before = reading.of_week(scope, week - timedelta(days=7), request.at)
    context = {
        "scope": scope,
        "week": week,
        "last_day": week + timedelta(days=6),
        "is_running": week == running,
        "at": request.at,
        "past": past,
        "before": before,
        "opened": past.opened.get(week, 0),
        "solved": past.solved.get(week, 0),
        "came_url": tickets_url("came", week=week),
        "solved_url": tickets_url("solved", week=week),
        "stayed_url": tickets_url("stayed", week=week),
        "first_contact_url": tickets_url("first_contact", week=week),
        "all_url": promises_url("kept", week=week, which="all"),
        "broken_url": promises_url("kept", week=week),
        "change": _change(past.kept, before.kept),
        "lengths": lengths_of(past, week),
        "heat_hours": hours(past),
        "heat": heat(past, week),
        "breakdowns": [(title, _worst(lines)) for title, lines in breakdowns(scope, past, week)],
        "favours": _favours(request.user, week, request.at),
        "week_before": (week - timedelta(days=7)).isoformat() if week.year > FIRST_YEAR else "",
        "week_after": (week + timedelta(days=7)).isoformat() if week < running else "",
        "can_want": access.can_want_report(request.user),
        "is_wanted": reporting.wants(request.user),
    }
    return render(request, "sla/week.html", context)


@login_required
@require_POST
def want_report(request: HttpRequest) -> HttpResponse:
    if not access.can_want_report(request.user):
        raise Http404
    if request.POST.get("want") == "1":
        reporting.want(by=request.user, at=request.at)
        toasts.success(request, gettext("You get it by mail on Mondays at 7:30."))
    else:
        reporting.want_no_more(by=request.user)
        toasts.success(request, gettext("You get it by mail no more."))
    return redirect("last_week")


def _monday(day: str) -> date:
    try:
        found = date.fromisoformat(day)
    except ValueError as error:
        raise Http404 from error
    if not FIRST_YEAR <= found.year <= 2100:
        raise Http404
    return found - timedelta(days=found.weekday())


def _change(now: Share, before: Share) -> float | None:
    """Percentage points, where both weeks have cases enough."""
    if now.percent is None or before.percent is None or now.is_few or before.is_few:
        return None
    return now.percent - before.percent


def _worst(lines: list[Line]) -> tuple[list[Line], int]:
    return lines[:LINES_SHOWN], max(0, len(lines) - LINES_SHOWN)


def _favours(user: User, week: date, at: datetime) -> dict[str, Any] | None:
    if not desk_access.can_see_favours_of_team(user):
        return None
    found = favours.of_week(user, week, at=at, zone=ZoneInfo(user.time_zone))
    longest = max((share.minutes for share in found.units), default=0)
    units = [
        (share.name or gettext("Nobody's organisation"), share, charts.share(share.minutes, longest))
        for share in found.units[:UNITS_SHOWN]
    ]
    return {"found": found, "units": units}
