"""Who is signed off for what, and what ends soon."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q

from rotations.models import DutyDay, Programme, Qualification, QualificationReminder
from rotations.queries.rounds import OPEN
from tickets.models import Channel, Role, User

SOON, VERY_SOON = timedelta(days=30), timedelta(days=7)
Kind = QualificationReminder.Kind


def channels_of(planner: User) -> list[str]:
    """Those for which a programme that the person plans asks for a sign-off, in the order of channels."""
    rows = Programme.objects.all()
    if planner.role != Role.ADMIN:
        rows = rows.filter(team__in=planner.team_ids)
    asked = {channel for found in rows.values_list("signed_off_channels", flat=True) for channel in found}
    return [str(channel) for channel in Channel if channel in asked]


def candidates() -> list[User]:
    return list(User.objects.filter(role=Role.COLLEAGUE, is_active=True).order_by("sort_key", "id"))


@dataclass
class Held:
    row: Qualification
    state: str
    """valid | soon | over"""
    days: int
    """Duty days to come with the channel that it does not reach."""


def held(planner: User, at: datetime) -> list[Held]:
    """Of everybody, for the channels that the person may sign off; what ends first comes first. Three statements."""
    channels = channels_of(planner)
    rows = Qualification.objects.filter(channel__in=channels, revoked_at=None, person__is_active=True)
    rows = rows.select_related("person", "signed_off_by").order_by("expires_on", "person__sort_key", "id")
    found = list(rows)
    beyond = _days_beyond([each.person_id for each in found], at)
    return [
        Held(
            each, state_of(each, _today(planner, at)),
            sum(
                channel == each.channel and each.expires_on is not None and day >= each.expires_on
                for channel, day in beyond.get(each.person_id, ())
            ),
        )
        for each in found
    ]  # fmt: skip


def own(person: User, at: datetime) -> list[Held]:
    """One's own that holds, or ended within the last month."""
    today = _today(person, at)
    rows = Qualification.objects.filter(person=person, revoked_at=None)
    rows = rows.filter(Q(expires_on=None) | Q(expires_on__gt=today - SOON)).select_related("signed_off_by")
    return [Held(each, state_of(each, today), 0) for each in rows.order_by("channel", "id")]


def state_of(row: Qualification, today: date) -> str:
    if row.expires_on is None or row.expires_on - today > SOON:
        return "valid"
    return "soon" if row.expires_on > today else "over"


def _today(person: User, at: datetime) -> date:
    return at.astimezone(ZoneInfo(person.time_zone)).date()


def _days_beyond(people: list[int], at: datetime) -> dict[int, list[tuple[str, date]]]:
    days = DutyDay.objects.filter(
        holder__in=people, is_live=True, ends_at__gt=at, duty__shift__round__state__in=OPEN
    ).values_list("holder", "duty__channels", "day")
    found: dict[int, list[tuple[str, date]]] = {}
    for number, channels, day in days:
        found.setdefault(number, []).extend((channel, day) for channel in channels)
    return found


def due_reminders(at: datetime) -> list[int]:
    """Which end within a month and whose holder may have to be told now. One statement."""
    today = at.date()
    last = QualificationReminder.objects.filter(qualification=OuterRef("pk"), kind=Kind.WEEK)
    rows = Qualification.objects.filter(
        ~Exists(last),
        revoked_at=None,
        expires_on__gt=today - timedelta(days=1),
        expires_on__lte=today + SOON + timedelta(days=1),
        person__is_active=True,
        person__role=Role.COLLEAGUE,
    )
    rows = rows.select_related("person").prefetch_related("reminders").order_by("pk")
    return [
        each.pk
        for each in rows
        if (kind := kind_due(each, at)) and kind not in {told.kind for told in each.reminders.all()}
    ]


def kind_due(row: Qualification, at: datetime) -> str | None:
    """The last of the two whose day has come, by the clock of the holder; nothing of what is over, and nobody is told
    at once of the end of what they have just been given."""
    if row.expires_on is None:
        return None
    zone = ZoneInfo(row.person.time_zone)
    today, signed_on = at.astimezone(zone).date(), row.signed_off_at.astimezone(zone).date()
    if row.expires_on <= today:
        return None
    for kind, before in ((Kind.WEEK, VERY_SOON), (Kind.MONTH, SOON)):
        since = row.expires_on - before
        if since <= today:
            return str(kind) if signed_on < since else None
    return None
