"""The dashboard: what will break and why, what was kept, and the list behind every number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
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
from sla import access
from sla.figures import outlook, reading, tallies
from sla.figures.outlook import Picture
from sla.figures.reading import Length, Past, Scope, Share
from sla.templatetags.dashboard import figure_of
from tickets import access as desk_access
from tickets.models import Channel, Priority, Queue, Status, User
from tickets.models.ticket import Metric
from tickets.queries import favours

RISKS_SHOWN = 3
UNITS_SHOWN = 4
FIRST_HOUR, LAST_HOUR = 8, 17
"""Hours that the table of misses always has; others only where something was due in them."""
HEAT = (5, 10, 20, 30)
"""Percent missed from which a cell is one step darker."""


@dataclass(frozen=True)
class Risk:
    """One cause, how many promises at risk it holds, and where it is mended."""

    title: str
    text: str
    count: int
    url: str
    action: str


@dataclass(frozen=True)
class Reckoning:
    """The bound of one team, with everything it is made of."""

    team: str
    breaks: int
    due: int
    doable: int
    people: int
    until: datetime
    hours: float
    lengths: list[tuple[int, float]]
    """So many of so many minutes each."""


@dataclass(frozen=True)
class Line:
    name: str
    share: Share
    url: str


@dataclass(frozen=True)
class Cell:
    hour: int
    share: Share | None
    heat: int
    url: str


@dataclass(frozen=True)
class Week:
    begin: date
    label: str
    share: Share
    opened: int
    solved: int
    url: str
    is_running: bool
    bar: charts.Bar

    @property
    def last_day(self) -> date:
        return self.begin + timedelta(days=6)


@login_required
def dashboard(request: HttpRequest) -> HttpResponse:
    _require(request)
    at, zone = request.at, ZoneInfo(request.user.time_zone)
    scope = reading.scope_of(request.user)
    pictures, as_of = reading.ahead(scope, at)
    past = reading.past(scope, at)
    total = added(pictures.values())
    reckonings = _reckonings(scope, pictures)
    weeks = _weeks(past)
    context = {
        "scope": scope,
        "at": at,
        "as_of": as_of,
        "total": total,
        "states": [(Status(name).label, number, _queue_search(f"is:{name}")) for name, number in _states(total)],
        "reasons": total.reasons[: outlook.REASONS_KEPT],
        "ages": _ages(total),
        "reckonings": reckonings,
        "breaks": sum(each.breaks for each in reckonings),
        "sentence": _sentence(reckonings, at, zone),
        "risks": _risks(scope, pictures, zone),
        "overdue_url": f"{reverse('queue')}?view=overdue",
        "at_risk_url": f"{reverse('queue')}?view=at_risk",
        "hopeless": sum(each.hopeless for each in pictures.values() if each.bound),
        "last_sweep": reading.last_sweep(at),
        "past": past,
        "has_past": bool(past.by_week),
        "lengths": _lengths(past),
        "weeks": weeks,
        "chart": charts.bar_chart([100, *(week.share.percent or 0 for week in weeks)], width=420, height=150),
        "heat_hours": _hours(past),
        "heat": _heat(past),
        "breakdowns": _breakdowns(scope, past),
        "first_week": past.weeks[0],
        "last_day": past.weeks[-1] - timedelta(days=1),
        "favours": _favours(request.user, at, zone),
        "can_export": desk_access.can_export(request.user),
    }
    if request.htmx and request.GET.get("part") == "ahead":
        return render(request, "sla/_renewed.html", context | {"is_renewal": True})
    return render(request, "sla/dashboard.html", context)


class BrokenForm(forms.Form):
    by = forms.ChoiceField(choices=[(name, name) for name in reading.BY])
    key = forms.RegexField(r"^[A-Za-z0-9_-]{0,20}$", required=False)
    week = forms.DateField(required=False)
    page = forms.IntegerField(required=False, min_value=1, max_value=1000)


@login_required
def broken_promises(request: HttpRequest) -> HttpResponse:
    """The broken promises behind one number of the dashboard."""
    _require(request)
    form = BrokenForm(request.GET)
    if not form.is_valid():
        raise Http404
    by, key, week = form.cleaned_data["by"], form.cleaned_data["key"], form.cleaned_data["week"]
    if by in ("queue", "policy", "priority") and not key.isdecimal():
        raise Http404
    shown = tallies.weeks(request.at)
    weeks = [week - timedelta(days=week.weekday())] if week else shown[:-1]
    scope = reading.scope_of(request.user)
    rows = reading.broken(request.user, scope, by=by, key=key, weeks=weeks, at=request.at)
    page = form.cleaned_data["page"] or 1
    found = list(rows[(page - 1) * reading.PAGE_SIZE : page * reading.PAGE_SIZE + 1])
    asked = {name: value for name, value in request.GET.items() if name != "page"}
    context = {
        "rows": found[: reading.PAGE_SIZE],
        "what": _name_of(by, key, scope),
        "first_day": weeks[0],
        "last_day": weeks[-1] + timedelta(days=6),
        "more_url": f"?{urlencode({**asked, 'page': page + 1})}" if len(found) > reading.PAGE_SIZE else "",
        "at": request.at,
    }
    return render(request, "sla/broken_promises.html", context)


@login_required
@require_POST
def dashboard_file(request: HttpRequest) -> HttpResponseBase:
    """The weekly figures as CSV: one line for each week and figure."""
    _require(request)
    if not desk_access.can_export(request.user):
        raise Http404
    scope = reading.scope_of(request.user)
    past = reading.past(scope, request.at)
    days = f"{past.weeks[0].isoformat()}_{request.at.astimezone(tallies.zone()).date().isoformat()}"
    header = (
        pgettext("dashboard", "Week from"), pgettext("dashboard", "What"), pgettext("dashboard", "Which"),
        gettext("Count"), pgettext("dashboard", "Kept"), gettext("Minutes"),
    )  # fmt: skip
    return StreamingHttpResponse(
        csv_writer.lines(header, _file_rows(scope, past), separator=csv_writer.separator_for(get_language() or "")),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="dyzur-dashboard-{days}.csv"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        },
    )


def _require(request: HttpRequest) -> None:
    if not access.can_see_dashboard(request.user):
        raise Http404


# What lies ahead


def added(pictures: Any) -> Picture:
    """The numbers of several teams together."""
    total = Picture(ages=dict.fromkeys(outlook.AGES, 0))
    for each in pictures:
        for name in ("open", "nobody", "overdue", "at_risk", "breached_today", "on_duty", "free", "rest"):
            setattr(total, name, getattr(total, name) + getattr(each, name))
        for age, number in each.ages.items():
            total.ages[age] = total.ages.get(age, 0) + number
        for state, number in each.states.items():
            total.states[state] = total.states.get(state, 0) + number
        total.reasons += each.reasons
        if each.oldest_due:
            total.oldest_due = min(total.oldest_due or each.oldest_due, each.oldest_due)
    total.reasons.sort(key=lambda reason: (-reason[1], reason[0]))
    return total


def _reckonings(scope: Scope, pictures: dict[int, Picture]) -> list[Reckoning]:
    names = dict(scope.teams)
    found = [
        Reckoning(
            team=names[team],
            breaks=each.bound["breaks"],
            due=each.bound["due"],
            doable=each.bound["doable"],
            people=each.bound["people"],
            until=datetime.fromisoformat(each.bound["until"]),
            hours=each.bound["capacity_s"] / 3600,
            lengths=[(count, seconds / 60) for seconds, count in each.bound["lengths"]],
        )
        for team, each in pictures.items()
        if each.bound
    ]
    return sorted(found, key=lambda each: -each.breaks)


def _sentence(reckonings: list[Reckoning], at: datetime, zone: ZoneInfo) -> str:
    """The bad news first, with its number; or that there is none."""
    breaks = sum(each.breaks for each in reckonings)
    until = max((each.until for each in reckonings), default=at + outlook.HORIZON).astimezone(zone)
    values = {"number": breaks, "time": formats.date_format(until, "G:i")}
    is_today = until.date() == at.astimezone(zone).date()
    if not breaks:
        return gettext("Everything that is due by tomorrow %(time)s can still be kept.") % values
    if is_today:
        return ngettext(
            "At least %(number)d promise will break by %(time)s",
            "At least %(number)d promises will break by %(time)s",
            breaks,
        ) % values  # fmt: skip
    return ngettext(
        "At least %(number)d promise will break by tomorrow %(time)s",
        "At least %(number)d promises will break by tomorrow %(time)s",
        breaks,
    ) % values  # fmt: skip


def _risks(scope: Scope, pictures: dict[int, Picture], zone: ZoneInfo) -> list[Risk]:
    """The first cause that holds, each with what helps; the ones that hold most first, everything else at the end."""
    queues = {
        row.pk: row for row in Queue.objects.filter(pk__in=[pk for pk, _name in scope.queues]).only("name", "slug")
    }
    overloaded = [each for picture in pictures.values() for each in picture.overloaded]
    people = {row.pk: row for row in User.objects.filter(pk__in={each["person"] for each in overloaded})}
    risks = []
    for each in (row for picture in pictures.values() for row in picture.without_anybody):
        queue, channel = queues[each["queue"]], Channel(each["channel"]).label
        until = datetime.fromisoformat(each["until"]).astimezone(zone) if each["until"] else None
        names = {"channel": channel, "queue": queue.name, "time": formats.date_format(until, "D G:i") if until else ""}
        title = (
            gettext("Nobody on %(channel)s until %(time)s") if until else gettext("Nobody on %(channel)s within a day")
        )
        url = f"{reverse('queue')}?{urlencode({'view': 'at_risk', 'queue': queue.pk, 'channel': each['channel']})}"
        risks.append(Risk(title % names, queue.name, each["count"], url, gettext("Share out")))
    for each in overloaded:
        person = people.get(each["person"])
        if person is None:
            continue
        text = gettext("%(doable)d of %(count)d can be kept by one person") % each
        query = f"is:at_risk assignee:{person.email}"
        title = gettext("%(name)s has too much in hand") % {"name": person}
        risks.append(Risk(title, text, each["count"], _queue_search(query), gettext("Reassign")))
    risks.sort(key=lambda risk: -risk.count)
    shown, others = risks[:RISKS_SHOWN], risks[RISKS_SHOWN:]
    if others:
        url = f"{reverse('queue')}?view=at_risk"
        shown.append(
            Risk(
                gettext("Other causes like these"),
                "",
                sum(each.count for each in others),
                url,
                pgettext("tickets", "Show"),
            )
        )
    free = sum(each.free for each in pictures.values())
    if free:
        url = _queue_search("is:at_risk is:unassigned")
        shown.append(
            Risk(gettext("Nobody has taken them"), gettext("Somebody is there who could"), free, url, gettext("Assign"))
        )
    rest = sum(each.rest for each in pictures.values())
    if rest:
        text = gettext("In somebody's hands, and there is time")
        shown.append(
            Risk(
                gettext("Everything else"),
                text,
                rest,
                _queue_search("is:at_risk is:assigned"),
                pgettext("tickets", "Show"),
            )
        )
    return shown


def _queue_search(query: str) -> str:
    return f"{reverse('search')}?{urlencode({'q': query})}"


def _states(total: Picture) -> list[tuple[str, int]]:
    return [
        (str(state), total.states.get(state, 0)) for state in (Status.NEW, Status.OPEN, Status.WAITING, Status.ON_HOLD)
    ]


def _ages(total: Picture) -> list[tuple[str, int, float, str]]:
    words = {
        "1": (gettext("less than a day"), "created<1d"),
        "3": (gettext("1 to 3 days"), "created>1d created<3d"),
        "7": (gettext("3 to 7 days"), "created>3d created<7d"),
        "28": (gettext("1 to 4 weeks"), "created>7d created<28d"),
        "more": (gettext("more than 4 weeks"), "created>28d"),
    }
    longest = max(total.ages.values(), default=0)
    return [
        (words[age][0], number, charts.share(number, longest), _queue_search(f"is:unsolved {words[age][1]}"))
        for age, number in total.ages.items()
    ]


# What was


def _broken_url(by: str, key: str = "", week: date | None = None) -> str:
    asked = {"by": by, "key": key, "week": week.isoformat() if week else ""}
    return f"{reverse('broken_promises')}?{urlencode({name: value for name, value in asked.items() if value})}"


def _weeks(past: Past) -> list[Week]:
    shares = [past.by_week.get(week, Share()) for week in past.weeks]
    chart = charts.bar_chart([100, *(share.percent or 0 for share in shares)], width=420, height=150)
    pattern = "j.m" if get_language() == "pl" else "j M"
    return [
        Week(
            begin=week,
            label=formats.date_format(week, pattern),
            share=share,
            opened=past.opened.get(week, 0),
            solved=past.solved.get(week, 0),
            url=_broken_url("kept", week=week),
            is_running=week == past.weeks[-1],
            bar=bar,
        )
        for week, share, bar in zip(past.weeks, shares, chart.bars[1:], strict=True)
    ]


def _hours(past: Past) -> list[int]:
    there = {int(key.partition("-")[2]) for key in past.by.get("hour", {})}
    return sorted(there | set(range(FIRST_HOUR, LAST_HOUR + 1)))


def _heat(past: Past) -> list[tuple[str, list[Cell]]]:
    """Rows of weekdays, Saturday and Sunday only where something was due."""
    by_hour = past.by.get("hour", {})
    days = sorted({1, 2, 3, 4, 5} | {int(key.partition("-")[0]) for key in by_hour})
    a_monday = date(2026, 3, 9)
    rows = []
    for day in days:
        cells = []
        for hour in _hours(past):
            key = f"{day}-{hour:02}"
            share = by_hour.get(key)
            missed = 100 - (share.percent or 0) if share else 0
            heat = 1 + sum(missed >= step for step in HEAT)
            cells.append(Cell(hour, share, heat, _broken_url("hour", key)))
        rows.append((formats.date_format(a_monday + timedelta(days=day - 1), "D"), cells))
    return rows


def _breakdowns(scope: Scope, past: Past) -> list[tuple[str, list[Line]]]:
    titles = {
        "queue": gettext("By queue"),
        "channel": gettext("By channel"),
        "priority": gettext("By priority"),
        "metric": gettext("By promise"),
        "policy": gettext("By policy"),
    }
    names = {by: _names(by, scope) for by in titles}
    found = []
    for by, title in titles.items():
        shares = past.by.get(by, {})
        ordered = sorted(shares.items(), key=lambda item: (item[1].percent or 0, item[0]))
        lines = [Line(names[by].get(key, key), share, _broken_url(by, key)) for key, share in ordered]
        if lines:
            found.append((title, lines))
    return found


def _names(by: str, scope: Scope) -> dict[str, str]:
    if by == "queue":
        return {str(pk): name for pk, name in scope.queues}
    if by == "policy":
        return reading.policy_names()
    choices: Any = {"channel": Channel, "priority": Priority, "metric": Metric}[by].choices
    return {str(value): str(label) for value, label in choices}


def _name_of(by: str, key: str, scope: Scope) -> str:
    if by == "kept":
        return gettext("All promises")
    if by != "hour":
        return _names(by, scope).get(key, key)
    day, _dash, hour = key.partition("-")
    if not (day.isdecimal() and 1 <= int(day) <= 7 and hour.isdecimal() and int(hour) < 24):
        raise Http404
    weekday = formats.date_format(date(2026, 3, 8) + timedelta(days=int(day)), "l")
    return f"{weekday}, {int(hour)}:00–{int(hour)}:59"


def _lengths(past: Past) -> list[tuple[str, Length, Length]]:
    """First replies and solving: by working hours, and by the calendar."""
    lengths = past.lengths
    return [
        (str(title), lengths.get(f"{what}_work", Length()), lengths.get(f"{what}_wall", Length()))
        for what, title in (("reply", Metric.FIRST_RESPONSE.label), ("solve", pgettext("length", "Solved")))
    ]


def _favours(user: User, at: datetime, zone: ZoneInfo) -> dict[str, Any] | None:
    """Last week's, for whoever sees those of a team."""
    if not desk_access.can_see_favours_of_team(user):
        return None
    found = favours.of_last_week(user, at=at, zone=zone)
    longest = max((share.minutes for share in found.units), default=0)
    units = [(share.name or gettext("Nobody's organisation"), share, charts.share(share.minutes, longest))
             for share in found.units[:UNITS_SHOWN]]  # fmt: skip
    return {"found": found, "units": units}


