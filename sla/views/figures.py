"""Shares, lengths and weeks as the dashboard and the weekly report show them, each with the lists behind it. No queries
but for the names of policies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils import formats
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext, pgettext

from helpdesk.lib import charts
from sla.figures import reading
from sla.figures.reading import Length, Past, Scope, Share
from sla.intervals import FEW
from tickets.models import Channel, Priority
from tickets.models.ticket import Metric

FIRST_HOUR, LAST_HOUR = 8, 17
"""Hours that the table of misses always has; others only where something was due in them."""
HEAT = (5, 10, 20, 30)
"""Percent missed from which a cell is one step darker."""


@dataclass(frozen=True)
class Line:
    name: str
    share: Share
    url: str
    all_url: str


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
    """Broken ones."""
    all_url: str
    came_url: str
    solved_url: str
    is_running: bool
    bar: charts.Bar

    @property
    def last_day(self) -> date:
        return self.begin + timedelta(days=6)


@dataclass(frozen=True)
class Lengths:
    """By working hours, and by the calendar."""

    title: str
    work: Length
    wall: Length
    url: str

    @property
    def is_few(self) -> bool:
        return self.work.count < FEW


def promises_url(by: str, key: str = "", week: date | None = None, which: str = "") -> str:
    """The list of promises behind a number: broken ones, unless ``which`` says kept or all."""
    asked = {"by": by, "key": key, "week": week.isoformat() if week else "", "which": which}
    return f"{reverse('broken_promises')}?{urlencode({name: value for name, value in asked.items() if value})}"


def tickets_url(of: str, *, key: str = "", week: date | None = None) -> str:
    asked = {"of": of, "key": key, "week": week.isoformat() if week else ""}
    return f"{reverse('dashboard_tickets')}?{urlencode({name: value for name, value in asked.items() if value})}"


def weeks_of(past: Past) -> list[Week]:
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
            url=promises_url("kept", week=week),
            all_url=promises_url("kept", week=week, which="all"),
            came_url=tickets_url("came", week=week),
            solved_url=tickets_url("solved", week=week),
            is_running=week == past.weeks[-1],
            bar=bar,
        )
        for week, share, bar in zip(past.weeks, shares, chart.bars[1:], strict=True)
    ]


def hours(past: Past) -> list[int]:
    there = {int(key.partition("-")[2]) for key in past.by.get("hour", {})}
    return sorted(there | set(range(FIRST_HOUR, LAST_HOUR + 1)))


def heat(past: Past, week: date | None = None) -> list[tuple[str, list[Cell]]]:
    """Rows of weekdays, Saturday and Sunday only where something was due."""
    by_hour = past.by.get("hour", {})
    days = sorted({1, 2, 3, 4, 5} | {int(key.partition("-")[0]) for key in by_hour})
    a_monday = date(2026, 3, 9)
    rows = []
    for day in days:
        cells = []
        for hour in hours(past):
            key = f"{day}-{hour:02}"
            share = by_hour.get(key)
            missed = 100 - (share.percent or 0) if share else 0
            heat = 1 + sum(missed >= step for step in HEAT)
            which = "" if share and share.missed else "all"
            cells.append(Cell(hour, share, heat, promises_url("hour", key, week, which)))
        rows.append((formats.date_format(a_monday + timedelta(days=day - 1), "D"), cells))
    return rows


def breakdowns(
    scope: Scope, past: Past, week: date | None = None, *, policies: dict[str, str] | None = None
) -> list[tuple[str, list[Line]]]:
    """``policies``: their names by number, where they are known already."""
    titles = {
        "queue": gettext("By queue"),
        "channel": gettext("By channel"),
        "priority": gettext("By priority"),
        "metric": gettext("By promise"),
        "policy": gettext("By policy"),
    }
    named = {by: policies if by == "policy" and policies is not None else names(by, scope) for by in titles}
    found = []
    for by, title in titles.items():
        shares = past.by.get(by, {})
        ordered = sorted(shares.items(), key=lambda item: (item[1].percent or 0, item[0]))
        lines = [
            Line(named[by].get(key, key), share, promises_url(by, key, week), promises_url(by, key, week, "all"))
            for key, share in ordered
        ]
        if lines:
            found.append((title, lines))
    return found


def names(by: str, scope: Scope) -> dict[str, str]:
    if by == "queue":
        return {str(pk): name for pk, name in scope.queues}
    if by == "policy":
        return reading.policy_names()
    choices: Any = {"channel": Channel, "priority": Priority, "metric": Metric}[by].choices
    return {str(value): str(label) for value, label in choices}


def name_of(by: str, key: str, scope: Scope) -> str:
    if by == "kept":
        return gettext("All promises")
    if by != "hour":
        return names(by, scope).get(key, key)
    day, _dash, hour = key.partition("-")
    if not (day.isdecimal() and 1 <= int(day) <= 7 and hour.isdecimal() and int(hour) < 24):
        raise Http404
    weekday = formats.date_format(date(2026, 3, 8) + timedelta(days=int(day)), "l")
    return f"{weekday}, {int(hour)}:00–{int(hour)}:59"


def lengths_of(past: Past, week: date | None = None) -> list[Lengths]:
    """First replies and solving."""
    lengths = past.lengths
    return [
        Lengths(
            str(title),
            lengths.get(f"{what}_work", Length()),
            lengths.get(f"{what}_wall", Length()),
            tickets_url(what, week=week),
        )
        for what, title in (("reply", Metric.FIRST_RESPONSE.label), ("solve", pgettext("length", "Solved")))
    ]
