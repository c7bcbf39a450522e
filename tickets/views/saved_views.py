"""Saved searches: the list that one holds, making and changing one, and all of them in a person's own order."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST

from helpdesk.lib.one_line import must_be_one_line
from helpdesk.lib.pagination import BadCursor, Page
from helpdesk.lib.time_limit import TooSlow
from tickets import access
from tickets.actions import keeping_views
from tickets.actions.errors import Refused
from tickets.forms.fields import ChoiceField
from tickets.forms.lists import FilterForm
from tickets.models import User, View
from tickets.queries import directory
from tickets.queries import views as reading
from tickets.queries.searching.writing import as_saved
from tickets.queries.sidebar import VIEWS_BESIDE
from tickets.searching import QueryError
from tickets.views.columns import label_of, more_of
from tickets.views.queue import Group, groups_of, title_of
from tickets.views.rows import row_of
from tickets.views.search import Mistake, text_of
from tickets.views.shell import shell

EVERYBODY, ONLY_ME, TEAM = "everybody", "", "team-"


class ViewForm(forms.Form):
    """``seen`` is the version that the person began with, empty for a new view."""

    name = forms.CharField(label=pgettext_lazy("view", "Name"), max_length=60, validators=[must_be_one_line])
    query = forms.CharField(
        label=gettext_lazy("Search"),
        max_length=500,
        widget=forms.TextInput(
            {
                "autocomplete": "off",
                "autocapitalize": "off",
                "spellcheck": "false",
                "translate": "no",
                "data-suggest": reverse_lazy("suggest"),
            }
        ),
    )
    sort = ChoiceField(label=gettext_lazy("Order"), choices=View.Sort.choices)
    audience = ChoiceField(label=gettext_lazy("Who sees it"), required=False)
    columns = forms.MultipleChoiceField(
        label=gettext_lazy("Rows also show"), required=False, widget=forms.CheckboxSelectMultiple
    )
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, by: User, audience: str = ONLY_ME, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [(ONLY_ME, _("only me"))]
        offered += [(f"{TEAM}{team.pk}", team.name) for team in reading.teams_to_share_with(by)]
        if access.can_share_view(by, team_id=None):
            offered.append((EVERYBODY, _("everybody who works here")))
        self.fields["audience"].choices = offered
        self.fields["columns"].choices = [(each, label_of(each)) for each in reading.columns()]
        if len(offered) == 1:
            del self.fields["audience"]

    def fill(self, view: View) -> View:
        """The view as the form has it, not saved."""
        values = self.cleaned_data
        chosen = values.get("audience", ONLY_ME)
        view.name, view.query, view.sort = values["name"], values["query"], values["sort"]
        view.columns = values["columns"]
        view.is_for_everybody = chosen == EVERYBODY
        view.team_id = int(chosen.removeprefix(TEAM)) if chosen.startswith(TEAM) else None
        return view


@login_required
def views(request: HttpRequest) -> HttpResponse:
    """All of them, in the order in which they stand beside the person's pages."""
    _require_desk(request)
    rows = [
        {
            "view": each,
            "is_listed": is_listed,
            "may_change": access.can_change_view(request.user, each),
            "audience": audience_in_words(each),
        }
        for each, is_listed in reading.listed(request.user)
    ]
    return render(request, "tickets/views.html", {"rows": rows, "beside": VIEWS_BESIDE, "shell": shell(request)})


def audience_in_words(view: View) -> str:
    if view.is_for_everybody:
        return _("everybody who works here")
    return str(view.team) if view.team else _("only me")


@login_required
def view(request: HttpRequest, number: int) -> HttpResponse:
    """What the view holds for whoever looks, or what is wrong with it."""
    found = _seen(request, number)
    context: dict[str, Any] = {
        "view": found,
        "text": found.query,
        "listed": urlencode({"q": found.query}),
        "audience": audience_in_words(found),
        "may_change": access.can_change_view(request.user, found),
    }
    try:
        context |= _page(request, found)
    except QueryError as error:
        context["mistake"] = Mistake.of(error, found.query)
    except TooSlow:
        context["is_too_slow"] = True
    if request.htmx and request.GET.get("cursor"):
        return render(request, "tickets/_rows.html", context)
    return render(request, "tickets/view.html", {**context, "shell": shell(request)})


@login_required
def new_view(request: HttpRequest) -> HttpResponse:
    """Begins with the list that the person comes from: a search, or the queue with its filters."""
    _require_desk(request)
    return _form_page(request, View(owner=request.user), initial=_from_list(request))


