"""The list of tickets: what to take first, in the order of the due times."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from types import MappingProxyType

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from helpdesk.lib.pagination import BadCursor, Page
from tickets import access
from tickets.actions import assigning
from tickets.actions.errors import Refused
from tickets.forms.lists import FilterForm
from tickets.models import Channel, DueState, Ticket, User
from tickets.queries import directory
from tickets.queries import queue as lists
from tickets.templatetags.ui import day
from tickets.views.columns import more_of
from tickets.views.rows import NOTHING, Row, row_of
from tickets.views.shell import shell
from tickets.views.undoing import offer_give_back


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under one heading. ``goes_on`` leaves the heading out: it stands on the page before."""

    key: str
    title: str
    rows: list[Row]
    goes_on: bool
    is_whole: bool

    @classmethod
    def without_heading(cls, rows: list[Row]) -> Group:
        return cls(key="", title="", rows=rows, goes_on=True, is_whole=False)


@login_required
def queue(request: HttpRequest) -> HttpResponse:
    if not access.can_use_desk(request.user, request.at):
        return redirect("home")
    desks = directory.desks_of(request.user, request.at)
    form = FilterForm(request.GET, desks=desks)
    filters = replace(form.filters, order=request.user.list_order)
    page = _page(request, filters)
    columns = request.user.list_columns
    groups = groups_of(
        page,
        request.user,
        request.at,
        after=request.GET.get("after", ""),
        key_of=_key_for(filters, request.at),
        more={ticket.pk: more_of(ticket, columns, request.at) for ticket in page.rows} if columns else {},
    )
    rows = {"groups": groups, "more_url": _more_url(request, page, groups), "form": form}
    if request.htmx and request.GET.get("cursor"):
        return render(request, "tickets/_rows.html", rows)
    title = title_of(form.filters, desks)
    return render(request, "tickets/queue.html", {**rows, **_overload(desks), "title": title, "shell": shell(request)})


def _overload(desks: list[directory.Desk]) -> dict[str, bool]:
    """Whether any of the queues is worked by what can still be kept."""
    return {"is_overloaded": any(desk.is_overloaded for desk in desks)}


@login_required
def nav(request: HttpRequest) -> HttpResponse:
    """The sidebar with fresh counts, for the page at ``path``; a list has the one in its heading renewed with them."""
    path = request.GET.get("path", "")
    is_list = path.startswith((reverse("queue"), reverse("views")))
    context = {"shell": shell(request, path=path, is_patient=True), "is_list": is_list}
    return render(request, "components/_nav_news.html", context)


@login_required
@require_POST
def take_next(request: HttpRequest) -> HttpResponse:
    try:
        ticket = assigning.take_next(by=request.user, at=request.at)
    except Refused as refusal:
        messages.info(request, str(refusal))
        return redirect("queue")
    offer_give_back(request, ticket)
    return redirect(ticket)


def title_of(filters: lists.Filters, desks: list[directory.Desk]) -> str:
    """The name of what is listed: the view, or else the one queue or channel it is narrowed to."""
    titles = {
        "mine": pgettext("view", "My tickets"),
        "nobody": pgettext("view", "Nobody has it"),
        "at_risk": pgettext("view", "About to breach"),
        "overdue": pgettext("view", "Breached"),
        "waiting": pgettext("view", "Waiting for requester"),
        "snoozed": pgettext("view", "Snoozed"),
        "solved": pgettext("view", "Solved"),
    }
    if filters.view in titles:
        return titles[filters.view]
    if filters.queue:
        return next((desk.name for desk in desks if desk.pk == filters.queue), _("Queue"))
    return str(Channel(filters.channel).label) if filters.channel else _("Queue")


def groups_of(
    page: Page[Ticket],
    reader: User,
    at: datetime,
    *,
    after: str = "",
    key_of: Callable[[Ticket], str] | None = None,
    more: Mapping[int, SafeString] = MappingProxyType({}),
) -> list[Group]:
    """The page's rows by due time, and solved ones by day, or by ``key_of``. ``after`` is the last group of the page
    before this one, ``more`` what a row shows besides, by ticket."""
    found = [(key, list(tickets)) for key, tickets in groupby(page.rows, key=key_of or partial(group_key, at=at))]
    groups = []
    for place, (key, tickets) in enumerate(found):
        goes_on = place == 0 and key == after
        is_cut = page.next_cursor is not None and place == len(found) - 1
        rows = [
            row_of(
                ticket,
                at,
                may_see_contact=access.can_see_contact(reader, ticket, at),
                more=more.get(ticket.pk, NOTHING),
            )
            for ticket in tickets
        ]
        groups.append(Group(key, _group_title(key, tickets[0], at), rows, goes_on, is_whole=not (goes_on or is_cut)))
    return groups


def group_key(ticket: Ticket, at: datetime) -> str:
    if ticket.solved_at is not None:
        return timezone.localtime(ticket.solved_at).date().isoformat()
    if ticket.sla_state != DueState.RUNNING or ticket.due_at is None:
        return "none"
    left = ticket.due_at - at
    if left < timedelta(0):
        return "late"
    for hours, key in ((0.5, "half_hour"), (2, "two_hours"), (4, "four_hours")):
        if left < timedelta(hours=hours):
            return key
    return "today" if timezone.localtime(ticket.due_at).date() == timezone.localtime(at).date() else "later"


def _key_for(filters: lists.Filters, at: datetime) -> Callable[[Ticket], str] | None:
    """Snoozed ones stand by the day they come back; by the day they were opened where that is the order."""
    by, _number = lists.order_of(filters)
    return {"snoozed_until": _waking_key, "id": _opened_key, "-id": _opened_key}.get(by)


def _opened_key(ticket: Ticket) -> str:
    return f"opened-{timezone.localtime(ticket.opened_at).date()}"


def _waking_key(ticket: Ticket) -> str:
    return f"wakes-{timezone.localtime(ticket.snoozed_until).date()}"


def _group_title(key: str, ticket: Ticket, at: datetime) -> str:
    if key.startswith("wakes-"):
        return day(ticket.snoozed_until, at)
    if key.startswith("opened-"):
        return day(ticket.opened_at, at)
    titles = {
        "late": pgettext("group of tickets", "Late"),
        "half_hour": _("Due within 30 minutes"),
        "two_hours": _("Due within 2 hours"),
        "four_hours": _("Due within 4 hours"),
        "today": _("Due later today"),
        "later": _("Due later"),
        "none": _("No clock is running"),
    }
    return titles[key] if key in titles else day(ticket.solved_at, at)


def _page(request: HttpRequest, filters: lists.Filters) -> Page[Ticket]:
    try:
        return lists.queue_page(request.user, filters, at=request.at, cursor=request.GET.get("cursor"))
    except BadCursor:
        return lists.queue_page(request.user, filters, at=request.at)


def _more_url(request: HttpRequest, page: Page[Ticket], groups: list[Group]) -> str:
    if page.next_cursor is None:
        return ""
    query = request.GET.copy()
    query["cursor"], query["after"] = page.next_cursor, groups[-1].key
    return "?" + query.urlencode()
