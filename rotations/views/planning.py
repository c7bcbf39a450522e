"""The board of a round and what planners do on it."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from rotations import access, solver
from rotations.actions import mailing, mentors, placing, proposing, publishing, rounds, wanting
from rotations.forms.duties import MentorsForm, PlaceForm
from rotations.models import Demand, Duty, Round, Shift
from rotations.queries import arranging, discussing
from rotations.queries import board as boards
from rotations.queries import demand as demands
from rotations.queries import inviting as invitations
from rotations.queries.planning import Planning, planning
from rotations.queries.publishing import diff
from rotations.views.answering import said_if_refused
from rotations.views.duties import channel_names, page
from rotations.weekly_hours import Block, clock_time
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


def planned_round(request: HttpRequest, number: int) -> Round:
    found = get_object_or_404(Round.objects.select_related("programme"), pk=number)
    if not access.can_plan(request.user, found.programme):
        raise Http404
    return found


@login_required
@require_safe
def round_board(request: HttpRequest, number: int) -> HttpResponse:
    return _board(request, planned_round(request, number))


def _board(request: HttpRequest, of: Round, form: PlaceForm | None = None, on: Shift | None = None) -> HttpResponse:
    plan = planning(of, request.at)
    chosen = on or plan.shifts.get(_number(request, "shift"))
    person = plan.sign_ups.get(_number(request, "person"))
    week = _week(request)
    if week is None and chosen is not None and request.GET:
        week = chosen.first_day
    board = boards.board(plan, request.at, week=week, person=person.person_id if person else None)
    may_place = of.state in proposing.PLANNED
    context: dict[str, Any] = {
        "round": of,
        "board": board,
        "steps": [
            (step, AGAIN if of.state == State.PLANNING and step == State.SIGNUP else STEPS[step])
            for step in rounds.STEPS[of.state]
        ],
        "rules": of.rules.order_by("-number").first(),
        "comments": discussing.tally(of) if of.discussed_since or of.state == State.DRAFT else None,
        "may_place": may_place,
        "has_proposals": any(duty.state == "proposed" for duty in plan.duties),
        "invited": invitations.progress(of, request.at) if invitations.is_open(of, request.at) else None,
        "has_changes": of.state in (State.PUBLISHED, State.RUNNING) and _is_untold(plan),
        "people": [(each, channel_names(each.sign_up.channels)) for each in board.people],
        "place": form,
    }
    if chosen is not None:
        context |= _chosen(plan, chosen, request)
    elif person is not None:
        seats = boards.reasons(plan, person.person_id, request.at)
        context |= {
            "person": person,
            "person_channels": channel_names(person.channels),
            "partners": sorted(person.partners.all(), key=lambda each: each.sort_key),
            "seats": [(plan.shifts[number], why) for number, why in seats.items()],
        }
    return page(request, "rotations/round.html", context, status=400 if form else 200)


def _is_untold(plan: Planning) -> bool:
    published_at = plan.round.published_at
    return any(duty.state == "proposed" and published_at and duty.placed_at > published_at for duty in plan.duties)


def _chosen(plan: Planning, shift: Shift, request: HttpRequest) -> dict[str, Any]:
    able, others = boards.fitting_people(plan, shift) if shift.starts_at > request.at else ([], [])
    shares = [each for each in plan.shares if each.duty.shift_id == shift.pk]
    taken = sum(duty.shift_id == shift.pk for duty in plan.duties)
    signed = {each.id: each.signed_off for each in plan.problem.volunteers}
    alone = arranging.unguided_days(plan, request.at)
    placed = []
    for each in shares:
        unsigned = boards.unsigned_days(plan, each, signed)
        placed.append((each.duty, each.instead_of, sorted(each.days), unsigned, alone.get(each.duty.pk, [])))
    return {
        "chosen": shift,
        "placed": placed,
        "may_name_mentors": shift.ends_at > request.at,
        "taken": taken,
        "free": max(0, shift.capacity - taken),
        "left": [
            (each, [mailing.day_in_words(day, shift) for day in each.days.all()])
            for each in boards.left_days(plan, request.at)
            if each.duty.shift_id == shift.pk
        ],
        "able": [(each, wish, channel_names(each.channels)) for each, wish in able],
        "others": others,
        "mentors": [(each.pk, str(each)) for each in plan.mentors.values()],
    }


def _number(request: HttpRequest, name: str) -> int:
    told = request.GET.get(name, "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 10 else 0


def _week(request: HttpRequest) -> date | None:
    try:
        return date.fromisoformat(request.GET.get("week", ""))
    except ValueError:
        return None


@login_required
@require_safe
def fits(request: HttpRequest, number: int) -> HttpResponse:
    """For whoever drags a person: by number of the shift what speaks against them there, "" for nothing."""
    of = planned_round(request, number)
    plan = planning(of, request.at)
    return JsonResponse({"why": boards.reasons(plan, _number(request, "person"), request.at)})


@login_required
@require_POST
def place(request: HttpRequest, number: int) -> HttpResponse:
    shift = get_object_or_404(Shift.objects.select_related("round__programme"), pk=number)
    of = planned_round(request, shift.round_id)
    form = PlaceForm(request.POST, of=of)
    if form.is_valid():
        person, values = form.cleaned_data["person"], form.cleaned_data
        plan = planning(of, request.at)
        said = plan.sign_ups.get(person.pk)
        mentors = {"mentor": values["mentor"], "deputy": values["deputy"]}
        if not any(mentors.values()) and said is not None and shift.pk in plan.shifts:
            first, second = solver.suggest_mentors(plan.problem, person.pk, shift.pk)
            mentors = {"mentor": plan.mentors.get(first or 0), "deputy": plan.mentors.get(second or 0)}
        channels = _signed_channels(plan, person.pk, shift)
        try:
            placing.propose(shift=shift, person=person, channels=channels, by=request.user, at=request.at, **mentors)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            done = _("%(person)s is proposed for %(shift)s.") % {"person": person, "shift": shift.name}
            toasts.success(request, done)
            return redirect(_at_shift(of, shift))
    return _board(request, of, form, shift)


@login_required
@require_POST
def name_mentors(request: HttpRequest, number: int) -> HttpResponse:
    duty = get_object_or_404(Duty.objects.select_related("shift"), pk=number)
    of = planned_round(request, duty.shift.round_id)
    form = MentorsForm(request.POST, of=of)
    if not form.is_valid():
        toasts.error(request, str(mentors.NotMentors.message))
    else:
        chosen = {"mentor": form.cleaned_data["mentor"], "deputy": form.cleaned_data["deputy"]}
        with said_if_refused(request, _("Saved. Whom it concerns is told.")):
            mentors.name_mentors(duty=duty, by=request.user, at=request.at, **chosen)
    return redirect(f"{reverse('round', args=[of.pk])}?{urlencode({'shift': duty.shift_id})}#beside")


def _signed_channels(plan: Planning, person: int, shift: Shift) -> list[str]:
    """What the person ticked, without what they are not signed off for."""
    said = plan.sign_ups.get(person)
    if said is None:
        return []
    offered = [each for each in said.channels if each in plan.round.programme.channels]
    able = solver.able_channels(plan.problem, person, shift.pk) if shift.pk in plan.shifts else frozenset()
    return [each for each in offered if demands.GROUPS.get(each) in able] or offered


def _at_shift(of: Round, shift: Shift) -> str:
    return f"{reverse('round', args=[of.pk])}?{urlencode({'week': shift.first_day.isoformat()})}"


@login_required
@require_POST
def propose_plan(request: HttpRequest, number: int) -> HttpResponse:
    of = planned_round(request, number)
    with said_if_refused(request):
        made = proposing.propose_plan(of=of, by=request.user, at=request.at)
        if made:
            said = ngettext("%(number)s place is proposed.", "%(number)s places are proposed.", len(made))
            toasts.success(request, said % {"number": len(made)})
        else:
            toasts.success(request, _("Nothing to add: nobody more fits on a free seat."))
    return redirect("round", of.pk)


@login_required
@require_POST
def take_back(request: HttpRequest, number: int) -> HttpResponse:
    of = planned_round(request, number)
    with said_if_refused(request, _("All proposals are taken back.")):
        proposing.take_back(of=of, by=request.user, at=request.at)
    return redirect("round", of.pk)


@login_required
def publish(request: HttpRequest, number: int) -> HttpResponse:
    """First what it changes and what is wrong with it; then it is published."""
    of = planned_round(request, number)
    if of.state not in proposing.PLANNED:
        raise Http404
    plan = planning(of, request.at)
    worth, changes = boards.quality(plan), diff(plan)
    error = ""
    if request.method == "POST":
        if worth.broken and not request.POST.get("despite"):
            error = _("Say that you publish the plan in spite of what is wrong with it, or mend it first.")
        else:
            with said_if_refused(request, _("The plan is published.")):
                if of.state == State.PLANNING:
                    rounds.move_on(of=of, to=State.PUBLISHED, by=request.user, at=request.at)
                else:
                    publishing.publish_changes(of=of, by=request.user, at=request.at)
            return redirect("round", of.pk)
    context = {"round": of, "quality": worth, "diff": changes, "error": error}
    return page(request, "rotations/publish.html", context, status=400 if error else 200)


# Demand


@login_required
def demand(request: HttpRequest, number: int) -> HttpResponse:
    of = planned_round(request, number)
    own = list(of.demands.all())
    entered = {(each.weekday, (each.starts, each.ends), each.channel): each for each in own}
    shifts = list(of.shifts.filter(cancelled_at=None))
    weekdays = demands.weekdays_of(shifts)
    cut = demands.parts_of(of, own)
    if request.method == "POST":
        wanted = {}
        for weekday in weekdays:
            for part in cut:
                for channel in demands.channels_of(of.programme):
                    name = f"{weekday}-{part[0]}-{channel}"
                    people, weight = _figure(request, f"people-{name}", 0), _figure(request, f"weight-{name}", 1)
                    wanted[weekday, part, str(channel)] = demands.Wanted(people, weight)
        with said_if_refused(request, _("Saved.")):
            wanting.set_demand(of=of, wanted=wanted, by=request.user)
        return redirect("demand", of.pk)
    seen = demands.history(of.programme, request.at, weekdays)
    rows = []
    for channel in demands.channels_of(of.programme):
        cells = []
        highest = max((each.load for place, each in seen.items() if place[2] == channel), default=0.0)
        for weekday in weekdays:
            for part in cut:
                came = seen.get((weekday, part, str(channel)))
                kept = entered.get((weekday, part, str(channel)))
                cells.append(
                    {
                        "name": f"{weekday}-{part[0]}-{channel}",
                        "spoken": f"{channel.label}, {WEEKDAYS_ABBR[weekday]} {Block(weekday, *part)}",
                        "came": came,
                        "heat": 1 + min(4, int(5 * came.load / highest)) if came and highest else 1,
                        "people": kept.people if kept else 0,
                        "weight": kept.weight if kept else 1,
                        "begins": part == cut[0],
                    }
                )
        rows.append((channel, cells))
    context = {
        "round": of,
        "rows": rows,
        "weekdays": [WEEKDAYS_ABBR[each] for each in weekdays],
        "parts": [(clock_time(a), clock_time(b)) for a, b in cut],
        "columns": [(clock_time(a), clock_time(b)) for _each in weekdays for a, b in cut],
        "has_demand": bool(own),
        "is_from_history": any(each.source == Demand.Source.HISTORY for each in own),
    }
    return page(request, "rotations/demand.html", context)


def _figure(request: HttpRequest, name: str, otherwise: int) -> int:
    told = request.POST.get(name, "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 4 else otherwise


@login_required
@require_POST
def demand_from_history(request: HttpRequest, number: int) -> HttpResponse:
    of = planned_round(request, number)
    with said_if_refused(request, _("Taken from the last twelve weeks. Change what you know better.")):
        wanting.take_from_history(of=of, by=request.user, at=request.at)
    return redirect("demand", of.pk)
