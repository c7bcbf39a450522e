"""Hours and absences: one's own, those of a person of one's teams, and the week of everybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rotations import access, queries
from rotations.actions import being_away, keeping_hours
from rotations.forms.hours import AbsenceForm, HoursForm
from rotations.models import Absence, WorkingHours
from rotations.views.answering import said_if_refused
from rotations.views.words import span_in_words
from rotations.weekly_hours import DAY, Window, clock_time, cut, write_day
from tickets.access import can_use_desk
from tickets.actions.errors import Refused
from tickets.models import User

SHOWN_AFTER = timedelta(days=31)
"""So long after its end an absence is still listed."""


@dataclass(frozen=True)
class Week:
    """One version of a person's hours, as a row."""

    hours: WorkingHours
    days: list[tuple[str, str]]
    is_in_force: bool
    may_remove: bool


@dataclass(frozen=True)
class Cell:
    day: date
    is_today: bool
    stretches: list[str]
    absences: list[str]


@dataclass(frozen=True)
class Row:
    person: User
    cells: list[Cell]
    total: str
    on_duty_until: datetime | None


@login_required
def own_hours(request: HttpRequest) -> HttpResponse:
    if not access.can_keep_absences(request.user):
        raise Http404
    return _page(request, request.user)


@login_required
def person_hours(request: HttpRequest, person_id: int) -> HttpResponse:
    return _page(request, person_of(request, person_id))


@login_required
@require_POST
def save_hours(request: HttpRequest, person_id: int) -> HttpResponse:
    person = person_of(request, person_id)
    if not access.can_keep_hours(person):
        raise Http404
    form = HoursForm(request.POST)
    if not form.is_valid():
        return _page(request, person, hours_form=form)
    values = {name: form.cleaned_data[name] for name in ("zone", "blocks", "valid_from")}
    try:
        keeping_hours.set_hours(person=person, by=request.user, at=request.at, **values)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, person, hours_form=form)
    toasts.success(request, _("Saved."))
    return _back(request, person)


@login_required
@require_POST
def add_absence(request: HttpRequest, person_id: int) -> HttpResponse:
    person = person_of(request, person_id)
    form = _absence_form(request, person, request.POST)
    if not form.is_valid():
        return _page(request, person, absence_form=form)
    starts_at, ends_at = form.span
    told = {"kind": form.cleaned_data["kind"], "note": form.cleaned_data["note"], "zone": form.zone}
    try:
        absence = being_away.add_absence(
            person=person, starts_at=starts_at, ends_at=ends_at, by=request.user, at=request.at, **told
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, person, absence_form=form)
    toasts.success(request, _("Absence entered: %(when)s.") % {"when": span_in_words(absence)})
    return _back(request, person)


@login_required
@require_POST
def remove_hours(request: HttpRequest, number: int) -> HttpResponse:
    hours = _entered(request, WorkingHours, number)
    with said_if_refused(request, _("The week is removed."), undo=reverse("restore_hours", args=[number])):
        keeping_hours.remove_hours(hours=hours, by=request.user, at=request.at)
    return _back(request, hours.person)


@login_required
@require_POST
def restore_hours(request: HttpRequest, number: int) -> HttpResponse:
    hours = _entered(request, WorkingHours, number)
    with said_if_refused(request, _("The week is back.")):
        keeping_hours.restore_hours(hours=hours, by=request.user, at=request.at)
    return _back(request, hours.person)


@login_required
@require_POST
def remove_absence(request: HttpRequest, number: int) -> HttpResponse:
    absence = _entered(request, Absence, number)
    being_away.remove_absence(absence=absence, by=request.user, at=request.at)
    said = _("The absence is removed: %(when)s.") % {"when": span_in_words(absence)}
    toasts.success(request, said, extra_tags=reverse("restore_absence", args=[number]))
    return _back(request, absence.person)


@login_required
@require_POST
def restore_absence(request: HttpRequest, number: int) -> HttpResponse:
    absence = _entered(request, Absence, number)
    with said_if_refused(request, _("The absence is back: %(when)s.") % {"when": span_in_words(absence)}):
        being_away.restore_absence(absence=absence, by=request.user, at=request.at)
    return _back(request, absence.person)


@dataclass(frozen=True)
class WeekOfTeams:
    days: list[date]
    today: date
    rows: list[Row]
    sums: list[tuple[int, str]]
    """Of each day."""


@login_required
def team_hours(request: HttpRequest) -> HttpResponse:
    if not access.can_see_hours_of_teams(request.user):
        raise Http404
    week = week_of(request, request.GET.get("week", ""))
    context = {
        "rows": week.rows,
        "days": week.days,
        "today": week.today,
        "sums": list(zip(week.days, week.sums, strict=True)),
        "present": [row for row in week.rows if row.on_duty_until],
        "first": week.days[0],
        "last": week.days[-1],
        "before": week.days[0] - timedelta(days=7),
        "after": week.days[0] + timedelta(days=7),
        "is_this_week": week.today in week.days,
        "narrowed": {"week": week.days[0]},
    }
    return render(request, "rotations/team_hours.html", context)


