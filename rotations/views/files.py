"""Lists of duties and of working hours as files for a spreadsheet. What volunteers wrote of their own duties is in none
of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from helpdesk.lib import list_files
from helpdesk.lib.list_files import Offered, Table, number_asked
from rotations import access, queries
from rotations.models import Demand, Round, Shift, Wish
from rotations.queries import board as boards
from rotations.queries import demand as demands
from rotations.queries import looking_back
from rotations.queries import qualifications as sign_offs_reading
from rotations.queries import rounds as round_reading
from rotations.queries.planning import Planning, Share, planning
from rotations.views.duties import channel_names
from rotations.views.hours import SHOWN_AFTER, person_of, week_of
from rotations.views.planning import planned_round
from rotations.views.words import span_in_words
from rotations.weekly_hours import Block, clock_time
from tickets import access as desk_access
from tickets.actions import exporting
from tickets.models import AuditEntry, User

Kind = AuditEntry.Kind


@login_required
@require_POST
def duty_list_file(request: HttpRequest, name: str) -> HttpResponseBase:
    return list_files.given(request, name, LISTS, may_take=desk_access.can_export, note=exporting.note_list)


def absences(request: HttpRequest) -> Table:
    """Of one person, as far back as the page goes; with the notes, which whoever may enter absences reads."""
    person = person_of(request, number_asked(request))
    header = (_("From (UTC)"), _("To (UTC)"), _("When"), _("Kind"), _("Note"), _("Entered by"))
    rows = (
        (
            each.starts_at, each.ends_at, span_in_words(each), each.get_kind_display(), each.note,
            each.added_by if each.added_by_id != person.pk else "",
        )
        for each in queries.absences_of(person, since=request.at - SHOWN_AFTER)
    )  # fmt: skip
    return Table(str(person), header, rows)


def coverage(request: HttpRequest) -> Table:
    """The whole round, part of a day by part of a day."""
    of, plan = _plan(request)
    order = [str(each) for each in Demand.Channel]
    cells = boards.coverage(plan)
    header = (
        _("Day"), pgettext("part of a day", "from"), pgettext("part of a day", "to"), _("Channel"),
        pgettext("coverage", "People"), _("People wanted"),
    )  # fmt: skip
    rows = (
        (day, *map(clock_time, plan.cut[part]), cell.spoken, cell.people, cell.wanted)
        for ((day, part), _channel), cell in sorted(
            cells.items(), key=lambda each: (each[0][0], order.index(each[0][1]))
        )
    )
    return Table(f"{_name(of)}: {_('Who is missing')}", header, rows)


def demand(request: HttpRequest) -> Table:
    of = planned_round(request, number_asked(request))
    entered = {(each.weekday, (each.starts, each.ends), each.channel): each for each in of.demands.all()}
    weekdays = demands.weekdays_of(of.shifts.filter(cancelled_at=None))
    seen = demands.history(of.programme, request.at, weekdays)
    header = (
        _("Weekday"), _("Hours"), _("Channel"), _("Tickets in an average week"), _("People wanted"), _("Weight"),
    )  # fmt: skip
    rows = []
    for weekday in weekdays:
        for part in demands.parts_of(of, entered.values()):
            for channel in demands.channels_of(of.programme):
                came, kept = seen.get((weekday, part, str(channel))), entered.get((weekday, part, str(channel)))
                arrivals = round(came.arrivals, 2) if came else 0
                wanted = (kept.people, kept.weight) if kept else (0, 1)
                rows.append((WEEKDAYS[weekday], Block(weekday, *part), channel.label, arrivals, *wanted))
    return Table(f"{_name(of)}: {_('Demand')}", header, rows)


def findings(request: HttpRequest) -> Table:
    """What guests found, of those whom the reader may see it of."""
    of = get_object_or_404(Round.objects.select_related("programme"), pk=number_asked(request))
    if not access.can_look_back(request.user, of):
        raise Http404
    header = (_("Kind"), _("Text"), _("Ticket"), _("Subject"), _("Person"), _("When"), _("Seen to"))
    rows = (
        (
            each.get_kind_display(), each.text, each.seen.pk if each.seen else "",
            each.seen.subject if each.seen else "", each.duty.person, each.at, each.settled_at,
        )
        for each in looking_back.found_by_guests(of, request.user, request.at)
    )  # fmt: skip
    return Table(f"{_name(of)}: {_('What guests found')}", header, rows)


def hours(request: HttpRequest) -> Table:
    week = week_of(request, request.POST.get("week", ""))
    header = (_("Person"), *map(str, week.days), pgettext("hours", "Together"))
    rows = (
        (each.person, *("; ".join([*cell.stretches, *cell.absences]) for cell in each.cells), each.total)
        for each in week.rows
    )
    return Table("", header, rows, f"week:{week.days[0]}")


def plan(request: HttpRequest) -> Table:
    """Who is on which shift; after the people of a shift its days and seats that nobody has, as on the board."""
    of, plan = _plan(request)
    header = (
        _("Shift"), _("First day"), _("Last day"), _("Hours"), _("Person"), _("Days of duty"), _("State"),
        _("Channels"), _("Mentor"), _("Second mentor"), _("Instead of"), _("Days without a sign-off"),
    )  # fmt: skip
    return Table(f"{_name(of)}: {_('Plan')}", header, _plan_rows(plan, request.at))


def _plan_rows(plan: Planning, at: datetime) -> Iterator[list[object]]:
    signed = {each.id: each.signed_off for each in plan.problem.volunteers}
    offered, left = boards.offers(plan, at), boards.left_days(plan, at)
    for shift in plan.shifts.values():
        about = [shift.name, shift.first_day, shift.last_day, shift.hours]
        for share in plan.shares:
            if share.duty.shift_id == shift.pk:
                yield [*about, *_share_cells(share, boards.unsigned_days(plan, share, signed))]
        nobody = pgettext("a day of duty", "nobody")
        empty = [
            (_dates(day.day for day in each.days.all()), nobody) for each in left if each.duty.shift_id == shift.pk
        ]
        empty += [("", _("Offered to %(person)s") % {"person": each.person}) for each in offered.get(shift.pk, [])]
        if shift.starts_at > at:
            taken = sum(duty.shift_id == shift.pk for duty in plan.duties) + len(offered.get(shift.pk, []))
            empty += [("", pgettext("seat", "free"))] * (shift.capacity - taken)
        for days, state in empty:
            yield [*about, "", days, state, "", "", "", "", ""]


def _share_cells(share: Share, unsigned: list[date]) -> list[object]:
    duty = share.duty
    return [
        duty.person, _dates(share.days), duty.get_state_display(), _channels(duty.channels), duty.mentor or "",
        duty.deputy or "", share.instead_of or "", _dates(unsigned),
    ]  # fmt: skip


def rounds(request: HttpRequest) -> Table:
    """Of the programmes that the person plans."""
    header = (
        _("Programme"), _("Team"), _("Round"), _("First day"), _("Last day"), _("State"), _("People signed up"),
    )  # fmt: skip
    rows = (
        (each.name, each.team, of.number, of.starts_on, of.ends_on, of.get_state_display(), of.people)  # type: ignore[attr-defined]
        for each in round_reading.programmes_of(request.user)
        for of in each.rounds.all()
    )
    return Table(_("Rounds of duties"), header, rows)


def sign_offs(request: HttpRequest) -> Table:
    header = (
        _("Person"), _("Channel"), _("Signed off by"), _("When"), _("Last day"), _("State"), _("Duty days after it"),
    )  # fmt: skip
    states = {
        "valid": pgettext("sign-off", "holds"),
        "soon": pgettext("sign-off", "ends soon"),
        "over": pgettext("sign-off", "ended"),
    }
    rows = (
        (
            each.row.person, each.row.get_channel_display(), each.row.signed_off_by or "", each.row.signed_off_at,
            each.row.last_day or _("for good"), states[each.state], each.days,
        )
        for each in sign_offs_reading.held(request.user, request.at)
    )  # fmt: skip
    return Table(_("Sign-offs"), header, rows)


def sign_ups(request: HttpRequest) -> Table:
    """Everybody who offered a duty, with a column for each shift that holds what they say of it."""
    of, plan = _plan(request)
    shifts = list(plan.shifts.values())
    header = (
        _("Person"), _("Channels"), _("At most so many duties"), _("Duties in the plan"),
        _("Would like to be there with"), *map(_shift_in_words, shifts),
    )  # fmt: skip
    return Table(f"{_name(of)}: {_('Sign-ups')}", header, _sign_up_rows(plan, shifts))


def _sign_up_rows(plan: Planning, shifts: list[Shift]) -> Iterator[list[object]]:
    wishes: dict[int, dict[int, str]] = {}
    for sign_up, shift, value in Wish.objects.filter(sign_up__in=list(plan.sign_ups.values())).values_list(
        "sign_up", "shift", "value"
    ):
        wishes.setdefault(sign_up, {})[shift] = str(Wish.Value(value).label)
    for each in plan.sign_ups.values():
        said = wishes.get(each.pk, {})
        placed = sum(share.duty.person_id == each.person_id for share in plan.shares)
        partners = ", ".join(str(other) for other in sorted(each.partners.all(), key=_by_name))
        yield [
            each.person, _channels(each.channels), each.quota, placed, partners,
            *(said.get(shift.pk, Wish.Value.FINE.label) for shift in shifts),
        ]  # fmt: skip


def _by_name(person: User) -> str:
    return person.sort_key


def _plan(request: HttpRequest) -> tuple[Round, Planning]:
    of = planned_round(request, number_asked(request))
    return of, planning(of, request.at)


def _name(of: Round) -> str:
    return _("%(name)s, round %(number)s") % {"name": of.programme, "number": of.number}


def _shift_in_words(shift: Shift) -> str:
    return f"{shift.first_day} – {shift.last_day}, {shift.hours}"


def _dates(days: Any) -> str:
    return ", ".join(day.isoformat() for day in sorted(days))


def _channels(channels: list[str]) -> str:
    return ", ".join(str(label) for _value, label in channel_names(channels))


LISTS = {
    "absences": Offered(access.can_see_hours_of_teams, absences, Kind.ABSENCE),
    "coverage": Offered(access.can_plan_any, coverage),
    "demand": Offered(access.can_plan_any, demand),
    "findings": Offered(access.can_plan_any, findings),
    "hours": Offered(access.can_see_hours_of_teams, hours, Kind.WORKING_HOURS),
    "plan": Offered(access.can_plan_any, plan),
    "rounds": Offered(access.can_plan_any, rounds),
    "sign-offs": Offered(access.can_plan_any, sign_offs),
    "sign-ups": Offered(access.can_plan_any, sign_ups),
}
