"""Tags of one ticket, suggestions while typing, and renaming, merging and deleting a tag on every ticket."""

from __future__ import annotations

import re

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from helpdesk.lib.pagination import BadCursor, keyset_page
from tickets import access, tasks
from tickets.actions import retagging, tagging
from tickets.actions.errors import Refused
from tickets.forms.lists import SearchForm
from tickets.forms.properties import TagsForm
from tickets.forms.setup import TagNameForm
from tickets.models import Tag, Ticket
from tickets.queries import tags as reading
from tickets.views.properties import change, refused
from tickets.views.shell import shell
from tickets.views.ticket import load_workable

PAGE_SIZE = 100
_APART = re.compile(r"[\s,;]+")


@login_required
@require_POST
def change_tags(request: HttpRequest, number: int) -> HttpResponse:
    """Put tags on and take one off. What is refused stays in the field."""
    found = load_workable(request, number)
    form = TagsForm(request.POST)
    if not form.is_valid():
        return refused(request, found, form)
    added, gone = _APART.split(form.cleaned_data["add"]), form.cleaned_data["remove"]
    typed = {"typed_tags": form.cleaned_data["add"]}
    by = {"ticket": found, "by": request.user, "at": request.at}

    def act() -> Ticket:
        return tagging.remove_tags(tags=[gone], **by) if gone else tagging.add_tags(tags=added, **by)

    return change(request, found, act, typed=typed)


@login_required
def suggest_tags(request: HttpRequest) -> HttpResponse:
    """Options for the list behind the input."""
    if not access.can_use_desk(request.user, request.at):
        raise Http404
    found = reading.suggested(request.GET.get("add", ""), request.user, request.at)
    return render(request, "tickets/_tag_options.html", {"tags": found})


@login_required
def tag_list(request: HttpRequest) -> HttpResponse:
    _require_manager(request)
    form = SearchForm(request.GET)
    beginning = form.cleaned_data["q"] if form.is_valid() else ""
    tags = reading.tags(beginning)
    try:
        found = keyset_page(tags, by=("name", "id"), size=PAGE_SIZE, cursor=request.GET.get("cursor"))
    except BadCursor:
        found = keyset_page(tags, by=("name", "id"), size=PAGE_SIZE)
    query = request.GET.copy()
    query["cursor"] = found.next_cursor or ""
    context = {"tags": found.rows, "more_url": found.next_cursor and f"?{query.urlencode()}", "beginning": beginning}
    return render(request, "tickets/tags.html", {**context, "shell": shell(request)})


@login_required
def rename_tag(request: HttpRequest, number: int) -> HttpResponse:
    """One question before a tag is renamed, merged or deleted everywhere: what it does, and to how many tickets."""
    _require_manager(request)
    tag = get_object_or_404(Tag, pk=number)
    form = TagNameForm(request.POST or request.GET or None)
    wanted = form.cleaned_data["becomes"] if form.is_bound and form.is_valid() else ""
    error = "; ".join(str(each) for errors in form.errors.values() for each in errors)
    try:
        becomes = tagging.normal_tag(wanted) if wanted else ""
        if request.method == "POST" and not error:
            retagging.rename_everywhere(tag=tag, to=becomes, by=request.user, at=request.at)
            tasks.nudge_tags()
            toasts.success(request, _said(tag.name, becomes))
            return redirect("tags")
    except Refused as refusal:
        error, becomes = str(refusal), wanted
    context = {
        "tag": tag,
        "becomes": becomes,
        "error": error,
        "count": reading.count_of(tag),
        "is_merge": reading.exists(becomes) and becomes != tag.name,
        "is_asked": form.is_bound and not error,
    }
    status = 400 if error and request.method == "POST" else 200
    return render(request, "tickets/tag.html", {**context, "shell": shell(request)}, status=status)


def _said(name: str, becomes: str) -> str:
    if becomes:
        return _("“%(old)s” becomes “%(new)s” on every ticket. It takes a moment.") % {"old": name, "new": becomes}
    return _("“%(tag)s” is taken off every ticket. It takes a moment.") % {"tag": name}


def _require_manager(request: HttpRequest) -> None:
    if not access.can_manage_tags(request.user):
        raise Http404
