"""Notices of duties, each in the way its reader chose: one for each person and event, written with its cause."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext

from rotations.actions.mailing import day_in_words
from rotations.models import CoverRequest, Duty, DutyDay, Programme, Round
from rotations.queries.planning import present_on
from tickets.actions import notifying
from tickets.models import Notification, Role, User

MENTOR_AWAY, MENTORS_CHANGED, DAY_TAKEN, RULES_OPEN = "mentor_away", "mentors_changed", "left_day_taken", "rules_open"
RUNS = (Duty.State.CONFIRMED, Duty.State.ACTIVE)
NAMED = 3
"""So many days stand in a subject."""


@dataclass(frozen=True)
class Watch:
    """Days of others that the person looks after, and on which of them they were there before something changed."""

    person: User
    days: list[DutyDay]
    present: dict[str, frozenset[date]]
    """By zone."""


def watch(person: User, starts_at: datetime, ends_at: datetime, at: datetime) -> Watch:
    """Before an absence is entered; one statement for whoever looks after nobody then."""
    rows = DutyDay.objects.filter(
        Q(duty__mentor=person) | Q(duty__deputy=person),
        is_live=True,
        duty__state__in=RUNS,
        starts_at__lt=ends_at,
        ends_at__gt=max(starts_at, at),
    )
    rows = rows.select_related(
        "holder", "duty__person", "duty__mentor", "duty__deputy", "duty__shift__round__programme"
    )
    days = list(rows.order_by("starts_at", "pk"))
    return Watch(person, days, {zone: there[person.pk] for zone, there in _there([person.pk], days).items()})


def _there(ids: Collection[int], days: Sequence[DutyDay]) -> dict[str, dict[int, frozenset[date]]]:
    """By zone of their programmes."""
    dates: defaultdict[str, set[date]] = defaultdict(set)
    for each in days:
        dates[each.duty.shift.round.programme.zone].add(each.day)
    return {zone: present_on(ids, ZoneInfo(zone), sorted(own)) for zone, own in dates.items()}


def tell_of_absence(before: Watch, *, by: User, at: datetime) -> int:
    """Who is looked after on days on which the person is not there any more, who looks after them alone then, and who
    plans. Never why they are away. Returns how many mails leave."""
    mentor = before.person
    both = {each for day in before.days for each in (day.duty.mentor_id, day.duty.deputy_id) if each is not None}
    there = _there(both, before.days) if before.days else {}
    lost = [
        day
        for day in before.days
        if day.day in before.present[zone := day.duty.shift.round.programme.zone]
        and day.day not in there[zone][mentor.pk]
    ]
    told: defaultdict[User, list[tuple[DutyDay, User | None, str]]] = defaultdict(list)
    leads = planners({day.duty.shift.round.programme for day in lost})
    for day in lost:
        programme = day.duty.shift.round.programme
        others = (each for each in (day.duty.mentor, day.duty.deputy) if each is not None and each.pk != mentor.pk)
        carrier = next((each for each in others if day.day in there[programme.zone][each.pk]), None)
        told[day.holder].append((day, carrier, "guest"))
        if carrier is not None:
            told[carrier].append((day, carrier, "mentor"))
        for lead in leads[programme.team_id]:
            if carrier is None or lead.pk != carrier.pk:
                told[lead].append((day, carrier, "planner"))
    mails = 0
    for reader, rows in told.items():
        if reader.pk in (by.pk, mentor.pk):
            continue
        with _read_by(reader):
            days = _days_in_words([day.day for day, _carrier, _role in rows])
            lines = [_absence_line(*row) for row in rows]
            path = _path_for(rows[0][2], rows[0][0].duty)
            about = f"{mentor}, {days}"
            mails += notifying.tell_of_page(person=reader, kind=MENTOR_AWAY, about=about, path=path, at=at, lines=lines)
    return mails


def _absence_line(day: DutyDay, carrier: User | None, role: str) -> str:
    told = {"day": day_in_words(day, day.duty.shift), "person": day.holder, "mentor": carrier}
    if role == "mentor":
        return gettext("%(day)s: you look after %(person)s") % told
    if role == "guest" and carrier is not None:
        return gettext("%(day)s: %(mentor)s looks after you") % told
    if role == "guest":
        return gettext("%(day)s: nobody looks after you yet; whoever plans the round finds somebody") % told
    if carrier is not None:
        return gettext("%(day)s: %(mentor)s looks after %(person)s") % told
    return gettext("%(day)s: nobody looks after %(person)s") % told


def tell_of_mentors(duty: Duty, *, before: Collection[User], by: User, at: datetime) -> int:
    """The volunteer, and who looks after them now or did before. The duty was told of already. Returns how many mails
    leave."""
    now = [each for each in (duty.mentor, duty.deputy) if each is not None]
    days = list(duty.days.filter(is_live=True, ends_at__gt=at).order_by("starts_at"))
    mails = 0
    for reader in [duty.person, *now, *(each for each in before if each not in now)]:
        if reader.pk == by.pk or (reader in now and reader in before):
            continue
        with _read_by(reader):
            names = ", ".join(str(each) for each in now)
            if reader.pk == duty.person_id:
                said, role = gettext("Mentors: %(names)s") % {"names": names}, "guest"
            elif reader in now:
                said, role = gettext("You look after %(person)s") % {"person": duty.person}, "mentor"
            else:
                said, role = gettext("You do not look after %(person)s any more") % {"person": duty.person}, "mentor"
            lines = [day_in_words(each, duty.shift) for each in days]
            about = f"{said}, {_days_in_words([each.day for each in days])}"
            mails += notifying.tell_of_page(
                person=reader, kind=MENTORS_CHANGED, about=about, path=_path_for(role, duty), at=at, lines=lines
            )
    return mails


def tell_of_taken_day(request: CoverRequest, *, at: datetime) -> int:
    """Who left the day, and who plans: somebody has it. Returns how many mails leave."""
    duty, taker = request.duty, request.taker
    assert taker is not None
    programme = duty.shift.round.programme
    days = list(request.days.order_by("starts_at"))
    mails = 0
    for reader in [duty.person, *planners([programme])[programme.team_id]]:
        if reader.pk == taker.pk:
            continue
        with _read_by(reader):
            role = "guest" if reader.pk == duty.person_id else "planner"
            mails += notifying.tell_of_page(
                person=reader,
                kind=DAY_TAKEN,
                about=f"{taker}, {_days_in_words([each.day for each in days])}",
                path=_path_for(role, duty),
                at=at,
                lines=[day_in_words(each, duty.shift) for each in days],
            )
    return mails


def tell_of_open_rules(of: Round, *, by: User, at: datetime) -> int:
    """The team whose round it is: whoever may look after somebody. Who has not read of it yet is not told again.
    Returns how many mails leave."""
    path = f"/duties/rounds/{of.pk}/rules/discussion/"
    unread = Notification.objects.unread().filter(kind=RULES_OPEN, path=path).values("person")
    team = User.objects.filter(teams=of.programme.team_id, is_active=True, role__in=[Role.AGENT, Role.LEAD])
    mails = 0
    for reader in team.exclude(pk=by.pk).exclude(pk__in=unread).order_by("pk"):
        with _read_by(reader):
            about = gettext("%(name)s, round %(number)d") % {"name": of.programme.name, "number": of.number}
            mails += notifying.tell_of_page(person=reader, kind=RULES_OPEN, about=about, path=path, at=at)
    return mails


def planners(programmes: Collection[Programme]) -> dict[int, list[User]]:
    """By team who leads it."""
    teams = {each.team_id for each in programmes}
    found: dict[int, list[User]] = {each: [] for each in teams}
    if not teams:
        return found
    rows = User.objects.filter(teams__in=teams, is_active=True, role=Role.LEAD).distinct()
    for lead in rows.order_by("pk"):
        for team in teams & lead.team_ids:
            found[team].append(lead)
    return found


@contextmanager
def _read_by(reader: User) -> Iterator[None]:
    """In their language and by their clock."""
    with translation.override(reader.language), timezone.override(ZoneInfo(reader.time_zone)):
        yield


def _path_for(role: str, duty: Duty) -> str:
    if role == "guest":
        return "/duties/"
    if role == "mentor":
        return "/mentoring/"
    return f"/duties/rounds/{duty.shift.round_id}/?shift={duty.shift_id}"


def _days_in_words(days: Sequence[date]) -> str:
    own = sorted(set(days))
    said = ", ".join(date_format(each, "D j E") for each in own[:NAMED])
    return f"{said}, …" if len(own) > NAMED else said
