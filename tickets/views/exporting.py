"""Any list of tickets as a file for a spreadsheet, and for a requester all that is their own."""

from __future__ import annotations

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from helpdesk.lib.list_files import as_file
from tickets import access
from tickets.actions import exporting
from tickets.channels.email import identity
from tickets.forms.lists import FilterForm
from tickets.models import View
from tickets.queries import directory, views
from tickets.queries import exporting as reading
from tickets.searching import QueryError
from tickets.views.queue import title_of


@login_required
@require_POST
def export(request: HttpRequest) -> HttpResponseBase:
    """The list at ``listed``, which is the query of its page's address, or the saved ``view``, in its order."""
    if not access.can_export(request.user) or not access.can_use_desk(request.user, request.at):
        raise Http404
    try:
        name, listed, numbers = _chosen(request)
    except QueryError as error:
        toasts.error(request, str(error))
        return redirect("queue")
    exporting.note_export(name=name, listed=listed, count=len(numbers), by=request.user, at=request.at)
    columns = reading.columns()
    rows = reading.rows(numbers, columns, request.user, request.at)
    return as_file(request, "tickets", (column.label for column in columns), rows)


@login_required
@require_POST
def export_own(request: HttpRequest) -> HttpResponseBase:
    """What was said in the person's own requests, for themselves."""
    rows = reading.own_words(request.user, request.at, readable=identity.without_tokens)
    return as_file(request, "requests", reading.own_columns(), rows)


def _chosen(request: HttpRequest) -> tuple[str, str, reading.Numbers]:
    """Its name, how it is narrowed, and its tickets. Raises `QueryError`."""
    user, at = request.user, request.at
    if number := request.POST.get("view", ""):
        found = _view(request, number)
        return found.name, found.query, reading.of_view(found, user, at)
    listed = QueryDict(request.POST.get("listed", "")[:2000])
    if text := listed.get("q", "").strip():
        return _("Search"), text, reading.of_search(text, user, at)
    desks = directory.desks_of(user, at)
    filters = FilterForm(listed, desks=desks).filters
    return title_of(filters, desks), listed.urlencode(), reading.of_queue(filters, user, at)


def _view(request: HttpRequest, number: str) -> View:
    try:
        return views.view_for(request.user, int(number))
    except (ValueError, OverflowError, View.DoesNotExist) as error:
        raise Http404 from error
