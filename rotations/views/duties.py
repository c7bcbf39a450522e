"""Duties of volunteers: what is mine, what can be had, signing up, answering and leaving."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from rotations import access
from rotations.actions import inviting, leaving, placing, signing_up
from rotations.forms.duties import PARTNERS, SignUpForm
from rotations.models import Absence, Duty, Round
from rotations.queries import discussing, qualifications, reflections
from rotations.queries import inviting as invitations
from rotations.queries import rounds as queries
from rotations.views.answering import said_if_refused
from rotations.views.words import span_in_words
from tickets.access import can_use_desk
from tickets.actions.errors import Refused
from tickets.models import Channel


@login_required
def duties(request: HttpRequest) -> HttpResponse:
    """One's own and those to be had; of planners, their programmes and rounds."""
    if not access.can_see_duties(request.user):
        raise Http404
    context: dict[str, Any] = {"is_planner": access.can_plan_any(request.user), "is_volunteer": False}
    if context["is_planner"]:
        context["programmes"] = queries.programmes_of(request.user)
    context["reflections"] = reflections.for_everybody(request.at)
    if access.can_volunteer(request.user):
        context |= {
            "is_volunteer": True,
            "mine": [(duty, channel_names(duty.channels)) for duty in queries.duties_of(request.user, request.at)],
            "signed_off": qualifications.own(request.user, request.at),
            "rounds": queries.signing_up(request.user, request.at),
            "discussed": discussing.discussed(),
            "seats": queries.open_seats(request.at),
        }
        context["free"] = sum(each.free for each in context["seats"])
    return page(request, "rotations/duties.html", context)


def page(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    is_desk = can_use_desk(request.user, request.at)
    context |= {"is_desk": is_desk, "base": "base_app.html" if is_desk else "base_public.html"}
    return render(request, template, context, status=status)


def channel_names(channels: list[str]) -> list[tuple[str, Any]]:
    return [(each, Channel(each).label) for each in Channel.values if each in channels]


@login_required
def sign_up(request: HttpRequest, number: int) -> HttpResponse:
    of = get_object_or_404(Round.objects.select_related("programme"), pk=number)
    if not access.can_volunteer(request.user) or of.state == Round.State.DRAFT:
        raise Http404
    if not invitations.is_open(of, request.at):
        return closed_sign_up(request, of)
    shifts, said = queries.shifts_of(of), queries.sign_up_of(request.user, of)
    if request.method == "GET":
        inviting.note_opened(of=of, person=request.user, at=request.at)
    rules = of.rules.order_by("-number").first()
    initial: dict[str, Any] = {"channels": [each for each in of.programme.channels if each != Channel.PHONE]}
    if said is not None:
        initial = {"channels": said.channels, "quota": said.quota}
        initial |= {f"wish_{wish.shift_id}": wish.value for wish in said.wishes.all()}
        initial |= dict(zip(PARTNERS, said.partners.order_by("sort_key", "id"), strict=False))
    initial["has_read"] = rules.number if rules else 0
    zone = request.user.time_zone
    form = SignUpForm(
        request.POST or None,
        request.FILES or None,
        of=of,
        shifts=shifts,
        zone=zone,
        colleagues=queries.colleagues_of(request.user),
        initial=initial,
    )
    if request.method == "POST" and form.is_valid() and not form.is_to_confirm and "look" not in request.POST:
        values = {name: form.cleaned_data[name] for name in ("channels", "quota", "has_read")}
        values |= {"away": form.away, "partners": form.partners}
        try:
            signing_up.sign_up(of=of, wishes=form.wishes, by=request.user, at=request.at, **values)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            toasts.success(request, _("You are signed up. You can change it until the sign-up ends."))
            return redirect("duties")
    if rules is not None:
        # Whoever was refused for an older version has the newest before them now.
        form.data = form.data.copy()
        form.data["has_read"] = str(rules.number)
    invitation = invitations.invitation_of(request.user, of) if said is None else None
    may_decline = invitation is not None and invitation.declined_at is None
    context = {"round": of, "form": form, "rules": rules, "said": said, "may_decline": may_decline}
    context["absences"] = [span_in_words(each) for each in queries.absences_in(request.user, of)]
    context["shown"] = [
        (f"{start.isoformat()}/{end.isoformat()}", span_in_words(Absence(starts_at=start, ends_at=end, zone=zone)))
        for start, end in form.shown
    ]
    return page(request, "rotations/sign_up.html", context, status=400 if form.errors else 200)


def closed_sign_up(request: HttpRequest, of: Round) -> HttpResponse:
    """In words, and what can be done now: the sign-up may close while somebody reads the page or fills it in."""
    said = queries.sign_up_of(request.user, of)
    context = {"round": of, "said": said, "is_planner": access.can_plan(request.user, of.programme)}
    return page(request, "rotations/closed_sign_up.html", context, status=409 if request.method == "POST" else 200)


@login_required
@require_POST
def leave_round(request: HttpRequest, number: int) -> HttpResponse:
    of = get_object_or_404(Round, pk=number)
    if queries.sign_up_of(request.user, of) is None:
        raise Http404
    signing_up.leave_round(of=of, by=request.user, at=request.at)
    toasts.success(request, _("Thank you for telling us. You are not signed up for this round any more."))
    return redirect("duties")


@login_required
@require_POST
def confirm(request: HttpRequest, number: int) -> HttpResponse:
    duty = _own(request, number)
    with said_if_refused(request, _("Confirmed. Thank you.")):
        placing.confirm(duty=duty, by=request.user, at=request.at)
    return redirect("duties")


@login_required
@require_POST
def decline(request: HttpRequest, number: int) -> HttpResponse:
    duty = _own(request, number)
    with said_if_refused(request, _("Thank you for telling us. The place goes to somebody else.")):
        leaving.decline(duty=duty, by=request.user, at=request.at)
    return redirect("duties")


@login_required
@require_POST
def withdraw(request: HttpRequest, number: int) -> HttpResponse:
    duty = _own(request, number)
    with said_if_refused(request):
        leaving.withdraw(duty=duty, by=request.user, at=request.at)
        return redirect("left_duty", duty.pk)
    return redirect("duties")


@login_required
@require_safe
def left_duty(request: HttpRequest, number: int) -> HttpResponse:
    """After a withdrawal: thanks, and other dates for whoever would like one."""
    rows = Duty.objects.filter(person=request.user, state=Duty.State.WITHDRAWN)
    duty = get_object_or_404(rows.select_related("shift__round__programme"), pk=number)
    context = {
        "duty": duty,
        "seats": queries.other_dates(duty, request.at),
        "channels": channel_names(duty.channels),
    }
    return page(request, "rotations/left_duty.html", context)


def _own(request: HttpRequest, number: int) -> Duty:
    rows = queries.told(Duty.objects.filter(person=request.user, shift__round__state__in=queries.OPEN))
    return get_object_or_404(rows, pk=number)
