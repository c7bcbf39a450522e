"""My duty: where a colleague begins while a day of theirs runs."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from rotations import access
from rotations.actions import on_duty
from rotations.forms.my_duty import AskForm, BreakForm, FindingForm, TickForm
from rotations.models import Duty, Finding
from rotations.programme_lines import lines_of, pairs_of
from rotations.queries import my_duty as queries
from rotations.queries import reflections
from rotations.views.answering import said_if_refused
from rotations.views.duties import channel_names, page
from tickets.actions.errors import Refused
from tickets.models import Ticket, User
from tickets.queries import sidebar

MOST_COUNTED = 10_000
SAID = {
    "mouse": gettext_lazy("A place, a mouse, a screen"),
    "accounts": gettext_lazy("My accounts work: desk, chat, documentation"),
    "headset": gettext_lazy("The headset works"),
    "hello": gettext_lazy("I have said hello to my mentor"),
    "surprise": gettext_lazy("Write down one thing that surprised you"),
    "gap": gettext_lazy("Find a question that the documentation does not answer"),
    "article": gettext_lazy("Read how a similar case was solved"),
}


@login_required
def my_duty(request: HttpRequest) -> HttpResponse:
    if not access.can_volunteer(request.user):
        raise Http404
    duty = queries.duty_of(request.user, request.at)
    clock = queries.clock_of(duty, request.at) if duty else None
    context: dict[str, Any] = {"duty": duty, "clock": clock, "at": request.at}
    context["over"] = reflections.duty_to_reflect_on(request.user, request.at)
    if duty is not None:
        context |= {
            "channels": channel_names(queries.channels_of(duty)),
            "left_out": channel_names(queries.left_out(duty)),
            "mentors": [(each, None) for each in (duty.mentor, duty.deputy) if each],
        }
    if duty is not None and duty.state != Duty.State.CONFIRMED:
        context |= _working(request, duty)
    return page(request, "rotations/my_duty.html", context)


def _working(request: HttpRequest, duty: Duty) -> dict[str, Any]:
    user, at, programme = request.user, request.at, duty.shift.round.programme
    tickets, ticks = queries.own_tickets(duty, user, at), queries.ticks_of(duty)
    review, returned = queries.drafts_of(user, at)
    waiting = queries.waiting(user, at)
    needs_headset = {"phone", "chat"} & set(duty.channels)
    arrival = [name for name in queries.ARRIVAL if name != "headset" or needs_headset]
    links = pairs_of(programme.links)
    quiet = [(name, SAID[name]) for name in queries.QUIET] + [(each, each) for each in lines_of(programme.quiet_tasks)]
    answers = queries.usual_answers_s(duty, at)
    return {
        "is_working": True,
        "tickets": tickets,
        "waiting": waiting[:MOST_COUNTED].count(),
        "familiar": waiting.filter(tags__overlap=programme.familiar_tags)[:MOST_COUNTED].count()
        if programme.familiar_tags
        else 0,
        "cap": duty.grant.cap if duty.grant else 0,
        "there": sidebar.on_duty(at),
        "answer_s": queries.usual_answer_s(programme, at),
        "mentors": [(each, answers.get(each.pk)) for each in (duty.mentor, duty.deputy) if each],
        "review": review,
        "returned": returned,
        "break": on_duty.break_of(duty, at),
        "arrival": [(name, SAID[name], "", name in ticks) for name in arrival]
        + [(name, name, address, name in ticks) for name, address in links],
        "quiet": [(name, words, name in ticks) for name, words in quiet],
        "is_arrived": ticks.issuperset([*arrival, *(name for name, _address in links)]),
        "done": len(ticks & {*arrival, *(name for name, _address in links)}),
        "findings": queries.findings_of(duty),
        "kinds": Finding.Kind.choices,
    }


@login_required
@require_POST
def next_ticket(request: HttpRequest) -> HttpResponse:
    duty = _running(request)
    try:
        ticket = on_duty.take_next(duty=duty, by=request.user, at=request.at)
    except Refused as refusal:
        toasts.info(request, str(refusal))
        return redirect("my_duty")
    return redirect(ticket)


@login_required
@require_POST
def ask_mentors(request: HttpRequest) -> HttpResponse:
    duty, form = _running(request), AskForm(request.POST)
    if not form.is_valid():
        return _back("ask", request, form)
    ticket = _own_ticket(request, form.cleaned_data["ticket"])
    text = form.cleaned_data["text"].strip() or _("Could you look at this with me?")
    told: dict[str, Any] = {"duty": duty, "ticket": ticket, "text": text, "by": request.user, "at": request.at}
    said = _("Your mentors are asked. The answer comes on the ticket.")
    if number := form.cleaned_data["to"]:
        told["to"] = get_object_or_404(User, pk=number)
        said = _("%(name)s is asked. The answer comes on the ticket.") % {"name": told["to"]}
    with said_if_refused(request, said):
        on_duty.ask_mentors(**told)
    return _back("ask")


@login_required
@require_POST
def take_break(request: HttpRequest) -> HttpResponse:
    """``minutes`` 0 ends it."""
    duty, form = _running(request), BreakForm(request.POST)
    if not form.is_valid():
        return _back("", request, form)
    told = {"duty": duty, "by": request.user, "at": request.at}
    if form.cleaned_data["minutes"]:
        with said_if_refused(request, _("Have a good break. Nothing new comes to you meanwhile.")):
            on_duty.pause(minutes=form.cleaned_data["minutes"], **told)
    else:
        with said_if_refused(request, _("Welcome back.")):
            on_duty.resume(**told)
    return redirect("my_duty")


@login_required
@require_POST
def tick(request: HttpRequest) -> HttpResponse:
    duty, form = _running(request), TickForm(request.POST)
    if form.is_valid():
        with said_if_refused(request):
            on_duty.tick(duty=duty, by=request.user, at=request.at, **form.cleaned_data)
    return _back("quiet" if form.data.get("list") == "quiet" else "arrival")


@login_required
@require_POST
def add_finding(request: HttpRequest) -> HttpResponse:
    duty, form = _running(request), FindingForm(request.POST)
    if not form.is_valid():
        return _back("findings", request, form)
    said = form.cleaned_data
    ticket = _own_ticket(request, said["ticket"]) if said["ticket"] else None
    with said_if_refused(request, _("Written down. Thank you.")):
        on_duty.find(duty=duty, kind=said["kind"], text=said["text"], ticket=ticket, by=request.user, at=request.at)
    return _back("findings")


def _running(request: HttpRequest) -> Duty:
    duty = queries.running_duty(request.user, request.at)
    if duty is None:
        raise Http404
    return duty


def _own_ticket(request: HttpRequest, number: int) -> Ticket:
    return get_object_or_404(Ticket.objects.visible_to(request.user, request.at), pk=number)


def _back(part: str, request: HttpRequest | None = None, form: Any = None) -> HttpResponse:
    if request is not None and form is not None:
        toasts.error(request, " ".join(str(each) for errors in form.errors.values() for each in errors))
    return redirect(reverse("my_duty") + (f"#{part}" if part else ""))
