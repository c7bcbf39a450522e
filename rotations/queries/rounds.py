"""Rounds and duties as their pages show them. A constant number of statements, however many people and shifts."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Prefetch, Q, QuerySet

from rotations import timeline
from rotations.models import Absence, Duty, DutyDay, Programme, Round, Shift, SignUp, WaitlistEntry
from rotations.timeline import Day
from tickets.models import Role, User

OPEN = (Round.State.PUBLISHED, Round.State.RUNNING)


def programmes_of(user: User) -> list[Programme]:
    """Those that the person plans, each with its rounds, the newest first."""
    found = Programme.objects.select_related("team").order_by("name")
    if user.role != Role.ADMIN:
        found = found.filter(team__in=user.team_ids)
    rounds = Round.objects.order_by("-number").annotate(
        people=Count("sign_ups", filter=Q(sign_ups__withdrawn_at=None), distinct=True)
    )
    return list(found.prefetch_related(Prefetch("rounds", rounds)))


def duties_of(person: User, at: datetime) -> list[Duty]:
    """The live ones that are not over, the next first. Nothing of a plan that is not published."""
    found = Duty.objects.filter(person=person, state__in=Duty.LIVE, shift__ends_at__gt=at)
    found = told(found.filter(shift__round__state__in=OPEN))
    rows = found.select_related("shift__round__programme", "mentor", "deputy", "person")
    return list(rows.order_by("shift__starts_at", "id"))


def told(duties: QuerySet[Duty]) -> QuerySet[Duty]:
    """Without proposals that came after the plan was last published."""
    return duties.exclude(state=Duty.State.PROPOSED, placed_at__gt=F("shift__round__published_at"))


def signing_up(person: User, at: datetime) -> list[tuple[Round, bool]]:
    """Rounds that people can sign up for, whose end of sign-up comes first, and whether the person has."""
    found = Round.objects.filter(state=Round.State.SIGNUP, signup_ends_at__gt=at).select_related("programme")
    own = set(SignUp.objects.filter(person=person, withdrawn_at=None).values_list("round", flat=True))
    return [(each, each.pk in own) for each in found.order_by("signup_ends_at", "id")]


def open_seats(at: datetime) -> list[Shift]:
    """Shifts of published rounds that have not begun and have a free seat; ``free`` says how many."""
    taken = Count("duties__seat", filter=Q(duties__state__in=Duty.LIVE), distinct=True)
    stands = Q(waiting__state=WaitlistEntry.State.OFFERED, waiting__offer_until__gt=at)
    offered = Count("waiting", filter=stands, distinct=True)
    found = Shift.objects.filter(round__state__in=OPEN, cancelled_at=None, starts_at__gt=at)
    found = found.annotate(taken=taken + offered)
    rows = found.filter(taken__lt=F("capacity")).annotate(free=F("capacity") - F("taken"))
    return list(rows.select_related("round__programme").order_by("starts_at", "id")[:100])


def other_dates(duty: Duty, at: datetime) -> list[Shift]:
    """Up to five free seats of the same programme, the nearest first, for whoever left this duty: when they are not
    away and have no other duty too near. Three statements."""
    programme, person = duty.shift.round.programme, duty.person_id
    found = [each for each in open_seats(at) if each.round.programme_id == programme.pk and each.pk != duty.shift_id]
    held = DutyDay.objects.filter(holder=person, is_live=True, ends_at__gt=at - timedelta(days=2))
    away = Absence.objects.filter(person=person, removed_at=None, ends_at__gt=at)
    duties = [Day(*each) for each in held.values_list("starts_at", "ends_at", "day")]
    absences = list(away.values_list("starts_at", "ends_at"))
    rest = timedelta(hours=programme.rest_h)
    return [
        each
        for each in found
        if timeline.too_close(each.windows, duties, rest) is None
        and not any(start < day.ends_at and day.starts_at < end for start, end in absences for day in each.windows)
    ][:5]


def sign_up_of(person: User, of: Round) -> SignUp | None:
    return SignUp.objects.filter(round=of, person=person, withdrawn_at=None).first()


def colleagues_of(person: User) -> list[User]:
    """Those with whom the person may wish to have a turn."""
    found = User.objects.filter(is_active=True, role=Role.COLLEAGUE).exclude(pk=person.pk)
    return list(found.order_by("sort_key", "id"))


def absences_in(person: User, of: Round) -> list[Absence]:
    """The person's own in the days of the round."""
    zone = ZoneInfo(of.programme.zone)
    first = datetime.combine(of.starts_on, time(), tzinfo=zone)
    last = datetime.combine(of.ends_on + timedelta(days=1), time(), tzinfo=zone)
    found = Absence.objects.filter(person=person, removed_at=None, starts_at__lt=last, ends_at__gt=first)
    return list(found.order_by("starts_at", "id")[:50])


def shifts_of(of: Round) -> list[Shift]:
    return list(Shift.objects.filter(round=of, cancelled_at=None).order_by("starts_at", "id"))
