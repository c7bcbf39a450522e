"""The dashboard: what will break and why, what was kept, and the list behind every number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.template.loader import get_template
from django.urls import reverse
from django.utils import formats
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext, pgettext
from django.views.decorators.http import require_POST

from helpdesk.lib import charts, csv_writer
from sla import access
from sla.figures import outlook, reading, tallies
from sla.figures.outlook import Picture
from sla.figures.reading import Past, Person, Scope, Share, Written
from sla.templatetags.dashboard import figure_of
from sla.views.figures import (
    breakdowns,
    heat,
    hours,
    lengths_of,
    promises_url,
    tickets_url,
    weeks_of,
)
from tickets import access as desk_access
from tickets.actions import exporting
from tickets.models import AuditEntry, Channel, Status, User
from tickets.queries import favours

RISKS_SHOWN = 3
UNITS_SHOWN = 4
REASONS_SHOWN = 5


@dataclass(frozen=True)
class Risk:
    """One cause, how many promises at risk it holds, and where it is mended."""

    key: str
    title: str
    text: str
    count: int
    action: str
    elsewhere: str = ""

    @property
    def tickets_url(self) -> str:
        """Those and no others."""
        return tickets_url("cause", key=self.key)

    @property
    def url(self) -> str:
        return self.elsewhere or self.tickets_url


@dataclass(frozen=True)
class Reckoning:
    """The bound of one team, with everything it is made of."""

    team: str
    breaks: int
    due: int
    doable: int
    people: int
    until: datetime
    hours: float
    lengths: list[tuple[int, float]]
    """So many of so many minutes each."""


@login_required
def dashboard(request: HttpRequest) -> HttpResponse:
    require(request)
    at, zone = request.at, ZoneInfo(request.user.time_zone)
    known = reading.written(request.user, at)
    scope = known.scope
    pictures, as_of = reading.ahead(known)
    total = added(pictures.values())
    reckonings = _reckonings(scope, pictures)
    context = {
        "scope": scope,
        "as_of": as_of,
        "total": total,
        "open_url": tickets_url("open"),
        "reckonings": reckonings,
        "breaks": sum(each.breaks for each in reckonings),
        "sentence": _sentence(reckonings, at, zone),
        "risks": risks_of(known, pictures, zone),
        "on_duty_url": reverse("team_hours") if request.user.is_lead else "",
        "today_url": promises_url("today"),
        "overdue_url": f"{reverse('queue')}?view=overdue",
        "at_risk_url": f"{reverse('queue')}?view=at_risk",
        "hopeless": sum(each.hopeless for each in pictures.values() if each.bound),
        "last_sweep": known.last_sweep if reading.is_late(known.last_sweep, at) else None,
        # A desk whose scheduled tasks were never started: there is something to notice, and nobody ever looked.
        "is_never_swept": not known.last_sweep and total.overdue > 0,
        "can_export": desk_access.can_export(request.user),
    }
    if request.htmx and request.GET.get("part") == "ahead":
        return render(request, "sla/_renewed.html", context | {"is_renewal": True})
    said = reading.said_of_the_past(known, get_language() or "", lambda past: _said(known, past))
    misses, times, shares = said.parts
    context |= {
        "states": _states(total),
        "reasons": _reasons(total),
        "ages": _ages(total),
        "favours": favours_of(request.user, at, zone),
        "misses": misses,
        "times": times,
        "shares": shares,
        "counted_at": said.at,
    }
    return render(request, "sla/dashboard.html", context)


def _said(known: Written, past: Past) -> list[SafeString]:
    """The parts of the page that tell of the past, without anything of the reader's own: others are shown them too."""
    context = {
        "past": past,
        "has_past": bool(past.by_week),
        "weeks": (weeks := weeks_of(past)),
        "chart": charts.bar_chart([100, *(week.share.percent or 0 for week in weeks)], width=420, height=150),
        "heat_hours": hours(past),
        "heat": heat(past),
        "lengths": lengths_of(past),
        "breakdowns": breakdowns(known.scope, past, policies=known.policies),
        "all_kept_url": promises_url("kept", which="all"),
        "stayed_url": tickets_url("stayed"),
        "first_contact_url": tickets_url("first_contact"),
    }
    return [get_template(f"sla/_{part}.html").render(context) for part in ("misses", "times", "shares")]


