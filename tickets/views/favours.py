"""What favours cost: one page for a team and its boss, for agents their own; every number leads to its favours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import formats
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext, ngettext, pgettext
from django.views.decorators.http import require_POST

from helpdesk.lib import charts, csv_writer
from helpdesk.lib.years import YEARS
from tickets import access
from tickets.actions import walkups
from tickets.forms.fields import ChoiceField
from tickets.models import WalkUp
from tickets.queries import favours as reading
from tickets.queries.favours import Figures, Narrowed, Period, Share
from tickets.templatetags.favours import minutes_in_words
from tickets.views.shell import shell

UNITS_SHOWN, AGENTS_SHOWN = 7, 8
"""By name, so that the page stays one sheet of paper; the file has all."""


class NarrowForm(forms.Form):
    """What of the favours is asked for; a value that nobody knows is left out instead of refused."""

    period = ChoiceField(required=False, choices=[(name, name) for name in reading.PERIODS])
    unit = forms.IntegerField(required=False, min_value=0)
    agent = forms.IntegerField(required=False, min_value=1)
    outcome = ChoiceField(required=False, choices=WalkUp.Outcome.choices)
    week = forms.DateField(required=False, validators=YEARS)
    breached = forms.BooleanField(required=False)
    page = forms.IntegerField(required=False, min_value=1, max_value=1000)

    @property
    def narrowed(self) -> Narrowed:
        values = self.cleaned_data
        week = values.get("week")
        return Narrowed(
            unit=values.get("unit"),
            agent=values.get("agent"),
            outcome=values.get("outcome") or "",
            week=week - timedelta(days=week.weekday()) if week else None,
            has_breach=bool(values.get("breached")),
        )


@dataclass(frozen=True)
class Column:
    """One week of the chart."""

    bar: charts.Bar
    url: str
    label: str
    said: str
    is_in_period: bool
    is_running: bool


@dataclass(frozen=True)
class Line:
    """A bar that lies, with its name before and its time behind."""

    name: str
    minutes: int
    count: int
    length: float
    url: str = ""


@login_required
def favours(request: HttpRequest) -> HttpResponse:
    _require_desk(request)
    form = _form(request.GET)
    period = _period(request, form)
    found = reading.figures(request.user, period, at=request.at)
    context = {
        "figures": found,
        "period": period,
        "periods": _periods(period),
        "is_of_team": access.can_see_favours_of_team(request.user),
        "can_export": access.can_export(request.user),
        "weeks": _weeks(found, period),
        "chart": charts.bar_chart([each.minutes / 60 for each in found.weeks]),
        "units": _units(found, period),
        "agents": _agents(found, period),
        "outcomes": [
            (WalkUp.Outcome(name).label, number, _list_url(period, outcome=name))
            for name, number in found.outcomes.items()
        ],
        "all_url": _list_url(period),
        "breached_url": _list_url(period, breached="on"),
        "full_time_hours": reading.FULL_TIME_HOURS,
        "shell": shell(request, path=reverse("favours")),
    }
    return render(request, "tickets/favours.html", context)


@login_required
def favour_list(request: HttpRequest) -> HttpResponse:
    """The favours behind one number. Whoever looks at somebody else's by name leaves a line in the audit."""
    _require_desk(request)
    form = _form(request.GET)
    period, narrowed = _period(request, form), form.narrowed
    rows = reading.rows_of(request.user, period, narrowed, at=request.at)
    page = form.cleaned_data.get("page") or 1
    size = reading.PAGE_SIZE
    shown = list(rows[(page - 1) * size : page * size + 1])
    if narrowed.agent not in (None, request.user.pk) and shown:
        name = str(shown[0].agent)
        listed = request.GET.urlencode()[:1000]
        walkups.note_read(
            by=request.user, at=request.at, name=name, listed=listed, count=len(shown[:size]), is_export=False
        )
    asked = {key: value for key, value in request.GET.items() if key != "page"}
    context = {
        "rows": [(each, access.can_see_helper(request.user, each.agent)) for each in shown[:size]],
        "period": period,
        "what": _what(narrowed, shown),
        "more_url": f"?{urlencode({**asked, 'page': page + 1})}" if len(shown) > size else "",
        "back_url": f"{reverse('favours')}?{urlencode({'period': period.name})}",
        "at": request.at,
        "shell": shell(request, path=reverse("favours")),
    }
    return render(request, "tickets/favour_list.html", context)


