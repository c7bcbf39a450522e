"""How mail leaves: the senders of each queue, and what its mail is like. For administrators."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tickets.actions import mail_settings
from tickets.channels.email import smtp
from tickets.forms.mail import QueueMailForm, SenderForm, UndoTimeForm
from tickets.models import DeskSettings, MailSender, Queue
from tickets.queries import mail_settings as reading
from tickets.views.mail import for_mail_managers, mail_page


@for_mail_managers
def senders(request: HttpRequest) -> HttpResponse:
    queues = reading.queues_with_senders()
    context = {
        "queues": queues,
        "has_senders": any(queue.senders.all() for queue in queues),
        "site": reading.site_sender(),
        "is_by_file": not settings.SMTP_URL,
        "folder": settings.MAIL_FILE_DIR,
        "undo_form": UndoTimeForm(initial={"undo_s": DeskSettings.current().undo_s}),
    }
    return mail_page(request, "tickets/senders.html", context)


@for_mail_managers
@require_POST
def set_undo_time(request: HttpRequest) -> HttpResponse:
    """How long replies can be taken back."""
    form = UndoTimeForm(request.POST)
    if not form.is_valid():
        raise Http404
    mail_settings.set_undo_time(undo_s=form.cleaned_data["undo_s"], by=request.user, at=request.at)
    toasts.success(request, _("Saved."))
    return redirect("senders")


@for_mail_managers
def new_sender(request: HttpRequest) -> HttpResponse:
    form = SenderForm(request.POST or None, instance=MailSender(), initial={"queue": request.GET.get("queue")})
    if request.method == "POST" and form.is_valid():
        try:
            made = mail_settings.create_sender(by=request.user, at=request.at, **form.cleaned_data)
        except mail_settings.WrongSettings as refusal:
            form.refuse(refusal.errors)
        else:
            toasts.success(request, _("Saved. Test the connection now."))
            return redirect("sender", made.pk)
    return mail_page(request, "tickets/new_sender.html", {"form": form})


@for_mail_managers
def sender(request: HttpRequest, number: int) -> HttpResponse:
    found = _sender(number)
    form = SenderForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        try:
            mail_settings.change_sender(sender=found, by=request.user, at=request.at, **form.cleaned_data)
        except mail_settings.WrongSettings as refusal:
            form.refuse(refusal.errors)
        else:
            toasts.success(request, _("Saved."))
            return redirect("sender", number)
    return _page(request, found, form=form)


@for_mail_managers
@require_POST
def test_sender(request: HttpRequest, number: int) -> HttpResponse:
    """Nothing is sent by it. It may take as long as the server does."""
    found = _sender(number)
    probe = smtp.probe(found)
    if request.htmx:
        return render(request, "tickets/_sender_probe.html", {"sender": found, "probe": probe})
    return _page(request, found, probe=probe)


@for_mail_managers
@require_POST
def move_sender(request: HttpRequest, number: int) -> HttpResponse:
    mail_settings.move_sender(
        sender=_sender(number), by=request.user, at=request.at, is_up=request.POST.get("to") != "down"
    )
    return redirect("senders")


@for_mail_managers
@require_POST
def remove_sender(request: HttpRequest, number: int) -> HttpResponse:
    found = _sender(number)
    mail_settings.remove_sender(sender=found, by=request.user, at=request.at)
    toasts.info(request, _("The sender %(name)s is removed.") % {"name": found.name})
    return redirect("senders")


@for_mail_managers
def queue_mail(request: HttpRequest, number: int) -> HttpResponse:
    try:
        found = reading.queue(number)
    except Queue.DoesNotExist as error:
        raise Http404 from error
    form = QueueMailForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        try:
            mail_settings.change_queue_mail(queue=found, by=request.user, at=request.at, **form.cleaned_data)
        except mail_settings.WrongSettings as refusal:
            form.refuse(refusal.errors)
        else:
            toasts.success(request, _("Saved."))
            return redirect("senders")
    return mail_page(request, "tickets/queue_mail.html", {"queue": found, "form": form})


def _page(request: HttpRequest, found: MailSender, **more: Any) -> HttpResponse:
    more.setdefault("form", SenderForm(instance=found))
    return mail_page(request, "tickets/sender.html", {"sender": found, **more})


def _sender(number: int) -> MailSender:
    try:
        return reading.sender(number)
    except MailSender.DoesNotExist as error:
        raise Http404 from error
