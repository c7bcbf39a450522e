"""Mail that needs a person: what was not understood, what could not be sent. For administrators."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from helpdesk.lib.pagination import BadCursor
from tickets import access, tasks
from tickets.actions import auditing, incoming, outgoing
from tickets.models import InboundMessage, Outbox
from tickets.queries import mail
from tickets.views.downloads import FILE_POLICY
from tickets.views.shell import shell

View = Callable[..., HttpResponse]


def for_mail_managers(view: View) -> View:
    """Everybody else finds nothing here."""

    @login_required
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not access.can_manage_mail(request.user):
            raise Http404
        return view(request, *args, **kwargs)

    return wrapped


def mail_page(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A page of the section Mail; whichever it is, the sidebar shows the section as the current one."""
    around = {"at": request.at, "shell": shell(request, path=reverse("mail_failures"))}
    return render(request, template, {**around, **context}, status=status)


@for_mail_managers
def failures(request: HttpRequest) -> HttpResponse:
    try:
        inbound = mail.quarantined(cursor=request.GET.get("in"))
        dead = mail.dead_letters(cursor=request.GET.get("out"))
    except BadCursor:
        return redirect("mail_failures")
    context = {
        "inbound": inbound,
        "dead": dead,
        "mailboxes": mail.failing_mailboxes(),
        "senders": mail.failing_senders(),
        "stuck": mail.stuck_mail(request.at),
        "unread": mail.unread_mail(request.at),
    }
    context["is_listed"] = bool(inbound.rows or dead.rows or context["stuck"])
    return mail_page(request, "tickets/mail_failures.html", context)


@require_safe
@for_mail_managers
def raw(request: HttpRequest, number: int) -> HttpResponse:
    """The mail byte for byte, as a file."""
    found = _inbound(number)
    auditing.record_audit(
        action=auditing.Action.READ,
        kind=auditing.Kind.RAW_MAIL,
        by=request.user,
        at=request.at,
        of=found,
        name=f"mail-{found.pk}.eml",
        data={"ticket": found.ticket_id} if found.ticket_id else {},
    )
    response = HttpResponse(bytes(found.raw), content_type="message/rfc822")
    response["Content-Disposition"] = f'attachment; filename="mail-{found.pk}.eml"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = FILE_POLICY
    return response


@for_mail_managers
@require_POST
def read_again(request: HttpRequest, number: int) -> HttpResponse:
    found = _inbound(number)
    incoming.retry_inbound(mail=found, by=request.user, at=request.at)
    tasks.nudge_inbound(found)
    toasts.info(request, _("The mail is read again in a moment. If that fails, it comes back here."))
    return redirect("mail_failures")


@for_mail_managers
@require_POST
def dismiss_inbound(request: HttpRequest, number: int) -> HttpResponse:
    outgoing.dismiss(mail=_inbound(number), by=request.user)
    toasts.info(request, _("Taken off the list. It stays stored."))
    return redirect("mail_failures")


@for_mail_managers
@require_POST
def send_again(request: HttpRequest, number: int) -> HttpResponse:
    outgoing.retry(mail=_outgoing(number), by=request.user, at=request.at)
    tasks.nudge_outbox()
    toasts.info(request, _("The mail is tried again now. If that fails, it comes back here."))
    return redirect("mail_failures")


@for_mail_managers
@require_POST
def dismiss_outgoing(request: HttpRequest, number: int) -> HttpResponse:
    outgoing.dismiss(mail=_outgoing(number), by=request.user)
    toasts.info(request, _("Taken off the list. It stays stored."))
    return redirect("mail_failures")


def _inbound(number: int) -> InboundMessage:
    try:
        return mail.inbound(number)
    except InboundMessage.DoesNotExist as error:
        raise Http404 from error


def _outgoing(number: int) -> Outbox:
    try:
        return mail.outgoing(number)
    except Outbox.DoesNotExist as error:
        raise Http404 from error
