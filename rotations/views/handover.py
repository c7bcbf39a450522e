"""The handover at the end of a duty: the volunteer's side."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rotations.actions import handing_over
from rotations.forms.handover import DoneForm, StepForm
from rotations.models import Duty, HandedTicket
from rotations.queries import handover as queries
from rotations.views.answering import said_if_refused
from rotations.views.duties import page
from tickets.actions.errors import Refused
from tickets.models import Ticket

Step = HandedTicket.Step


@login_required
def handover(request: HttpRequest) -> HttpResponse:
    return _page(request, _running(request))


@login_required
@require_POST
def hand_ticket(request: HttpRequest, number: int) -> HttpResponse:
    """One step for one ticket."""
    duty = _running(request)
    ticket = get_object_or_404(Ticket.objects.visible_to(request.user, request.at), pk=number)
    zone, people = duty.shift.zone, queries.who_may_take(duty)
    form = StepForm(request.POST, zone=zone, people=people)
    if not form.is_valid():
        return _page(request, duty, form=form, number=number, status=400)
    try:
        _take_step(form.cleaned_data, {"duty": duty, "ticket": ticket, "by": request.user, "at": request.at})
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, duty, form=form, number=number, status=409)
    toasts.success(request, _("Done. One thing less."))
    return redirect("handover")


def _take_step(said: dict[str, Any], told: dict[str, Any]) -> HandedTicket:
    step = said["step"]
    if step == Step.SOLVED:
        return handing_over.solve(**told)
    if step == Step.SNOOZED:
        return handing_over.put_off(until=said["until"], reason=said["text"], **told)
    if step == Step.RETURNED:
        return handing_over.give_back(text=said["text"], **told)
    return handing_over.offer(to=said["person"], text=said["text"], **told)


@login_required
@require_POST
def say_done(request: HttpRequest) -> HttpResponse:
    duty = _running(request)
    form = DoneForm(request.POST)
    if not form.is_valid():
        return _page(request, duty, status=400)
    with said_if_refused(request, _("Thank you. A mentor looks at it; there is nothing more for you to do.")):
        handing_over.say_done(duty=duty, note=form.cleaned_data["note"], by=request.user, at=request.at)
    return redirect("handover")


def _running(request: HttpRequest) -> Duty:
    duty = queries.running_duty(request.user, request.at)
    if duty is None:
        raise Http404
    return duty


def _page(
    request: HttpRequest, duty: Duty, *, form: StepForm | None = None, number: int = 0, status: int = 200
) -> HttpResponse:
    seen = queries.in_hand(duty).filter(pk__in=Ticket.objects.visible_to(request.user, request.at).values("pk"))
    offers = {each.ticket_id: each for each in queries.open_offers(duty=duty).select_related("to")}
    handed = queries.handed(duty, request.at)
    declined = {each.ticket_id for each in handed if each.answer == HandedTicket.Answer.DECLINED}
    context = {
        "duty": duty,
        "tickets": [
            {
                "ticket": ticket,
                "offer": offers.get(ticket.pk),
                "is_declined": ticket.pk in declined and ticket.pk not in offers,
                "form": form if ticket.pk == number else None,
            }
            for ticket in seen.in_work_order()
        ],
        "unseen": queries.in_hand(duty).exclude(pk__in=seen).count(),
        "handed": handed,
        "people": queries.who_may_take(duty),
        "mentor_ids": {duty.mentor_id, duty.deputy_id},
        "tomorrow": _tomorrow(request, duty),
    }
    return page(request, "rotations/handover.html", context, status=status)


def _tomorrow(request: HttpRequest, duty: Duty) -> str:
    return (request.at.astimezone(ZoneInfo(duty.shift.zone)).date() + timedelta(days=1)).isoformat()
