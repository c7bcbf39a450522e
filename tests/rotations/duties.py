"""A programme with rounds, made through the actions."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from rotations.actions import placing, rounds, signing_up
from rotations.models import Duty, Pattern, Programme, Round, Shift, SignUp
from tests.factories import AT, HOUR, make_colleague
from tickets.models import Team, User

MONDAY = date(2026, 3, 16)
"""The first day of rounds here: a week after AT."""
CHANNELS = ("chat", "email", "web")


def make_programme(team: Team, *, seats: int = 2, **fields: Any) -> Programme:
    told = {"name": f"Dyżury {team.name}", "channels": [*CHANNELS, "phone"]} | fields
    programme = Programme.objects.create(team=team, **told)
    programme.queues.set(team.queues.all())
    Pattern.objects.create(
        programme=programme, name="Mon-Wed", first_weekday=0, days=3, starts=8 * 60, ends=16 * 60, seats=seats
    )
    Pattern.objects.create(
        programme=programme, name="Wed-Fri", first_weekday=2, days=3, starts=12 * 60, ends=20 * 60, seats=seats
    )
    return programme


def make_round(programme: Programme, by: User, *, state: str = Round.State.DRAFT, **more: Any) -> Round:
    told = {
        "starts_on": MONDAY,
        "ends_on": MONDAY + timedelta(days=11),
        "signup_ends_at": AT + 48 * HOUR,
        "rules": "Pytaj opiekuna.",
        "by": by,
        "at": AT,
    }
    made = rounds.make_round(programme=programme, **(told | more))
    way = (Round.State.SIGNUP, Round.State.PLANNING, Round.State.PUBLISHED, Round.State.RUNNING)
    for step in way[: way.index(state) + 1] if state in way else ():
        made = rounds.move_on(of=made, to=step, by=by, at=AT)
    return made


def shift_of(of: Round, day: date = MONDAY) -> Shift:
    return Shift.objects.get(round=of, first_day=day)


def sign_up(of: Round, person: User, wishes: dict[int, str] | None = None, **more: Any) -> SignUp:
    told = {"channels": CHANNELS, "quota": 1, "has_read": 1, "at": AT} | more
    return signing_up.sign_up(of=of, wishes=wishes or {}, by=person, **told)


def propose(shift: Shift, person: User, by: User, *, at: datetime = AT, **more: Any) -> Duty:
    return placing.propose(shift=shift, person=person, channels=more.pop("channels", ("email",)), by=by, at=at, **more)


def volunteer(**fields: Any) -> User:
    return make_colleague(**({"language": "en"} | fields))
