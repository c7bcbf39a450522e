"""How a person is told of what: each kind of notice on the page, by mail at once, or not at all."""

from __future__ import annotations

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tickets import notices
from tickets.actions import digesting
from tickets.actions.preferences import set_notice_ways
from tickets.forms.account import NoticeWaysForm
from tickets.models import Role
from tickets.views.shell import shell


@login_required
def notice_ways(request: HttpRequest) -> HttpResponse:
    person = request.user
    if person.role == Role.REQUESTER:
        raise Http404
    initial: dict[str, object] = {each.name: notices.way_for(each.name, person.notice_ways) for each in notices.kinds()}
    initial["digest_hour"] = "" if person.digest_hour is None else person.digest_hour
    form = NoticeWaysForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        hour = form.cleaned_data.pop("digest_hour")
        set_notice_ways(by=person, chosen=form.cleaned_data)
        digesting.choose(by=person, hour=hour, at=request.at)
        toasts.success(request, _("Saved."))
        return redirect("notice_ways")
    status = 400 if form.is_bound else 200
    return render(request, "account/notice_ways.html", {"form": form, "shell": shell(request)}, status=status)
