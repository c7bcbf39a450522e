"""What stands in calendars that other programs read: times, and no contact, wish, reason or absence of anybody."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Count, F, Max, Q, QuerySet
from django.utils.translation import gettext as _

from rotations import access
from rotations.ical import Entry, Status
from rotations.models import Duty, DutyDay, Feed, Programme, Round, Shift
from tickets.models import Role, User

KEPT = timedelta(days=90)
"""So long after its end a day still stands in the calendar."""
STATUS: dict[str, Status] = {Duty.State.PROPOSED: Status.TENTATIVE}
MOST = 5000


def may_read(feed: Feed) -> bool:
    """Asked at each reading: whoever may not see it any more reads nothing."""
    if feed.kind == Feed.Kind.OWN:
        return access.can_volunteer(feed.owner)
    if feed.kind == Feed.Kind.ROUND:
        return feed.round is not None and access.can_see_round(feed.owner, feed.round)
    return feed.programme is not None and access.can_see_who_is_on_duty(feed.owner, feed.programme)


def feeds_of(person: User) -> list[Feed]:
    rows = Feed.objects.filter(owner=person, revoked_at=None).select_related("round__programme", "programme", "owner")
    return list(rows.order_by("id"))


def rounds_in_sight(person: User) -> list[Round]:
    """Those that are not over, the newest first."""
    rows = Round.objects.exclude(state__in=(Round.State.CLOSED, Round.State.CANCELLED)).select_related("programme")
    return [each for each in rows.order_by("-starts_on", "-id")[:200] if access.can_see_round(person, each)]


def programmes_in_sight(person: User) -> list[Programme]:
    if person.role not in (Role.AGENT, Role.LEAD, Role.ADMIN):
        return []
    return [each for each in Programme.objects.order_by("name") if access.can_see_who_is_on_duty(person, each)]


def name_of(feed: Feed) -> str:
    if feed.round is not None:
        said = _("%(programme)s, round %(number)s")
        return said % {"programme": feed.round.programme, "number": feed.round.number}
    if feed.programme is not None:
        return _("On duty: %(programme)s") % {"programme": feed.programme}
    return _("My duties")


def entries(feed: Feed, at: datetime) -> list[Entry]:
    """One statement, however many days there are."""
    if feed.kind == Feed.Kind.ROUND:
        return _of_round(feed, at)
    days = _days(at)
    if feed.kind == Feed.Kind.OWN:
        days = days.filter(holder=feed.owner_id)
    else:
        days = days.filter(duty__shift__round__programme=feed.programme_id, duty__confirmed_at__isnull=False)
    is_own = feed.kind == Feed.Kind.OWN
    return [_of_day(day, is_own=is_own) for day in days[:MOST]]


def _days(at: datetime) -> QuerySet[DutyDay]:
    """Also those that do not stand any more: whoever has read them before must read that they are cancelled. Of a plan
    that is not published nothing."""
    rows = DutyDay.objects.filter(ends_at__gt=at - KEPT, duty__shift__round__published_at__isnull=False)
    rows = rows.exclude(duty__confirmed_at=None, duty__placed_at__gt=F("duty__shift__round__published_at"))
    rows = rows.annotate(changes=Count("duty__events"), changed_at=Max("duty__events__at"))
    return rows.select_related("duty__shift__round__programme", "holder").order_by("starts_at", "id")


def _of_day(day: DutyDay, *, is_own: bool) -> Entry:
    duty = day.duty
    programme = duty.shift.round.programme
    if is_own:
        summary = _("Duty: %(programme)s") % {"programme": programme}
    else:
        summary = f"{given_name(day.holder)} · {programme}"
    return Entry(
        uid=f"duty-day-{day.pk}@{_host()}",
        sequence=day.changes,  # type: ignore[attr-defined]  # annotated
        status=STATUS.get(duty.state, Status.CONFIRMED) if day.is_live else Status.CANCELLED,
        starts_at=day.starts_at,
        ends_at=day.ends_at,
        changed_at=day.changed_at or duty.placed_at,  # type: ignore[attr-defined]  # annotated
        summary=summary,
        description=_("Answer it here: %(address)s") % {"address": f"{settings.SITE_URL}/duties/"}
        if is_own and duty.state == Duty.State.PROPOSED
        else "",
    )


def given_name(person: User) -> str:
    """Calendars are copied to other companies' servers: a given name says to the team who comes, and little else."""
    return str(person).split()[0] if str(person).split() else ""


def _of_round(feed: Feed, at: datetime) -> list[Entry]:
    of = feed.round
    assert of is not None
    live = Q(duties__state__in=Duty.ACTED)
    rows = Shift.objects.filter(round=of, ends_at__gt=at - KEPT).order_by("starts_at", "id")
    shifts = rows.annotate(
        taken=Count("duties", filter=live, distinct=True),
        changes=Count("duties__events"),
        changed_at=Max("duties__events__at"),
    )
    found = []
    for shift in shifts[:MOST]:
        seats = {"taken": shift.taken, "seats": shift.capacity}
        told = _("%(taken)s of %(seats)s places are taken.") % seats if of.shows_plan else ""
        marks = [shift.changed_at, shift.cancelled_at, of.published_at, of.made_at]
        for window in shift.windows:
            found.append(
                Entry(
                    uid=f"shift-{shift.pk}-{window.day.isoformat()}@{_host()}",
                    sequence=shift.changes + (shift.cancelled_at is not None),
                    status=Status.CONFIRMED if shift.cancelled_at is None else Status.CANCELLED,
                    starts_at=window.starts_at,
                    ends_at=window.ends_at,
                    changed_at=max(each for each in marks if each is not None),
                    summary=f"{of.programme}: {shift.name}",
                    description=told,
                )
            )
    return found


def _host() -> str:
    return urlsplit(settings.SITE_URL).hostname or "dyzur"