@login_required
@require_POST
def favours_file(request: HttpRequest) -> HttpResponseBase:
    """The favours of the period as CSV."""
    _require_desk(request)
    if not access.can_export(request.user):
        raise Http404
    form = _form(request.POST)
    period = _period(request, form)
    rows = reading.rows_of(request.user, period, form.narrowed, at=request.at)
    days = f"{period.begin.isoformat()}_{period.last_day.isoformat()}"
    walkups.note_read(by=request.user, at=request.at, name=days, listed=days, count=rows.count(), is_export=True)
    header = (
        pgettext("favour", "When"),
        gettext("Minutes"),
        pgettext("favour", "Who"),
        gettext("Organisation"),
        pgettext("favour", "What"),
        pgettext("favour", "Then"),
        gettext("Queue"),
        gettext("Ticket"),
        pgettext("favour", "Helped"),
        pgettext("favour", "Filed"),
    )
    return StreamingHttpResponse(
        csv_writer.lines(
            header, reading.cells(request.user, rows), separator=csv_writer.separator_for(get_language() or "")
        ),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="dyzur-favours-{days}.csv"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        },
    )


def _require_desk(request: HttpRequest) -> None:
    if not access.can_log_walk_ups(request.user, request.at):
        raise Http404


def _form(data: Any) -> NarrowForm:
    form = NarrowForm(data)
    form.is_valid()
    return form


def _period(request: HttpRequest, form: NarrowForm) -> Period:
    return reading.period_of(form.cleaned_data.get("period") or "", request.at, ZoneInfo(request.user.time_zone))


def _periods(chosen: Period) -> list[tuple[str, str, bool]]:
    words = {
        "this": gettext("This week"),
        "last": gettext("Last week"),
        "4": gettext("4 weeks"),
        "13": gettext("Quarter"),
    }
    return [(name, words[name], name == chosen.name) for name in reading.PERIODS]


def _list_url(period: Period, **narrowed: Any) -> str:
    return f"{reverse('favour_list')}?{urlencode({'period': period.name, **narrowed})}"


def _weeks(found: Figures, period: Period) -> list[Column]:
    chart = charts.bar_chart([each.minutes / 60 for each in found.weeks])
    running = found.weeks[-1].key
    return [
        Column(
            bar=bar,
            url=_list_url(period, week=each.key.isoformat()),
            label=formats.date_format(each.key, "j.m")
            if get_language() == "pl"
            else formats.date_format(each.key, "j M"),
            said=said_of(each),
            is_in_period=period.begin <= each.key < period.end,
            is_running=each.key == running,
        )
        for each, bar in zip(found.weeks, chart.bars, strict=True)
    ]


def said_of(share: Share) -> str:
    """3 h 05, 12 favours."""
    number = ngettext("%(number)d favour", "%(number)d favours", share.count) % {"number": share.count}
    return f"{minutes_in_words(share.minutes)}, {number}"


def _units(found: Figures, period: Period) -> list[Line]:
    """The units that asked most, and all others together at the end."""
    first, rest = found.units[:UNITS_SHOWN], found.units[UNITS_SHOWN:]
    others = sum(each.minutes for each in rest)
    longest = max((each.minutes for each in first), default=0)
    longest = max(longest, others)
    lines = [
        Line(
            each.name or gettext("Nobody's organisation"),
            each.minutes,
            each.count,
            charts.share(each.minutes, longest),
            _list_url(period, unit=each.key),
        )
        for each in first
    ]
    if rest:
        name = ngettext("%(number)d other", "%(number)d others", len(rest)) % {"number": len(rest)}
        lines.append(Line(name, others, sum(each.count for each in rest), charts.share(others, longest)))
    return lines


def _agents(found: Figures, period: Period) -> list[Line]:
    shares, rest = list(found.agents[:AGENTS_SHOWN]), list(found.agents[AGENTS_SHOWN:])
    rest += [found.unnamed] if found.unnamed else []
    if rest:
        shares.append(Share(None, "", sum(each.minutes for each in rest), sum(each.count for each in rest)))
    longest = max((each.minutes for each in shares), default=0)
    return [
        Line(
            each.name if each.key else gettext("Everybody else"),
            each.minutes,
            each.count,
            charts.share(each.minutes, longest),
            _list_url(period, agent=each.key) if each.key else "",
        )
        for each in shares
    ]


def _what(narrowed: Narrowed, shown: list[WalkUp]) -> str:
    """The number that led here, in words."""
    first = shown[0] if shown else None
    if narrowed.outcome:
        return str(WalkUp.Outcome(narrowed.outcome).label)
    if narrowed.unit is not None:
        return first.organisation.name if first and first.organisation else gettext("Nobody's organisation")
    if narrowed.agent and first:
        return str(first.agent)
    if narrowed.has_breach:
        return gettext("While a promise broke")
    if narrowed.week:
        return gettext("Week of %(day)s") % {"day": _day(narrowed.week)}
    return gettext("All of them")


def _day(day: date) -> str:
    return formats.date_format(day, "j E Y")
