"""Rounds and duties as their pages show them. A constant number of statements, however many people and shifts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Prefetch, Q

from rotations.models import Duty, Programme, Round, Shift, SignUp, Wish
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
    found = found.filter(shift__round__state__in=OPEN)
    rows = found.select_related("shift__round__programme", "mentor", "deputy", "person")
    return list(rows.order_by("shift__starts_at", "id"))


def signing_up(person: User, at: datetime) -> list[tuple[Round, bool]]:
    """Rounds that people can sign up for, whose end of sign-up comes first, and whether the person has."""
    found = Round.objects.filter(state=Round.State.SIGNUP, signup_ends_at__gt=at).select_related("programme")
    own = set(SignUp.objects.filter(person=person, withdrawn_at=None).values_list("round", flat=True))
    return [(each, each.pk in own) for each in found.order_by("signup_ends_at", "id")]


def open_seats(at: datetime) -> list[Shift]:
    """Shifts of published rounds that have not begun and have a free seat; ``free`` says how many."""
    taken = Count("duties", filter=Q(duties__state__in=Duty.LIVE))
    found = Shift.objects.filter(round__state__in=OPEN, cancelled_at=None, starts_at__gt=at).annotate(taken=taken)
    rows = found.filter(taken__lt=F("capacity")).annotate(free=F("capacity") - F("taken"))
    return list(rows.select_related("round__programme").order_by("starts_at", "id")[:100])


def sign_up_of(person: User, of: Round) -> SignUp | None:
    return SignUp.objects.filter(round=of, person=person, withdrawn_at=None).first()


def shifts_of(of: Round) -> list[Shift]:
    return list(Shift.objects.filter(round=of, cancelled_at=None).order_by("starts_at", "id"))


@dataclass(frozen=True)
class Line:
    """One shift on the board: who is placed on it, and who would like to be."""

    shift: Shift
    duties: list[Duty]
    wishes: dict[str, list[User]]

    @property
    def free(self) -> int:
        return max(0, self.shift.capacity - len(self.duties))

    @property
    def told(self) -> list[tuple[Any, list[User]]]:
        """Who said what, gladly first."""
        return [(label, self.wishes.get(value, [])) for value, label in Wish.Value.choices]

    @property
    def askable(self) -> list[User]:
        """Who did not say that they cannot and has no place here, gladly first."""
        placed = {duty.person_id for duty in self.duties}
        willing = (Wish.Value.WANT, Wish.Value.FINE, Wish.Value.RATHER_NOT)
        return [each for value in willing for each in self.wishes.get(value, []) if each.pk not in placed]


@dataclass(frozen=True)
class Board:
    lines: list[Line]
    people: list[SignUp] = field(default_factory=list)
    """Who signed up; each has ``placed``, the number of their live duties in the round."""


def board(of: Round) -> Board:
    """Four statements."""
    shifts = shifts_of(of)
    placed = Duty.objects.filter(shift__round=of, state__in=Duty.LIVE).select_related("person", "mentor", "deputy")
    duties: defaultdict[int, list[Duty]] = defaultdict(list)
    counted: defaultdict[int, int] = defaultdict(int)
    for duty in placed.order_by("seat"):
        duties[duty.shift_id].append(duty)
        counted[duty.person_id] += 1
    people = list(
        SignUp.objects.filter(round=of, withdrawn_at=None).select_related("person").order_by("person__sort_key", "id")
    )
    for each in people:
        each.placed = counted[each.person_id]  # type: ignore[attr-defined]
    wishes: dict[int, defaultdict[str, list[User]]] = {shift.pk: defaultdict(list) for shift in shifts}
    said = {(wish.sign_up_id, wish.shift_id): wish.value for wish in Wish.objects.filter(sign_up__in=people)}
    for each in people:
        for shift in shifts:
            wishes[shift.pk][said.get((each.pk, shift.pk), Wish.Value.FINE)].append(each.person)
    return Board([Line(shift, duties[shift.pk], wishes[shift.pk]) for shift in shifts], people)


def mentors_of(of: Round) -> list[tuple[int, str]]:
    """Who of the team could look after somebody, by number and name."""
    team = User.objects.filter(teams=of.programme.team_id, is_active=True, role__in=[Role.AGENT, Role.LEAD])
    return [(person.pk, str(person)) for person in team.order_by("sort_key", "id")]