@login_required
@require_POST
def dashboard_file(request: HttpRequest) -> HttpResponseBase:
    """The weekly figures as CSV: one line for each week and figure."""
    require(request)
    if not desk_access.can_export(request.user):
        raise Http404
    scope = reading.scope_of(request.user)
    past = reading.past(scope, request.at)
    exporting.note_list(kind=AuditEntry.Kind.FIGURES, listed="", by=request.user, at=request.at)
    days = f"{past.weeks[0].isoformat()}_{request.at.astimezone(tallies.zone()).date().isoformat()}"
    header = (
        pgettext("dashboard", "Week from"), pgettext("dashboard", "What"), pgettext("dashboard", "Which"),
        gettext("Count"), pgettext("dashboard", "Kept"), gettext("Minutes"),
    )  # fmt: skip
    return StreamingHttpResponse(
        csv_writer.lines(header, _file_rows(scope, past), separator=csv_writer.separator_for(get_language() or "")),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="dyzur-dashboard-{days}.csv"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        },
    )


def require(request: HttpRequest) -> None:
    if not access.can_see_dashboard(request.user):
        raise Http404


# What lies ahead


def added(pictures: Any) -> Picture:
    """The numbers of several teams together."""
    total = Picture(ages=dict.fromkeys(outlook.AGES, 0))
    reasons: Counter[str] = Counter()
    present: set[int] = set()
    for each in pictures:
        present.update(each.present)
        for name in ("open", "nobody", "overdue", "at_risk", "breached_today", "free", "rest"):
            setattr(total, name, getattr(total, name) + getattr(each, name))
        for age, number in each.ages.items():
            total.ages[age] = total.ages.get(age, 0) + number
        for state, number in each.states.items():
            total.states[state] = total.states.get(state, 0) + number
        for reason, number in each.reasons:
            reasons[reason] += number
        if each.oldest_due:
            total.oldest_due = min(total.oldest_due or each.oldest_due, each.oldest_due)
    total.present, total.on_duty = sorted(present), len(present)
    total.reasons = [list(each) for each in sorted(reasons.items(), key=lambda each: (-each[1], each[0]))]
    return total


def _reckonings(scope: Scope, pictures: dict[int, Picture]) -> list[Reckoning]:
    names = dict(scope.teams)
    found = [
        Reckoning(
            team=names[team],
            breaks=each.bound["breaks"],
            due=each.bound["due"],
            doable=each.bound["doable"],
            people=each.bound["people"],
            until=datetime.fromisoformat(each.bound["until"]),
            hours=each.bound["capacity_s"] / 3600,
            lengths=[(count, seconds / 60) for seconds, count in each.bound["lengths"]],
        )
        for team, each in pictures.items()
        if each.bound
    ]
    return sorted(found, key=lambda each: -each.breaks)


def _sentence(reckonings: list[Reckoning], at: datetime, zone: ZoneInfo) -> str:
    """The bad news first, with its number; or that there is none."""
    breaks = sum(each.breaks for each in reckonings)
    until = max((each.until for each in reckonings), default=at + outlook.HORIZON).astimezone(zone)
    values = {"number": formats.number_format(breaks, force_grouping=True), "time": formats.date_format(until, "G:i")}
    is_today = until.date() == at.astimezone(zone).date()
    if not breaks:
        return gettext("Everything that is due by tomorrow %(time)s can still be kept.") % values
    if is_today:
        return ngettext(
            "At least %(number)s promise will break by %(time)s",
            "At least %(number)s promises will break by %(time)s",
            breaks,
        ) % values  # fmt: skip
    return ngettext(
        "At least %(number)s promise will break by tomorrow %(time)s",
        "At least %(number)s promises will break by tomorrow %(time)s",
        breaks,
    ) % values  # fmt: skip