@login_required
def edit_view(request: HttpRequest, number: int) -> HttpResponse:
    found = _changeable(request, number)
    audience = EVERYBODY if found.is_for_everybody else f"{TEAM}{found.team_id}" if found.team_id else ONLY_ME
    initial = {"name": found.name, "query": found.query, "sort": found.sort, "columns": found.columns}
    return _form_page(request, found, initial={**initial, "audience": audience, "seen": found.version})


@login_required
@require_POST
def remove_view(request: HttpRequest, number: int) -> HttpResponse:
    found = _changeable(request, number)
    keeping_views.remove(view=found, by=request.user, at=request.at)
    said = _("The view “%(name)s” is removed.") % {"name": found.name}
    toasts.success(request, said, extra_tags=reverse("restore_view", args=[number]))
    return redirect("views")


@login_required
@require_POST
def restore_view(request: HttpRequest, number: int) -> HttpResponse:
    found = reading.removed_view(number)
    if found is None or not access.can_change_view(request.user, found):
        raise Http404
    keeping_views.restore(view=found, by=request.user, at=request.at)
    toasts.success(request, _("The view “%(name)s” is back.") % {"name": found.name})
    return redirect(found)


@login_required
@require_POST
def move_view(request: HttpRequest, number: int) -> HttpResponse:
    try:
        keeping_views.move(view=_seen(request, number), by=request.user, is_up=request.POST.get("to") != "down")
    except Refused as refusal:
        toasts.error(request, str(refusal))
    return redirect("views")


def _form_page(request: HttpRequest, found: View, *, initial: dict[str, Any]) -> HttpResponse:
    form = ViewForm(request.POST or None, initial=initial, by=request.user)
    context: dict[str, Any] = {"form": form, "view": found, "name": found.name}
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            seen = form.cleaned_data["seen"]
            try:
                saved = keeping_views.save(view=form.fill(found), by=request.user, at=request.at, seen=seen)
            except QueryError as error:
                context["mistake"] = Mistake.of(error, form.cleaned_data["query"])
                form.fields["query"].widget.attrs |= {"aria-invalid": "true", "aria-describedby": "mistake"}
            except keeping_views.ChangedMeanwhile as refusal:
                form.add_error(None, str(refusal))
                context["theirs"] = reading.view_for(request.user, found.pk)
                status = 409
            except Refused as refusal:
                form.add_error(None, str(refusal))
                status = 409
            else:
                toasts.success(request, _("Saved."))
                return redirect(saved)
    return render(request, "tickets/edit_view.html", {**context, "shell": shell(request)}, status=status)


def _from_list(request: HttpRequest) -> dict[str, Any]:
    if text := text_of(request):
        return {"query": text[:500], "sort": View.Sort.NEWEST}
    desks = directory.desks_of(request.user, request.at)
    filters = FilterForm(request.GET, desks=desks).filters
    name = title_of(filters, desks) if filters.is_narrowed or filters.view != "all" else ""
    return {"query": as_saved(filters), "sort": View.Sort.DUE, "name": name}


def _page(request: HttpRequest, found: View) -> dict[str, Any]:
    user, at = request.user, request.at
    query, size = reading.read(found.query), reading.PAGE_SIZE
    try:
        page = reading.page_of(query, found.sort, user, at=at, size=size, cursor=request.GET.get("cursor"))
    except BadCursor:
        page = reading.page_of(query, found.sort, user, at=at, size=size)
    more = {ticket.pk: more_of(ticket, found.columns, at) for ticket in page.rows} if found.columns else {}
    if found.sort == View.Sort.DUE:
        listed = Page(page.rows, page.next_cursor)
        groups = groups_of(listed, user, at, after=request.GET.get("after", ""), more=more)
    else:
        rows = [
            row_of(
                ticket,
                at,
                may_see_contact=access.can_see_contact(user, ticket, at),
                more=more.get(ticket.pk, SafeString()),
            )
            for ticket in page.rows
        ]
        groups = [Group.without_heading(rows)] if rows else []
    after = groups[-1].key if groups else ""
    mark = urlencode({"cursor": page.next_cursor, "after": after}) if page.next_cursor else ""
    return {
        "groups": groups,
        "more_url": f"?{mark}" if mark else "",
        "searched_to": page.searched_to,
        "unknown_tags": reading.unknown_tags(query, user, at),
    }


def _require_desk(request: HttpRequest) -> None:
    if not access.can_use_desk(request.user, request.at):
        raise Http404


def _seen(request: HttpRequest, number: int) -> View:
    _require_desk(request)
    try:
        return reading.view_for(request.user, number)
    except View.DoesNotExist as error:
        raise Http404 from error


def _changeable(request: HttpRequest, number: int) -> View:
    found = _seen(request, number)
    if not access.can_change_view(request.user, found):
        raise Http404
    return found
