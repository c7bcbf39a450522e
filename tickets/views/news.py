"""Fragments that an open page fetches after a live hint. Nothing moves under the hand: news wait behind a button."""

from __future__ import annotations

from dataclasses import replace

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from helpdesk.lib.pagination import BadCursor
from tickets import access
from tickets.forms.lists import FilterForm, NewsForm
from tickets.models import Ticket
from tickets.queries import changed, directory
from tickets.queries import ticket as reading
from tickets.queries.queue import Filters
from tickets.views.columns import more_of
from tickets.views.queue import Group
from tickets.views.rows import row_of
from tickets.views.ticket import context_of, load_workable


@login_required
def news(request: HttpRequest) -> HttpResponse:
    """How many tickets came into the list since the page was made."""
    form = NewsForm(request.GET)
    newest = form.cleaned_data["newest"] if form.is_valid() else 0
    filters = replace(_filters(request), order=request.user.list_order)
    in_sight = _in_sight(request, form)
    try:
        count = changed.new_since(request.user, filters, newest=newest, at=request.at, in_sight=in_sight)
    except BadCursor:  # the order was changed in another window
        count = changed.new_since(request.user, filters, newest=newest, at=request.at)
    query = request.GET.copy()
    for name in ("newest", "numbers", "until"):
        query.pop(name, None)
    return render(request, "tickets/_news.html", {"count": count, "query": query.urlencode()})


@login_required
def rows(request: HttpRequest) -> HttpResponse:
    """Rows of the list as they are now; those that left it say so and stay a while."""
    form = NewsForm(request.GET)
    numbers = form.cleaned_data["numbers"] if form.is_valid() else []
    found = changed.rows_now(request.user, _filters(request), numbers=numbers, at=request.at)
    shown = [
        row_of(
            each.ticket,
            request.at,
            may_see_contact=access.can_see_contact(request.user, each.ticket, request.at),
            has_left=not each.is_in_list,
            more=more_of(each.ticket, request.user.list_columns, request.at),
        )
        for each in found
    ]
    return render(request, "tickets/_rows.html", {"groups": [Group.without_heading(shown)]})


@login_required
def ticket_news(request: HttpRequest, number: int) -> HttpResponse:
    """How many messages came since the page was made, and on request the conversation with them.

    Properties that somebody changed meanwhile come along and take their places: ``version`` is the one in sight.
    """
    found = load_workable(request, number)
    if "show" in request.GET:
        shown = context_of(request, found) | {"is_oob": True, "is_beside": _is_beside(request, found)}
        return render(request, "tickets/_conversation.html", shown)
    form = NewsForm(request.GET)
    newest, version = (form.cleaned_data["newest"], form.cleaned_data["version"]) if form.is_valid() else (0, None)
    count = changed.messages_since(found, request.user, newest=newest, at=request.at)
    context = {
        "count": count,
        "ticket": found,
        "at": request.at,
        "writers": reading.writers_on(found, request.at),
        "is_oob": True,
        "is_changed": version not in (None, found.version),
    }
    if context["is_changed"]:
        context = {**context_of(request, found), **context}
    return render(request, "tickets/_ticket_news.html", context)


def _is_beside(request: HttpRequest, found: Ticket) -> bool:
    """Whether the page is a list with the ticket beside it, where its properties do not stand."""
    path = request.htmx.current_url_abs_path
    return bool(path) and not path.startswith(found.get_absolute_url())


def _in_sight(request: HttpRequest, form: NewsForm) -> changed.InSight | None:
    """What the page says it shows; a page that does not say is told only of what is newer than all it knew."""
    if "numbers" not in request.GET or not form.is_valid():
        return None
    return changed.InSight(form.cleaned_data["numbers"], form.cleaned_data["until"])


def _filters(request: HttpRequest) -> Filters:
    return FilterForm(request.GET, desks=directory.desks_of(request.user, request.at)).filters