def risks_of(known: Written, pictures: dict[int, Picture], zone: ZoneInfo) -> list[Risk]:
    """The first cause that holds, each with what helps; the ones that hold most first, everything else at the end."""
    queues = dict(known.scope.queues)
    overloaded = [each for picture in pictures.values() for each in picture.overloaded]
    people = known.people | _people({each["person"] for each in overloaded} - known.people.keys())
    risks = _problems(known, pictures)
    for each in (row for picture in pictures.values() for row in picture.without_anybody):
        queue, channel = queues[each["queue"]], Channel(each["channel"]).label
        until = datetime.fromisoformat(each["until"]).astimezone(zone) if each["until"] else None
        names = {"channel": channel, "queue": queue, "time": formats.date_format(until, "D G:i") if until else ""}
        title = (
            gettext("Nobody on %(channel)s until %(time)s") if until else gettext("Nobody on %(channel)s within a day")
        )
        key = outlook.nobody_key(each["queue"], each["channel"])
        risks.append(Risk(key, title % names, queue, each["count"], gettext("Share out")))
    for team, each in ((team, row) for team, picture in pictures.items() for row in picture.overloaded):
        person = people.get(each["person"])
        if person is None:
            continue
        text = gettext("%(doable)d of %(count)d can be kept by one person") % each
        key = outlook.overloaded_key(team, each["person"])
        title = gettext("%(name)s has too much in hand") % {"name": person}
        risks.append(Risk(key, title, text, each["count"], gettext("Reassign")))
    risks.sort(key=lambda risk: -risk.count)
    shown, others = risks[:RISKS_SHOWN], risks[RISKS_SHOWN:]
    if others:
        number = sum(each.count for each in others)
        shown.append(Risk(outlook.OTHERS, gettext("Other causes like these"), "", number, pgettext("tickets", "Show")))
    free = sum(each.free for each in pictures.values())
    if free:
        text = gettext("Somebody is there who could")
        shown.append(Risk(outlook.FREE, gettext("Nobody has taken them"), text, free, gettext("Assign")))
    rest = sum(each.rest for each in pictures.values())
    if rest:
        text = gettext("In somebody's hands, and there is time")
        shown.append(Risk(outlook.REST, gettext("Everything else"), text, rest, pgettext("tickets", "Show")))
    return shown


def _problems(known: Written, pictures: dict[int, Picture]) -> list[Risk]:
    """Tickets that others wait on, which may be of several teams. Of one that is another team's no more is said."""
    counts: Counter[int] = Counter()
    linked: dict[int, int] = {}
    for each in (row for picture in pictures.values() for row in picture.problems):
        counts[each["ticket"]] += len(each["tickets"])
        linked[each["ticket"]] = each["linked"]
    subjects = known.problems
    if known.is_counted_anew and counts:
        subjects = subjects | reading.subjects(known.scope, set(counts))
    risks = []
    for number, count in counts.items():
        title, url, action = gettext("A known problem of another team"), "", pgettext("tickets", "Show")
        if (subject := subjects.get(number)) is not None:
            title = gettext("Known problem: %(subject)s") % {"subject": subject or gettext("(no subject)")}
            url, action = reverse("ticket", args=[number]), gettext("Open #%(number)d") % {"number": number}
        text = ngettext(
            "%(number)d unsolved ticket is linked to it", "%(number)d unsolved tickets are linked to it", linked[number]
        ) % {"number": linked[number]}  # fmt: skip
        risks.append(Risk(outlook.problem_key(number), title, text, count, action, url))
    return risks


def _people(numbers: set[int]) -> dict[int, Person]:
    """Those whom an outlook names that was counted for this page."""
    rows = User.objects.filter(pk__in=numbers).values_list("pk", "name", "email") if numbers else []
    return {pk: Person(name, email) for pk, name, email in rows}


