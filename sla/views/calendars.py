"""Calendars of working time: the list, and one with its hours, the days that differ and the next weeks drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages as toasts
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from sla import access, days_files, public_holidays, queries
from sla.actions import editing, keeping
from sla.business_time import BusinessCalendar
from sla.forms import CalendarForm, DayRows, write_spans, zones
from sla.models import Calendar
from sla.views.doors import for_who_keeps, for_who_sees
from sla.views.edits import begun, removal_begun
from sla.views.words import compared, in_lines
from tickets.actions.errors import Refused

WEEKS = 4
DAY_MIN = 24 * 60


@dataclass(frozen=True)
class Day:
    """One date as it is drawn: ``bars`` are where it is open, in minutes of the day, as texts for SVG."""

    day: date
    hours: list[str]
    bars: list[tuple[str, str]]
    name: str
    is_today: bool
    is_special: bool


@for_who_sees
def calendars(request: HttpRequest) -> HttpResponse:
    rows = [(each, week_in_words(each.version), each.used) for each in queries.calendars()]
    context = {"rows": rows, "may_keep": access.can_keep_promises(request.user)}
    return render(request, "sla/calendars.html", context)


@for_who_keeps
def new_calendar(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _typed(request, None)
    days = {f"day_{day}": "08:00-16:00" if day < 5 else "" for day in range(7)}
    return _page(request, None, CalendarForm(initial={"zone": request.user.time_zone, **days}), DayRows([]))


@for_who_sees
def calendar(request: HttpRequest, number: int) -> HttpResponse:
    found = get_object_or_404(queries.calendars_in_force(), pk=number)
    if request.method == "POST":
        return for_who_keeps(_typed)(request, found)
    values = keeping.values_of_calendar(found)
    return _page(request, found, _form_of(values), DayRows.stored(values["exceptions"], values["names"]))


@for_who_keeps
@require_POST
def remove_calendar(request: HttpRequest, number: int) -> HttpResponse:
    """What follows from it is seen first."""
    return removal_begun(request, "calendar", get_object_or_404(queries.calendars_in_force(), pk=number).pk)


def _form_of(values: keeping.Values) -> CalendarForm:
    hours = {f"day_{day}": write_spans(values["weekly"].get(str(day), [])) for day in range(7)}
    return CalendarForm(initial={"name": values["name"], "zone": values["zone"], **hours})


def _typed(request: HttpRequest, found: Calendar | None) -> HttpResponse:
    """What was pressed: something that adds rows to the form and keeps nothing yet, or the change itself."""
    form, rows = CalendarForm(request.POST), DayRows.typed(request.POST)
    act = request.POST.get("act", "")
    more: dict[str, Any] = {}
    if act == "suggest":
        more = _suggest(request, form, rows)
    elif act == "import":
        more = _import(request, rows)
    elif act.startswith("remove-") and act[7:].isdecimal():
        rows.rows = [row for place, row in enumerate(rows.rows) if place != int(act[7:])]
    if act:
        if not rows.rows:
            more |= {"no_days": True}
        return _page(request, found, CalendarForm(initial=request.POST.dict()), rows, **more)
    is_right = rows.check()
    if not form.is_valid() or not is_right:
        return _page(request, found, form, rows, status=400)
    values = {
        **{name: form.cleaned_data[name] for name in ("name", "zone", "weekly")},
        "exceptions": rows.exceptions,
        "names": rows.names,
    }
    try:
        if found is None:
            made = keeping.make_calendar(**editing.hours_from(values), by=request.user, at=request.at)
            toasts.success(request, _("Saved."))
            return redirect("calendar", made.pk)
        edit = editing.propose(
            kind="calendar",
            target=found.pk,
            base=request.POST.get("base", ""),
            proposed=values,
            by=request.user,
            at=request.at,
        )
    except editing.ChangedMeanwhile as refusal:
        theirs = compared("calendar", values, keeping.values_of_calendar(found)) if found else []
        return _page(request, found, form, rows, status=409, refusal=str(refusal), theirs=theirs)
    except (Refused, ValueError) as refusal:
        form.add_error(None, str(refusal))
        return _page(request, found, form, rows, status=400)
    return begun(request, edit)


def _page(
    request: HttpRequest, found: Calendar | None, form: CalendarForm, rows: DayRows, status: int = 200, **more: Any
) -> HttpResponse:
    values = keeping.values_of_calendar(found) if found else {}
    drawn = _drawn(request, found, form, rows)
    country = request.POST.get("country", "PL" if get_language() == "pl" else "GB")
    context = {
        "calendar": found,
        "used_by": queries.policies_counting_by(found) if found else [],
        "form": form,
        "rows": rows,
        "base": editing.fingerprint(values),
        "stored": values,
        "stored_days": DayRows.stored(values.get("exceptions", {}), values.get("names", {})).rows,
        "week": week_in_words(found.versions.get(replaced_at=None)) if found else [],
        "zones": zones(),
        "weeks": _weeks(drawn, request.at) if drawn else [],
        "history": in_lines(queries.history_of("calendar", found.pk)) if found else [],
        "may_keep": access.can_keep_promises(request.user),
        "country": country,
        "countries": public_holidays.countries(get_language() or "en"),
        "region": request.POST.get("region", ""),
        "regions": public_holidays.regions(country),
        "at": request.at,
        **more,
    }
    return render(request, "sla/calendar.html", context, status=status)


@dataclass(frozen=True)
class Drawn:
    hours: BusinessCalendar
    zone: str
    special: frozenset[str]
    names: dict[str, str]


def _drawn(request: HttpRequest, found: Calendar | None, form: CalendarForm, rows: DayRows) -> Drawn | None:
    """The hours as they are typed where they can be read, else as they hold."""
    typed = CalendarForm(request.POST) if request.method == "POST" else CalendarForm(form.initial)
    wanted = DayRows([replace(row) for row in rows.rows])
    wanted.check()
    if typed.is_valid():
        values = {name: typed.cleaned_data[name] for name in ("name", "zone", "weekly")}
        hours = editing.hours_from({**values, "exceptions": wanted.exceptions, "names": {}})
        try:
            compiled = BusinessCalendar(hours["zone"], hours["weekly"], hours["exceptions"])
        except ValueError:
            pass
        else:
            return Drawn(compiled, values["zone"], frozenset(wanted.exceptions), wanted.names)
    if found is None:
        return None
    version = found.versions.get(replaced_at=None)
    return Drawn(queries.compiled(version), version.zone, frozenset(version.exceptions), version.names)


def _weeks(drawn: Drawn, at: datetime) -> list[list[Day]]:
    today = at.astimezone(ZoneInfo(drawn.zone)).date()
    monday = today - timedelta(days=today.weekday())
    days = [[monday + timedelta(days=week * 7 + number) for number in range(7)] for week in range(WEEKS)]
    return [[_day(drawn, day, today) for day in week] for week in days]


def _day(drawn: Drawn, day: date, today: date) -> Day:
    zone = ZoneInfo(drawn.zone)
    start, end = (datetime(each.year, each.month, each.day, tzinfo=zone) for each in (day, day + timedelta(days=1)))
    words, bars = [], []
    for opens, closes in drawn.hours.windows(start, end):
        first, last = opens.astimezone(zone), closes.astimezone(zone)
        until = "24:00" if last.date() != day else f"{last:%-H:%M}"
        words.append(f"{first:%-H:%M}–{until}")
        begins = first.hour * 60 + first.minute
        ends = DAY_MIN if last.date() != day else last.hour * 60 + last.minute
        bars.append((str(begins), str(max(ends - begins, 1))))
    name = drawn.names.get(day.isoformat(), "")
    return Day(day, words, bars, name, day == today, day.isoformat() in drawn.special)


def week_in_words(version: Any) -> list[tuple[str, str]]:
    """The days that have hours, those of the same hours together: Monday–Friday 8:00–16:00."""
    found: list[tuple[int, int, str]] = []
    for day in range(7):
        if text := write_spans(version.weekly.get(str(day), [])).replace("-", "–"):
            if found and found[-1][1] == day - 1 and found[-1][2] == text:
                found[-1] = found[-1][0], day, text
            else:
                found.append((day, day, text))
    return [
        (str(WEEKDAYS_ABBR[first]) if first == last else f"{WEEKDAYS_ABBR[first]}–{WEEKDAYS_ABBR[last]}", text)
        for first, last, text in found
    ]


def _suggest(request: HttpRequest, form: CalendarForm, rows: DayRows) -> dict[str, Any]:
    """Public holidays of this year and the next join the rows; on days without hours they would change nothing."""
    country, region = request.POST.get("country", ""), request.POST.get("region", "")
    if region not in dict(public_holidays.regions(country)):
        region = ""
    year = request.at.year
    try:
        found = public_holidays.suggested(country, region, (year, year + 1), get_language() or "en")
    except KeyError:
        return {"days_refusal": _("There is no such country in the list.")}
    working = {day for day in range(7) if request.POST.get(f"day_{day}", "").strip()}
    ahead = {day: name for day, name in found.items() if day >= request.at.date() and day.weekday() in working}
    return {"days_said": _joined(rows.add(ahead))}


def _import(request: HttpRequest, rows: DayRows) -> dict[str, Any]:
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        return {"days_refusal": _("Choose a file first.")}
    try:
        names, hours = days_files.read(file.read(days_files.LARGEST_FILE + 1), file.name or "")
    except days_files.WrongFile as wrong:
        return {"days_refusal": str(wrong)}
    return {"days_said": _joined(rows.add(names, hours))}


def _joined(number: int) -> str:
    if not number:
        return _("All of these days stand here already.")
    return ngettext(
        "%(number)s day was added below. Nothing is saved yet.",
        "%(number)s days were added below. Nothing is saved yet.",
        number,
    ) % {"number": number}
