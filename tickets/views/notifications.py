"""A person's notifications."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from helpdesk.lib.pagination import BadCursor
from tickets import access
from tickets.actions import notifying
from tickets.contact import call_by_masked_names
from tickets.models import Notification
from tickets.queries.notifications import notification_page
from tickets.views.shell import shell


@login_required
def notifications(request: HttpRequest) -> HttpResponse:
    try:
        page = notification_page(request.user, at=request.at, cursor=request.GET.get("cursor"))
    except BadCursor:
        page = notification_page(request.user, at=request.at)
    call_by_masked_names(
        note.actor
        for note in page.rows
        if note.actor and note.ticket and not access.can_see_contact(request.user, note.ticket, request.at)
    )
    context = {"page": page, "at": request.at}
    if request.htmx and request.GET.get("cursor"):
        return render(request, "tickets/_notifications.html", context)
    return render(request, "tickets/notifications.html", {**context, "shell": shell(request)})


@login_required
@require_POST
def open_notification(request: HttpRequest, notification_id: int) -> HttpResponse:
    """Mark it read and go to what it tells of."""
    try:
        found = Notification.objects.visible_to(request.user, request.at).get(pk=notification_id)
    except Notification.DoesNotExist as error:
        raise Http404 from error
    notifying.mark_read(by=request.user, at=request.at, notification_id=found.pk)
    return redirect("ticket", number=found.ticket_id) if found.ticket_id else redirect(found.path)


@login_required
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    notifying.mark_read(by=request.user, at=request.at)
    return redirect("notifications")