# The file


def _file_rows(scope: Scope, past: Past) -> Iterator[list[Any]]:
    for week in past.weeks:
        share = past.by_week.get(week, Share())
        yield [week, gettext("Promises"), gettext("All"), share.count, share.good, ""]
        yield [week, pgettext("dashboard", "Came"), "", past.opened.get(week, 0), "", ""]
        yield [week, pgettext("dashboard", "Solved"), "", past.solved.get(week, 0), "", ""]
    first = past.weeks[0]
    for title, lines in _breakdowns(scope, past):
        for line in lines:
            yield [first, title, line.name, line.share.count, line.share.good, ""]
    for row_title, cells in _heat(past):
        for cell in cells:
            if cell.share:
                yield [
                    first,
                    pgettext("dashboard", "When"),
                    f"{row_title} {cell.hour}:00",
                    cell.share.count,
                    cell.share.good,
                    "",
                ]
    for title, work, wall in _lengths(past):
        for kind, length in ((gettext("working hours"), work), (gettext("calendar"), wall)):
            yield [first, title, f"{kind}, {gettext('median')}", length.count, "", figure_of(length.median)]
            yield [first, title, f"{kind}, p90", length.count, "", figure_of(length.p90)]
    yield [first, gettext("Solved for good"), "", past.stayed.count, past.stayed.good, ""]
    yield [first, gettext("Solved by the first answer"), "", past.first_contact.count, past.first_contact.good, ""]
