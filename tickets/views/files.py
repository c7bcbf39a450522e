"""Lists of the desk's setup and of its audit as files for a spreadsheet; tickets, favours and figures have pages of
their own that give them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from helpdesk.lib.pagination import Page
from tickets import access
from tickets.actions import exporting
from tickets.forms.audit import AuditForm
from tickets.forms.lists import SearchForm
from tickets.models import AuditEntry, User
from tickets.queries import audit as reading
from tickets.queries import organisations, setup
from tickets.views.audit import Fact, asked, in_lines
from tickets.views.exporting import as_file
from tickets.views.setup_people import shown_to

AT_ONCE = 500
Kind = AuditEntry.Kind


@login_required
@require_POST
def audit_file(request: HttpRequest) -> HttpResponseBase:
    """The audit as the page narrows it, all of it."""
    form = AuditForm(request.POST)
    if not access.can_read_audit(request.user) or not form.is_valid():
        raise Http404
    wanted = asked(form)
    listed = " ".join(f"{name}:{value}" for name, value in form.cleaned_data.items() if value)
    exporting.note_list(kind=Kind.AUDIT, listed=listed, by=request.user, at=request.at)
    header = (
        _("When"), _("Who"), _("Network address"), _("What"), _("On what kind of thing"),
        _("What was done"), _("From what to what"),
    )  # fmt: skip
    return as_file(request, "audit", header, _audit_cells(wanted))


@login_required
@require_POST
def people_file(request: HttpRequest) -> HttpResponseBase:
    """The people that the page shows to this reader, with the words they were searched by."""
    if not access.can_see_setup(request.user):
        raise Http404
    shown, words = shown_to(request.user, request.POST.get("shown", "")), _words(request)
    exporting.note_list(kind=Kind.PEOPLE, listed=f"{shown} {words}".strip(), by=request.user, at=request.at)
    header = (_("Name"), _("Address"), _("Role"), _("Teams"), _("Organisation"), _("State"))
    found = _all_of(lambda cursor: setup.people(shown, words, cursor=cursor, size=AT_ONCE))
    return as_file(request, "people", header, map(_person_cells, found))


@login_required
@require_POST
def organisations_file(request: HttpRequest) -> HttpResponseBase:
    """With the people and unsolved tickets that the reader sees of each, as on the page."""
    if not access.can_see_setup(request.user):
        raise Http404
    user, at, words = request.user, request.at, _words(request)
    exporting.note_list(kind=Kind.ORGANISATIONS, listed=words, by=user, at=at)

    def page(cursor: str | None) -> Page[organisations.Listed]:
        return Page(*organisations.organisations(user, words, at=at, cursor=cursor, size=AT_ONCE))

    rows = ((str(each.organisation), each.people, each.unsolved) for each in _all_of(page))
    return as_file(request, "organisations", (_("Organisation"), _("People"), _("Unsolved tickets")), rows)


def _words(request: HttpRequest) -> str:
    form = SearchForm(request.POST)
    return form.cleaned_data["q"].strip() if form.is_valid() else ""


def _all_of(page: Callable[[str | None], Page[Any]]) -> Iterator[Any]:
    """Every row, read a page at a time while the file leaves."""
    cursor: str | None = None
    while True:
        found = page(cursor)
        yield from found.rows
        if (cursor := found.next_cursor) is None:
            return


def _person_cells(person: User) -> list[object]:
    state = "" if person.is_active else pgettext("person", "deactivated")
    teams = ", ".join(team.name for team in person.teams.all())
    return [person.name, person.email, person.get_role_display(), teams, person.organisation or "", state]


def _audit_cells(wanted: reading.Asked) -> Iterator[list[object]]:
    cursor: str | None = None
    while True:
        found = reading.entries(wanted, cursor=cursor, size=AT_ONCE)
        for line in in_lines(found.rows):
            entry = line.entry
            who = entry.actor_name or _("The desk itself")
            facts = "; ".join(map(_in_words, line.facts))
            kind, act = entry.kind_in_words, entry.action_in_words
            yield [entry.at, who, entry.address or "", entry.name, kind, act, facts]
        if (cursor := found.next_cursor) is None:
            return


def _in_words(fact: Fact) -> str:
    if fact.is_change:
        return f"{fact.label}: {fact.old} → {fact.new}"
    return f"{fact.label}: {fact.new or pgettext('audit', 'changed')}"
