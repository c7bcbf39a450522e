"""Addresses on pause: mail to them came back, so they get none until somebody ends the pause. For administrators."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from helpdesk.lib.pagination import BadCursor
from tickets import tasks
from tickets.actions import pausing
from tickets.forms.lists import SearchForm
from tickets.models import PausedAddress
from tickets.queries import mail
from tickets.views.mail import for_mail_managers, mail_page


@for_mail_managers
def paused_addresses(request: HttpRequest) -> HttpResponse:
    is_ended = "ended" in request.GET
    form = SearchForm(request.GET)
    search = form.cleaned_data["q"].strip() if form.is_valid() else ""
    rows = mail.ended_pauses if is_ended else mail.paused_addresses
    try:
        page = rows(search=search, cursor=request.GET.get("cursor"))
    except BadCursor:
        return redirect("paused_addresses")
    chosen = {**({"ended": ""} if is_ended else {}), **({"q": search} if search else {})}
    context = {
        "page": page,
        "is_ended": is_ended,
        "shown": "ended" if is_ended else "",
        "search": search,
        "form": form,
        "more_url": "?" + urlencode({**chosen, "cursor": page.next_cursor}) if page.next_cursor else "",
    }
    return mail_page(request, "tickets/paused_addresses.html", context)


@for_mail_managers
@require_POST
def end_pause(request: HttpRequest, number: int) -> HttpResponse:
    try:
        found = mail.pause(number)
    except PausedAddress.DoesNotExist as error:
        raise Http404 from error
    released = pausing.clear_pause(address=found.address, by=request.user, at=request.at)
    if released:
        tasks.nudge_outbox()
        said = ngettext(
            "%(address)s gets mail again. %(number)d mail that waited leaves now.",
            "%(address)s gets mail again. %(number)d mails that waited leave now.",
            released,
        )
        toasts.success(request, said % {"address": found.address, "number": released})
    else:
        toasts.success(request, _("%(address)s gets mail again.") % {"address": found.address})
    return redirect("paused_addresses")
