"""What planners do: programmes with their patterns, rounds, and who is placed where."""

from __future__ import annotations

from datetime import date, timedelta

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rotations import access
from rotations.actions import leaving, programmes, rounds
from rotations.forms.duties import PatternForm, ProgrammeForm, RoundForm
from rotations.models import Duty, Pattern, Programme, Round
from rotations.views.answering import said_if_refused
from rotations.views.duties import page
from rotations.views.planning import planned_round
from tickets.actions.errors import Refused


@login_required
@require_POST
def step_round(request: HttpRequest, number: int) -> HttpResponse:
    of = planned_round(request, number)
    to = request.POST.get("to", "")
    with said_if_refused(request):
        rounds.move_on(of=of, to=to, by=request.user, at=request.at)
    return redirect("round", of.pk)


@login_required
@require_POST
def write_rules(request: HttpRequest, number: int) -> HttpResponse:
    of = planned_round(request, number)
    text = request.POST.get("text", "").replace("\x00", "").strip()[:10_000]
    if not text:
        toasts.error(request, _("Write the rules: people read them before they sign up."))
        return redirect("round", of.pk)
    with said_if_refused(request):
        rounds.write_rules(of=of, text=text, by=request.user, at=request.at)
    return redirect("round", of.pk)


@login_required
@require_POST
def call_off(request: HttpRequest, number: int) -> HttpResponse:
    duty = get_object_or_404(Duty.objects.select_related("shift"), pk=number)
    of = planned_round(request, duty.shift.round_id)
    with said_if_refused(request):
        leaving.call_off(duty=duty, by=request.user, at=request.at)
    return redirect("round", of.pk)


# Programmes


@login_required
def new_programme(request: HttpRequest) -> HttpResponse:
    if not access.can_plan_any(request.user):
        raise Http404
    return _programme(request, None)


@login_required
def programme(request: HttpRequest, number: int) -> HttpResponse:
    return _programme(request, _planned(request, number))


def _programme(request: HttpRequest, row: Programme | None, pattern: PatternForm | None = None) -> HttpResponse:
    is_saved = request.method == "POST" and pattern is None
    form = ProgrammeForm(request.POST if is_saved else None, instance=row, by=request.user)
    if is_saved and form.is_valid():
        try:
            values = form.cleaned_data | {"part_edges": form.cleaned_data["parts"]}
            saved = programmes.save(programme=row, by=request.user, at=request.at, **values)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            toasts.success(request, _("Saved."))
            return redirect("programme", saved.pk)
    context = {
        "programme": row,
        "form": form,
        "patterns": row.patterns.order_by("first_weekday", "starts", "id") if row else (),
        "pattern": pattern or PatternForm(),
    }
    is_refused = bool(pattern) or bool(form.errors)
    return page(request, "rotations/programme.html", context, status=400 if is_refused else 200)


@login_required
@require_POST
def add_pattern(request: HttpRequest, number: int) -> HttpResponse:
    row, form = _planned(request, number), PatternForm(request.POST)
    if form.is_valid():
        starts, ends = form.cleaned_data.pop("hours")
        values = {**form.cleaned_data, "starts": starts, "ends": ends}
        try:
            programmes.add_pattern(programme=row, by=request.user, at=request.at, **values)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("programme", row.pk)
    return _programme(request, row, form)


@login_required
@require_POST
def remove_pattern(request: HttpRequest, number: int) -> HttpResponse:
    pattern = get_object_or_404(Pattern.objects.select_related("programme"), pk=number)
    row = _planned(request, pattern.programme_id)
    programmes.remove_pattern(pattern=pattern, by=request.user, at=request.at)
    return redirect("programme", row.pk)


@login_required
def new_round(request: HttpRequest, number: int) -> HttpResponse:
    row = _planned(request, number)
    like = _round_like(request, row)
    form = RoundForm(request.POST or None, initial={"rules": _last_rules(row), **(_dates_after(like) if like else {})})
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in ("starts_on", "ends_on", "rules")}
        ends = form.signup_ends_at(row.zone)
        try:
            made = rounds.make_round(
                programme=row, signup_ends_at=ends, by=request.user, at=request.at, like=like, **values
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("round", made.pk)
    context = {"programme": row, "form": form, "like": like}
    return page(request, "rotations/new_round.html", context, status=400 if form.errors else 200)


def _round_like(request: HttpRequest, of: Programme) -> Round | None:
    number = request.GET.get("like", "")
    return of.rounds.filter(pk=number).first() if number.isascii() and number.isdigit() and len(number) < 10 else None


def _dates_after(like: Round) -> dict[str, date]:
    """The same weekdays, whole weeks later; the sign-up ends two weeks before."""
    weeks = timedelta(weeks=(like.ends_on - like.starts_on).days // 7 + 1)
    starts_on = like.starts_on + weeks
    return {"starts_on": starts_on, "ends_on": like.ends_on + weeks, "signup_until": starts_on - timedelta(days=14)}


def _last_rules(of: Programme) -> str:
    last = of.rounds.order_by("-number").first()
    rules = last.rules.order_by("-number").first() if last else None
    return rules.text if rules else ""


def _planned(request: HttpRequest, number: int) -> Programme:
    found = get_object_or_404(Programme.objects.select_related("team"), pk=number)
    if not access.can_plan(request.user, found):
        raise Http404
    return found
