"""Lists of promises and of the dashboard as files for a spreadsheet; the weekly figures are given by their own page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from helpdesk.lib import list_files
from helpdesk.lib.list_files import Offered, Table, in_parts, number_asked
from sla import access, durations, queries
from sla.actions import keeping
from sla.models import Calendar, Clock, Edit, Foreseen, Policy
from sla.views.behind import TIMED, Behind, narrowing, promises_behind, tickets_behind
from sla.views.calendars import week_in_words
from sla.views.edits import title_of
from tickets import access as desk_access
from tickets.actions import exporting
from tickets.models import AuditEntry, Priority, Ticket
from tickets.models.ticket import Metric

Kind = AuditEntry.Kind


@login_required
@require_POST
def promise_list_file(request: HttpRequest, name: str) -> HttpResponseBase:
    return list_files.given(request, name, LISTS, may_take=desk_access.can_export, note=exporting.note_list)


def policies(request: HttpRequest) -> Table:
    """In the order in which they are asked, one line for each priority."""
    header = (
        _("Policy"), _("For which tickets"), _("Calendar of working time"), _("Priority"),
        *(str(Metric(each).label) for each in Metric.values), _("On hold stops the clock"), _("Warnings"),
    )  # fmt: skip
    rows = (row for each in queries.policies() for row in _policy_rows(each))
    return Table(_("SLA policies"), header, rows)


def _policy_rows(policy: Policy) -> Iterator[list[object]]:
    version: Any = policy.version  # type: ignore[attr-defined]
    fits = _("whatever fits no other") if policy.is_default else policy.conditions
    stops = _("yes") if version.hold_pauses else _("no")
    warnings = "; ".join(map(keeping.level_in_words, version.levels))
    for priority, targets in sorted(version.targets.items(), reverse=True):
        times = [durations.in_words(targets[each]) if each in targets else "" for each in Metric.values]
        label = Priority(int(priority)).label
        yield [policy.name, fits, version.calendar, label, *times, stops, warnings]


def calendars(request: HttpRequest) -> Table:
    header = (
        pgettext("of working time", "Calendar"), _("Hours"), _("Days that differ"), _("Time zone"), _("Policies"),
    )  # fmt: skip
    return Table(_("Calendars of working time"), header, map(_calendar_cells, queries.calendars()))


def _calendar_cells(calendar: Calendar) -> list[object]:
    version: Any = calendar.version  # type: ignore[attr-defined]
    week = "; ".join(f"{days} {hours}" for days, hours in week_in_words(version))
    values = {name: getattr(version, name) for name in ("zone", "weekly", "exceptions", "names")}
    told = keeping.told_calendar({"name": calendar.name, **values})
    return [calendar.name, week, told["days"], version.zone, calendar.used]  # type: ignore[attr-defined]


def changes(request: HttpRequest) -> Table:
    """All of them; the page has the newest."""
    header = (_("Change"), _("When"), _("Made by"), _("State"), _("Due times"), _("Overdue by it"))
    rows = (
        [title_of(each), each.made_at, each.by, _state_of(each), each.changed, each.overdue]
        for each in in_parts(queries.edits())
    )
    return Table(_("Changes of promises"), header, rows)


def _state_of(edit: Edit) -> str:
    return render_to_string("sla/_edit_state.html", {"edit": edit}).strip()


def due_times(request: HttpRequest) -> Table:
    """What one change would do, or was foreseen to do, to tickets that the reader works."""
    edit = get_object_or_404(Edit, pk=number_asked(request))
    header = (
        _("Ticket"), _("Subject"), _("Promise"), _("Due until now (UTC)"), _("Due then (UTC)"), _("Overdue by it"),
    )  # fmt: skip
    rows = map(_foreseen_cells, in_parts(queries.all_foreseen(edit, request.user, request.at)))
    return Table(f"{title_of(edit)} ({edit.pk})", header, rows)


def _foreseen_cells(row: Foreseen) -> list[object]:
    overdue = _("yes") if row.is_overdue else ""
    return [row.ticket_id, row.ticket.subject, row.get_metric_display(), row.due_at, row.becomes_due_at, overdue]


def broken_promises(request: HttpRequest) -> Table:
    found = promises_behind(request, request.POST)
    header = (
        _("Was due (UTC)"), _("Ticket"), _("Subject"), _("Promise"), _("Queue"), pgettext("promise", "Then"),
        _("State"),
    )  # fmt: skip
    return Table(found.what, header, map(_clock_cells, in_parts(found.rows)), _narrowed(found))


def _clock_cells(clock: Clock) -> list[object]:
    state = pgettext("promises", "kept") if clock.state == "met" else pgettext("promises", "broken")
    ticket, judged_at = clock.ticket, clock.judged_at  # type: ignore[attr-defined]
    then = clock.stopped_at or _("still late")
    return [judged_at, ticket.pk, ticket.subject, clock.get_metric_display(), ticket.queue, then, state]


def tickets(request: HttpRequest) -> Table:
    """Behind a number of the dashboard: at risk with a cause, unsolved of an age, solved in a week and so on."""
    found = tickets_behind(request, request.POST)
    has_lengths = found.asked["of"] in TIMED
    header = [pgettext("dashboard", "Came"), _("Ticket"), _("Subject"), _("Queue"), _("Status"), _("Assignee")]
    if has_lengths:
        header += [_("Minutes of working time"), _("Minutes by the calendar")]
    rows = (_ticket_cells(each, has_lengths) for each in in_parts(found.rows))
    return Table(found.what, header, rows, _narrowed(found))


def _ticket_cells(ticket: Ticket, has_lengths: bool) -> list[object]:
    cells: list[object] = [
        ticket.opened_at, ticket.pk, ticket.subject, ticket.queue, ticket.get_status_display(), ticket.assignee or "",
    ]  # fmt: skip
    if has_lengths:
        lengths: Any = ticket
        cells += [-int(-lengths.work_s // 60), -int(-lengths.wall.total_seconds() // 60)]
    return cells


def _narrowed(found: Behind) -> str:
    return " ".join(f"{name}:{value}" for name, value in narrowing(found.asked).items())


LISTS = {
    "broken-promises": Offered(access.can_see_dashboard, broken_promises, Kind.TICKETS),
    "calendars": Offered(access.can_see_promises, calendars),
    "changes": Offered(access.can_see_promises, changes),
    "due-times": Offered(access.can_see_promises, due_times, Kind.TICKETS),
    "policies": Offered(access.can_see_promises, policies),
    "tickets": Offered(access.can_see_dashboard, tickets, Kind.TICKETS),
}
