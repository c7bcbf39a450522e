"""What rows of a list can show besides what they always show, and what else people choose for their lists."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from tickets import access
from tickets.actions.preferences import set_list
from tickets.forms.fields import ChoiceField
from tickets.models import ListDensity, ListLayout, ListOrder, Priority, Status, Ticket
from tickets.queries import directory
from tickets.queries import views as reading
from tickets.templatetags.ui import moment
from tickets.views import rail
from tickets.views.shell import shell

LABELS = {
    "queue": gettext_lazy("Queue"),
    "status": gettext_lazy("Status"),
    "priority": gettext_lazy("Priority"),
    "opened": pgettext_lazy("column", "Opened"),
    "updated": pgettext_lazy("column", "Last change"),
    "solved": pgettext_lazy("column", "Solved"),
    "snoozed": pgettext_lazy("column", "Snoozed until"),
}


def label_of(column: str) -> str:
    return str(LABELS[column]) if column in LABELS else rail.label_of(column.removeprefix(reading.FIELD))


def more_of(ticket: Ticket, columns: Sequence[str], at: datetime) -> SafeString:
    """What the view's columns add to a row; no query."""
    values = ((label_of(each), value) for each in columns if (value := _value(ticket, each, at)))
    words = format_html_join(" · ", '<span class="sr">{}:</span> {}', values)
    return format_html('<span class="snippet">{}</span>', words) if words else words


def _value(ticket: Ticket, column: str, at: datetime) -> str | SafeString:
    if column.startswith(reading.FIELD):
        key = column.removeprefix(reading.FIELD)
        stored = ticket.fields.get(key, "")
        return format_html("{}: {}", rail.label_of(key), rail.value_in_words(key, stored)) if stored else ""
    if column == "queue":
        return next((desk.name for desk in directory.desks() if desk.pk == ticket.queue_id), "")
    if column == "status":
        return str(Status(ticket.status).label)
    if column == "priority":
        return str(Priority(ticket.priority).label)
    times = {
        "opened": (pgettext("time in a row", "opened %(time)s"), ticket.opened_at),
        "updated": (pgettext("time in a row", "changed %(time)s"), ticket.updated_at),
        "solved": (pgettext("time in a row", "solved %(time)s"), ticket.solved_at),
        "snoozed": (pgettext("time in a row", "snoozed until %(time)s"), ticket.snoozed_until),
    }
    words, when = times.get(column, ("", None))
    return words % {"time": moment(when, at)} if when else ""


class ListForm(forms.Form):
    """How a person has the queue."""

    layout = ChoiceField(label=gettext_lazy("Layout"), choices=ListLayout.choices, widget=forms.RadioSelect)
    density = ChoiceField(label=gettext_lazy("Density"), choices=ListDensity.choices, widget=forms.RadioSelect)
    order = ChoiceField(label=gettext_lazy("Order"), choices=ListOrder.choices, widget=forms.RadioSelect)
    columns = forms.MultipleChoiceField(
        label=gettext_lazy("Rows also show"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["columns"].choices = [(each, label_of(each)) for each in reading.columns()]


@login_required
def list_settings(request: HttpRequest) -> HttpResponse:
    """Layout, density, order and columns of the queue, remembered for the person."""
    person = request.user
    if not access.can_use_desk(person, request.at):
        raise Http404
    back = request.POST.get("next") or request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = reverse("queue")
    known = {
        "layout": person.list_layout,
        "density": person.list_density,
        "order": person.list_order,
        "columns": person.list_columns,
    }
    form = ListForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        set_list(by=person, **form.cleaned_data)
        return redirect(back)
    return render(request, "tickets/list_settings.html", {"form": form, "back": back, "shell": shell(request)})