def week_of(request: HttpRequest, text: str) -> WeekOfTeams:
    """A week of everybody in one's teams, by the clock of whoever looks."""
    zone, at = timezone.get_current_timezone(), request.at
    today = at.astimezone(zone).date()
    monday = _monday(text, today)
    days = [monday + timedelta(days=number) for number in range(7)]
    edges = [datetime(day.year, day.month, day.day, tzinfo=zone) for day in (*days, monday + timedelta(days=7))]
    people = queries.people_in_sight(request.user)
    ids = [person.pk for person in people]
    there = queries.windows(ids, edges[0], edges[-1])
    away = queries.absences_between(ids, edges[0], edges[-1])
    on_duty = queries.on_duty(at=at)
    rows = [
        Row(
            person=person,
            cells=[
                _cell(day, today, there[person.pk], away.get(person.pk, []), start, end)
                for day, (start, end) in zip(days, pairwise(edges), strict=True)
            ],
            total=hours_in_words(there[person.pk]),
            on_duty_until=on_duty.get(person.pk),
        )
        for person in people
    ]
    sums = [_sum_of([cut(there[person], start, end) for person in ids]) for start, end in pairwise(edges)]
    return WeekOfTeams(days, today, rows, sums)


def _cell(day: date, today: date, there: list[Window], away: list[Absence], start: datetime, end: datetime) -> Cell:
    zone = timezone.get_current_timezone()
    words = []
    for begins, ends in cut(there, start, end):
        local = ends.astimezone(zone)
        last = clock_time(DAY) if ends == end else f"{local:%-H:%M}"
        words.append(f"{begins.astimezone(zone):%-H:%M}–{last}")
    absences = [str(Absence.Kind(each.kind).label) for each in away if each.starts_at < end and each.ends_at > start]
    return Cell(day, day == today, words, list(dict.fromkeys(absences)))


def _sum_of(of_people: list[list[Window]]) -> tuple[int, str]:
    """How many people are there, and how many hours they have together."""
    return sum(bool(each) for each in of_people), hours_in_words([window for each in of_people for window in each])


def hours_in_words(there: list[Window]) -> str:
    minutes = sum(int((end - start).total_seconds()) for start, end in there) // 60
    return _("%(hours)s h") % {"hours": f"{minutes // 60}:{minutes % 60:02}" if minutes % 60 else minutes // 60}


def _monday(text: str, today: date) -> date:
    """The week that a date lies in; this week for anything that is no date, or one too far away."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = today
    if abs(day - today) > timedelta(days=3650):
        day = today
    return day - timedelta(days=day.weekday())


# One person


def _page(
    request: HttpRequest,
    person: User,
    *,
    hours_form: HoursForm | None = None,
    absence_form: AbsenceForm | None = None,
) -> HttpResponse:
    at, is_own = request.at, person.pk == request.user.pk
    versions = queries.hours_of(person) if access.can_keep_hours(person) else []
    context: dict[str, Any] = {
        "person": person,
        "is_own": is_own,
        "weeks": [_week(each, versions, at) for each in versions if _is_worth_showing(each, versions, at)],
        "absences": [
            {"absence": each, "when": span_in_words(each), "is_over": each.ends_at <= at}
            for each in queries.absences_of(person, since=at - SHOWN_AFTER)
        ],
        "absence_form": absence_form or _absence_form(request, person),
        "base": "base_app.html" if can_use_desk(request.user, at) else "base_public.html",
        "is_desk": can_use_desk(request.user, at),
    }
    if access.can_keep_hours(person):
        context["hours_form"] = hours_form or _hours_form(person, versions, at)
    status = 400 if hours_form or absence_form else 200
    return render(request, "rotations/person_hours.html", context, status=status)


def _week(hours: WorkingHours, versions: list[WorkingHours], at: datetime) -> Week:
    blocks = hours.version.blocks
    days = [(str(WEEKDAYS[day]), write_day(each for each in blocks if each.weekday == day)) for day in range(7)]
    return Week(
        hours=hours,
        days=[(name, text.replace("-", "–")) for name, text in days if text],
        is_in_force=queries.in_force(versions, _today(hours.zone, at)) == hours,
        may_remove=keeping_hours.may_remove(hours, at),
    )


def _is_worth_showing(hours: WorkingHours, versions: list[WorkingHours], at: datetime) -> bool:
    """What holds now and what is to come."""
    today = _today(hours.zone, at)
    return hours.valid_from > today or queries.in_force(versions, today) == hours


def _hours_form(person: User, versions: list[WorkingHours], at: datetime) -> HoursForm:
    """Begins with the newest week, to be changed."""
    newest = versions[0] if versions else None
    zone = newest.zone if newest else person.time_zone
    blocks = newest.version.blocks if newest else ()
    days = {f"day_{day}": write_day(each for each in blocks if each.weekday == day) for day in range(7)}
    return HoursForm(initial={**days, "zone": zone, "valid_from": _today(zone, at)})


def _absence_form(request: HttpRequest, person: User, data: Any = None) -> AbsenceForm:
    versions = queries.hours_of(person)[:1]
    zone = versions[0].zone if versions else person.time_zone
    return AbsenceForm(data, zone=zone, today=_today(zone, request.at), initial={"kind": Absence.Kind.HOLIDAY})


def _today(zone: str, at: datetime) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


def person_of(request: HttpRequest, person_id: int) -> User:
    """Whom the reader may enter hours or absences for; nobody else has such a page."""
    person = get_object_or_404(User, pk=person_id, is_active=True)
    if not access.can_enter_for(request.user, person):
        raise Http404
    return person


def _entered(request: HttpRequest, model: type[Any], number: int) -> Any:
    row = get_object_or_404(model.objects.select_related("person"), pk=number)
    if not access.can_enter_for(request.user, row.person):
        raise Http404
    if model is WorkingHours and not access.can_keep_hours(row.person):
        raise Http404
    return row


def _back(request: HttpRequest, person: User) -> HttpResponse:
    return redirect("own_hours") if person.pk == request.user.pk else redirect("person_hours", person.pk)
