"""Inviting to a round: the link for everybody, mails to those who are chosen, and the page that a mail leads to."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from helpdesk.lib.qr_code import code_of
from rotations import access, answer_links
from rotations.actions import inviting
from rotations.models import Round
from rotations.queries import inviting as queries
from rotations.queries.rounds import sign_up_of
from rotations.views.answering import said_if_refused
from rotations.views.duties import closed_sign_up, page
from rotations.views.planning import planned_round
from tickets.models import User


@login_required
def invite(request: HttpRequest, number: int) -> HttpResponse:
    """First whom a choice reaches, then the mails."""
    of = planned_round(request, number)
    if not queries.is_open(of, request.at):
        return closed_sign_up(request, of)
    departments = queries.departments()
    chosen = _chosen(request, departments)
    context: dict[str, Any] = {
        "round": of,
        "progress": queries.progress(of, request.at),
        "departments": departments,
        "eligible": sum(len(each.people) for each in departments),
        "url": (url := answer_links.round_url(of.pk)),
        "code": code_of(url),
    }
    if request.method == "POST":
        if not chosen:
            context["error"] = _("Choose somebody first.")
        elif "send" in request.POST:
            with said_if_refused(request):
                made = inviting.invite(of=of, people=chosen, by=request.user, at=request.at)
                said = ngettext(
                    "%(number)d invitation is on its way.", "%(number)d invitations are on their way.", made
                )
                toasts.success(request, said % {"number": made})
            return redirect("invite", of.pk)
        else:
            context |= {"preview": queries.preview(of, chosen), "chosen": chosen}
    return page(request, "rotations/invite.html", context, status=400 if "error" in context else 200)


def _chosen(request: HttpRequest, departments: list[queries.Department]) -> list[User]:
    whole, people = set(request.POST.getlist("department")), set(request.POST.getlist("person"))
    has_all = "everybody" in request.POST
    return [
        person
        for of in departments
        for person in of.people
        if has_all or str(of.number) in whole or str(person.pk) in people
    ]


@login_required
@require_POST
def remind_invited(request: HttpRequest, number: int) -> HttpResponse:
    of = planned_round(request, number)
    with said_if_refused(request):
        made = inviting.remind(of=of, by=request.user, at=request.at)
        said = ngettext(
            "%(number)d person is written to once more.", "%(number)d people are written to once more.", made
        )
        toasts.success(request, said % {"number": made})
    return redirect("invite", of.pk)


@require_http_methods(["GET", "HEAD"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Where the link for everybody leads: to the sign-up, by way of the sign-in. It says the same to all who are signed
    out, whether they have an account or not."""
    number = answer_links.read_round(token)
    of = get_object_or_404(Round.objects.select_related("programme"), pk=number)
    is_open = queries.is_open(of, request.at)
    if is_open and access.can_volunteer(request.user):
        return redirect("sign_up", of.pk)
    return _private(render(request, "rotations/invitation.html", {"round": of, "is_open": is_open}))


@require_http_methods(["GET", "HEAD", "POST"])
def answer_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Whoever has the link of a mail is its reader: no sign-in is needed to say no."""
    found = answer_links.read_invitation(token)
    of = get_object_or_404(Round.objects.select_related("programme"), pk=found[0] if found else None)
    person = get_object_or_404(User, pk=found[1] if found else None, is_active=True)
    row = queries.invitation_of(person, of)
    if row is None:
        raise Http404
    is_open, said = queries.is_open(of, request.at), sign_up_of(person, of)
    with translation.override(person.language):
        if request.method == "POST":
            if is_open and said is None:
                inviting.decline(of=of, person=person, at=request.at)
                toasts.success(request, _("Thank you for telling us."))
            return redirect("answer_invitation", token)
        if request.method == "GET":
            inviting.note_opened(of=of, person=person, at=request.at)
        context = {"round": of, "is_open": is_open, "invitation": row, "said": said, "person": person}
        return _private(render(request, "rotations/invitation.html", context))


@login_required
@require_POST
def decline_round(request: HttpRequest, number: int) -> HttpResponse:
    """The same, for whoever is signed in."""
    of = get_object_or_404(Round.objects.select_related("programme"), pk=number)
    if queries.invitation_of(request.user, of) is None:
        raise Http404
    if not queries.is_open(of, request.at):
        return closed_sign_up(request, of)
    inviting.decline(of=of, person=request.user, at=request.at)
    toasts.success(request, _("Thank you for telling us."))
    return redirect("duties")


def _private(response: HttpResponse) -> HttpResponse:
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex"
    return response
