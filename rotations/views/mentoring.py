"""What waits for a mentor: questions, replies to read, handovers to accept, tickets to take over."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rotations import access
from rotations.actions import closing_duties, handing_over, on_duty
from rotations.models import Duty, Finding, HandedTicket, Programme
from rotations.queries import handover as queries
from rotations.queries import my_duty, reflections
from rotations.views.answering import said_if_refused
from tickets.queries import consultations


@login_required
def mentoring(request: HttpRequest) -> HttpResponse:
    if not access.can_look_after(request.user):
        raise Http404
    mentees = my_duty.mentees_of(request.user, request.at)
    context = {
        "at": request.at,
        "mentees": mentees,
        "drafts": my_duty.drafts_for(request.user, mentees, request.at),
        "questions": [
            (each, int((request.at - each.asked_at).total_seconds()))
            for each in consultations.questions_to(request.user, at=request.at)
        ],
        "programmes": queries.programmes_for(request.user),
        "findings": my_duty.findings_for(request.user),
        "reflections": reflections.for_mentor(request.user, request.at),
        "offers": queries.offers_to(request.user, request.at),
        "handovers": queries.to_be_closed(request.user),
    }
    return render(request, "rotations/mentoring.html", context)


@login_required
@require_POST
def mark_familiar(request: HttpRequest, number: int) -> HttpResponse:
    """Tags with commas between them."""
    programme = get_object_or_404(Programme, pk=number)
    if not (access.can_mentor(request.user, programme) or access.can_plan(request.user, programme)):
        raise Http404
    tags = request.POST.get("tags", "")[:2000].split(",")
    with said_if_refused(request, _("Saved. Guests get tickets with these tags first.")):
        on_duty.mark_familiar(programme=programme, tags=tags, by=request.user, at=request.at)
    return redirect("mentoring")


@login_required
@require_POST
def settle_finding(request: HttpRequest, number: int) -> HttpResponse:
    finding = get_object_or_404(Finding.objects.select_related("duty__shift__round__programme"), pk=number)
    if not access.can_close_handover(request.user, finding.duty):
        raise Http404
    with said_if_refused(request, _("Marked as seen to.")):
        on_duty.settle(finding=finding, is_settled=True, by=request.user, at=request.at)
    return redirect("mentoring")


@login_required
@require_POST
def accept_handover(request: HttpRequest, number: int) -> HttpResponse:
    with said_if_refused(request, _("Accepted. Thank you for looking after them.")):
        closing_duties.accept(duty=_looked_after(request, number), by=request.user, at=request.at)
    return redirect("mentoring")


@login_required
@require_POST
def waive_handover(request: HttpRequest, number: int) -> HttpResponse:
    with said_if_refused(request, _("Waived: nothing more is asked of them.")):
        closing_duties.waive(duty=_looked_after(request, number), by=request.user, at=request.at)
    return redirect("mentoring")


@login_required
@require_POST
def accept_offer(request: HttpRequest, number: int) -> HttpResponse:
    offer = _offered(request, number)
    with said_if_refused(request, _("The ticket is yours.")):
        handing_over.accept_offer(offer=offer, by=request.user, at=request.at)
    return redirect("mentoring" if access.can_look_after(request.user) else "duties")


@login_required
@require_POST
def decline_offer(request: HttpRequest, number: int) -> HttpResponse:
    offer = _offered(request, number)
    with said_if_refused(request, _("Declined. They choose another way for it.")):
        handing_over.decline_offer(offer=offer, by=request.user, at=request.at)
    return redirect("mentoring" if access.can_look_after(request.user) else "duties")


def _looked_after(request: HttpRequest, number: int) -> Duty:
    duty = get_object_or_404(Duty.objects.select_related("shift__round__programme"), pk=number)
    if not access.can_close_handover(request.user, duty):
        raise Http404
    return duty


def _offered(request: HttpRequest, number: int) -> HandedTicket:
    return get_object_or_404(HandedTicket, pk=number, to=request.user, step=HandedTicket.Step.OFFERED)
