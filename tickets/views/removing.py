"""Spam and deleted tickets: away at once, back by one press, listed for those who may restore them."""

from __future__ import annotations

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from helpdesk.lib.pagination import BadCursor
from tickets import access
from tickets.actions import removing
from tickets.actions.errors import NotAllowed, Refused
from tickets.forms.properties import RemovalForm
from tickets.models.ticket import RemovedAs
from tickets.queries import removed as lists
from tickets.views.properties import refused
from tickets.views.shell import shell
from tickets.views.ticket import load_workable, page


@login_required
@require_POST
def remove(request: HttpRequest, number: int) -> HttpResponse:
    """Away with it and on to the list, where one press brings it back."""
    found = load_workable(request, number)
    form = RemovalForm(request.POST)
    if not form.is_valid():
        return refused(request, found, form)
    removed_as = form.cleaned_data["removed_as"]
    try:
        removing.remove(ticket=found, removed_as=removed_as, by=request.user, at=request.at)
    except Refused as refusal:
        return page(request, found, status=403 if isinstance(refusal, NotAllowed) else 409, refusal=str(refusal))
    said = _("#%(number)d is spam.") if removed_as == RemovedAs.SPAM else _("#%(number)d is deleted.")
    toasts.success(request, said % {"number": number}, extra_tags=reverse("restore", args=[number]))
    return redirect("queue")


@login_required
@require_POST
def restore(request: HttpRequest, number: int) -> HttpResponse:
    found = load_workable(request, number)
    try:
        removing.restore(ticket=found, by=request.user, at=request.at)
    except Refused as refusal:
        return page(request, found, status=403 if isinstance(refusal, NotAllowed) else 409, refusal=str(refusal))
    toasts.success(request, _("#%(number)d is back.") % {"number": number})
    return redirect(found)


@login_required
def removed(request: HttpRequest) -> HttpResponse:
    if not access.can_see_removed(request.user):
        raise Http404
    try:
        found = lists.removed_page(request.user, at=request.at, cursor=request.GET.get("cursor"))
    except BadCursor:
        found = lists.removed_page(request.user, at=request.at)
    context = {"rows": found.rows, "cursor": found.next_cursor, "days": removing.KEPT.days, "at": request.at}
    return render(request, "tickets/removed.html", {**context, "shell": shell(request)})
