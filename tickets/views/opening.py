"""A new ticket, opened for somebody who called or came."""

from __future__ import annotations

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tickets import access
from tickets.actions import opening
from tickets.actions.errors import Refused
from tickets.actions.filling import WrongValue
from tickets.forms.fields import as_attachments
from tickets.forms.opening import NewTicketForm
from tickets.models import Channel, Queue
from tickets.queries import directory
from tickets.queries.custom_fields import custom_fields
from tickets.views.shell import shell

BY_HAND = (Channel.PHONE, Channel.EMAIL, Channel.WALK_UP, Channel.CHAT, Channel.MESSENGER, Channel.WEB)


@login_required
def new_ticket(request: HttpRequest) -> HttpResponse:
    if not access.can_use_desk(request.user, request.at):
        raise Http404
    desks = directory.desks_of(request.user, request.at)
    channels = access.channels_to_open(request.user, BY_HAND, request.at)
    form = NewTicketForm(
        request.POST or None, request.FILES or None, desks=desks, channels=channels, own=custom_fields()
    )
    status = 200
    if request.method == "POST":
        if form.is_valid() and (number := _open(request, form)):
            toasts.success(request, _("Ticket #%(number)d is created.") % {"number": number})
            return redirect("ticket", number=number)
        status = 400
    return render(request, "tickets/new.html", {"form": form, "shell": shell(request)}, status=status)


def _open(request: HttpRequest, form: NewTicketForm) -> int | None:
    """The new ticket's number; None when it was refused, with the reason on the form."""
    values = form.cleaned_data
    queue = Queue.objects.get(pk=values["queue"])
    try:
        with transaction.atomic():
            requester = opening.find_or_create_requester(
                email=values["email"], name=values["name"], phone=values["phone"], language=queue.language
            )
            return opening.open_ticket(
                requester=requester,
                queue=queue,
                channel=values["channel"],
                subject=values["subject"],
                text=values["text"],
                by=request.user,
                at=request.at,
                priority=values["priority"],
                attachments=as_attachments(values["files"]),
                fields=form.own_values,
            ).pk
    except WrongValue as refusal:
        form.add_error(f"field-{refusal.field.key}", str(refusal))
        return None
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return None
