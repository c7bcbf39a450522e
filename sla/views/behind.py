"""The list behind every number of the dashboard and of the weekly report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy

from sla.figures import behind, reading, tallies
from sla.views.dashboard import added, named_reasons, require, risks_of
from sla.views.figures import name_of
from tickets.models import Status
from tickets.models.ticket import UNSOLVED

TODAY = "today"


class PromisesForm(forms.Form):
    by = forms.ChoiceField(choices=[(name, name) for name in (*behind.BY, TODAY)])
    key = forms.RegexField(r"^[A-Za-z0-9_-]{0,20}$", required=False)
    which = forms.ChoiceField(choices=[(name, name) for name in ("broken", "kept", "all")], required=False)
    week = forms.DateField(required=False)
    page = forms.IntegerField(required=False, min_value=1, max_value=1000)


@dataclass(frozen=True)
class Behind:
    """The rows of a list with what they are called, how they were asked for, and of which weeks they are."""

    rows: QuerySet[Any]
    what: str
    asked: dict[str, Any]
    weeks: list[date] | None
    counted_at: datetime | None = None


@login_required
def broken_promises(request: HttpRequest) -> HttpResponse:
    require(request)
    found = promises_behind(request, request.GET)
    asked = found.asked
    context = {
        "what": found.what,
        "which": asked["which"],
        "is_today": asked["by"] == TODAY,
        "narrowed": narrowing(asked),
        **_span(found.weeks or []),
        **_cut(request, found.rows, asked),
    }
    return render(request, "sla/broken_promises.html", context)


def promises_behind(request: HttpRequest, data: Mapping[str, Any]) -> Behind:
    """The promises behind one number: broken ones, unless all are asked for."""
    asked = _asked(PromisesForm(data))
    asked["which"] = asked["which"] or "broken"
    by, key, which = asked["by"], asked["key"], asked["which"]
    if by in ("queue", "policy", "priority") and not key.isdecimal():
        raise Http404
    scope = reading.scope_of(request.user)
    weeks = _weeks(request, asked["week"])
    if by == TODAY:
        rows, what = behind.broken_today(request.user, scope, at=request.at), gettext("Breached today")
    else:
        what = name_of(by, key, scope)
        rows = behind.promises(request.user, scope, by=by, key=key, which=which, weeks=weeks, at=request.at)
    return Behind(rows, what, asked, weeks)


class TicketsForm(forms.Form):
    of = forms.ChoiceField(choices=[(name, name) for name in (*behind.NOW, *behind.FLOW)])
    key = forms.CharField(required=False, max_length=300)
    week = forms.DateField(required=False)
    page = forms.IntegerField(required=False, min_value=1, max_value=1000)


TIMED = ("reply", "solve")
"""Lists that say how long each took."""

TITLES: dict[str, Any] = {
    "open": gettext_lazy("Everything that is unsolved"),
    "age": gettext_lazy("Unsolved, by age"),
    "cause": gettext_lazy("At risk now, and why"),
    "other_reasons": gettext_lazy("On hold for other reasons"),
    "hopeless": gettext_lazy("Late or too late to keep: they wait longer"),
    "came": gettext_lazy("Tickets that came"),
    "solved": gettext_lazy("Tickets that were solved"),
    "stayed": gettext_lazy("Solved for good"),
    "first_contact": gettext_lazy("Solved by the first answer"),
    "reply": gettext_lazy("First replies, the slowest first"),
    "solve": pgettext_lazy("list", "Solved, the slowest first"),
}


@login_required
def dashboard_tickets(request: HttpRequest) -> HttpResponse:
    require(request)
    found = tickets_behind(request, request.GET)
    of = found.asked["of"]
    context = {
        "what": found.what,
        "has_lengths": of in TIMED,
        "is_to_share_out": of == "cause",
        "narrowed": narrowing(found.asked),
        "counted_at": found.counted_at,
        **(_span(found.weeks) if found.weeks else {}),
        **_cut(request, found.rows, found.asked),
    }
    return render(request, "sla/dashboard_tickets.html", context)


def tickets_behind(request: HttpRequest, data: Mapping[str, Any]) -> Behind:
    asked = _asked(TicketsForm(data))
    of, key = asked["of"], asked["key"]
    if (of == "age" and key not in behind.AGES) or (of == "status" and key not in UNSOLVED):
        raise Http404
    scope = reading.scope_of(request.user)
    weeks = _weeks(request, asked["week"]) if of in behind.FLOW else None
    what, named, counted_at = _told(request, of, key)
    rows = behind.tickets(request.user, scope, of=of, key=key, named=named, weeks=weeks, at=request.at)
    return Behind(rows, what, asked, weeks, counted_at)


def _told(request: HttpRequest, of: str, key: str) -> tuple[str, list[str], datetime | None]:
    """What the list is called, which reasons or causes are not among the others, and when the dashboard counted: up to
    a minute before the list is read, where it is no figure of weeks."""
    if of in behind.FLOW:
        return str(TITLES[of]), [], None
    known = reading.written(request.user, request.at)
    pictures, as_of = reading.ahead(known)
    if of == "status":
        return str(Status(key).label), [], as_of
    if of == "reason":
        return key, [], as_of
    if of == "other_reasons":
        return str(TITLES[of]), [reason for reason, _number in named_reasons(added(pictures.values()))], as_of
    if of != "cause":
        return str(TITLES[of]), [], as_of
    risks = {risk.key: risk.title for risk in risks_of(known, pictures, ZoneInfo(request.user.time_zone))}
    return risks.get(key) or str(TITLES[of]), list(risks), as_of


def narrowing(asked: dict[str, Any]) -> dict[str, Any]:
    """What of it says which rows there are, and not where one stands among them."""
    return {name: value for name, value in asked.items() if value and name != "page"}


def _asked(form: forms.Form) -> dict[str, Any]:
    if not form.is_valid():
        raise Http404
    return form.cleaned_data


def _weeks(request: HttpRequest, week: date | None) -> list[date]:
    """The one asked for, or the whole weeks that the dashboard shows."""
    if week and not 2000 <= week.year <= 2100:
        raise Http404
    return [week - timedelta(days=week.weekday())] if week else tallies.weeks(request.at)[:-1]


def _span(weeks: list[date]) -> dict[str, date]:
    return {"first_day": weeks[0], "last_day": weeks[-1] + timedelta(days=6)}


def _cut(request: HttpRequest, rows: QuerySet[Any], asked: dict[str, Any]) -> dict[str, Any]:
    page = asked["page"] or 1
    number = rows.order_by().count()
    found = list(rows[(page - 1) * behind.PAGE_SIZE : page * behind.PAGE_SIZE])
    others = {name: value for name, value in request.GET.items() if name != "page"}
    has_more = number > page * behind.PAGE_SIZE
    more_url = f"?{urlencode({**others, 'page': page + 1})}" if has_more else ""
    return {"rows": found, "number": number, "more_url": more_url, "at": request.at}
