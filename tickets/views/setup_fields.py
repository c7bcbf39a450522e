"""The desk's own fields: made, changed, ordered, retired. What a change means for tickets is said before it is made."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from tickets import access
from tickets.actions import keeping_fields
from tickets.actions.mail_settings import WrongSettings
from tickets.forms.setup import FieldSetupForm
from tickets.models import CustomField
from tickets.queries import setup as reading
from tickets.templatetags.ui import count
from tickets.views.setup import for_setup, for_setup_changes, setup_page


@for_setup
def field_list(request: HttpRequest) -> HttpResponse:
    return setup_page(request, "tickets/setup_fields.html", {"fields": list(reading.fields())})


@for_setup_changes
def new_field(request: HttpRequest) -> HttpResponse:
    form = FieldSetupForm(request.POST or None, instance=CustomField())
    follows: list[str] = []
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        follows = [] if wanted["sure"] else _of_being_required(CustomField(key=""), wanted)
        if not follows:
            try:
                made = keeping_fields.add(type=wanted["type"], by=request.user, at=request.at, **_settings(form))
            except WrongSettings as refusal:
                form.refuse(refusal.errors)
            else:
                toasts.success(request, _("The field %(name)s is there.") % {"name": made.label})
                return redirect("setup_fields")
    context = {"form": form, "follows": follows, "cancel_url": reverse("setup_fields")}
    return setup_page(request, "tickets/setup_field.html", context, status=400 if form.errors else 200)


@for_setup
def field(request: HttpRequest, number: int) -> HttpResponse:
    """Saved at once, unless something follows from it that is said first and asked for once."""
    found = _load(number)
    form = FieldSetupForm(request.POST or None, instance=_load(number))
    follows: list[str] = []
    if request.method == "POST":
        if not access.can_change_setup(request.user):
            raise Http404
        if form.is_valid():
            follows = [] if form.cleaned_data["sure"] else _what_follows(found, form.cleaned_data)
            if not follows:
                try:
                    keeping_fields.change(field=found, by=request.user, at=request.at, **_settings(form))
                except WrongSettings as refusal:
                    form.refuse(refusal.errors)
                else:
                    toasts.success(request, _("Saved."))
                    return redirect("setup_fields")
    context = {
        "field": found,
        "form": form,
        "follows": follows,
        "cancel_url": reverse("setup_field", args=[number]),
        "used": _used(found),
    }
    return setup_page(request, "tickets/setup_field.html", context, status=400 if form.errors else 200)


@for_setup_changes
@require_POST
def move_field(request: HttpRequest, number: int) -> HttpResponse:
    is_up = request.POST.get("to") != "down"
    keeping_fields.move(field=_load(number), by=request.user, is_up=is_up, at=request.at)
    return redirect("setup_fields")


@for_setup_changes
@require_POST
def retire_field(request: HttpRequest, number: int) -> HttpResponse:
    found = keeping_fields.switch(field=_load(number), is_active=False, by=request.user, at=request.at)
    said = _("The field %(name)s is retired.") % {"name": found.label}
    toasts.success(request, said, extra_tags=reverse("restore_field", args=[number]))
    return redirect("setup_fields")


@for_setup_changes
@require_POST
def restore_field(request: HttpRequest, number: int) -> HttpResponse:
    found = keeping_fields.switch(field=_load(number), is_active=True, by=request.user, at=request.at)
    toasts.success(request, _("The field %(name)s is in use again.") % {"name": found.label})
    return redirect("setup_fields")


def _load(number: int) -> CustomField:
    try:
        return reading.fields().get(pk=number)
    except CustomField.DoesNotExist as error:
        raise Http404 from error


def _settings(form: FieldSetupForm) -> Any:
    return {name: form.cleaned_data[name] for name in keeping_fields.FieldSettings.__annotations__}


def _used(found: CustomField) -> str:
    number = reading.with_value(found)
    if number == 0:
        return _("No ticket has a value.")
    if number is None:
        return _("Many tickets have a value.")
    sentence = ngettext("%(number)s ticket has a value.", "%(number)s tickets have a value.", number)
    return sentence % {"number": count(number)}


def _what_follows(found: CustomField, wanted: dict[str, Any]) -> list[str]:
    return [*_of_choices(found, wanted), *_of_queues(found, wanted), *_of_being_required(found, wanted)]


def _of_choices(found: CustomField, wanted: dict[str, Any]) -> list[str]:
    """Choices that are taken off, where tickets have them."""
    left = {" ".join(each.split()) for each in wanted["choices"]}
    said = []
    for choice in [each for each in found.choices if each not in left][:20]:
        number = reading.with_choice(found, choice)
        if number == 0:
            continue
        sentence = ngettext(
            "%(number)s ticket has “%(choice)s” and keeps it; nobody can choose it any more.",
            "%(number)s tickets have “%(choice)s” and keep it; nobody can choose it any more.",
            number or reading.COUNTED,
        )
        said.append(sentence % {"number": _number(number), "choice": choice})
    return said


def _of_queues(found: CustomField, wanted: dict[str, Any]) -> list[str]:
    """Queues that do not have the field any more, where tickets have a value."""
    had, chosen = {queue.pk for queue in found.queues.all()}, list(wanted["queues"])
    if not chosen or (had and had <= {queue.pk for queue in chosen}):
        return []
    number = reading.with_value(found, outside=chosen)
    if number == 0:
        return []
    sentence = ngettext(
        "%(number)s ticket of other queues has a value: it keeps and shows it, but nobody fills it in there.",
        "%(number)s tickets of other queues have a value: they keep and show it, but nobody fills it in there.",
        number or reading.COUNTED,
    )
    return [sentence % {"number": _number(number)}]


def _of_being_required(found: CustomField, wanted: dict[str, Any]) -> list[str]:
    """Tickets that cannot be solved from now on before somebody fills the field in."""
    chosen = list(wanted["queues"])
    had = {queue.pk for queue in found.queues.all()} if found.pk else set()
    is_wider = bool(had) and not (chosen and {queue.pk for queue in chosen} <= had)
    if not wanted["is_required_to_solve"] or (found.is_required_to_solve and not is_wider) or not found.is_active:
        return []
    number = reading.unsolved_without(found, chosen)
    if number == 0:
        return []
    sentence = ngettext(
        "%(number)s unsolved ticket has no value: before it is solved, somebody fills this field in.",
        "%(number)s unsolved tickets have no value: before one is solved, somebody fills this field in.",
        number or reading.COUNTED,
    )
    return [sentence % {"number": _number(number)}]


def _number(number: int | None) -> str:
    return _("Many") if number is None else count(number)