def _states(total: Picture) -> list[tuple[str, int, str]]:
    return [
        (str(state.label), total.states.get(state, 0), tickets_url("status", key=state))
        for state in (Status.NEW, Status.OPEN, Status.WAITING, Status.ON_HOLD)
    ]


@dataclass(frozen=True)
class Reason:
    """What tickets wait for, and which share of all that are unsolved."""

    name: str
    count: int
    percent: float
    url: str


def named_reasons(total: Picture) -> list[tuple[str, int]]:
    """The most frequent reasons of holds with how many tickets each holds."""
    return [(reason, number) for reason, number in total.reasons[:REASONS_SHOWN]]


def _reasons(total: Picture) -> list[Reason]:
    """The requester, and the most frequent reasons of holds; every other hold together."""
    on_hold = total.states.get(Status.ON_HOLD, 0)
    named = named_reasons(total)
    rows = [
        (gettext("the requester's answer"), total.states.get(Status.WAITING, 0), tickets_url("status", key="waiting"))
    ]
    rows += [(reason, number, tickets_url("reason", key=reason)) for reason, number in named]
    if others := on_hold - sum(number for _reason, number in named):
        rows.append((gettext("other reasons"), others, tickets_url("other_reasons")))
    return [Reason(name, number, 100 * number / total.open, url) for name, number, url in rows if number]


def _ages(total: Picture) -> list[tuple[str, int, float, str]]:
    words = {
        "1": gettext("less than a day"),
        "3": gettext("1 to 3 days"),
        "7": gettext("3 to 7 days"),
        "28": gettext("1 to 4 weeks"),
        "more": gettext("more than 4 weeks"),
    }
    longest = max(total.ages.values(), default=0)
    return [
        (words[age], number, charts.share(number, longest), tickets_url("age", key=age))
        for age, number in total.ages.items()
    ]


def favours_of(user: User, at: datetime, zone: ZoneInfo) -> dict[str, Any] | None:
    """Last week's, for whoever sees those of a team."""
    if not desk_access.can_see_favours_of_team(user):
        return None
    found = favours.of_last_week(user, at=at, zone=zone)
    longest = max((share.minutes for share in found.units), default=0)
    units = [(share.name or gettext("Nobody's organisation"), share, charts.share(share.minutes, longest))
             for share in found.units[:UNITS_SHOWN]]  # fmt: skip
    return {"found": found, "units": units}


# The file


def _file_rows(scope: Scope, past: Past) -> Iterator[list[Any]]:
    for week in past.weeks:
        share = past.by_week.get(week, Share())
        yield [week, gettext("Promises"), gettext("All"), share.count, share.good, ""]
        yield [week, pgettext("dashboard", "Came"), "", past.opened.get(week, 0), "", ""]
        yield [week, pgettext("dashboard", "Solved"), "", past.solved.get(week, 0), "", ""]
    first = past.weeks[0]
    for title, lines in breakdowns(scope, past):
        for line in lines:
            yield [first, title, line.name, line.share.count, line.share.good, ""]
    for row_title, cells in heat(past):
        for cell in cells:
            if cell.share:
                yield [
                    first,
                    pgettext("dashboard", "When"),
                    f"{row_title} {cell.hour}:00",
                    cell.share.count,
                    cell.share.good,
                    "",
                ]
    for each in lengths_of(past):
        for kind, length in ((gettext("working hours"), each.work), (gettext("calendar"), each.wall)):
            yield [first, each.title, f"{kind}, {gettext('median')}", length.count, "", figure_of(length.median)]
            yield [first, each.title, f"{kind}, p90", length.count, "", figure_of(length.p90)]
    yield [first, gettext("Solved for good"), "", past.stayed.count, past.stayed.good, ""]
    yield [first, gettext("Solved by the first answer"), "", past.first_contact.count, past.first_contact.good, ""]
