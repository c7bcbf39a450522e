"""Who works when: hours without absences, and the duties of volunteers. What the capacity of the desk is counted from.

Until duties are rows of their own, the windows of live grants stand for them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.db.models import Prefetch, Q

from rotations import weekly_hours
from rotations.models import Absence, WorkingBlock, WorkingHours
from rotations.weekly_hours import Window
from tickets.models import GrantWindow, Membership, Role, User

NOT_LONGER = timedelta(days=2)
"""A stretch of work that is longer is told in parts."""


def windows(people: Collection[int] | None, a: datetime, b: datetime) -> dict[int, list[Window]]:
    """When each of these people (None: everybody) works from ``a`` to ``b`` (aware), cut at both; in UTC, in order.

    Weekly hours and duties, without absences. Everybody asked about by number is in the answer; people who are no
    longer active never work. Four statements, however many people there are.
    """
    found: dict[int, list[Window]] = {person: [] for person in people or ()}
    of_person = Q(person__is_active=True) if people is None else Q(person__is_active=True, person__in=people)
    kept = WorkingHours.objects.filter(of_person, removed_at=None, valid_from__lte=b.date() + timedelta(days=1))
    versions = defaultdict(list)
    for hours in kept.prefetch_related(Prefetch("blocks", WorkingBlock.objects.order_by("weekday", "starts"))):
        versions[hours.person_id].append(hours.version)
    for person, theirs in versions.items():
        found[person] = weekly_hours.windows(theirs, a, b)
    for person, duties in _duties(people, a, b).items():
        found[person] = weekly_hours.joined([*found.get(person, []), *weekly_hours.cut(duties, a, b)])
    away: defaultdict[int, list[Window]] = defaultdict(list)
    absences = Absence.objects.filter(of_person, removed_at=None, starts_at__lt=b, ends_at__gt=a)
    for person, start, end in absences.values_list("person_id", "starts_at", "ends_at"):
        away[person].append((start, end))
    return {person: weekly_hours.without(there, away[person]) for person, there in found.items()}


def on_duty(*, at: datetime) -> dict[int, datetime]:
    """Who is on duty at ``at`` (aware), and until when: by hours, absences and duties, not by who is signed in."""
    there = windows(None, at, at + NOT_LONGER)
    return {person: stretches[0][1] for person, stretches in there.items() if stretches and stretches[0][0] == at}


def _duties(people: Collection[int] | None, a: datetime, b: datetime) -> dict[int, list[Window]]:
    rows = GrantWindow.objects.filter(
        grant__revoked_at=None, grant__user__is_active=True, starts_at__lt=b, ends_at__gt=a
    )
    if people is not None:
        rows = rows.filter(grant__user__in=people)
    found: defaultdict[int, list[Window]] = defaultdict(list)
    for person, start, end in rows.values_list("grant__user_id", "starts_at", "ends_at"):
        found[person].append((start, end))
    return found


def hours_of(person: User) -> list[WorkingHours]:
    """Every version of a person's week, the newest first."""
    kept = WorkingHours.objects.filter(person=person, removed_at=None).select_related("added_by")
    blocks = Prefetch("blocks", WorkingBlock.objects.order_by("weekday", "starts"))
    return list(kept.prefetch_related(blocks).order_by("-valid_from", "-id"))


def in_force(versions: Collection[WorkingHours], day: date) -> WorkingHours | None:
    """The version that holds on a local date."""
    begun = [each for each in versions if each.valid_from <= day]
    return max(begun, key=lambda each: each.valid_from, default=None)


def absences_of(person: User, *, since: datetime) -> list[Absence]:
    """Those that end after ``since``, the next ones first."""
    kept = Absence.objects.filter(person=person, removed_at=None, ends_at__gt=since)
    return list(kept.select_related("added_by").order_by("starts_at", "id"))


def absences_between(people: Collection[int], a: datetime, b: datetime) -> dict[int, list[Absence]]:
    """Without their notes."""
    found: defaultdict[int, list[Absence]] = defaultdict(list)
    kept = Absence.objects.filter(person__in=people, removed_at=None, starts_at__lt=b, ends_at__gt=a)
    for each in kept.defer("note").order_by("starts_at", "id"):
        found[each.person_id].append(each)
    return found


def people_in_sight(user: User) -> list[User]:
    """Whose hours a lead sees: everybody of their teams. Admins: whoever works at the desk, and colleagues who said
    that they are away."""
    people = User.objects.filter(is_active=True).exclude(role=Role.REQUESTER)
    if user.role == Role.ADMIN:
        who_said = Absence.objects.filter(removed_at=None).values("person")
        people = people.filter(~Q(role=Role.COLLEAGUE) | Q(pk__in=who_said))
    else:
        people = people.filter(pk__in=Membership.objects.filter(team__in=user.team_ids).values("user"))
    return list(people.order_by("sort_key", "id"))
