"""Saying that two requesters are one person, and taking that back."""

from __future__ import annotations

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tickets import access
from tickets.actions import merging_people
from tickets.actions.errors import NotAllowed, Refused
from tickets.models import PersonMerge, User
from tickets.queries import people
from tickets.views.shell import shell


@login_required
def merge_person(request: HttpRequest, person_id: int) -> HttpResponse:
    """Find who this person also is, see what moves, then make them one (POST)."""
    if not access.can_merge_people(request.user):
        raise Http404
    person = _load(request, str(person_id))
    if not merging_people.may_merge(request.user, person, request.at):
        raise PermissionDenied(str(NotAllowed()))
    asked = request.POST.get("into", "") if request.method == "POST" else request.GET.get("into", "")
    if not asked:
        words = request.GET.get("q", "")
        hits = people.same_as(person, request.user, words, at=request.at)
        merges = people.undoable_merges(person, at=request.at)
        return _page(request, "tickets/choose_person.html", person=person, hits=hits, words=words, merges=merges)
    into = _load(request, asked)
    refusal = ""
    if request.method == "POST":
        try:
            made = merging_people.merge_people(person=person, into=into, by=request.user, at=request.at)
        except Refused as error:
            refusal = str(error)
        else:
            sentence = _("%(person)s and %(into)s are one person now.") % {"person": person, "into": into}
            toasts.success(request, sentence, extra_tags=reverse("unmerge_person", args=[made.pk]))
            newest = people.card_of(into, request.user, at=request.at).newest
            return redirect(newest[0] if newest else "queue")
    cards = [people.card_of(each, request.user, at=request.at) for each in (person, into)]
    status = 409 if refusal else 200
    return _page(
        request, "tickets/merge_person.html", status=status, person=person, into=into, cards=cards, refusal=refusal
    )


@login_required
def unmerge_person(request: HttpRequest, merge_id: int) -> HttpResponse:
    """See what goes back and what stays, then make them two people again (POST)."""
    try:
        merge = people.merge(merge_id)
    except PersonMerge.DoesNotExist as error:
        raise Http404 from error
    if not merging_people.may_unmerge(request.user, merge, request.at):
        raise Http404
    refusal = ""
    if request.method == "POST":
        try:
            person = merging_people.unmerge_people(merge=merge, by=request.user, at=request.at)
        except Refused as error:
            refusal = str(error)
        else:
            said = _("%(person)s and %(into)s are two people again.") % {"person": person, "into": merge.into}
            toasts.success(request, said)
            newest = people.card_of(person, request.user, at=request.at).newest
            return redirect(newest[0] if newest else "queue")
    context = {"merge": merge, "facts": people.what_goes_back(merge), "refusal": refusal}
    return _page(request, "tickets/unmerge_person.html", status=409 if refusal else 200, **context)


def _load(request: HttpRequest, number: str) -> User:
    """Somebody with a request that the person works."""
    try:
        return people.requester(request.user, int(number[:18]), at=request.at)
    except (User.DoesNotExist, ValueError) as error:
        raise Http404 from error


def _page(request: HttpRequest, template: str, *, status: int = 200, **context: object) -> HttpResponse:
    return render(request, template, {**context, "at": request.at, "shell": shell(request)}, status=status)
