"""What planners do: programmes with their patterns, rounds, and who is placed where."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_POST

from rotations import access
from rotations.actions import leaving, placing, programmes, rounds
from rotations.forms.duties import PatternForm, PlaceForm, ProgrammeForm, RoundForm
from rotations.models import Duty, Pattern, Programme, Round, Shift
from rotations.queries import rounds as queries
from rotations.views.answering import said_if_refused
from rotations.views.duties import channel_names, page
from tickets.actions.errors import Refused

State = Round.State
STEPS: dict[str, Any] = {
    State.SIGNUP: pgettext_lazy("round", "Open the sign-up"),
    State.PLANNING: pgettext_lazy("round", "Close the sign-up and plan"),
    State.PUBLISHED: pgettext_lazy("round", "Publish the plan"),
    State.RUNNING: pgettext_lazy("round", "The round has begun"),
    State.REFLECTING: pgettext_lazy("round", "The round is over"),
    State.CLOSED: pgettext_lazy("round", "Close the round"),
    State.CANCELLED: pgettext_lazy("round", "Cancel the round"),
}
AGAIN = pgettext_lazy("round", "Open the sign-up again")


@login_required
def round_board(request: HttpRequest, number: int) -> HttpResponse:
    return _board(request, _round(request, number))


def _board(request: HttpRequest, of: Round, place: PlaceForm | None = None, on: Shift | None = None) -> HttpResponse:
    board = queries.board(of)
    rules = of.rules.order_by("-number").first()
    context = {
        "round": of,
        "board": board,
        "people": [(each, channel_names(each.channels)) for each in board.people],
        "steps": [
            (step, AGAIN if of.state == State.PLANNING and step == State.SIGNUP else STEPS[step])
            for step in rounds.STEPS[of.state]
        ],
        "rules": rules,
        "may_place": of.state in (State.PLANNING, State.PUBLISHED, State.RUNNING),
        "place": place or PlaceForm(of=of),
        "on": on,
        "mentors": queries.mentors_of(of),
    }
    return page(request, "rotations/round.html", context, status=400 if place else 200)


@login_required
@require_POST
def step_round(request: HttpRequest, number: int) -> HttpResponse:
    of = _round(request, number)
    to = request.POST.get("to", "")
    with said_if_refused(request):
        rounds.move_on(of=of, to=to, by=request.user, at=request.at)
    return redirect("round", of.pk)


@login_required
@require_POST
def write_rules(request: HttpRequest, number: int) -> HttpResponse:
    of = _round(request, number)
    text = request.POST.get("text", "").replace("\x00", "").strip()[:10_000]
    if not text:
        toasts.error(request, _("Write the rules: people read them before they sign up."))
        return redirect("round", of.pk)
    with said_if_refused(request):
        rounds.write_rules(of=of, text=text, by=request.user, at=request.at)
    return redirect("round", of.pk)


@login_required
@require_POST
def place(request: HttpRequest, number: int) -> HttpResponse:
    shift = get_object_or_404(Shift.objects.select_related("round__programme"), pk=number)
    of = _round(request, shift.round_id)
    form = PlaceForm(request.POST, of=of)
    if form.is_valid():
        person, values = form.cleaned_data["person"], form.cleaned_data
        said = queries.sign_up_of(person, of)
        mentors = {"mentor": values["mentor"], "deputy": values["deputy"]}
        channels = said.channels if said else []
        try:
            placing.propose(shift=shift, person=person, channels=channels, by=request.user, at=request.at, **mentors)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("round", of.pk)
    return _board(request, of, form, shift)


@login_required
@require_POST
def call_off(request: HttpRequest, number: int) -> HttpResponse:
    duty = get_object_or_404(Duty.objects.select_related("shift"), pk=number)
    of = _round(request, duty.shift.round_id)
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
            saved = programmes.save(programme=row, by=request.user, at=request.at, **form.cleaned_data)
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
    form = RoundForm(request.POST or None, initial={"rules": _last_rules(row)})
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in ("starts_on", "ends_on", "rules")}
        ends = form.signup_ends_at(row.zone)
        try:
            made = rounds.make_round(programme=row, signup_ends_at=ends, by=request.user, at=request.at, **values)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("round", made.pk)
    context = {"programme": row, "form": form}
    return page(request, "rotations/new_round.html", context, status=400 if form.errors else 200)


def _last_rules(of: Programme) -> str:
    last = of.rounds.order_by("-number").first()
    rules = last.rules.order_by("-number").first() if last else None
    return rules.text if rules else ""


def _round(request: HttpRequest, number: int) -> Round:
    found = get_object_or_404(Round.objects.select_related("programme"), pk=number)
    if not access.can_plan(request.user, found.programme):
        raise Http404
    return found


def _planned(request: HttpRequest, number: int) -> Programme:
    found = get_object_or_404(Programme.objects.select_related("team"), pk=number)
    if not access.can_plan(request.user, found):
        raise Http404
    return found
